/* SPDX-License-Identifier: GPL-2.0-only */
/* Another policy for a loaded master: swapped as a whole, or not at all. */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../maps/image.h"
#include "../../loader/tcx.h"
#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic other_web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8081, NULL};
static const struct vfg_traffic name = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5300, NULL};

static const struct vfg_guest_rule other_rules[] = {
	{"AllowOther", "Inbound", "Tcp", "*", "8081", "Allow"},
	{"AllowName", "Inbound", "Udp", "*", "5300", "Allow"},
};

static void load(const char *more)
{
	vfg_guest_vfguard(&guest,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

/* Filters are what the tc command can take away. */
static void load_by_clsact(void)
{
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	load("--tc clsact");
}

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_guest_policy(&guest, "other.json", other_rules, 2);
	load("");
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(apply, .init = set_up, .fini = tear_down, .timeout = 60);

static int generation(void)
{
	const char *found;

	vfg_guest_vfguard(&guest, "status %s", guest.master);
	found = strstr(guest.output, "generation ");
	return found ? atoi(found + 11) : -1;
}

/* Hits of a rule, by the counters command; -1 where it has none by that name. */
static int hits(const char *rule)
{
	const char *found;

	vfg_guest_vfguard(&guest, "counters %s", guest.master);
	found = strstr(guest.output, rule);
	return found ? atoi(strstr(found, "live") + 4) : -1;
}

Test(apply, swaps_one_policy_for_another)
{
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_NOTHING));
	cr_expect(eq(int, generation(), 1));
	vfg_guest_vfguard(&guest, "apply %s -p other.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(int, generation(), 2));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_NOTHING));
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_ANSWERED));
	vfg_guest_vfguard(&guest,
			  "verify %s --direction Inbound --protocol Tcp "
			  "--local 192.0.2.10:8081 --remote 192.0.2.1:40000",
			  guest.master);
	cr_expect(eq(str, guest.output, "Allow securityRules/AllowOther\n"));
}

Test(apply, a_rule_that_keeps_its_name_keeps_its_counters_and_a_new_one_begins_at_zero)
{
	vfg_traffic_try(&guest, &name);
	vfg_traffic_try(&guest, &web);
	cr_expect(eq(int, hits("securityRules/AllowName"), 1), "%s", guest.output);
	vfg_guest_vfguard(&guest, "apply %s -p other.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_expect(eq(int, hits("securityRules/AllowName"), 1), "%s", guest.output);
	cr_expect(eq(int, hits("securityRules/AllowOther"), 0), "%s", guest.output);
	cr_expect(eq(int, hits("securityRules/AllowWeb"), 1), "%s", guest.output);
	cr_expect(strstr(guest.output, "Allow (gone)\n") != NULL, "%s", guest.output);
}

/* A file read whole; aborts the test where it cannot. */
static char *slurp(const char *path, size_t *ret_bytes)
{
	FILE *file = fopen(path, "r");
	char *bytes;

	cr_assert_not_null(file);
	fseek(file, 0, SEEK_END);
	*ret_bytes = (size_t)ftell(file);
	rewind(file);
	bytes = malloc(*ret_bytes);
	cr_assert_eq(fread(bytes, 1, *ret_bytes, file), *ret_bytes);
	fclose(file);
	return bytes;
}

static void spill(const char *path, const char *bytes, size_t count)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, count, file), count);
	cr_assert_eq(fclose(file), 0);
}

/* The good image, with its arena grown beyond what fits, and its checksums right. */
static void write_too_large(const char *path, const char *image, size_t bytes)
{
	size_t arena = (size_t)(VFG_POLICY_PAGES_MAX + 1) * VFG_POLICY_PAGE_BYTES;
	char *large = calloc(1, VFG_IMAGE_HEADER_BYTES + arena);
	struct vfg_image *header = (void *)large;
	struct vfg_policy *policy = (void *)(large + VFG_IMAGE_HEADER_BYTES);

	memcpy(large, image, bytes);
	policy->bytes = (__u32)arena;
	header->arena_bytes = arena;
	header->arena_crc = (__u32)crc32(0, (void *)policy, (uInt)arena);
	header->header_crc = 0;
	header->header_crc = (__u32)crc32(0, (void *)large, VFG_IMAGE_HEADER_BYTES);
	spill(path, large, VFG_IMAGE_HEADER_BYTES + arena);
	free(large);
}

static void write_bad_images(void)
{
	char path[128], *image;
	size_t bytes;

	snprintf(path, sizeof(path), "/var/lib/vfguard/%s.image", guest.master);
	image = slurp(path, &bytes);
	snprintf(path, sizeof(path), "%s/truncated", guest.folder);
	spill(path, image, bytes / 2);
	snprintf(path, sizeof(path), "%s/large", guest.folder);
	write_too_large(path, image, bytes);
	snprintf(path, sizeof(path), "%s/flipped", guest.folder);
	image[bytes / 2] ^= 4;
	spill(path, image, bytes);
	snprintf(path, sizeof(path), "%s/garbage", guest.folder);
	spill(path, image + VFG_IMAGE_HEADER_BYTES, 1000);
	free(image);
}

Test(apply, a_refused_policy_leaves_the_old_one_in_force)
{
	static const char *const bad[] = {"truncated", "flipped", "large", "garbage", "missing"};

	write_bad_images();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		vfg_guest_vfguard(&guest, "apply %s -p %s", guest.master, bad[i]);
		cr_expect(eq(int, guest.status, 1), "%s: %s", bad[i], guest.output);
		cr_expect(eq(int, strncmp(guest.output, "vfguard: ", 9), 0), "%s", guest.output);
		cr_expect(eq(ptr, strchr(guest.output, '\n') + 1, strchr(guest.output, '\0')),
			  "one line: %s", guest.output);
	}
	cr_expect(eq(int, generation(), 1));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_NOTHING));
}

/* The image that was put in force is kept, byte for byte, and can be applied again. */
Test(apply, warns_the_operator_whom_it_cuts_off_and_applies_all_the_same)
{
	setenv("SSH_CONNECTION", "192.0.2.1 40000 192.0.2.10 22", 1);
	vfg_guest_vfguard(&guest, "apply %s -p other.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	unsetenv("SSH_CONNECTION");
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(ne(ptr, strstr(guest.output, "warning: OperatorCutOff"), NULL), "%s",
		  guest.output);
	cr_expect(eq(int, generation(), 2));
}

Test(apply, the_last_good_image_is_kept)
{
	vfg_guest_vfguard(&guest, "apply %s -p other.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_vfguard(&guest, "apply %s -p /var/lib/vfguard/%s.image", guest.master,
			  guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(int, generation(), 3));
	cr_expect(eq(int, vfg_traffic_try(&guest, &other_web), VFG_TRAFFIC_ANSWERED));
}

static void apply_other(void)
{
	vfg_guest_vfguard(&guest, "apply %s -p other.json --tag VirtualNetwork=203.0.113.0/24",
			  guest.master);
}

/* A veth may lose a packet while it gets a program; what policy denies is never answered. */
static enum vfg_traffic_end try_again(const struct vfg_traffic *traffic)
{
	enum vfg_traffic_end end = VFG_TRAFFIC_NOTHING;

	for (int i = 0; i < 5 && end == VFG_TRAFFIC_NOTHING; i++)
		end = vfg_traffic_try(&guest, traffic);
	return end;
}

/* @takes_off: a command that takes TC and XDP off */
static void expect_put_back(const char *takes_off)
{
	vfg_guest_run(&guest, takes_off, guest.master, guest.master);
	cr_expect(eq(int, try_again(&other_web), VFG_TRAFFIC_ANSWERED));
	apply_other();
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(
		not(eq(ptr, strstr(guest.output, "2 TC program(s) were missing, put back"), NULL)),
		"%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "p0: covered"), NULL)), "%s", guest.output);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0));
	cr_expect(eq(int, try_again(&other_web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_NOTHING));
	apply_other();
	cr_expect(eq(ptr, strstr(guest.output, "put back\n"), NULL), "%s", guest.output);
	cr_expect(eq(ptr, strstr(guest.output, "covered"), NULL), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "judged by neither XDP nor TC"), NULL)), "%s",
		  guest.output);
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, vfg_guest_run(&guest, "tc qdisc show | grep -q clsact"), 1));
}

Test(apply, puts_back_filters_that_somebody_removed)
{
	load_by_clsact();
	expect_put_back("tc qdisc del dev %s clsact; rm /sys/fs/bpf/vfguard/*/%s/link_*");
}

/* Without its pin, nobody holds a link. */
Test(apply, puts_back_links_whose_pins_somebody_removed)
{
	if (!vfg_tcx_supported())
		cr_skip_test("this kernel has no tcx");
	expect_put_back("rm /sys/fs/bpf/vfguard/*/%s/tc*_* /sys/fs/bpf/vfguard/*/%s/link_*");
}

Test(apply, covers_a_device_that_is_new_and_forgets_one_that_left)
{
	vfg_guest_run(&guest, "ip link del p0");
	vfg_guest_add_port(&guest, "p1");
	apply_other();
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p1 | grep -q xdp"), 0));
	vfg_guest_run(&guest, "ls /sys/fs/bpf/vfguard/*/%s | grep -c link_", guest.master);
	cr_expect(eq(str, guest.output, "1\n"));
}

Test(apply, fails_where_the_filter_cannot_be_put_back)
{
	load_by_clsact();
	vfg_guest_run(&guest, "tc qdisc del dev %s clsact", guest.master);
	vfg_guest_foreign_filter(&guest, 1, 1);
	apply_other();
	cr_expect(eq(int, guest.status, 3), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "another TC filter"), NULL)), "%s",
		  guest.output);
	cr_expect(eq(ptr, strchr(guest.output, '\n') + 1, strchr(guest.output, '\0')),
		  "one line: %s", guest.output);
}

Test(apply, refuses_a_device_that_is_gone)
{
	vfg_guest_run(&guest, "ip link del %s", guest.master);
	apply_other();
	cr_expect(eq(int, guest.status, 1), "%s", guest.output);
	cr_expect(not(eq(ptr, strstr(guest.output, "is gone; `vfguard unload "), NULL)), "%s",
		  guest.output);
}

Test(apply, what_is_not_there_yet_says_so)
{
	vfg_guest_vfguard(&guest, "apply %s -p other.json --confirm 10", guest.master);
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	vfg_guest_vfguard(&guest, "rollback %s", guest.master);
	cr_expect(eq(int, guest.status, 2), "%s", guest.output);
	cr_expect(eq(int, generation(), 1));
}
