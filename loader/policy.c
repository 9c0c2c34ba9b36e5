/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads an image, or compiles one with libnsgc, and prints what that library has to say. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "../policy-compiler/arguments.h"
#include "cleanup.h"
#include "origin.h"
#include "policy.h"
#include "say.h"
#include "../policy-compiler/operator.h"

enum {
	READ_STEP_BYTES = 1 << 20,
	READ_MAX_BYTES = 1 << 29,
};

/* What compiling the largest policy of maps/policy.h may take. */
static const size_t arena_limit_bytes = 2UL << 30;

/* Appends until the end of the file; regular files and pipes alike. */
static int read_all(int fd, char **ret_text, size_t *ret_bytes)
{
	autofree char *text = NULL;
	size_t room = 0, used = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (used == room) {
			char *more = NULL;

			room = room ? room * 2 : READ_STEP_BYTES;
			if (room > READ_MAX_BYTES)
				return -EFBIG;
			more = realloc(text, room);
			if (!more)
				return -ENOMEM;
			text = more;
		}
		got = read(fd, text + used, room - used);
		if (got < 0 && errno != EINTR)
			return -errno;
		used += got > 0 ? (size_t)got : 0;
		got = got < 0 ? 1 : got;
	}
	*ret_text = text;
	text = NULL;
	*ret_bytes = used;
	return 0;
}

static int exit_of_read(int err)
{
	return vfg_options_at_fault(err) ? VFG_EXIT_REFUSED : VFG_EXIT_SYSTEM;
}

/* vfg_options.read: reports, and returns -errno. */
static int read_file(struct vfg_arena *arena, const char *file, const char **ret_text,
		     size_t *ret_bytes)
{
	autofd int fd = open(file, O_RDONLY | O_CLOEXEC);
	autofree char *text = NULL;
	size_t bytes = 0;
	char *copy;
	int err = fd < 0 ? -errno : read_all(fd, &text, &bytes);

	if (err) {
		vfg_say(exit_of_read(err), file, "cannot be read: %s; name a readable file",
			strerror(-err));
		return err;
	}
	copy = vfg_arena_alloc(arena, bytes + 1);
	if (!copy) {
		vfg_say(VFG_EXIT_REFUSED, file, "too large; split the policy");
		return -ENOMEM;
	}
	memcpy(copy, text, bytes);
	*ret_text = copy;
	*ret_bytes = bytes;
	return 0;
}

/* @file: what messages without a file of their own are about */
static void print_diag(const struct vfg_diag *diag, const char *file)
{
	for (const struct vfg_message *next = diag->first; next; next = next->next) {
		struct vfg_message message = *next;

		if (!message.file[0])
			message.file = file;
		vfg_say_line(message.severity == VFG_ERROR ? LOG_ERR : LOG_WARNING,
			     vfg_report_message(diag->arena, vfg_say_program(), &message));
	}
}

int vfg_policy_begin(struct vfg_policy_request *request)
{
	*request = (struct vfg_policy_request){};
	request->options.arena = vfg_arena_new(arena_limit_bytes);
	request->options.read = read_file;
	if (!request->options.arena)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	return 0;
}

void vfg_policy_end(struct vfg_policy_request *request)
{
	if (request->options.arena)
		vfg_arena_free(request->options.arena);
	request->options.arena = NULL;
}

static int take_file(struct vfg_policy_request *request, int argc, char **argv, int *index)
{
	if (*index + 1 >= argc)
		return vfg_say(VFG_EXIT_USAGE, argv[*index], "needs a file; give -p IMAGE|JSON");
	if (request->file)
		return vfg_say(VFG_EXIT_USAGE, argv[*index],
			       "given twice; more files go with --subnet-nsg and --nic-nsg");
	request->file = argv[*index + 1];
	*index += 2;
	return 0;
}

int vfg_policy_take(struct vfg_policy_request *request, int argc, char **argv, int *index,
		    bool *ret_taken)
{
	const char *argument = argv[*index];
	const char *problem = NULL;
	int taken;

	if (!strcmp(argument, "-p") || !strcmp(argument, "--policy")) {
		*ret_taken = true;
		return take_file(request, argc, argv, index);
	}
	taken = vfg_options_take(&request->options, argc, argv, index, &problem);
	if (taken == -EINVAL)
		return vfg_say(VFG_EXIT_USAGE, argument, "%s; see --help",
			       problem ? problem : "wrong usage");
	if (taken < 0)
		return exit_of_read(taken);
	request->has_options |= taken == 1;
	*ret_taken = taken == 1;
	return 0;
}

static bool is_image(const char *text, size_t bytes)
{
	return bytes >= strlen(VFG_IMAGE_MAGIC) &&
	       !memcmp(text, VFG_IMAGE_MAGIC, strlen(VFG_IMAGE_MAGIC));
}

static int open_image(struct vfg_policy_file *file, struct vfg_diag *diag, const char *name)
{
	int err = vfg_image_open(file->image, file->bytes, diag, &file->tables);

	if (err)
		print_diag(diag, name);
	return err ? VFG_EXIT_REFUSED : 0;
}

static int compile(struct vfg_policy_request *request, struct vfg_diag *diag,
		   struct vfg_policy_file *file)
{
	struct vfg_arena *arena = request->options.arena;
	struct vfg_model *model = NULL;
	void *image = NULL;
	int err = vfg_model_read(arena, &request->options.request, diag, &model);

	if (!err)
		err = vfg_image_write(arena, model, diag, &image, &file->bytes);
	print_diag(diag, "policy");
	if (err && !diag->errors)
		return vfg_say(VFG_EXIT_REFUSED, "policy", "cannot be compiled: %s",
			       strerror(-err));
	file->image = image;
	return err ? VFG_EXIT_REFUSED : 0;
}

/* Said, and loaded all the same: who asks may know better. */
static void warn_operator(const struct vfg_tables *tables, struct vfg_arena *arena,
			  const char *name)
{
	struct vfg_diag diag = {.arena = arena};

	if (!vfg_operator_check_tables(&diag, tables, getenv("SSH_CONNECTION")))
		print_diag(&diag, name);
}

int vfg_policy_open(struct vfg_policy_request *request, const char *command,
		    struct vfg_policy_file *ret_file)
{
	struct vfg_diag diag = {.arena = request->options.arena};
	struct vfg_diag image_diag = diag;
	struct vfg_policy_file file = {};
	const char *text = NULL;
	int err = 0;

	if (!request->file && !request->options.request.source_count)
		return vfg_say(VFG_EXIT_USAGE, command,
			       "no policy; give -p IMAGE|JSON, or --subnet-nsg, --nic-nsg");
	if (request->file)
		err = read_file(request->options.arena, request->file, &text, &file.bytes);
	if (err)
		return exit_of_read(err);
	if (text && is_image(text, file.bytes)) {
		if (request->has_options)
			return vfg_say(VFG_EXIT_USAGE, request->file,
				       "is an image, compiled already; give no further sources or "
				       "options");
		file.image = text;
		err = open_image(&file, &image_diag, request->file);
	} else {
		if (text && vfg_options_file(&request->options, request->file))
			return VFG_EXIT_REFUSED;
		err = compile(request, &diag, &file);
		if (!err)
			err = open_image(&file, &image_diag, "policy");
	}
	if (err)
		return err;
	file.source = vfg_origin_text(request);
	warn_operator(&file.tables, request->options.arena, request->name);
	*ret_file = file;
	return 0;
}
