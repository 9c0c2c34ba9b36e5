/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the doctor in a guest and reads its JSON. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "diagnosis.h"

void vfg_diagnosis_do(struct vfg_guest *guest, const char *command)
{
	vfg_guest_run(guest, "mkdir -p %s/root && cd %s/root && M=%s && V=%s && { %s; }",
		      guest->folder, guest->folder, guest->master, vfg_guest_command(), command);
	cr_assert_eq(guest->status, 0, "%s: %s", command, guest->output);
}

void vfg_diagnosis_root(struct vfg_guest *guest)
{
	vfg_diagnosis_do(
		guest, "mkdir -p sys/class/net/p0/device sys/kernel/btf proc/sys/net/core "
		       "proc/sys/kernel run/udev/data run/NetworkManager run/systemd/netif "
		       "etc/udev/rules.d usr/lib/udev/rules.d usr/lib/systemd/network "
		       "etc/systemd/system/multi-user.target.wants usr/lib/systemd/system "
		       "etc/vfguard var/lib/vfguard var/lib/dpkg etc/network/interfaces.d sbin; "
		       "ln -s ../../../../bus/pci/drivers/mana sys/class/net/p0/device/driver; "
		       "echo x >sys/kernel/btf/vmlinux; echo 1 >proc/sys/net/core/bpf_jit_enable; "
		       "echo 2 >proc/sys/kernel/unprivileged_bpf_disabled; "
		       "echo bpf /sys/fs/bpf bpf rw 0 0 >proc/mounts; echo x >sbin/ifup; "
		       "echo auto eth0 >etc/network/interfaces; "
		       "echo x >usr/lib/systemd/system/vfguard.service; "
		       "ln -s /usr/lib/systemd/system/vfguard.service "
		       "etc/systemd/system/multi-user.target.wants/; "
		       "printf \"[master $M]\\npolicy = p.vfg\\n\" >etc/vfguard/vfguard.conf");
	vfg_diagnosis_do(
		guest,
		"printf \"Package: azure-vm-utils\\nStatus: install ok installed\\n"
		"Version: 0.6.0\\n\\nPackage: cloud-init\\nStatus: install ok installed\\n"
		"Version: 24.1\\n\" >var/lib/dpkg/status; "
		"printf \"DRIVERS==\\\"mana|mlx4_core|mlx5_core\\\", ENV{NM_UNMANAGED}=\\\"1\\\", "
		"ENV{MARK}=\\\"1\\\"\\n\" >usr/lib/udev/rules.d/10-mark.rules; "
		"printf \"[Match]\\nProperty=MARK=1\\n[Link]\\nUnmanaged=yes\\n\" "
		">usr/lib/systemd/network/01-mark.network");
}

void vfg_diagnosis_load(struct vfg_guest *guest, const char *more)
{
	vfg_guest_vfguard(guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 %s",
			  guest->master, more);
	cr_assert_eq(guest->status, 0, "%s", guest->output);
	vfg_diagnosis_do(guest, "mkdir -p var/lib/vfguard && cp /var/lib/vfguard/$M.image "
				"var/lib/vfguard/");
}

static const char *text_of(struct json_object *one, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(one, key));

	cr_assert_not_null(text, "no %s", key);
	return text;
}

static int weight(const char *severity)
{
	return !strcmp(severity, "error") ? 3 : !strcmp(severity, "warning") ? 2 : *severity != 0;
}

static void take(struct vfg_diagnosis *diagnosis, struct json_object *one)
{
	if (weight(text_of(one, "severity")) <= weight(diagnosis->severity))
		return;
	snprintf(diagnosis->severity, sizeof(diagnosis->severity), "%s", text_of(one, "severity"));
	snprintf(diagnosis->finding, sizeof(diagnosis->finding), "%s", text_of(one, "finding"));
	snprintf(diagnosis->fix, sizeof(diagnosis->fix), "%s", text_of(one, "fix"));
}

/* From what the command has said, which is in guest->output. */
static struct vfg_diagnosis look_for(struct vfg_guest *guest, const char *check, const char *device)
{
	struct vfg_diagnosis diagnosis = {.status = guest->status};
	struct json_object *array = json_tokener_parse(guest->output);

	cr_assert(array && json_object_is_type(array, json_type_array), "%s", guest->output);
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		struct json_object *one = json_object_array_get_idx(array, i);

		if (!strcmp(text_of(one, "check"), check) &&
		    (!device || !strcmp(text_of(one, "device"), device)))
			take(&diagnosis, one);
	}
	json_object_put(array);
	return diagnosis;
}

struct vfg_diagnosis vfg_diagnosis_make(struct vfg_guest *guest, const char *arguments,
					const char *check, const char *device)
{
	vfg_guest_vfguard(guest, "doctor --json --root %s/root %s 2>err", guest->folder, arguments);
	return look_for(guest, check, device);
}

struct vfg_diagnosis vfg_diagnosis_pretend(struct vfg_guest *guest, const char *wishes,
					   const char *check, const char *device)
{
	const char *command = vfg_guest_command();

	vfg_guest_run(guest,
		      "cd %s && prlimit --memlock=65536 %.*s/pretend %s -- %s doctor --json "
		      "--root %s/root %s 2>err",
		      guest->folder, (int)(strrchr(command, '/') - command), command, wishes,
		      command, guest->folder, guest->master);
	return look_for(guest, check, device);
}

static void expect_fine(struct vfg_guest *guest, const struct vfg_diagnosis_row *row,
			const char *when)
{
	struct vfg_diagnosis diagnosis =
		vfg_diagnosis_make(guest, guest->master, row->check, row->device);

	cr_expect(weight(diagnosis.severity) < 2, "%s, %s: %s", row->name, when, diagnosis.finding);
}

void vfg_diagnosis_row(struct vfg_guest *guest, const struct vfg_diagnosis_row *row)
{
	struct vfg_diagnosis diagnosis;

	expect_fine(guest, row, "before");
	vfg_diagnosis_do(guest, row->plant);
	diagnosis = vfg_diagnosis_make(guest, guest->master, row->check, row->device);
	cr_expect_str_eq(diagnosis.severity, row->severity, "%s: %s", row->name, guest->output);
	cr_expect(strstr(diagnosis.finding, row->says), "%s: %s", row->name, diagnosis.finding);
	cr_expect(diagnosis.fix[0], "%s", row->name);
	if (!strcmp(row->severity, "error"))
		cr_expect_eq(diagnosis.status, 1, "%s", row->name);
	vfg_diagnosis_do(guest, row->mend ? row->mend : diagnosis.fix);
	expect_fine(guest, row, "after");
}
