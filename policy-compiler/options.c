/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SOURCES and OPTIONS of the command line, for nsgc and for vfguard: arguments to a request. What
 * the files hold is looked at when the request is read.
 */
#include <errno.h>
#include <string.h>

#include "arguments.h"
#include "flag.h"
#include "nsgc.h"

const char vfg_options_help[] =
	"Sources:\n"
	"  FILE[#NAME]               any supported JSON, its kind is detected; one NSG alone is "
	"the\n"
	"                            NIC's; #NAME chooses one of several in a file\n"
	"  --subnet-nsg FILE[#NAME]  the subnet's NSG\n"
	"  --nic-nsg FILE[#NAME]     the NIC's NSG\n"
	"  --admin-rules FILE        security admin rules, judged before the NSGs\n"
	"Options:\n"
	"  --service-tags FILE       service tags (ServiceTags_*.json, az network\n"
	"                            list-service-tags); repeatable, the first that has a tag "
	"gives it\n"
	"  --tag NAME=PREFIX[,...]   a service tag, before any file; VirtualNetwork is always "
	"needed\n"
	"  --nic FILE                a NIC: who is in which application security group; "
	"repeatable\n"
	"  --parameters FILE         parameters of an ARM template; repeatable\n"
	"  --param NAME=VALUE        one of them, before those of a file\n"
	"  --lenient                 mask host bits, join overlapping prefixes, split tags in "
	"lists,\n"
	"                            with a warning each\n"
	"  --azure-compat-empty-asg  a rule that names an empty application security group "
	"matches\n"
	"                            nothing, as on the platform\n"
	"  --platform azure|none     exempt platform addresses; azure by default\n";

/* Flags whose value is a file. */
static const struct {
	const char *flag;
	enum vfg_source_kind kind;
	bool select; /* takes #NAME */
} file_flag[] = {
	{"--subnet-nsg", VFG_SOURCE_SUBNET_NSG, true},
	{"--nic-nsg", VFG_SOURCE_NIC_NSG, true},
	{"--admin-rules", VFG_SOURCE_ADMIN_RULES, false},
	{"--service-tags", VFG_SOURCE_SERVICE_TAGS, false},
	{"--nic", VFG_SOURCE_NIC, false},
	{"--parameters", VFG_SOURCE_PARAMETERS, false},
};

enum {
	ROOM_FIRST = 8,
};

/* Room for one more: the arrays double. Return: the array, or NULL without memory. */
static void *grow(struct vfg_arena *arena, const void *array, size_t count, size_t *room,
		  size_t item_bytes)
{
	size_t wanted = *room ? *room * 2 : ROOM_FIRST;
	void *more;

	if (count < *room)
		return (void *)array;
	more = vfg_arena_array(arena, wanted, item_bytes);
	if (!more)
		return NULL;
	if (count)
		memcpy(more, array, count * item_bytes);
	*room = wanted;
	return more;
}

static int add_source(struct vfg_options *options, enum vfg_source_kind kind, const char *file,
		      bool may_select)
{
	struct vfg_request *request = &options->request;
	struct vfg_source source = {.kind = kind, .file = file};
	const char *hash = may_select ? strrchr(file, '#') : NULL;
	struct vfg_source *sources;
	int err;

	if (hash) {
		source.file = vfg_arena_strndup(options->arena, file, (size_t)(hash - file));
		source.select = hash[1] ? hash + 1 : NULL;
	}
	sources = grow(options->arena, request->sources, request->source_count,
		       &options->source_room, sizeof(*sources));
	if (!sources || !source.file)
		return -ENOMEM;
	request->sources = sources;
	err = options->read(options->arena, source.file, &source.text, &source.bytes);
	if (err)
		return err;
	sources[request->source_count++] = source;
	return 0;
}

static int add_text(struct vfg_options *options, const char *const **array, size_t *count,
		    size_t *room, const char *text)
{
	const char **more = grow(options->arena, *array, *count, room, sizeof(*more));

	if (!more)
		return -ENOMEM;
	more[(*count)++] = text;
	*array = more;
	return 0;
}

static int take_file(struct vfg_options *options, int argc, char **argv, int *index,
		     const char **ret_flag)
{
	for (size_t i = 0; i < sizeof(file_flag) / sizeof(*file_flag); i++) {
		const char *value;
		int taken = vfg_flag_value(file_flag[i].flag, argc, argv, index, &value);

		*ret_flag = file_flag[i].flag;
		if (taken > 0)
			taken = add_source(options, file_flag[i].kind, value, file_flag[i].select);
		else if (!taken)
			continue;
		return taken ? taken : 1;
	}
	return 0;
}

/* --tag and --param: NAME=VALUE. */
static int take_text(struct vfg_options *options, int argc, char **argv, int *index,
		     const char **ret_flag)
{
	struct vfg_request *request = &options->request;
	const char *value;
	int taken, err;

	*ret_flag = "--tag";
	taken = vfg_flag_value(*ret_flag, argc, argv, index, &value);
	if (taken > 0 && !strchr(value, '='))
		return -EINVAL;
	if (taken > 0) {
		err = add_text(options, &request->tags, &request->tag_count, &options->tag_room,
			       value);
		return err ? err : 1;
	}
	if (taken)
		return taken;
	*ret_flag = "--param";
	taken = vfg_flag_value(*ret_flag, argc, argv, index, &value);
	if (taken > 0 && !strchr(value, '='))
		return -EINVAL;
	if (taken > 0) {
		err = add_text(options, &request->params, &request->param_count,
			       &options->param_room, value);
		return err ? err : 1;
	}
	return taken;
}

static int take_platform(struct vfg_options *options, int argc, char **argv, int *index)
{
	const char *value;
	int taken = vfg_flag_value("--platform", argc, argv, index, &value);

	if (taken <= 0)
		return taken;
	if (!strcmp(value, "azure"))
		options->request.platform = VFG_PLATFORM_AZURE;
	else if (!strcmp(value, "none"))
		options->request.platform = VFG_PLATFORM_NONE;
	else
		return -EINVAL;
	return 1;
}

/* Flags without a value. */
static bool take_switch(struct vfg_request *request, const char *flag)
{
	if (!strcmp(flag, "--lenient"))
		request->lenient = true;
	else if (!strcmp(flag, "--azure-compat-empty-asg"))
		request->inert_empty_groups = true;
	else
		return false;
	return true;
}

static const char *needs(const char *flag)
{
	if (!strcmp(flag, "--tag"))
		return "NAME=PREFIX[,PREFIX...]";
	if (!strcmp(flag, "--param"))
		return "NAME=VALUE";
	if (!strcmp(flag, "--platform"))
		return "azure or none";
	return "a file";
}

int vfg_options_take(struct vfg_options *options, int argc, char **argv, int *index,
		     const char **ret_problem)
{
	const char *flag = "";
	const char *problem;
	int taken;

	if (take_switch(&options->request, argv[*index])) {
		++*index;
		return 1;
	}
	taken = take_file(options, argc, argv, index, &flag);
	if (!taken)
		taken = take_text(options, argc, argv, index, &flag);
	if (!taken) {
		flag = "--platform";
		taken = take_platform(options, argc, argv, index);
	}
	if (taken == -EINVAL) {
		problem = vfg_arena_format(options->arena, "%s needs %s", flag, needs(flag));
		*ret_problem = problem ? problem : "wrong option";
	}
	return taken;
}

bool vfg_options_at_fault(int err)
{
	return err == -ENOENT || err == -ENOTDIR || err == -EISDIR || err == -ENAMETOOLONG ||
	       err == -EFBIG;
}

int vfg_options_file(struct vfg_options *options, const char *file)
{
	return add_source(options, VFG_SOURCE_ANY, file, true);
}
