/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes what was ranked as an object a line, for scripts. */
#include <inttypes.h>
#include <stdio.h>

#include "../maps/reason.h"
#include "endpoint.h"
#include "flow_match.h"
#include "flow_print.h"
#include "status.h"
#include "top_text.h"

static const char *direction_of(uint32_t direction)
{
	return direction == VFG_INBOUND ? "Inbound" : "Outbound";
}

static void put_count(FILE *to, const struct vfg_top_count *count)
{
	fprintf(to, "\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64, count->packets, count->bytes);
}

static void put_name(FILE *to, const struct vfg_rule_name *rule)
{
	fputs("\"ruleName\":", to);
	vfg_flow_print_string(to, rule->name ? rule->name : "");
	fputs(",\"list\":", to);
	vfg_flow_print_string(to, rule->name ? rule->list : "");
	fprintf(to, ",\"ruleInForce\":%s,", rule->in_force ? "true" : "false");
}

static void put_rule(FILE *to, const struct vfg_top_look *look, const struct vfg_top_rule *row)
{
	const struct vfg_rule_name *rule = &look->names->of[row->id % VFG_POLICY_RULES_MAX];

	fprintf(to, "{\"direction\":\"%s\",\"access\":\"%s\",", direction_of(rule->direction),
		rule->action == VFG_ACTION_DENY ? "Deny" : "Allow");
	put_name(to, rule);
	put_count(to, &row->count);
	fprintf(to, ",\"hits\":%" PRIu64 "}", row->hits);
}

static void put_end(FILE *to, const char *key, const struct vfg_flow *flow, const uint8_t *address,
		    uint16_t port)
{
	char text[VFG_ENDPOINT_TEXT_MAX];

	vfg_endpoint_text(flow->family, address, vfg_flow_port(flow, port), text);
	fprintf(to, "\"%s\":\"%s\",", key, text);
}

static void put_flow(FILE *to, const struct vfg_top_look *look, const struct vfg_top_flow *row)
{
	const struct vfg_flow *flow = &row->flow;
	char protocol[VFG_PROTOCOL_TEXT_MAX];

	vfg_endpoint_protocol_text(flow->protocol, protocol);
	fprintf(to, "{\"protocol\":%u,\"protocolName\":\"%s\",", flow->protocol, protocol);
	put_end(to, "local", flow, flow->local, flow->local_port);
	put_end(to, "remote", flow, flow->remote, flow->remote_port);
	fprintf(to, "\"direction\":\"%s\",", direction_of(flow->opener));
	put_name(to, &look->names->of[flow->rule % VFG_POLICY_RULES_MAX]);
	put_count(to, &row->count);
	fputc('}', to);
}

static void put_drop(FILE *to, const struct vfg_top_drop *row)
{
	fprintf(to, "{\"hook\":\"%s\",\"reason\":\"%s\",", vfg_status_hooks[row->hook],
		vfg_status_reasons[row->reason]);
	put_count(to, &row->count);
	fputc('}', to);
}

void vfg_top_json(FILE *to, const struct vfg_top *top, const struct vfg_top_look *look,
		  const char *time)
{
	fprintf(to, "{\"time\":\"%s\",\"master\":", time);
	vfg_flow_print_string(to, look->master);
	fprintf(to,
		",\"seconds\":%" PRIu64 ".%03" PRIu64 ",\"flowsLive\":%" PRIu64
		",\"flowsRoom\":%" PRIu64 ",\"policy\":",
		look->interval_ms / 1000, look->interval_ms % 1000, top->live, look->room);
	vfg_flow_print_string(to, look->policy);
	fprintf(to, ",\"generation\":%u,\"allowed\":{", look->generation);
	put_count(to, &top->allowed);
	fputs("},\"dropped\":{", to);
	put_count(to, &top->dropped);
	fputs("},\"rules\":[", to);
	for (size_t i = 0; i < top->rules; i++) {
		fputs(i ? "," : "", to);
		put_rule(to, look, &top->rule[i]);
	}
	fputs("],\"flows\":[", to);
	for (size_t i = 0; i < top->flows; i++) {
		fputs(i ? "," : "", to);
		put_flow(to, look, &top->flow[i]);
	}
	fputs("],\"drops\":[", to);
	for (size_t i = 0; i < top->drops; i++) {
		fputs(i ? "," : "", to);
		put_drop(to, &top->drop[i]);
	}
	fputs("]}\n", to);
}
