/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From sources to the model: which file is which NSG, and in what order the lists judge. Reading
 * and checking are the other rooms'; here they are only called in turn.
 */
#include <errno.h>
#include <string.h>

#include "address.h"
#include "admin.h"
#include "check.h"
#include "default.h"
#include "forest.h"
#include "platform.h"
#include "port.h"
#include "review.h"

/* Where an NSG stands, as an index of lists. */
enum seat {
	SEAT_SUBNET = 0,
	SEAT_NIC = 1,
	SEAT_MAX = 2,
};

struct build {
	const struct vfg_request *request;
	struct vfg_diag *diag;
	struct vfg_forest forest;
	struct vfg_tags *tags;
	struct vfg_groups *groups;
	struct vfg_nsg *nsg[SEAT_MAX];
	struct vfg_list *list[SEAT_MAX][VFG_DIRECTION_MAX];
	struct vfg_list *admin[VFG_DIRECTION_MAX];
};

static void build_put(struct build *build)
{
	vfg_forest_put(&build->forest);
}

static int fill_tags(struct build *build)
{
	const struct vfg_request *request = build->request;
	int err;

	err = vfg_tags_new(build->diag, request->lenient, &build->tags);
	for (size_t i = 0; !err && i < request->tag_count; i++)
		err = vfg_tags_define(build->tags, request->tags[i]);
	for (size_t i = 0; !err && i < build->forest.count; i++) {
		const struct vfg_document *document = &build->forest.document[i];

		if (document->tags)
			err = vfg_tags_add_map(build->tags, document);
		else if (document->kind == VFG_KIND_SERVICE_TAGS)
			err = vfg_tags_add_file(build->tags, document->file, build->forest.tree[i]);
	}
	return err;
}

/* Where an object of several in a file belongs, by what it is associated with. Return: the seat, or
 * SEAT_MAX where that does not tell. */
static enum seat seat_of(struct json_object *nsg)
{
	struct json_object *properties = vfg_json_member(nsg, "properties");
	struct json_object *subnets = vfg_json_array(properties, "subnets");
	struct json_object *nics = vfg_json_array(properties, "networkInterfaces");
	bool on_subnet = subnets && json_object_array_length(subnets);
	bool on_nic = nics && json_object_array_length(nics);

	if (on_subnet == on_nic)
		return SEAT_MAX;
	return on_subnet ? SEAT_SUBNET : SEAT_NIC;
}

static int take_seat(struct build *build, const struct vfg_document *document, enum seat seat,
		     struct json_object *object)
{
	int err;

	if (build->nsg[seat]) {
		vfg_diag_add(build->diag, VFG_ERROR, (struct vfg_place){.file = document->file},
			     "AmbiguousNetworkSecurityGroup",
			     "a second NSG for the %s, after that of %s: say which is which with "
			     "--subnet-nsg and --nic-nsg",
			     seat == SEAT_SUBNET ? "subnet" : "NIC", build->nsg[seat]->file);
		return 0;
	}
	err = vfg_nsg_read(build->diag, document->file, object, &build->nsg[seat]);
	if (!err)
		build->nsg[seat]->effective = document->kind == VFG_KIND_EFFECTIVE;
	return err == -ENOMEM ? err : 0;
}

/* What is in force at one NIC says by itself which list stands where. */
static int seat_effective(struct build *build, const struct vfg_document *document)
{
	int err = 0;

	for (size_t i = 0; !err && i < json_object_array_length(document->nsgs); i++) {
		struct json_object *nsg = json_object_array_get_idx(document->nsgs, i);
		enum seat seat = seat_of(nsg);

		err = take_seat(build, document, seat == SEAT_SUBNET ? seat : SEAT_NIC, nsg);
	}
	return err;
}

/* Two NSGs that Terraform puts on a subnet and on a NIC: the file says which stands where. */
static bool is_pair(const struct vfg_document *document)
{
	enum seat first, second;

	if (document->kind != VFG_KIND_TERRAFORM || json_object_array_length(document->nsgs) != 2)
		return false;
	first = seat_of(json_object_array_get_idx(document->nsgs, 0));
	second = seat_of(json_object_array_get_idx(document->nsgs, 1));
	return first != SEAT_MAX && second != SEAT_MAX && first != second;
}

/* Return: 0, also with errors in @diag; -ENOMEM. */
static int seat_nsg(struct build *build, const struct vfg_source *source,
		    const struct vfg_document *document)
{
	enum seat seat = source->kind == VFG_SOURCE_SUBNET_NSG ? SEAT_SUBNET : SEAT_NIC;
	struct json_object *object;

	if (source->kind == VFG_SOURCE_ANY && !source->select &&
	    (document->kind == VFG_KIND_EFFECTIVE || is_pair(document)))
		return seat_effective(build, document);
	if (vfg_nsg_choose(build->diag, document->file, source->select, document->nsgs, &object))
		return 0;
	return take_seat(build, document, seat, object);
}

/* Does the source's flag ask for an NSG, or may it be one? A template that is given for its NICs
 * brings none. */
static bool may_seat(enum vfg_source_kind kind)
{
	return kind == VFG_SOURCE_ANY || kind == VFG_SOURCE_SUBNET_NSG ||
	       kind == VFG_SOURCE_NIC_NSG;
}

static int read_nsgs(struct build *build)
{
	const struct vfg_request *request = build->request;
	bool wanted = false;

	for (size_t i = 0; i < request->source_count; i++) {
		const struct vfg_document *document = &build->forest.document[i];
		int err;

		wanted |= document->kind == VFG_KIND_UNKNOWN || document->nsgs ||
			  (document->admin && json_object_array_length(document->admin));
		if (!document->nsgs || !may_seat(request->sources[i].kind))
			continue;
		err = seat_nsg(build, &request->sources[i], document);
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
	const struct vfg_check check = {
		.diag = build->diag,
		.tags = build->tags,
		.groups = build->groups,
		.lenient = build->request->lenient,
		.inert_empty_groups = build->request->inert_empty_groups,
	};

	for (int seat = 0; seat < SEAT_MAX; seat++) {
		struct vfg_list **list = build->list[seat];
		int err;

		if (!build->nsg[seat])
			continue;
		err = vfg_check_nsg(&check, build->nsg[seat], VFG_DEFAULT_RULES, list);
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

static int check_admin(struct build *build)
{
	return vfg_admin_build(build->diag, build->tags, build->request->lenient,
			       build->forest.document, build->forest.count, build->admin);
}

/*
 * A NIC without any NSG: what no admin rule stops goes on, by a rule without a name. It closes the
 * admin list, so that an admin rule that allows stays the one that decides.
 */
static struct vfg_list *list_of_no_nsg(struct vfg_arena *arena, const struct vfg_list *admin,
				       uint8_t direction)
{
	struct vfg_list *list = vfg_arena_alloc(arena, sizeof(*list));
	size_t count = admin ? admin->count : 0;
	struct vfg_model_rule *rule = vfg_arena_array(arena, count + 1, sizeof(*rule));

	if (!list || !rule)
		return NULL;
	*list = (struct vfg_list){.name = "", .stage = VFG_STAGE_NIC};
	if (count) {
		*list = *admin;
		memcpy(rule, admin->rule, count * sizeof(*rule));
	}
	list->rule = rule;
	list->count = count + 1;
	rule[count] = (struct vfg_model_rule){
		.name = "",
		.protocol = VFG_PROTOCOL_ANY,
		.direction = direction,
		.action = VFG_ACTION_ALLOW,
		.source = &vfg_set_any,
		.destination = &vfg_set_any,
		.source_ports = vfg_ports_all,
		.destination_ports = vfg_ports_all,
	};
	return list;
}

/* Inbound the subnet judges before the NIC, outbound after it. */
static int lay_out(struct build *build, struct vfg_model *model)
{
	struct vfg_list *platform[VFG_DIRECTION_MAX];
	bool no_nsg = !build->nsg[SEAT_SUBNET] && !build->nsg[SEAT_NIC];
	int err;

	err = vfg_platform_build(build->diag, build->tags, build->request->platform,
				 build->list[SEAT_NIC][VFG_OUTBOUND],
				 build->list[SEAT_SUBNET][VFG_OUTBOUND], platform);
	if (err)
		return err;
	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		enum seat first = i == VFG_INBOUND ? SEAT_SUBNET : SEAT_NIC;
		enum seat second = i == VFG_INBOUND ? SEAT_NIC : SEAT_SUBNET;
		struct vfg_list *admin = build->admin[i];

		if (no_nsg)
			admin = list_of_no_nsg(build->diag->arena, admin, (uint8_t)i);
		if (no_nsg && !admin)
			return -ENOMEM;
		join(&model->pipeline[i], platform[i]);
		join(&model->pipeline[i], admin);
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
	const unsigned char options[3] = {(unsigned char)request->platform, request->lenient,
					  request->inert_empty_groups};

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
	for (size_t i = 0; i < request->param_count; i++)
		sum = digest(sum, request->params[i], strlen(request->params[i]) + 1);
	return digest(sum, options, sizeof(options));
}

static int describe(struct build *build, struct vfg_model *model)
{
	const struct vfg_nsg *subnet = build->nsg[SEAT_SUBNET], *nic = build->nsg[SEAT_NIC];

	const bool admin = build->admin[VFG_INBOUND] || build->admin[VFG_OUTBOUND];
	const char *only = admin && !subnet && !nic ? "security admin rules" : "";

	model->label =
		vfg_arena_format(build->diag->arena, "%s%s%s%s", only, subnet ? subnet->name : "",
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
	err = vfg_forest_read(build->diag, build->request, &build->forest);
	if (!err)
		err = fill_tags(build);
	if (!err)
		err = vfg_groups_new(build->diag, build->forest.document, build->forest.count,
				     &build->groups);
	if (!err)
		err = read_nsgs(build);
	if (!err)
		err = check_nsgs(build);
	if (!err)
		err = check_admin(build);
	if (!err)
		err = lay_out(build, model);
	if (!err)
		err = describe(build, model);
	if (err)
		return err;
	if (build->diag->errors)
		return -EINVAL;
	err = vfg_review(build->diag, model, build->request->ssh_connection);
	if (err)
		return err;
	*ret_model = model;
	return 0;
}

int vfg_model_read(struct vfg_arena *arena, const struct vfg_request *request,
		   struct vfg_diag *diag, struct vfg_model **ret_model)
{
	__attribute__((cleanup(build_put))) struct build build = {
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
