/* SPDX-License-Identifier: GPL-2.0-only */
/* What hooks, states and reasons are called, wherever they are shown. Pure. */
#include "../maps/reason.h"
#include "status.h"

const char *const vfg_status_hooks[VFG_HOOK_MAX] = {
	[VFG_HOOK_XDP] = "xdp",
	[VFG_HOOK_TC_INGRESS] = "tc-ingress",
	[VFG_HOOK_TC_EGRESS] = "tc-egress",
	[VFG_HOOK_TC_EGRESS_VF] = "tc-egress-vf",
};

const char *const vfg_status_states[VFG_FLOW_STATE_MAX] = {
	[VFG_FLOW_FREE] = "free",
	[VFG_FLOW_BUSY] = "busy",
	[VFG_FLOW_NEW] = "new",
	[VFG_FLOW_REPLIED] = "replied",
	[VFG_FLOW_CLOSING] = "closing",
	[VFG_FLOW_RESET] = "reset",
	[VFG_FLOW_ESTABLISHED] = "established",
	[VFG_FLOW_FIN] = "fin",
};

const char *const vfg_status_reasons[] = {
#define REASON_TEXT(name, text, meaning) [VFG_REASON_##name] = text,
	VFG_REASONS(REASON_TEXT)
#undef REASON_TEXT
};
