/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks for programs of others on the devices of a master, and for sides without ours. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "alarm.h"
#include "cleanup.h"
#include "clsact.h"
#include "tcx.h"

static const char *const sides[] = {[VFG_INBOUND] = "ingress", [VFG_OUTBOUND] = "egress"};

static void __attribute__((format(printf, 2, 3)))
add(struct vfg_alarms *alarms, const char *format, ...)
{
	va_list arguments;

	if (alarms->count == VFG_ALARMS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(alarms->text[alarms->count++], VFG_ALARM_TEXT_MAX, format, arguments);
	va_end(arguments);
}

static uint32_t id_of(const struct vfg_pins *pins, const char *name)
{
	autofd int program_fd = vfg_pin_get(pins, name);

	return program_fd < 0 ? 0 : vfg_tc_program_id(program_fd);
}

/* tcx runs before clsact: where our program is a filter, all of it is ahead. */
static void look_at_tcx(const struct vfg_tc_hook *hook, const char *name, uint32_t ours,
			struct vfg_alarms *alarms)
{
	struct vfg_tcx_programs programs;

	if (!vfg_tcx_supported() || vfg_tcx_query(hook->ifindex, hook->direction, &programs))
		return;
	for (uint32_t i = 0; i < programs.count && programs.id[i] != ours; i++)
		add(alarms,
		    "%s: a tcx program that is not ours (id %u) runs before ours at %s; what it "
		    "accepts or redirects is not judged",
		    name, programs.id[i], sides[hook->direction]);
}

static void look_at_filters(const struct vfg_tc_hook *hook, const char *name,
			    struct vfg_alarms *alarms)
{
	struct vfg_clsact_rivals rivals;

	if (vfg_clsact_rivals(hook->ifindex, hook->direction, &rivals))
		return;
	for (uint32_t i = 0; i < rivals.count; i++)
		add(alarms,
		    "%s: a TC filter that is not ours (priority 1, handle 0x%x) %s at %s; `tc "
		    "filter show dev %s %s` shows it",
		    name, rivals.rival[i].handle,
		    rivals.rival[i].is_ahead ? "runs before ours" : "stands at our priority",
		    sides[hook->direction], name, sides[hook->direction]);
}

/* @judges: what goes unjudged without it; NULL where another line says so. */
static void look_at_hook(const struct vfg_tc_hook *hook, const char *name, const char *judges,
			 struct vfg_alarms *alarms)
{
	enum vfg_tc_way way = vfg_tc_find(hook);

	if (way == VFG_TC_AUTO && judges)
		add(alarms, "%s: TC %s is off: %s", name, sides[hook->direction], judges);
	if (way == VFG_TC_AUTO)
		return;
	look_at_tcx(hook, name, id_of(hook->pins, hook->program), alarms);
	if (way == VFG_TC_CLSACT)
		look_at_filters(hook, name, alarms);
}

static void look_at_xdp(const struct vfg_link *link, uint32_t ours, struct vfg_alarms *alarms)
{
	if (link->xdp_program && link->xdp_program != ours)
		add(alarms,
		    "%s: an XDP program that is not ours (id %u) is on it; what that sends back or "
		    "redirects is not judged",
		    link->name, link->xdp_program);
}

void vfg_alarm_gather(const struct vfg_cover *cover, struct vfg_alarms *ret_alarms)
{
	const struct vfg_link *master = &cover->device->link;
	uint32_t xdp = id_of(cover->pins, VFG_PIN_XDP);

	*ret_alarms = (struct vfg_alarms){};
	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		struct vfg_tc_hook hook = vfg_cover_hook(cover->pins, master->ifindex, i);

		look_at_hook(&hook, master->name, NULL, ret_alarms);
	}
	look_at_xdp(master, xdp, ret_alarms);
	for (size_t i = 0; i < cover->links->count; i++) {
		const struct vfg_link *link = &cover->links->link[i];
		struct vfg_tc_hook hook;

		if (!vfg_device_has_below(cover->device, link))
			continue;
		hook = vfg_cover_hook_below(cover->pins, link->ifindex);
		look_at_hook(&hook, link->name, "what is sent on it past its master is not judged",
			     ret_alarms);
		look_at_xdp(link, xdp, ret_alarms);
	}
}

uint32_t vfg_alarm_digest(const struct vfg_alarms *alarms)
{
	uint32_t digest = 2166136261; /* FNV-1a */

	if (!alarms->count)
		return 0;
	for (size_t i = 0; i < alarms->count; i++) {
		for (const char *at = alarms->text[i]; *at; at++)
			digest = (digest ^ (uint8_t)*at) * 16777619;
	}
	return digest ? digest : 1;
}
