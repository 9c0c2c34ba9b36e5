/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From sources to the model: which file is which NSG, and in what order the lists judge. Reading
 * and checking are the other rooms'; here they are only called in turn.
 */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "default.h"
#include "platform.h"

/* Where an NSG stands, as an index of lists. */
enum seat {
	SEAT_SUBNET = 0,
	SEAT_NIC = 1,
	SEAT_MAX = 2,
};

/* The trees of all sources, by index; NULL where one could not be parsed. */
struct forest {
	struct json_object **tree;
	size_t count;
};

struct build {
	const struct vfg_request *request;
	struct vfg_diag *diag;
	struct vfg_tags *tags;
	struct forest forest;
	struct vfg_nsg *nsg[SEAT_MAX];
	struct vfg_list *list[SEAT_MAX][VFG_DIRECTION_MAX];
};

static void forest_put(struct build *build)
{
	for (size_t i = 0; i < build->forest.count; i++)
		json_object_put(build->forest.tree[i]);
}

/* What a later version takes is refused, never left out in silence. */
static const char *unsupported(enum vfg_source_kind kind)
{
	switch (kind) {
	case VFG_SOURCE_ADMIN_RULES:
		return "--admin-rules is not supported yet";
	case VFG_SOURCE_NIC:
		return "--nic is not supported yet";
	case VFG_SOURCE_PARAMETERS:
		return "--parameters is not supported yet";
	case VFG_SOURCE_ANY:
	case VFG_SOURCE_SUBNET_NSG:
	case VFG_SOURCE_NIC_NSG:
	case VFG_SOURCE_SERVICE_TAGS:
		return NULL;
	}
	return "a source of this kind is not supported";
}

static bool is_image(const struct vfg_source *source)
{
	return source->bytes >= 8 && !memcmp(source->text, VFG_IMAGE_MAGIC, 8);
}

static int parse_source(struct build *build, const struct vfg_source *source,
			struct json_object **ret_tree)
{
	struct vfg_place place = {.file = source->file};
	const char *refusal = unsupported(source->kind);

	if (!refusal && is_image(source))
		refusal = "this is a compiled policy image, JSON is needed";
	if (refusal) {
		vfg_diag_add(build->diag, VFG_ERROR, place, "UnsupportedSource", "%s", refusal);
		return 0;
	}
	if (vfg_json_parse(build->diag, source->file, source->text, source->bytes, ret_tree) ==
	    -ENOMEM)
		return -ENOMEM;
	return 0;
}

static int parse_sources(struct build *build)
{
	const struct vfg_request *request = build->request;
	struct forest *forest = &build->forest;

	forest->tree =
		vfg_arena_array(build->diag->arena, request->source_count, sizeof(*forest->tree));
	if (!forest->tree)
		return -ENOMEM;
	for (; forest->count < request->source_count; forest->count++) {
		int err = parse_source(build, &request->sources[forest->count],
				       &forest->tree[forest->count]);

		if (err)
			return err;
	}
	for (size_t i = 0; i < request->param_count; i++)
		vfg_diag_add(build->diag, VFG_ERROR, (struct vfg_place){0}, "UnsupportedSource",
			     "--param %s: template parameters are not supported yet",
			     request->params[i]);
	return 0;
}

static int fill_tags(struct build *build)
{
	const struct vfg_request *request = build->request;
	int err;

	err = vfg_tags_new(build->diag, request->lenient, &build->tags);
	for (size_t i = 0; !err && i < request->tag_count; i++)
		err = vfg_tags_define(build->tags, request->tags[i]);
	for (size_t i = 0; !err && i < request->source_count; i++) {
		if (request->sources[i].kind == VFG_SOURCE_SERVICE_TAGS && build->forest.tree[i])
			err = vfg_tags_add_file(build->tags, request->sources[i].file,
						build->forest.tree[i]);
	}
	return err;
}

/* Return: 0, also with errors in @diag; -ENOMEM. */
static int read_nsg(struct build *build, const struct vfg_source *source, struct json_object *tree)
{
	enum seat seat = source->kind == VFG_SOURCE_SUBNET_NSG ? SEAT_SUBNET : SEAT_NIC;
	struct vfg_place place = {.file = source->file};
	struct json_object *object;
	int err;

	err = vfg_nsg_find(build->diag, source->file, source->select, tree, &object);
	if (err)
		return 0;
	if (build->nsg[seat]) {
		vfg_diag_add(build->diag, VFG_ERROR, place, "AmbiguousNetworkSecurityGroup",
			     "a second NSG for the %s, after that of %s: say which is which with "
			     "--subnet-nsg and --nic-nsg",
			     seat == SEAT_SUBNET ? "subnet" : "NIC", build->nsg[seat]->file);
		return 0;
	}
	err = vfg_nsg_read(build->diag, source->file, object, &build->nsg[seat]);
	return err == -ENOMEM ? err : 0;
}

static int read_nsgs(struct build *build)
{
	const struct vfg_request *request = build->request;
	bool wanted = false;

	for (size_t i = 0; i < request->source_count; i++) {
		const struct vfg_source *source = &request->sources[i];
		int err;

		if (source->kind != VFG_SOURCE_ANY && source->kind != VFG_SOURCE_SUBNET_NSG &&
		    source->kind != VFG_SOURCE_NIC_NSG)
			continue;
		wanted = true;
		if (!build->forest.tree[i])
			continue;
		err = read_nsg(build, source, build->forest.tree[i]);
		if (err)
			return err;
	}
	if (!wanted)
		vfg_diag_add(build->diag, VFG_ERROR, (struct vfg_place){0},
			     "MissingNetworkSecurityGroup",
			     "no NSG is given: name a FILE, --nic-nsg FILE or --subnet-nsg FILE");
	return 0;
}

static int check_nsgs(struct build *build)
{
	for (int seat = 0; seat < SEAT_MAX; seat++) {
		struct vfg_list **list = build->list[seat];
		int err;

		if (!build->nsg[seat])
			continue;
		err = vfg_check_nsg(build->diag, build->tags, build->request->lenient,
				    build->nsg[seat], VFG_DEFAULT_RULES, list);
		if (!err)
			err = vfg_default_append(build->diag, build->tags, build->nsg[seat], list);
		if (err)
			return err;
		for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++)
			list[direction]->stage =
				seat == SEAT_SUBNET ? VFG_STAGE_SUBNET : VFG_STAGE_NIC;
	}
	return 0;
}

static void join(struct vfg_pipeline *pipeline, struct vfg_list *list)
{
	if (list && list->count)
		pipeline->list[pipeline->count++] = list;
}

/* Inbound the subnet judges before the NIC, outbound after it. */
static int lay_out(struct build *build, struct vfg_model *model)
{
	struct vfg_list *platform[VFG_DIRECTION_MAX];
	int err;

	err = vfg_platform_build(build->diag, build->tags, build->request->platform,
				 build->list[SEAT_NIC][VFG_OUTBOUND],
				 build->list[SEAT_SUBNET][VFG_OUTBOUND], platform);
	if (err)
		return err;
	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		enum seat first = i == VFG_INBOUND ? SEAT_SUBNET : SEAT_NIC;
		enum seat second = i == VFG_INBOUND ? SEAT_NIC : SEAT_SUBNET;

		join(&model->pipeline[i], platform[i]);
		join(&model->pipeline[i], build->list[first][i]);
		join(&model->pipeline[i], build->list[second][i]);
	}
	return 0;
}

/* FNV-1a, 64 bits. */
static uint64_t digest(uint64_t sum, const void *data, size_t bytes)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < bytes; i++)
		sum = (sum ^ at[i]) * 0x100000001b3;
	return sum;
}

/* File names do not count, nor does anything that is not the input's. */
static uint64_t digest_of(const struct vfg_request *request)
{
	uint64_t sum = 0xcbf29ce484222325;
	const unsigned char options[2] = {(unsigned char)request->platform, request->lenient};

	for (size_t i = 0; i < request->source_count; i++) {
		const struct vfg_source *source = &request->sources[i];
		const unsigned char kind = (unsigned char)source->kind;
		const char *select = source->select ? source->select : "";

		sum = digest(sum, &kind, 1);
		sum = digest(sum, select, strlen(select) + 1);
		sum = digest(sum, &source->bytes, sizeof(source->bytes));
		sum = digest(sum, source->text, source->bytes);
	}
	for (size_t i = 0; i < request->tag_count; i++)
		sum = digest(sum, request->tags[i], strlen(request->tags[i]) + 1);
	return digest(sum, options, sizeof(options));
}

static int describe(struct build *build, struct vfg_model *model)
{
	const struct vfg_nsg *subnet = build->nsg[SEAT_SUBNET], *nic = build->nsg[SEAT_NIC];

	model->label = vfg_arena_format(build->diag->arena, "%s%s%s", subnet ? subnet->name : "",
					subnet && nic ? " + " : "", nic ? nic->name : "");
	if (!model->label)
		return -ENOMEM;
	model->flush_connection =
		(subnet && subnet->flush_connection) || (nic && nic->flush_connection);
	model->source_digest = digest_of(build->request);
	return 0;
}

static int run(struct build *build, struct vfg_model **ret_model)
{
	struct vfg_model *model = vfg_arena_alloc(build->diag->arena, sizeof(*model));
	int err;

	if (!model)
		return -ENOMEM;
	err = parse_sources(build);
	if (!err)
		err = fill_tags(build);
	if (!err)
		err = read_nsgs(build);
	if (!err)
		err = check_nsgs(build);
	if (!err)
		err = lay_out(build, model);
	if (!err)
		err = describe(build, model);
	if (err)
		return err;
	if (build->diag->errors)
		return -EINVAL;
	*ret_model = model;
	return 0;
}

int vfg_model_read(struct vfg_arena *arena, const struct vfg_request *request,
		   struct vfg_diag *diag, struct vfg_model **ret_model)
{
	__attribute__((cleanup(forest_put))) struct build build = {
		.request = request,
		.diag = diag,
	};
	int err;

	if (!diag->arena)
		diag->arena = arena;
	err = run(&build, ret_model);
	if (err == -ENOMEM)
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){0}, "OutOfMemory",
			     "the input needs more memory than the limit allows");
	return err;
}
