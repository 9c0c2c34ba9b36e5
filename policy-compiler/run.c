/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of nsgc: from a request to lines and files. What they say is the library's; only
 * main.c, which takes the arguments apart, and this file print.
 */
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "explain.h"
#include "file.h"
#include "session.h"

/* What verify asks: an image's tables, or the model. */
struct judge {
	struct vfg_tables tables;
	const struct vfg_model *model;
};

int vfg_session_usage(const struct session *session, const char *problem, const char *what)
{
	fprintf(stderr, "nsgc: %s%s, see nsgc %s --help\n", problem, what, session->command->name);
	return EXIT_USAGE;
}

static void print_messages(const struct session *session)
{
	for (const struct vfg_message *message = session->diag.first; message;
	     message = message->next)
		fprintf(stderr, "%s\n", vfg_report_message(session->arena, "nsgc", message));
}

/* ---- commands ---- */

static int exit_of(int err)
{
	return err ? EXIT_REFUSED : EXIT_DONE;
}

int vfg_run_compile(struct session *session)
{
	struct vfg_model *model;
	void *image;
	size_t bytes;
	int err;

	if (!session->output)
		return vfg_session_usage(session, "-o IMAGE is missing", "");
	if (!strcmp(session->output, "-") && isatty(STDOUT_FILENO))
		return vfg_session_usage(session, "an image is not written to a terminal", "");
	err = vfg_model_read(session->arena, &session->options.request, &session->diag, &model);
	if (!err)
		err = vfg_image_write(session->arena, model, &session->diag, &image, &bytes);
	print_messages(session);
	if (err)
		return EXIT_REFUSED;
	return vfg_file_write(session->output, image, bytes) ? EXIT_SYSTEM : EXIT_DONE;
}

/* Whatever compile would refuse, size included. */
int vfg_run_check(struct session *session)
{
	struct vfg_model *model;
	void *image;
	size_t bytes;
	int err;

	err = vfg_model_read(session->arena, &session->options.request, &session->diag, &model);
	if (!err)
		err = vfg_image_write(session->arena, model, &session->diag, &image, &bytes);
	if (session->json) {
		puts(vfg_report_diag(session->arena, &session->diag) ?: "");
		return exit_of(err);
	}
	print_messages(session);
	printf("%zu error%s, %zu warning%s\n", session->diag.errors,
	       session->diag.errors == 1 ? "" : "s", session->diag.warnings,
	       session->diag.warnings == 1 ? "" : "s");
	return exit_of(err);
}

/* The policy image of a source. Return: an exit status or PARSED. */
static int open_image(struct session *session, const struct vfg_source *source,
		      struct vfg_tables *ret_tables)
{
	if (source->select)
		return vfg_session_usage(session, "an IMAGE has no #", source->select);
	if (!vfg_image_open(source->text, source->bytes, &session->diag, ret_tables))
		return PARSED;
	for (struct vfg_message *message = session->diag.first; message; message = message->next)
		message->file = *message->file ? message->file : source->file;
	print_messages(session);
	return EXIT_REFUSED;
}

/* The image that a command was given, and nothing beside it. Return: an exit status or PARSED. */
static int open_only_image(struct session *session, struct vfg_tables *ret_tables)
{
	const struct vfg_request *request = &session->options.request;

	if (request->source_count != 1 || request->tag_count || request->param_count ||
	    request->lenient || request->platform != VFG_PLATFORM_AZURE)
		return vfg_session_usage(session,
					 "an IMAGE goes alone, without sources and options", "");
	return open_image(session, request->sources, ret_tables);
}

static int out_of_memory(const char *what)
{
	fprintf(stderr, "nsgc: the %s needs too much memory\n", what);
	return EXIT_REFUSED;
}

int vfg_run_dump(struct session *session)
{
	struct vfg_tables tables;
	const char *text;
	int status;

	if (!session->options.request.source_count)
		return vfg_session_usage(session, "IMAGE is missing", "");
	status = open_only_image(session, &tables);
	if (status != PARSED)
		return status;
	if (vfg_dump(session->arena, &tables, session->json, &text))
		return out_of_memory("dump");
	fputs(text, stdout);
	return EXIT_DONE;
}

static struct vfg_verdict ask(const struct judge *judge, const struct vfg_tuple *tuple)
{
	return judge->model ? vfg_model_judge(judge->model, tuple)
			    : vfg_tables_judge(&judge->tables, tuple);
}

static int answer_batch(struct session *session, const struct judge *judge)
{
	const char *text, *end, *next;
	int status = EXIT_DONE, err;
	size_t bytes;

	err = vfg_file_read(session->arena, session->batch, &text, &bytes);
	if (err)
		return vfg_options_at_fault(err) ? EXIT_REFUSED : EXIT_SYSTEM;
	for (end = text + bytes; text < end; text = next) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		const char *problem;
		struct vfg_tuple tuple;

		next = newline ? newline + 1 : end;
		if (vfg_question_read(text, length, &tuple, &problem)) {
			printf("Error,%s\n", problem);
			status = EXIT_REFUSED;
		} else {
			struct vfg_verdict verdict = ask(judge, &tuple);

			printf("%s,%s\n", verdict.allow ? "Allow" : "Deny", verdict.rule);
		}
	}
	return status;
}

static int explain(struct session *session, const struct vfg_tables *tables)
{
	struct vfg_explanation explanation;
	const char *text;
	int err;

	err = vfg_explain(session->arena, tables, &session->question.tuple, &explanation);
	if (!err)
		err = vfg_report_explanation(session->arena, tables, &session->question,
					     &explanation, session->json, &text);
	if (err)
		return out_of_memory("explanation");
	fputs(text, stdout);
	return EXIT_DONE;
}

static int answer(struct session *session, const struct judge *judge)
{
	struct vfg_verdict verdict;

	if (session->batch)
		return answer_batch(session, judge);
	if (session->explain)
		return explain(session, &judge->tables);
	verdict = ask(judge, &session->question.tuple);
	puts(vfg_report_verdict(session->arena, &verdict, session->json) ?: "");
	return EXIT_DONE;
}

static bool is_image(const struct vfg_request *request)
{
	for (size_t i = 0; i < request->source_count; i++) {
		if (request->sources[i].kind == VFG_SOURCE_ANY && request->sources[i].bytes >= 8 &&
		    !memcmp(request->sources[i].text, VFG_IMAGE_MAGIC, 8))
			return true;
	}
	return false;
}

/* Asked is the model itself; explained are its tables. */
static int compile_judge(struct session *session, struct judge *judge)
{
	struct vfg_model *model;
	size_t bytes;
	void *image;
	int err;

	err = vfg_model_read(session->arena, &session->options.request, &session->diag, &model);
	if (!err && session->explain)
		err = vfg_image_write(session->arena, model, &session->diag, &image, &bytes);
	if (!err && session->explain)
		err = vfg_image_open(image, bytes, &session->diag, &judge->tables);
	print_messages(session);
	judge->model = err || session->explain ? NULL : model;
	return err ? EXIT_REFUSED : PARSED;
}

int vfg_run_verify(struct session *session)
{
	struct judge judge = {0};
	const char *problem;
	int status;

	if (session->batch && (session->asked || session->json || session->explain))
		return vfg_session_usage(
			session, "--batch goes without a question, --json and --explain", "");
	if (!session->batch && vfg_question_complete(&session->question, &problem))
		return vfg_session_usage(session, problem, "");
	status = is_image(&session->options.request) ? open_only_image(session, &judge.tables)
						     : compile_judge(session, &judge);
	return status == PARSED ? answer(session, &judge) : status;
}

int vfg_run_diff(struct session *session)
{
	const struct vfg_request *request = &session->options.request;
	struct vfg_tables before, after;
	const char *text;
	bool differs;
	int status;

	if (request->source_count != 2)
		return vfg_session_usage(session, "two IMAGEs are needed: the old, the new", "");
	status = open_image(session, &request->sources[0], &before);
	if (status == PARSED)
		status = open_image(session, &request->sources[1], &after);
	if (status != PARSED)
		return status;
	if (vfg_diff(session->arena, &before, &after, session->json, &session->diag, &differs,
		     &text)) {
		print_messages(session);
		return EXIT_REFUSED;
	}
	fputs(text, stdout);
	return differs && session->exit_code ? EXIT_REFUSED : EXIT_DONE;
}
