/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at the devices of a master: driver, settings, channels. */
#include <errno.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "attach.h"
#include "cleanup.h"
#include "doctor.h"
#include "doctor_judge.h"
#include "ethtool.h"
#include "refusal.h"
#include "xdp_feature.h"

static uint32_t our_program(const struct vfg_doctor_master *master)
{
	autofd int fd = vfg_pin_get(&master->loaded->pins, VFG_PIN_XDP);

	return fd < 0 ? 0 : vfg_tc_program_id(fd);
}

static void look_at_attachment(const struct vfg_doctor_master *master, const struct vfg_link *link,
			       struct vfg_nic_facts *facts)
{
	const struct vfg_state_path *path;

	if (!master->is_loaded)
		return;
	path = vfg_state_path(&master->loaded->state, link->ifindex);
	if (!path)
		return;
	facts->is_generic = path->mode == VFG_MODE_GENERIC;
	facts->error = path->mode == VFG_MODE_TC ? path->error : 0;
	facts->is_covered = path->mode == VFG_MODE_NATIVE &&
			    vfg_attach_live(&master->loaded->pins, link->ifindex);
}

static void look_at(struct vfg_doctor *doctor, const struct vfg_doctor_master *master,
		    const struct vfg_link *link)
{
	char refusal_text[VFG_REFUSAL_TEXT_MAX];
	struct vfg_refusal refusal;
	struct vfg_nic_facts facts = {.mtu = link->mtu, .cpus = (uint32_t)get_nprocs()};
	uint32_t ours = master->is_loaded ? our_program(master) : 0;

	memcpy(facts.name, link->name, sizeof(facts.name));
	memcpy(facts.master, master->device.link.name, sizeof(facts.master));
	vfg_ethtool_driver(link->name, facts.driver, sizeof(facts.driver));
	snprintf(facts.master_kind, sizeof(facts.master_kind), "%s",
		 master->device.link.kind[0] ? master->device.link.kind : master->device.driver);
	facts.through_master = master->device.xdp_on_self && link->master;
	facts.native = vfg_known_of(vfg_xdp_feature(link->ifindex));
	facts.mtu_max = vfg_refusal_mtu_max(facts.driver);
	vfg_ethtool_lro(link->name, &facts.has_lro);
	facts.has_channels = vfg_ethtool_channels(link->name, &facts.channels) == 0;
	if (master->is_known && link->xdp_program != ours)
		facts.foreign_program = link->xdp_program;
	look_at_attachment(master, link, &facts);
	if (facts.error) {
		vfg_refusal_gather(&doctor->links, link, facts.error, &refusal);
		vfg_refusal_text(&refusal, refusal_text);
		facts.refusal = refusal_text;
	}
	vfg_judge_nic(&doctor->findings, &facts);
}

void vfg_doctor_nics(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *link = &doctor->links.link[i];

		if (vfg_device_wants_xdp(&master->device, link) ||
		    vfg_doctor_is_below(master, link))
			look_at(doctor, master, link);
	}
}
