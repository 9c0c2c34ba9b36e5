/* SPDX-License-Identifier: GPL-2.0-only */
/* Plays the service manager: a socket for the daemon's words, and the unit's capabilities. */
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "service.h"

void vfg_service_settings(const struct vfg_guest *guest, const char *format, ...)
{
	char path[96];
	va_list arguments;
	FILE *file;

	snprintf(path, sizeof(path), "%s/conf", guest->folder);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fprintf(file, "[daemon]\nwait = 1\n");
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	fclose(file);
}

static void open_socket(struct vfg_service_run *run, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	run->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_geq(run->socket, 0);
	cr_assert_eq(bind(run->socket, (struct sockaddr *)&address, sizeof(address)), 0);
}

/* What a unit's CapabilityBoundingSet= does: root's programs get what is in the set, no more. */
static void confine(void)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++) {
		if (capability != CAP_NET_ADMIN && capability != CAP_SYS_RESOURCE &&
		    capability != CAP_PERFMON && capability != CAP_BPF)
			prctl(PR_CAPBSET_DROP, capability);
	}
}

static void become(const struct vfg_service_run *run, const char *notify)
{
	const struct vfg_guest *guest = run->guest;
	char path[96];

	snprintf(path, sizeof(path), "%s/daemon.log", guest->folder);
	if (!freopen(path, "w", stderr))
		_exit(127);
	setenv("NOTIFY_SOCKET", notify, 1);
	unsetenv("WATCHDOG_PID");
	if (run->watchdog_us)
		setenv("WATCHDOG_USEC", run->watchdog_us, 1);
	snprintf(path, sizeof(path), "%s/conf", guest->folder);
	vfg_guest_enter(guest->inside);
	if (run->confined)
		confine();
	execl(vfg_guest_command(), "vfguard", "daemon", "-c", path, NULL);
	_exit(127);
}

void vfg_service_start(struct vfg_service_run *run, struct vfg_guest *guest)
{
	char notify[96];

	run->guest = guest;
	run->words[0] = '\0';
	snprintf(notify, sizeof(notify), "%s/notify", guest->folder);
	open_socket(run, notify);
	guest->daemon = fork();
	if (guest->daemon == 0)
		become(run, notify);
	cr_assert_gt(guest->daemon, 0);
}

static void hear(struct vfg_service_run *run)
{
	size_t used = strlen(run->words);
	ssize_t got = recv(run->socket, run->words + used, sizeof(run->words) - used - 2, 0);

	cr_assert_gt(got, 0);
	strcpy(run->words + used + got, "\n");
}

bool vfg_service_says(struct vfg_service_run *run, const char *text, int wait_ms)
{
	enum { STEP_MS = 20 };
	struct pollfd wait = {.fd = run->socket, .events = POLLIN};

	while (!strstr(run->words, text)) {
		if (poll(&wait, 1, STEP_MS) > 0)
			hear(run);
		else if ((wait_ms -= STEP_MS) < 0)
			return false;
	}
	return true;
}

int vfg_service_logged(struct vfg_guest *guest, const char *text)
{
	vfg_guest_run(guest, "grep -cF \"%s\" %s/daemon.log", text, guest->folder);
	return atoi(guest->output);
}

bool vfg_service_logs(struct vfg_guest *guest, const char *text)
{
	for (int i = 0; i < 400; i++) {
		if (vfg_service_logged(guest, text))
			return true;
		usleep(50000);
	}
	return false;
}

void vfg_service_kill(struct vfg_service_run *run)
{
	kill(run->guest->daemon, SIGKILL);
	vfg_service_end(run);
}

void vfg_service_end(struct vfg_service_run *run)
{
	/* Nobody reads any more: first, so that nobody waits for that. */
	if (run->socket > 0)
		close(run->socket);
	run->socket = 0;
	if (run->guest)
		vfg_guest_stop_daemon(run->guest);
}
