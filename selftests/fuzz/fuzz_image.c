/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damaged images whose checksums are right. The input is a text: "= N" chooses the policy that is
 * damaged, "OFFSET VALUE" writes a 32-bit number to the arena, "- BYTES" cuts the end off.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "../../policy-compiler/model.h"
#include "../generate.h"
#include "probe.h"

enum {
	BASES = 6,
	ARENA_BYTES = 64 << 20,
	DAMAGES_MAX = 64,
};

/* Made once, and only read. */
static struct base {
	void *image;
	size_t bytes;
} bases[BASES];

static void make_base(struct base *base, uint64_t seed)
{
	struct vfg_arena *arena = vfg_arena_new(ARENA_BYTES);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_random random = {.state = seed};
	struct vfg_model *model = vfg_generate_model(arena, &random, 2 + seed * 8);
	void *image;

	if (!model || vfg_image_write(arena, model, &diag, &image, &base->bytes))
		abort();
	base->image = malloc(base->bytes);
	if (!base->image)
		abort();
	memcpy(base->image, image, base->bytes);
	vfg_arena_free(arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (uint64_t i = 0; i < BASES; i++)
		make_base(&bases[i], i);
	return 0;
}

/* Offsets count from the arena's first byte; beyond the end they wrap, so that none is wasted. */
static void damage(uint8_t *image, size_t bytes, uint64_t offset, uint32_t value)
{
	size_t room = bytes - VFG_IMAGE_HEADER_BYTES - sizeof(value);

	memcpy(image + VFG_IMAGE_HEADER_BYTES + offset % room, &value, sizeof(value));
}

/* Size and checksums hide what is behind them: make them right. */
static void repair(uint8_t *image, size_t bytes)
{
	struct vfg_image header;

	memcpy(&header, image, sizeof(header));
	header.arena_bytes = bytes - VFG_IMAGE_HEADER_BYTES;
	header.header_crc = 0;
	header.arena_crc = (uint32_t)crc32_z(0, image + VFG_IMAGE_HEADER_BYTES,
					     bytes - VFG_IMAGE_HEADER_BYTES);
	memcpy(image, &header, sizeof(header));
	header.header_crc = (uint32_t)crc32_z(0, image, VFG_IMAGE_HEADER_BYTES);
	memcpy(image, &header, sizeof(header));
}

/* One line of the input. Return: how many bytes are left of the image. */
static size_t obey(uint8_t *image, size_t bytes, const char *line)
{
	uint64_t first = strtoull(line + (*line == '-'), NULL, 0);
	const char *second = strchr(line, ' ');

	if (*line == '-')
		return bytes - first % (bytes - VFG_IMAGE_HEADER_BYTES - sizeof(uint64_t));
	if (*line != '=' && second)
		damage(image, bytes, first, (uint32_t)strtoull(second, NULL, 0));
	return bytes;
}

static void judge(struct vfg_arena *arena, const void *image, size_t bytes, uint64_t seed)
{
	struct vfg_diag diag = {.arena = arena};
	struct vfg_tables tables;

	if (!vfg_image_open(image, bytes, &diag, &tables))
		probe_tables(arena, &tables, seed);
	else if (!diag.errors)
		abort();
}

/* The image is moved to a place of its own size, so that what reads beyond its end is seen. */
static void try(struct vfg_arena *arena, uint8_t *image, size_t bytes, uint64_t seed)
{
	uint8_t *whole = vfg_arena_alloc(arena, bytes);

	if (!whole)
		return;
	repair(image, bytes);
	memcpy(whole, image, bytes);
	judge(arena, whole, bytes, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vfg_arena *arena = vfg_arena_new(ARENA_BYTES);
	char *text = vfg_arena_strndup(arena, (const char *)data, size), *rest = text, *line;
	const struct base *base = &bases[*text == '=' ? strtoull(text + 1, NULL, 0) % BASES : 0];
	uint8_t *image = vfg_arena_alloc(arena, base->bytes);
	size_t bytes = base->bytes;

	memcpy(image, base->image, bytes);
	for (int i = 0; i < DAMAGES_MAX && (line = strsep(&rest, "\n")); i++)
		bytes = obey(image, bytes, line);
	try(arena, image, bytes, size);
	vfg_arena_free(arena);
	return 0;
}
