/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The doctor's findings about what no namespace has: a kernel without a feature, another driver, a
 * clock out of step. The command runs as it is; the tool `pretend` answers for the kernel.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "account.h"
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

TestSuite(doctor_machine, .init = set_up, .fini = tear_down, .timeout = 120);

struct row {
	const char *sound; /* wishes for a machine on which the check is content */
	const char *wishes;
	const char *check, *severity;
	const char *device;
	const char *says, *fix;
	unsigned int mtu; /* of p0 */
};

static void check_row(const struct row *row)
{
	struct vfg_diagnosis diagnosis;
	char command[64];

	snprintf(command, sizeof(command), "ip link set dev p0 mtu %u", row->mtu ? row->mtu : 1500);
	vfg_diagnosis_do(&guest, command);
	diagnosis = vfg_diagnosis_pretend(&guest, row->sound, row->check, row->device);
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s, sound: %s", row->check, guest.output);
	cr_expect(eq(ptr, strstr(diagnosis.finding, row->says), NULL), "%s: %s", row->check,
		  diagnosis.finding);
	diagnosis = vfg_diagnosis_pretend(&guest, row->wishes, row->check, row->device);
	if (!strcmp(row->severity, "ok")) /* one of many of that name, which say what is there */
		snprintf(diagnosis.finding, sizeof(diagnosis.finding), "%s",
			 strstr(guest.output, row->says) ? row->says : "");
	cr_expect(eq(str, diagnosis.severity, (char *)row->severity), "%s: %s", row->wishes,
		  guest.output);
	cr_expect(strstr(diagnosis.finding, row->says) != NULL, "%s: %s", row->wishes,
		  diagnosis.finding);
	cr_expect(strstr(strcmp(row->severity, "ok") ? diagnosis.fix : guest.output, row->fix) !=
			  NULL,
		  "%s: %s", row->wishes, diagnosis.fix);
	if (!strcmp(row->severity, "error"))
		cr_expect(eq(int, diagnosis.status, 1), "%s", row->wishes);
}

#define LACKS(feature, since)                                                                      \
	{                                                                                          \
		"", "lacks=" feature, "kernel-feature", "error", "", "the kernel lacks " feature,  \
			"Linux " since " or later"                                                 \
	}
#define LACKS_AT_EASE(feature, since)                                                              \
	{                                                                                          \
		"", "lacks=" feature, "kernel-feature", "ok", "", "the kernel lacks " feature,     \
			"Linux " since " or later"                                                 \
	}

static const struct row kernels[] = {
	LACKS("xdp", "4.8"),
	LACKS("tc", "4.4"),
	LACKS("array-of-maps", "4.12"),
	LACKS("lru-hash", "4.10"),
	LACKS("mmapable-array", "5.5"),
	LACKS("inner-map", "5.10"),
	LACKS("atomic-fetch", "5.12"),
	LACKS("xdp-link", "5.9"),
	LACKS_AT_EASE("tcx", "6.6"),
	LACKS_AT_EASE("ring-buffer", "5.8"),
	{"", "lacks=charging", "memlock", "warning", "", "of which 64 KiB are allowed",
	 "ulimit -l unlimited"},
};

Test(doctor_machine, each_feature_that_the_kernel_lacks_is_told)
{
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++)
		check_row(&kernels[i]);
}

static const struct row devices[] = {
	{"", "lro=p0", "lro", "warning", "p0", "LRO is on", "ethtool -K p0 lro off"},
	{"driver=p0:igbvf", "driver=p0:hv_netvsc", "mtu", "warning", "p0",
	 "MTU 3507 is above 3506, the most with which hv_netvsc takes native XDP",
	 "ip link set dev p0 mtu 3506", 3507},
	{"driver=p0:mana", "driver=p0:mlx5_core", "mtu", "warning", "p0", "above 3498",
	 "ip link set dev p0 mtu 3498", 3499},
	{"driver=p0:ena channels=p0:2/4", "driver=p0:ena channels=p0:4/4", "channels", "warning",
	 "p0", "ena uses 4 of 4 channels", "ethtool -L p0 combined 2"},
	{"driver=p0:mana channels=p0:4/4", "driver=p0:virtio_net channels=p0:4/4", "channels",
	 "warning", "p0", "virtio_net uses 4 of 4 channels", ""},
};

Test(doctor_machine, each_fault_of_a_drivers_is_told)
{
	long page = sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
		/* Limits come of the page's size; these are those of 4 KiB. */
		if (page == 4096 || strcmp(devices[i].check, "mtu") != 0)
			check_row(&devices[i]);
	}
}

static const struct row clocks[] = {
	{"clock=synchronised", "clock=unsynchronised", "clock-sync", "warning", "",
	 "the clock is not synchronised", "systemctl enable --now chrony"},
};

Test(doctor_machine, a_clock_that_nobody_sets_is_told)
{
	check_row(&clocks[0]);
}

/* ---- the data path, as hv_netvsc counts it ---- */

static const char *wish(char text[64], const char *value)
{
	snprintf(text, 64, "vf-packets=%s:%s", guest.master, value);
	return text;
}

Test(doctor_machine, a_data_path_that_is_not_switched_is_told)
{
	struct vfg_diagnosis diagnosis;
	char text[64];
	pid_t sender;

	diagnosis = vfg_diagnosis_pretend(&guest, wish(text, "0"), "data-path", "p0");
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	cr_expect(strstr(diagnosis.finding, "too little traffic") != NULL, "%s", diagnosis.finding);
	vfg_account_send_udp(&guest, 5300, 200);
	diagnosis = vfg_diagnosis_pretend(&guest, wish(text, "0"), "data-path", "p0");
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", diagnosis.finding);
	cr_expect(strstr(diagnosis.finding, "and none of them by this VF") != NULL, "%s",
		  diagnosis.finding);
	cr_expect(strstr(diagnosis.fix, "ip link set dev p0 up") != NULL, "%s", diagnosis.fix);
	diagnosis = vfg_diagnosis_pretend(&guest, wish(text, "grow"), "data-path", "p0");
	cr_expect(eq(str, diagnosis.severity, "ok"), "%s", diagnosis.finding);
	cr_expect(strstr(diagnosis.finding, "sends and receives by it") != NULL, "%s",
		  diagnosis.finding);
	/* It was the VF once, and is not now. */
	sender = fork();
	while (sender == 0)
		vfg_account_send_udp(&guest, 5300, 100);
	diagnosis = vfg_diagnosis_pretend(&guest, wish(text, "7"), "data-path", "p0");
	kill(sender, SIGKILL);
	waitpid(sender, NULL, 0);
	cr_expect(eq(str, diagnosis.severity, "warning"), "%s", diagnosis.finding);
	cr_expect(strstr(diagnosis.finding, "packets just now, and none of them by this VF") !=
			  NULL,
		  "%s", diagnosis.finding);
}
