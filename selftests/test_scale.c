/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The platform's limits, and beyond what they admit nothing: inputs of every size compile within
 * the memory and the image size that docs/architecture.md derives. Times are measured by
 * bench-compile, never here.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../policy-compiler/model.h"
#include "generate.h"
#include "scale.h"

#if defined(__SANITIZE_ADDRESS__)
static const size_t slack = 4; /* red zones and quarantine */
#else
static const size_t slack = 1;
#endif

enum {
	MEMORY_MB = 256,
	PACKETS = 200,
	VALUES = 4000,
	USUAL_VALUES = 4790, /* 4,000 a side, as the rules with tags take none (scale.h) */
	PREFIX_BYTES_V4 = 4 * 64,
	PREFIX_BYTES_V6 = 12 * 64 + 128,
	TOP_PAGES = 4,
};

/* One compiled input. */
struct scaled {
	struct vfg_arena *arena;
	struct vfg_diag diag;
	struct vfg_scale_input input;
	struct vfg_model *model;
	struct vfg_tables tables;
	const struct vfg_policy *policy;
};

static void compile(struct scaled *scaled, const struct vfg_scale *scale)
{
	struct vfg_request request;
	void *image;
	size_t bytes;

	*scaled = (struct scaled){.arena = vfg_arena_new((size_t)1 << 30)};
	cr_assert(ne(ptr, scaled->arena, NULL));
	scaled->diag.arena = scaled->arena;
	cr_assert(zero(int, vfg_scale_new(scale, &scaled->input)));
	request = vfg_scale_request(&scaled->input);
	request.ssh_connection = "192.0.2.1 50000 10.0.0.4 22";
	if (vfg_model_read(scaled->arena, &request, &scaled->diag, &scaled->model) ||
	    vfg_image_write(scaled->arena, scaled->model, &scaled->diag, &image, &bytes) ||
	    vfg_image_open(image, bytes, &scaled->diag, &scaled->tables))
		cr_fatal("%s: %s", scaled->diag.last->rule, scaled->diag.last->text);
	scaled->policy = scaled->tables.policy;
}

static void release(struct scaled *scaled)
{
	vfg_scale_free(&scaled->input);
	vfg_arena_free(scaled->arena);
}

/* Oracle and tables, on packets at the edges. */
static void check_packets(const struct scaled *scaled)
{
	struct vfg_random random = {.state = 1};

	for (int i = 0; i < PACKETS; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(&random, scaled->model);
		struct vfg_verdict oracle = vfg_model_judge(scaled->model, &tuple);
		struct vfg_verdict verdict = vfg_tables_judge(&scaled->tables, &tuple);

		cr_assert(eq(int, oracle.allow, verdict.allow));
		cr_assert(eq(str, (char *)oracle.rule, (char *)verdict.rule));
	}
}

static size_t pages_of(size_t bytes)
{
	return (bytes + VFG_POLICY_PAGE_BYTES - 1) >> VFG_POLICY_PAGE_BITS;
}

/* The bound of docs/architecture.md, in pages, for literal prefixes all of IPv6. */
struct bound {
	size_t address_classes; /* both roles */
	size_t service_classes;
	size_t source_port_classes;
	size_t pages;
};

static struct bound bound_of(size_t nsgs, size_t values, size_t words)
{
	struct bound bound = {
		.address_classes = 2 * nsgs * values + 4,
		.service_classes = 4 * nsgs * values + 7,
		.source_port_classes = 2 * nsgs * values + 1,
	};
	size_t per_page = VFG_POLICY_PAGE_BYTES / (words * 8);
	size_t vectors = bound.address_classes + bound.service_classes + bound.source_port_classes;

	bound.pages = vectors / per_page + VFG_DIM_MAX;
	bound.pages += pages_of(2 * nsgs * values * PREFIX_BYTES_V6);
	bound.pages += VFG_ROLE_MAX * VFG_FAMILY_MAX * TOP_PAGES;
	bound.pages += 3 * pages_of(65536 * sizeof(uint16_t));
	bound.pages += 2 * pages_of(words * 64 * 16) + pages_of(words * 64 * 110);
	bound.pages += 1; /* the head, and what the small pieces leave over */
	return bound;
}

static void print_use(const char *what, const struct scaled *scaled, size_t pages_max)
{
	const struct vfg_policy *policy = scaled->policy;

	cr_log_warn("%s: %u pages of %zu, words %u, classes %u %u %u %u, arena %zu MB", what,
		    policy->bytes >> VFG_POLICY_PAGE_BITS, pages_max, policy->words,
		    policy->classes[VFG_DIM_LOCAL], policy->classes[VFG_DIM_REMOTE],
		    policy->classes[VFG_DIM_SERVICE], policy->classes[VFG_DIM_SOURCE_PORT],
		    vfg_arena_used(scaled->arena) >> 20);
}

/* Reached for at least three quarters, so that the bound says something; and below the limit of the
 * format with room for half as much again in service tags. */
Test(scale, the_worst_rules_that_the_platform_admits_stay_within_the_documented_size,
     .timeout = 120)
{
	static const struct vfg_scale scale = {VFG_SCALE_ADVERSE, 2, 1000, VALUES, 0, 0};
	const struct vfg_policy *policy;
	struct scaled scaled;
	struct bound bound;
	size_t pages;

	compile(&scaled, &scale);
	policy = scaled.policy;
	pages = policy->bytes >> VFG_POLICY_PAGE_BITS;
	bound = bound_of(scale.nsgs, scale.values, policy->words);
	print_use("worst", &scaled, bound.pages);
	cr_expect(le(sz, policy->words, 36));
	cr_expect(le(sz, policy->classes[VFG_DIM_LOCAL] + policy->classes[VFG_DIM_REMOTE],
		     bound.address_classes));
	cr_expect(le(sz, policy->classes[VFG_DIM_SERVICE], bound.service_classes));
	cr_expect(le(sz, policy->classes[VFG_DIM_SOURCE_PORT], bound.source_port_classes));
	cr_expect(le(sz, pages, bound.pages));
	cr_expect(ge(sz, pages, bound.pages * 3 / 4));
	cr_expect(le(sz, bound.pages, VFG_POLICY_PAGES_MAX * 2 / 3));
	check_packets(&scaled);
	release(&scaled);
}

static bool is_told(const struct scaled *scaled, const char *code)
{
	for (const struct vfg_message *message = scaled->diag.first; message;
	     message = message->next) {
		if (!strcmp(message->code, code))
			return true;
	}
	return false;
}

Test(scale, two_full_nsgs_with_tags_of_60000_prefixes_take_little_memory, .timeout = 120)
{
	static const struct vfg_scale scale = {VFG_SCALE_USUAL, 2, 1000, USUAL_VALUES, 60000, 100};
	struct scaled scaled;
	struct rusage usage;

	compile(&scaled, &scale);
	cr_assert(zero(int, getrusage(RUSAGE_SELF, &usage)));
	print_use("usual", &scaled, VFG_POLICY_PAGES_MAX);
	cr_expect(le(sz, (size_t)usage.ru_maxrss / 1024, MEMORY_MB * slack));
	cr_expect(le(sz, vfg_arena_used(scaled.arena) >> 20, MEMORY_MB / 2));
	cr_expect(le(u32, scaled.policy->bytes >> VFG_POLICY_PAGE_BITS, VFG_POLICY_PAGES_MAX / 4));
	cr_expect(not(is_told(&scaled, "ReviewIncomplete")), "the review gave up");
	check_packets(&scaled);
	release(&scaled);
}

/* Memory and image grow with the input, not with its square. */
Test(scale, ten_times_the_rules_take_no_more_than_thirty_times_the_memory)
{
	size_t small_arena = 0, small_pages = 0;

	for (size_t rules = 100; rules <= 1000; rules *= 10) {
		const struct vfg_scale scale = {VFG_SCALE_USUAL, 1, rules, 4 * rules, 0, 0};
		struct scaled scaled;
		size_t arena, pages;

		compile(&scaled, &scale);
		arena = vfg_arena_used(scaled.arena);
		pages = scaled.policy->bytes >> VFG_POLICY_PAGE_BITS;
		if (rules == 100) {
			small_arena = arena;
			small_pages = pages;
		}
		cr_expect(le(sz, arena, small_arena * 30));
		cr_expect(le(sz, pages, small_pages * 30));
		release(&scaled);
	}
}
