/* SPDX-License-Identifier: GPL-2.0-only */
/* The verify command: one question, or a file of them, to the loaded programs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "ask.h"
#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "cover.h"
#include "loaded.h"
#include "say.h"
#include "verify_explain.h"

enum { ANSWER_BYTES_MAX = 64 << 10 };

struct verify {
	const char *name;
	const char *batch;
	bool json;
	bool explain;
	bool has_question;
	struct vfg_question question;
};

static int take_own(struct verify *verify, int argc, char **argv, int *index)
{
	const char *argument = argv[(*index)++];

	if (!strcmp(argument, "--json")) {
		verify->json = true;
		return 0;
	}
	if (!strcmp(argument, "--explain")) {
		verify->explain = true;
		return 0;
	}
	if (!strcmp(argument, "--batch")) {
		if (*index == argc)
			return vfg_say(VFG_EXIT_USAGE, argument, "needs a file");
		verify->batch = argv[(*index)++];
		return 0;
	}
	if (argument[0] == '-' || verify->name)
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of verify; see --help");
	verify->name = argument;
	return 0;
}

static int parse(int argc, char **argv, struct verify *verify)
{
	const char *problem = NULL;
	int index = 1;

	while (index < argc) {
		const char *argument = argv[index];
		int taken = vfg_question_take(&verify->question, argc, argv, &index, &problem);
		int err = 0;

		if (taken < 0)
			return vfg_say(VFG_EXIT_USAGE, argument, "%s",
				       problem ? problem : "wrong usage");
		verify->has_question |= taken == 1;
		if (!taken)
			err = take_own(verify, argc, argv, &index);
		if (err)
			return err;
	}
	if (!verify->name)
		return vfg_say(VFG_EXIT_USAGE, "verify", "no device; give DEV");
	if (verify->batch && verify->has_question)
		return vfg_say(VFG_EXIT_USAGE, "--batch", "takes no --direction and the like");
	if (verify->batch && (verify->json || verify->explain))
		return vfg_say(VFG_EXIT_USAGE, "--batch", "takes no --%s; see --help",
			       verify->json ? "json" : "explain");
	if (!verify->batch && vfg_question_complete(&verify->question, &problem))
		return vfg_say(VFG_EXIT_USAGE, "verify", "%s; see --help",
			       problem ? problem : "the question is incomplete");
	return 0;
}

static void free_arena(struct vfg_arena **arena)
{
	if (*arena)
		vfg_arena_free(*arena);
}

static int ask_one(struct vfg_asker *asker, const struct verify *verify)
{
	struct vfg_arena *arena __attribute__((cleanup(free_arena))) =
		vfg_arena_new(ANSWER_BYTES_MAX);
	const char *text = NULL;
	struct vfg_verdict verdict;
	int err = vfg_ask(asker, verify->name, &verify->question.tuple, &verdict);

	if (err)
		return err;
	if (arena)
		text = vfg_report_verdict(arena, &verdict, verify->json);
	if (!text)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	puts(text);
	return 0;
}

static int ask_file(struct vfg_asker *asker, const struct verify *verify)
{
	autofile FILE *file = fopen(verify->batch, "re");
	autofree char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int status = 0;

	if (!file)
		return vfg_say(vfg_options_at_fault(-errno) ? VFG_EXIT_REFUSED : VFG_EXIT_SYSTEM,
			       verify->batch, "cannot be read: %s", strerror(errno));
	while ((length = getline(&line, &room, file)) >= 0) {
		const char *problem = NULL;
		struct vfg_verdict verdict;
		struct vfg_tuple tuple = {};
		int err;

		length -= length && line[length - 1] == '\n';
		if (vfg_question_read(line, (size_t)length, &tuple, &problem)) {
			printf("Error,%s\n", problem ? problem : "bad line");
			status = VFG_EXIT_REFUSED;
			continue;
		}
		err = vfg_ask(asker, verify->name, &tuple, &verdict);
		if (err)
			return err;
		printf("%s,%s\n", verdict.allow ? "Allow" : "Deny", verdict.rule);
	}
	if (ferror(file))
		return vfg_say(vfg_options_at_fault(-errno) ? VFG_EXIT_REFUSED : VFG_EXIT_SYSTEM,
			       verify->batch, "cannot be read: %s", strerror(errno));
	return status;
}

/* What the programs say is what happens only where they are asked. */
static void warn_if_off(const struct vfg_loaded *loaded, const char *name)
{
	bool in = vfg_cover_has_tc(&loaded->pins, loaded->state.ifindex, VFG_INBOUND);
	bool out = vfg_cover_has_tc(&loaded->pins, loaded->state.ifindex, VFG_OUTBOUND);

	if (in && out)
		return;
	vfg_note(
		name,
		"the programs answer, but TC %s not attached: %s enforced; `%s apply %s -p POLICY` "
		"puts it back, continuing",
		in    ? "egress is"
		: out ? "ingress is"
		      : "ingress and egress are",
		in    ? "nothing outbound is"
		: out ? "not all inbound is"
		      : "not all is",
		vfg_say_program(), name);
}

int vfg_command_verify(int argc, char **argv)
{
	autoloaded struct vfg_loaded loaded = {.lock = -1, .pins.bpffs = -1};
	autoasker struct vfg_asker asker = {
		.xdp = -1, .tc_in = -1, .tc_out = -1, .active = {.fd = -1}};
	struct verify verify = {};
	int err = parse(argc, argv, &verify);

	if (!err)
		err = vfg_capability_check_maps("verify");
	if (!err)
		err = vfg_loaded_open(verify.name, VFG_LOADED_READ, &loaded);
	if (!err)
		err = vfg_asker_open(&loaded.pins, verify.name, &asker);
	if (err)
		return err;
	warn_if_off(&loaded, verify.name);
	if (verify.explain)
		return vfg_verify_explain(&asker, verify.name, &verify.question, verify.json);
	return verify.batch ? ask_file(&asker, &verify) : ask_one(&asker, &verify);
}
