/* SPDX-License-Identifier: GPL-2.0-only */
/* What a collector gets. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/openmetrics.h"
#include "account.h"
#include "scrape.h"

static struct vfg_guest guest;
static struct vfg_scrape scrape;

static void tear_down(void)
{
	if (guest.master[0])
		vfg_guest_tear_down(&guest);
}

TestSuite(metrics, .fini = tear_down, .timeout = 60);

#define HEAD "# TYPE a_packets counter\n# UNIT a_packets packets\n# HELP a_packets Words.\n"

static const struct {
	const char *text;
	bool right;
} texts[] = {
	{"# EOF\n", true},
	{HEAD "a_packets_total 1\n# EOF\n", true},
	{HEAD "a_packets_total{x=\"1\",y=\"a\\\"b\\\\\"} 1\na_packets_total{x=\"2\"} 1\n# EOF\n",
	 true},
	{"# TYPE b gauge\nb 1\n# EOF\n", true},
	{"# EOF", false},
	{"", false},
	{"# EOF\n# EOF\n", false},
	{HEAD "a_packets 1\n# EOF\n", false},
	{HEAD "a_packets_total -\n# EOF\n", false},
	{HEAD "a_packets_total 1 \n# EOF\n", false},
	{HEAD "a_packets_total 1\na_packets_total 2\n# EOF\n", false},
	{HEAD "a_packets_total{x=1} 1\n# EOF\n", false},
	{HEAD "a_packets_total{x=\"1} 1\n# EOF\n", false},
	{HEAD "a_packets_total{1x=\"1\"} 1\n# EOF\n", false},
	{HEAD "b_total 1\n# EOF\n", false},
	{HEAD HEAD "# EOF\n", false},
	{"# TYPE a gauge\n# UNIT a packets\n# EOF\n", false},
	{"# TYPE a gauge\na 1\n# HELP a Late.\n# EOF\n", false},
	{"# TYPE a_total counter\n# EOF\n", false},
	{"# TYPE a wrong\n# EOF\n", false},
	{"a 1\n# EOF\n", false},
};

Test(metrics, the_reader_of_these_tests_knows_right_from_wrong)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		cr_expect(eq(int, vfg_scrape_read(texts[i].text, &scrape), texts[i].right),
			  "%zu: %s", i, scrape.fault);
}

Test(metrics, any_text_can_be_a_label)
{
	static const struct vfg_metric metric = {"a_packets", "counter", "packets", "Words."};
	static const struct vfg_label labels[] = {{"x", "a\"b\\c\nd\xff\xc3\xa9\xed\xa0\x80"}, {}};
	struct vfg_exposition to = {};
	char text[512] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	cr_assert(not(eq(ptr, stream, NULL)));
	to.to = stream;
	vfg_openmetrics_head(&to, &metric);
	vfg_openmetrics_sample(&to, &metric, labels, 7);
	vfg_openmetrics_end(&to);
	fclose(stream);
	cr_assert(vfg_scrape_read(text, &scrape), "%s", scrape.fault);
	cr_expect(eq(u64,
		     vfg_scrape_find(&scrape, "a_packets_total{x=\"a\\\"b\\\\c\\nd?\xc3\xa9???\"}"),
		     7),
		  "%s", text);
}

static uint64_t value_of(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static uint64_t value_of(const char *name, const char *format, ...)
{
	char more[128], series[VFG_SCRAPE_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(more, sizeof(more), format, arguments);
	va_end(arguments);
	snprintf(series, sizeof(series), "%s{master=\"%s\"%s}", name, guest.master, more);
	return vfg_scrape_find(&scrape, series);
}

static void read_metrics(void)
{
	vfg_guest_vfguard(&guest, "metrics");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_assert(vfg_scrape_read(guest.output, &scrape), "%s", scrape.fault);
}

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

Test(metrics, a_collector_reads_what_happened)
{
	load();
	vfg_account_send_udp(&guest, 5301, 11);
	vfg_account_send_udp(&guest, 5300, 4);
	read_metrics();
	cr_expect(eq(u64, value_of("vfguard_received_packets_total", ",device=\"p0\""), 15));
	cr_expect(eq(u64, value_of("vfguard_judged_packets_total", ",hook=\"xdp\",device=\"p0\""),
		     15));
	cr_expect(eq(u64,
		     value_of("vfguard_judged_packets_total", ",hook=\"tc-ingress\",device=\"%s\"",
			      guest.master),
		     4));
	cr_expect(
		eq(u64,
		   value_of("vfguard_dropped_packets_total", ",hook=\"xdp\",reason=\"rule-deny\""),
		   11));
	cr_expect(eq(u64, value_of("vfguard_tc_only_packets_total", ",device=\"p0\""), 0));
	cr_expect(eq(u64, value_of("vfguard_unjudged_packets_total", "%s", ""), 0));
	cr_expect(eq(u64, value_of("vfguard_coverage_alarm", "%s", ""), 0));
	cr_expect(eq(u64, value_of("vfguard_tc_attached", ",direction=\"ingress\""), 1));
	cr_expect(eq(u64, value_of("vfguard_flows", ",family=\"ipv4\",state=\"half-open\""), 1),
		  "of one socket");
	cr_expect(eq(u64, value_of("vfguard_flows_max", ",family=\"ipv4\""), 4096));
	cr_expect(eq(u64, value_of("vfguard_policy_generation", "%s", ""), 1));
}

Test(metrics, a_gap_shows)
{
	load();
	vfg_account_detach_xdp(&guest, "p0");
	vfg_account_detach_tc(&guest);
	vfg_account_send_udp(&guest, 5300, 6);
	read_metrics();
	cr_expect(eq(u64, value_of("vfguard_tc_only_packets_total", ",device=\"p0\""), 6));
	cr_expect(eq(u64, value_of("vfguard_unjudged_packets_total", "%s", ""), 6));
	cr_expect(eq(u64, value_of("vfguard_coverage_alarm", "%s", ""), 1));
	cr_expect(eq(u64, value_of("vfguard_tc_attached", ",direction=\"ingress\""), 0));
}

Test(metrics, nothing_loaded_is_whole_too)
{
	load();
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	read_metrics();
	cr_expect(eq(sz, scrape.count, 1), "but who wrote it");
	vfg_guest_vfguard(&guest, "metrics --what");
	cr_expect(eq(int, guest.status, 2));
}
