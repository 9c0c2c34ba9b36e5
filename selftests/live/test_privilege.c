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
	{"flows MASTER", 3},
	{"top MASTER --batch", 3},
	{"log MASTER", 3},
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
		cr_expect(
			eq(int, strstr(guest.output, "missing CAP_") != NULL, rows[i].status == 3),
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

/* What reads asks for what reading takes; MASTER stands for the master. */
static const struct {
	const char *command;
	bool asks_devices; /* and so needs CAP_NET_ADMIN besides CAP_BPF */
} readers[] = {
	{"counters MASTER", false},
	{"flows MASTER", false},
	{"flows MASTER --json", false},
	{"top MASTER --batch --count 1 --interval 0.1", false},
	{"log MASTER", false},
	{"verify MASTER --explain --direction Inbound --protocol esp --local ::1 --remote ::2",
	 false},
	{"status MASTER", true},
	{"status MASTER --json", true},
	{"metrics MASTER", true},
};

/* With these capabilities and no other. */
static void read_with(const char *capabilities, const char *user, const char *command)
{
	char text[256];
	const char *at = strstr(command, "MASTER");

	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - command), command, guest.master,
		 at + strlen("MASTER"));
	vfg_guest_run(&guest,
		      "cd %s && setpriv %s --inh-caps=-all%s --bounding-set=-all%s%s%s "
		      "./vfguard %s",
		      guest.folder, user, capabilities, capabilities,
		      *user ? " --ambient-caps=-all" : "", *user ? capabilities : "", text);
}

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

Test(privilege, reading_takes_what_it_names_and_no_more)
{
	vfg_guest_run(&guest, "cd %s; cp %s vfguard; chmod 755 . vfguard", guest.folder,
		      vfg_guest_command());
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		const char *command = readers[i].command;

		read_with(readers[i].asks_devices ? ",+bpf,+net_admin" : ",+bpf", "", command);
		cr_expect(eq(int, guest.status, 0), "%s: %s", command, guest.output);
		read_with(",+net_admin", "", command);
		cr_expect(eq(int, guest.status, 3), "%s: %s", command, guest.output);
		cr_expect(says("missing CAP_BPF (to read maps); run it as root"), "%s: %s", command,
			  guest.output);
		if (readers[i].asks_devices) {
			read_with(",+bpf", "", command);
			cr_expect(eq(int, guest.status, 3), "%s: %s", command, guest.output);
			cr_expect(says("missing CAP_NET_ADMIN (to ask which"), "%s: %s", command,
				  guest.output);
		}
	}
}

/* Who is not root may not open root's pins by CAP_BPF alone. */
Test(privilege, another_user_needs_to_open_pins)
{
	static const char user[] = "--reuid 65534 --regid 65534 --clear-groups";

	vfg_guest_run(&guest, "cd %s; cp %s vfguard; chmod 755 . vfguard", guest.folder,
		      vfg_guest_command());
	read_with(",+bpf", user, "counters MASTER");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(says("missing CAP_DAC_OVERRIDE (to open pins, which are root"), "%s",
		  guest.output);
	read_with(",+bpf,+dac_override", user, "counters MASTER");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(says("securityRules/AllowWeb"), "%s", guest.output);
}
