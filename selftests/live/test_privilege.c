/* SPDX-License-Identifier: GPL-2.0-only */
/* Without privileges: what needs none works, the rest names what is missing, and touches nothing.
 */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "guest.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void tear_down(void)
{
	if (guest.master[0])
		vfg_guest_tear_down(&guest);
}

TestSuite(privilege, .init = set_up, .fini = tear_down, .timeout = 120);

/* MASTER stands for the master. */
static const struct {
	const char *command;
	int status; /* 3: named what is missing */
} rows[] = {
	{"--help", 0},
	{"--version", 0},
	{"help", 0},
	{"load --help", 0},
	{"status --help", 0},
	{"load MASTER -p policy.json", 3},
	{"apply MASTER -p policy.json", 3},
	{"unload MASTER", 3},
	{"status", 3},
	{"status MASTER --json", 3},
	{"status --watch", 3},
	{"counters MASTER", 3},
	{"metrics", 3},
	{"metrics --output here.prom", 3},
	{"verify MASTER --direction Inbound --protocol esp --local 192.0.2.10 --remote 192.0.2.1",
	 3},
	{"verify MASTER --explain --direction Inbound --protocol esp --local 192.0.2.10 --remote "
	 "192.0.2.1",
	 3},
	{"clean", 3},
	{"daemon", 3},
	{"daemon -c good.conf --check", 0},
	{"daemon -c bad.conf --check", 1},
	/* wrong usage is told first, whoever asks */
	{"status --wach", 2},
	{"verify MASTER", 2},
	{"metrics --format html", 2},
	{"unlaod MASTER", 2},
};

static void run(const char *command)
{
	char text[256] = "";

	for (const char *at = command; *at;) {
		bool is_master = !strncmp(at, "MASTER", 6);
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%.*s",
			 is_master ? (int)sizeof(guest.master) : 1, is_master ? guest.master : at);
		at += is_master ? 6 : 1;
	}
	/* A copy that everybody may run, wherever the build is. */
	vfg_guest_run(&guest,
		      "cd %s && exec timeout 20 setpriv --reuid 65534 --regid 65534 --clear-groups "
		      "./vfguard %s",
		      guest.folder, text);
}

Test(privilege, every_command_works_or_names_what_is_missing)
{
	vfg_guest_run(&guest,
		      "cd %s; cp %s vfguard; chmod 755 . vfguard; echo \"[daemon]\" >good.conf; "
		      "echo \"[demon]\" >bad.conf",
		      guest.folder, vfg_guest_command());
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run(rows[i].command);
		cr_expect(eq(int, guest.status, rows[i].status), "%s: %s", rows[i].command,
			  guest.output);
		cr_expect(eq(int, strstr(guest.output, "missing CAP_BPF") != NULL,
			     rows[i].status == 3),
			  "%s: %s", rows[i].command, guest.output);
	}
	cr_expect(vfg_guest_has_pins(&guest));
	vfg_guest_run(&guest, "test ! -e %s/here.prom", guest.folder);
	cr_expect(eq(int, guest.status, 0));
}

/* Each of them alone taken away is named, and no other. */
Test(privilege, the_one_that_is_missing_is_named)
{
	static const char *const needed[] = {"net_admin", "bpf"};
	static const char *const named[] = {"missing CAP_NET_ADMIN (", "missing CAP_BPF ("};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		vfg_guest_run(&guest,
			      "setpriv --bounding-set -%s,-sys_admin --inh-caps -%s,-sys_admin %s "
			      "status %s",
			      needed[i], needed[i], vfg_guest_command(), guest.master);
		cr_expect(eq(int, guest.status, 3), "%s", guest.output);
		cr_expect(not(eq(ptr, strstr(guest.output, named[i]), NULL)), "%s", guest.output);
		cr_expect(eq(ptr, strstr(guest.output, "), "), NULL), "%s", guest.output);
	}
}

/* What the service has is enough to look. */
Test(privilege, looking_takes_no_more_than_the_service_has)
{
	static const char *const commands[] = {
		"status %s", "status %s --json", "metrics %s",
		"verify %s --explain --direction Inbound --protocol esp --local ::1 --remote ::2"};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		char command[256];

		snprintf(command, sizeof(command), commands[i], guest.master);
		vfg_guest_run(&guest,
			      "setpriv --bounding-set -sys_admin --inh-caps -sys_admin %s %s",
			      vfg_guest_command(), command);
		cr_expect(eq(int, guest.status, 0), "%s: %s", command, guest.output);
	}
}
