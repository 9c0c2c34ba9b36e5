/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An explanation as a table for people, and as JSON in the shape of the platform's NSG diagnostics.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/in.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "explain.h"
#include "json.h"
#include "tables.h"

/* What is printed, and of what. */
struct print {
	struct vfg_arena *arena;
	const struct vfg_tables *tables;
	const struct vfg_question *question;
	const struct vfg_explanation *explanation;
};

/* The flow as the platform tells it. */
struct ends {
	char source[INET6_ADDRSTRLEN];
	char destination[INET6_ADDRSTRLEN];
	uint16_t source_port, destination_port;
	bool has_ports;
};

static const char *const stage_name[VFG_STAGE_MAX] = {"platform", "admin rules", "subnet NSG",
						      "NIC NSG"};
static const char *const applied_to[VFG_STAGE_MAX] = {"platform", "virtualNetwork", "subnet",
						      "networkInterface"};
static const char *const action_name[] = {"Deny", "Allow", "AlwaysAllow"};
static const char *const mark_key[VFG_MARK_MAX] = {
	[VFG_MARK_PROTOCOL] = "protocolMatched",
	[VFG_MARK_SOURCE] = "sourceMatched",
	[VFG_MARK_SOURCE_PORT] = "sourcePortMatched",
	[VFG_MARK_DESTINATION] = "destinationMatched",
	[VFG_MARK_DESTINATION_PORT] = "destinationPortMatched",
};

/* How the platform spells the kinds of rules where it explains; admin rules go by their bare name.
 */
static const struct {
	const char *kind;
	const char *prefix;
} spelling[] = {
	{"securityRules/", "UserRule_"},
	{"defaultSecurityRules/", "DefaultRule_"},
	{"platformRules/", "PlatformRule_"},
	{"adminRules/", ""},
};

static const char *action_of(const struct vfg_tables *tables, uint32_t number)
{
	uint8_t action = vfg_tables_rules(tables)[number].action;

	return action < 3 ? action_name[action] : "?";
}

static const char *name_of(const struct vfg_tables *tables, uint32_t number)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, number);

	return vfg_tables_text(tables, info ? info->name_offset : 0);
}

/* The rule that stands for missing NSGs: only it has no name, and the platform has no such rule. */
static bool is_no_nsg(const struct print *print, uint32_t number)
{
	return !*name_of(print->tables, number);
}

static struct ends ends_of(const struct vfg_tuple *tuple)
{
	int family = tuple->family == VFG_IPV6 ? AF_INET6 : AF_INET;
	bool inbound = tuple->direction == VFG_INBOUND;
	struct ends ends = {
		.source_port = inbound ? tuple->remote_port : tuple->local_port,
		.destination_port = inbound ? tuple->local_port : tuple->remote_port,
		.has_ports = tuple->protocol == IPPROTO_TCP || tuple->protocol == IPPROTO_UDP,
	};

	inet_ntop(family, inbound ? tuple->remote : tuple->local, ends.source, sizeof(ends.source));
	inet_ntop(family, inbound ? tuple->local : tuple->remote, ends.destination,
		  sizeof(ends.destination));
	return ends;
}

static const char *direction_of(const struct print *print)
{
	return print->question->tuple.direction == VFG_INBOUND ? "Inbound" : "Outbound";
}

/* ---- text ---- */

static void print_flow(FILE *out, const struct print *print)
{
	struct ends ends = ends_of(&print->question->tuple);
	bool brackets = print->question->tuple.family == VFG_IPV6 && ends.has_ports;
	const char *open = brackets ? "[" : "", *close = brackets ? "]" : "";

	fprintf(out, "%s %s, from %s%s%s", direction_of(print), print->question->protocol, open,
		ends.source, close);
	if (ends.has_ports)
		fprintf(out, ":%u", ends.source_port);
	fprintf(out, " to %s%s%s", open, ends.destination, close);
	if (ends.has_ports)
		fprintf(out, ":%u", ends.destination_port);
	fprintf(out, "\n");
}

static void print_trial(FILE *out, const struct print *print, const struct vfg_trial *trial)
{
	static const int width[VFG_MARK_MAX] = {10, 8, 6, 13, 6};
	const struct vfg_rule_info *info = vfg_tables_rule(print->tables, trial->number);

	if (info && info->priority)
		fprintf(out, "%10u", info->priority);
	else
		fprintf(out, "%10s", "-");
	for (int mark = 0; mark < VFG_MARK_MAX; mark++)
		fprintf(out, "%*s", width[mark], trial->matched[mark] ? "yes" : "-");
	fprintf(out, "  %s %s\n", action_of(print->tables, trial->number),
		is_no_nsg(print, trial->number) ? "(no NSG)"
						: name_of(print->tables, trial->number));
}

static const char *outcome_of(const struct print *print, const struct vfg_explained_list *list)
{
	if (list->match == VFG_RULE_NONE)
		return list->stage < VFG_STAGE_SUBNET ? "no rule matches, the next list is asked"
						      : "no rule matches: denied";
	switch (vfg_tables_rules(print->tables)[list->match].action) {
	case VFG_ACTION_ALLOW:
		return list == &print->explanation->list[print->explanation->count - 1]
			       ? "allowed"
			       : "allowed, the next list is asked";
	case VFG_ACTION_ALWAYS_ALLOW:
		return "allowed, no other list is asked";
	}
	return "denied";
}

static void print_list(FILE *out, const struct print *print, const struct vfg_explained_list *list)
{
	fprintf(out, "\n%s", list->stage < VFG_STAGE_MAX ? stage_name[list->stage] : "?");
	if (list->stage >= VFG_STAGE_SUBNET)
		fprintf(out, " %s", *list->name ? list->name : "none");
	fprintf(out, "\n  priority  protocol  source  port  destination  port  rule\n");
	for (size_t i = 0; i < list->count; i++)
		print_trial(out, print, &list->trial[i]);
	fprintf(out, "  %s\n", outcome_of(print, list));
}

static int print_text(const struct print *print, const char **ret_text)
{
	const char *verdict = vfg_report_verdict(print->arena, &print->explanation->verdict, false);
	char *buffer = NULL, *text;
	size_t bytes = 0;
	FILE *out = open_memstream(&buffer, &bytes);
	bool failed;

	if (!out)
		return -ENOMEM;
	print_flow(out, print);
	for (size_t i = 0; i < print->explanation->count; i++)
		print_list(out, print, &print->explanation->list[i]);
	fprintf(out, "\n%s\n", verdict ? verdict : "");
	failed = ferror(out);
	failed |= fclose(out) != 0;
	text = failed || !verdict ? NULL : vfg_arena_strndup(print->arena, buffer, bytes);
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

static void add_rule_name(const struct print *print, struct json_object *object, const char *key,
			  uint32_t number)
{
	const char *name = name_of(print->tables, number), *spelled = name;

	for (size_t i = 0; i < sizeof(spelling) / sizeof(*spelling); i++) {
		size_t length = strlen(spelling[i].kind);

		if (!strncmp(name, spelling[i].kind, length))
			spelled = vfg_arena_format(print->arena, "%s%s", spelling[i].prefix,
						   name + length);
	}
	add_text(object, key, spelled ? spelled : name);
}

static struct json_object *profile_json(const struct print *print)
{
	struct json_object *profile = json_object_new_object();
	struct ends ends = ends_of(&print->question->tuple);
	char port[sizeof("65535")] = "*";

	if (ends.has_ports)
		snprintf(port, sizeof(port), "%u", ends.destination_port);
	add_text(profile, "direction", direction_of(print));
	add_text(profile, "protocol", print->question->protocol);
	add_text(profile, "source", ends.source);
	add_text(profile, "destination", ends.destination);
	add_text(profile, "destinationPort", port);
	return profile;
}

static struct json_object *trial_json(const struct print *print, const struct vfg_trial *trial)
{
	struct json_object *object = json_object_new_object();

	add_rule_name(print, object, "name", trial->number);
	for (int mark = 0; mark < VFG_MARK_MAX; mark++)
		json_object_object_add(object, mark_key[mark],
				       json_object_new_boolean(trial->matched[mark]));
	return object;
}

/* matchedRule is null where none of the list's rules matches. */
static struct json_object *list_json(const struct print *print,
				     const struct vfg_explained_list *list)
{
	struct json_object *object = json_object_new_object(), *matched = NULL;
	struct json_object *trials = json_object_new_array();

	add_text(object, "networkSecurityGroupId", list->id);
	add_text(object, "appliedTo", list->stage < VFG_STAGE_MAX ? applied_to[list->stage] : "");
	if (list->match != VFG_RULE_NONE && !is_no_nsg(print, list->match)) {
		matched = json_object_new_object();
		add_rule_name(print, matched, "ruleName", list->match);
		add_text(matched, "action", action_of(print->tables, list->match));
	}
	json_object_object_add(object, "matchedRule", matched);
	for (size_t i = 0; i < list->count; i++) {
		if (!is_no_nsg(print, list->trial[i].number))
			json_object_array_add(trials, trial_json(print, &list->trial[i]));
	}
	json_object_object_add(object, "rulesEvaluationResult", trials);
	return object;
}

static int print_json(const struct print *print, const char **ret_text)
{
	struct json_object *tree = json_object_new_object(), *results = json_object_new_array();
	struct json_object *entry = json_object_new_object(), *result = json_object_new_object();
	struct json_object *lists = json_object_new_array();
	const char *text;

	for (size_t i = 0; i < print->explanation->count; i++) {
		if (*print->explanation->list[i].name)
			json_object_array_add(lists,
					      list_json(print, &print->explanation->list[i]));
	}
	add_text(result, "securityRuleAccessResult",
		 print->explanation->verdict.allow ? "Allow" : "Deny");
	json_object_object_add(result, "evaluatedNetworkSecurityGroups", lists);
	json_object_object_add(entry, "profile", profile_json(print));
	json_object_object_add(entry, "networkSecurityGroupResult", result);
	json_object_array_add(results, entry);
	json_object_object_add(tree, "results", results);
	text = vfg_json_print(print->arena, tree);
	json_object_put(tree);
	if (!text)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

int vfg_report_explanation(struct vfg_arena *arena, const struct vfg_tables *tables,
			   const struct vfg_question *question,
			   const struct vfg_explanation *explanation, bool json,
			   const char **ret_text)
{
	const struct print print = {
		.arena = arena,
		.tables = tables,
		.question = question,
		.explanation = explanation,
	};

	return json ? print_json(&print, ret_text) : print_text(&print, ret_text);
}
