/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics command: to standard output, or to a file that node_exporter reads. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../policy-compiler/arguments.h"
#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "loaded_all.h"
#include "metrics.h"
#include "say.h"

struct request {
	const char *name;
	const char *file; /* NULL: standard output */
	bool is_prometheus;
};

struct gathered {
	struct vfg_links links;
	size_t count;
	struct vfg_metrics **metrics;
};

static int gather(const struct vfg_loaded *loaded, void *data)
{
	struct gathered *gathered = data;
	struct vfg_metrics **more =
		reallocarray(gathered->metrics, gathered->count + 1, sizeof(*gathered->metrics));
	struct vfg_metrics *metrics = calloc(1, sizeof(*metrics));
	int err = more && metrics ? 0 : vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");

	gathered->metrics = more ? more : gathered->metrics;
	if (!err)
		err = vfg_metrics_gather(loaded, &gathered->links, metrics);
	if (err) {
		free(metrics);
		return err;
	}
	gathered->metrics[gathered->count++] = metrics;
	return 0;
}

static void end_gathered(struct gathered *gathered)
{
	for (size_t i = 0; i < gathered->count; i++) {
		vfg_metrics_free(gathered->metrics[i]);
		free(gathered->metrics[i]);
	}
	free(gathered->metrics);
	vfg_links_free(&gathered->links);
}

/* Return: 0 or -errno. */
static int fill(const char *path, const struct gathered *gathered)
{
	/* Who reads it is another user, and our umask need not know that. */
	autofd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	struct vfg_exposition to = {.is_prometheus = true};
	bool failed;

	if (fd < 0 || fchmod(fd, 0644) < 0)
		return -errno;
	to.to = fdopen(fd, "w");
	if (!to.to)
		return -errno;
	take_fd(&fd);
	vfg_metrics_write(&to, gathered->metrics, gathered->count);
	failed = ferror(to.to);
	return fclose(to.to) != 0 || failed ? -(errno ? errno : EIO) : 0;
}

/* Beside it, under a name that the reader passes over, then renamed: nobody reads half of it. */
static int replace(const char *file, const struct gathered *gathered)
{
	char fresh[PATH_MAX];
	struct stat there;
	int err;

	if (lstat(file, &there) == 0 && !S_ISREG(there.st_mode))
		return vfg_say(VFG_EXIT_REFUSED, file,
			       "is there and is no regular file; name another");
	if (snprintf(fresh, sizeof(fresh), "%s.%d", file, getpid()) >= (int)sizeof(fresh))
		return vfg_say(VFG_EXIT_REFUSED, file, "too long a name; shorten it");
	errno = 0;
	err = fill(fresh, gathered);
	if (!err && rename(fresh, file) < 0)
		err = -errno;
	if (!err)
		return 0;
	unlink(fresh);
	return vfg_say(vfg_options_at_fault(err) ? VFG_EXIT_REFUSED : VFG_EXIT_SYSTEM, file,
		       "cannot be written: %s; name a file in a folder that is there",
		       strerror(-err));
}

static int run(const struct request *request)
{
	struct gathered gathered __attribute__((cleanup(end_gathered))) = {};
	const struct vfg_exposition to = {stdout, request->is_prometheus};
	bool any;
	int err = vfg_links_read(&gathered.links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	err = vfg_loaded_all(request->name, gather, &gathered, &any);
	if (err)
		return err;
	if (request->file)
		return replace(request->file, &gathered);
	vfg_metrics_write(&to, gathered.metrics, gathered.count);
	return 0;
}

static int take(int argc, char **argv, int *index, struct request *request)
{
	const char *argument = argv[*index];
	const char *value = *index + 1 < argc ? argv[*index + 1] : NULL;

	if (!strcmp(argument, "--output")) {
		if (!value || !value[0])
			return vfg_say(VFG_EXIT_USAGE, argument, "needs a file");
		request->file = value;
		*index += 1;
		return 0;
	}
	if (!strcmp(argument, "--format")) {
		if (!value ||
		    (strcmp(value, "openmetrics") != 0 && strcmp(value, "prometheus") != 0))
			return vfg_say(VFG_EXIT_USAGE, argument, "takes openmetrics or prometheus");
		request->is_prometheus = !strcmp(value, "prometheus");
		*index += 1;
		return 0;
	}
	if (argument[0] == '-' || request->name)
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of metrics; see --help");
	request->name = argument;
	return 0;
}

int vfg_command_metrics(int argc, char **argv)
{
	struct request request = {};
	int err = 0;

	for (int i = 1; !err && i < argc; i++)
		err = take(argc, argv, &i, &request);
	if (!err)
		err = vfg_capability_check_look("metrics");
	return err ? err : run(&request);
}
