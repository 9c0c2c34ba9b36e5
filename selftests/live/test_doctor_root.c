/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's findings about files: each planted below a root, and mended; what --fix writes. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/doctor_managers.h"
#include "../../loader/doctor_root.h"
#include "diagnosis.h"

#define RULE	"etc/udev/rules.d/12-vfguard-unmanaged-vf.rules"
#define NETWORK "etc/systemd/network/00-vfguard-unmanaged-vf.network"
#define NO_MARK "mv usr/lib/udev/rules.d/10-mark.rules mark"
#define NOTHING "vfguard: --fix: nothing to write: no network manager lacks a rule here\n"
#define MARK	"mv mark usr/lib/udev/rules.d/10-mark.rules"

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

TestSuite(doctor_root, .init = set_up, .fini = tear_down, .timeout = 120);

static const struct vfg_diagnosis_row rows[] = {
	{"JIT", "echo 0 >proc/sys/net/core/bpf_jit_enable",
	 "echo 1 >proc/sys/net/core/bpf_jit_enable", "jit", "warning", "", "JIT compiler is off"},
	{"unprivileged", "echo 0 >proc/sys/kernel/unprivileged_bpf_disabled",
	 "echo 1 >proc/sys/kernel/unprivileged_bpf_disabled", "unprivileged-bpf", "warning", "",
	 "every user may load"},
	{"BTF", "rm sys/kernel/btf/vmlinux", "echo x >sys/kernel/btf/vmlinux", "btf", "warning", "",
	 "no type information"},
	{"bpffs", "echo tmpfs /run tmpfs rw 0 0 >proc/mounts",
	 "echo bpf /sys/fs/bpf bpf rw 0 0 >>proc/mounts", "bpffs", "warning", "", "no BPF file"},
	{"no rule for NetworkManager", NO_MARK, MARK, "networkmanager", "warning", "",
	 "leave VFs of driver mana alone"},
	{"a rule that is masked", "ln -s /dev/null etc/udev/rules.d/10-mark.rules",
	 "rm etc/udev/rules.d/10-mark.rules", "networkmanager", "warning", "", "NetworkManager"},
	{"a rule for other drivers only", "sed -i s/mana.// usr/lib/udev/rules.d/10-mark.rules",
	 "sed -i s/mlx4/mana.mlx4/ usr/lib/udev/rules.d/10-mark.rules; "
	 "sed -i s/mana.mlx4/mana\\|mlx4/ usr/lib/udev/rules.d/10-mark.rules",
	 "networkmanager", "warning", "", "mana"},
	{"NetworkManager told by its own settings", NO_MARK,
	 "mkdir -p etc/NetworkManager/conf.d; "
	 "echo \"unmanaged-devices=driver:mana\" >etc/NetworkManager/conf.d/9.conf; cat mark >m2",
	 "networkmanager", "warning", "", "NetworkManager"},
};

Test(doctor_root, each_file_that_is_not_as_it_should_be_is_told)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		vfg_diagnosis_row(&guest, &rows[i]);
}

static const struct vfg_diagnosis_row more_rows[] = {
	{"no .network file", "mv usr/lib/systemd/network/01-mark.network .",
	 "mv 01-mark.network usr/lib/systemd/network/", "networkd", "warning", "",
	 "systemd-networkd"},
	{"ifupdown by name", "echo auto p0 >etc/network/interfaces.d/vf",
	 "rm etc/network/interfaces.d/vf", "ifupdown", "warning", "p0", "interfaces.d/vf has it"},
	{"ifupdown by pattern", "echo \"allow-hotplug /p*\" >>etc/network/interfaces",
	 "echo auto eth0 >etc/network/interfaces", "ifupdown", "warning", "p0",
	 "etc/network/interfaces has it"},
	{"a VF that came before its rule",
	 "echo I:1 >run/udev/data/n$(cat /sys/class/net/p0/ifindex 2>/dev/null || ip -o link show "
	 "p0 | cut -d: -f1)",
	 "echo E:NM_UNMANAGED=1 >run/udev/data/n$(ip -o link show p0 | cut -d: -f1)", "vf-mark",
	 "warning", "p0", "not this one"},
	{"the service is not enabled",
	 "rm etc/systemd/system/multi-user.target.wants/vfguard.service",
	 "ln -s x etc/systemd/system/multi-user.target.wants/vfguard.service", "service", "error",
	 "", "is not enabled"},
	{"the service is masked", "ln -s /dev/null etc/systemd/system/vfguard.service",
	 "rm etc/systemd/system/vfguard.service", "service", "error", "", "masked"},
	{"settings with a fault",
	 "cp etc/vfguard/vfguard.conf . && echo what >>etc/vfguard/vfguard.conf",
	 "mv vfguard.conf etc/vfguard/", "settings", "error", "", "vfguard.conf:3: "},
	{"settings that do not name the master", "echo \"[daemon]\" >etc/vfguard/vfguard.conf",
	 "printf \"[master $M]\\npolicy = p.vfg\\n\" >etc/vfguard/vfguard.conf", "settings",
	 "error", NULL, "does not name it"},
	{"an old azure-vm-utils, and nothing else that marks",
	 NO_MARK "; sed -i s/0.6.0/0.5.9/ var/lib/dpkg/status", MARK, "azure-vm-utils", "warning",
	 "", "version 0.5.9, below 0.6.0"},
	{"an old cloud-init, and nothing else that marks",
	 NO_MARK "; sed -i s/24.1/23.1.2/ var/lib/dpkg/status", MARK, "cloud-init", "warning", "",
	 "version 23.1.2, below 23.2"},
};

Test(doctor_root, each_manager_service_and_package_that_is_not_is_told)
{
	for (size_t i = 0; i < sizeof(more_rows) / sizeof(more_rows[0]); i++)
		vfg_diagnosis_row(&guest, &more_rows[i]);
}

Test(doctor_root, the_last_good_image_is_missed_and_a_damaged_one_is_told)
{
	static const struct vfg_diagnosis_row images[] = {
		{"missing", "mv var/lib/vfguard/$M.image image",
		 "mv image var/lib/vfguard/$M.image", "last-good-image", "warning", NULL,
		 "is not there"},
		{"damaged", "cp var/lib/vfguard/$M.image image; echo >>var/lib/vfguard/$M.image",
		 "mv image var/lib/vfguard/$M.image", "last-good-image", "warning", NULL,
		 "cannot be used"},
	};

	vfg_diagnosis_load(&guest, "");
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		vfg_diagnosis_row(&guest, &images[i]);
}

Test(doctor_root, packages_of_rpm_are_asked_of_rpm)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_do(&guest, "rm var/lib/dpkg/status; mkdir -p var/lib/rpm bin; " NO_MARK);
	vfg_diagnosis_do(&guest, "printf \"#!/bin/sh\\ncase \\\"\\$*\\\" in *azure-vm-utils) echo "
				 "0.4.0;; *) exit 1;; esac\\n\" >bin/rpm; chmod +x bin/rpm");
	vfg_guest_run(&guest, "PATH=%s/root/bin:$PATH %s doctor %s --root %s/root", guest.folder,
		      vfg_guest_command(), guest.master, guest.folder);
	cr_expect(not(eq(ptr, strstr(guest.output, "azure-vm-utils is version 0.4.0"), NULL)), "%s",
		  guest.output);
	/* Without rpm nothing is known: as if it were not installed. */
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "azure-vm-utils", NULL);
	cr_expect(eq(str, diagnosis.severity, "warning"));
	cr_expect(not(eq(ptr, strstr(diagnosis.finding, "not installed"), NULL)));
}

/* ---- --fix ---- */

static bool has(const char *file)
{
	return vfg_guest_run(&guest, "test -f %s/root/%s", guest.folder, file) == 0;
}

static const char *said(void)
{
	vfg_guest_run(&guest, "cat %s/err", guest.folder);
	return guest.output;
}

Test(doctor_root, fix_writes_both_files_and_a_second_time_nothing)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_do(&guest, NO_MARK "; rm usr/lib/systemd/network/01-mark.network");
	vfg_guest_vfguard(&guest, "doctor --fix --root %s/root %s >out 2>err", guest.folder,
			  guest.master);
	cr_expect(has(RULE));
	cr_expect(has(NETWORK));
	cr_expect(strstr(said(), "unmanaged-vf.rules: written\n") != NULL, "%s", guest.output);
	cr_expect(strstr(said(), "unmanaged-vf.network: written\n") != NULL, "%s", guest.output);
	cr_expect(strstr(said(), "udev: does not run here") != NULL, "%s", guest.output);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "networkmanager", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	diagnosis = vfg_diagnosis_make(&guest, guest.master, "networkd", NULL);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	vfg_guest_run(&guest, "cd %s/root && ls -R etc >../before", guest.folder);
	vfg_diagnosis_make(&guest, "--fix", "networkd", NULL);
	cr_expect(eq(str, (char *)said(), NOTHING));
	vfg_guest_run(&guest, "cd %s/root && ls -R etc | diff ../before -", guest.folder);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
}

Test(doctor_root, fix_writes_nothing_where_nothing_is_missing_or_nobody_asks)
{
	vfg_diagnosis_make(&guest, "--fix", "networkd", NULL);
	cr_expect(not(has(RULE)));
	cr_expect(eq(str, (char *)said(), NOTHING));
	/* Nor where there is no VF. */
	vfg_diagnosis_do(&guest, "mv sys/class/net/p0/device/driver .; " NO_MARK);
	vfg_diagnosis_make(&guest, "--fix", "networkd", NULL);
	cr_expect(eq(str, (char *)said(), NOTHING));
	vfg_diagnosis_do(&guest, "mv driver sys/class/net/p0/device/");
	vfg_diagnosis_make(&guest, guest.master, "networkd", NULL);
	cr_expect(not(has(RULE)));
}

Test(doctor_root, fix_leaves_a_file_of_other_content_alone_and_says_so)
{
	struct vfg_diagnosis diagnosis;

	vfg_diagnosis_do(&guest, NO_MARK "; echo mine >" RULE);
	diagnosis = vfg_diagnosis_make(&guest, "--fix", "networkmanager", NULL);
	cr_expect(eq(str, diagnosis.severity, "warning"));
	cr_expect(strstr(diagnosis.fix, "other content") != NULL, "%s", diagnosis.fix);
	cr_expect(strstr(said(), "is there with other content") != NULL, "%s", guest.output);
	vfg_guest_run(&guest, "cat %s/root/" RULE, guest.folder);
	cr_expect(eq(str, guest.output, "mine\n"));
}

Test(doctor_root, fix_that_may_not_write_says_so)
{
	vfg_diagnosis_do(&guest, NO_MARK "; rm -r etc/udev; echo x >etc/udev");
	vfg_diagnosis_make(&guest, "--fix", "networkmanager", NULL);
	cr_expect(strstr(said(), "cannot be written: Not a directory") != NULL, "%s", guest.output);
}

Test(doctor_root, of_many_fixes_at_once_all_end_well_and_one_file_is_there)
{
	vfg_diagnosis_do(&guest, NO_MARK "; rm usr/lib/systemd/network/01-mark.network");
	vfg_guest_run(&guest,
		      "cd %s; for i in 1 2 3 4 5 6; do %s doctor --fix --json --root root %s "
		      ">o$i 2>e$i & done; wait; cat e? | sort | uniq -c; ls root/etc/udev/rules.d "
		      "root/etc/systemd/network | wc -l; grep -l \"other content\" e?",
		      guest.folder, vfg_guest_command(), guest.master);
	/* Two names of folders, a blank line between, and one file in each. */
	cr_expect(strstr(guest.output, "\n5\n") != NULL, "%s", guest.output);
	cr_expect(eq(int, guest.status, 1), "other content: %s", guest.output);
}

/* Ctrl-C when a file has been opened and its first byte not been written. */
Test(doctor_root, a_fix_that_is_interrupted_leaves_no_part_of_a_file)
{
	const char *command = vfg_guest_command();

	vfg_diagnosis_do(&guest, NO_MARK "; rm usr/lib/systemd/network/01-mark.network");
	vfg_guest_run(&guest,
		      "cd %s && %.*s/pretend interrupt=write -- %s doctor --fix --root root %s",
		      guest.folder, (int)(strrchr(command, '/') - command), command, command,
		      guest.master);
	cr_expect(eq(int, guest.status, 128 + SIGINT), "%s", guest.output);
	vfg_guest_run(&guest, "ls %s/root/etc/udev/rules.d", guest.folder);
	cr_expect(eq(str, guest.output, ""));
	vfg_guest_vfguard(&guest, "doctor --fix --root %s/root %s", guest.folder, guest.master);
	cr_expect(strstr(guest.output, "unmanaged-vf.rules: written\n") != NULL, "%s",
		  guest.output);
}

/* The files as they are packaged, read by the readers that a foreign rule is read by. */
Test(doctor_root, what_is_written_is_what_is_packaged)
{
	vfg_diagnosis_do(&guest, NO_MARK "; rm usr/lib/systemd/network/01-mark.network");
	vfg_diagnosis_make(&guest, "--fix", "networkd", NULL);
	for (int i = 0; i < 3; i++) {
		static const char *const drivers[] = {"mana", "mlx4_core", "mlx5_core"};
		char command[160];
		struct vfg_diagnosis diagnosis;

		snprintf(command, sizeof(command), "ln -sfn x/%s sys/class/net/p0/device/driver",
			 drivers[i]);
		vfg_diagnosis_do(&guest, command);
		diagnosis = vfg_diagnosis_make(&guest, guest.master, "networkmanager", NULL);
		cr_expect(strstr(diagnosis.finding, drivers[i]) != NULL, "%s", diagnosis.finding);
		cr_expect(eq(str, diagnosis.severity, "ok"));
	}
}

/* ---- udev ---- */

/* In a mount namespace of its own, with a udevadm that writes down what it is asked. */
static int tell_udev(const char *plant)
{
	char path[512], line[256];
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		snprintf(path, sizeof(path), "%s:%s", guest.folder, getenv("PATH"));
		setenv("PATH", path, 1);
		snprintf(line, sizeof(line),
			 "cd %s; printf \"#!/bin/sh\\necho \\$* >%s/asked\\n%s\\n\" >udevadm; "
			 "chmod +x "
			 "udevadm",
			 guest.folder, guest.folder, plant);
		if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("t", "/run", "tmpfs", 0, NULL) || system(line) ||
		    system("mkdir /run/udev; : >/run/udev/control") ||
		    !freopen("/dev/null", "w", stdout))
			_exit(99);
		snprintf(path, sizeof(path), "%s/err", guest.folder);
		if (!freopen(path, "w", stderr))
			_exit(98);
		vfg_doctor_reload_udev("");
		fflush(NULL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

Test(doctor_root, a_udev_that_runs_reads_its_rules_again)
{
	cr_assert(eq(int, tell_udev("exit 0"), 0));
	cr_expect(strstr(said(), "has read its rules again") != NULL, "%s", guest.output);
	vfg_guest_run(&guest, "cat %s/asked", guest.folder);
	cr_expect(eq(str, guest.output, "control --reload\n"));
	cr_assert(eq(int, tell_udev("exit 1"), 0));
	cr_expect(strstr(said(), "--reload` failed") != NULL, "%s", guest.output);
}
