/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of retired rules. Their map is retired_map.c's. Pure. */
#include <string.h>

#include "retired.h"
#include "rule_id.h"

enum { ALIGNMENT = 8 };

/* Return: behind the text, or NULL where it does not end within the record. */
static const char *text_at(const char **ret_text, const char *at, const char *end)
{
	const char *nul = at && at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;

	*ret_text = at;
	return nul ? nul + 1 : NULL;
}

bool vfg_retired_next(const struct vfg_retired *retired, size_t *at,
		      struct vfg_retired_rule *ret_rule)
{
	const char *record = (const char *)retired->records + *at, *next;
	struct vfg_retired_head head;

	if (*at > retired->bytes || retired->bytes - *at < sizeof(head))
		return false;
	memcpy(&head, record, sizeof(head));
	if (head.bytes <= sizeof(head) || head.bytes > retired->bytes - *at ||
	    head.id >= VFG_POLICY_RULES_MAX)
		return false;
	*ret_rule = (struct vfg_retired_rule){.id = head.id,
					      .direction = head.direction,
					      .stage = head.stage,
					      .action = head.action};
	next = text_at(&ret_rule->name, record + sizeof(head), record + head.bytes);
	next = text_at(&ret_rule->list, next, record + head.bytes);
	next = text_at(&ret_rule->list_id, next, record + head.bytes);
	*at += head.bytes;
	return next;
}

static void write_one(const struct vfg_retired_rule *rule, FILE *to)
{
	static const char zeroes[ALIGNMENT];
	size_t bytes = sizeof(struct vfg_retired_head) + strlen(rule->name) + 1 +
		       strlen(rule->list) + 1 + strlen(rule->list_id) + 1;
	size_t pad = (ALIGNMENT - bytes % ALIGNMENT) % ALIGNMENT;
	struct vfg_retired_head head = {.id = rule->id,
					.bytes = (uint32_t)(bytes + pad),
					.direction = rule->direction,
					.stage = rule->stage,
					.action = rule->action};

	fwrite(&head, sizeof(head), 1, to);
	fwrite(rule->name, strlen(rule->name) + 1, 1, to);
	fwrite(rule->list, strlen(rule->list) + 1, 1, to);
	fwrite(rule->list_id, strlen(rule->list_id) + 1, 1, to);
	fwrite(zeroes, pad, 1, to);
}

static void write_old(const struct vfg_tables *old, bool *done, FILE *to)
{
	const struct vfg_rule *rules = vfg_rules_of(old);

	for (uint32_t number = 0; number < old->policy->words * 64; number++) {
		const struct vfg_rule_info *info = vfg_tables_rule(old, number);
		uint32_t id = rules[number].id;

		if (!info || id >= VFG_POLICY_RULES_MAX || done[id])
			continue;
		done[id] = true;
		write_one(
			&(struct vfg_retired_rule){
				.id = id,
				.direction = info->direction,
				.stage = info->stage,
				.action = rules[number].action,
				.name = vfg_tables_text(old, info->name_offset),
				.list = vfg_tables_list_name(old, info),
				.list_id = vfg_tables_text(old, info->list_offset),
			},
			to);
	}
}

void vfg_retired_write(const struct vfg_retired *before, const struct vfg_tables *old,
		       const bool *in_use, FILE *to)
{
	bool done[VFG_POLICY_RULES_MAX];
	struct vfg_retired_rule rule;
	size_t at = 0;

	/* The policy that goes first: it may have given an id to another rule. */
	memcpy(done, in_use, sizeof(done));
	write_old(old, done, to);
	while (vfg_retired_next(before, &at, &rule)) {
		if (!done[rule.id])
			write_one(&rule, to);
	}
}
