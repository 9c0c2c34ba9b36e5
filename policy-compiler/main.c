/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsgc, the policy compiler's command: arguments in, lines and an image out. What the commands do
 * is the library's; only this file prints, and only file.c reads and writes.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "flag.h"
#include "nsgc.h"

enum {
	EXIT_DONE = 0,
	EXIT_REFUSED = 1, /* by the input's own fault */
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,
	PARSED = -1, /* go on */
};

static const size_t memory_limit_bytes = (size_t)4 << 30;

struct session;

struct command {
	const char *name;
	const char *usage;
	bool files, sources, output, json, question, envelope;
	int (*run)(struct session *session);
};

struct session {
	const struct command *command;
	struct vfg_arena *arena;
	struct vfg_diag diag;
	struct vfg_options options;
	struct vfg_question question;
	const char *output;
	const char *batch;
	bool json, asked;
};

/* What verify asks: an image's tables, or the model. */
struct judge {
	struct vfg_tables tables;
	const struct vfg_model *model;
};

static void arena_free(struct vfg_arena **arena)
{
	vfg_arena_free(*arena);
}

static int usage_error(const struct session *session, const char *problem, const char *what)
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

static int run_compile(struct session *session)
{
	struct vfg_model *model;
	void *image;
	size_t bytes;
	int err;

	if (!session->output)
		return usage_error(session, "-o IMAGE is missing", "");
	if (!strcmp(session->output, "-") && isatty(STDOUT_FILENO))
		return usage_error(session, "an image is not written to a terminal", "");
	err = vfg_model_read(session->arena, &session->options.request, &session->diag, &model);
	if (!err)
		err = vfg_image_write(session->arena, model, &session->diag, &image, &bytes);
	print_messages(session);
	if (err)
		return EXIT_REFUSED;
	return vfg_file_write(session->output, image, bytes) ? EXIT_SYSTEM : EXIT_DONE;
}

/* Whatever compile would refuse, size included. */
static int run_check(struct session *session)
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

/* The image that a command was given, and nothing beside it. Return: an exit status or PARSED. */
static int open_image(struct session *session, struct vfg_tables *ret_tables)
{
	const struct vfg_request *request = &session->options.request;
	const struct vfg_source *source = request->sources;

	if (request->source_count != 1 || request->tag_count || request->param_count ||
	    request->lenient || request->platform != VFG_PLATFORM_AZURE)
		return usage_error(session, "an IMAGE goes alone, without sources and options", "");
	if (!vfg_image_open(source->text, source->bytes, &session->diag, ret_tables))
		return PARSED;
	for (struct vfg_message *message = session->diag.first; message; message = message->next)
		message->file = *message->file ? message->file : source->file;
	print_messages(session);
	return EXIT_REFUSED;
}

static int run_dump(struct session *session)
{
	struct vfg_tables tables;
	const char *text;
	int status;

	if (!session->options.request.source_count)
		return usage_error(session, "IMAGE is missing", "");
	status = open_image(session, &tables);
	if (status != PARSED)
		return status;
	if (vfg_dump(session->arena, &tables, session->json, &text)) {
		fprintf(stderr, "nsgc: the dump needs too much memory\n");
		return EXIT_REFUSED;
	}
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
	int status = EXIT_DONE;
	size_t bytes;

	if (vfg_file_read(session->arena, session->batch, &text, &bytes))
		return EXIT_SYSTEM;
	for (end = text + bytes; text < end; text = next) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char line[1024] = "";
		const char *problem;
		struct vfg_tuple tuple;

		next = newline ? newline + 1 : end;
		memcpy(line, text, length < sizeof(line) ? length : sizeof(line) - 1);
		if (vfg_question_line(line, &tuple, &problem)) {
			printf("Error,%s\n", problem);
			status = EXIT_REFUSED;
		} else {
			struct vfg_verdict verdict = ask(judge, &tuple);

			printf("%s,%s\n", verdict.allow ? "Allow" : "Deny", verdict.rule);
		}
	}
	return status;
}

static int answer(struct session *session, const struct judge *judge)
{
	struct vfg_verdict verdict;

	if (session->batch)
		return answer_batch(session, judge);
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

static int run_verify(struct session *session)
{
	struct judge judge = {0};
	struct vfg_model *model;
	const char *problem;
	int status;

	if (session->batch && (session->asked || session->json))
		return usage_error(session, "--batch goes without a question and --json", "");
	if (!session->batch && vfg_question_complete(&session->question, &problem))
		return usage_error(session, problem, "");
	if (is_image(&session->options.request)) {
		status = open_image(session, &judge.tables);
		return status == PARSED ? answer(session, &judge) : status;
	}
	status = vfg_model_read(session->arena, &session->options.request, &session->diag, &model);
	print_messages(session);
	if (status)
		return EXIT_REFUSED;
	judge.model = model;
	return answer(session, &judge);
}

static int run_diff(struct session *session)
{
	return usage_error(session, "diff is not supported yet", "");
}

static const struct command commands[] = {
	{"compile", "nsgc compile [SOURCES] [OPTIONS] -o IMAGE", .files = true, .sources = true,
	 .output = true, .run = run_compile},
	{"check", "nsgc check [SOURCES] [OPTIONS] [--json]", .files = true, .sources = true,
	 .json = true, .envelope = true, .run = run_check},
	{"dump", "nsgc dump IMAGE [--json]", .files = true, .json = true, .run = run_dump},
	{"verify",
	 "nsgc verify {IMAGE | SOURCES OPTIONS} --direction Inbound|Outbound --protocol P "
	 "--local IP[:PORT] --remote IP[:PORT] [--json]\n"
	 "       nsgc verify {IMAGE | SOURCES OPTIONS} --batch FILE",
	 .files = true, .sources = true, .json = true, .question = true, .run = run_verify},
	{"diff", "nsgc diff IMAGE IMAGE (not supported yet)", .run = run_diff},
};

enum {
	COMMANDS = sizeof(commands) / sizeof(*commands),
};

/* ---- arguments ---- */

static int print_help(const struct command *command)
{
	printf("usage: %s\n", command->usage);
	if (command->sources)
		printf("%s", vfg_options_help);
	if (command->question)
		printf("%s", vfg_question_help);
	if (command->output)
		printf("Output:\n  -o IMAGE                  the policy image; - for standard "
		       "output\n");
	if (command->json)
		printf("Output:\n  --json                    print JSON\n");
	printf("Exit status: 0 done, 1 refused by the input's fault, 2 wrong usage, 3 the system "
	       "refused.\n");
	return EXIT_DONE;
}

static int print_overview(FILE *stream)
{
	for (int i = 0; i < COMMANDS; i++)
		fprintf(stream, "%s%s\n", i ? "       " : "usage: ", commands[i].usage);
	fprintf(stream, "       nsgc COMMAND --help, nsgc --version\n");
	return stream == stdout ? EXIT_DONE : EXIT_USAGE;
}

static int print_version(void)
{
	printf("nsgc %s (policy format %d)\n", VFG_VERSION, VFG_ABI);
	return EXIT_DONE;
}

/* The command's own flags. Return: 1 taken, 0 not one of them, -EINVAL. */
static int take_own(struct session *session, int argc, char **argv, int *index)
{
	int taken = 0;

	if (session->command->json && !strcmp(argv[*index], "--json")) {
		session->json = true;
		++*index;
		return 1;
	}
	if (session->command->output)
		taken = vfg_flag_value("-o", argc, argv, index, &session->output);
	if (!taken && session->command->question)
		taken = vfg_flag_value("--batch", argc, argv, index, &session->batch);
	return taken;
}

/* Return: 1 taken, 0 unknown, -EINVAL with a problem, other -errno said by vfg_file_read(). */
static int take(struct session *session, int argc, char **argv, int *index,
		const char **ret_problem)
{
	int taken = take_own(session, argc, argv, index);

	if (taken < 0)
		*ret_problem =
			session->command->output ? "-o needs a file" : "--batch needs a file";
	if (!taken && session->command->question) {
		taken = vfg_question_take(&session->question, argc, argv, index, ret_problem);
		session->asked |= taken > 0;
	}
	if (!taken && session->command->sources)
		taken = vfg_options_take(&session->options, argc, argv, index, ret_problem);
	return taken;
}

/* vfg_file_read() has said on standard error why the file named in front of @next cannot be read; a
 * script that asked for an envelope, perhaps behind it, gets one too. Return: the exit status. */
static int refuse_unread(struct session *session, int argc, char **argv, int next, int err)
{
	const char *file = argv[next - 1];
	const char *value = *file == '-' ? strchr(file, '=') : NULL;
	struct vfg_place place = {.file = value ? value + 1 : file};

	for (int i = next; i < argc && strcmp(argv[i], "--"); i++)
		session->json |= !strcmp(argv[i], "--json");
	if (session->json && session->command->envelope) {
		vfg_diag_add(&session->diag, VFG_ERROR, place, "UnreadableSource",
			     "cannot read: %s", strerror(-err));
		puts(vfg_report_diag(session->arena, &session->diag) ?: "");
	}
	return vfg_options_at_fault(err) ? EXIT_REFUSED : EXIT_SYSTEM;
}

/* Return: an exit status, or PARSED. */
static int parse(struct session *session, int argc, char **argv)
{
	bool files_only = false;

	for (int i = 0; i < argc;) {
		const char *problem = "", *argument = argv[i];
		int taken;

		if (files_only || *argument != '-') {
			if (!session->command->files)
				return session->command->run(session);
			taken = vfg_options_file(&session->options, argv[i++]);
		} else if (!strcmp(argument, "--")) {
			files_only = true;
			taken = 1;
			i++;
		} else if (!strcmp(argument, "--help") || !strcmp(argument, "-h")) {
			return print_help(session->command);
		} else if (!strcmp(argument, "--version")) {
			return print_version();
		} else {
			taken = take(session, argc, argv, &i, &problem);
			if (!taken)
				return usage_error(session, "unknown option ", argument);
		}
		if (taken == -EINVAL && *problem)
			return usage_error(session, problem, "");
		if (taken < 0)
			return refuse_unread(session, argc, argv, i, taken);
	}
	return PARSED;
}

/* Service tags alone are nothing to judge by. */
static bool has_source(const struct vfg_request *request)
{
	for (size_t i = 0; i < request->source_count; i++) {
		if (request->sources[i].kind != VFG_SOURCE_SERVICE_TAGS)
			return true;
	}
	return false;
}

static int run(const struct command *command, int argc, char **argv)
{
	__attribute__((cleanup(arena_free))) struct vfg_arena *arena =
		vfg_arena_new(memory_limit_bytes);
	struct session session = {
		.command = command,
		.arena = arena,
		.diag = {.arena = arena},
		.options = {.arena = arena, .read = vfg_file_read},
	};
	int status;

	if (!arena) {
		fprintf(stderr, "nsgc: out of memory\n");
		return EXIT_SYSTEM;
	}
	status = parse(&session, argc, argv);
	if (status == PARSED && command->sources && !has_source(&session.options.request))
		status = usage_error(&session, "no NSG: name FILE, --nic-nsg or --subnet-nsg FILE",
				     "");
	if (status == PARSED)
		status = command->run(&session);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "nsgc: standard output: cannot write: %s\n", strerror(errno));
		return EXIT_SYSTEM;
	}
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return print_overview(stderr);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_overview(stdout);
	if (!strcmp(argv[1], "--version"))
		return print_version();
	for (int i = 0; i < COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name))
			return run(&commands[i], argc - 2, argv + 2);
	}
	fprintf(stderr, "nsgc: unknown command %s, see nsgc --help\n", argv[1]);
	return EXIT_USAGE;
}
