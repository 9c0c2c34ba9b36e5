/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One compile in a test: sources and tags in, model and messages out, and questions to the oracle.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "fixture.h"

void fixture_open(struct fixture *fixture)
{
	*fixture = (struct fixture){.arena = vfg_arena_new((size_t)1 << 30)};
	cr_assert(fixture->arena);
	fixture->diag.arena = fixture->arena;
	fixture->request.sources = fixture->source;
	fixture->request.tags = fixture->tag;
}

void fixture_close(struct fixture *fixture)
{
	vfg_arena_free(fixture->arena);
}

void fixture_add_bytes(struct fixture *fixture, enum vfg_source_kind kind, const char *file,
		       const char *text, size_t bytes)
{
	cr_assert(fixture->request.source_count < FIX_SOURCES_MAX);
	fixture->source[fixture->request.source_count++] = (struct vfg_source){
		.kind = kind,
		.file = file,
		.text = text,
		.bytes = bytes,
	};
}

void fixture_add(struct fixture *fixture, enum vfg_source_kind kind, const char *text)
{
	char *copy = vfg_arena_strndup(fixture->arena, text, strlen(text));

	cr_assert(copy);
	for (char *at = copy; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	fixture_add_bytes(fixture, kind, "test.json", copy, strlen(copy));
}

void fixture_tag(struct fixture *fixture, const char *tag)
{
	cr_assert(fixture->request.tag_count < FIX_TAGS_MAX);
	fixture->tag[fixture->request.tag_count++] = tag;
}

void fixture_read(struct fixture *fixture)
{
	fixture->model = NULL;
	fixture->err =
		vfg_model_read(fixture->arena, &fixture->request, &fixture->diag, &fixture->model);
	cr_assert_eq(fixture->err != 0, fixture->diag.errors != 0, "errors and result disagree");
	cr_assert_eq(fixture->err == 0, fixture->model != NULL);
}

size_t fixture_count(const struct fixture *fixture, enum vfg_severity severity, const char *code)
{
	size_t count = 0;

	for (const struct vfg_message *message = fixture->diag.first; message;
	     message = message->next)
		count += message->severity == severity && !strcmp(message->code, code);
	return count;
}

const char *fixture_messages(const struct fixture *fixture)
{
	const char *text = "";

	for (const struct vfg_message *message = fixture->diag.first; message;
	     message = message->next)
		text = vfg_arena_format(fixture->arena, "%s\n%s", text,
					vfg_report_message(fixture->arena, "test", message));
	return text;
}

const char *fixture_ask(const struct fixture *fixture, const char *line)
{
	struct vfg_verdict verdict;
	struct vfg_tuple tuple;
	const char *problem;

	cr_assert(fixture->model, "no model:%s", fixture_messages(fixture));
	cr_assert_eq(vfg_question_line(line, &tuple, &problem), 0, "%s: %s", line, problem);
	verdict = vfg_model_judge(fixture->model, &tuple);
	return vfg_arena_format(fixture->arena, "%s,%s", verdict.allow ? "Allow" : "Deny",
				verdict.rule);
}

static const char *print_set(const struct fixture *fixture, const char *text,
			     const struct vfg_set *set)
{
	if (set->any)
		return vfg_arena_format(fixture->arena, "%s any", text);
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		for (size_t i = 0; i < set->count[family]; i++) {
			struct vfg_address_range range = set->range[family][i];

			text = vfg_arena_format(fixture->arena, "%s %d:%llx%016llx-%llx%016llx",
						text, family,
						(unsigned long long)(range.first >> 64),
						(unsigned long long)range.first,
						(unsigned long long)(range.last >> 64),
						(unsigned long long)range.last);
		}
	}
	return text;
}

static const char *print_ports(const struct fixture *fixture, const char *text,
			       const struct vfg_ports *ports)
{
	for (size_t i = 0; i < ports->count; i++)
		text = vfg_arena_format(fixture->arena, "%s %u-%u", text, ports->range[i].first,
					ports->range[i].last);
	return text;
}

const char *fixture_print(const struct fixture *fixture)
{
	const char *text = "";

	for (int i = 0; i < VFG_DIRECTION_MAX; i++) {
		const struct vfg_pipeline *pipeline = &fixture->model->pipeline[i];

		for (size_t j = 0; j < pipeline->count; j++) {
			const struct vfg_list *list = pipeline->list[j];

			text = vfg_arena_format(fixture->arena, "%s%d stage %d %s\n", text, i,
						list->stage, list->name);
			for (size_t k = 0; k < list->count; k++) {
				const struct vfg_model_rule *rule = &list->rule[k];

				text = vfg_arena_format(fixture->arena, "%s %u %s %u %u from", text,
							rule->priority, rule->name, rule->protocol,
							rule->action);
				text = print_set(fixture, text, rule->source);
				text = print_ports(fixture, text, &rule->source_ports);
				text = vfg_arena_format(fixture->arena, "%s to", text);
				text = print_set(fixture, text, rule->destination);
				text = print_ports(fixture, text, &rule->destination_ports);
				text = vfg_arena_format(fixture->arena, "%s\n", text);
			}
		}
	}
	return text;
}

const char *fixture_load(struct fixture *fixture, const char *path, size_t *ret_bytes)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	long bytes;

	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END) && (bytes = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET)) {
		text = vfg_arena_alloc(fixture->arena, (size_t)bytes + 1);
		if (text)
			*ret_bytes = fread(text, 1, (size_t)bytes, file);
	}
	fclose(file);
	return text;
}
