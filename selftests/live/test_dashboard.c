/* SPDX-License-Identifier: GPL-2.0-only */
/* The shipped dashboard asks only for what there is; and the daemon's file is what it reads. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "account.h"
#include "dashboard.h"
#include "service.h"

static struct vfg_guest guest;
static struct vfg_scrape scrape;
static char fault[VFG_SCRAPE_TEXT_MAX];

static void tear_down(void)
{
	if (guest.master[0])
		vfg_guest_tear_down(&guest);
}

TestSuite(dashboard, .fini = tear_down, .timeout = 120);

static void load(void)
{
	vfg_guest_set_up(&guest);
	vfg_account_introduce(&guest);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static bool comes(const char *format, ...) __attribute__((format(printf, 1, 2)));

static bool comes(const char *format, ...)
{
	char command[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	for (int i = 0; i < 10; i++) {
		if (vfg_guest_await(&guest, command))
			return true;
	}
	return false;
}

/* A port that a daemon has covered, so that there is a time to cover; a flow log; some traffic. */
static void make_all_metrics(void)
{
	static struct vfg_service_run service;

	load();
	vfg_service_settings(&guest, "log = vnet\nlog-interval = 1\nlog-directory = %s/logs\n",
			     guest.folder);
	vfg_service_start(&service, &guest);
	cr_assert(comes("test -s /run/vfguard/%s.flowlog", guest.master));
	vfg_guest_add_port(&guest, "p1");
	cr_assert(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"));
	vfg_account_send_udp(&guest, 5300, 3);
	vfg_account_send_udp(&guest, 5301, 3);
	vfg_guest_vfguard(&guest, "metrics");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_assert(vfg_scrape_read(guest.output, &scrape), "%s", scrape.fault);
}

static const struct {
	const char *query;
	bool right;
} queries[] = {
	{"vfguard_alarms", true},
	{"sum(rate(vfguard_received_packets_total{device!=\"\"}[$__rate_interval])) > 0", true},
	{"sum by (hook) (rate(vfguard_dropped_packets_total{instance=~\"$instance\"}[5m]))", true},
	{"sum by (master, family) (vfguard_flows) / on (master, family) vfguard_flows_max", true},
	{"label_values(vfguard_tc_attached{instance=~\"$instance\"}, master)", true},
	{"vfguard_alarm", false},
	{"vfguard_received_packets", false},
	{"vfguard_alarms{device=\"p0\"}", false},
	{"sum by (hok) (vfguard_dropped_packets_total)", false},
	{"sum by (master) (vfguard_flows) / on (nothing) vfguard_flows_max", false},
	{"vfguard_alarms + vfguard_alrms", false},
	{"label_values(vfguard_tc_attached, mastr)", false},
	{"label_values(vfguard_tc, master)", false},
	{"1 + 1", false},
};

Test(dashboard, the_reader_of_these_tests_knows_right_from_wrong)
{
	make_all_metrics();
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		cr_expect(eq(int, vfg_dashboard_query(&scrape, queries[i].query, fault),
			     queries[i].right),
			  "%s: %s", queries[i].query, fault);
	cr_expect(vfg_dashboard_legend(&scrape, "vfguard_flows", "{{family}} {{state}}", fault));
	cr_expect(not(vfg_dashboard_legend(&scrape, "vfguard_flows", "{{hook}}", fault)));
}

static size_t checked;

static void check(struct json_object *of, const char *key)
{
	struct json_object *query = NULL, *legend = NULL;

	if (!json_object_object_get_ex(of, key, &query) ||
	    !json_object_is_type(query, json_type_string))
		return;
	checked++;
	cr_expect(vfg_dashboard_query(&scrape, json_object_get_string(query), fault), "%s: %s",
		  json_object_get_string(query), fault);
	if (json_object_object_get_ex(of, "legendFormat", &legend))
		cr_expect(vfg_dashboard_legend(&scrape, json_object_get_string(query),
					       json_object_get_string(legend), fault),
			  "%s: %s", json_object_get_string(legend), fault);
}

/* Wherever a query stands in the file. */
static void walk(struct json_object *node)
{
	if (json_object_is_type(node, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(node); i++)
			walk(json_object_array_get_idx(node, i));
	}
	if (!json_object_is_type(node, json_type_object))
		return;
	check(node, "expr");
	if (json_object_object_get_ex(node, "refId", NULL))
		check(node, "query");
	json_object_object_foreach(node, key, value)
	{
		(void)key;
		walk(value);
	}
}

Test(dashboard, every_query_finds_its_metrics)
{
	struct json_object *root;
	char path[600];

	make_all_metrics();
	snprintf(path, sizeof(path), "%s", vfg_guest_command());
	*strrchr(path, '/') = '\0';
	strcat(path, "/../packaging/grafana/vfguard.json");
	root = json_object_from_file(path);
	cr_assert(not(eq(ptr, root, NULL)), "%s", path);
	walk(root);
	cr_expect(ge(sz, checked, 30));
	json_object_put(root);
}

/* Three datagrams of one flow are a record of its beginning at least. */
Test(dashboard, what_the_flow_log_wrote_is_counted)
{
	make_all_metrics();
	cr_expect(comes("%s metrics | grep -q \"^vfguard_log_written_records_total.* [1-9]\"",
			vfg_guest_command()));
	cr_expect(comes("%s metrics | grep -q \"^vfguard_log_lost_records_total.* 0$\"",
			vfg_guest_command()));
}

Test(dashboard, a_file_is_replaced_for_the_collector)
{
	uint64_t dropped;

	load();
	vfg_account_send_udp(&guest, 5301, 5);
	vfg_guest_vfguard(&guest, "metrics --output here.prom");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_run(&guest, "cd %s; stat -c %%a here.prom; ls | grep -c prom", guest.folder);
	cr_expect(eq(str, guest.output, "644\n1\n"));
	vfg_guest_run(&guest, "cat %s/here.prom", guest.folder);
	cr_assert(vfg_scrape_read_prometheus(guest.output, &scrape), "%s", scrape.fault);
	snprintf(fault, sizeof(fault),
		 "vfguard_dropped_packets_total{master=\"%s\",hook=\"xdp\",reason=\"rule-deny\"}",
		 guest.master);
	dropped = vfg_scrape_find(&scrape, fault);
	cr_expect(eq(u64, dropped, 5));
	cr_expect(not(vfg_scrape_read(guest.output, &scrape)), "two formats, two readers");
	vfg_guest_vfguard(&guest, "metrics --format prometheus");
	cr_expect(vfg_scrape_read_prometheus(guest.output, &scrape), "%s", scrape.fault);
}

Test(dashboard, a_file_that_cannot_be_is_refused)
{
	load();
	vfg_guest_vfguard(&guest, "metrics --output missing/here.prom");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	vfg_guest_run(&guest, "mkdir %s/taken.prom; ln -s /etc/passwd %s/link.prom", guest.folder,
		      guest.folder);
	vfg_guest_vfguard(&guest, "metrics --output taken.prom");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	vfg_guest_vfguard(&guest, "metrics --output link.prom");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	vfg_guest_vfguard(&guest, "metrics --output /dev/null");
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	vfg_guest_vfguard(&guest, "metrics --output");
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	vfg_guest_vfguard(&guest, "metrics --format html");
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
}

static void configure(const char *file)
{
	vfg_service_settings(&guest, "metrics-interval = 1\n%s%s%s%s%s",
			     file[0] ? "metrics-file = " : "", file[0] ? guest.folder : "",
			     file[0] ? "/" : "", file, file[0] ? "\n" : "");
}

Test(dashboard, the_daemon_writes_it_and_leaves_it)
{
	static struct vfg_service_run service;

	load();
	configure("a.prom");
	service.confined = true;
	vfg_service_start(&service, &guest);
	cr_expect(comes("grep -q vfguard_alarms %s/a.prom", guest.folder), "it is there");
	vfg_guest_run(&guest, "rm %s/a.prom", guest.folder);
	cr_expect(comes("test -s %s/a.prom", guest.folder), "and written again");
	configure("b.prom");
	kill(guest.daemon, SIGHUP);
	cr_expect(comes("test -s %s/b.prom -a ! -e %s/a.prom", guest.folder, guest.folder),
		  "under another name only");
	vfg_service_end(&service);
	vfg_guest_run(&guest, "cat %s/b.prom", guest.folder);
	cr_expect(vfg_scrape_read_prometheus(guest.output, &scrape), "%s", scrape.fault);
}

Test(dashboard, the_daemon_says_once_that_it_cannot_write)
{
	static struct vfg_service_run service;

	load();
	configure("missing/a.prom");
	vfg_service_start(&service, &guest);
	cr_expect(vfg_service_logs(&guest, "the metrics cannot be written"));
	sleep(3);
	cr_expect(eq(int, vfg_service_logged(&guest, "the metrics cannot be written"), 1));
	cr_expect(eq(int, vfg_service_logged(&guest, "No such file"), 1));
	vfg_guest_run(&guest, "mkdir %s/missing", guest.folder);
	cr_expect(vfg_service_logs(&guest, "the metrics are written again"));
	vfg_service_end(&service);
}
