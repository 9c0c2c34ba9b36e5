/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address prefixes as texts and sets of addresses as sorted ranges. What a prefix may be where is
 * check.c's business.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"

const struct vfg_set vfg_set_any = {.any = true};

static unsigned int width(uint8_t family)
{
	return family == VFG_IPV4 ? 32 : 128;
}

/* The last address of a prefix of this length that begins at 0. */
static vfg_u128 span(uint8_t family, uint8_t length)
{
	unsigned int bits = width(family) - length;

	return bits == 128 ? ~(vfg_u128)0 : (((vfg_u128)1 << bits) - 1);
}

static int address_parse(const char *text, uint8_t *ret_family, vfg_u128 *ret_address)
{
	uint8_t family = strchr(text, ':') ? VFG_IPV6 : VFG_IPV4;
	unsigned char byte[16] = {0};
	vfg_u128 address = 0;

	if (inet_pton(family == VFG_IPV4 ? AF_INET : AF_INET6, text, byte) != 1)
		return -EINVAL;
	for (unsigned int i = 0; i < width(family) / 8; i++)
		address = address << 8 | byte[i];
	*ret_family = family;
	*ret_address = address;
	return 0;
}

/* 0..max without sign, spaces or leading zeros. Return: the number, or -EINVAL. */
static int length_parse(const char *text, unsigned int max)
{
	unsigned int number = 0;
	size_t digits = strspn(text, "0123456789");

	if (!digits || digits > 3 || text[digits] || (digits > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + (unsigned int)(text[i] - '0');
	return number <= max ? (int)number : -EINVAL;
}

int vfg_prefix_parse(const char *text, struct vfg_prefix *ret_prefix)
{
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN];
	struct vfg_prefix prefix = {0};
	vfg_u128 host;
	int bits, err;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	err = address_parse(address, &prefix.family, &prefix.address);
	if (err)
		return err;
	bits = slash ? length_parse(slash + 1, width(prefix.family)) : (int)width(prefix.family);
	if (bits < 0)
		return bits;
	prefix.length = (uint8_t)bits;
	host = prefix.address & span(prefix.family, prefix.length);
	prefix.host_bits = host != 0;
	prefix.address -= host;
	*ret_prefix = prefix;
	return 0;
}

struct vfg_address_range vfg_prefix_range(const struct vfg_prefix *prefix)
{
	return (struct vfg_address_range){
		.first = prefix->address,
		.last = prefix->address + span(prefix->family, prefix->length),
	};
}

static int range_order(const void *one, const void *two)
{
	const struct vfg_address_range *a = one, *b = two;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

/* Sort and join what overlaps or touches. Return: how many are left. */
static size_t normalise(struct vfg_address_range *range, size_t count)
{
	size_t kept = 0;

	if (!count)
		return 0;
	qsort(range, count, sizeof(*range), range_order);
	for (size_t i = 1; i < count; i++) {
		struct vfg_address_range *last = &range[kept];

		if (range[i].first <= last->last || range[i].first - 1 == last->last) {
			if (range[i].last > last->last)
				last->last = range[i].last;
		} else {
			range[++kept] = range[i];
		}
	}
	return kept + 1;
}

int vfg_set_build(struct vfg_arena *arena, const struct vfg_prefix *prefix, size_t count,
		  const struct vfg_set **ret_set)
{
	struct vfg_set *set = vfg_arena_alloc(arena, sizeof(*set));

	if (!set)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		set->count[prefix[i].family]++;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		set->range[family] =
			vfg_arena_array(arena, set->count[family], sizeof(*set->range[family]));
		if (!set->range[family])
			return -ENOMEM;
		set->count[family] = 0;
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t family = prefix[i].family;

		set->range[family][set->count[family]++] = vfg_prefix_range(&prefix[i]);
	}
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		set->count[family] = normalise(set->range[family], set->count[family]);
	*ret_set = set;
	return 0;
}

int vfg_set_constant(struct vfg_arena *arena, const char *const *text, size_t count,
		     const struct vfg_set **ret_set)
{
	struct vfg_prefix *prefix = vfg_arena_array(arena, count, sizeof(*prefix));

	if (!prefix)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		int err = vfg_prefix_parse(text[i], &prefix[i]);

		assert(!err && !prefix[i].host_bits);
		(void)err;
	}
	return vfg_set_build(arena, prefix, count, ret_set);
}

/* A family of a set as ranges; "any" as the one range that it is. */
static size_t ranges(const struct vfg_set *set, uint8_t family, struct vfg_address_range *all,
		     const struct vfg_address_range **ret_range)
{
	*all = (struct vfg_address_range){.first = 0, .last = span(family, 0)};
	*ret_range = set->any ? all : set->range[family];
	return set->any ? 1 : set->count[family];
}

static int intersect(struct vfg_arena *arena, const struct vfg_set *one, const struct vfg_set *two,
		     uint8_t family, struct vfg_set *set)
{
	struct vfg_address_range all[2], *out;
	const struct vfg_address_range *a, *b;
	size_t a_count = ranges(one, family, &all[0], &a);
	size_t b_count = ranges(two, family, &all[1], &b);
	size_t count = 0;

	out = vfg_arena_array(arena, a_count + b_count, sizeof(*out));
	if (!out)
		return -ENOMEM;
	for (size_t i = 0, j = 0; i < a_count && j < b_count;) {
		vfg_u128 first = a[i].first > b[j].first ? a[i].first : b[j].first;
		vfg_u128 last = a[i].last < b[j].last ? a[i].last : b[j].last;

		if (first <= last)
			out[count++] = (struct vfg_address_range){.first = first, .last = last};
		if (a[i].last < b[j].last)
			i++;
		else
			j++;
	}
	set->range[family] = out;
	set->count[family] = count;
	return 0;
}

int vfg_set_intersect(struct vfg_arena *arena, const struct vfg_set *one, const struct vfg_set *two,
		      const struct vfg_set **ret_set)
{
	struct vfg_set *set;
	int err;

	if (one->any || two->any) {
		*ret_set = one->any ? two : one;
		return 0;
	}
	set = vfg_arena_alloc(arena, sizeof(*set));
	if (!set)
		return -ENOMEM;
	for (uint8_t family = 0; family < VFG_FAMILY_MAX; family++) {
		err = intersect(arena, one, two, family, set);
		if (err)
			return err;
	}
	*ret_set = set;
	return 0;
}

/* What is left of a family outside of the set; never more ranges than the set has, plus one. */
static int complement(struct vfg_arena *arena, const struct vfg_set *of, uint8_t family,
		      struct vfg_set *set)
{
	struct vfg_address_range all, *out;
	const struct vfg_address_range *range;
	size_t count = ranges(of, family, &all, &range), kept = 0;
	vfg_u128 next = 0, last = span(family, 0);
	bool open = true;

	out = vfg_arena_array(arena, count + 1, sizeof(*out));
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (range[i].first > next)
			out[kept++] = (struct vfg_address_range){next, range[i].first - 1};
		open = range[i].last != last;
		next = range[i].last + 1;
	}
	if (open)
		out[kept++] = (struct vfg_address_range){next, last};
	set->range[family] = out;
	set->count[family] = kept;
	return 0;
}

int vfg_set_subtract(struct vfg_arena *arena, const struct vfg_set *minuend,
		     const struct vfg_set *subtrahend, const struct vfg_set **ret_set)
{
	struct vfg_set *outside = vfg_arena_alloc(arena, sizeof(*outside));
	int err;

	if (!outside)
		return -ENOMEM;
	for (uint8_t family = 0; family < VFG_FAMILY_MAX; family++) {
		err = complement(arena, subtrahend, family, outside);
		if (err)
			return err;
	}
	return vfg_set_intersect(arena, minuend, outside, ret_set);
}

bool vfg_set_is_empty(const struct vfg_set *set)
{
	return !set->any && !set->count[VFG_IPV4] && !set->count[VFG_IPV6];
}

bool vfg_set_is_all(const struct vfg_set *set, enum vfg_family family)
{
	const struct vfg_address_range *range = set->range[family];

	return set->any || (set->count[family] == 1 && range[0].first == 0 &&
			    range[0].last == span((uint8_t)family, 0));
}

bool vfg_set_is_equal(const struct vfg_set *one, const struct vfg_set *two)
{
	if (one->any || two->any)
		return one->any && two->any;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		if (one->count[family] != two->count[family])
			return false;
		for (size_t i = 0; i < one->count[family]; i++) {
			if (one->range[family][i].first != two->range[family][i].first ||
			    one->range[family][i].last != two->range[family][i].last)
				return false;
		}
	}
	return true;
}

static int join(struct vfg_arena *arena, const struct vfg_set *const *set, size_t count, int family,
		struct vfg_set *to)
{
	size_t total = 0, used = 0;

	for (size_t i = 0; i < count; i++)
		total += set[i]->count[family];
	to->range[family] = vfg_arena_array(arena, total, sizeof(*to->range[family]));
	if (!to->range[family])
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < set[i]->count[family]; j++)
			to->range[family][used++] = set[i]->range[family][j];
	}
	to->count[family] = normalise(to->range[family], total);
	return 0;
}

int vfg_set_union(struct vfg_arena *arena, const struct vfg_set *const *set, size_t count,
		  const struct vfg_set **ret_set)
{
	struct vfg_set *sum = vfg_arena_alloc(arena, sizeof(*sum));

	if (!sum)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (set[i]->any || count == 1) {
			*ret_set = set[i];
			return 0;
		}
	}
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		int err = join(arena, set, count, family, sum);

		if (err)
			return err;
	}
	*ret_set = sum;
	return 0;
}
