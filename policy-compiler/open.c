/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening a policy image: everything that could be wrong with the file, one message each. After
 * it, the sections of the arena are known to lie inside it; what they hold is not, so tables.c
 * checks every offset that it reads.
 */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "nsgc.h"
#include "vector.h"

enum {
	FOREIGN_ENDIAN = 0x04030201,
	PORT_TABLE_BYTES = 65536 * 2,
	OTHER_TABLE_BYTES = 256 * 2,
};

static int refuse(struct vfg_diag *diag, const char *code, const char *text)
{
	struct vfg_place nowhere = {"", "", ""};

	vfg_diag_add(diag, VFG_ERROR, nowhere, code, "%s", text);
	return -EINVAL;
}

static int refuse_short(struct vfg_diag *diag, size_t bytes, uint64_t wanted)
{
	struct vfg_place nowhere = {"", "", ""};

	vfg_diag_add(diag, VFG_ERROR, nowhere, "PolicyTruncated",
		     "truncated policy image: %zu of %llu bytes", bytes,
		     (unsigned long long)wanted);
	return -EINVAL;
}

static int refuse_abi(struct vfg_diag *diag, uint32_t abi)
{
	struct vfg_place nowhere = {"", "", ""};

	vfg_diag_add(diag, VFG_ERROR, nowhere, "PolicyVersion",
		     "policy image made by another version (ABI %u, this is %d): compile it again",
		     abi, VFG_ABI);
	return -EINVAL;
}

static int refuse_damaged(struct vfg_diag *diag)
{
	return refuse(diag, "PolicyDamaged",
		      "damaged policy image (wrong checksum): compile or copy it again");
}

static int check_header(const void *image, size_t bytes, struct vfg_diag *diag,
			struct vfg_image *ret_header)
{
	uint8_t block[VFG_IMAGE_HEADER_BYTES];
	struct vfg_image header;

	if (!bytes || memcmp(image, VFG_IMAGE_MAGIC,
			     bytes < sizeof(header.magic) ? bytes : sizeof(header.magic)))
		return refuse(diag, "NotAPolicyImage",
			      "not a policy image, which nsgc compile -o makes");
	if (bytes < sizeof(block))
		return refuse_short(diag, bytes, sizeof(block));
	memcpy(&header, image, sizeof(header));
	if (header.endian == FOREIGN_ENDIAN)
		return refuse(
			diag, "PolicyByteOrder",
			"policy image of a machine with the other byte order: compile it here");
	if (header.endian != VFG_IMAGE_ENDIAN)
		return refuse_damaged(diag);
	if (header.abi != VFG_ABI)
		return refuse_abi(diag, header.abi);
	memcpy(block, image, sizeof(block));
	memset(block + offsetof(struct vfg_image, header_crc), 0, sizeof(header.header_crc));
	if (crc32_z(0, block, sizeof(block)) != header.header_crc)
		return refuse_damaged(diag);
	*ret_header = header;
	return 0;
}

static bool inside(const struct vfg_policy *policy, uint64_t offset, uint64_t bytes,
		   uint32_t alignment)
{
	return offset >= sizeof(*policy) && offset % alignment == 0 && offset <= policy->bytes &&
	       bytes <= policy->bytes - offset;
}

static bool check_shape(const struct vfg_policy *policy, uint64_t arena_bytes)
{
	return policy->magic == VFG_POLICY_MAGIC && policy->abi == VFG_ABI &&
	       policy->bytes == arena_bytes && policy->words >= 1 &&
	       policy->words <= VFG_POLICY_WORDS_MAX &&
	       policy->vector_bytes == vfg_vectors_bytes(policy->words) &&
	       policy->vectors_per_page == vfg_vectors_per_page(policy->words) &&
	       policy->page_reciprocal == vfg_vectors_reciprocal(policy->vectors_per_page);
}

static bool check_vectors(const struct vfg_policy *policy, enum vfg_dimension dimension)
{
	uint32_t count = policy->classes[dimension];
	uint64_t pages;

	if (dimension == VFG_DIM_SOURCE_PORT && !policy->source_port)
		return !count && !policy->vectors[dimension];
	if (!count || count > VFG_POLICY_CLASSES_MAX)
		return false;
	pages = (count + policy->vectors_per_page - 1) / policy->vectors_per_page;
	return inside(policy, policy->vectors[dimension], pages << VFG_POLICY_PAGE_BITS,
		      VFG_POLICY_PAGE_BYTES);
}

static bool check_sections(const struct vfg_policy *policy)
{
	uint64_t bits = (uint64_t)policy->words * 64;

	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
		if (!check_vectors(policy, dimension))
			return false;
	}
	if (policy->source_port && !inside(policy, policy->source_port, PORT_TABLE_BYTES, 2))
		return false;
	return inside(policy, policy->service_tcp, PORT_TABLE_BYTES, 2) &&
	       inside(policy, policy->service_udp, PORT_TABLE_BYTES, 2) &&
	       inside(policy, policy->service_other, OTHER_TABLE_BYTES, 2) &&
	       inside(policy, policy->source_port_words, policy->words * sizeof(uint64_t), 8) &&
	       inside(policy, policy->rules, bits * sizeof(struct vfg_rule), 8) &&
	       inside(policy, policy->rule_info, bits * sizeof(struct vfg_rule_info), 4) &&
	       inside(policy, policy->label_offset, 1, 1);
}

static bool check_stages(const struct vfg_policy *policy)
{
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		for (int position = 0; position < VFG_STAGE_MAX; position++) {
			struct vfg_stage_words stage = policy->stage[direction][position];

			if (stage.first > stage.last || stage.last > policy->words)
				return false;
		}
	}
	return true;
}

int vfg_image_open(const void *image, size_t bytes, struct vfg_diag *diag,
		   struct vfg_tables *ret_tables)
{
	const uint8_t *arena = (const uint8_t *)image + VFG_IMAGE_HEADER_BYTES;
	const struct vfg_policy *policy;
	struct vfg_image header;
	int err;

	err = check_header(image, bytes, diag, &header);
	if (err)
		return err;
	if (!header.arena_bytes || header.arena_bytes % VFG_POLICY_PAGE_BYTES ||
	    header.arena_bytes / VFG_POLICY_PAGE_BYTES > VFG_POLICY_PAGES_MAX)
		return refuse_damaged(diag);
	if (bytes - VFG_IMAGE_HEADER_BYTES < header.arena_bytes)
		return refuse_short(diag, bytes, VFG_IMAGE_HEADER_BYTES + header.arena_bytes);
	if (bytes - VFG_IMAGE_HEADER_BYTES > header.arena_bytes)
		return refuse(diag, "PolicyDamaged",
			      "damaged policy image: something follows its end");
	if (crc32_z(0, arena, header.arena_bytes) != header.arena_crc)
		return refuse_damaged(diag);
	policy = (const struct vfg_policy *)arena;
	if (!check_shape(policy, header.arena_bytes) || !check_sections(policy) ||
	    !check_stages(policy))
		return refuse(diag, "PolicyDamaged",
			      "damaged policy image: its tables contradict each other");
	*ret_tables = (struct vfg_tables){.policy = policy, .bytes = header.arena_bytes};
	return 0;
}
