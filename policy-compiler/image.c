/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy image: has the other rooms fill the arena of maps/policy.h, puts rules and names in,
 * and the header of maps/image.h before it. Reading one is open.c's.
 */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "classes.h"
#include "finder.h"
#include "numbering.h"
#include "pages.h"
#include "service.h"
#include "trie.h"
#include "vector.h"

struct build {
	struct vfg_arena *arena;
	const struct vfg_model *model;
	struct vfg_numbering numbering;
	struct vfg_pages pages;
	struct vfg_vectors vectors[VFG_DIM_MAX];
	struct vfg_policy head; /* written to the arena last */
};

static const char *const dimension_name[VFG_DIM_MAX] = {
	[VFG_DIM_LOCAL] = "local address classes",
	[VFG_DIM_REMOTE] = "remote address classes",
	[VFG_DIM_SERVICE] = "service classes",
	[VFG_DIM_SOURCE_PORT] = "source port classes",
};

static void prepare(struct build *build, struct vfg_arena *arena, struct vfg_diag *diag)
{
	struct vfg_policy *head = &build->head;

	build->arena = arena;
	build->pages.arena = arena;
	build->pages.diag = diag;
	head->magic = VFG_POLICY_MAGIC;
	head->abi = VFG_ABI;
	head->flags = build->model->flush_connection ? VFG_POLICY_FLUSH : 0;
	head->words = build->numbering.words;
	head->vector_bytes = vfg_vectors_bytes(head->words);
	head->vectors_per_page = vfg_vectors_per_page(head->words);
	head->page_reciprocal = vfg_vectors_reciprocal(head->vectors_per_page);
	head->source_digest = build->model->source_digest;
	memcpy(head->stage, build->numbering.stage, sizeof(head->stage));
	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
		build->vectors[dimension].arena = arena;
		build->vectors[dimension].diag = diag;
		build->vectors[dimension].what = dimension_name[dimension];
		build->vectors[dimension].words = head->words;
		build->vectors[dimension].per_page = head->vectors_per_page;
		build->vectors[dimension].finder.arena = arena;
	}
}

static int write_role(struct build *build, enum vfg_role role)
{
	/* The dimensions of addresses are numbered as the roles are. */
	struct vfg_vectors *vectors = &build->vectors[role];
	struct vfg_intervals intervals[VFG_FAMILY_MAX];
	int err;

	err = vfg_classes_build(&build->numbering, role, vectors, intervals);
	for (int family = 0; family < VFG_FAMILY_MAX && !err; family++)
		err = vfg_trie_build(&intervals[family], family, &build->pages,
				     &build->head.trie[role][family]);
	return err;
}

static int write_vectors(struct build *build)
{
	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
		struct vfg_vectors *vectors = &build->vectors[dimension];
		int err;

		build->head.classes[dimension] = vectors->count;
		if (!vectors->count)
			continue;
		err = vfg_pages_adopt(&build->pages, vectors->page, vectors->page_count,
				      &build->head.vectors[dimension]);
		if (err)
			return err;
	}
	return 0;
}

static uint32_t put_text(uint8_t *strings, size_t *next, const char *text)
{
	size_t at = *next, bytes = strlen(text) + 1;

	memcpy(strings + at, text, bytes);
	*next += bytes;
	return (uint32_t)at;
}

/* What a list is known by: its id, if that ends in its name, so that the name can be told from it.
 */
static const char *list_text(const struct vfg_list *list)
{
	const char *last = list->id && *list->id == '/' ? strrchr(list->id, '/') + 1 : "";

	return *last && !strcmp(last, list->name) ? list->id : list->name;
}

static size_t text_bytes(const struct build *build)
{
	size_t bytes = strlen(build->model->label) + 1;

	for (uint32_t number = 0; number < build->head.words * 64; number++) {
		const struct vfg_numbered *slot = &build->numbering.slot[number];

		if (!slot->rule)
			continue;
		bytes += strlen(slot->rule->name) + 1;
		if (number % 64 == 0)
			bytes += strlen(list_text(slot->list)) + 1;
	}
	return bytes;
}

/* A list's text is written once for each word of its rules: cheap, and simpler than an index. */
static int write_strings(struct build *build, struct vfg_rule_info *info)
{
	size_t bytes = text_bytes(build), next = 0;
	uint32_t base, list = 0;
	uint8_t *strings;
	int err;

	err = vfg_pages_take(&build->pages, bytes, &base);
	if (err)
		return err;
	strings = vfg_pages_at(&build->pages, base);
	build->head.label_offset = base + put_text(strings, &next, build->model->label);
	for (uint32_t number = 0; number < build->head.words * 64; number++) {
		const struct vfg_numbered *slot = &build->numbering.slot[number];

		if (!slot->rule)
			continue;
		if (number % 64 == 0)
			list = base + put_text(strings, &next, list_text(slot->list));
		info[number].name_offset = base + put_text(strings, &next, slot->rule->name);
		info[number].list_offset = list;
	}
	return 0;
}

/* Room for the rules, taken early: the programs read them, so they belong in the first slab. */
static int place_rules(struct build *build)
{
	return vfg_pages_take(&build->pages, build->head.words * 64 * sizeof(struct vfg_rule),
			      &build->head.rules);
}

static int write_rules(struct build *build)
{
	uint32_t bits = build->head.words * 64;
	struct vfg_rule_info *info;
	struct vfg_rule *rules;
	int err;

	err = vfg_pages_take(&build->pages, bits * sizeof(*info), &build->head.rule_info);
	if (err)
		return err;
	rules = vfg_pages_at(&build->pages, build->head.rules);
	info = vfg_pages_at(&build->pages, build->head.rule_info);
	for (uint32_t number = 0; number < bits; number++) {
		const struct vfg_numbered *slot = &build->numbering.slot[number];

		rules[number].id = number;
		if (!slot->rule)
			continue;
		rules[number].action = slot->rule->action;
		rules[number].stage = slot->list->stage;
		info[number].priority = slot->rule->priority;
		info[number].direction = slot->direction;
		info[number].stage = slot->list->stage;
	}
	return write_strings(build, info);
}

static int write_image(struct build *build, void **ret_image, size_t *ret_bytes)
{
	uint32_t count = build->pages.count;
	size_t arena_bytes = (size_t)count << VFG_POLICY_PAGE_BITS;
	struct vfg_image header = {
		.endian = VFG_IMAGE_ENDIAN,
		.abi = VFG_ABI,
		.arena_bytes = arena_bytes,
	};
	uint8_t *image, *arena;

	image = vfg_arena_alloc(build->arena, VFG_IMAGE_HEADER_BYTES + arena_bytes);
	if (!image)
		return -ENOMEM;
	build->head.bytes = (uint32_t)arena_bytes;
	memcpy(vfg_pages_at(&build->pages, 0), &build->head, sizeof(build->head));
	arena = image + VFG_IMAGE_HEADER_BYTES;
	for (uint32_t page = 0; page < count; page++)
		memcpy(arena + ((size_t)page << VFG_POLICY_PAGE_BITS), build->pages.page[page],
		       VFG_POLICY_PAGE_BYTES);
	memcpy(header.magic, VFG_IMAGE_MAGIC, sizeof(header.magic));
	header.arena_crc = (uint32_t)crc32_z(0, arena, arena_bytes);
	memcpy(image, &header, sizeof(header));
	header.header_crc = (uint32_t)crc32_z(0, image, VFG_IMAGE_HEADER_BYTES);
	memcpy(image, &header, sizeof(header));
	*ret_image = image;
	*ret_bytes = VFG_IMAGE_HEADER_BYTES + arena_bytes;
	return 0;
}

int vfg_image_write(struct vfg_arena *arena, const struct vfg_model *model, struct vfg_diag *diag,
		    void **ret_image, size_t *ret_bytes)
{
	struct build *build = vfg_arena_alloc(arena, sizeof(*build));
	uint32_t head;
	int err;

	if (!build)
		return -ENOMEM;
	build->model = model;
	err = vfg_numbering_build(arena, model, diag, &build->numbering);
	if (err)
		return err;
	prepare(build, arena, diag);
	err = vfg_pages_take(&build->pages, sizeof(build->head), &head);
	if (!err)
		err = place_rules(build);
	if (!err)
		err = vfg_source_port_build(&build->numbering, &build->vectors[VFG_DIM_SOURCE_PORT],
					    &build->pages, &build->head);
	if (!err)
		err = vfg_service_build(&build->numbering, &build->vectors[VFG_DIM_SERVICE],
					&build->pages, &build->head);
	for (int role = 0; role < VFG_ROLE_MAX && !err; role++)
		err = write_role(build, role);
	if (!err)
		err = write_vectors(build);
	if (!err)
		err = write_rules(build);
	if (err)
		return err;
	return write_image(build, ret_image, ret_bytes);
}
