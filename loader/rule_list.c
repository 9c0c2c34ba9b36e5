/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorts rules by their counters, and writes them. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "age.h"
#include "cleanup.h"
#include "flow_print.h"
#include "rule_id.h"
#include "rule_list.h"

struct key {
	uint64_t value; /* descending */
	uint32_t place;
};

static const char *const names[] = {
	[VFG_RULE_BY_POLICY] = "policy",   [VFG_RULE_BY_HITS] = "hits",
	[VFG_RULE_BY_PACKETS] = "packets", [VFG_RULE_BY_BYTES] = "bytes",
	[VFG_RULE_BY_LAST] = "last",
};

int vfg_rule_order_parse(const char *text, enum vfg_rule_order *ret_order)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], text)) {
			*ret_order = (enum vfg_rule_order)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* A rule that fills several places of the vectors has one id, and is listed once. */
void vfg_rule_list_fill(const struct vfg_tables *tables, struct vfg_rule_list *ret_list)
{
	bool listed[VFG_POLICY_RULES_MAX] = {};

	ret_list->count = 0;
	for (uint32_t number = 0; number < tables->policy->words * 64; number++) {
		uint32_t id = vfg_rules_of(tables)[number].id % VFG_POLICY_RULES_MAX;

		if (!vfg_tables_rule(tables, number) || listed[id])
			continue;
		listed[id] = true;
		ret_list->number[ret_list->count] = number;
		ret_list->id[ret_list->count++] = id;
	}
}

static bool is_unused(const struct vfg_rule_count *count)
{
	return !count->hits && !count->packets;
}

void vfg_rule_list_fill_gone(struct vfg_rule_list *list)
{
	bool listed[VFG_POLICY_RULES_MAX] = {};

	for (size_t i = 0; i < list->count; i++)
		listed[list->id[i]] = true;
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		if (listed[id])
			continue;
		list->number[list->count] = VFG_RULE_NONE;
		list->id[list->count++] = id;
	}
}

void vfg_rule_list_drop_unused_gone(struct vfg_rule_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (list->number[i] == VFG_RULE_NONE && is_unused(&list->counted[i]))
			continue;
		list->id[kept] = list->id[i];
		list->number[kept] = list->number[i];
		list->counted[kept++] = list->counted[i];
	}
	list->count = kept;
}

/* In ticks; a hit that is newer than our look at the clock is just now. */
static uint32_t age_of(const struct vfg_rule_print *print, const struct vfg_rule_count *count)
{
	int32_t age = (int32_t)(print->now - count->last);

	return age < 0 ? 0 : (uint32_t)age;
}

static uint64_t value_of(const struct vfg_rule_print *print, size_t place)
{
	const struct vfg_rule_count *count = &print->list->counted[place];

	switch (print->order) {
	case VFG_RULE_BY_POLICY:
		return 0;
	case VFG_RULE_BY_HITS:
		return count->hits;
	case VFG_RULE_BY_PACKETS:
		return count->packets;
	case VFG_RULE_BY_BYTES:
		return count->bytes;
	case VFG_RULE_BY_LAST:
		return count->hits ? UINT64_MAX - age_of(print, count) : 0;
	}
	return 0;
}

static int compare(const void *left, const void *right)
{
	const struct key *a = left, *b = right;

	if (a->value != b->value)
		return a->value > b->value ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* The places that are to be shown, in order. */
static struct key *sort(const struct vfg_rule_print *print, size_t *ret_count)
{
	struct key *keys = calloc(print->list->count + 1, sizeof(*keys));
	size_t count = 0;

	for (uint32_t i = 0; keys && i < print->list->count; i++) {
		if (!print->unused || is_unused(&print->list->counted[i]))
			keys[count++] = (struct key){value_of(print, i), i};
	}
	if (keys)
		qsort(keys, count, sizeof(*keys), compare);
	*ret_count = count;
	return keys;
}

/* Of a rule that is gone, and whose name is not known, there is the id only. */
static const char *direction_of(const struct vfg_rule_name *rule)
{
	if (!rule->name)
		return "-";
	return rule->direction == VFG_INBOUND ? "Inbound" : "Outbound";
}

static const char *access_of(const struct vfg_rule_name *rule)
{
	if (!rule->name)
		return "-";
	return rule->action == VFG_ACTION_DENY ? "Deny" : "Allow";
}

static void text_line(FILE *to, const struct vfg_rule_print *print, uint32_t place)
{
	const struct vfg_rule_name *rule = &print->names->of[print->list->id[place]];
	const struct vfg_rule_count *count = &print->list->counted[place];
	char last[VFG_AGE_TEXT_MAX] = "never", name[16];

	snprintf(name, sizeof(name), "id %u", print->list->id[place]);
	if (count->hits)
		vfg_age_text(vfg_age_ms(age_of(print, count), print->jiffies_hz), last);
	fprintf(to, "%-9s %-44s %-24s %10" PRIu64 " %12" PRIu64 " %14" PRIu64 " %8s %s%s\n",
		direction_of(rule), rule->name ? rule->name : name, rule->name ? rule->list : "-",
		(uint64_t)count->hits, (uint64_t)count->packets, (uint64_t)count->bytes, last,
		access_of(rule), rule->in_force ? "" : " (gone)");
}

int vfg_rule_print_text(FILE *to, const struct vfg_rule_print *print)
{
	size_t count;
	autofree struct key *keys = sort(print, &count);

	if (!keys)
		return -ENOMEM;
	if (!count) {
		fputs(print->unused ? "every rule was hit\n" : "no rule\n", to);
		return 0;
	}
	fprintf(to, "%-9s %-44s %-24s %10s %12s %14s %8s %s\n", "DIRECTION", "RULE", "LIST", "HITS",
		"PACKETS", "BYTES", "LAST", "ACCESS");
	for (size_t i = 0; i < count && !ferror(to); i++)
		text_line(to, print, keys[i].place);
	return 0;
}

static void json_last(FILE *to, const struct vfg_rule_print *print,
		      const struct vfg_rule_count *count)
{
	uint64_t ms = vfg_age_ms(age_of(print, count), print->jiffies_hz);
	time_t then = (time_t)(print->now_s - (int64_t)(ms / 1000));
	char text[32];
	struct tm tm;

	if (!count->hits) {
		fputs("\"lastHitSeconds\":null,\"lastHit\":null}", to);
		return;
	}
	gmtime_r(&then, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(to, "\"lastHitSeconds\":%" PRIu64 ".%03u,\"lastHit\":\"%s\"}", ms / 1000,
		(unsigned int)(ms % 1000), text);
}

static void json_rule(FILE *to, const struct vfg_rule_print *print, uint32_t place)
{
	const struct vfg_rule_name *rule = &print->names->of[print->list->id[place]];
	const struct vfg_rule_count *count = &print->list->counted[place];

	fprintf(to, "{\"direction\":\"%s\",\"ruleName\":", direction_of(rule));
	vfg_flow_print_string(to, rule->name ? rule->name : "");
	fputs(",\"list\":", to);
	vfg_flow_print_string(to, rule->name ? rule->list : "");
	fprintf(to,
		",\"ruleId\":%u,\"ruleInForce\":%s,\"access\":\"%s\",\"hits\":%" PRIu64
		",\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",",
		print->list->id[place], rule->in_force ? "true" : "false", access_of(rule),
		(uint64_t)count->hits, (uint64_t)count->packets, (uint64_t)count->bytes);
	json_last(to, print, count);
}

int vfg_rule_print_json(FILE *to, const struct vfg_rule_print *print)
{
	size_t count;
	autofree struct key *keys = sort(print, &count);

	if (!keys)
		return -ENOMEM;
	fputs("{\"master\":", to);
	vfg_flow_print_string(to, print->master);
	fputs(",\"rules\":[", to);
	for (size_t i = 0; i < count && !ferror(to); i++) {
		fputs(i ? ",\n" : "\n", to);
		json_rule(to, print, keys[i].place);
	}
	fputs(count ? "\n]}\n" : "]}\n", to);
	return 0;
}
