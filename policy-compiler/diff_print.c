/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions of flows for people, a block for each pair of rules that decide, and as JSON for scripts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/in.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "json.h"

enum {
	COLUMNS = 100,
	RANGE_BYTES = 2 * INET6_ADDRSTRLEN + 2,
	/* Protocols without ports; TCP and UDP are not among them. */
	OTHERS = 254,
	ICMPV6 = 58,
};

/* Words of one entry, wrapped at the line's end. */
struct wrap {
	FILE *out;
	size_t column;
};

static const char *const direction_name[] = {"Inbound", "Outbound"};

static const struct {
	uint8_t number;
	const char *name;
} protocol_name[] = {
	{IPPROTO_ICMP, "Icmp"},
	{ICMPV6, "Icmpv6"},
	{IPPROTO_ESP, "Esp"},
	{IPPROTO_AH, "Ah"},
};

/* ---- texts of ranges ---- */

static void address_text(vfg_u128 address, enum vfg_family family, char text[INET6_ADDRSTRLEN])
{
	int bytes = family == VFG_IPV4 ? 4 : 16;
	uint8_t wire[16];

	for (int i = 0; i < bytes; i++)
		wire[i] = (uint8_t)(address >> (8 * (bytes - 1 - i)));
	inet_ntop(family == VFG_IPV4 ? AF_INET : AF_INET6, wire, text, INET6_ADDRSTRLEN);
}

/* Return: the length of the prefix that a range is, or -1. */
static int prefix_length(const struct vfg_address_range *range, enum vfg_family family)
{
	vfg_u128 host = range->first ^ range->last;
	int length = family == VFG_IPV4 ? 32 : 128;

	if (host & (host + 1) || range->first & host)
		return -1;
	for (; host; host >>= 1)
		length--;
	return length;
}

static void range_text(const struct vfg_address_range *range, enum vfg_family family,
		       char text[RANGE_BYTES])
{
	char first[INET6_ADDRSTRLEN], last[INET6_ADDRSTRLEN];
	int length = prefix_length(range, family);

	address_text(range->first, family, first);
	address_text(range->last, family, last);
	if (range->first == range->last)
		snprintf(text, RANGE_BYTES, "%s", first);
	else if (length >= 0)
		snprintf(text, RANGE_BYTES, "%s/%d", first, length);
	else
		snprintf(text, RANGE_BYTES, "%s-%s", first, last);
}

static void number_text(uint32_t first, uint32_t last, char text[RANGE_BYTES])
{
	if (first == last)
		snprintf(text, RANGE_BYTES, "%u", first);
	else
		snprintf(text, RANGE_BYTES, "%u-%u", first, last);
}

static void protocol_text(uint32_t first, uint32_t last, char text[RANGE_BYTES])
{
	number_text(first, last, text);
	for (size_t i = 0; first == last && i < sizeof(protocol_name) / sizeof(*protocol_name);
	     i++) {
		if (protocol_name[i].number == first)
			snprintf(text, RANGE_BYTES, "%s", protocol_name[i].name);
	}
}

/* ---- pieces of the line of services ---- */

/* The part of the i-th range between two points of the line, counted from the first of them.
 * Return: is there any? */
static bool part_of(const struct vfg_ranges *line, size_t i, uint32_t from, uint32_t to,
		    uint32_t part[2])
{
	uint32_t first = (uint32_t)line->range[i].first, last = (uint32_t)line->range[i].last;

	if (last < from || first > to)
		return false;
	part[0] = (first < from ? from : first) - from;
	part[1] = (last > to ? to : last) - from;
	return true;
}

/* How many of the numbers between two points the line has. */
static uint32_t count_between(const struct vfg_ranges *line, uint32_t from, uint32_t to)
{
	uint32_t count = 0, part[2];

	for (size_t i = 0; i < line->count; i++) {
		if (part_of(line, i, from, to, part))
			count += part[1] - part[0] + 1;
	}
	return count;
}

static bool is_whole(const struct vfg_ranges *line, vfg_u128 end)
{
	return line->count == 1 && line->range[0].first == 0 && line->range[0].last == end;
}

/* ---- text ---- */

static void put_word(struct wrap *wrap, const char *word)
{
	size_t length = strlen(word);

	if (wrap->column && wrap->column + 1 + length > COLUMNS) {
		fprintf(wrap->out, "\n   ");
		wrap->column = 3;
	}
	wrap->column += (size_t)fprintf(wrap->out, "%s%s", wrap->column ? " " : "  ", word);
}

/* Elements of a list are words that end in a comma, but the last. */
static void put_element(struct wrap *wrap, const char *text, bool last)
{
	char word[RANGE_BYTES + 1];

	snprintf(word, sizeof(word), "%s%s", text, last ? "" : ",");
	put_word(wrap, word);
}

static void put_addresses(struct wrap *wrap, const char *role, const struct vfg_region *region,
			  enum vfg_role which)
{
	const struct vfg_ranges *line = &region->line[which];
	char text[RANGE_BYTES];

	put_word(wrap, role);
	if (region->family == VFG_FAMILY_MAX) {
		put_word(wrap, "*");
		return;
	}
	for (size_t i = 0; i < line->count; i++) {
		range_text(&line->range[i], region->family, text);
		put_element(wrap, text, i + 1 == line->count);
	}
}

static void put_ports(struct wrap *wrap, const char *name, const struct vfg_ranges *line,
		      uint32_t from)
{
	uint32_t left = count_between(line, from, from + 65535), part[2];
	char text[RANGE_BYTES];

	if (!left)
		return;
	put_word(wrap, name);
	for (size_t i = 0; i < line->count && left < 65536; i++) {
		if (!part_of(line, i, from, from + 65535, part))
			continue;
		left -= part[1] - part[0] + 1;
		number_text(part[0], part[1], text);
		put_element(wrap, text, !left);
	}
}

static void put_others(struct wrap *wrap, const struct vfg_ranges *line)
{
	uint32_t left = count_between(line, VFG_LINE_OTHER, VFG_LINE_END), part[2];
	char text[RANGE_BYTES];

	if (left == OTHERS) {
		put_word(wrap, "other protocols");
		return;
	}
	for (size_t i = 0; i < line->count; i++) {
		if (!part_of(line, i, VFG_LINE_OTHER, VFG_LINE_END, part))
			continue;
		left -= part[1] - part[0] + 1;
		protocol_text(part[0], part[1], text);
		if (text[0] >= '0' && text[0] <= '9')
			put_word(wrap, "protocol");
		put_element(wrap, text, !left);
	}
}

static void print_region(FILE *out, const struct vfg_region *region)
{
	const struct vfg_ranges *services = &region->line[VFG_DIM_SERVICE];
	struct wrap wrap = {.out = out};

	put_addresses(&wrap, "remote", region, VFG_ROLE_REMOTE);
	put_addresses(&wrap, "local", region, VFG_ROLE_LOCAL);
	if (count_between(services, 0, VFG_LINE_END) == VFG_LINE_OTHER + OTHERS) {
		put_word(&wrap, "any protocol");
	} else {
		put_ports(&wrap, "Tcp", services, VFG_LINE_TCP);
		put_ports(&wrap, "Udp", services, VFG_LINE_UDP);
		put_others(&wrap, services);
	}
	if (!is_whole(&region->line[VFG_DIM_SOURCE_PORT], 65535))
		put_ports(&wrap, "source ports", &region->line[VFG_DIM_SOURCE_PORT], 0);
	fprintf(out, "\n");
}

static bool same_rules(const struct vfg_region *one, const struct vfg_region *two)
{
	return one->direction == two->direction &&
	       one->verdict[VFG_BEFORE].number == two->verdict[VFG_BEFORE].number &&
	       one->verdict[VFG_AFTER].number == two->verdict[VFG_AFTER].number &&
	       one->verdict[VFG_BEFORE].allow == two->verdict[VFG_BEFORE].allow;
}

static void print_verdict(FILE *out, const struct vfg_verdict *verdict)
{
	fprintf(out, "%s %s", verdict->allow ? "Allow" : "Deny",
		*verdict->rule ? verdict->rule : "by no rule");
}

static void print_all(FILE *out, const struct vfg_diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		const struct vfg_region *region = &diff->region[i];

		if (!i || !same_rules(region - 1, region)) {
			fprintf(out, "%s: ", direction_name[region->direction]);
			print_verdict(out, &region->verdict[VFG_BEFORE]);
			fprintf(out, " -> ");
			print_verdict(out, &region->verdict[VFG_AFTER]);
			fprintf(out, "\n");
		}
		print_region(out, region);
	}
	if (!diff->count)
		fprintf(out, "no flow changes its verdict\n");
}

static int print_text(struct vfg_arena *arena, const struct vfg_diff *diff, const char **ret_text)
{
	char *buffer = NULL, *text;
	size_t bytes = 0;
	FILE *out = open_memstream(&buffer, &bytes);
	bool failed;

	if (!out)
		return -ENOMEM;
	print_all(out, diff);
	failed = ferror(out);
	failed |= fclose(out) != 0;
	text = failed ? NULL : vfg_arena_strndup(arena, buffer, bytes);
	free(buffer);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/* ---- JSON ---- */

static void add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static struct json_object *addresses_json(const struct vfg_region *region, enum vfg_role role)
{
	const struct vfg_ranges *line = &region->line[role];
	struct json_object *array = json_object_new_array();
	char text[RANGE_BYTES] = "*";

	if (region->family == VFG_FAMILY_MAX)
		json_object_array_add(array, json_object_new_string(text));
	for (size_t i = 0; i < line->count && region->family != VFG_FAMILY_MAX; i++) {
		range_text(&line->range[i], region->family, text);
		json_object_array_add(array, json_object_new_string(text));
	}
	return array;
}

static struct json_object *ports_json(const struct vfg_ranges *line, uint32_t from)
{
	struct json_object *array = json_object_new_array();
	char text[RANGE_BYTES];
	uint32_t part[2];

	for (size_t i = 0; i < line->count; i++) {
		if (!part_of(line, i, from, from + 65535, part))
			continue;
		number_text(part[0], part[1], text);
		json_object_array_add(array, json_object_new_string(text));
	}
	return array;
}

static void add_service(struct json_object *services, const char *protocol,
			struct json_object *ports)
{
	struct json_object *service = json_object_new_object();

	add_text(service, "protocol", protocol);
	if (ports)
		json_object_object_add(service, "destinationPorts", ports);
	json_object_array_add(services, service);
}

static struct json_object *services_json(const struct vfg_ranges *line)
{
	struct json_object *services = json_object_new_array();
	char text[RANGE_BYTES];
	uint32_t part[2];

	if (count_between(line, VFG_LINE_TCP, VFG_LINE_TCP + 65535))
		add_service(services, "Tcp", ports_json(line, VFG_LINE_TCP));
	if (count_between(line, VFG_LINE_UDP, VFG_LINE_UDP + 65535))
		add_service(services, "Udp", ports_json(line, VFG_LINE_UDP));
	for (size_t i = 0; i < line->count; i++) {
		if (!part_of(line, i, VFG_LINE_OTHER, VFG_LINE_END, part))
			continue;
		protocol_text(part[0], part[1], text);
		add_service(services, text, NULL);
	}
	return services;
}

static struct json_object *verdict_json(const struct vfg_verdict *verdict)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "access", verdict->allow ? "Allow" : "Deny");
	add_text(object, "ruleName", verdict->rule);
	add_text(object, "list", verdict->list);
	return object;
}

static struct json_object *region_json(const struct vfg_region *region)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "direction", direction_name[region->direction]);
	json_object_object_add(object, "remote", addresses_json(region, VFG_ROLE_REMOTE));
	json_object_object_add(object, "local", addresses_json(region, VFG_ROLE_LOCAL));
	json_object_object_add(object, "services", services_json(&region->line[VFG_DIM_SERVICE]));
	json_object_object_add(object, "sourcePorts",
			       ports_json(&region->line[VFG_DIM_SOURCE_PORT], 0));
	json_object_object_add(object, "before", verdict_json(&region->verdict[VFG_BEFORE]));
	json_object_object_add(object, "after", verdict_json(&region->verdict[VFG_AFTER]));
	return object;
}

static int print_json(struct vfg_arena *arena, const struct vfg_diff *diff, const char **ret_text)
{
	struct json_object *tree = json_object_new_object();
	struct json_object *regions = json_object_new_array();
	const char *text;

	for (size_t i = 0; i < diff->count; i++)
		json_object_array_add(regions, region_json(&diff->region[i]));
	json_object_object_add(tree, "regions", regions);
	text = vfg_json_print(arena, tree);
	json_object_put(tree);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

int vfg_diff_print(struct vfg_arena *arena, const struct vfg_diff *diff, bool json,
		   const char **ret_text)
{
	return json ? print_json(arena, diff, ret_text) : print_text(arena, diff, ret_text);
}
