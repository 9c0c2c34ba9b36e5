/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policy image: what is written is the same each time, and what is not exactly that is refused,
 * with the message that fits.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>

#include "generate.h"
#include "sample.h"

enum {
	SEED = 4711,
	BIT_FLIPS = 300,
	LIES = 200,
	LIE_PACKETS = 100,
};

/* A policy with every kind of table. */
static struct vfg_sample generated(void)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_random random = {.state = SEED};
	struct vfg_model *model;

	do {
		model = vfg_generate_model(sample.arena, &random, 40);
		cr_assert(ne(ptr, model, NULL));
		sample.model = *model;
		cr_assert(zero(int, vfg_sample_compile(&sample)));
	} while (!sample.tables.policy->source_port || !sample.model.flush_connection ||
		 !sample.model.pipeline[VFG_OUTBOUND].count);
	return sample;
}

static struct vfg_image *header_of(struct vfg_sample *sample)
{
	return sample->image;
}

static struct vfg_policy *policy_of(struct vfg_sample *sample)
{
	return (struct vfg_policy *)((uint8_t *)sample->image + VFG_IMAGE_HEADER_BYTES);
}

/* Make both checksums right again, as a forger would. */
static void seal(struct vfg_sample *sample)
{
	struct vfg_image *header = header_of(sample);

	header->arena_crc = (uint32_t)crc32_z(0, (uint8_t *)policy_of(sample),
					      sample->image_bytes - VFG_IMAGE_HEADER_BYTES);
	header->header_crc = 0;
	header->header_crc = (uint32_t)crc32_z(0, sample->image, VFG_IMAGE_HEADER_BYTES);
}

/* Return: the one message, "" where the image was taken. */
static const char *refusal(struct vfg_sample *sample, size_t bytes)
{
	struct vfg_diag diag = {.arena = sample->arena};
	struct vfg_tables tables = {0};
	int err = vfg_image_open(sample->image, bytes, &diag, &tables);

	if (!err) {
		cr_expect(zero(sz, diag.errors));
		return "";
	}
	cr_expect(eq(int, err, -EINVAL));
	cr_expect(eq(sz, diag.errors, 1));
	cr_expect(eq(ptr, (void *)tables.policy, NULL), "outputs are untouched on failure");
	return diag.first->text;
}

static void expect_refusal(struct vfg_sample *sample, size_t bytes, const char *words)
{
	const char *text = refusal(sample, bytes);

	cr_expect(ne(ptr, strstr(text, words), NULL), "%zu bytes: '%s' has no '%s'", bytes, text,
		  words);
}

Test(image, the_same_model_gives_the_same_bytes)
{
	struct vfg_sample one = generated(), two = generated();

	cr_assert(eq(sz, one.image_bytes, two.image_bytes));
	cr_assert(zero(int, memcmp(one.image, two.image, one.image_bytes)));
	vfg_arena_free(one.arena);
	vfg_arena_free(two.arena);
}

Test(image, head_says_what_the_contract_asks)
{
	struct vfg_sample sample = generated();
	const struct vfg_policy *policy = sample.tables.policy;
	const struct vfg_rule *rules =
		(const struct vfg_rule *)((const uint8_t *)policy + policy->rules);
	const uint8_t *block = sample.image;

	cr_assert(sample.model.flush_connection);
	for (size_t i = sizeof(struct vfg_image); i < VFG_IMAGE_HEADER_BYTES; i++)
		cr_assert(zero(u8, block[i]));
	cr_expect(eq(u64, header_of(&sample)->arena_bytes, policy->bytes));
	cr_expect(zero(u32, policy->bytes % VFG_POLICY_PAGE_BYTES));
	cr_expect(zero(u32, policy->generation));
	cr_expect(zero(u32, policy->keep_since));
	cr_expect(eq(u64, policy->source_digest, sample.model.source_digest));
	cr_expect(eq(u32, policy->flags, VFG_POLICY_FLUSH));
	cr_expect(eq(str, (char *)vfg_tables_text(&sample.tables, policy->label_offset),
		     "generated"));
	for (uint32_t number = 0; number < policy->words * 64; number++)
		cr_assert(eq(u32, rules[number].id, number));
	vfg_arena_free(sample.arena);
}

Test(image, truncated_at_any_length_is_refused)
{
	struct vfg_sample sample = generated();
	size_t full = sample.image_bytes;

	expect_refusal(&sample, 0, "not a policy image, which nsgc compile -o makes");
	for (size_t bytes = 1; bytes < 40; bytes++)
		expect_refusal(&sample, bytes, "truncated");
	expect_refusal(&sample, VFG_IMAGE_HEADER_BYTES - 1, "truncated");
	expect_refusal(&sample, VFG_IMAGE_HEADER_BYTES, "truncated");
	expect_refusal(&sample, VFG_IMAGE_HEADER_BYTES + 1, "truncated");
	for (size_t bytes = VFG_IMAGE_HEADER_BYTES + VFG_POLICY_PAGE_BYTES; bytes < full;
	     bytes += VFG_POLICY_PAGE_BYTES)
		expect_refusal(&sample, bytes, "truncated");
	expect_refusal(&sample, full - 1, "truncated");
	cr_expect(eq(str, (char *)refusal(&sample, full), ""));
	vfg_arena_free(sample.arena);
}

Test(image, something_behind_the_end_is_refused)
{
	struct vfg_sample sample = generated();
	uint8_t *longer = vfg_arena_alloc(sample.arena, sample.image_bytes + 1);

	memcpy(longer, sample.image, sample.image_bytes);
	sample.image = longer;
	expect_refusal(&sample, sample.image_bytes + 1, "follows its end");
	vfg_arena_free(sample.arena);
}

Test(image, every_flipped_bit_of_the_header_is_refused)
{
	struct vfg_sample sample = generated();
	uint8_t *bytes = sample.image;

	for (size_t bit = 0; bit < sizeof(struct vfg_image) * 8; bit++) {
		bytes[bit / 8] ^= 1U << bit % 8;
		cr_expect(ne(str, (char *)refusal(&sample, sample.image_bytes), ""), "bit %zu",
			  bit);
		bytes[bit / 8] ^= 1U << bit % 8;
	}
	bytes[VFG_IMAGE_HEADER_BYTES - 1] ^= 1;
	expect_refusal(&sample, sample.image_bytes, "checksum");
	vfg_arena_free(sample.arena);
}

Test(image, flipped_bits_anywhere_are_refused)
{
	struct vfg_sample sample = generated();
	struct vfg_random random = {.state = SEED};
	uint8_t *bytes = sample.image;

	for (int i = 0; i < BIT_FLIPS; i++) {
		uint32_t bit = vfg_random_below(&random, (uint32_t)sample.image_bytes * 8);

		bytes[bit / 8] ^= 1U << bit % 8;
		cr_expect(ne(str, (char *)refusal(&sample, sample.image_bytes), ""), "bit %u", bit);
		bytes[bit / 8] ^= 1U << bit % 8;
	}
	cr_expect(eq(str, (char *)refusal(&sample, sample.image_bytes), ""));
	vfg_arena_free(sample.arena);
}

Test(image, foreign_files_are_named_for_what_they_are)
{
	struct vfg_sample sample = generated();
	struct vfg_image *header = header_of(&sample);

	header->endian = __builtin_bswap32(header->endian);
	seal(&sample);
	expect_refusal(&sample, sample.image_bytes, "byte order");
	header->endian = __builtin_bswap32(header->endian);
	header->abi = VFG_ABI + 1;
	seal(&sample);
	expect_refusal(&sample, sample.image_bytes, "another version (ABI 5, this is 4)");
	header->abi = VFG_ABI;
	header->magic[7] = '!';
	seal(&sample);
	expect_refusal(&sample, sample.image_bytes,
		       "not a policy image, which nsgc compile -o makes");
	header->magic[7] = VFG_IMAGE_MAGIC[7];
	seal(&sample);
	cr_expect(eq(str, (char *)refusal(&sample, sample.image_bytes), ""));
	vfg_arena_free(sample.arena);
}

/* A label may begin at the last bytes, the end is where it is, and a stage of some words is one. */
static bool is_no_lie(size_t field, uint32_t value, uint32_t end)
{
	if (field == offsetof(struct vfg_policy, label_offset))
		return value < end;
	if (field == offsetof(struct vfg_policy, bytes))
		return value == end;
	return value == end && field >= offsetof(struct vfg_policy, stage) &&
	       field < offsetof(struct vfg_policy, classes);
}

/* Every number of the head that leads somewhere, made to lead outside, with good checksums. */
Test(image, sections_outside_the_arena_are_refused)
{
	static const size_t field[] = {
		offsetof(struct vfg_policy, magic),
		offsetof(struct vfg_policy, abi),
		offsetof(struct vfg_policy, bytes),
		offsetof(struct vfg_policy, service_tcp),
		offsetof(struct vfg_policy, service_udp),
		offsetof(struct vfg_policy, service_other),
		offsetof(struct vfg_policy, source_port),
		offsetof(struct vfg_policy, source_port_words),
		offsetof(struct vfg_policy, vectors[VFG_DIM_LOCAL]),
		offsetof(struct vfg_policy, vectors[VFG_DIM_REMOTE]),
		offsetof(struct vfg_policy, vectors[VFG_DIM_SERVICE]),
		offsetof(struct vfg_policy, vectors[VFG_DIM_SOURCE_PORT]),
		offsetof(struct vfg_policy, words),
		offsetof(struct vfg_policy, vectors_per_page),
		offsetof(struct vfg_policy, page_reciprocal),
		offsetof(struct vfg_policy, rules),
		offsetof(struct vfg_policy, rule_info),
		offsetof(struct vfg_policy, stage[VFG_INBOUND][0]),
		offsetof(struct vfg_policy, stage[VFG_OUTBOUND][VFG_STAGE_MAX - 1]),
		offsetof(struct vfg_policy, classes[VFG_DIM_LOCAL]),
		offsetof(struct vfg_policy, classes[VFG_DIM_SOURCE_PORT]),
		offsetof(struct vfg_policy, label_offset),
	};
	struct vfg_sample sample = generated();

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		uint32_t *word = (uint32_t *)((uint8_t *)policy_of(&sample) + field[i]);
		uint32_t end = policy_of(&sample)->bytes, truth = *word;
		const uint32_t lies[] = {0xffffffff, end, end - 1, end - 8};

		for (size_t j = 0; j < sizeof(lies) / sizeof(lies[0]); j++) {
			if (is_no_lie(field[i], lies[j], end))
				continue;
			*word = lies[j];
			seal(&sample);
			expect_refusal(&sample, sample.image_bytes, "contradict");
		}
		*word = truth;
	}
	vfg_arena_free(sample.arena);
}

/* Garbage with good checksums may answer anything, but reads nothing outside (SAN=1 would tell). */
Test(image, forged_tables_are_judged_without_harm)
{
	struct vfg_sample sample = generated();
	struct vfg_random random = {.state = SEED};
	struct vfg_policy *policy = policy_of(&sample);
	uint32_t *words = (uint32_t *)policy;
	size_t judged = 0;

	for (int i = 0; i < LIES; i++) {
		uint32_t first = sizeof(*policy) / 4;
		uint32_t at = first + vfg_random_below(&random, policy->bytes / 4 - first);
		struct vfg_tables tables = {.policy = policy, .bytes = policy->bytes};

		for (uint32_t j = at; j < at + 4096 && j < policy->bytes / 4; j++)
			words[j] = (uint32_t)vfg_random_next(&random);
		for (int j = 0; j < VFG_ROLE_MAX * VFG_FAMILY_MAX; j++)
			policy->trie[j / 2][j % 2] ^=
				i % 4 ? 0 : vfg_random_below(&random, 1 << 20);
		for (int j = 0; j < LIE_PACKETS; j++, judged++) {
			struct vfg_tuple tuple = vfg_generate_tuple(&random, &sample.model);
			struct vfg_verdict verdict = vfg_tables_judge(&tables, &tuple);

			cr_assert(lt(sz, strlen(verdict.rule), policy->bytes));
		}
	}
	cr_expect(eq(sz, judged, LIES * LIE_PACKETS));
	vfg_arena_free(sample.arena);
}

Test(image, more_rules_than_the_vectors_hold_are_refused)
{
	struct vfg_sample sample = vfg_sample_new();

	for (int i = 0; i < 2 * VFG_STAGE_MAX; i++) {
		struct vfg_list *list = vfg_sample_list(&sample, i % 2, (unsigned int)i / 2, "nsg");

		for (int j = 0; j < (i ? 1024 : 1025); j++)
			vfg_sample_rule(list, "securityRules/R", VFG_ACTION_ALLOW);
	}
	cr_expect(eq(int, vfg_sample_compile(&sample), -E2BIG));
	cr_expect(eq(sz, sample.diag.errors, 1));
	cr_expect(eq(str, (char *)sample.diag.first->code, "PolicyTooLarge"));
	sample.model.pipeline[0].list[0]->count--;
	cr_expect(zero(int, vfg_sample_compile(&sample)), "exactly the limit");
	vfg_arena_free(sample.arena);
}

/* Wherever the memory ends, the compile ends there, cleanly, and with enough of it it succeeds. */
Test(image, a_compile_without_memory_says_so)
{
	struct vfg_sample sample = generated();
	size_t refused = 0;
	int err = -ENOMEM;

	for (size_t limit = 4096; err && limit < 64 << 20; limit += limit / 16) {
		struct vfg_arena *arena = vfg_arena_new(limit);
		struct vfg_diag diag = {.arena = arena};
		size_t bytes = 0;
		void *image = NULL;

		err = vfg_image_write(arena, &sample.model, &diag, &image, &bytes);
		cr_assert(err == 0 || (err == -ENOMEM && !image && !bytes));
		refused += err != 0;
		vfg_arena_free(arena);
	}
	cr_expect(zero(int, err));
	cr_expect(gt(sz, refused, 50));
	vfg_arena_free(sample.arena);
}
