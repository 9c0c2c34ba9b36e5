/* SPDX-License-Identifier: GPL-2.0-only */
/* Which masters the doctor looks at, and what is below them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../maps/abi.h"
#include "cleanup.h"
#include "doctor.h"
#include "doctor_root.h"
#include "ethtool.h"
#include "former.h"
#include "say.h"

/* A link to the driver, below a root that is not this machine's; else as ethtool says. */
static void driver_of(const struct vfg_doctor *doctor, const char *device,
		      char ret_driver[VFG_DRIVER_MAX])
{
	char path[128], full[PATH_MAX], target[256];
	ssize_t length = -1;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device/driver", device);
	if (doctor->root[0] && vfg_root_path(doctor->root, path, full))
		length = readlink(full, target, sizeof(target) - 1);
	if (length > 0) {
		const char *base;

		target[length] = '\0';
		base = strrchr(target, '/');
		snprintf(ret_driver, VFG_DRIVER_MAX, "%.31s", base ? base + 1 : target);
		return;
	}
	vfg_ethtool_driver(device, ret_driver, VFG_DRIVER_MAX);
}

void vfg_doctor_vf_driver(const struct vfg_doctor *doctor, const char *device,
			  char ret_driver[VFG_DRIVER_MAX])
{
	static const char *const drivers[] = {"mana", "mlx4_core", "mlx5_core"};

	driver_of(doctor, device, ret_driver);
	if (!strcmp(ret_driver, "mlx4_en"))
		strcpy(ret_driver, "mlx4_core");
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		if (!strcmp(ret_driver, drivers[i]))
			return;
	}
	ret_driver[0] = '\0';
}

bool vfg_doctor_is_below(const struct vfg_doctor_master *master, const struct vfg_link *link)
{
	return link->master == master->device.link.ifindex;
}

const struct vfg_doctor_master *vfg_doctor_above(const struct vfg_doctor *doctor,
						 const struct vfg_link *link)
{
	for (size_t i = 0; link->master && i < doctor->count; i++) {
		if (vfg_doctor_is_below(&doctor->master[i], link))
			return &doctor->master[i];
	}
	return NULL;
}

static void refuse_load(struct vfg_doctor *doctor, const char *name, const char *said)
{
	struct vfg_finding *finding =
		vfg_finding_add(&doctor->findings, "not-loaded", VFG_FINDING_ERROR, name);
	const char *text = strstr(said, name);

	/* "vfguard: NAME: what is wrong\n" */
	text = text ? text + strlen(name) + 2 : said;
	vfg_finding_says(finding, "%.*s", (int)strcspn(text, "\n"), text);
	vfg_finding_means(finding, "nobody knows what is judged on it");
	vfg_finding_mend(finding, "vfguard unload %s, then vfguard load %s -p POLICY", name, name);
}

/* What is loaded under a name, or a finding of what is there instead. */
static struct vfg_loaded *open_loaded(struct vfg_doctor *doctor, const char *name)
{
	struct vfg_loaded *loaded = calloc(1, sizeof(*loaded));
	autofree char *said = NULL;
	size_t bytes;
	FILE *stream = loaded ? open_memstream(&said, &bytes) : NULL;
	int err;

	if (!stream) {
		free(loaded);
		return NULL;
	}
	vfg_say_divert(stream);
	err = vfg_loaded_open(name, VFG_LOADED_READ, loaded);
	vfg_say_divert(NULL);
	fclose(stream);
	if (!err)
		return loaded;
	refuse_load(doctor, name, said);
	vfg_loaded_close(loaded);
	free(loaded);
	return NULL;
}

/* What another version has loaded goes on being enforced. Return: is there any? */
static bool look_for_former(struct vfg_doctor *doctor, const char *name)
{
	autoformers struct vfg_formers formers = {};
	struct vfg_finding *finding;

	vfg_formers_find(name, &formers);
	if (!formers.count)
		return false;
	finding = vfg_finding_add(&doctor->findings, "not-loaded", VFG_FINDING_WARNING, name);
	vfg_finding_says(finding, "another version of vfguard has loaded it (%s)",
			 formers.former[0].pins.shown);
	vfg_finding_means(finding, "its policy is in force, and this version cannot look after it");
	vfg_finding_mend(finding,
			 "vfguard load %s -p POLICY takes it over, and so does systemctl "
			 "restart vfguard",
			 name);
	return true;
}

static void add(struct vfg_doctor *doctor, const struct vfg_link *link)
{
	struct vfg_doctor_master *master = &doctor->master[doctor->count];
	char name[IFNAMSIZ];

	if (doctor->count == VFG_DOCTOR_MASTERS_MAX)
		return;
	doctor->count++;
	*master = (struct vfg_doctor_master){};
	vfg_device_fill(&doctor->links, link, NULL, &master->device);
	if (!doctor->privileged)
		return;
	master->is_known = true;
	if (!vfg_loaded_as(link->ifindex, name)) {
		master->is_known = !look_for_former(doctor, link->name);
		return;
	}
	master->loaded = open_loaded(doctor, name);
	master->is_loaded = master->loaded != NULL;
	master->is_known = master->is_loaded;
}

/* Not everything that has something below it: a synthetic NIC, or what has a VF below it. */
static bool looks_like_a_master(const struct vfg_doctor *doctor, const struct vfg_link *link)
{
	char driver[VFG_DRIVER_MAX];

	if (link->master || link->flags & IFF_LOOPBACK)
		return false;
	driver_of(doctor, link->name, driver);
	if (!strcmp(driver, "hv_netvsc") || !strcmp(driver, "net_failover"))
		return true;
	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *below = &doctor->links.link[i];

		if (below->master != link->ifindex)
			continue;
		vfg_doctor_vf_driver(doctor, below->name, driver);
		if (driver[0])
			return true;
	}
	return false;
}

static void look_at_pins(struct vfg_doctor *doctor, const char *name)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	struct vfg_finding *finding;
	struct vfg_state state;

	if (vfg_pins_open(name, false, &pins) || vfg_state_read(&pins, &state) ||
	    vfg_loaded_elsewhere(&state) || vfg_links_by_index(&doctor->links, state.ifindex))
		return;
	finding = vfg_finding_add(&doctor->findings, "gone-master", VFG_FINDING_WARNING, name);
	vfg_finding_says(finding, "it was loaded, and the device is gone");
	vfg_finding_means(finding, "its maps take memory, and a device that gets its name is not "
				   "judged by them");
	vfg_finding_mend(finding, "vfguard clean");
}

static void look_for_gone(struct vfg_doctor *doctor)
{
	struct vfg_pin_names names = {};

	if (!doctor->privileged || vfg_pins_masters(VFG_ABI, &names))
		return;
	for (size_t i = 0; i < names.count; i++)
		look_at_pins(doctor, names.name[i]);
	free(names.name);
}

static void add_all(struct vfg_doctor *doctor)
{
	char name[IFNAMSIZ];

	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *link = &doctor->links.link[i];

		if ((doctor->privileged && vfg_loaded_as(link->ifindex, name)) ||
		    looks_like_a_master(doctor, link))
			add(doctor, link);
	}
}

int vfg_doctor_pick(struct vfg_doctor *doctor, const char *name)
{
	int err = vfg_links_read(&doctor->links);

	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, "devices", "cannot be listed: %s", strerror(-err));
	if (!name) {
		look_for_gone(doctor);
		add_all(doctor);
		return 0;
	}
	err = vfg_device_find(&doctor->links, name, &doctor->master[0].device);
	if (!err)
		add(doctor, vfg_links_by_name(&doctor->links, name));
	return err;
}

void vfg_doctor_release(struct vfg_doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		if (doctor->master[i].loaded)
			vfg_loaded_close(doctor->master[i].loaded);
		free(doctor->master[i].loaded);
	}
	vfg_links_free(&doctor->links);
	vfg_findings_free(&doctor->findings);
}
