/* SPDX-License-Identifier: GPL-2.0-only */
/* Starts this very program once more as the writer, and takes it along when the daemon ends. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "log_config.h"
#include "log_service.h"
#include "say.h"

enum {
	DELAY_FIRST_MS = 1000,
	DELAY_MAX_MS = 60000,
	STEADY_MS = 60000, /* it has run that long: the next end is another matter */
	PATIENCE_MS = 5000,
	STEP_MS = 10,
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* It ends with the daemon, however that ends. */
static void become_writer(pid_t daemon, const char *file)
{
	const char *argv[] = {vfg_say_program(), "log", "--write", "-c", file, NULL};

	if (file == vfg_config_default_file)
		argv[3] = NULL;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() == daemon)
		execv("/proc/self/exe", (char *const *)argv);
	_exit(VFG_EXIT_SYSTEM);
}

static void start(struct vfg_log_service *service, const struct vfg_config *config)
{
	pid_t daemon = getpid();
	pid_t pid = fork();

	if (pid == 0)
		become_writer(daemon, config->file);
	service->start_at_ms = now_ms();
	if (pid < 0)
		vfg_warn("log", "its process cannot be started: %s, continuing", strerror(errno));
	else
		service->pid = pid;
}

static void bury(struct vfg_log_service *service)
{
	int status;

	if (!service->pid || waitpid(service->pid, &status, WNOHANG) != service->pid)
		return;
	service->pid = 0;
	if (service->ends) {
		*service = (struct vfg_log_service){};
		return;
	}
	if (now_ms() - service->start_at_ms > STEADY_MS)
		service->delay_ms = 0;
	service->delay_ms = service->delay_ms ? service->delay_ms * 2 : DELAY_FIRST_MS;
	if (service->delay_ms > DELAY_MAX_MS)
		service->delay_ms = DELAY_MAX_MS;
	vfg_warn("log", "the process that writes flow logs has ended (%s %d); another in %d s",
		 WIFSIGNALED(status) ? "signal" : "exit status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		 service->delay_ms / 1000);
	service->start_at_ms = now_ms() + service->delay_ms;
}

void vfg_log_service_keep(struct vfg_log_service *service, const struct vfg_config *config)
{
	bool wanted = config->log && vfg_log_config_wants(config->log);

	bury(service);
	if (!wanted)
		vfg_log_service_renew(service);
	else if (!service->pid && now_ms() >= service->start_at_ms)
		start(service, config);
}

void vfg_log_service_renew(struct vfg_log_service *service)
{
	if (!service->pid || service->ends)
		return;
	kill(service->pid, SIGTERM);
	service->ends = true;
}

void vfg_log_service_end(struct vfg_log_service *service)
{
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	if (!service->pid)
		return;
	vfg_log_service_renew(service);
	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		if (waitpid(service->pid, NULL, WNOHANG) != 0)
			break;
		nanosleep(&step, NULL);
	}
	/* One that hangs in the system ends when that lets it. */
	*service = (struct vfg_log_service){};
}
