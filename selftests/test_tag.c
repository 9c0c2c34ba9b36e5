/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Service tags: where their addresses come from, and in what order.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "../policy-compiler/address.h"
#include "../policy-compiler/tag.h"
#include "fixture.h"

static struct fixture fixture;
static struct vfg_tags *tags;
static struct json_object *tree;

static const char file_text[] =
	"{\"changeNumber\":1,\"values\":["
	"{\"name\":\"Storage\",\"properties\":{\"addressPrefixes\":[\"192.0.2.0/25\","
	"\"192.0.2.128/25\",\"2001:db8:5::/48\"],\"networkFeatures\":[\"API\",\"NSG\"]}},"
	"{\"name\":\"Storage.WestEurope\",\"properties\":{\"addressPrefixes\":[\"192.0.2.0/25\"],"
	"\"networkFeatures\":null}},"
	"{\"id\":\"ById\",\"properties\":{\"addressPrefixes\":[\"198.51.100.0/24\"]}},"
	"{\"name\":\"Empty\",\"properties\":{\"addressPrefixes\":[]}},"
	"{\"name\":\"Broken\",\"properties\":{\"addressPrefixes\":[\"192.0.2.1/24\",\"x\"]}},"
	"{\"name\":\"Given\",\"properties\":{\"addressPrefixes\":[\"192.0.2.0/24\"]}}]}";

static void set_up(void)
{
	fixture_open(&fixture);
	cr_assert_eq(vfg_tags_new(&fixture.diag, false, &tags), 0);
	cr_assert_eq(
		vfg_json_parse(&fixture.diag, "tags.json", file_text, sizeof(file_text) - 1, &tree),
		0);
	cr_assert_eq(vfg_tags_add_file(tags, "tags.json", tree), 0);
}

static void tear_down(void)
{
	json_object_put(tree);
	fixture_close(&fixture);
}

TestSuite(tag, .init = set_up, .fini = tear_down);

static const struct vfg_set *resolve(const char *name)
{
	struct vfg_place place = {.file = "f", .rule = "r", .field = "d"};
	const struct vfg_set *set = NULL;
	int err = vfg_tags_resolve(tags, name, place, &set);

	cr_assert(err == 0 || err == -ENOENT);
	cr_assert_eq(err == 0, set != NULL, "%s", name);
	return set;
}

static bool has(const struct vfg_set *set, const char *text)
{
	struct vfg_prefix prefix;
	const struct vfg_set *one, *both;

	cr_assert_eq(vfg_prefix_parse(text, &prefix), 0);
	cr_assert_eq(vfg_set_build(fixture.arena, &prefix, 1, &one), 0);
	cr_assert_eq(vfg_set_intersect(fixture.arena, set, one, &both), 0);
	return !vfg_set_is_empty(both);
}

Test(tag, the_file_gives_both_families_joined)
{
	const struct vfg_set *set = resolve("storage");

	cr_assert(set);
	cr_expect_eq(set->count[VFG_IPV4], 1);
	cr_expect_eq(set->range[VFG_IPV4][0].first, 0xc0000200);
	cr_expect_eq(set->range[VFG_IPV4][0].last, 0xc00002ff);
	cr_expect_eq(set->count[VFG_IPV6], 1);
	cr_expect(has(set, "2001:db8:5:ffff::"));
	cr_expect(!has(set, "2001:db8:6::"));
	cr_expect_null(fixture.diag.first);
	cr_expect(resolve("ById"));
}

Test(tag, the_same_tag_is_the_same_set)
{
	cr_expect_eq(resolve("Storage"), resolve("STORAGE"));
	cr_expect_eq(resolve("AzureLoadBalancer"), resolve("AZURE_LOADBALANCER"));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "ClassicTagSpelling"), 1);
}

Test(tag, what_the_file_does_not_mark_for_nsgs_is_warned_of_once)
{
	cr_expect(resolve("Storage.WestEurope"));
	cr_expect(resolve("Storage.WestEurope"));
	cr_expect(resolve("ById"));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "TagNotMarkedForNsg"), 1);
	cr_expect_eq(fixture.diag.errors, 0);
}

Test(tag, broken_entries_are_errors_and_never_empty_sets)
{
	cr_expect_null(resolve("Empty"));
	cr_expect_eq(fixture.diag.errors, 1);
	cr_expect_null(resolve("Broken"));
	cr_expect_eq(fixture.diag.errors, 3);
	cr_expect_null(resolve("Broken"));
	cr_expect_eq(fixture.diag.errors, 3, "said twice");
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "InvalidServiceTag"), 3);
	cr_expect_null(resolve("Missing"));
	cr_expect_null(resolve("Missing"));
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "UnresolvedServiceTag"), 2,
		     "every rule that names it is told");
}

Test(tag, the_user_wins_over_the_file_and_the_built_in)
{
	cr_assert_eq(vfg_tags_define(tags, "given=203.0.113.0/24,2001:db8::/32"), 0);
	cr_assert_eq(vfg_tags_define(tags, "AzureLoadBalancer=203.0.113.1"), 0);
	cr_expect(has(resolve("Given"), "203.0.113.7"));
	cr_expect(has(resolve("Given"), "2001:db8::1"));
	cr_expect(!has(resolve("Given"), "192.0.2.1"));
	cr_expect(has(resolve("AzureLoadBalancer"), "203.0.113.1"));
	cr_expect(!has(resolve("AzureLoadBalancer"), "168.63.129.16"));
}

Test(tag, the_platforms_addresses_are_built_in)
{
	cr_expect(has(resolve("AzureLoadBalancer"), "168.63.129.16"));
	cr_expect(has(resolve("AzurePlatformDNS"), "168.63.129.16"));
	cr_expect(has(resolve("azureplatformimds"), "169.254.169.254"));
	cr_expect_null(resolve("AzurePlatformLKM"));
	cr_expect_null(resolve("VirtualNetwork"));
}

static const char *const bad_definitions[] = {
	"X",   "X=",	    "=10.0.0.0/8",    "X=10.0.0.0/8,",	    "X=10.0.0.1/8",
	"X=*", "X=Storage", "a b=10.0.0.0/8", "X=10.0.0.0/8, ::/0", "X=10.0.0.0/8;1.2.3.4",
};

Test(tag, bad_definitions_are_errors)
{
	for (size_t i = 0; i < sizeof(bad_definitions) / sizeof(*bad_definitions); i++) {
		size_t errors = fixture.diag.errors;

		cr_assert_eq(vfg_tags_new(&fixture.diag, false, &tags), 0);
		cr_expect_eq(vfg_tags_define(tags, bad_definitions[i]), 0);
		cr_expect_eq(fixture.diag.errors, errors + 1, "%s", bad_definitions[i]);
	}
	cr_assert_eq(vfg_tags_define(tags, "Y=10.0.0.0/8"), 0);
	cr_assert_eq(vfg_tags_define(tags, "y=11.0.0.0/8"), 0);
	cr_expect_str_eq(fixture.diag.last->code, "InvalidServiceTag");
	cr_expect(strstr(fixture.diag.last->text, "twice"));
}

Test(tag, lenient_masks_host_bits)
{
	cr_assert_eq(vfg_tags_new(&fixture.diag, true, &tags), 0);
	cr_assert_eq(vfg_tags_define(tags, "X=10.1.2.3/8"), 0);
	cr_expect_eq(fixture.diag.errors, 0);
	cr_expect_eq(fixture.diag.warnings, 1);
	cr_expect(has(resolve("X"), "10.255.0.0"));
}

/* The Internet, where VirtualNetwork is 203.0.113.0/24 and 2001:db8::/32. */
static const struct {
	const char *address;
	bool inside;
} internet[] = {
	{"0.0.0.0", false},
	{"0.255.255.255", false},
	{"1.0.0.0", true},
	{"9.255.255.255", true},
	{"10.0.0.0", false},
	{"10.255.255.255", false},
	{"11.0.0.0", true},
	{"100.63.255.255", true},
	{"100.64.0.0", false},
	{"100.127.255.255", false},
	{"100.128.0.0", true},
	{"127.0.0.1", false},
	{"168.63.129.15", true},
	{"168.63.129.16", false},
	{"168.63.129.17", true},
	{"169.253.255.255", true},
	{"169.254.169.254", false},
	{"169.255.0.0", true},
	{"172.15.255.255", true},
	{"172.16.0.0", false},
	{"172.31.255.255", false},
	{"172.32.0.0", true},
	{"192.167.255.255", true},
	{"192.168.0.0", false},
	{"192.169.0.0", true},
	{"203.0.112.255", true},
	{"203.0.113.0", false},
	{"203.0.113.255", false},
	{"203.0.114.0", true},
	{"223.255.255.255", true},
	{"224.0.0.0", false},
	{"255.255.255.255", false},
	{"1fff:ffff::", false},
	{"2000::", true},
	{"2001:db7:ffff::", true},
	{"2001:db8::", false},
	{"2001:db9::", true},
	{"3fff:ffff::", true},
	{"4000::", false},
	{"fe80::1", false},
	{"::1", false},
};

Test(tag, the_internet_is_what_is_outside_of_the_network)
{
	cr_expect_null(resolve("Internet"));
	cr_expect(strstr(fixture.diag.first->text, "VirtualNetwork"));
	cr_assert_eq(vfg_tags_new(&fixture.diag, false, &tags), 0);
	cr_assert_eq(vfg_tags_define(tags, "VirtualNetwork=203.0.113.0/24,2001:db8::/32"), 0);
	for (size_t i = 0; i < sizeof(internet) / sizeof(*internet); i++)
		cr_expect_eq(has(resolve("Internet"), internet[i].address), internet[i].inside,
			     "%s", internet[i].address);
}

Test(tag, the_users_internet_needs_no_network)
{
	cr_assert_eq(vfg_tags_define(tags, "INTERNET=198.51.100.0/24"), 0);
	cr_expect(has(resolve("Internet"), "198.51.100.1"));
	cr_expect(!has(resolve("Internet"), "1.1.1.1"));
}

Test(tag, a_network_that_is_everything_leaves_no_internet)
{
	const struct vfg_set *set;

	cr_assert_eq(vfg_tags_define(tags, "VirtualNetwork=0.0.0.0/0,::/0"), 0);
	set = resolve("Internet");
	cr_assert(set);
	cr_expect(vfg_set_is_empty(set));
}
