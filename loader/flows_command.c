/* SPDX-License-Identifier: GPL-2.0-only */
/* The flows command: lists live flows, or forgets them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "flow_list.h"
#include "flow_match.h"
#include "flow_print.h"
#include "flow_view.h"
#include "loaded.h"
#include "output.h"
#include "say.h"

enum {
	/* A flow whose state changes more often while it is forgotten is left for another run. */
	FORGET_ATTEMPTS = 16,
};

struct flows {
	const char *name;
	bool json, flush, has_order, has_limit;
	enum vfg_flow_order order;
	size_t limit;
	struct vfg_flow_filter filter;
};

static int take_limit(struct flows *flows, const char *text)
{
	char *end;

	flows->has_limit = true;
	flows->limit = strtoul(text, &end, 10);
	return *text < '0' || *text > '9' || *end || !flows->limit ? -EINVAL : 0;
}

/* argv[*index] and its value. Return: whether it is one of ours; @ret_err: what became of it. */
static bool take_shape(struct flows *flows, int argc, char **argv, int *index, int *ret_err)
{
	const char *argument = argv[*index];
	const char *value = *index + 1 < argc ? argv[*index + 1] : "";

	*ret_err = 0;
	if (!strcmp(argument, "--sort")) {
		flows->has_order = true;
		if (vfg_flow_order_parse(value, &flows->order))
			*ret_err = vfg_say(VFG_EXIT_USAGE, argument,
					   "takes bytes, packets, idle, left or state");
	} else if (!strcmp(argument, "--limit")) {
		if (take_limit(flows, value))
			*ret_err = vfg_say(VFG_EXIT_USAGE, argument, "takes a number from 1 on");
	} else {
		return false;
	}
	*index += 2;
	return true;
}

static int take_word(struct flows *flows, char **argv, int *index)
{
	const char *argument = argv[(*index)++];

	if (!strcmp(argument, "--json"))
		flows->json = true;
	else if (!strcmp(argument, "--flush"))
		flows->flush = true;
	else if (argument[0] == '-' || flows->name)
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of flows; see --help");
	else
		flows->name = argument;
	return 0;
}

static int parse(int argc, char **argv, struct flows *flows)
{
	int index = 1;

	while (index < argc) {
		const char *argument = argv[index], *problem = NULL;
		int err = 0;
		int taken = vfg_flow_filter_take(&flows->filter, argc, argv, &index, &problem);

		if (taken < 0)
			return vfg_say(VFG_EXIT_USAGE, argument, "%s", problem);
		if (!taken && !take_shape(flows, argc, argv, &index, &err))
			err = take_word(flows, argv, &index);
		if (err)
			return err;
	}
	if (!flows->name)
		return vfg_say(VFG_EXIT_USAGE, "flows", "no device; give DEV");
	if (flows->flush && (flows->has_order || flows->has_limit))
		return vfg_say(VFG_EXIT_USAGE, "--flush",
			       "takes filters, but neither --sort nor --limit");
	return 0;
}

/* A flow that is live and meant. */
static bool read_meant(const struct flows *flows, const struct vfg_flow_view *view, int family,
		       uint32_t slot, struct vfg_flow_item *ret_item)
{
	struct vfg_flow *flow = &ret_item->flow;

	return vfg_flow_slot_read(&view->table[family], slot, flow) &&
	       vfg_flow_matches(&flows->filter, flow, vfg_flow_view_rule(view, flow->rule)) &&
	       vfg_flow_age_of(&view->control, flow, view->now, &ret_item->age);
}

static int collect(const struct flows *flows, const struct vfg_flow_view *view,
		   struct vfg_flow_list *list)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		for (uint32_t slot = 0; slot < view->table[family].slots; slot++) {
			struct vfg_flow_item item;

			if (read_meant(flows, view, family, slot, &item) &&
			    vfg_flow_list_add(list, &item.flow, &item.age))
				return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
		}
	}
	return 0;
}

static int show(const struct flows *flows, const struct vfg_flow_view *view)
{
	struct vfg_flow_list list __attribute__((cleanup(vfg_flow_list_free))) = {};
	autofree uint32_t *places = NULL;
	int err = collect(flows, view, &list);
	struct vfg_flow_print print = {
		.master = flows->name,
		.names = view->names,
		.list = &list,
		.shown = flows->has_limit && flows->limit < list.count ? flows->limit : list.count,
		.room = (uint64_t)view->table[VFG_IPV4].slots + view->table[VFG_IPV6].slots,
		.jiffies_hz = view->jiffies_hz,
		.generation = view->policy.memory ? view->policy.tables.policy->generation : 0,
		.keep_since = view->control.keep_since,
	};

	if (err)
		return err;
	places = vfg_flow_list_sort(&list, flows->order);
	if (!places)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	print.places = places;
	vfg_output_begin();
	if (flows->json)
		vfg_flow_print_json(stdout, &print);
	else
		vfg_flow_print_text(stdout, &print);
	return vfg_output_end();
}

/* Only as it was read: one that has moved on is read again, and may not be meant any more. */
static bool forget(const struct flows *flows, const struct vfg_flow_view *view, int family,
		   uint32_t slot)
{
	struct vfg_flow_item item;

	for (int i = 0; i < FORGET_ATTEMPTS; i++) {
		if (!read_meant(flows, view, family, slot, &item))
			return false;
		if (vfg_flow_slot_forget(&view->table[family], &item.flow))
			return true;
	}
	return false;
}

static int flush(const struct flows *flows, const struct vfg_flow_view *view)
{
	uint64_t forgotten = 0;

	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		for (uint32_t slot = 0; slot < view->table[family].slots; slot++)
			forgotten += forget(flows, view, family, slot);
	}
	if (flows->json) {
		fputs("{\"master\":", stdout);
		vfg_flow_print_string(stdout, flows->name);
		printf(",\"forgotten\":%llu}\n", (unsigned long long)forgotten);
	} else {
		printf("%s: %llu flow%s forgotten\n", flows->name, (unsigned long long)forgotten,
		       forgotten == 1 ? "" : "s");
	}
	return vfg_output_end();
}

/* A name that no rule has is a slip of the keyboard, not an empty answer. */
static int check_rule(const struct flows *flows, const struct vfg_flow_view *view)
{
	if (!flows->filter.rule)
		return 0;
	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		if (vfg_rule_name_is(&view->names->of[id], flows->filter.rule))
			return 0;
	}
	return vfg_say(VFG_EXIT_REFUSED, flows->filter.rule,
		       "no rule of that name, now or in a policy before; `%s counters %s` lists "
		       "them",
		       vfg_say_program(), flows->name);
}

int vfg_command_flows(int argc, char **argv)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	autoview struct vfg_flow_view view = {.policy.fd = -1};
	struct flows flows = {.order = VFG_FLOW_BY_BYTES};
	int err = parse(argc, argv, &flows);

	if (!err)
		err = vfg_capability_check_maps("flows");
	if (!err)
		err = vfg_loaded_open(flows.name, VFG_LOADED_READ, &loaded);
	if (!err)
		err = vfg_flow_view_open(&loaded, flows.name, flows.flush, &view);
	if (!err)
		err = check_rule(&flows, &view);
	if (err)
		return err;
	return flows.flush ? flush(&flows, &view) : show(&flows, &view);
}
