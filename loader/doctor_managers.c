/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at what tells network managers to leave VFs alone; with --fix, writes it. */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "doctor_judge.h"
#include "doctor_judge_manager.h"
#include "doctor_managers.h"
#include "doctor_root.h"
#include "say.h"

const char vfg_unmanaged_rule_path[] = "/etc/udev/rules.d/12-vfguard-unmanaged-vf.rules";
const char vfg_unmanaged_network_path[] = "/etc/systemd/network/00-vfguard-unmanaged-vf.network";

/* A file of one folder hides those of its name in the folders behind it. */
static const char *const rule_folders[] = {"/etc/udev/rules.d",		  "/run/udev/rules.d",
					   "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
					   "/lib/udev/rules.d",		  NULL};
static const char *const network_folders[] = {
	"/etc/systemd/network",	    "/run/systemd/network", "/usr/local/lib/systemd/network",
	"/usr/lib/systemd/network", "/lib/systemd/network", NULL};
static const char *const nm_folders[] = {"/etc/NetworkManager/conf.d", "/run/NetworkManager/conf.d",
					 "/usr/lib/NetworkManager/conf.d", NULL};

/* A question about files, asked until one says yes. */
struct question {
	const struct vfg_doctor *doctor;
	const char *driver;
	const char *property, *value; /* of rules */
	const char *const *folders;
	size_t folder;
	bool (*test)(const char *text, const struct question *question);
	bool yes;
};

static void ask_file(const char *path, const char *text, void *data)
{
	struct question *question = data;
	const char *name = strrchr(path, '/');

	for (size_t i = 0; i < question->folder; i++) {
		char other[PATH_MAX];

		snprintf(other, sizeof(other), "%s%s", question->folders[i], name);
		if (vfg_root_has(question->doctor->root, other))
			return;
	}
	question->yes |= question->test(text, question);
}

static bool ask(struct question *question, const char *suffix)
{
	for (question->folder = 0; question->folders[question->folder]; question->folder++)
		vfg_root_visit(question->doctor->root, question->folders[question->folder], suffix,
			       ask_file, question);
	return question->yes;
}

static bool test_rule(const char *text, const struct question *question)
{
	return vfg_udev_sets(text, question->driver, question->property, question->value);
}

static bool has_rule(const struct vfg_doctor *doctor, const char *driver, const char *property,
		     const char *value)
{
	struct question question = {.doctor = doctor,
				    .driver = driver,
				    .property = property,
				    .value = value,
				    .folders = rule_folders,
				    .test = test_rule};

	return ask(&question, ".rules");
}

static bool is_set(const char *property, const char *value, void *data)
{
	const struct question *question = data;

	return has_rule(question->doctor, question->driver, property, value);
}

static bool test_network(const char *text, const struct question *question)
{
	return vfg_network_leaves(text, question->driver, is_set, (void *)question);
}

static bool test_nm(const char *text, const struct question *question)
{
	return vfg_nm_leaves(text, question->driver);
}

static bool nm_leaves(const struct vfg_doctor *doctor, const char *driver)
{
	struct question question = {
		.doctor = doctor, .driver = driver, .folders = nm_folders, .test = test_nm};
	autofree char *main_file =
		vfg_root_read(doctor->root, "/etc/NetworkManager/NetworkManager.conf");

	return has_rule(doctor, driver, "NM_UNMANAGED", "1") || ask(&question, ".conf") ||
	       (main_file && vfg_nm_leaves(main_file, driver));
}

/* Since version 255 networkd looks at a property itself. */
static bool knows_property(const struct vfg_doctor *doctor)
{
	autofree char *status = vfg_root_read(doctor->root, "/var/lib/dpkg/status");
	char version[VFG_DOCTOR_NAME_MAX] = "";

	if (status)
		vfg_version_of_dpkg(status, "systemd", version);
	return version[0] && vfg_version_compare(version, "255") >= 0;
}

static bool networkd_leaves(const struct vfg_doctor *doctor, const char *driver)
{
	struct question question = {.doctor = doctor,
				    .driver = driver,
				    .folders = network_folders,
				    .test = test_network};

	return (has_rule(doctor, driver, "ID_NET_MANAGED_BY", "unmanaged") &&
		knows_property(doctor)) ||
	       ask(&question, ".network");
}

static bool has_any(const struct vfg_doctor *doctor, const char *const paths[])
{
	for (size_t i = 0; paths[i]; i++) {
		if (vfg_root_has(doctor->root, paths[i]))
			return true;
	}
	return false;
}

static bool has_nm(const struct vfg_doctor *doctor)
{
	static const char *const paths[] = {
		"/run/NetworkManager", "/usr/lib/systemd/system/NetworkManager.service",
		"/lib/systemd/system/NetworkManager.service", "/usr/sbin/NetworkManager", NULL};

	return has_any(doctor, paths) &&
	       !vfg_root_is_masked(doctor->root, "/etc/systemd/system/NetworkManager.service");
}

/* It is part of systemd, and so nearly everywhere: only where it is switched on. */
static bool has_networkd(const struct vfg_doctor *doctor)
{
	static const char *const paths[] = {
		"/run/systemd/netif",
		"/etc/systemd/system/multi-user.target.wants/systemd-networkd.service",
		"/etc/systemd/system/dbus-org.freedesktop.network1.service", NULL};

	return has_any(doctor, paths) &&
	       !vfg_root_is_masked(doctor->root, "/etc/systemd/system/systemd-networkd.service");
}

static void gather(const struct vfg_doctor *doctor, const char *driver,
		   struct vfg_manager_facts *ret_facts)
{
	autofree char *rule = vfg_root_read(doctor->root, vfg_unmanaged_rule_path);

	*ret_facts = (struct vfg_manager_facts){
		.driver = driver,
		.is_there = {[VFG_MANAGER_NM] = has_nm(doctor),
			     [VFG_MANAGER_NETWORKD] = has_networkd(doctor)},
		.leaves = {[VFG_MANAGER_NM] = nm_leaves(doctor, driver),
			   [VFG_MANAGER_NETWORKD] = networkd_leaves(doctor, driver)},
		.other_file =
			rule && strcmp(rule, vfg_unmanaged_rule) ? vfg_unmanaged_rule_path : "",
	};
}

/* The drivers of VFs that are there; where none is, of those that may come to a synthetic NIC. */
static size_t find_drivers(const struct vfg_doctor *doctor, const char *ret_drivers[3])
{
	static const char *const drivers[] = {"mana", "mlx4_core", "mlx5_core"};
	bool is_there[3] = {}, any = false, may_come = false;
	size_t count = 0;

	for (size_t i = 0; i < doctor->count; i++)
		may_come |= !strcmp(doctor->master[i].device.driver, "hv_netvsc");
	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *link = &doctor->links.link[i];
		char driver[VFG_DRIVER_MAX];

		if (!vfg_doctor_above(doctor, link))
			continue;
		vfg_doctor_vf_driver(doctor, link->name, driver);
		for (size_t j = 0; j < 3; j++)
			is_there[j] |= !strcmp(driver, drivers[j]);
	}
	for (size_t j = 0; j < 3; j++)
		any |= is_there[j];
	for (size_t j = 0; j < 3; j++) {
		if (is_there[j] || (!any && may_come))
			ret_drivers[count++] = drivers[j];
	}
	return count;
}

bool vfg_doctor_all_left_alone(const struct vfg_doctor *doctor)
{
	const char *drivers[3];
	size_t count = find_drivers(doctor, drivers);

	for (size_t i = 0; i < count; i++) {
		if (!has_rule(doctor, drivers[i], "NM_UNMANAGED", "1") &&
		    !has_rule(doctor, drivers[i], "ID_NET_MANAGED_BY", "unmanaged"))
			return false;
	}
	return count > 0;
}

/* ---- interfaces(5), and devices that came before their rule ---- */

struct stanza {
	struct vfg_doctor *doctor;
	const struct vfg_link *link;
};

static void look_at_stanza(const char *path, const char *text, void *data)
{
	struct stanza *stanza = data;
	struct vfg_finding *finding;

	if (!vfg_ifupdown_takes(text, stanza->link->name))
		return;
	finding = vfg_finding_add(&stanza->doctor->findings, "ifupdown", VFG_FINDING_WARNING,
				  stanza->link->name);
	vfg_finding_says(finding, "%s has it configured by ifupdown", path);
	vfg_finding_means(finding, "it gets an address of its own, and connections by it end when "
				   "the host takes the VF away");
	vfg_finding_mend(finding, "take its auto, allow-hotplug and iface lines out of %s", path);
}

static void look_at_ifupdown(struct vfg_doctor *doctor, const struct vfg_link *link)
{
	static const char main_path[] = "/etc/network/interfaces";
	struct stanza stanza = {doctor, link};
	autofree char *text = vfg_root_read(doctor->root, main_path);

	if (!vfg_root_has(doctor->root, "/sbin/ifup") &&
	    !vfg_root_has(doctor->root, "/usr/sbin/ifup"))
		return;
	if (text)
		look_at_stanza(main_path, text, &stanza);
	vfg_root_visit(doctor->root, "/etc/network/interfaces.d", "", look_at_stanza, &stanza);
}

static void look_at_mark(struct vfg_doctor *doctor, const struct vfg_link *link, const char *driver)
{
	char path[64];
	autofree char *text = NULL;
	struct vfg_finding *finding;

	snprintf(path, sizeof(path), "/run/udev/data/n%u", link->ifindex);
	text = vfg_root_read(doctor->root, path);
	if (!text || !has_rule(doctor, driver, "NM_UNMANAGED", "1"))
		return;
	if (strstr(text, "\nE:NM_UNMANAGED=1") || !strncmp(text, "E:NM_UNMANAGED=1", 16)) {
		vfg_finding_fine(&doctor->findings, "vf-mark", link->name,
				 "udev has marked it as unmanaged");
		return;
	}
	finding = vfg_finding_add(&doctor->findings, "vf-mark", VFG_FINDING_WARNING, link->name);
	vfg_finding_says(finding, "a rule marks VFs as unmanaged, but not this one: it came before "
				  "the rule, or is not a slave");
	vfg_finding_means(finding, "network managers may configure it");
	vfg_finding_mend(finding,
			 "udevadm control --reload && udevadm trigger --action=change "
			 "/sys/class/net/%s",
			 link->name);
}

/* ---- --fix ---- */

static void write_one(struct vfg_doctor *doctor, const char *path, const char *text,
		      const char *end)
{
	int written = vfg_root_write(doctor->root, path, text, (size_t)(end - text));

	if (written < 0)
		vfg_warn(path, "cannot be written: %s; run it as root", strerror(-written));
	else if (written == VFG_ROOT_WRITTEN)
		vfg_note(path, "written");
	else if (written == VFG_ROOT_SAME)
		vfg_note(path, "is there already");
	else
		vfg_warn(path, "is there with other content, and is left as it is; move it away "
			       "and run this again");
}

void vfg_doctor_reload_udev(const char *root)
{
	static const char *const argv[] = {"udevadm", "control", "--reload", NULL};
	char output[16];

	if (!vfg_root_has(root, "/run/udev/control"))
		vfg_note("udev", "does not run here; the rule takes effect when it does");
	else if (root[0])
		vfg_note("udev", "is not told of another root's rules; run `udevadm control "
				 "--reload` there");
	else if (vfg_root_run(argv, output, sizeof(output)))
		vfg_warn("udev", "`udevadm control --reload` failed; run it by hand");
	else
		vfg_note("udev", "has read its rules again; VFs that are there get their mark by "
				 "`udevadm trigger --subsystem-match=net --action=change`");
}

/* Return: was there anything to mend? */
static bool mend(struct vfg_doctor *doctor, const struct vfg_manager_facts *facts)
{
	bool networkd =
		facts->is_there[VFG_MANAGER_NETWORKD] && !facts->leaves[VFG_MANAGER_NETWORKD];

	if (!networkd && (!facts->is_there[VFG_MANAGER_NM] || facts->leaves[VFG_MANAGER_NM]))
		return false;
	write_one(doctor, vfg_unmanaged_rule_path, vfg_unmanaged_rule, vfg_unmanaged_rule_end);
	if (networkd)
		write_one(doctor, vfg_unmanaged_network_path, vfg_unmanaged_network,
			  vfg_unmanaged_network_end);
	vfg_doctor_reload_udev(doctor->root);
	return true;
}

void vfg_doctor_managers(struct vfg_doctor *doctor)
{
	const char *drivers[3];
	size_t count = find_drivers(doctor, drivers);
	bool mended = false;

	for (size_t i = 0; i < count; i++) {
		struct vfg_manager_facts facts;

		gather(doctor, drivers[i], &facts);
		if (doctor->fix) {
			mended |= mend(doctor, &facts);
			gather(doctor, drivers[i], &facts);
		}
		vfg_judge_managers(&doctor->findings, &facts);
	}
	if (doctor->fix && !mended)
		vfg_note("--fix", "nothing to write: no network manager lacks a rule here");
	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *link = &doctor->links.link[i];
		char driver[VFG_DRIVER_MAX];

		if (!vfg_doctor_above(doctor, link))
			continue;
		look_at_ifupdown(doctor, link);
		vfg_doctor_vf_driver(doctor, link->name, driver);
		if (driver[0])
			look_at_mark(doctor, link, driver);
	}
}
