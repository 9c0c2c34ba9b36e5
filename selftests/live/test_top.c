/* SPDX-License-Identifier: GPL-2.0-only */
/* The top command on a terminal, which is tmux's: what the screen shows, and how it ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "guest.h"

enum {
	PATIENCE = 300, /* times 100 ms: half a minute */
};

static struct vfg_guest guest;
static int server; /* pid of the echo server in the guest */

static const char *tool(const char *file)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s", vfg_guest_command());
	strcpy(strrchr(path, '/') + 1, file);
	return path;
}

static int tmux(const char *command)
{
	return vfg_guest_run(&guest, "env -u TMUX tmux -L %s -f /dev/null %s", guest.master,
			     command);
}

static void set_up(void)
{
	server = 0;
	vfg_guest_set_up(&guest);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 --flows 4096",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void tear_down(void)
{
	tmux("kill-server");
	if (server > 0)
		kill(server, SIGKILL);
	vfg_guest_tear_down(&guest);
}

TestSuite(top, .init = set_up, .fini = tear_down, .timeout = 120);

/* A stream through the guest's port 8080 for some seconds, and packets that are denied. */
static void make_busy(int for_seconds)
{
	vfg_guest_run(&guest, "%s serve tcp:8080 >%s/served 2>&1 & echo $!", tool("traffic"),
		      guest.folder);
	server = atoi(guest.output);
	cr_assert(gt(int, server, 0));
	for (int i = 0; i < PATIENCE; i++) {
		if (!vfg_guest_run(&guest, "grep -q ready %s/served", guest.folder))
			break;
		usleep(100000);
	}
	vfg_guest_run_outside(&guest, "%s stream 192.0.2.10 8080 %d >/dev/null 2>&1 &",
			      tool("transfer"), for_seconds);
	vfg_guest_run_outside(&guest, "%s knock 192.0.2.10 9 %d >/dev/null 2>&1 &",
			      tool("transfer"), for_seconds);
}

/* top in a terminal of 80 columns and 24 lines, in a shell that tells how it ended, and whether the
 * terminal is as it was. */
static void start(const char *environment)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/session", guest.folder);
	file = fopen(path, "w");
	cr_assert(file != NULL);
	fprintf(file,
		"trap : INT\nbefore=$(stty -g)\n%s %s top %s --interval 0.3\necho \"ended with "
		"$?\"\n"
		"[ \"$before\" = \"$(stty -g)\" ] && echo as it was\nexec sleep 60\n",
		environment, vfg_guest_command(), guest.master);
	fclose(file);
	cr_assert(zero(int, vfg_guest_run(&guest,
					  "env -u TMUX tmux -L %s -f /dev/null new-session -d -x "
					  "80 -y 24 \"sh %s\"",
					  guest.master, path)),
		  "%s", guest.output);
}

/* The screen in guest.output. Return: whether it has the text, at last. */
static bool shows(const char *text)
{
	for (int i = 0; i < PATIENCE; i++) {
		tmux("capture-pane -p");
		if (strstr(guest.output, text))
			return true;
		usleep(100000);
	}
	return false;
}

static void expect_widths(size_t columns, size_t lines)
{
	size_t count = 0;

	for (const char *at = guest.output; *at; at += strcspn(at, "\n") + 1, count++)
		cr_expect(le(sz, strcspn(at, "\n"), columns), "%s", at);
	cr_expect(le(sz, count, lines));
}

Test(top, shows_what_is_busy_and_ends_at_q)
{
	make_busy(20);
	start("");
	cr_assert(shows(" 192.0.2.10:8080       <- 192.0.2.1:"), "%s", guest.output);
	cr_assert(shows("rule-deny"), "%s", guest.output);
	cr_expect(strstr(guest.output, " PACKETS    BYTES     HITS ACCESS DIRECT   RULE\n") != NULL,
		  "%s", guest.output);
	cr_expect(strstr(guest.output, "securityRules/AllowWeb, live\n") != NULL, "%s",
		  guest.output);
	cr_expect(strstr(guest.output, " HOOK         DROPPED BECAUSE\n") != NULL, "%s",
		  guest.output);
	cr_expect(strstr(guest.output, "q quit\n") != NULL, "%s", guest.output);
	expect_widths(80, 24);
	tmux("send-keys d");
	for (int i = 0; i < PATIENCE && strstr(guest.output, "AllowWeb"); i++) {
		tmux("capture-pane -p");
		usleep(10000);
	}
	cr_expect(strstr(guest.output, "AllowWeb") == NULL, "drops alone: %s", guest.output);
	tmux("send-keys q");
	cr_expect(shows("ended with 0\nas it was\n"), "%s", guest.output);
}

Test(top, follows_the_size_of_the_terminal)
{
	start("NO_COLOR=1");
	cr_assert(shows("q quit"), "%s", guest.output);
	tmux("resize-window -x 40 -y 8");
	cr_assert(shows("a second: allowed"), "%s", guest.output);
	expect_widths(40, 8);
	tmux("resize-window -x 120 -y 40");
	cr_assert(shows("DROPPED BECAUSE"), "%s", guest.output);
	expect_widths(120, 40);
	tmux("send-keys q");
	cr_expect(shows("ended with 0\nas it was\n"), "%s", guest.output);
}

Test(top, gives_the_terminal_back_when_it_is_interrupted)
{
	start("");
	cr_assert(shows("q quit"), "%s", guest.output);
	tmux("send-keys C-c");
	cr_expect(shows("ended with 0\nas it was\n"), "%s", guest.output);
}

Test(top, gives_the_terminal_back_when_it_is_terminated)
{
	start("");
	cr_assert(shows("q quit"), "%s", guest.output);
	vfg_guest_run(&guest, "pkill -TERM -f \"top %s --interval\"", guest.master);
	cr_expect(shows("ended with 0\nas it was\n"), "%s", guest.output);
}

Test(top, ends_with_a_line_when_the_device_is_unloaded)
{
	start("");
	cr_assert(shows("q quit"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(shows("ended with 1\nas it was\n"), "%s", guest.output);
	cr_expect(strstr(guest.output, "is not loaded") != NULL, "%s", guest.output);
}

Test(top, a_batch_ends_so_too)
{
	vfg_guest_run(&guest,
		      "%s top %s --batch --interval 0.2 >%s/pages 2>%s/said & p=$!; sleep 0.5; "
		      "%s unload %s; wait $p; echo ended with $?; cat %s/said",
		      vfg_guest_command(), guest.master, guest.folder, guest.folder,
		      vfg_guest_command(), guest.master, guest.folder);
	cr_expect(strstr(guest.output, "ended with 1\n") != NULL, "%s", guest.output);
	cr_expect(strstr(guest.output, "is not loaded") != NULL, "%s", guest.output);
}

Test(top, batches_are_text_and_need_no_device_where_there_is_but_one)
{
	make_busy(5);
	vfg_guest_vfguard(&guest, "top --batch --count 2 --interval 1 | cat");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(strstr(guest.output, "192.0.2.10:8080") != NULL, "%s", guest.output);
	cr_expect(strchr(guest.output, '\033') == NULL, "%s", guest.output);
	cr_expect(strstr(strstr(guest.output, "a second: ") + 1, "a second: ") != NULL, "two: %s",
		  guest.output);
}

Test(top, json_is_an_object_a_line_with_what_was_counted)
{
	make_busy(5);
	vfg_guest_vfguard(&guest, "top --json --interval 1 | jq -c \"[.rules[0].ruleName, "
				  ".rules[0].ruleInForce, .flows[0].local, .flows[0].protocolName, "
				  ".allowed.packets > 0, .flows[0].packets > 0, .seconds >= 1, "
				  "(.drops | type), .master]\"");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(strstr(guest.output, "[\"securityRules/AllowWeb\",true,\"192.0.2.10:8080\","
				       "\"tcp\",true,true,true,\"array\",\"") == guest.output,
		  "%s", guest.output);
	cr_expect(eq(ptr, strchr(guest.output, '\n') + 1, strchr(guest.output, '\0')), "one: %s",
		  guest.output);
	vfg_guest_vfguard(&guest,
			  "top --json --batch --count 2 --interval 0.2 | jq -c .generation");
	cr_expect(eq(str, guest.output, "1\n1\n"));
}

Test(top, refusals_are_one_clear_line)
{
	static const struct {
		const char *arguments;
		int status;
		const char *says;
	} rows[] = {{"", 1, "needs a terminal; --batch does without"},
		    {"nosuch0 --batch", 1, "nosuch0"},
		    {"n0 --batch", 1, "not loaded"},
		    {"lo p0", 2, "p0"},
		    {"--interval 0", 2, "0.1 to 3600"},
		    {"--interval x", 2, "0.1 to 3600"},
		    {"--interval", 2, "0.1 to 3600"},
		    {"--interval nan", 2, "0.1 to 3600"},
		    {"--count 3", 2, "goes with --batch"},
		    {"--json --count 3", 2, "goes with --batch"},
		    {"--batch --count 0", 2, "from 1 on"},
		    {"--bacth", 2, "--bacth"}};

	vfg_guest_run(&guest, "ip link add n0 type veth peer name n1");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vfg_guest_vfguard(&guest, "top %s", rows[i].arguments);
		cr_expect(eq(int, guest.status, rows[i].status), "%s: %s", rows[i].arguments,
			  guest.output);
		cr_expect(strstr(guest.output, rows[i].says) != NULL, "%s", guest.output);
		cr_expect(eq(ptr, strchr(guest.output, '\n') + 1, strchr(guest.output, '\0')),
			  "one line: %s", guest.output);
	}
}
