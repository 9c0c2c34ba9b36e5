/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters command: what rules count of real packets, since when, and which never did. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static const struct vfg_traffic name = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5300, NULL};
static const struct vfg_traffic closed = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 9, NULL};

/* AllowName under another number, between others. */
static const struct vfg_guest_rule other_rules[] = {
	{"AllowMore", "Inbound", "Tcp", "*", "8443", "Allow"},
	{"AllowEvenMore", "Inbound", "Tcp", "*", "8444", "Allow"},
	{"AllowName", "Inbound", "Udp", "*", "5300", "Allow"},
};

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_guest_policy(&guest, "other.json", other_rules, 3);
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 --flows 4096",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(counters, .init = set_up, .fini = tear_down, .timeout = 60);

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *found = NULL;

	cr_assert(json_object_object_get_ex(object, key, &found), "no %s", key);
	return found;
}

/* Of the answer of counters --json; the last one is kept until the next. Return: NULL where the
 * rule is not listed. */
static struct json_object *rule(const char *arguments, const char *wanted)
{
	static struct json_object *root;
	struct json_object *rules, *found = NULL;

	json_object_put(root);
	vfg_guest_vfguard(&guest, "counters %s --json %s", guest.master, arguments);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	root = json_tokener_parse(guest.output);
	cr_assert(root != NULL, "%s", guest.output);
	rules = member(root, "rules");
	for (size_t i = 0; i < json_object_array_length(rules); i++) {
		struct json_object *one = json_object_array_get_idx(rules, i);

		if (!strcmp(json_object_get_string(member(one, "ruleName")), wanted))
			found = one;
	}
	return found;
}

static int number(struct json_object *object, const char *key)
{
	return json_object_get_int(member(object, key));
}

Test(counters, a_rule_tells_how_much_and_when_last)
{
	struct json_object *found;
	struct tm tm = {};
	double ago;

	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	cr_assert(eq(int, vfg_traffic_try(&guest, &closed), VFG_TRAFFIC_NOTHING));
	found = rule("", "securityRules/AllowName");
	cr_assert(found != NULL, "%s", guest.output);
	cr_expect(eq(int, number(found, "hits"), 1), "a new flow");
	cr_expect(eq(int, number(found, "packets"), 2), "both ways");
	cr_expect(eq(int, number(found, "bytes"), 2 * (14 + 20 + 8 + 1)));
	cr_expect(eq(str, (char *)json_object_get_string(member(found, "access")), "Allow"));
	ago = json_object_get_double(member(found, "lastHitSeconds"));
	cr_expect(lt(dbl, ago, 60));
	cr_assert(strptime(json_object_get_string(member(found, "lastHit")), "%Y-%m-%dT%H:%M:%SZ",
			   &tm) != NULL);
	cr_expect(lt(dbl, llabs((long long)(time(NULL) - timegm(&tm))), ago + 30));
	found = rule("", "securityRules/DenyRestIn");
	cr_expect(eq(int, number(found, "hits"), 1), "a packet denied");
	cr_expect(eq(str, (char *)json_object_get_string(member(found, "access")), "Deny"));
	found = rule("", "securityRules/AllowWeb");
	cr_expect(member(found, "lastHit") == NULL && member(found, "lastHitSeconds") == NULL);
}

Test(counters, unused_rules_are_those_that_were_never_hit)
{
	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	cr_expect(rule("--unused", "securityRules/AllowName") == NULL, "%s", guest.output);
	cr_expect(rule("--unused", "securityRules/AllowWeb") != NULL, "%s", guest.output);
	vfg_guest_vfguard(&guest, "counters %s", guest.master);
	cr_expect(strstr(guest.output, " never Allow\n") != NULL, "%s", guest.output);
}

Test(counters, are_sorted_as_asked_for)
{
	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	vfg_guest_vfguard(&guest, "counters %s --sort last | sed -n 2p", guest.master);
	cr_expect(strstr(guest.output, "securityRules/AllowName ") != NULL, "%s", guest.output);
	for (int i = 0; i < 2; i++)
		vfg_traffic_try(&guest, &closed);
	vfg_guest_vfguard(&guest, "counters %s --sort hits | sed -n 2p", guest.master);
	cr_expect(strstr(guest.output, "securityRules/DenyRestIn ") != NULL, "%s", guest.output);
}

Test(counters, a_rule_keeps_them_while_policies_come_and_go)
{
	struct json_object *found;

	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	for (int i = 0; i < 3; i++) {
		vfg_guest_vfguard(&guest, "apply %s -p %s --tag VirtualNetwork=203.0.113.0/24",
				  guest.master, i % 2 ? "policy.json" : "other.json");
		cr_assert(eq(int, guest.status, 0), "%s", guest.output);
		found = rule("", "securityRules/AllowName");
		cr_assert(found != NULL, "%s", guest.output);
		cr_expect(eq(int, number(found, "hits"), 1));
		cr_expect(eq(int, number(found, "packets"), 2));
		cr_expect(member(found, "lastHit") != NULL);
	}
	cr_expect(rule("", "securityRules/AllowWeb") == NULL);
	cr_assert(eq(int, vfg_traffic_try(&guest, &name), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, number(rule("", "securityRules/AllowName"), "hits"), 2));
}

Test(counters, refusals_are_one_clear_line)
{
	static const struct {
		const char *arguments;
		int status;
		const char *says;
	} rows[] = {{"", 2, "no device"},
		    {"nosuch0", 1, "nosuch0"},
		    {"n0", 1, "not loaded"},
		    {"lo p0", 2, "p0"},
		    {"lo --sort", 2, "takes policy"},
		    {"lo --sort hit", 2, "takes policy"},
		    {"lo --unsed", 2, "--unsed"}};

	vfg_guest_run(&guest, "ip link add n0 type veth peer name n1");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vfg_guest_vfguard(&guest, "counters %s", rows[i].arguments);
		cr_expect(eq(int, guest.status, rows[i].status), "%s", guest.output);
		cr_expect(strstr(guest.output, rows[i].says) != NULL, "%s", guest.output);
	}
}
