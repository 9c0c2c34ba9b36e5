/* SPDX-License-Identifier: GPL-2.0-only */
/* What load refuses, with which exit status, and that nothing of it stays. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "guest.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_guest_run(&guest,
		      "cd %s; echo \"{\\\"a\\\": 1}\" >kind.json; echo \"{\" >cut.json; : >empty",
		      guest.folder);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(refuse, .init = set_up, .fini = tear_down, .timeout = 60);

static void expect_nothing_left(void)
{
	cr_expect(not(vfg_guest_has_pins(&guest)));
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 1), "XDP");
	vfg_guest_run(&guest, "tc filter show dev %s ingress; tc filter show dev %s egress",
		      guest.master, guest.master);
	cr_expect(eq(ptr, strstr(guest.output, "vfg_tc"), NULL), "%s", guest.output);
}

struct row {
	const char *name;
	const char *device; /* NULL: the master */
	const char *arguments;
	int status;
	const char *says;
};

static const struct row rows[] = {
	{"unknown device", "nothere0", "-p policy.json", 1, "no such device"},
	{"lower device", "p0", "-p policy.json", 1, "name the master"},
	{"loopback", "lo", "-p policy.json", 1, "loopback"},
	{"missing file", NULL, "-p missing.json", 1, "missing.json: "},
	{"folder", NULL, "-p /etc", 1, "/etc: "},
	{"wrong kind", NULL, "-p kind.json", 1, "kind.json: "},
	{"cut JSON", NULL, "-p cut.json", 1, "cut.json: "},
	{"empty file", NULL, "-p empty", 1, "empty: "},
	{"no policy", NULL, "", 2, "no policy"},
	{"no file", NULL, "-p", 2, "-p: "},
	{"two policies", NULL, "-p policy.json -p policy.json", 2, "-p: "},
	{"unknown mode", NULL, "-p policy.json --mode fast", 2, "--mode: "},
	{"no way of TC", NULL, "-p policy.json --tc xdp", 2, "--tc: "},
	{"no number", NULL, "-p policy.json --flows many", 2, "--flows: "},
	{"no time-out", NULL, "-p policy.json --timeout", 2, "--timeout: "},
	{"a time-out of nothing", NULL, "-p policy.json --timeout idle=5", 2, "half-open"},
	{"a time-out of none", NULL, "-p policy.json --timeout other=0", 2, "--timeout: "},
	{"a time-out too long", NULL, "-p policy.json --timeout other=86401", 2, "--timeout: "},
	{"half a time-out", NULL, "-p policy.json --timeout other=9,closing", 2, "--timeout: "},
	{"unknown flag", NULL, "-p policy.json --what", 2, "--what: "},
};

Test(refuse, bad_input_gets_one_line_and_leaves_nothing)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const char *end;

		vfg_guest_vfguard(&guest, "load %s %s", row->device ? row->device : guest.master,
				  row->arguments);
		end = strchr(guest.output, '\n');
		cr_expect(eq(int, guest.status, row->status), "%s: %s", row->name, guest.output);
		cr_expect(not(eq(ptr, strstr(guest.output, row->says), NULL)), "%s: %s", row->name,
			  guest.output);
		cr_expect(eq(int, end && !end[1], 1), "%s, one line: %s", row->name, guest.output);
	}
	expect_nothing_left();
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
}

Test(refuse, nothing_loaded_is_not_an_error_of_status)
{
	vfg_guest_vfguard(&guest, "status");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "nothing is loaded"), NULL)), "%s",
		  guest.output);
}

Test(refuse, without_privileges_the_missing_capabilities_are_named)
{
	/* The identity may be allowed to read neither the build folder nor the policy: keep it. */
	vfg_guest_run(&guest,
		      "cd %s && setpriv --inh-caps -all --bounding-set -all %s load %s "
		      "-p policy.json --tag VirtualNetwork=203.0.113.0/24",
		      guest.folder, vfg_guest_command(), guest.master);
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "CAP_BPF"), NULL)), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "CAP_NET_ADMIN"), NULL)), "%s", guest.output);
	expect_nothing_left();
}

Test(refuse, without_privileges_nothing_else_is_complained_of)
{
	static const char *const commands[] = {"load nothere0", "apply nothere0"};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		vfg_guest_run(&guest,
			      "setpriv --inh-caps -all --bounding-set -all %s %s -p missing.json",
			      vfg_guest_command(), commands[i]);
		cr_expect(eq(int, guest.status, 3), "%s", guest.output);
		cr_expect(not(eq(ptr, strstr(guest.output, "CAP_BPF"), NULL)), "%s", guest.output);
	}
}

Test(refuse, arguments_that_a_command_does_not_take)
{
	vfg_guest_vfguard(&guest, "verify %s --batch batch --json", guest.master);
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	vfg_guest_vfguard(&guest, "features --json");
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "--json: not an argument"), NULL)), "%s",
		  guest.output);
}

static void load(const char *more)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 %s",
			  guest.master, more);
}

Test(refuse, a_loaded_master_is_not_loaded_again)
{
	load("");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	load("");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "already loaded"), NULL)), "%s", guest.output);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0));
}

Test(refuse, of_two_loads_at_once_one_wins)
{
	int statuses[2] = {-1, -1}, won;
	pid_t child[2];

	for (int i = 0; i < 2; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			load("");
			_exit(guest.status);
		}
	}
	for (int i = 0; i < 2; i++) {
		int status = 0;

		waitpid(child[i], &status, 0);
		statuses[i] = WEXITSTATUS(status);
	}
	won = statuses[0] == 0 ? 0 : 1;
	cr_expect(eq(int, statuses[won], 0));
	cr_expect(eq(int, statuses[!won], 1));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "TC ingress on, TC egress on"), NULL)), "%s",
		  guest.output);
}

Test(refuse, a_foreign_filter_in_our_place_stays_and_load_undoes_itself)
{
	vfg_guest_foreign_filter(&guest, 1, 1);
	load("--tc clsact");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "another TC filter"), NULL)), "%s",
		  guest.output);
	expect_nothing_left();
	vfg_guest_run(&guest, "tc filter show dev %s ingress", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "foreign"), NULL)), "%s", guest.output);
}

Test(refuse, a_foreign_filter_of_another_kind_is_named_too)
{
	vfg_guest_run(&guest,
		      "tc qdisc add dev %s clsact && tc filter add dev %s ingress prio 1 "
		      "protocol all u32 match u32 0 0 classid 1:1",
		      guest.master, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	load("--tc clsact");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "another TC filter"), NULL)), "%s",
		  guest.output);
	expect_nothing_left();
	vfg_guest_run(&guest, "tc filter show dev %s ingress", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "u32"), NULL)), "%s", guest.output);
}

Test(refuse, native_mode_beside_a_foreign_program_is_refused_and_undone)
{
	vfg_guest_foreign_xdp(&guest, "p0");
	load("--mode native");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "another XDP program"), NULL)), "%s",
		  guest.output);
	cr_expect(not(vfg_guest_has_pins(&guest)));
	vfg_guest_run(&guest, "tc filter show dev %s ingress", guest.master);
	cr_expect(eq(str, guest.output, ""));
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0),
		  "the foreign program");
}

Test(refuse, auto_mode_beside_a_foreign_program_enforces_by_tc_and_says_so)
{
	vfg_guest_foreign_xdp(&guest, "p0");
	load("");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "no XDP"), NULL)), "%s", guest.output);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(eq(ptr, strstr(guest.output, "xdp tc-only (another XDP program"), NULL)),
		  "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0),
		  "the foreign program");
}

Test(refuse, the_pins_of_another_namespace_are_not_touched)
{
	load("");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	/* The outside host gets a device of the same name. */
	vfg_guest_run_outside(&guest, "ip link add %s type bridge", guest.master);
	{
		struct vfg_guest other = guest;

		strcpy(other.inside, guest.outside);
		vfg_guest_vfguard(&other,
				  "load %s -p policy.json --tag "
				  "VirtualNetwork=203.0.113.0/24",
				  guest.master);
		cr_expect(eq(int, other.status, 1), "%s", other.output);
		cr_expect(not(eq(ptr, strstr(other.output, "another network namespace"), NULL)),
			  "%s", other.output);
		vfg_guest_vfguard(&other, "unload %s", guest.master);
		cr_expect(eq(int, other.status, 1), "%s", other.output);
	}
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
}
