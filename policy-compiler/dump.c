/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compiled policy for people to look at, or for scripts: its rules, its classes, and where the
 * memory went.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../maps/counter.h"
#include "../maps/decision.h"
#include "../maps/event.h"
#include "../maps/flow.h"
#include "json.h"
#include "tables.h"

/* Bytes by what they hold; nodes and tails of tries are what no other section claims. */
struct memory {
	size_t tries;
	size_t services;
	size_t source_ports;
	size_t vectors[VFG_DIM_MAX];
	size_t rules;
	size_t names;
};

static const char *const direction_name[] = {"Inbound", "Outbound"};
static const char *const stage_name[] = {"platform", "admin", "subnet", "nic"};
static const char *const action_name[] = {"Deny", "Allow", "AlwaysAllow"};
static const char *const dimension_name[] = {"local", "remote", "service", "sourcePort"};

/* What a map asks of the kernel: of the policy, its own slabs; of the others, what they take by
 * default, whatever the policy is. */
struct map {
	const char *name;
	uint64_t entries;
	size_t value_bytes;
	bool per_cpu;
};

enum { MAPS = 12 };

static const char *pick(const char *const *names, size_t count, uint32_t index)
{
	return index < count ? names[index] : "?";
}

static const char *action_of(const struct vfg_tables *tables, uint32_t number)
{
	return pick(action_name, 3, vfg_tables_rules(tables)[number].action);
}

static size_t names_bytes(const struct vfg_tables *tables, uint32_t *ret_rules)
{
	size_t bytes = strlen(vfg_tables_text(tables, tables->policy->label_offset)) + 1;

	*ret_rules = 0;
	for (uint32_t number = 0; number < tables->policy->words * 64; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

		if (!info)
			continue;
		++*ret_rules;
		bytes += strlen(vfg_tables_text(tables, info->name_offset)) + 1;
		if (number % 64 == 0)
			bytes += strlen(vfg_tables_text(tables, info->list_offset)) + 1;
	}
	return bytes;
}

static size_t vector_pages(const struct vfg_policy *policy, int dimension)
{
	return (policy->classes[dimension] + policy->vectors_per_page - 1) /
	       policy->vectors_per_page;
}

static struct memory measure(const struct vfg_tables *tables, uint32_t *ret_rules)
{
	const struct vfg_policy *policy = tables->policy;
	size_t bits = (size_t)policy->words * 64, known;
	struct memory memory = {
		.services = (65536 * 2 + 256) * sizeof(uint16_t),
		.source_ports = (policy->source_port ? 65536 * sizeof(uint16_t) : 0) +
				policy->words * sizeof(uint64_t),
		.rules = bits * (sizeof(struct vfg_rule) + sizeof(struct vfg_rule_info)),
		.names = names_bytes(tables, ret_rules),
	};

	known = sizeof(*policy) + memory.services + memory.source_ports + memory.rules +
		memory.names;
	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
		memory.vectors[dimension] = vector_pages(policy, dimension) << VFG_POLICY_PAGE_BITS;
		known += memory.vectors[dimension];
	}
	memory.tries = known < policy->bytes ? policy->bytes - known : 0;
	return memory;
}

static uint64_t slabs_of(const struct vfg_policy *policy)
{
	return ((uint64_t)policy->bytes + VFG_POLICY_SLAB_BYTES - 1) >> VFG_POLICY_SLAB_BITS;
}

static void list_maps(const struct vfg_policy *policy, struct map ret_map[MAPS])
{
	const struct map map[MAPS] = {
		{"vfg_policy", slabs_of(policy), VFG_POLICY_SLAB_BYTES, false},
		{"vfg_flow4", VFG_FLOW_BUCKETS_DEFAULT, sizeof(struct vfg_flow4_bucket), false},
		{"vfg_flow6", VFG_FLOW_BUCKETS_DEFAULT, sizeof(struct vfg_flow6_bucket), false},
		{"vfg_tag4", VFG_FLOW_BUCKETS_DEFAULT, sizeof(struct vfg_tag_bucket), false},
		{"vfg_tag6", VFG_FLOW_BUCKETS_DEFAULT, sizeof(struct vfg_tag_bucket), false},
		{"vfg_tally4", VFG_FLOW_BUCKETS_DEFAULT, sizeof(struct vfg_tally_bucket), false},
		{"vfg_tally6", VFG_FLOW_BUCKETS_DEFAULT, sizeof(struct vfg_tally_bucket), false},
		{"vfg_decision", VFG_DECISIONS, sizeof(struct vfg_decision), true},
		{"vfg_reason", VFG_COUNTER_REASON_ENTRIES, sizeof(struct vfg_count), true},
		{"vfg_rule", VFG_POLICY_RULES_MAX, sizeof(struct vfg_rule_count), true},
		{"vfg_event", 1, sizeof(struct vfg_event_ring), false},
		{"vfg_path", VFG_COUNTER_PATH_ENTRIES, sizeof(struct vfg_path_count), true},
	};

	memcpy(ret_map, map, sizeof(map));
}

static void print_dimensions(FILE *out, const struct vfg_tables *tables,
			     const struct memory *memory)
{
	const struct vfg_policy *policy = tables->policy;

	fprintf(out, "\nclasses       number    pages       bytes\n");
	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++)
		fprintf(out, "  %-10s %7u  %7zu  %10zu\n", dimension_name[dimension],
			policy->classes[dimension], vector_pages(policy, dimension),
			memory->vectors[dimension]);
}

static void print_maps(FILE *out, const struct vfg_tables *tables)
{
	struct map map[MAPS];

	list_maps(tables->policy, map);
	fprintf(out, "\nmaps         entries  of bytes       bytes\n");
	for (int i = 0; i < MAPS; i++)
		fprintf(out, "  %-10s %7" PRIu64 "  %8zu  %10" PRIu64 "%s\n", map[i].name,
			map[i].entries, map[i].value_bytes, map[i].entries * map[i].value_bytes,
			map[i].per_cpu ? " for each CPU"
			: i	       ? " by default"
				       : ", and those of the policy before it");
	fprintf(out, "\n");
}

static void print_head(FILE *out, const struct vfg_tables *tables)
{
	const struct vfg_policy *policy = tables->policy;
	uint32_t rules;
	struct memory memory = measure(tables, &rules);

	fprintf(out, "policy   %s\n", vfg_tables_text(tables, policy->label_offset));
	fprintf(out, "sources  %016" PRIx64 "%s\n", (uint64_t)policy->source_digest,
		policy->flags & VFG_POLICY_FLUSH ? ", live flows are judged again" : "");
	fprintf(out, "rules    %u in %u words\n", rules, policy->words);
	fprintf(out, "memory   %u bytes, %u pages of 64 KiB: vectors (below), tries %zu,\n",
		policy->bytes, policy->bytes >> VFG_POLICY_PAGE_BITS, memory.tries);
	fprintf(out, "         services %zu, source ports %zu, rules %zu, names %zu bytes\n",
		memory.services, memory.source_ports, memory.rules, memory.names);
	print_dimensions(out, tables, &memory);
	print_maps(out, tables);
}

/* Only what stands for missing NSGs has no name. */
static const char *name_or(const char *name, const char *none)
{
	return *name ? name : none;
}

static void print_stage(FILE *out, const struct vfg_tables *tables, struct vfg_stage_words stage)
{
	for (uint32_t number = stage.first * 64U; number < stage.last * 64U; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

		if (!info)
			continue;
		if (number == stage.first * 64U)
			fprintf(out, "  %s: %s\n   number  priority  action       rule\n",
				pick(stage_name, VFG_STAGE_MAX, info->stage),
				name_or(vfg_tables_list_name(tables, info), "none"));
		fprintf(out, "    %5u  %8u  %-11s  %s\n", number, info->priority,
			action_of(tables, number),
			name_or(vfg_tables_text(tables, info->name_offset), "(no NSG)"));
	}
}

static int print_text(struct vfg_arena *arena, const struct vfg_tables *tables,
		      const char **ret_text)
{
	char *buffer = NULL, *text;
	size_t bytes = 0;
	FILE *out = open_memstream(&buffer, &bytes);
	bool failed;

	if (!out)
		return -ENOMEM;
	print_head(out, tables);
	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		fprintf(out, "%s\n", direction_name[direction]);
		for (int position = 0; position < VFG_STAGE_MAX; position++)
			print_stage(out, tables, tables->policy->stage[direction][position]);
	}
	failed = ferror(out);
	failed |= fclose(out) != 0;
	text = failed ? NULL : vfg_arena_strndup(arena, buffer, bytes);
	free(buffer);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key, json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *key, uint64_t number)
{
	json_object_object_add(object, key, json_object_new_int64((int64_t)number));
}

static struct json_object *rule_json(const struct vfg_tables *tables, uint32_t number)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);
	struct json_object *rule;

	if (!info)
		return NULL;
	rule = json_object_new_object();
	add_number(rule, "number", number);
	add_text(rule, "direction", pick(direction_name, VFG_DIRECTION_MAX, info->direction));
	add_text(rule, "stage", pick(stage_name, VFG_STAGE_MAX, info->stage));
	add_text(rule, "list", vfg_tables_list_name(tables, info));
	add_text(rule, "listId", vfg_tables_text(tables, info->list_offset));
	add_text(rule, "name", vfg_tables_text(tables, info->name_offset));
	add_number(rule, "priority", info->priority);
	add_text(rule, "action", action_of(tables, number));
	return rule;
}

static struct json_object *memory_json(const struct memory *memory)
{
	struct json_object *object = json_object_new_object();
	struct json_object *vectors = json_object_new_object();

	add_number(object, "tries", memory->tries);
	add_number(object, "services", memory->services);
	add_number(object, "sourcePorts", memory->source_ports);
	add_number(object, "rules", memory->rules);
	add_number(object, "names", memory->names);
	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++)
		add_number(vectors, dimension_name[dimension], memory->vectors[dimension]);
	json_object_object_add(object, "vectors", vectors);
	return object;
}

static struct json_object *dimensions_json(const struct vfg_policy *policy,
					   const struct memory *memory)
{
	struct json_object *array = json_object_new_array();

	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++) {
		struct json_object *object = json_object_new_object();

		add_text(object, "name", dimension_name[dimension]);
		add_number(object, "classes", policy->classes[dimension]);
		add_number(object, "pages", vector_pages(policy, dimension));
		add_number(object, "bytes", memory->vectors[dimension]);
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *maps_json(const struct vfg_policy *policy)
{
	struct json_object *array = json_object_new_array();
	struct map map[MAPS];

	list_maps(policy, map);
	for (int i = 0; i < MAPS; i++) {
		struct json_object *object = json_object_new_object();

		add_text(object, "name", map[i].name);
		add_number(object, "entries", map[i].entries);
		add_number(object, "valueBytes", map[i].value_bytes);
		add_number(object, "bytes", map[i].entries * map[i].value_bytes);
		json_object_object_add(object, "perCpu", json_object_new_boolean(map[i].per_cpu));
		json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *head_json(const struct vfg_tables *tables)
{
	const struct vfg_policy *policy = tables->policy;
	struct json_object *object = json_object_new_object();
	struct json_object *classes = json_object_new_object();
	char digest[17];
	uint32_t rules;
	struct memory memory = measure(tables, &rules);

	snprintf(digest, sizeof(digest), "%016" PRIx64, (uint64_t)policy->source_digest);
	add_text(object, "label", vfg_tables_text(tables, policy->label_offset));
	add_text(object, "sourceDigest", digest);
	add_number(object, "abi", policy->abi);
	json_object_object_add(object, "flush",
			       json_object_new_boolean(policy->flags & VFG_POLICY_FLUSH));
	add_number(object, "words", policy->words);
	add_number(object, "pages", policy->bytes >> VFG_POLICY_PAGE_BITS);
	add_number(object, "bytes", policy->bytes);
	for (int dimension = 0; dimension < VFG_DIM_MAX; dimension++)
		add_number(classes, dimension_name[dimension], policy->classes[dimension]);
	json_object_object_add(object, "classes", classes);
	json_object_object_add(object, "memory", memory_json(&memory));
	json_object_object_add(object, "dimensions", dimensions_json(policy, &memory));
	json_object_object_add(object, "maps", maps_json(policy));
	return object;
}

static int print_json(struct vfg_arena *arena, const struct vfg_tables *tables,
		      const char **ret_text)
{
	struct json_object *object = head_json(tables);
	struct json_object *rules = json_object_new_array();
	const char *text;

	for (uint32_t number = 0; number < tables->policy->words * 64; number++) {
		struct json_object *rule = rule_json(tables, number);

		if (rule)
			json_object_array_add(rules, rule);
	}
	json_object_object_add(object, "rules", rules);
	text = vfg_json_print(arena, object);
	json_object_put(object);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

int vfg_dump(struct vfg_arena *arena, const struct vfg_tables *tables, bool json,
	     const char **ret_text)
{
	return json ? print_json(arena, tables, ret_text) : print_text(arena, tables, ret_text);
}
