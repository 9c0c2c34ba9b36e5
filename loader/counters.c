/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters command: what each rule has decided, of the policy in force and of those before. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "active.h"
#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "count.h"
#include "loaded.h"
#include "output.h"
#include "rule_list.h"
#include "say.h"
#include "tick.h"

struct counters {
	const char *name;
	bool json;
	struct vfg_rule_print print;
};

/* What it takes to show them; large. */
struct counted {
	struct vfg_rule_names names;
	struct vfg_rule_list list;
	struct vfg_retired retired;
};

static void free_counted(struct counted **counted)
{
	if (*counted)
		vfg_retired_close(&(*counted)->retired);
	free(*counted);
}

static int take(struct counters *counters, int argc, char **argv, int *index)
{
	const char *argument = argv[(*index)++];

	if (!strcmp(argument, "--json")) {
		counters->json = true;
	} else if (!strcmp(argument, "--unused")) {
		counters->print.unused = true;
	} else if (!strcmp(argument, "--sort")) {
		if (*index == argc || vfg_rule_order_parse(argv[*index], &counters->print.order))
			return vfg_say(VFG_EXIT_USAGE, argument,
				       "takes policy, hits, packets, bytes or last");
		(*index)++;
	} else if (argument[0] == '-' || counters->name) {
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of counters; see --help");
	} else {
		counters->name = argument;
	}
	return 0;
}

/* The clock after the counters, so that no hit is newer. */
static int gather(const struct vfg_pins *pins, const struct vfg_active *active,
		  struct counted *counted, struct vfg_rule_print *print)
{
	int err;

	vfg_rule_names_add(&counted->names, &active->tables, true);
	if (!vfg_retired_open(pins, &counted->retired))
		vfg_rule_names_add_retired(&counted->names, &counted->retired);
	vfg_rule_list_fill(&active->tables, &counted->list);
	vfg_rule_list_fill_gone(&counted->list);
	err = vfg_count_rules(pins, counted->list.id, counted->list.count, counted->list.counted);
	vfg_rule_list_drop_unused_gone(&counted->list);
	if (!err)
		err = vfg_tick_now(&print->now);
	print->now_s = time(NULL);
	print->names = &counted->names;
	print->list = &counted->list;
	return err;
}

static int show(struct counters *counters, const struct vfg_loaded *loaded)
{
	autoactive struct vfg_active active = {.fd = -1};
	struct counted *counted __attribute__((cleanup(free_counted))) =
		calloc(1, sizeof(*counted));
	struct vfg_rule_print *print = &counters->print;
	int err = counted ? vfg_active_open(&loaded->pins, &active) : -ENOMEM;

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, counters->name, "its policy cannot be read: %s",
			       strerror(-err));
	err = gather(&loaded->pins, &active, counted, print);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, counters->name, "its counters cannot be read: %s",
			       strerror(-err));
	err = vfg_tick_hz(&print->jiffies_hz);
	if (err)
		return err;
	print->master = counters->name;
	err = counters->json ? vfg_rule_print_json(stdout, print)
			     : vfg_rule_print_text(stdout, print);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	return vfg_output_end();
}

int vfg_command_counters(int argc, char **argv)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	struct counters counters = {};
	int index = 1, err = 0;

	while (!err && index < argc)
		err = take(&counters, argc, argv, &index);
	if (err)
		return err;
	if (!counters.name)
		return vfg_say(VFG_EXIT_USAGE, "counters", "no device; give DEV");
	err = vfg_capability_check_maps("counters");
	if (!err)
		err = vfg_loaded_open(counters.name, VFG_LOADED_READ, &loaded);
	return err ? err : show(&counters, &loaded);
}
