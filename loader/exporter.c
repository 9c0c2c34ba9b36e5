/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs `vfguard metrics --output FILE`, one at a time. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exporter.h"
#include "say.h"

extern char **environ;

/* The program that runs, though its file may have been replaced since. */
static const char self[] = "/proc/self/exe";

/* Its own words are heard but once in a row of failures. */
static int spawn(struct vfg_exporter *exporter, const char *file)
{
	char *const argv[] = {(char *)"vfguard", (char *)"metrics", (char *)"--output",
			      (char *)file, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int err;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	if (exporter->failed)
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	err = posix_spawn(&exporter->child, self, &actions, &attributes, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (err)
		exporter->child = 0;
	return -err;
}

static void note(struct vfg_exporter *exporter, const char *file, bool failed, const char *why)
{
	if (failed && !exporter->failed)
		vfg_warn(file, "the metrics cannot be written%s%s; trying again, continuing",
			 why[0] ? ": " : "", why);
	if (!failed && exporter->failed)
		vfg_note(file, "the metrics are written again");
	exporter->failed = failed;
}

/* Return: is it still at work? */
static bool is_busy(struct vfg_exporter *exporter)
{
	int status = 0;

	if (!exporter->child || waitpid(exporter->child, &status, WNOHANG) == 0)
		return exporter->child != 0;
	exporter->child = 0;
	note(exporter, exporter->file, !WIFEXITED(status) || WEXITSTATUS(status) != 0, "");
	return false;
}

void vfg_exporter_step(struct vfg_exporter *exporter, const struct vfg_config *config,
		       uint64_t now_ns)
{
	const char *file = config->metrics_file ? config->metrics_file : "";
	int err;

	if (is_busy(exporter))
		return;
	if (exporter->file[0] && strcmp(exporter->file, file) != 0) {
		unlink(exporter->file);
		*exporter = (struct vfg_exporter){};
	}
	if (!file[0] || now_ns < exporter->due_ns)
		return;
	exporter->due_ns = now_ns + config->metrics_ms * 1000000ULL;
	snprintf(exporter->file, sizeof(exporter->file), "%s", file);
	err = spawn(exporter, file);
	if (err)
		note(exporter, file, true, strerror(-err));
}
