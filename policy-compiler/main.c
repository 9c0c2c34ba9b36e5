/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nsgc, the policy compiler's command: takes the arguments apart and starts the command that they
 * name (run.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "file.h"
#include "flag.h"
#include "session.h"

static const size_t memory_limit_bytes = (size_t)4 << 30;

static void arena_free(struct vfg_arena **arena)
{
	vfg_arena_free(*arena);
}

static const struct command commands[] = {
	{"compile", "nsgc compile [SOURCES] [OPTIONS] -o IMAGE", .files = true, .sources = true,
	 .output = true, .run = vfg_run_compile},
	{"check", "nsgc check [SOURCES] [OPTIONS] [--json]", .files = true, .sources = true,
	 .json = true, .envelope = true, .run = vfg_run_check},
	{"dump", "nsgc dump IMAGE [--json]", .files = true, .json = true, .run = vfg_run_dump},
	{"verify",
	 "nsgc verify {IMAGE | SOURCES OPTIONS} --direction Inbound|Outbound --protocol P "
	 "--local IP[:PORT] --remote IP[:PORT] [--explain] [--json]\n"
	 "       nsgc verify {IMAGE | SOURCES OPTIONS} --batch FILE",
	 .files = true, .sources = true, .json = true, .question = true, .run = vfg_run_verify},
	{"diff", "nsgc diff IMAGE IMAGE [--exit-code] [--json]", .files = true, .json = true,
	 .exit_code = true, .run = vfg_run_diff},
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
	if (command->question)
		printf("  --explain                 list by list, every rule tried and what of it "
		       "matches;\n"
		       "                            with --json, as the platform's NSG "
		       "diagnostics\n");
	if (command->exit_code)
		printf("The flows that the second policy judges differently from the first.\n"
		       "  --exit-code               exit with 1 where there are any\n");
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
	const struct {
		const char *flag;
		bool allowed;
		bool *given;
	} own[] = {
		{"--json", session->command->json, &session->json},
		{"--explain", session->command->question, &session->explain},
		{"--exit-code", session->command->exit_code, &session->exit_code},
	};
	int taken = 0;

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		if (own[i].allowed && !strcmp(argv[*index], own[i].flag)) {
			*own[i].given = true;
			++*index;
			return 1;
		}
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
				return vfg_session_usage(session, "unknown option ", argument);
		}
		if (taken == -EINVAL && *problem)
			return vfg_session_usage(session, problem, "");
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
		.options = {.arena = arena,
			    .read = vfg_file_read,
			    .request = {.ssh_connection = getenv("SSH_CONNECTION")}},
	};
	int status;

	if (!arena) {
		fprintf(stderr, "nsgc: out of memory\n");
		return EXIT_SYSTEM;
	}
	status = parse(&session, argc, argv);
	if (status == PARSED && command->sources && !has_source(&session.options.request))
		status = vfg_session_usage(&session,
					   "no NSG: name FILE, --nic-nsg or --subnet-nsg FILE", "");
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
