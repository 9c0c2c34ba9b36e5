/* SPDX-License-Identifier: GPL-2.0-only */
/* Lays out what was ranked. Names and addresses give way where the screen is narrow. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../maps/reason.h"
#include "endpoint.h"
#include "flow_match.h"
#include "status.h"
#include "top_text.h"

enum {
	HEAD_LINES = 2,
	ADDRESS_MIN = 21, /* an IPv4 address with a port */
	ADDRESS_MAX = 47,
	FLOW_FIXED = 33, /* columns of a flow's line beside addresses and rule */
	RULE_MIN = 5,
};

static void add(struct vfg_top_page *page, const struct vfg_top_look *look,
		enum vfg_top_style style, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void add(struct vfg_top_page *page, const struct vfg_top_look *look,
		enum vfg_top_style style, const char *format, ...)
{
	size_t room = look->columns < VFG_TOP_COLUMNS_MAX ? look->columns : VFG_TOP_COLUMNS_MAX;
	char *line = page->line[page->count % VFG_TOP_LINES_MAX];
	va_list arguments;

	if (page->count >= look->lines || page->count >= VFG_TOP_LINES_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(line, room + 1, format, arguments);
	va_end(arguments);
	/* Names are not ours; what moves a cursor does not get to the terminal. */
	for (; *line; line++) {
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
	}
	page->style[page->count++] = style;
}

void vfg_top_rate_text(uint64_t amount, uint64_t interval_ms, char *ret_text)
{
	static const char units[] = "\0kMGTPE";
	unsigned __int128 tenths = (unsigned __int128)amount * 10000 / (interval_ms ?: 1);
	int unit = 0;

	if (amount && !tenths)
		tenths = 1;
	while (tenths >= 9995 && unit < 6) {
		tenths = (tenths + 500) / 1000;
		unit++;
	}
	if (!tenths)
		snprintf(ret_text, VFG_TOP_RATE_TEXT_MAX, "0");
	else if (tenths < 100)
		snprintf(ret_text, VFG_TOP_RATE_TEXT_MAX, "%u.%u%.1s", (unsigned int)tenths / 10,
			 (unsigned int)tenths % 10, &units[unit]);
	else
		snprintf(ret_text, VFG_TOP_RATE_TEXT_MAX, "%u%.1s", (unsigned int)(tenths + 5) / 10,
			 &units[unit]);
}

/* Three rates side by side. */
struct rates {
	char packets[VFG_TOP_RATE_TEXT_MAX];
	char bytes[VFG_TOP_RATE_TEXT_MAX];
};

static struct rates rates_of(const struct vfg_top_look *look, const struct vfg_top_count *count)
{
	struct rates rates;

	vfg_top_rate_text(count->packets, look->interval_ms, rates.packets);
	vfg_top_rate_text(count->bytes, look->interval_ms, rates.bytes);
	return rates;
}

/* The end of a name says more than its beginning, which many share. */
static const char *short_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && slash[1] ? slash + 1 : name;
}

static void add_rules(const struct vfg_top *top, const struct vfg_top_look *look, size_t lines,
		      struct vfg_top_page *page)
{
	add(page, look, VFG_TOP_HEADING, "%8s %8s %8s %-6s %-8s %s", "PACKETS", "BYTES", "HITS",
	    "ACCESS", "DIRECT", "RULE");
	for (size_t i = 0; i < top->rules && i + 1 < lines; i++) {
		const struct vfg_top_rule *row = &top->rule[i];
		const struct vfg_rule_name *rule = &look->names->of[row->id % VFG_POLICY_RULES_MAX];
		struct rates rates = rates_of(look, &row->count);
		bool denies = rule->action == VFG_ACTION_DENY;
		char hits[VFG_TOP_RATE_TEXT_MAX];

		vfg_top_rate_text(row->hits, look->interval_ms, hits);
		add(page, look, denies ? VFG_TOP_BAD : VFG_TOP_PLAIN,
		    "%8s %8s %8s %-6s %-8s %s, %s", rates.packets, rates.bytes, hits,
		    denies ? "Deny" : "Allow",
		    rule->direction == VFG_INBOUND ? "Inbound" : "Outbound",
		    rule->name ? rule->name : "?", rule->list ? rule->list : "?");
	}
}

/* Cut in the middle, where it does not fit: both ends tell addresses apart. */
static void fit(char *text, size_t room)
{
	size_t length = strlen(text), front = room / 2, back = room - front - 1;

	if (length <= room)
		return;
	text[front] = '~';
	memmove(text + front + 1, text + length - back, back + 1);
}

static void add_flow(const struct vfg_top_look *look, const struct vfg_top_flow *row, size_t width,
		     struct vfg_top_page *page)
{
	const struct vfg_flow *flow = &row->flow;
	const char *rule = look->names->of[flow->rule % VFG_POLICY_RULES_MAX].name;
	struct rates rates = rates_of(look, &row->count);
	char local[VFG_ENDPOINT_TEXT_MAX], remote[VFG_ENDPOINT_TEXT_MAX];
	char protocol[VFG_PROTOCOL_TEXT_MAX];

	vfg_endpoint_protocol_text(flow->protocol, protocol);
	vfg_endpoint_text(flow->family, flow->local, vfg_flow_port(flow, flow->local_port), local);
	vfg_endpoint_text(flow->family, flow->remote, vfg_flow_port(flow, flow->remote_port),
			  remote);
	fit(local, width);
	fit(remote, width);
	add(page, look, VFG_TOP_PLAIN, "%8s %8s %-6s %-*s %s %-*s %s", rates.packets, rates.bytes,
	    protocol, (int)width, local, flow->opener == VFG_INBOUND ? "<-" : "->", (int)width,
	    remote, rule ? short_name(rule) : "?");
}

/* What the rule's name leaves over is the addresses'. */
static size_t address_width(const struct vfg_top_look *look)
{
	size_t width = look->columns > FLOW_FIXED + RULE_MIN
			       ? (look->columns - FLOW_FIXED - RULE_MIN) / 2
			       : 0;

	return width < ADDRESS_MIN ? ADDRESS_MIN : width > ADDRESS_MAX ? ADDRESS_MAX : width;
}

static void add_flows(const struct vfg_top *top, const struct vfg_top_look *look, size_t lines,
		      struct vfg_top_page *page)
{
	size_t width = address_width(look);

	add(page, look, VFG_TOP_HEADING, "%8s %8s %-6s %-*s    %-*s %s", "PACKETS", "BYTES",
	    "PROTO", (int)width, "LOCAL", (int)width, "REMOTE", "RULE");
	for (size_t i = 0; i < top->flows && i + 1 < lines; i++)
		add_flow(look, &top->flow[i], width, page);
}

static void add_drops(const struct vfg_top *top, const struct vfg_top_look *look, size_t lines,
		      struct vfg_top_page *page)
{
	add(page, look, VFG_TOP_HEADING, "%8s %8s %-12s %s", "PACKETS", "BYTES", "HOOK",
	    "DROPPED BECAUSE");
	for (size_t i = 0; i < top->drops && i + 1 < lines; i++) {
		const struct vfg_top_drop *row = &top->drop[i];
		struct rates rates = rates_of(look, &row->count);

		add(page, look, VFG_TOP_BAD, "%8s %8s %-12s %s", rates.packets, rates.bytes,
		    vfg_status_hooks[row->hook], vfg_status_reasons[row->reason]);
	}
}

static void add_head(const struct vfg_top *top, const struct vfg_top_look *look,
		     struct vfg_top_page *page)
{
	struct rates allowed = rates_of(look, &top->allowed);
	struct rates dropped = rates_of(look, &top->dropped);

	add(page, look, VFG_TOP_TITLE, "%s  %s  %" PRIu64 " flows of %" PRIu64 "  policy %s, %u",
	    look->clock, look->master, top->live, look->room, look->policy, look->generation);
	add(page, look, top->dropped.packets ? VFG_TOP_BAD : VFG_TOP_PLAIN,
	    "a second: allowed %s packets, %s bytes; dropped %s packets, %s bytes (%s first)",
	    allowed.packets, allowed.bytes, dropped.packets, dropped.bytes,
	    top->by_packets ? "packets" : "bytes");
	if (look->keys)
		add(page, look, VFG_TOP_PLAIN,
		    "r rules  f flows  d drops  a all  Tab next  b by bytes  p by packets  q quit");
}

/* On one screen: few drops, a third for rules, the rest for flows. */
static void add_all(const struct vfg_top *top, const struct vfg_top_look *look, size_t lines,
		    struct vfg_top_page *page)
{
	size_t drops = top->drops + 1 < lines / 4 ? top->drops + 1 : lines / 4;
	size_t rules = top->rules + 1 < lines / 3 ? top->rules + 1 : lines / 3;

	add_rules(top, look, rules, page);
	add_drops(top, look, drops, page);
	add_flows(top, look, lines - rules - drops, page);
}

void vfg_top_text(const struct vfg_top *top, const struct vfg_top_look *look,
		  struct vfg_top_page *ret_page)
{
	size_t head = HEAD_LINES + look->keys;
	size_t lines = look->lines > head ? look->lines - head : 0;

	ret_page->count = 0;
	add_head(top, look, ret_page);
	switch (look->view) {
	case VFG_TOP_ALL:
		add_all(top, look, lines, ret_page);
		break;
	case VFG_TOP_RULES:
		add_rules(top, look, lines, ret_page);
		break;
	case VFG_TOP_FLOWS:
		add_flows(top, look, lines, ret_page);
		break;
	case VFG_TOP_DROPS:
		add_drops(top, look, lines, ret_page);
		break;
	case VFG_TOP_VIEWS:
		break;
	}
}
