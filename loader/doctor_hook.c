/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at attachments: is vfguard's where it should be, and what of others is ahead.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "attach.h"
#include "audit.h"
#include "cleanup.h"
#include "cover.h"
#include "doctor.h"

static void tell_not_loaded(struct vfg_doctor *doctor, const char *name)
{
	struct vfg_finding *finding;

	/* What is there instead has been told of when it was opened. */
	for (size_t i = 0; i < doctor->findings.count; i++) {
		if (!strcmp(doctor->findings.finding[i].check, "not-loaded") &&
		    !strcmp(doctor->findings.finding[i].device, name))
			return;
	}
	finding = vfg_finding_add(&doctor->findings, "not-loaded", VFG_FINDING_ERROR, name);
	vfg_finding_says(finding, "no policy is loaded on it");
	vfg_finding_means(finding, "nothing of its traffic is judged");
	vfg_finding_mend(finding,
			 "vfguard load %s -p POLICY, and for every boot a [master %s] in "
			 "/etc/vfguard/vfguard.conf",
			 name, name);
}

static bool look_at_tc(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	static const char *const sides[] = {[VFG_INBOUND] = "ingress", [VFG_OUTBOUND] = "egress"};
	static const char *const lost[] = {
		[VFG_INBOUND] = "what XDP lets through is not judged, and without XDP nothing is",
		[VFG_OUTBOUND] = "what is sent is not judged, and opens no flow for its replies"};
	const char *name = master->device.link.name;
	bool all = true;

	for (int side = 0; side < VFG_DIRECTION_MAX; side++) {
		struct vfg_finding *finding;

		if (vfg_cover_has_tc(&master->loaded->pins, master->loaded->state.ifindex,
				     (enum vfg_direction)side)) {
			vfg_finding_fine(&doctor->findings, "tc", name, "TC %s is on", sides[side]);
			continue;
		}
		all = false;
		finding = vfg_finding_add(&doctor->findings, "tc", VFG_FINDING_ERROR, name);
		vfg_finding_says(finding, "TC %s is off: somebody has taken vfguard's program off",
				 sides[side]);
		vfg_finding_means(finding, "%s", lost[side]);
		vfg_finding_mend(finding,
				 "systemctl start vfguard, which puts it back and keeps it there; "
				 "or vfguard apply %s -p POLICY",
				 name);
	}
	return all;
}

static void look_at_others(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	const struct vfg_cover cover = {&master->loaded->pins,	&doctor->links, &master->device,
					&master->loaded->state, VFG_COVER_NEW,	NULL};
	const char *name = master->device.link.name;
	struct vfg_alarms alarms;

	vfg_alarm_gather(&cover, &alarms);
	if (!alarms.count)
		vfg_finding_fine(&doctor->findings, "alarm", name,
				 "no program of others is ahead of vfguard's");
	for (size_t i = 0; i < alarms.count; i++) {
		struct vfg_finding *finding =
			vfg_finding_add(&doctor->findings, "alarm", VFG_FINDING_ERROR, name);

		vfg_finding_says(finding, "%s", alarms.text[i]);
		vfg_finding_means(finding, "packets may pass that the policy denies");
		vfg_finding_mend(finding, "`bpftool net` and `tc filter show` say whose programs "
					  "are there; take theirs off, then systemctl restart "
					  "vfguard puts vfguard's back");
	}
}

/* A device that lost its XDP: where it was never to be had, doctor_nic.c says why. */
static void look_at_xdp(struct vfg_doctor *doctor, const struct vfg_doctor_master *master,
			bool has_tc)
{
	struct vfg_state *state = &master->loaded->state;

	for (size_t i = 0; i < doctor->links.count; i++) {
		const struct vfg_link *link = &doctor->links.link[i];
		const struct vfg_state_path *tried = vfg_state_path(state, link->ifindex);
		struct vfg_finding *finding;

		if (!vfg_device_wants_xdp(&master->device, link) ||
		    (tried && tried->mode == VFG_MODE_TC) ||
		    vfg_attach_live(&master->loaded->pins, link->ifindex))
			continue;
		finding = vfg_finding_add(&doctor->findings, "xdp",
					  has_tc ? VFG_FINDING_WARNING : VFG_FINDING_ERROR,
					  link->name);
		vfg_finding_says(finding, "it has no XDP of vfguard's %s",
				 tried && tried->mode ? "any more" : "yet");
		vfg_finding_means(finding, "%s",
				  has_tc ? "TC on the master judges its packets, until the daemon "
					   "puts XDP on it"
					 : "its packets are not judged");
		vfg_finding_mend(finding, "systemctl start vfguard, which covers devices as they "
					  "come");
	}
}

static void tell_gap(struct vfg_doctor *doctor, const char *name,
		     const struct vfg_coverage *coverage, bool alarmed)
{
	const struct vfg_coverage_alarm *alarm = &coverage->alarm;
	bool open = alarmed && !alarm->closed_ns;
	struct vfg_finding *finding = vfg_finding_add(
		&doctor->findings, "coverage",
		alarmed && alarm->unjudged && open ? VFG_FINDING_ERROR : VFG_FINDING_WARNING, name);

	if (alarmed)
		vfg_finding_says(finding,
				 "%s: %" PRIu64 " packets were not judged by XDP, %" PRIu64
				 " of them by no hook; %s",
				 alarm->path[0] ? alarm->path : "a device below it", alarm->tc_only,
				 alarm->unjudged, open ? "it goes on" : "it is over");
	else
		vfg_finding_says(finding, "%" PRIu64 " packets have passed unjudged since the load",
				 coverage->unjudged);
	vfg_finding_means(finding, "%s",
			  alarmed && !alarm->unjudged
				  ? "TC on the master judged them"
				  : "packets may have passed that the policy denies");
	vfg_finding_mend(finding,
			 "vfguard status %s says on which device; systemctl start vfguard "
			 "closes gaps within a second",
			 name);
}

static void look_at_coverage(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	autofree struct vfg_coverage *coverage = calloc(1, sizeof(*coverage));
	const char *name = master->device.link.name;
	bool alarmed;

	if (!coverage || vfg_audit_look(&master->loaded->pins, &master->loaded->state, coverage))
		return;
	alarmed = vfg_coverage_alarmed(coverage, vfg_coverage_now_ns());
	if (alarmed || coverage->unjudged)
		tell_gap(doctor, name, coverage, alarmed);
	else
		vfg_finding_fine(&doctor->findings, "coverage", name, "0 packets unjudged");
}

void vfg_doctor_hooks(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	bool has_tc;

	if (!master->is_loaded) {
		tell_not_loaded(doctor, master->device.link.name);
		return;
	}
	has_tc = look_at_tc(doctor, master);
	look_at_xdp(doctor, master, has_tc);
	look_at_others(doctor, master);
	look_at_coverage(doctor, master);
}
