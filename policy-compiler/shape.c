/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shapes. Lines of service tags have tens of thousands of ranges and are shared by many rules, so
 * what was found about two long lines is kept.
 */
#include "shape.h"

#include <errno.h>
#include <linux/in.h>

#include "port.h"

enum {
	LONG_LINE = 16, /* ranges from which on comparing again costs more than looking it up */
};

static const struct vfg_address_range all_protocols = {0, 255};
static const struct vfg_address_range all_ports = {0, 65535};
static const struct vfg_address_range with_ports[] = {{IPPROTO_TCP, IPPROTO_TCP},
						      {IPPROTO_UDP, IPPROTO_UDP}};
static const struct vfg_address_range all_addresses[VFG_FAMILY_MAX] = {{0, UINT32_MAX},
								       {0, ~(vfg_u128)0}};

static uint32_t line_id(struct vfg_shapes *shapes, const void *memory)
{
	uint64_t hash = vfg_finder_mix((uintptr_t)memory);
	size_t cursor = 0;
	uint32_t id = vfg_finder_next(&shapes->ids, hash, &cursor);

	if (id != VFG_FINDER_NONE)
		return id;
	/* Without memory to remember it, the line is compared each time. */
	if (vfg_finder_add(&shapes->ids, hash, shapes->last_id + 1))
		return 0;
	return ++shapes->last_id;
}

static struct vfg_line line_of(struct vfg_shapes *shapes, const struct vfg_address_range *range,
			       size_t count)
{
	if (!count)
		return (struct vfg_line){0};
	return (struct vfg_line){
		.first = range[0].first,
		.last = range[count - 1].last,
		.range = range,
		.count = count,
		.id = count < LONG_LINE ? 0 : line_id(shapes, range),
	};
}

static int port_line(struct vfg_shapes *shapes, const struct vfg_ports *ports,
		     struct vfg_line *ret_line)
{
	struct vfg_address_range *range;

	if (vfg_ports_is_all(ports)) {
		*ret_line = line_of(shapes, &all_ports, 1);
		return 0;
	}
	range = vfg_arena_array(shapes->arena, ports->count, sizeof(*range));
	if (!range)
		return -ENOMEM;
	for (size_t i = 0; i < ports->count; i++)
		range[i] = (struct vfg_address_range){ports->range[i].first, ports->range[i].last};
	*ret_line = line_of(shapes, range, ports->count);
	return 0;
}

/* Protocols and ports, the same for both families. Return: 0 or -ENOMEM. */
static int service_lines(struct vfg_shapes *shapes, const struct vfg_model_rule *rule,
			 struct vfg_line line[VFG_AXIS_MAX])
{
	struct vfg_line *source = &line[VFG_AXIS_SOURCE_PORT];
	struct vfg_line *destination = &line[VFG_AXIS_DESTINATION_PORT];
	struct vfg_address_range *own;
	int err;

	*source = *destination = line_of(shapes, &all_ports, 1);
	if (rule->protocol == VFG_PROTOCOL_ANY || rule->protocol == IPPROTO_TCP ||
	    rule->protocol == IPPROTO_UDP) {
		err = port_line(shapes, &rule->source_ports, source);
		if (!err)
			err = port_line(shapes, &rule->destination_ports, destination);
		if (err)
			return err;
	}
	if (rule->protocol == VFG_PROTOCOL_ANY) {
		bool whole = source->range == &all_ports && destination->range == &all_ports;

		line[VFG_AXIS_PROTOCOL] =
			whole ? line_of(shapes, &all_protocols, 1) : line_of(shapes, with_ports, 2);
		return 0;
	}
	own = vfg_arena_alloc(shapes->arena, sizeof(*own));
	if (!own)
		return -ENOMEM;
	*own = (struct vfg_address_range){rule->protocol, rule->protocol};
	line[VFG_AXIS_PROTOCOL] = line_of(shapes, own, 1);
	return 0;
}

static struct vfg_line address_line(struct vfg_shapes *shapes, const struct vfg_set *set,
				    int family)
{
	if (set->any)
		return line_of(shapes, &all_addresses[family], 1);
	return line_of(shapes, set->range[family], set->count[family]);
}

int vfg_shape_make(struct vfg_shapes *shapes, const struct vfg_model_rule *rule,
		   struct vfg_shape *ret_shape)
{
	struct vfg_shape shape = {.rule = rule};
	struct vfg_line service[VFG_AXIS_MAX] = {0};
	int err = service_lines(shapes, rule, service);

	if (err)
		return err;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		struct vfg_line *line = shape.line[family];

		for (int axis = 0; axis < VFG_AXIS_MAX; axis++)
			line[axis] = service[axis];
		line[VFG_AXIS_SOURCE] = address_line(shapes, rule->source, family);
		line[VFG_AXIS_DESTINATION] = address_line(shapes, rule->destination, family);
		shape.lives[family] = true;
		for (int axis = 0; axis < VFG_AXIS_MAX; axis++)
			shape.lives[family] &= line[axis].count > 0;
	}
	/* The platform's Icmp is that of IPv4. */
	if (rule->protocol == IPPROTO_ICMP)
		shape.lives[VFG_IPV6] = false;
	*ret_shape = shape;
	return 0;
}

size_t vfg_line_seek(const struct vfg_line *line, vfg_u128 at)
{
	size_t low = 0, high = line->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (line->range[middle].last < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The ranges of @few are looked up in @many. As ranges of a line are never adjacent, a range that
 * is inside the other line is inside one range of it. */
static unsigned int compare_ranges(const struct vfg_line *few, const struct vfg_line *many,
				   uint64_t *ret_cost)
{
	size_t inside = 0, held = 0, passed = 0;
	bool meets = false;

	for (size_t i = 0; i < few->count; i++) {
		const struct vfg_address_range range = few->range[i];
		size_t at = vfg_line_seek(many, range.first);

		if (at == many->count)
			break;
		meets |= many->range[at].first <= range.last;
		inside +=
			many->range[at].first <= range.first && many->range[at].last >= range.last;
		for (; at < many->count && many->range[at].last <= range.last; at++, passed++)
			held += many->range[at].first >= range.first;
	}
	*ret_cost = few->count + passed;
	return (meets ? VFG_MEETS : 0) | (inside == few->count ? VFG_INSIDE : 0) |
	       (held == many->count ? VFG_HOLDS : 0);
}

/* The same for lines of a few ranges each, side by side. */
static unsigned int compare_short(const struct vfg_line *one, const struct vfg_line *two)
{
	size_t i = 0, j = 0, inside = 0, held = 0;
	bool meets = false;

	while (i < one->count && j < two->count) {
		const struct vfg_address_range *a = &one->range[i], *b = &two->range[j];
		bool over = a->first <= b->last && b->first <= a->last;

		meets |= over;
		inside += over && b->first <= a->first && b->last >= a->last;
		held += over && a->first <= b->first && a->last >= b->last;
		i += a->last <= b->last;
		j += b->last <= a->last;
	}
	return (meets ? VFG_MEETS : 0) | (inside == one->count ? VFG_INSIDE : 0) |
	       (held == two->count ? VFG_HOLDS : 0);
}

/* The relation seen from the other side. */
static unsigned int turned(unsigned int relation)
{
	return (relation & VFG_MEETS) | (relation & VFG_HOLDS ? VFG_INSIDE : 0) |
	       (relation & VFG_INSIDE ? VFG_HOLDS : 0);
}

static unsigned int compare_long(struct vfg_shapes *shapes, const struct vfg_line *one,
				 const struct vfg_line *two)
{
	uint64_t cost, hash;
	uint32_t relation = VFG_FINDER_NONE;
	bool keep = one->id && two->id;
	size_t cursor = 0;

	/* The mix is a bijection: equal hashes are equal pairs. */
	hash = vfg_finder_mix((uint64_t)one->id << 32 | two->id);
	if (keep)
		relation = vfg_finder_next(&shapes->known, hash, &cursor);
	if (relation != VFG_FINDER_NONE)
		return relation;
	relation = one->count <= two->count ? compare_ranges(one, two, &cost)
					    : turned(compare_ranges(two, one, &cost));
	shapes->steps -= cost < shapes->steps ? cost : shapes->steps;
	if (keep && vfg_finder_add(&shapes->known, hash, relation))
		return relation; /* compared again next time */
	return relation;
}

unsigned int vfg_line_compare(struct vfg_shapes *shapes, const struct vfg_line *one,
			      const struct vfg_line *two)
{
	if (one->last < two->first || one->first > two->last)
		return 0;
	if (one->range == two->range)
		return VFG_MEETS | VFG_HOLDS | VFG_INSIDE;
	if (one->count == 1 && two->count == 1)
		return VFG_MEETS |
		       (one->first <= two->first && one->last >= two->last ? VFG_HOLDS : 0) |
		       (two->first <= one->first && two->last >= one->last ? VFG_INSIDE : 0);
	if (one->count < LONG_LINE && two->count < LONG_LINE)
		return compare_short(one, two);
	return compare_long(shapes, one, two);
}

static unsigned int compare_family(struct vfg_shapes *shapes, const struct vfg_line *one,
				   const struct vfg_line *two)
{
	unsigned int relation = VFG_MEETS | VFG_HOLDS | VFG_INSIDE;

	for (int axis = 0; axis < VFG_AXIS_MAX && relation; axis++) {
		unsigned int of_axis = vfg_line_compare(shapes, &one[axis], &two[axis]);

		relation = of_axis & VFG_MEETS ? relation & of_axis : 0;
	}
	return relation;
}

/* A family that one of them has nothing in says nothing against the other's holding it. */
unsigned int vfg_shape_compare(struct vfg_shapes *shapes, const struct vfg_shape *one,
			       const struct vfg_shape *two)
{
	unsigned int meets = 0, contains = VFG_HOLDS | VFG_INSIDE;

	if (!shapes->steps)
		return 0;
	shapes->steps--;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		unsigned int relation = 0;

		if (one->lives[family] && two->lives[family])
			relation = compare_family(shapes, one->line[family], two->line[family]);
		if (two->lives[family] && !(relation & VFG_HOLDS))
			contains &= ~(unsigned int)VFG_HOLDS;
		if (one->lives[family] && !(relation & VFG_INSIDE))
			contains &= ~(unsigned int)VFG_INSIDE;
		meets |= relation & VFG_MEETS;
	}
	return meets ? meets | contains : 0;
}
