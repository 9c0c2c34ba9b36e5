/* SPDX-License-Identifier: GPL-2.0-only */
/* Flow logs as others read them: the platform's two formats, by a reader of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../loader/log_format.h"
#include "flowlog.h"
#include "sample.h"

#define DATA "../shared/data/flow-logs/"
#define ACL  "01020304-abcd-ef00-1234-102030405060"
#define NSG                                                                                        \
	"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/web/providers/"        \
	"Microsoft.Network/networkSecurityGroups/nic"

static struct vfg_log_names *names;
static struct vfg_log_record record[16];
static struct vfg_log_batch batch;
static struct vfg_flowlog got;
static struct vfg_sample sample;
static const struct vfg_log_alias acls[] = {{"nic", ACL}};
static struct vfg_log_identity identity = {
	.device = "eth0", .mac = "000D3A005301", .acl = acls, .acls = 1};

/* Ids are rule numbers in an image: each list begins a word of 64. */
enum {
	PLATFORM = 0,
	ADMIN = 64,
	SUBNET = 128,
	USER = 192,
	DEFAULT = 193,
	STRANGE = 194,
};

static void set_up(void)
{
	struct vfg_list *list;

	sample = vfg_sample_new();
	list = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_PLATFORM, "platform");
	vfg_sample_rule(list, "platformRules/WireServer", VFG_ACTION_ALWAYS_ALLOW);
	list = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_ADMIN, "admin");
	vfg_sample_rule(list, "adminRules/BlockTelnet", VFG_ACTION_DENY);
	list = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_SUBNET, "subnet");
	vfg_sample_rule(list, "securityRules/Web", VFG_ACTION_ALLOW);
	list = vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	list->id = NSG;
	vfg_sample_rule(list, "securityRules/Web", VFG_ACTION_ALLOW);
	vfg_sample_rule(list, "defaultSecurityRules/DenyAllInBound", VFG_ACTION_DENY);
	vfg_sample_rule(list, "securityRules/a\"b\\c\n", VFG_ACTION_ALLOW);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	names = calloc(1, sizeof(*names));
	cr_assert(zero(int, vfg_log_names_learn(names, &sample.tables, NULL)));
	batch = (struct vfg_log_batch){.record = record,
				       .names = names,
				       .identity = &identity,
				       .time_ns = 1772355605123456700};
}

static void tear_down(void)
{
	vfg_flowlog_free(&got);
	vfg_log_names_free(names);
	free(names);
	vfg_arena_free(sample.arena);
}

TestSuite(log_format, .init = set_up, .fini = tear_down, .timeout = 60);

static struct vfg_log_record *add(uint32_t rule, enum vfg_log_state state, uint8_t protocol)
{
	struct vfg_log_record *next = &record[batch.count++];

	*next = (struct vfg_log_record){.time_ms = 1772355600000 + batch.count,
					.source_port = 35370,
					.destination_port = 23,
					.rule = rule,
					.protocol = protocol,
					.state = (uint8_t)state};
	inet_pton(AF_INET, "203.0.113.105", next->source);
	inet_pton(AF_INET, "192.0.2.4", next->destination);
	return next;
}

static void count(struct vfg_log_record *to, uint64_t sent, uint64_t sent_bytes, uint64_t returned,
		  uint64_t returned_bytes)
{
	to->packets[VFG_LOG_SENT] = sent;
	to->bytes[VFG_LOG_SENT] = sent_bytes;
	to->packets[VFG_LOG_RETURNED] = returned;
	to->bytes[VFG_LOG_RETURNED] = returned_bytes;
}

/* Formats the batch, and reads it again. @list: of version 2; -1 for version 4 */
static size_t through(int list)
{
	char *text = NULL;
	size_t bytes, records;
	FILE *stream = open_memstream(&text, &bytes);

	vfg_log_sort(&batch);
	records = list < 0 ? vfg_log_write_vnet(stream, &batch)
			   : vfg_log_write_nsg(stream, &batch, (uint32_t)list);
	fclose(stream);
	vfg_flowlog_free(&got);
	if (records)
		cr_assert(vfg_flowlog_read(text, &got), "%s: %s", got.fault, text);
	else
		cr_assert(eq(sz, bytes, 0));
	free(text);
	cr_assert(eq(sz, got.count, records));
	return records;
}

static uint64_t sum(const uint64_t *first, size_t stride)
{
	uint64_t packets = 0;

	for (size_t i = 0; i < got.count; i++) {
		const uint64_t *both = (const void *)((const char *)first + i * stride);

		packets += both[0] + both[1];
	}
	return packets;
}

/* A conversation of the documentation's page: what its records say comes to 9,125 packets and
 * 5,256,000 bytes. */
static void converse(void)
{
	add(USER, VFG_LOG_BEGIN, 6);
	count(add(USER, VFG_LOG_CONTINUE, 6), 1021, 588096, 8005, 4610880);
	count(add(USER, VFG_LOG_END, 6), 52, 29952, 47, 27072);
}

Test(log_format, the_worked_example_of_the_documentation_comes_out_right)
{
	converse();
	for (int list = -1; list < 4; list += 4) {
		cr_expect(eq(sz, through(list), 3));
		cr_expect(eq(u64, sum(got.tuple[0].packets, sizeof(*got.tuple)), 9125));
		cr_expect(eq(u64, sum(got.tuple[0].bytes, sizeof(*got.tuple)), 5256000));
		cr_expect(eq(chr, got.tuple[0].state, 'B'));
		cr_expect(eq(chr, got.tuple[1].state, 'C'));
		cr_expect(eq(chr, got.tuple[2].state, 'E'));
	}
}

Test(log_format, a_tuple_has_all_thirteen_fields_in_their_places)
{
	struct vfg_log_record *six = add(USER, VFG_LOG_END, 17);
	const struct vfg_flowlog_tuple *tuple;

	count(six, 1, 2, 3, 4);
	six->family = VFG_IPV6;
	six->direction = VFG_OUTBOUND;
	inet_pton(AF_INET6, "2001:db8::1", six->source);
	inet_pton(AF_INET6, "2001:db8::2", six->destination);
	cr_assert(eq(sz, through(-1), 1));
	tuple = got.tuple;
	cr_expect(eq(u64, tuple->time_ms, 1772355600001));
	cr_expect(eq(str, (char *)tuple->source, "2001:db8::1"));
	cr_expect(eq(str, (char *)tuple->destination, "2001:db8::2"));
	cr_expect(eq(u32, tuple->source_port, 35370));
	cr_expect(eq(u32, tuple->destination_port, 23));
	cr_expect(eq(u32, tuple->protocol, 17));
	cr_expect(eq(chr, tuple->direction, 'O'));
	cr_expect(eq(u64, tuple->packets[0], 1));
	cr_expect(eq(u64, tuple->bytes[0], 2));
	cr_expect(eq(u64, tuple->packets[1], 3));
	cr_expect(eq(u64, tuple->bytes[1], 4));
	cr_expect(eq(str, (char *)tuple->mac, "000D3A005301"));
}

static const struct vfg_flowlog_tuple *of_rule(const char *rule)
{
	for (size_t i = 0; i < got.count; i++) {
		if (!strcmp(got.tuple[i].rule, rule))
			return &got.tuple[i];
	}
	cr_assert(false, "no tuple of %s", rule);
	return NULL;
}

Test(log_format, rules_and_lists_are_named_as_the_platform_does)
{
	add(PLATFORM, VFG_LOG_BEGIN, 6);
	add(ADMIN, VFG_LOG_DENY, 6);
	add(USER, VFG_LOG_BEGIN, 6);
	add(DEFAULT, VFG_LOG_DENY, 6);
	add(STRANGE, VFG_LOG_BEGIN, 6);
	add(4711, VFG_LOG_BEGIN, 6);
	cr_assert(eq(sz, through(-1), 6));
	cr_expect(eq(str, (char *)of_rule("PlatformRule")->acl, (char *)vfg_log_no_guid));
	cr_expect(eq(str, (char *)of_rule("BlockTelnet")->acl, (char *)vfg_log_no_guid));
	cr_expect(eq(str, (char *)of_rule("UserRule_Web")->acl, ACL));
	cr_expect(eq(str, (char *)of_rule("DefaultRule_DenyAllInBound")->acl, ACL));
	cr_expect(eq(chr, of_rule("DefaultRule_DenyAllInBound")->state, 'D'));
	of_rule("UserRule_a\"b\\c\n");
	of_rule("unspecified");
}

/* The list of a rule that two lists have is told apart by its id. */
Test(log_format, an_nsg_log_is_of_one_nsg_and_of_tcp_and_udp_only)
{
	add(PLATFORM, VFG_LOG_BEGIN, 6);
	add(ADMIN, VFG_LOG_DENY, 6);
	add(SUBNET, VFG_LOG_BEGIN, 6);
	add(USER, VFG_LOG_BEGIN, 6);
	add(USER, VFG_LOG_BEGIN, 1);
	add(USER, VFG_LOG_BEGIN, 50);
	add(USER, VFG_LOG_BEGIN, 17);
	add(DEFAULT, VFG_LOG_DENY, 6);
	cr_expect(eq(sz, through(0), 0));
	cr_expect(eq(sz, through(1), 0));
	cr_assert(eq(sz, through(2), 1));
	cr_expect(eq(str, (char *)got.tuple[0].resource,
		     "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000000/RESOURCEGROUPS/VFGUARD/"
		     "PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/SUBNET"));
	cr_assert(eq(sz, through(3), 3));
	cr_expect(eq(str, (char *)got.tuple[0].resource,
		     "/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/RESOURCEGROUPS/WEB/"
		     "PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/NIC"));
}

static const struct {
	const char *text;
	const char *why;
} wrong[] = {
	{"", "nothing"},
	{"{\"records\":[", "half a document"},
	{"{\"records\":[]}{}", "two documents"},
	{"{\"records\":{}}", "no array"},
	{"{\"records\":[{}]}", "an empty record"},
};

static void expect_refused(const char *text, const char *why)
{
	cr_expect(not(vfg_flowlog_read(text, &got)), "%s: %s", why, text);
	vfg_flowlog_free(&got);
}

/* Each change of one thing in a right document makes it wrong. */
static const struct {
	const char *from;
	const char *to;
} changes[] = {
	{"\"time\"", "\"tame\""},
	{"00.0000000Z", "00.000000Z"},
	{"T09:00", " 09:00"},
	{":4,", ":5,"},
	{"000D3A005301", "00:0D:3A:00:53:01"},
	{"FlowLogFlowEvent", "FlowLogFlowEvents"},
	{"/SUBSCRIPTIONS/", "/subscriptions/"},
	{"\"aclID\":\"0", "\"aclID\":\"x"},
	{"\"targetResourceID\"", "\"target\""},
	{",NX,", ",NX"},
	{",NX,", ",,"},
	{",B,", ",F,"},
	{",I,", ",D,"},
	{",6,", ",T,"},
	{"35370", "65536"},
	{"203.0.113.105", "203.0.113.256"},
	{"NX,0,0,0,0", "NX,,,,"},
	{"NX,0,0,0,0", "NX,1,0,0,0"},
	{"\"rule\"", "\"role\""},
	{"]}", "]"},
};

static char *replace(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *changed;

	cr_assert(at != NULL, "%s is not in %s", from, text);
	cr_assert(asprintf(&changed, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)) >
		  0);
	return changed;
}

Test(log_format, the_reader_of_these_tests_knows_right_from_wrong)
{
	char *text = NULL;
	size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	batch.time_ns = 1772355600000000000;
	add(USER, VFG_LOG_BEGIN, 6);
	vfg_log_write_vnet(stream, &batch);
	fclose(stream);
	cr_assert(vfg_flowlog_read(text, &got), "%s", got.fault);
	vfg_flowlog_free(&got);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		expect_refused(wrong[i].text, wrong[i].why);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		char *changed = replace(text, changes[i].from, changes[i].to);

		expect_refused(changed, changes[i].to);
		free(changed);
	}
	free(text);
}

Test(log_format, the_samples_of_the_documentation_are_read_too)
{
	if (access(DATA, F_OK) != 0)
		cr_skip_test("no samples beside this folder");
	cr_assert(vfg_flowlog_read_file(DATA "docs__vnet-flow-log-v4.json", &got), "%s", got.fault);
	cr_expect(eq(sz, got.count, 19));
	cr_expect(eq(u64, sum(got.tuple[0].packets, sizeof(*got.tuple)), 77));
	vfg_flowlog_free(&got);
	cr_assert(vfg_flowlog_read_file(DATA "docs__nsg-flow-log-v2.json", &got), "%s", got.fault);
	cr_expect(eq(sz, got.count, 7));
	cr_expect(eq(u64, sum(got.tuple[0].packets, sizeof(*got.tuple)), 83));
}

/* static: the stream writes them when it is closed, which gcc 12 does not see. */
static char *line_of(enum vfg_log_format format)
{
	static char *text;
	static size_t bytes;
	FILE *stream = open_memstream(&text, &bytes);

	if (format == VFG_LOG_TEXT)
		vfg_log_write_text(stream, &batch, &record[0]);
	else
		vfg_log_write_json(stream, &batch, &record[0]);
	fclose(stream);
	return text;
}

Test(log_format, a_line_for_people_says_all_and_no_name_breaks_it)
{
	char *line;

	add(USER, VFG_LOG_DENY, 6);
	line = line_of(VFG_LOG_TEXT);
	cr_expect(eq(str, line,
		     "2026-03-01T09:00:00.001Z eth0 deny     in  tcp   203.0.113.105:35370 > "
		     "192.0.2.4:23  nic/UserRule_Web\n"));
	free(line);
	batch.count = 0;
	count(add(STRANGE, VFG_LOG_END, 47), 1, 64, 2, 128);
	record[0].source_port = record[0].destination_port = 0;
	line = line_of(VFG_LOG_TEXT);
	cr_expect(eq(str, line,
		     "2026-03-01T09:00:00.001Z eth0 end      in  gre   203.0.113.105 > 192.0.2.4  "
		     "nic/UserRule_a\"b\\c?  sent 1 (64 bytes) returned 2 (128 bytes)\n"));
	free(line);
}

Test(log_format, a_line_for_scripts_is_json)
{
	struct json_object *root, *value;
	char *line;

	count(add(STRANGE, VFG_LOG_END, 6), 1, 64, 18446744073709551615ULL, 128);
	line = line_of(VFG_LOG_JSON);
	root = json_tokener_parse(line);
	cr_assert(root != NULL, "%s", line);
	cr_assert(json_object_object_get_ex(root, "rule", &value));
	cr_expect(eq(str, (char *)json_object_get_string(value), "UserRule_a\"b\\c\n"));
	cr_assert(json_object_object_get_ex(root, "packetsReturned", &value));
	cr_expect(eq(u64, json_object_get_uint64(value), 18446744073709551615ULL));
	cr_expect(eq(ptr, strchr(line, '\n') + 1, strchr(line, '\0')));
	json_object_put(root);
	free(line);
}

Test(log_format, names_of_rules_that_are_no_more_stay_until_their_ids_are_given_away)
{
	struct vfg_sample other = vfg_sample_new();
	struct vfg_list *list = vfg_sample_list(&other, VFG_INBOUND, VFG_STAGE_NIC, "nic");
	bool changed[VFG_POLICY_RULES_MAX] = {};

	vfg_sample_rule(list, "securityRules/Other", VFG_ACTION_DENY);
	cr_assert(zero(int, vfg_sample_compile(&other)));
	cr_assert(zero(int, vfg_log_names_learn(names, &other.tables, changed)));
	cr_expect(eq(str, (char *)vfg_log_names_rule(names, 0), "UserRule_Other"));
	cr_expect(names->rule[0].denies);
	cr_expect(changed[0]);
	cr_expect(eq(str, (char *)vfg_log_names_rule(names, USER), "UserRule_Web"));
	cr_expect(not(changed[USER]));
	vfg_arena_free(other.arena);
}
