/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes flows line by line, as a table may hold a million. */
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "age.h"
#include "endpoint.h"
#include "flow_match.h"
#include "flow_print.h"
#include "status.h"

enum {
	LINE_BYTES = 512, /* all but the names */
	ENDPOINT_V4_MAX = 21,
};

static const char *const directions[VFG_DIRECTION_MAX] = {"Inbound", "Outbound"};
static const char *const families[VFG_FAMILY_MAX] = {"ipv4", "ipv6"};

/* A line that grows to the right, column by column. */
struct line {
	char text[LINE_BYTES];
	size_t used;
};

static void left(struct line *line, const char *text, size_t length, size_t width)
{
	memcpy(line->text + line->used, text, length);
	line->used += length;
	for (; length < width; length++)
		line->text[line->used++] = ' ';
	line->text[line->used++] = ' ';
}

static void right(struct line *line, const char *text, size_t length, size_t width)
{
	for (size_t i = length; i < width; i++)
		line->text[line->used++] = ' ';
	left(line, text, length, 0);
}

static void number(struct line *line, uint64_t value, size_t width)
{
	char text[24];

	right(line, text, (size_t)(vfg_number_text(text, value) - text), width);
}

static void span(struct line *line, const struct vfg_flow_print *print, uint32_t ticks)
{
	char text[VFG_AGE_TEXT_MAX];

	right(line, text, vfg_age_text(vfg_age_ms(ticks, print->jiffies_hz), text), 7);
}

/* "icmp/77": with the identifier that tells pings apart. */
static size_t protocol_text(const struct vfg_flow *flow, char *ret_text)
{
	size_t length = vfg_endpoint_protocol_text(flow->protocol, ret_text);

	if (flow->protocol != IPPROTO_ICMP && flow->protocol != IPPROTO_ICMPV6)
		return length;
	ret_text[length++] = '/';
	return (size_t)(vfg_number_text(ret_text + length, flow->local_port) - ret_text);
}

static size_t local_text(const struct vfg_flow *flow, char *ret_text)
{
	return vfg_endpoint_text(flow->family, flow->local, vfg_flow_port(flow, flow->local_port),
				 ret_text);
}

static size_t remote_text(const struct vfg_flow *flow, char *ret_text)
{
	return vfg_endpoint_text(flow->family, flow->remote, vfg_flow_port(flow, flow->remote_port),
				 ret_text);
}

static const char *policy_of(const struct vfg_flow_print *print, const struct vfg_flow *flow)
{
	if ((int32_t)(flow->generation - print->keep_since) < 0)
		return "outdated";
	return flow->generation == print->generation ? "current" : "older";
}

/* As wide as the widest of those shown. */
static void measure(const struct vfg_flow_print *print, size_t *ret_local, size_t *ret_remote)
{
	char text[VFG_ENDPOINT_TEXT_MAX];

	*ret_local = *ret_remote = ENDPOINT_V4_MAX;
	for (size_t i = 0; i < print->shown; i++) {
		const struct vfg_flow *flow = &print->list->item[print->places[i]].flow;
		size_t length;

		if (flow->family == VFG_IPV4)
			continue;
		length = local_text(flow, text);
		*ret_local = length > *ret_local ? length : *ret_local;
		length = remote_text(flow, text);
		*ret_remote = length > *ret_remote ? length : *ret_remote;
	}
}

static void print_words(FILE *to, const struct vfg_rule_name *rule)
{
	fputs_unlocked(rule->name, to);
	fputc_unlocked(' ', to);
	fputs_unlocked(rule->list, to);
	fputs_unlocked(rule->in_force ? "\n" : " (not in the policy in force)\n", to);
}

static void print_rule(FILE *to, const struct vfg_flow_print *print, uint32_t id)
{
	const struct vfg_rule_name *rule = &print->names->of[id % VFG_POLICY_RULES_MAX];

	if (id >= VFG_POLICY_RULES_MAX || !rule->name)
		fprintf(to, "(of an older policy, id %" PRIu32 ")\n", id);
	else
		print_words(to, rule);
}

static void print_flow(FILE *to, const struct vfg_flow_print *print,
		       const struct vfg_flow_item *item, const size_t width[2])
{
	const struct vfg_flow *flow = &item->flow;
	const char *policy = policy_of(print, flow), *state = vfg_status_states[flow->state];
	char text[VFG_ENDPOINT_TEXT_MAX];
	struct line line;

	line.used = 0;
	left(&line, text, protocol_text(flow, text), 12);
	left(&line, text, local_text(flow, text), width[0]);
	left(&line, text, remote_text(flow, text), width[1]);
	left(&line, directions[flow->opener], strlen(directions[flow->opener]), 8);
	left(&line, state, strlen(state), 11);
	span(&line, print, item->age.idle);
	span(&line, print, item->age.left);
	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		number(&line, flow->packets[i], 9);
		number(&line, flow->bytes[i], 12);
	}
	left(&line, policy, strlen(policy), 8);
	fwrite_unlocked(line.text, 1, line.used, to);
	print_rule(to, print, flow->rule);
}

void vfg_flow_print_text(FILE *to, const struct vfg_flow_print *print)
{
	size_t width[2];

	if (!print->list->count) {
		fputs("no live flow\n", to);
		return;
	}
	measure(print, &width[0], &width[1]);
	fprintf(to, "%-12s %-*s %-*s %-8s %-11s %7s %7s %9s %12s %9s %12s %-8s %s\n", "PROTO",
		(int)width[0], "LOCAL", (int)width[1], "REMOTE", "OPENED", "STATE", "IDLE", "LEFT",
		"IN-PKTS", "IN-BYTES", "OUT-PKTS", "OUT-BYTES", "POLICY", "RULE, LIST");
	for (size_t i = 0; i < print->shown && !ferror(to); i++)
		print_flow(to, print, &print->list->item[print->places[i]], width);
	if (print->shown < print->list->count)
		fprintf(to, "and %zu more\n", print->list->count - print->shown);
}

void vfg_flow_print_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(to, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			fprintf(to, "\\u%04x", (unsigned int)*text);
		else
			fputc_unlocked(*text, to);
	}
	fputc('"', to);
}

/* Without printf(), as it is done for every flow. */
static void json_number(FILE *to, const char *key, uint64_t value)
{
	char text[24];

	fputs_unlocked(key, to);
	fwrite_unlocked(text, 1, (size_t)(vfg_number_text(text, value) - text), to);
}

static void json_end(FILE *to, bool local, const struct vfg_flow *flow)
{
	const char *key = local ? "\",\"localPort\":" : "\",\"remotePort\":";
	uint16_t port = local ? flow->local_port : flow->remote_port;
	char text[VFG_ENDPOINT_TEXT_MAX];

	vfg_address_text(flow->family, local ? flow->local : flow->remote, text);
	fputs_unlocked(local ? "\"localAddress\":\"" : "\"remoteAddress\":\"", to);
	fputs_unlocked(text, to);
	if (vfg_flow_port(flow, port) != VFG_PORT_NONE) {
		json_number(to, key, port);
	} else {
		fputs_unlocked(key, to);
		fputs_unlocked("null", to);
	}
	fputc_unlocked(',', to);
}

static void json_rule(FILE *to, const struct vfg_flow_print *print, uint32_t id)
{
	const struct vfg_rule_name *rule = &print->names->of[id % VFG_POLICY_RULES_MAX];

	fprintf(to, "\"ruleId\":%" PRIu32 ",\"ruleName\":", id);
	if (id >= VFG_POLICY_RULES_MAX || !rule->name) {
		fputs("null,\"list\":null,\"ruleInForce\":false,", to);
		return;
	}
	vfg_flow_print_string(to, rule->name);
	fputs(",\"list\":", to);
	vfg_flow_print_string(to, rule->list);
	fprintf(to, ",\"ruleInForce\":%s,", rule->in_force ? "true" : "false");
}

static void json_seconds(FILE *to, const char *key, uint64_t ms)
{
	fprintf(to, "\"%s\":%" PRIu64 ".%03u,", key, ms / 1000, (unsigned int)(ms % 1000));
}

static void json_flow(FILE *to, const struct vfg_flow_print *print,
		      const struct vfg_flow_item *item)
{
	const struct vfg_flow *flow = &item->flow;
	char protocol[VFG_PROTOCOL_TEXT_MAX];

	vfg_endpoint_protocol_text(flow->protocol, protocol);
	fprintf(to, "{\"family\":\"%s\",\"protocol\":%u,\"protocolName\":\"%s\",",
		families[flow->family], flow->protocol, protocol);
	json_end(to, true, flow);
	json_end(to, false, flow);
	if (flow->protocol == IPPROTO_ICMP || flow->protocol == IPPROTO_ICMPV6)
		fprintf(to, "\"icmpType\":%u,\"icmpId\":%u,", flow->icmp_query, flow->local_port);
	fprintf(to, "\"direction\":\"%s\",\"state\":\"%s\",", directions[flow->opener],
		vfg_status_states[flow->state]);
	json_seconds(to, "idleSeconds", vfg_age_ms(item->age.idle, print->jiffies_hz));
	json_seconds(to, "leftSeconds", vfg_age_ms(item->age.left, print->jiffies_hz));
	json_rule(to, print, flow->rule);
	fprintf(to, "\"generation\":%" PRIu32 ",\"policy\":\"%s\",", flow->generation,
		policy_of(print, flow));
	json_number(to, "\"inbound\":{\"packets\":", flow->packets[VFG_INBOUND]);
	json_number(to, ",\"bytes\":", flow->bytes[VFG_INBOUND]);
	json_number(to, "},\"outbound\":{\"packets\":", flow->packets[VFG_OUTBOUND]);
	json_number(to, ",\"bytes\":", flow->bytes[VFG_OUTBOUND]);
	fputs_unlocked("}}", to);
}

void vfg_flow_print_json(FILE *to, const struct vfg_flow_print *print)
{
	fputs("{\"master\":", to);
	vfg_flow_print_string(to, print->master);
	fprintf(to,
		",\"generation\":%" PRIu32 ",\"room\":%" PRIu64
		",\"matched\":%zu,\"shown\":%zu,\"flows\":[",
		print->generation, print->room, print->list->count, print->shown);
	for (size_t i = 0; i < print->shown && !ferror(to); i++) {
		fputs(i ? ",\n" : "\n", to);
		json_flow(to, print, &print->list->item[print->places[i]]);
	}
	fputs(print->shown ? "\n]}\n" : "]}\n", to);
}
