/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sets the verdict of the loaded programs against a walk of the rules that stand in the kernel's
 * own copy of the policy. Where they differ, one of them is wrong, and that is said.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "../policy-compiler/arguments.h"
#include "../policy-compiler/explain.h"
#include "cleanup.h"
#include "meet.h"
#include "rule_id.h"
#include "rule_name.h"
#include "say.h"
#include "status.h"
#include "verify_explain.h"

/* A walk of the largest policy. */
static const size_t arena_limit_bytes = 64UL << 20;

struct report {
	struct vfg_arena *arena;
	const struct vfg_tables *tables;
	const struct vfg_question *question;
	struct vfg_verdict program;
	struct vfg_verdict rules;
	struct vfg_explanation explanation;
	struct vfg_meeting meeting;
	struct vfg_retired retired;
	struct vfg_rule_names *names; /* of the flow's rule, which an older policy may have had */
};

static void free_arena(struct vfg_arena **arena)
{
	if (*arena)
		vfg_arena_free(*arena);
}

/* What the walk comes to: the rule of the last list that had one, unless an NSG had none. */
static struct vfg_verdict walked(const struct vfg_tables *tables,
				 const struct vfg_explanation *explanation)
{
	const struct vfg_rule *rules = vfg_rules_of(tables);
	struct vfg_verdict verdict = {.rule = "", .list = "", .number = VFG_RULE_NONE};

	for (size_t i = 0; i < explanation->count; i++) {
		const struct vfg_explained_list *list = &explanation->list[i];
		const struct vfg_rule_info *info = vfg_tables_rule(tables, list->match);

		if (list->match == VFG_RULE_NONE && list->stage >= VFG_STAGE_SUBNET)
			return (struct vfg_verdict){.rule = "", .number = VFG_RULE_NONE};
		if (list->match == VFG_RULE_NONE)
			continue;
		verdict = (struct vfg_verdict){
			.allow = rules[list->match].action != VFG_ACTION_DENY,
			.rule = info ? vfg_tables_text(tables, info->name_offset) : "",
			.number = list->match,
		};
	}
	return verdict;
}

static bool agree(const struct report *report)
{
	return report->program.allow == report->rules.allow &&
	       report->program.number == report->rules.number;
}

/* "" where no policy is known to have had the rule. */
static const char *rule_of_flow(const struct report *report)
{
	const char *name = report->names->of[report->meeting.flow.rule % VFG_POLICY_RULES_MAX].name;

	return name ? name : "";
}

static const char *direction_name(uint8_t direction)
{
	return direction == VFG_INBOUND ? "Inbound" : "Outbound";
}

static const char *state_of(const struct report *report)
{
	return vfg_status_states[report->meeting.flow.state];
}

/* Is the packet let through as part of its flow, whatever the rules say now? */
static bool is_carried(const struct report *report)
{
	const struct vfg_meeting *meeting = &report->meeting;

	return meeting->count && (!meeting->is_outdated ||
				  report->meeting.flow.opener != report->question->tuple.direction);
}

static void print_flow(const struct report *report)
{
	const struct vfg_meeting *meeting = &report->meeting;
	const char *rule = meeting->count ? rule_of_flow(report) : "";

	if (!meeting->count) {
		printf("live flow: none, the rules decide%s\n",
		       report->program.allow ? "; the packet would open one" : "");
		return;
	}
	printf("live flow: %s, opened %s, local port %u, remote port %u, by %s, idle %u s",
	       state_of(report), direction_name(report->meeting.flow.opener),
	       meeting->flow.local_port, meeting->flow.remote_port,
	       rule[0] ? rule : "a rule of an earlier policy", meeting->idle_s);
	if (meeting->count > 1)
		printf(" (the latest of %llu that fit)", (unsigned long long)meeting->count);
	printf("\n  %s\n",
	       is_carried(report)
		       ? "a packet of it passes, the rules are not asked"
		       : "it is of an earlier policy: this packet is judged by the rules");
}

static int print_text(const struct report *report)
{
	const char *walk = NULL, *verdict;
	int err = vfg_report_explanation(report->arena, report->tables, report->question,
					 &report->explanation, false, &walk);

	verdict = vfg_report_verdict(report->arena, &report->program, false);
	if (err || !verdict)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	fputs(walk, stdout);
	printf("\nloaded programs: %s%s\n", verdict,
	       agree(report) ? "" : " - NOT what the rules say");
	print_flow(report);
	return 0;
}

static struct json_object *flow_json(const struct report *report)
{
	const struct vfg_meeting *meeting = &report->meeting;
	struct json_object *flow;

	if (!meeting->count)
		return NULL;
	flow = json_object_new_object();
	json_object_object_add(flow, "state", json_object_new_string(state_of(report)));
	json_object_object_add(flow, "opened",
			       json_object_new_string(direction_name(report->meeting.flow.opener)));
	json_object_object_add(flow, "localPort", json_object_new_int(meeting->flow.local_port));
	json_object_object_add(flow, "remotePort", json_object_new_int(meeting->flow.remote_port));
	json_object_object_add(flow, "ruleName", json_object_new_string(rule_of_flow(report)));
	json_object_object_add(flow, "idleSeconds", json_object_new_int64(meeting->idle_s));
	json_object_object_add(flow, "fitting", json_object_new_uint64(meeting->count));
	json_object_object_add(flow, "passes", json_object_new_boolean(is_carried(report)));
	return flow;
}

static struct json_object *verdict_json(const struct vfg_verdict *verdict)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "access",
			       json_object_new_string(verdict->allow ? "Allow" : "Deny"));
	json_object_object_add(object, "ruleName", json_object_new_string(verdict->rule));
	return object;
}

/* What the platform's NSG diagnostics answers, and beside it what only we know. */
static int print_json(const struct report *report)
{
	const char *walk = NULL;
	struct json_object *tree;
	int err = vfg_report_explanation(report->arena, report->tables, report->question,
					 &report->explanation, true, &walk);

	tree = err ? NULL : json_tokener_parse(walk);
	if (!tree)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	json_object_object_add(tree, "loadedPrograms", verdict_json(&report->program));
	json_object_object_add(tree, "rules", verdict_json(&report->rules));
	json_object_object_add(tree, "agree", json_object_new_boolean(agree(report)));
	json_object_object_add(tree, "liveFlow", flow_json(report));
	puts(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PRETTY |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(tree);
	return 0;
}

static int gather(struct vfg_asker *asker, const char *where, struct report *report)
{
	int err = vfg_ask(asker, where, &report->question->tuple, &report->program);

	if (err)
		return err;
	report->tables = &asker->active.tables;
	if (vfg_explain(report->arena, report->tables, &report->question->tuple,
			&report->explanation))
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	report->rules = walked(report->tables, &report->explanation);
	vfg_rule_names_add(report->names, report->tables, true);
	if (!vfg_retired_open(asker->pins, &report->retired))
		vfg_rule_names_add_retired(report->names, &report->retired);
	err = vfg_meet(asker->pins, report->question, &report->meeting);
	return err ? vfg_say(VFG_EXIT_SYSTEM, where, "its flows cannot be read: %s", strerror(-err))
		   : 0;
}

int vfg_verify_explain(struct vfg_asker *asker, const char *where,
		       const struct vfg_question *question, bool json)
{
	struct vfg_arena *arena __attribute__((cleanup(free_arena))) =
		vfg_arena_new(arena_limit_bytes);
	autofree struct vfg_rule_names *names = calloc(1, sizeof(*names));
	struct report report = {.arena = arena, .question = question, .names = names};
	int err = arena && names ? gather(asker, where, &report)
				 : vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");

	if (!err)
		err = json ? print_json(&report) : print_text(&report);
	vfg_retired_close(&report.retired);
	if (err || agree(&report))
		return err;
	return vfg_say(VFG_EXIT_SYSTEM, where,
		       "the loaded programs say %s %s, the rules say %s %s; that is a bug, please "
		       "report it",
		       report.program.allow ? "Allow" : "Deny", report.program.rule,
		       report.rules.allow ? "Allow" : "Deny", report.rules.rule);
}
