/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's devices and clock in a guest, and the command under hostile hands. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/xdp_feature.h"
#include "diagnosis.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_diagnosis_root(&guest);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(doctor_command, .init = set_up, .fini = tear_down, .timeout = 120);

/* ---- devices ---- */

static const struct vfg_diagnosis_row devices[] = {
	{"a VF that is down", "ip link set dev p0 down", NULL, "vf-down", "warning", "p0",
	 "is down"},
	{"a driver without native XDP", "ip link add q0 type ifb && ip link set q0 master $M",
	 "ip link del q0", "native-xdp", "warning", NULL, "driver ifb has no native XDP"},
};

Test(doctor_command, each_fault_of_a_device_is_told)
{
	size_t count = sizeof(devices) / sizeof(devices[0]);

	/* Without being asked kernels before 6.3 do not tell what a driver can do. */
	if (vfg_xdp_feature(1) < 0)
		count--;
	for (size_t i = 0; i < count; i++)
		vfg_diagnosis_row(&guest, &devices[i]);
}

Test(doctor_command, a_vf_without_carrier_is_told)
{
	struct vfg_diagnosis diagnosis;

	vfg_guest_run_outside(&guest, "ip link set p0 down");
	cr_assert(vfg_guest_await(&guest, "ip link show p0 | grep -q NO-CARRIER"));
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "vf-down", "p0");
	cr_expect(eq(str, diagnosis.severity, "warning"));
	cr_expect(strstr(diagnosis.finding, "no carrier") != NULL, "%s", diagnosis.finding);
}

/* Where the machine has one CPU, one channel is all that can be used. */
Test(doctor_command, one_channel_of_many_is_told_and_the_fix_uses_more)
{
	struct vfg_diagnosis diagnosis;

	vfg_guest_run(&guest, "test $(nproc) -gt 1");
	if (guest.status)
		cr_skip_test("one CPU");
	vfg_diagnosis_do(&guest, "ip link add q0 numrxqueues 4 numtxqueues 4 type veth peer name "
				 "q1 numrxqueues 4 numtxqueues 4 && ip link set q0 master $M && "
				 "ethtool -L q0 rx 1 tx 1");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "channels", "q0");
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", guest.output);
	vfg_diagnosis_do(&guest, diagnosis.fix);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "channels", "q0");
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
}

Test(doctor_command, a_refusal_of_the_driver_is_told_in_its_words)
{
	struct vfg_diagnosis diagnosis;

	vfg_guest_run_outside(&guest, "ip link set p0 mtu 9000");
	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "native-xdp", "p0");
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", guest.output);
	cr_expect(strstr(diagnosis.finding, "its peer has an MTU above") != NULL, "%s",
		  diagnosis.finding);
	vfg_guest_run_outside(&guest, "ip link set p0 mtu 1500");
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	vfg_diagnosis_load(&guest, "");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "native-xdp", "p0");
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
}

Test(doctor_command, generic_mode_is_told)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_load(&guest, "--mode generic");
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "native-xdp", "p0");
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", guest.output);
	cr_expect(strstr(diagnosis.finding, "generic mode") != NULL, "%s", diagnosis.finding);
}

/* A program that is younger than the clock: its file's time tells. */
Test(doctor_command, a_clock_before_the_build_is_told)
{
	vfg_guest_run(&guest, "cd %s && cp %s v && ./v doctor --all", guest.folder,
		      vfg_guest_command());
	cr_expect(eq(ptr, strstr(guest.output, "before this vfguard was made"), NULL), "%s",
		  guest.output);
	vfg_guest_run(&guest, "cd %s && touch -d 2037-01-01 v && ./v doctor", guest.folder);
	cr_expect(strstr(guest.output, "before this vfguard was made (2037-01-01)") != NULL, "%s",
		  guest.output);
}

/* ---- which masters ---- */

Test(doctor_command, without_a_name_it_finds_what_is_loaded_and_what_has_a_vf)
{
	vfg_guest_vfguard(&guest, "doctor --root root");
	cr_expect(strstr(guest.output, guest.master) != NULL, "%s", guest.output);
	vfg_diagnosis_do(&guest, "rm sys/class/net/p0/device/driver");
	vfg_guest_vfguard(&guest, "doctor --root root");
	cr_expect(strstr(guest.output, "error: not-loaded: nothing is loaded") != NULL, "%s",
		  guest.output);
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	vfg_diagnosis_load(&guest, "");
	vfg_guest_vfguard(&guest, "doctor --root root --all");
	cr_expect(strstr(guest.output, "TC ingress is on") != NULL, "%s", guest.output);
}

/* ---- hostile hands ---- */

struct row {
	const char *arguments;
	int status;
	const char *says;
};

static const struct row rows[] = {
	{"nothere0", 1, "nothere0: no such device"},
	{"p0", 1, "name the master"},
	{"lo", 1, "loopback"},
	{"\"\"", 1, "no such device"},
	{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 1, "no such device"},
	{"--jsno", 2, "--jsno: not an argument of doctor"},
	{"a b", 2, "b: not an argument of doctor"},
	{"--root", 2, "--root: takes a folder"},
	{"--root /nowhere/at/all", 1, "/nowhere/at/all: No such file"},
	{"--root /etc/passwd", 1, "not a folder"},
};

Test(doctor_command, bad_arguments_get_one_line)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *end;

		vfg_guest_vfguard(&guest, "doctor %s", rows[i].arguments);
		end = strchr(guest.output, '\n');
		cr_expect(eq(int, guest.status, rows[i].status), "%s: %s", rows[i].arguments,
			  guest.output);
		cr_expect(strstr(guest.output, rows[i].says) != NULL, "%s: %s", rows[i].arguments,
			  guest.output);
		cr_expect(end && !end[1], "%s: %s", rows[i].arguments, guest.output);
	}
}

Test(doctor_command, without_privileges_it_does_what_it_can_and_names_what_is_missing)
{
	vfg_diagnosis_load(&guest, "");
	vfg_diagnosis_do(&guest, "ip address add 203.0.113.5/24 dev p0");
	vfg_guest_run(
		&guest,
		"cd %s && setpriv --inh-caps -all --bounding-set -all %s doctor %s --root root",
		guest.folder, vfg_guest_command(), guest.master);
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(strstr(guest.output, "missing CAP_BPF (to load programs)") != NULL, "%s",
		  guest.output);
	cr_expect(strstr(guest.output, "203.0.113.5/24") != NULL, "%s", guest.output);
	cr_expect(eq(ptr, strstr(guest.output, "foreign-xdp"), NULL), "ours: %s", guest.output);
	/* What is seen without them counts. */
	vfg_diagnosis_do(&guest, "rm etc/systemd/system/multi-user.target.wants/vfguard.service");
	vfg_guest_run(
		&guest,
		"cd %s && setpriv --inh-caps -all --bounding-set -all %s doctor %s --root root",
		guest.folder, vfg_guest_command(), guest.master);
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
}

Test(doctor_command, a_closed_pipe_and_a_full_disk_end_it)
{
	vfg_guest_run(&guest,
		      "cd %s && { %s doctor --all --root root; echo $? >status; } | :; "
		      "sleep 0.2; cat status",
		      guest.folder, vfg_guest_command());
	cr_expect(not(eq(str, guest.output, "0\n")), "%s", guest.output);
	vfg_guest_vfguard(&guest, "doctor --root root >/dev/full");
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(strstr(guest.output, "standard output: cannot be written") != NULL, "%s",
		  guest.output);
}

Test(doctor_command, colour_is_for_terminals_that_want_it)
{
	vfg_guest_vfguard(&guest, "doctor %s --root root", guest.master);
	cr_expect(eq(ptr, strchr(guest.output, '\033'), NULL), "%s", guest.output);
	vfg_guest_run(&guest, "cd %s && script -qec \"%s doctor %s --root root\" /dev/null",
		      guest.folder, vfg_guest_command(), guest.master);
	cr_expect(strstr(guest.output, "\033[") != NULL, "%s", guest.output);
	vfg_guest_run(&guest,
		      "cd %s && NO_COLOR=1 script -qec \"%s doctor %s --root root\" /dev/null",
		      guest.folder, vfg_guest_command(), guest.master);
	cr_expect(eq(ptr, strchr(guest.output, '\033'), NULL), "%s", guest.output);
}

/* Nothing is changed by looking: not the machine, not what is loaded. */
Test(doctor_command, looking_changes_nothing)
{
	static const char picture[] =
		"ip link; ip address; tc qdisc; tc filter show dev $M ingress; bpftool net; "
		"ls -R . /sys/fs/bpf/vfguard /run/vfguard";
	char command[512];

	vfg_diagnosis_load(&guest, "");
	snprintf(command, sizeof(command),
		 "{ %s; } >../before 2>&1; $V doctor $M --root . >../o; "
		 "{ %s; } >../after 2>&1; diff ../before ../after",
		 picture, picture);
	vfg_diagnosis_do(&guest, command);
}
