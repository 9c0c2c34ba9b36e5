/* SPDX-License-Identifier: GPL-2.0-only */
/* The top command: samples, keys and signals, until somebody has seen enough. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "loaded_all.h"
#include "output.h"
#include "say.h"
#include "top_sample.h"
#include "top_screen.h"
#include "top_text.h"

enum {
	INTERVAL_MS = 2000,
	INTERVAL_MIN_MS = 100,
	INTERVAL_MAX_MS = 3600000,
	FIRST_MS = 500, /* until there is something to see */
	RETRY_MS = 100,
	RETRIES = 5,
	BATCH_LINES = 60,
	BATCH_COLUMNS = 160,
};

struct request {
	char name[IFNAMSIZ];
	bool batch;
	bool json;
	int interval_ms;
	unsigned long count; /* pages of a batch; 0: without end */
};

/* All that is large, or must be released. */
struct session {
	struct vfg_top top;
	struct vfg_flow_view view;
	struct vfg_top_page page;
	struct vfg_top_look look;
	int64_t sampled_ms;
	FILE *saying; /* while the screen is ours: where messages wait */
	char clock[16];
};

static volatile sig_atomic_t ended;

static void end(int number)
{
	ended = number;
}

static void close_session(struct session **session)
{
	if (!*session)
		return;
	vfg_flow_view_close(&(*session)->view);
	vfg_top_free(&(*session)->top);
	free(*session);
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* They are let in only while we wait. */
static void catch_signals(sigset_t *ret_waiting)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action = {.sa_handler = end};
	sigset_t held;

	sigemptyset(&held);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		sigaddset(&held, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &held, ret_waiting);
}

static int sample(const struct request *request, struct session *session)
{
	struct vfg_top_look *look = &session->look;
	const struct vfg_flow_view *view = &session->view;
	int64_t at_ms = now_ms();
	time_t clock = time(NULL);
	struct tm tm;
	int err = vfg_top_sample(request->name, &session->view, &session->top);

	if (err)
		return err;
	localtime_r(&clock, &tm);
	strftime(session->clock, sizeof(session->clock), "%H:%M:%S", &tm);
	look->clock = session->clock;
	look->master = request->name;
	look->names = view->names;
	look->room = (uint64_t)view->table[VFG_IPV4].slots + view->table[VFG_IPV6].slots;
	look->policy = "none";
	look->generation = 0;
	if (view->policy.memory) {
		look->policy = vfg_tables_text(&view->policy.tables,
					       view->policy.tables.policy->label_offset);
		look->generation = view->policy.tables.policy->generation;
	}
	look->interval_ms = (uint64_t)(at_ms - session->sampled_ms);
	session->sampled_ms = at_ms;
	return 0;
}

/*
 * A sample may meet an unload half way, of which there are many ways to fail. What the last attempt
 * says, when that has come to its end, is what there is to say; or it has been loaded again.
 */
static int sample_again(const struct request *request, struct session *session)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	autofree char *said = NULL;
	FILE *saying;
	size_t bytes;
	int err = 1;

	for (int attempt = 0; err && attempt < RETRIES; attempt++) {
		free(said);
		said = NULL;
		saying = open_memstream(&said, &bytes);
		vfg_say_divert(saying);
		err = sample(request, session);
		vfg_say_divert(session->saying);
		if (saying)
			fclose(saying);
		if (err)
			nanosleep(&pause, NULL);
	}
	if (err && said)
		fputs(said, session->saying ? session->saying : stderr);
	return err;
}

static void draw(struct session *session)
{
	vfg_top_screen_size(&session->look.lines, &session->look.columns);
	vfg_top_text(&session->top, &session->look, &session->page);
	vfg_top_screen_draw(&session->page);
}

/* Return: false for the key that ends it. */
static bool take_key(struct session *session, int key)
{
	static const char views[VFG_TOP_VIEWS] = {'a', 'r', 'f', 'd'};

	for (int view = 0; view < VFG_TOP_VIEWS; view++) {
		if (key == views[view])
			session->look.view = (enum vfg_top_view)view;
	}
	if (key == '\t')
		session->look.view = (session->look.view + 1) % VFG_TOP_VIEWS;
	if (key == 'b' || key == 'p')
		session->top.by_packets = key == 'p';
	draw(session);
	return key != 'q' && key != 'Q';
}

/* Until the next sample is due. Return: false to end. */
static bool watch_keys(struct session *session, int64_t due_ms, const sigset_t *waiting)
{
	int64_t left_ms;

	while ((left_ms = due_ms - now_ms()) > 0) {
		int key = vfg_top_screen_key((int)left_ms, waiting);

		if (ended || (key != VFG_TOP_KEY_NONE && !take_key(session, key)))
			return false;
	}
	return !ended;
}

static int run_screen(const struct request *request, struct session *session,
		      const sigset_t *waiting)
{
	int interval_ms = request->interval_ms < FIRST_MS ? request->interval_ms : FIRST_MS;
	int err = 0;

	session->look.keys = true;
	draw(session);
	while (!err && watch_keys(session, session->sampled_ms + interval_ms, waiting)) {
		interval_ms = request->interval_ms;
		err = sample_again(request, session);
		if (!err)
			draw(session);
	}
	return err;
}

/* What is said meanwhile would tear the screen; it is printed when that is ours no more. */
static int show_screen(const struct request *request, struct session *session,
		       const sigset_t *waiting)
{
	autofree char *said = NULL;
	size_t bytes;
	FILE *saying;
	int err = vfg_top_screen_open();

	if (err)
		return err;
	saying = open_memstream(&said, &bytes);
	session->saying = saying;
	vfg_say_divert(saying);
	err = run_screen(request, session, waiting);
	vfg_top_screen_close();
	vfg_say_divert(NULL);
	if (saying)
		fclose(saying);
	if (said)
		fputs(said, stderr);
	return err;
}

static void print_page(const struct request *request, struct session *session)
{
	const time_t now = time(NULL);
	char text[32];
	struct tm tm;

	if (request->json) {
		gmtime_r(&now, &tm);
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
		vfg_top_json(stdout, &session->top, &session->look, text);
		return;
	}
	vfg_top_text(&session->top, &session->look, &session->page);
	for (size_t i = 0; i < session->page.count; i++)
		puts(session->page.line[i]);
	puts("");
}

static int print_pages(const struct request *request, struct session *session,
		       const sigset_t *waiting)
{
	session->look.lines = BATCH_LINES;
	session->look.columns = BATCH_COLUMNS;
	for (unsigned long page = 0; !request->count || page < request->count; page++) {
		int64_t left_ms = session->sampled_ms + request->interval_ms - now_ms();
		struct timespec left = {left_ms / 1000, left_ms % 1000 * 1000000};
		int err;

		if (left_ms > 0)
			ppoll(NULL, 0, &left, waiting);
		if (ended)
			return vfg_output_end();
		err = sample_again(request, session);
		if (err)
			return err;
		print_page(request, session);
		err = vfg_output_end();
		if (err || ferror(stdout))
			return err;
	}
	return 0;
}

static int run(const struct request *request)
{
	struct session *session __attribute__((cleanup(close_session))) =
		calloc(1, sizeof(*session));
	sigset_t waiting;
	int err;

	if (!session)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	session->view.policy.fd = -1;
	err = sample(request, session);
	if (err)
		return err;
	catch_signals(&waiting);
	return request->batch ? print_pages(request, session, &waiting)
			      : show_screen(request, session, &waiting);
}

static int take_interval(struct request *request, const char *text)
{
	char *end_of_number;
	double seconds = strtod(text, &end_of_number);

	if (*text < '0' || *text > '9' || *end_of_number || seconds * 1000 < INTERVAL_MIN_MS ||
	    seconds * 1000 > INTERVAL_MAX_MS)
		return vfg_say(VFG_EXIT_USAGE, "--interval", "takes seconds, 0.1 to 3600");
	request->interval_ms = (int)(seconds * 1000);
	return 0;
}

static int take_count(struct request *request, const char *text)
{
	char *end_of_number;

	request->count = strtoul(text, &end_of_number, 10);
	if (*text < '0' || *text > '9' || *end_of_number || !request->count)
		return vfg_say(VFG_EXIT_USAGE, "--count", "takes a number from 1 on");
	return 0;
}

static int take(struct request *request, int argc, char **argv, int *index)
{
	const char *argument = argv[(*index)++];
	const char *value = *index < argc ? argv[*index] : "";

	if (!strcmp(argument, "--batch")) {
		request->batch = true;
		return 0;
	}
	if (!strcmp(argument, "--json")) {
		request->json = true;
		return 0;
	}
	if (!strcmp(argument, "--interval") || !strcmp(argument, "--count")) {
		(*index)++;
		return argument[2] == 'i' ? take_interval(request, value)
					  : take_count(request, value);
	}
	if (argument[0] == '-' || request->name[0])
		return vfg_say(VFG_EXIT_USAGE, argument, "not an argument of top; see --help");
	if (!argument[0] || strlen(argument) >= sizeof(request->name))
		return vfg_say(VFG_EXIT_REFUSED, argument,
			       "not a device name; `ip link` lists them");
	strcpy(request->name, argument);
	return 0;
}

/* The only one; where there are several, which is meant? */
static int take_loaded(const struct vfg_loaded *loaded, void *data)
{
	struct request *request = data;

	if (request->name[0])
		return vfg_say(VFG_EXIT_USAGE, "top", "several masters are loaded; give DEV");
	memcpy(request->name, loaded->state.master, sizeof(request->name));
	return 0;
}

static int find_master(struct request *request)
{
	bool any = false;
	int err;

	if (request->name[0])
		return 0;
	err = vfg_loaded_all(NULL, take_loaded, request, &any);
	if (err || request->name[0])
		return err;
	return vfg_say(VFG_EXIT_REFUSED, "top",
		       "nothing is loaded in this network namespace; "
		       "`%s load DEV -p POLICY` does that",
		       vfg_say_program());
}

int vfg_command_top(int argc, char **argv)
{
	struct request request = {.interval_ms = INTERVAL_MS};
	int index = 1, err = 0;

	while (!err && index < argc)
		err = take(&request, argc, argv, &index);
	if (!err && request.count && !request.batch)
		err = vfg_say(VFG_EXIT_USAGE, "--count", "goes with --batch");
	/* One look, unless many are asked for. */
	if (request.json && !request.batch) {
		request.batch = true;
		request.count = 1;
	}
	if (!err)
		err = vfg_capability_check_maps("top");
	if (!err)
		err = find_master(&request);
	return err ? err : run(&request);
}
