/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports: texts and sorted sets of ranges.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

static const struct vfg_port_range whole = {.first = 0, .last = 65535};

const struct vfg_ports vfg_ports_all = {.count = 1, .range = (struct vfg_port_range *)&whole};

/* A leading zero is refused as in addresses: elsewhere it means octal. Return: characters read, or
 * -EINVAL. */
static int number_parse(const char *text, uint16_t *ret_number)
{
	size_t digits = strspn(text, "0123456789");
	unsigned long number;

	if (!digits || digits > 5 || (*text == '0' && digits > 1))
		return -EINVAL;
	number = strtoul(text, NULL, 10);
	if (number > 65535)
		return -EINVAL;
	*ret_number = (uint16_t)number;
	return (int)digits;
}

int vfg_port_parse(const char *text, struct vfg_port_range *ret_range)
{
	struct vfg_port_range range;
	int read = number_parse(text, &range.first);

	if (read < 0)
		return read;
	text += read;
	range.last = range.first;
	if (*text == '-') {
		text++;
		read = number_parse(text, &range.last);
		if (read < 0)
			return read;
		text += read;
	}
	if (*text || range.first > range.last)
		return -EINVAL;
	*ret_range = range;
	return 0;
}

static int range_order(const void *one, const void *two)
{
	const struct vfg_port_range *a = one, *b = two;

	return a->first != b->first ? a->first - b->first : a->last - b->last;
}

int vfg_ports_build(struct vfg_arena *arena, const struct vfg_port_range *range, size_t count,
		    struct vfg_ports *ret_ports)
{
	struct vfg_port_range *out = vfg_arena_array(arena, count, sizeof(*out));
	size_t kept = 0;

	if (!out)
		return -ENOMEM;
	if (count) {
		memcpy(out, range, count * sizeof(*out));
		qsort(out, count, sizeof(*out), range_order);
		for (size_t i = 1; i < count; i++) {
			if (out[i].first <= out[kept].last + 1) {
				if (out[i].last > out[kept].last)
					out[kept].last = out[i].last;
			} else {
				out[++kept] = out[i];
			}
		}
		kept++;
	}
	*ret_ports = (struct vfg_ports){.count = kept, .range = out};
	return 0;
}

int vfg_ports_intersect(struct vfg_arena *arena, const struct vfg_ports *one,
			const struct vfg_ports *two, struct vfg_ports *ret_ports)
{
	struct vfg_port_range *out = vfg_arena_array(arena, one->count + two->count, sizeof(*out));
	size_t count = 0;

	if (!out)
		return -ENOMEM;
	for (size_t i = 0, j = 0; i < one->count && j < two->count;) {
		const struct vfg_port_range *a = &one->range[i], *b = &two->range[j];
		uint16_t first = a->first > b->first ? a->first : b->first;
		uint16_t last = a->last < b->last ? a->last : b->last;

		if (first <= last)
			out[count++] = (struct vfg_port_range){.first = first, .last = last};
		if (a->last < b->last)
			i++;
		else
			j++;
	}
	*ret_ports = (struct vfg_ports){.count = count, .range = out};
	return 0;
}

bool vfg_ports_is_all(const struct vfg_ports *ports)
{
	return ports->count == 1 && ports->range[0].first == 0 && ports->range[0].last == 65535;
}
