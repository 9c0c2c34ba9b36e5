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

/* A document that maps tags: effective rules, or routes. */
static void add_map(enum vfg_kind kind, const char *file, const char *text)
{
	struct vfg_document document = {.kind = kind, .file = file};
	char *copy = vfg_arena_strndup(fixture.arena, text, strlen(text));

	for (char *at = copy; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	cr_assert_eq(vfg_json_parse(&fixture.diag, file, copy, strlen(copy), &document.tags), 0);
	cr_expect_eq(vfg_tags_add_map(tags, &document), 0);
	json_object_put(document.tags);
}

Test(tag, what_is_in_force_wins_over_the_user_who_wins_over_routes)
{
	cr_assert_eq(vfg_tags_define(tags, "Given=203.0.113.0/24"), 0);
	cr_assert_eq(vfg_tags_define(tags, "VirtualNetwork=10.0.0.0/16"), 0);
	add_map(VFG_KIND_ROUTES, "routes.json",
		"{'VirtualNetwork':['10.1.0.0/16'],'AzureLoadBalancer':['192.0.2.8']}");
	cr_expect_null(fixture.diag.first, "a user may correct routes");
	add_map(VFG_KIND_EFFECTIVE, "effective.json", "{'GIVEN':['198.51.100.0/24']}");
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "ServiceTagGivenTwice"), 1);
	cr_expect(has(resolve("Given"), "198.51.100.1"));
	cr_expect(!has(resolve("Given"), "203.0.113.1"));
	cr_expect(!has(resolve("Given"), "192.0.2.1"), "nor the file's");
	cr_expect(has(resolve("VirtualNetwork"), "10.0.0.1"));
	cr_expect(!has(resolve("VirtualNetwork"), "10.1.0.1"));
	cr_expect(has(resolve("AzureLoadBalancer"), "192.0.2.8"), "routes win over built-in");
	cr_expect_eq(fixture.diag.errors, 0);
}

Test(tag, the_order_of_the_documents_does_not_matter_to_who_wins)
{
	add_map(VFG_KIND_ROUTES, "routes.json", "{'VirtualNetwork':['10.1.0.0/16']}");
	add_map(VFG_KIND_EFFECTIVE, "effective.json", "{'VIRTUAL_NETWORK':['10.2.0.0/16']}");
	add_map(VFG_KIND_ROUTES, "routes.json", "{'VirtualNetwork':['10.3.0.0/16']}");
	cr_expect(has(resolve("VirtualNetwork"), "10.2.0.1"));
	cr_expect(!has(resolve("VirtualNetwork"), "10.1.0.1"));
	cr_expect(!has(resolve("VirtualNetwork"), "10.3.0.1"));
}

Test(tag, of_two_documents_of_a_sort_the_first_is_believed)
{
	add_map(VFG_KIND_EFFECTIVE, "one.json",
		"{'Given':['198.51.100.0/25','198.51.100.128/25']}");
	add_map(VFG_KIND_EFFECTIVE, "two.json", "{'Given':['198.51.100.0/24']}");
	cr_expect_null(fixture.diag.first, "the same in other words");
	add_map(VFG_KIND_EFFECTIVE, "two.json", "{'Given':['203.0.113.0/24']}");
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "ServiceTagGivenTwice"), 1);
	cr_expect_str_eq(fixture.diag.first->file, "two.json");
	cr_expect(strstr(fixture.diag.first->text, "one.json"));
	cr_expect(has(resolve("Given"), "198.51.100.1"));
	cr_expect(!has(resolve("Given"), "203.0.113.1"));
}

Test(tag, a_map_without_addresses_says_nothing_and_a_broken_one_is_an_error)
{
	add_map(VFG_KIND_EFFECTIVE, "e.json", "{'Storage':[],'Given':null}");
	cr_expect(has(resolve("Storage"), "192.0.2.1"), "from the file");
	cr_expect(has(resolve("Given"), "192.0.2.1"));
	cr_expect_null(fixture.diag.first);
	add_map(VFG_KIND_EFFECTIVE, "e.json", "{'X':['10.0.0.0/8','Internet',{}]}");
	cr_expect_eq(fixture_count(&fixture, VFG_ERROR, "InvalidServiceTag"), 2);
	cr_expect_null(resolve("X"));
	add_map(VFG_KIND_EFFECTIVE, "e.json", "{'Y':['10.0.0.1/8']}");
	cr_expect(has(resolve("Y"), "10.255.0.0"), "the platform's own may have host bits");
	cr_expect_eq(fixture.diag.warnings, 1);
}

static const struct {
	const char *definition;
	bool v4, v6;
	const char *says;
} everything[] = {
	{"VirtualNetwork=10.0.0.0/16,0.0.0.0/0", true, false,
	 "every IPv4 address: every rule that names it, AllowVnetInBound too, means all of that; "
	 "it is 10.0.0.0/16, 0.0.0.0/0"},
	{"VirtualNetwork=0.0.0.0/1,128.0.0.0/1", true, false, "every IPv4 address"},
	{"virtualnetwork=::/0", false, true, "every IPv6 address"},
	{"VirtualNetwork=::/0,0.0.0.0/0", true, true, "every address"},
	{"VirtualNetwork=10.1.0.0/16,10.2.0.0/16,10.3.0.0/16,10.4.0.0/16,10.5.0.0/16,10.6.0.0/16,"
	 "10.7.0.0/16,10.8.0.0/16,10.9.0.0/16,0.0.0.0/0",
	 true, false, "10.8.0.0/16, ... (10 in all)"},
	{"VirtualNetwork=0.0.0.0/1,128.0.0.0/2", false, false, NULL},
};

Test(tag, a_network_that_is_everything_is_shown_once)
{
	for (size_t i = 0; i < sizeof(everything) / sizeof(*everything); i++) {
		size_t said = fixture_count(&fixture, VFG_WARNING, "VirtualNetworkIsEverything");
		bool all = everything[i].v4 || everything[i].v6;

		cr_assert_eq(vfg_tags_new(&fixture.diag, false, &tags), 0);
		cr_assert_eq(vfg_tags_define(tags, everything[i].definition), 0);
		cr_expect(resolve("VirtualNetwork"));
		cr_expect(resolve("VIRTUAL_NETWORK"));
		cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "VirtualNetworkIsEverything"),
			     said + all, "%s", everything[i].definition);
		cr_expect(!all || strstr(fixture_messages(&fixture), everything[i].says), "%s:%s",
			  everything[i].definition, fixture_messages(&fixture));
	}
	cr_assert_eq(vfg_tags_define(tags, "Given=0.0.0.0/0"), 0);
	cr_expect(resolve("Given"));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "VirtualNetworkIsEverything"), 5);
}

Test(tag, an_internet_that_is_left_empty_is_said)
{
	cr_assert_eq(vfg_tags_define(tags, "VirtualNetwork=0.0.0.0/0"), 0);
	cr_expect(has(resolve("Internet"), "2000::1"));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "InternetIsEmpty"), 1);
	cr_expect(resolve("Internet"));
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "InternetIsEmpty"), 1);
	cr_expect_eq(fixture_count(&fixture, VFG_WARNING, "VirtualNetworkIsEverything"), 0,
		     "nobody has named it");
}

static const char *const ways[] = {"--tag VirtualNetwork=", "list-effective-nsg",
				   "show-effective-route-table", "--nic"};

Test(tag, a_network_that_is_missing_names_every_way_to_supply_it)
{
	cr_expect_null(resolve("VirtualNetwork"));
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		cr_expect(strstr(fixture.diag.last->text, ways[i]), "%s", ways[i]);
	cr_expect_null(resolve("Internet"));
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		cr_expect(strstr(fixture.diag.last->text, ways[i]), "%s", ways[i]);
}
