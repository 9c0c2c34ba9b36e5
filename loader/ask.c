/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs a frame through pinned programs by BPF_PROG_TEST_RUN and reads the answer. */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <string.h>

#include <bpf/bpf.h>

#include "../maps/answer.h"
#include "../maps/reason.h"
#include "ask.h"
#include "cleanup.h"
#include "frame.h"
#include "say.h"

enum { TRIES = 5 };

int vfg_asker_open(const struct vfg_pins *pins, const char *where, struct vfg_asker *ret_asker)
{
	int err;

	*ret_asker = (struct vfg_asker){.pins = pins,
					.xdp = vfg_pin_get(pins, VFG_PIN_XDP),
					.tc_in = vfg_pin_get(pins, VFG_PIN_TC_IN),
					.tc_out = vfg_pin_get(pins, VFG_PIN_TC_OUT),
					.active = {.fd = -1}};
	if (ret_asker->xdp < 0 || ret_asker->tc_in < 0 || ret_asker->tc_out < 0)
		return vfg_say(VFG_EXIT_SYSTEM, where,
			       "its programs cannot be opened; unload and load it again");
	err = vfg_active_open(pins, &ret_asker->active);
	if (err)
		return vfg_say(VFG_EXIT_SYSTEM, where, "its policy cannot be read: %s",
			       strerror(-err));
	return 0;
}

void vfg_asker_close(struct vfg_asker *asker)
{
	vfg_active_close(&asker->active);
	vfg_close_fd(&asker->xdp);
	vfg_close_fd(&asker->tc_in);
	vfg_close_fd(&asker->tc_out);
}

/* Return: 0, -ENOMSG where the program did not answer, or -errno. */
static int run(int program_fd, const struct vfg_tuple *tuple, struct vfg_answer *ret_answer,
	       uint32_t *ret_code)
{
	uint8_t frame[VFG_FRAME_MAX], out[VFG_FRAME_MAX * 4];
	size_t bytes = vfg_frame_build(tuple, frame);
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = (__u32)bytes,
		    .data_out = out, .data_size_out = sizeof(out), .repeat = 1);
	int err = bpf_prog_test_run_opts(program_fd, &options);

	if (err)
		return err;
	memcpy(ret_answer, out, sizeof(*ret_answer));
	if (ret_answer->reason >= VFG_REASON_MAX || ret_answer->direction >= VFG_DIRECTION_MAX)
		return -ENOMSG;
	*ret_code = options.retval;
	return 0;
}

static bool agree(const struct vfg_answer *a, const struct vfg_answer *b)
{
	return a->rule == b->rule && a->reason == b->reason && a->generation == b->generation;
}

/* Return: 0, -EAGAIN where a policy was swapped meanwhile, -EBADE where the programs contradict
 * each other or themselves, or -errno. */
static int ask_programs(const struct vfg_asker *asker, const struct vfg_tuple *tuple,
			struct vfg_answer *ret_answer)
{
	bool in = tuple->direction == VFG_INBOUND;
	struct vfg_answer xdp;
	uint32_t code;
	int err = run(in ? asker->tc_in : asker->tc_out, tuple, ret_answer, &code);

	if (err)
		return err;
	if ((code == TC_ACT_SHOT) != !!vfg_reason_drops(ret_answer->reason))
		return -EBADE;
	if (in) {
		err = run(asker->xdp, tuple, &xdp, &code);
		if (err)
			return err;
		if (xdp.generation != ret_answer->generation)
			return -EAGAIN;
		if (!agree(&xdp, ret_answer) ||
		    (code == XDP_DROP) != !!vfg_reason_drops(xdp.reason))
			return -EBADE;
	}
	return ret_answer->generation == asker->active.tables.policy->generation ? 0 : -EAGAIN;
}

static void name_rule(const struct vfg_tables *tables, const struct vfg_answer *answer,
		      struct vfg_verdict *ret_verdict)
{
	const struct vfg_rule_info *info = vfg_tables_rule(tables, answer->rule);

	*ret_verdict = (struct vfg_verdict){
		.allow = !vfg_reason_drops(answer->reason),
		.rule = info ? vfg_tables_text(tables, info->name_offset) : "",
		.list = info ? vfg_tables_list_name(tables, info) : "",
		.number = answer->rule,
		.stage = info ? info->stage : 0,
	};
}

static int report(const char *where, int err)
{
	if (err == -EBADE)
		return vfg_say(VFG_EXIT_SYSTEM, where,
			       "the loaded XDP and TC programs disagree about this packet; that is "
			       "a bug, please report it");
	if (err == -ENOMSG)
		return vfg_say(
			VFG_EXIT_SYSTEM, where,
			"the loaded program gave no answer; that is a bug, please report it");
	return vfg_say(VFG_EXIT_SYSTEM, where, "the loaded program cannot be asked: %s",
		       strerror(-err));
}

int vfg_ask(struct vfg_asker *asker, const char *where, const struct vfg_tuple *tuple,
	    struct vfg_verdict *ret_verdict)
{
	struct vfg_answer answer = {};
	int err = -EAGAIN;

	for (int i = 0; i < TRIES && err == -EAGAIN; i++) {
		err = ask_programs(asker, tuple, &answer);
		if (err == -EAGAIN) {
			vfg_active_close(&asker->active);
			vfg_active_open(asker->pins, &asker->active);
			if (!asker->active.memory)
				return report(where, -ENOENT);
		}
	}
	if (err)
		return report(where, err);
	name_rule(&asker->active.tables, &answer, ret_verdict);
	return 0;
}
