/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's readers: rules of udev, .network files, NetworkManager, interfaces(5), versions. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/doctor_judge.h"
#include "../loader/doctor_judge_manager.h"

#define NETS "SUBSYSTEM==\"net\", ACTION!=\"remove\", "

struct rule_row {
	const char *text;
	const char *driver;
	bool sets;
};

static const struct rule_row rules[] = {
	{NETS "DRIVERS==\"mana|mlx4_core|mlx5_core\", ENV{NM_UNMANAGED}=\"1\"\n", "mana", true},
	{NETS "DRIVERS==\"mana|mlx4_core|mlx5_core\", ENV{NM_UNMANAGED}=\"1\"\n", "mlx5_core",
	 true},
	{NETS "DRIVERS==\"mlx4_core|mlx5_core\", ENV{NM_UNMANAGED}=\"1\"\n", "mana", false},
	{NETS "DRIVERS==\"mlx*\", ENV{NM_UNMANAGED}=\"1\"\n", "mlx5_core", true},
	{NETS "ENV{ID_NET_DRIVER}==\"mana\", ENV{NM_UNMANAGED}=\"1\"\n", "mana", true},
	{NETS "ENV{ID_NET_DRIVER}==\"mana\", ENV{NM_UNMANAGED}=\"1\"\n", "mlx5_core", false},
	{NETS "DRIVERS==\"mana\", \\\n\tENV{NM_UNMANAGED}=\"1\"\n", "mana", true},
	{NETS "DRIVERS==\"mana\",\\\n ATTR{flags}==\"0x?[89ABCDEF]??\", ENV{NM_UNMANAGED}=\"1\"",
	 "mana", true},
	{NETS "DRIVERS==\"mana\", ENV{NM_UNMANAGED}:=\"1\"\n", "mana", true},
	{"# " NETS "DRIVERS==\"mana\", ENV{NM_UNMANAGED}=\"1\"\n", "mana", false},
	{NETS "DRIVERS==\"mana\", ENV{NM_UNMANAGED}==\"1\", ENV{X}=\"1\"\n", "mana", false},
	{NETS "DRIVERS==\"mana\", ENV{NM_UNMANAGED}=\"0\"\n", "mana", false},
	{NETS "DRIVERS==\"mana\", ENV{NM_UNMANAGED_NOT}=\"1\"\n", "mana", false},
	{NETS "DRIVERS==\"mana\", ENV{NM_UNMANAGED}=\"1", "mana", false},
	{"DRIVERS==", "mana", false},
	{"", "mana", false},
	{"\\", "mana", false},
	{"\\\n\\\n", "mana", false},
};

Test(doctor_text, a_rule_of_udev_is_for_its_drivers)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		cr_expect(eq(int,
			     vfg_udev_sets(rules[i].text, rules[i].driver, "NM_UNMANAGED", "1"),
			     rules[i].sets),
			  "%s for %s", rules[i].text, rules[i].driver);
}

static bool is_marked(const char *property, const char *value, void *data)
{
	(void)data;
	return !strcmp(property, "MARK") && !strcmp(value, "1");
}

static const struct rule_row networks[] = {
	{"[Match]\nProperty=MARK=1\n\n[Link]\nUnmanaged=yes\n", "mana", true},
	{"[Match]\nProperty=OTHER=1\n[Link]\nUnmanaged=yes\n", "mana", false},
	{"[Match]\nProperty=MARK=0\n[Link]\nUnmanaged=yes\n", "mana", false},
	{"[Match]\nProperty=MARK=1\n[Link]\nUnmanaged=no\n", "mana", false},
	{"[Match]\nProperty=MARK=1\n[Network]\nUnmanaged=yes\n", "mana", false},
	{"[Match]\nDriver=mlx4_core mana\n[Link]\nUnmanaged = true\n", "mana", true},
	{"[Match]\nDriver=mlx4_core\n[Link]\nUnmanaged=yes\n", "mana", false},
	{"[Match]\nDriver=mana\nProperty=OTHER=1\n[Link]\nUnmanaged=yes\n", "mana", false},
	{"[Link]\nUnmanaged=yes\n", "mana", false},
	{"#[Match]\n#Property=MARK=1\n[Link]\nUnmanaged=yes\n", "mana", false},
	{"", "mana", false},
};

Test(doctor_text, a_network_file_needs_match_and_link)
{
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		cr_expect(eq(int,
			     vfg_network_leaves(networks[i].text, networks[i].driver, is_marked,
						NULL),
			     networks[i].sets),
			  "%s", networks[i].text);
}

static const struct rule_row managers[] = {
	{"[keyfile]\nunmanaged-devices=driver:mlx4_core;driver:mana\n", "mana", true},
	{"[keyfile]\nunmanaged-devices=driver:mlx4_core,driver:mlx5_core\n", "mlx5_core", true},
	{"[keyfile]\nunmanaged-devices+=driver:mana\n", "mana", true},
	{"[keyfile]\nunmanaged-devices=driver:mlx*\n", "mlx5_core", true},
	{"[keyfile]\n#unmanaged-devices=driver:mana\n", "mana", false},
	{"[keyfile]\nunmanaged-devices=interface-name:eth0\n", "mana", false},
	{"[keyfile]\nunmanaged-devices=\n", "mana", false},
};

Test(doctor_text, network_manager_is_told_by_driver)
{
	for (size_t i = 0; i < sizeof(managers) / sizeof(managers[0]); i++)
		cr_expect(eq(int, vfg_nm_leaves(managers[i].text, managers[i].driver),
			     managers[i].sets),
			  "%s", managers[i].text);
}

static const struct rule_row interfaces[] = {
	{"auto enP1\niface enP1 inet dhcp\n", "enP1", true},
	{"allow-hotplug eth0 enP1\n", "enP1", true},
	{"iface enP1 inet manual\n", "enP1", true},
	{"auto /enP*\n", "enP1", true},
	{"auto eth0\niface eth0 inet dhcp\n", "enP1", false},
	{"iface eth0 inet enP1\n", "enP1", false},
	{"# auto enP1\n", "enP1", false},
	{"auto lo \\\n  enP1\n", "enP1", true},
	{"source /etc/network/interfaces.d/*\n", "enP1", false},
	{"auto", "enP1", false},
};

Test(doctor_text, interfaces_name_a_device_or_a_pattern)
{
	for (size_t i = 0; i < sizeof(interfaces) / sizeof(interfaces[0]); i++)
		cr_expect(eq(int, vfg_ifupdown_takes(interfaces[i].text, interfaces[i].driver),
			     interfaces[i].sets),
			  "%s", interfaces[i].text);
}

Test(doctor_text, versions_are_compared_by_their_numbers)
{
	static const struct {
		const char *a, *b;
		int order;
	} rows[] = {
		{"0.6.0", "0.6.0", 0},	   {"0.10.0", "0.6.0", 1},
		{"0.5.9", "0.6.0", -1},	   {"0.6", "0.6.0", 0},
		{"23.1.2", "23.2", -1},	   {"23.2-0ubuntu0~22.04.1", "23.2", 0},
		{"1:0.5.0", "0.6.0", -1},  {"24.4.1-0ubuntu1", "23.2", 1},
		{"0.6.0~rc1", "0.6.0", 0}, {"", "0.6.0", -1},
		{"garbage", "0.6.0", -1},  {"99999999999999999999999", "1", 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int order = vfg_version_compare(rows[i].a, rows[i].b);

		cr_expect(eq(int, order<0 ? -1 : order> 0, rows[i].order), "%s, %s", rows[i].a,
			  rows[i].b);
	}
}

static const char status[] = "Package: azure-vm-utils\nStatus: install ok installed\n"
			     "Description: a\n b\nVersion: 0.5.2-1\n\n"
			     "Package: azure-vm-utils-extra\nStatus: install ok installed\n"
			     "Version: 9.9\n\n"
			     "Package: gone\nStatus: deinstall ok config-files\nVersion: 1.0\n\n"
			     "Package: cloud-init\nVersion: 24.1\nStatus: install ok installed";

Test(doctor_text, the_version_of_an_installed_package)
{
	static const char *const rows[][2] = {{"azure-vm-utils", "0.5.2-1"},
					      {"cloud-init", "24.1"},
					      {"gone", ""},
					      {"azure-vm", ""},
					      {"utils-extra", ""}};
	char version[VFG_DOCTOR_NAME_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vfg_version_of_dpkg(status, rows[i][0], version);
		cr_expect(eq(str, version, (char *)rows[i][1]), "%s", rows[i][0]);
	}
	vfg_version_of_dpkg("", "cloud-init", version);
	cr_expect(eq(str, version, ""));
}

struct package_row {
	const char *name;
	struct vfg_package_facts facts;
	const char *check; /* "" none speaks */
};

static const struct package_row packages[] = {
	{"both new", {.is_azure = true, .utils = "0.6.0", .cloud_init = "23.2"}, ""},
	{"utils old", {.is_azure = true, .utils = "0.5.0"}, "azure-vm-utils"},
	{"utils missing", {.is_azure = true}, "azure-vm-utils"},
	{"missing elsewhere", {.is_azure = false}, ""},
	{"missing, and not needed", {.is_azure = true, .is_marked = true}, ""},
	{"cloud-init old",
	 {.is_azure = true, .utils = "0.6.0", .cloud_init = "22.4.2"},
	 "cloud-init"},
	{"old, and not needed",
	 {.is_azure = true, .is_marked = true, .utils = "0.5.0", .cloud_init = "22.4.2"},
	 ""},
};

Test(doctor_text, old_packages_are_told_where_nothing_else_marks_vfs)
{
	for (size_t i = 0; i < sizeof(packages) / sizeof(packages[0]); i++) {
		struct vfg_findings findings = {};
		const char *check = "";

		vfg_judge_packages(&findings, &packages[i].facts);
		for (size_t j = 0; j < findings.count; j++) {
			if (findings.finding[j].severity != VFG_FINDING_OK)
				check = findings.finding[j].check;
		}
		cr_expect(eq(str, (char *)check, (char *)packages[i].check), "%s",
			  packages[i].name);
		vfg_findings_free(&findings);
	}
}
