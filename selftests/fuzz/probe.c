/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all harnesses do with their input once it is a request, and what they hold against it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../policy-compiler/arguments.h"
#include "../../policy-compiler/explain.h"
#include "../generate.h"
#include "probe.h"

enum {
	ARENA_BYTES = 256 << 20,
	TABLE_PACKETS = 16,
};

/* A build without assertions must hold the same. */
static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

void probe_open(struct probe *probe)
{
	*probe = (struct probe){.arena = vfg_arena_new(ARENA_BYTES)};
	must(probe->arena, "there is memory");
	probe->diag.arena = probe->arena;
	probe->request.sources = probe->source;
	probe->request.tags = probe->tag;
	probe->request.params = probe->param;
}

void probe_close(struct probe *probe)
{
	vfg_arena_free(probe->arena);
}

void probe_add(struct probe *probe, enum vfg_source_kind kind, const char *text, size_t bytes)
{
	char *copy = vfg_arena_alloc(probe->arena, bytes);

	if (!copy || probe->request.source_count == PROBE_SOURCES_MAX)
		return;
	memcpy(copy, text, bytes);
	probe->source[probe->request.source_count++] = (struct vfg_source){
		.kind = kind,
		.file = "fuzz.json",
		.text = copy,
		.bytes = bytes,
	};
}

void probe_tag(struct probe *probe, const char *tag)
{
	if (probe->request.tag_count < PROBE_DEFINES_MAX)
		probe->tag[probe->request.tag_count++] = tag;
}

void probe_param(struct probe *probe, const char *param)
{
	if (probe->request.param_count < PROBE_DEFINES_MAX)
		probe->param[probe->request.param_count++] = param;
}

static bool is_line(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

static void check_messages(struct probe *probe)
{
	size_t errors = 0, warnings = 0;
	const char *text;

	for (const struct vfg_message *message = probe->diag.first; message;
	     message = message->next) {
		errors += message->severity == VFG_ERROR;
		warnings += message->severity == VFG_WARNING;
		must(message->code && *message->code, "a message has a code");
		must(message->text && *message->text, "a message has a text");
		must(is_line(vfg_report_message(probe->arena, "fuzz", message)),
		     "a message is one line");
	}
	must(errors <= probe->diag.errors && warnings <= probe->diag.warnings, "messages count");
	must(!probe->diag.errors == !errors, "errors are said");
	text = vfg_report_diag(probe->arena, &probe->diag);
	must(!text || is_line(text), "the envelope is one line");
}

static uint64_t seed_of(const struct probe *probe)
{
	uint64_t sum = 0xcbf29ce484222325;

	for (size_t i = 0; i < probe->request.source_count; i++) {
		for (size_t j = 0; j < probe->source[i].bytes; j++)
			sum = (sum ^ (uint8_t)probe->source[i].text[j]) * 0x100000001b3;
	}
	return sum;
}

static void compare(const struct vfg_model *model, const struct vfg_tables *tables, uint64_t seed,
		    size_t packets)
{
	struct vfg_random random = {.state = seed};

	for (size_t i = 0; i < packets; i++) {
		struct vfg_tuple tuple = vfg_generate_tuple(&random, model);
		struct vfg_verdict oracle = vfg_model_judge(model, &tuple);
		struct vfg_verdict verdict = vfg_tables_judge(tables, &tuple);

		must(oracle.allow == verdict.allow, "oracle and tables agree");
		must(oracle.stage == verdict.stage, "oracle and tables agree on the stage");
		must(!strcmp(oracle.rule, verdict.rule), "oracle and tables agree on the rule");
		must(!strcmp(oracle.list, verdict.list), "oracle and tables agree on the list");
	}
}

/* Of tables that may hold anything, so that marks and names are too. */
static void explain(struct vfg_arena *arena, const struct vfg_tables *tables,
		    const struct vfg_tuple *tuple, const struct vfg_verdict *verdict)
{
	struct vfg_question question = {.tuple = *tuple, .protocol = "Tcp"};
	struct vfg_explanation explanation;
	const char *text;

	if (vfg_explain(arena, tables, tuple, &explanation))
		return;
	must(explanation.verdict.allow == verdict->allow, "an explanation has the verdict");
	must(!strcmp(explanation.verdict.rule, verdict->rule), "an explanation has the rule");
	for (int json = 0; json < 2; json++) {
		if (!vfg_report_explanation(arena, tables, &question, &explanation, json, &text))
			must(text[strlen(text) - 1] == '\n', "an explanation is lines");
	}
}

void probe_tables(struct vfg_arena *arena, const struct vfg_tables *tables, uint64_t seed)
{
	struct vfg_random random = {.state = seed};
	const char *text;

	for (size_t i = 0; i < TABLE_PACKETS; i++) {
		struct vfg_tuple tuple = {
			.direction = (uint8_t)vfg_random_below(&random, VFG_DIRECTION_MAX),
			.family = (uint8_t)vfg_random_below(&random, VFG_FAMILY_MAX),
			.protocol = i % 4 ? 6 : (uint8_t)vfg_random_next(&random),
			.local_port = (uint16_t)vfg_random_next(&random),
			.remote_port = (uint16_t)vfg_random_next(&random),
		};
		struct vfg_verdict verdict;

		for (size_t byte = 0; byte < sizeof(tuple.local); byte++) {
			tuple.local[byte] = (uint8_t)vfg_random_next(&random);
			tuple.remote[byte] = (uint8_t)vfg_random_next(&random);
		}
		verdict = vfg_tables_judge(tables, &tuple);
		must(verdict.rule && verdict.list, "a verdict has texts");
		vfg_tables_rule(tables, verdict.number);
		if (i % 8 == 0)
			explain(arena, tables, &tuple, &verdict);
	}
	vfg_tables_rule(tables, (uint32_t)vfg_random_next(&random));
	vfg_tables_text(tables, (uint32_t)vfg_random_next(&random));
	for (int json = 0; json < 2; json++) {
		int err = vfg_dump(arena, tables, json, &text);

		must(err == -ENOMEM || (!err && text[strlen(text) - 1] == '\n'), "a dump is lines");
	}
}

static void check_model(struct probe *probe, const struct vfg_model *model, size_t packets)
{
	struct vfg_tables tables;
	size_t bytes;
	void *image;
	int err = vfg_image_write(probe->arena, model, &probe->diag, &image, &bytes);

	must(!err || err == -E2BIG || err == -ENOMEM, "an image is written or refused");
	if (err)
		return;
	must(!vfg_image_open(image, bytes, &probe->diag, &tables), "an image opens");
	compare(model, &tables, seed_of(probe), packets);
	probe_tables(probe->arena, &tables, seed_of(probe));
}

void probe_run(struct probe *probe, size_t packets)
{
	struct vfg_model *model = NULL;
	int err = vfg_model_read(probe->arena, &probe->request, &probe->diag, &model);

	must(err == 0 || err == -EINVAL || err == -ENOMEM, "the result is documented");
	must((err != 0) == (probe->diag.errors != 0), "errors and result agree");
	must((err == 0) == (model != NULL), "a model or an error");
	check_messages(probe);
	if (!err && packets)
		check_model(probe, model, packets);
}
