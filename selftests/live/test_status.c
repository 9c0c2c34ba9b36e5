/* SPDX-License-Identifier: GPL-2.0-only */
/* status as a person sees it: on a terminal of 80 columns and 24 rows, and again and again. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../../loader/status.h"
#include "account.h"

static struct vfg_guest guest;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_account_introduce(&guest);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void tear_down(void)
{
	if (!guest.master[0])
		return;
	vfg_guest_run(&guest, "tmux -L %s kill-server", guest.master);
	vfg_guest_tear_down(&guest);
}

TestSuite(status, .init = set_up, .fini = tear_down, .timeout = 120);

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

static struct json_object *master_json(const char *more)
{
	struct json_object *root, *masters = NULL, *master;

	vfg_guest_vfguard(&guest, "status %s --json %s", guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	root = json_tokener_parse(guest.output);
	cr_assert(json_object_object_get_ex(root, "masters", &masters), "%s", guest.output);
	master = json_object_get(json_object_array_get_idx(masters, 0));
	json_object_put(root);
	return master;
}

/* By a path of keys, "policy.source". */
static struct json_object *at(struct json_object *node, const char *path)
{
	char key[64];
	int used = 0;

	while (node && sscanf(path, "%63[^.]%n", key, &used) == 1) {
		json_object_object_get_ex(node, key, &node);
		path += used + (path[used] == '.');
	}
	return node;
}

static uint64_t number(struct json_object *node, const char *path)
{
	return json_object_get_uint64(at(node, path));
}

static bool comes(const char *command)
{
	for (int i = 0; i < 5; i++) {
		if (vfg_guest_await(&guest, command))
			return true;
	}
	return false;
}

/* In a terminal of its own, which tells at last how the command ended. */
static void start_on_terminal(const char *before, const char *arguments)
{
	char path[96];
	FILE *script;

	snprintf(path, sizeof(path), "%s/watch", guest.folder);
	script = fopen(path, "w");
	cr_assert(not(eq(ptr, script, NULL)));
	fprintf(script, "trap : INT\n%s %s status %s %s\necho \"ENDED $?\"\nsleep 100\n", before,
		vfg_guest_command(), guest.master, arguments);
	fclose(script);
	vfg_guest_run(&guest, "tmux -L %s -f /dev/null new-session -d -x 80 -y 24 \"sh %s/watch\"",
		      guest.master, guest.folder);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static bool shows(const char *text)
{
	char command[256];

	snprintf(command, sizeof(command), "tmux -L %s capture-pane -p -J | grep -q \"%s\"",
		 guest.master, text);
	return comes(command);
}

/* With -J a line that the terminal broke is one line again: only what vfguard broke is broken. */
static void capture(const char *more)
{
	vfg_guest_run(&guest, "tmux -L %s capture-pane -p -J %s | sed \"s/ *$//\"", guest.master,
		      more);
}

static bool has_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool has_line(const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return says(text);
}

static void expect_numbers(struct json_object *json)
{
	cr_expect(has_line("coverage: %lu unjudged, %lu not judged by XDP, of %lu received",
			   number(json, "coverage.unjudged"), number(json, "coverage.tcOnly"),
			   number(json, "coverage.received")),
		  "%s", guest.output);
	cr_expect(has_line("policy: %s, digest %s, generation %lu, %lu rules",
			   json_object_get_string(at(json, "policy.label")),
			   json_object_get_string(at(json, "policy.digest")),
			   number(json, "policy.generation"), number(json, "policy.rules")),
		  "%s", guest.output);
	cr_expect(
		has_line(" KiB, sha256 %.12s\n", json_object_get_string(at(json, "policy.sha256"))),
		"%s", guest.output);
	cr_expect(has_line("flows ipv4: %lu of %lu, pressure %s; half-open %lu, established %lu",
			   number(json, "flows.ipv4.live"), number(json, "flows.ipv4.room"),
			   json_object_get_string(at(json, "flows.ipv4.pressure")),
			   number(json, "flows.ipv4.halfOpen"),
			   number(json, "flows.ipv4.established")),
		  "%s", guest.output);
	cr_expect(has_line("xdp         rule-deny        %lu\n",
			   number(json, "reasons.xdp.rule-deny")),
		  "%s", guest.output);
}

Test(status, a_terminal_shows_it_all_and_is_left_as_it_was)
{
	static const char *const order[] = {"TC ingress on, TC egress on",
					    "paths (",
					    "driver veth",
					    "xdp native, up since ",
					    "coverage: ",
					    "policy: ",
					    "applied ",
					    "from /",
					    "flows ipv4: ",
					    "flows refused",
					    "dropped:"};
	struct json_object *json;
	const char *before;

	vfg_account_send_udp(&guest, 5301, 7);
	vfg_account_send_udp(&guest, 5300, 3);
	start_on_terminal("", "--watch=0.2");
	cr_assert(shows("rule-deny        7"));
	json = master_json("");
	capture("");
	before = guest.output;
	for (size_t i = 0; before && i < sizeof(order) / sizeof(order[0]); i++) {
		before = strstr(before, order[i]);
		cr_expect(not(eq(ptr, (void *)before, NULL)), "%s\n%s", order[i], guest.output);
	}
	for (const char *line = guest.output; *line; line += strcspn(line, "\n") + 1)
		cr_expect(le(sz, strcspn(line, "\n"), 80), "%.*s", (int)strcspn(line, "\n"), line);
	expect_numbers(json);
	json_object_put(json);
	vfg_guest_run(&guest, "tmux -L %s send-keys C-c", guest.master);
	cr_expect(shows("^ENDED 0"));
	vfg_guest_run(&guest, "tmux -L %s display-message -p \"#{alternate_on}#{cursor_flag}\"",
		      guest.master);
	cr_expect(eq(str, guest.output, "01\n"), "back on the first screen, with a cursor");
}

Test(status, colour_is_for_terminals_that_want_it)
{
	start_on_terminal("", "--watch=0.2");
	cr_assert(shows("coverage: 0 unjudged"));
	capture("-e");
	cr_expect(says("\033[32m"), "%s", guest.output);
	vfg_guest_run(&guest, "tmux -L %s kill-server", guest.master);
	start_on_terminal("NO_COLOR=1", "--watch=0.2");
	cr_assert(shows("coverage: 0 unjudged"));
	capture("-e");
	cr_expect(not(says("\033[")), "%s", guest.output);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(not(says("\033")), "%s", guest.output);
}

/* Unloaded, loaded again, its port gone: it goes on and tells. */
Test(status, what_vanishes_while_it_is_watched_is_told)
{
	vfg_account_send_udp(&guest, 5301, 1);
	start_on_terminal("", "--watch=0.2");
	cr_assert(shows("driver veth"));
	vfg_guest_run(&guest, "ip link delete p0");
	cr_expect(shows("the device is gone"));
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(shows("is not loaded"));
	vfg_guest_run(&guest, "ip link delete %s", guest.master);
	cr_expect(shows("no such device"));
	vfg_guest_run(&guest, "tmux -L %s send-keys C-c", guest.master);
	cr_expect(shows("^ENDED 0"));
}

Test(status, elsewhere_pictures_follow_each_other)
{
	vfg_guest_run(&guest,
		      "cd %s; timeout --preserve-status -s INT 4 %s status %s --watch=0.2 >out; "
		      "echo $?; grep -q \"^coverage: 0\" out",
		      guest.folder, vfg_guest_command(), guest.master);
	cr_expect(eq(str, guest.output, "0\n"));
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_run(&guest, "test $(grep -c ^--- %s/out) -ge 2", guest.folder);
	cr_expect(eq(int, guest.status, 0), "two pictures at least");
	vfg_guest_run(&guest,
		      "timeout -s INT 2 %s status %s --watch=0.2 --json | jq -c .masters[0]."
		      "policy.generation | sort -u",
		      vfg_guest_command(), guest.master);
	cr_expect(eq(str, guest.output, "1\n"), "an object a line");
	vfg_guest_run(&guest, "timeout 20 %s status %s --watch=0.2 | head -n 1",
		      vfg_guest_command(), guest.master);
	cr_expect(eq(int, guest.status, 0), "a reader that leaves ends it: %s", guest.output);
	vfg_guest_run(&guest, "%s status %s >/dev/full", vfg_guest_command(), guest.master);
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
}

Test(status, wrong_usage_is_told)
{
	static const char *const wrong[] = {
		"--watch=0", "--watch=x", "--watch=", "--wach", "--sample=-1", "--sample --watch"};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		vfg_guest_vfguard(&guest, "status %s %s", guest.master, wrong[i]);
		cr_expect(eq(int, guest.status, 2), "%s: %s", wrong[i], guest.output);
	}
	vfg_guest_vfguard(&guest, "status nodev --watch");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
}

Test(status, where_the_policy_came_from)
{
	struct json_object *json = master_json("");
	char path[160], hash[80];

	snprintf(path, sizeof(path), "%s/policy.json", guest.folder);
	cr_expect(eq(str, (char *)json_object_get_string(at(json, "policy.source")), path));
	vfg_guest_run(&guest, "sha256sum </var/lib/vfguard/%s.image", guest.master);
	snprintf(hash, sizeof(hash), "%.64s", guest.output);
	cr_expect(eq(str, (char *)json_object_get_string(at(json, "policy.sha256")), hash));
	json_object_put(json);
	vfg_guest_run(&guest, "cp %s %s/next.json", path, guest.folder);
	vfg_guest_vfguard(&guest, "apply %s -p next.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	json = master_json("");
	cr_expect(eq(u64, number(json, "policy.generation"), 2));
	snprintf(path, sizeof(path), "%s/next.json", guest.folder);
	cr_expect(eq(str, (char *)json_object_get_string(at(json, "policy.source")), path));
	vfg_guest_run(&guest, "test $(( $(date +%%s) - $(date -d %s +%%s) )) -lt 30",
		      json_object_get_string(at(json, "policy.appliedAt")));
	cr_expect(eq(int, guest.status, 0), "just now");
	json_object_put(json);
}

Test(status, how_packets_divide_among_paths)
{
	struct json_object *json, *paths, *recent;
	uint64_t sum = 0;

	vfg_guest_start_daemon(&guest);
	cr_assert(comes("ls /sys/fs/bpf/vfguard >/dev/null"));
	vfg_account_send_udp(&guest, 5301, 40);
	json = master_json("");
	cr_assert(json_object_object_get_ex(json, "recent", &recent));
	cr_expect(ge(u64, number(json, "recent.packets"), 40), "the daemon has marked");
	json_object_object_get_ex(json, "paths", &paths);
	for (size_t i = 0; i < json_object_array_length(paths); i++)
		sum += number(json_object_array_get_idx(paths, i), "recentPackets");
	cr_expect(eq(u64, sum, number(json, "recent.packets")));
	json_object_put(json);
	json = master_json("--sample=0.3");
	cr_expect(eq(u64, number(json, "recent.packets"), 0), "nothing came in between");
	json_object_put(json);
	/* Of a bridge nobody expects an accelerated path. */
	vfg_guest_vfguard(&guest, "status %s --sample=0.3", guest.master);
	cr_expect(says("paths (no packets in "), "%s", guest.output);
	cr_expect(not(says("VF")), "%s", guest.output);
}

/* A guest with an accelerated path, made up. */
static const char *print_accelerated(uint64_t by_vf)
{
	static struct vfg_status status;
	static char text[8192];
	struct vfg_screen screen = {.to = fmemopen(text, sizeof(text), "w"), .width = 80};

	status = (struct vfg_status){
		.master = "eth0",
		.tc = {true, true},
		.path_count = 2,
		.path = {{.name = "eth0",
			  .role = VFG_ROLE_SYNTHETIC,
			  .xdp = "native",
			  .reason = "",
			  .up = true,
			  .has_account = true,
			  .recent = 1000 - by_vf},
			 {.name = "enP1s1",
			  .role = VFG_ROLE_VF,
			  .xdp = "native",
			  .reason = "",
			  .up = true,
			  .has_account = true,
			  .recent = by_vf}},
		.has_coverage = true,
		.looked_ns = 20000000000,
		.base = {.at_ns = 15000000000},
		.recent = 1000,
		.recent_vf = by_vf,
		.flows = {{.room = 100, .live = 95}, {.room = 100}},
	};
	cr_assert(not(eq(ptr, screen.to, NULL)));
	vfg_status_print(&screen, &status);
	fclose(screen.to);
	return text;
}

TestSuite(status_print);

Test(status_print, says_whether_the_accelerated_path_is_in_use)
{
	const char *text = print_accelerated(983);

	cr_expect(not(eq(ptr,
			 strstr(text, "paths (1000 packets in 5.0 s, 98.3 % by VF: the "
				      "accelerated path is in use):\n"),
			 NULL)),
		  "%s", text);
	cr_expect(not(eq(ptr, strstr(text, "up, 1.7 % of packets\n"), NULL)), "%s", text);
	text = print_accelerated(0);
	cr_expect(not(eq(ptr, strstr(text, "path is NOT in use"), NULL)), "%s", text);
}

Test(status_print, says_that_there_is_no_vf_where_one_is_expected)
{
	static struct vfg_status status = {
		.master = "bond0",
		.path_count = 1,
		.path = {{.name = "eth0",
			  .role = VFG_ROLE_SYNTHETIC,
			  .xdp = "native",
			  .reason = ""}},
		.device = {.driver = "bonding", .link = {.kind = "bond"}},
		.looked_ns = 20000000000,
		.base = {.at_ns = 15000000000},
		.recent = 1000,
	};
	static char text[8192];
	struct vfg_screen screen = {.to = fmemopen(text, sizeof(text), "w"), .width = 80};

	cr_assert(not(eq(ptr, screen.to, NULL)));
	vfg_status_print(&screen, &status);
	fclose(screen.to);
	cr_expect(strstr(text, "paths (1000 packets in 5.0 s, no VF):\n") != NULL, "%s", text);
}

Test(status_print, a_full_table_is_an_alarm_and_comes_first)
{
	const char *text = print_accelerated(1);

	cr_expect(eq(int, strncmp(text, "ALARM: eth0: the ipv4 flow table is full", 40), 0), "%s",
		  text);
	cr_expect(not(eq(ptr, strstr(text, "flows ipv4: 95 of 100, pressure full;"), NULL)));
	cr_expect(not(eq(ptr, strstr(text, "flows ipv6: 0 of 100, pressure none;"), NULL)));
}
