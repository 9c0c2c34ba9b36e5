/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemon under strain: lost messages, sudden death, devices that flap, come back, move. */
#include <dirent.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/attach.h"
#include "../../loader/state.h"
#include "drizzle.h"
#include "guest.h"
#include "traffic.h"

static struct vfg_guest guest;

static const struct vfg_traffic web = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_TCP, 8080, NULL};
static const struct vfg_traffic denied = {VFG_FROM_OUTSIDE, AF_INET, IPPROTO_UDP, 5301, NULL};

static void load(struct vfg_guest *where, const char *master)
{
	vfg_guest_vfguard(where,
			  "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 "
			  "--flows 4096",
			  master);
	cr_assert(eq(int, where->status, 0), "%s", where->output);
}

static bool says(const char *text)
{
	return strstr(guest.output, text) != NULL;
}

static void read_log(void)
{
	vfg_guest_run(&guest, "cat %s/daemon.log", guest.folder);
}

/* The daemon says nothing when it is ready: it is when it has put something right. */
static void start_daemon(void)
{
	vfg_guest_run(&guest, "ip link set p0 nomaster");
	vfg_guest_start_daemon(&guest);
	cr_assert(vfg_guest_await(&guest, "! ip link show p0 | grep -q xdp"));
	vfg_guest_run(&guest, "ip link set p0 master %s", guest.master);
	cr_assert(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"));
}

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	load(&guest, guest.master);
}

static void tear_down(void)
{
	vfg_guest_tear_down(&guest);
}

TestSuite(daemon, .init = set_up, .fini = tear_down, .timeout = 240);

/* The daemon that nsenter became has the same process id. */
static pid_t daemon_pid(void)
{
	return guest.daemon;
}

static void kill_daemon(void)
{
	kill(daemon_pid(), SIGKILL);
	waitpid(guest.daemon, NULL, 0);
	guest.daemon = 0;
}

static struct vfg_state read_state(void)
{
	autopins struct vfg_pins pins = {.bpffs = -1};
	struct vfg_state state;

	cr_assert(zero(int, vfg_pins_open(guest.master, false, &pins)));
	cr_assert(zero(int, vfg_state_read(&pins, &state)));
	return state;
}

static unsigned int index_of(const char *name)
{
	int home = vfg_guest_enter(guest.inside);
	unsigned int ifindex = if_nametoindex(name);

	vfg_guest_leave(home);
	return ifindex;
}

static struct vfg_state_path path_of(const char *name)
{
	struct vfg_state state = read_state();
	struct vfg_state_path *path = vfg_state_path(&state, index_of(name));

	return path ? *path : (struct vfg_state_path){};
}

/* ---- lost messages ---- */

/* Stopped, it cannot read; the kernel drops what its buffer does not hold. Then one more device
 * comes, of which it hears nothing. */
Test(daemon, after_lost_messages_it_looks_at_everything)
{
	start_daemon();
	kill(daemon_pid(), SIGSTOP);
	vfg_guest_run(&guest,
		      "i=0; while [ $i -lt 4000 ]; do i=$((i + 1)); echo link set p0 mtu 1400; "
		      "echo link set p0 mtu 1500; done | ip -batch -");
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	vfg_guest_run(&guest, "ip link add p1 type veth peer name q1 && ip link set p1 master %s",
		      guest.master);
	kill(daemon_pid(), SIGCONT);
	cr_expect(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"), "p1 has no XDP");
	read_log();
	cr_expect(says("the kernel dropped messages"), "%s", guest.output);
}

/* ---- death ---- */

Test(daemon, killed_it_leaves_enforcement_and_the_next_one_goes_on)
{
	start_daemon();
	kill_daemon();
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
	vfg_guest_run(&guest, "ip link del p0");
	vfg_guest_add_port(&guest, "p1");
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING), "TC alone");
	vfg_guest_start_daemon(&guest);
	cr_expect(vfg_guest_await(&guest, "ip link show p1 | grep -q xdp"), "p1 has no XDP");
	read_log();
	cr_expect(says("is gone from below it"), "%s", guest.output);
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	vfg_guest_stop_daemon(&guest);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p1 | grep -q xdp"), 0));
	cr_expect(eq(int, vfg_traffic_try(&guest, &denied), VFG_TRAFFIC_NOTHING));
	vfg_guest_vfguard(&guest, "unload %s", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(not(vfg_guest_has_pins(&guest)));
}

/* ---- flapping ---- */

static int count_files(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = 0;

	cr_assert(not(eq(ptr, dir, NULL)));
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static int count_fds(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/fd", daemon_pid());
	return count_files(path);
}

static int count_pins(void)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/fs/bpf/vfguard/%d/%s", VFG_ABI, guest.master);
	return count_files(path);
}

static long rss_kib(void)
{
	vfg_guest_run(&guest, "grep VmRSS /proc/%d/status | tr -dc 0-9", daemon_pid());
	return atol(guest.output);
}

/* Until it has swept what is gone. */
static void await_pins(int count)
{
	for (int i = 0; i < 60 && count_pins() != count; i++)
		usleep(50000);
	cr_expect(eq(int, count_pins(), count));
}

Test(daemon, flapping_devices_cost_no_descriptor_no_pin_and_no_memory)
{
	struct vfg_drizzle drizzle;
	int fds, pins;
	long rss;

	start_daemon();
	/* An address of its own, or p0 alone, which is nobody's then, takes what is for the master.
	 */
	vfg_guest_run(&guest, "ip link set %s address 02:00:00:00:00:10", guest.master);
	vfg_guest_run_outside(&guest, "ip neigh flush all");
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	/* once, so that what is made once is there */
	vfg_guest_run(&guest,
		      "ip link add f0 type veth peer name f1; ip link set f0 master %s; "
		      "sleep 0.1; ip link del f0",
		      guest.master);
	usleep(200000);
	fds = count_fds();
	pins = count_pins();
	rss = rss_kib();
	vfg_drizzle_start(&guest, &drizzle);
	vfg_guest_run(&guest,
		      "i=0; while [ $i -lt 150 ]; do i=$((i + 1)); "
		      "echo link add f0 type veth peer name f1; echo link set f0 master %s; "
		      "echo link set f0 up; echo link del f0; "
		      "echo link set p0 nomaster; echo link set p0 master %s; done | ip -batch -",
		      guest.master, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_assert(vfg_guest_await(&guest, "ip link show p0 | grep -q xdp"), "p0 has no XDP");
	cr_expect(zero(sz, vfg_drizzle_stop(&drizzle)), "packets that policy denies");
	await_pins(pins);
	cr_expect(eq(int, count_fds(), fds));
	cr_expect(lt(i64, rss_kib(), rss + 1024));
	cr_expect(eq(int, vfg_traffic_try(&guest, &web), VFG_TRAFFIC_ANSWERED));
	cr_expect(eq(int, kill(daemon_pid(), 0), 0), "it lives");
}

/* ---- who is who ---- */

Test(daemon, a_device_that_comes_back_is_the_same_path)
{
	uint32_t first;

	start_daemon();
	vfg_guest_run(&guest,
		      "ip link add f0 address 02:00:00:00:00:07 type veth peer name f1; "
		      "ip link set f0 master %s",
		      guest.master);
	cr_assert(vfg_guest_await(&guest, "ip link show f0 | grep -q xdp"));
	usleep(200000);
	first = path_of("f0").arrivals;
	cr_expect(eq(u32, first, 1));
	vfg_guest_run(&guest, "ip link set f0 name f9");
	usleep(200000);
	cr_expect(eq(u32, path_of("f9").arrivals, 1), "a new name makes no new path");
	vfg_guest_run(&guest,
		      "ip link del f9; sleep 0.2; "
		      "ip link add f5 address 02:00:00:00:00:07 type veth peer name f1; "
		      "ip link set f5 master %s",
		      guest.master);
	cr_assert(vfg_guest_await(&guest, "ip link show f5 | grep -q xdp"));
	usleep(200000);
	cr_expect(eq(u32, path_of("f5").arrivals, 2));
	/* another model with its address */
	vfg_guest_run(&guest,
		      "ip link del f5; sleep 0.2; "
		      "ip link add f5 address 02:00:00:00:00:07 type vxlan id 5 dstport 0; "
		      "ip link set f5 master %s; sleep 0.5",
		      guest.master);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(u32, path_of("f5").arrivals, 1));
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(says("driver vxlan"), "%s", guest.output);
	cr_expect(says("xdp tc-only (vxlan has no native XDP"), "%s", guest.output);
}

Test(daemon, a_device_that_moved_away_and_back_is_covered_again)
{
	start_daemon();
	vfg_guest_run(&guest, "ip link add f0 type veth peer name f1; ip link set f0 master %s",
		      guest.master);
	cr_assert(vfg_guest_await(&guest, "ip link show f0 | grep -q xdp"));
	vfg_guest_run(&guest, "ip link set f0 netns %s", strrchr(guest.outside, '/') + 1);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(vfg_guest_await(&guest, "grep -q \"is gone from below it\" /tmp/vt*/daemon.log"));
	vfg_guest_run_outside(&guest, "ip link show f0 | grep -q xdp");
	cr_expect(eq(int, guest.status, 1), "our program is off it: %s", guest.output);
	vfg_guest_run_outside(&guest, "ip link set f0 netns %s", strrchr(guest.inside, '/') + 1);
	vfg_guest_run(&guest, "ip link set f0 master %s", guest.master);
	cr_expect(vfg_guest_await(&guest, "ip link show f0 | grep -q xdp"));
}

Test(daemon, it_looks_after_several_masters)
{
	start_daemon();
	vfg_guest_run(&guest, "ip link add %sb type bridge", guest.master);
	{
		char second[16];

		snprintf(second, sizeof(second), "%.14sb", guest.master);
		load(&guest, second);
	}
	vfg_guest_run(&guest,
		      "ip link add f0 type veth peer name f1; ip link set f0 master %sb; "
		      "ip link set f1 master %s",
		      guest.master, guest.master);
	cr_expect(vfg_guest_await(&guest, "ip link show f0 | grep -q xdp"));
	cr_expect(vfg_guest_await(&guest, "ip link show f1 | grep -q xdp"));
	vfg_guest_vfguard(&guest, "unload %sb", guest.master);
	cr_expect(eq(int, guest.status, 0), "%s", guest.output);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show f1 | grep -q xdp"), 0));
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show f0 | grep -q xdp"), 1));
}

/* The outside host, as a guest of its own, with a daemon of its own. */
Test(daemon, each_network_namespace_has_its_own)
{
	static struct vfg_guest other;

	start_daemon();
	other = guest;
	strcpy(other.inside, guest.outside);
	other.daemon = 0;
	snprintf(other.master, sizeof(other.master), "%.14so", guest.master);
	vfg_guest_run(&other, "ip link add %s type bridge", other.master);
	load(&other, other.master);
	vfg_guest_start_daemon(&other);
	vfg_guest_run(&other, "ip link add f0 type veth peer name f1; ip link set f0 master %s",
		      other.master);
	cr_expect(vfg_guest_await(&other, "ip link show f0 | grep -q xdp"));
	vfg_guest_stop_daemon(&other);
	vfg_guest_vfguard(&other, "unload %s", other.master);
	cr_expect(eq(int, other.status, 0), "%s", other.output);
	cr_expect(eq(int, vfg_guest_run(&guest, "ip link show p0 | grep -q xdp"), 0));
}

/* ---- time to cover ---- */

enum { ADDITIONS = 50 };

static int by_size(const void *a, const void *b)
{
	const uint32_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

/* How long it takes depends on the machine: printed, and what is asserted is that it is taken. */
Test(daemon, the_time_until_a_new_device_is_covered_is_taken)
{
	uint32_t us[ADDITIONS];

	start_daemon();
	for (int i = 0; i < ADDITIONS; i++) {
		struct vfg_state_path path = {};

		vfg_guest_run(&guest,
			      "ip link add f0 type veth peer name f1; ip link set f0 master %s",
			      guest.master);
		for (int j = 0; j < 400 && !path.cover_us; j++) {
			usleep(5000);
			path = path_of("f0");
		}
		us[i] = path.cover_us;
		cr_assert(gt(u32, us[i], 0), "addition %d was not timed", i);
		vfg_guest_run(&guest, "ip link del f0");
	}
	qsort(us, ADDITIONS, sizeof(us[0]), by_size);
	fprintf(stderr,
		"time to cover, veth, %d additions: median %u us, 90%% %u us, worst %u us\n",
		ADDITIONS, us[ADDITIONS / 2], us[ADDITIONS * 9 / 10], us[ADDITIONS - 1]);
	vfg_guest_run(&guest, "ip link add f0 type veth peer name f1; ip link set f0 master %s",
		      guest.master);
	cr_assert(vfg_guest_await(&guest, "ip link show f0 | grep -q xdp"));
	usleep(200000);
	vfg_guest_vfguard(&guest, "status %s", guest.master);
	cr_expect(says("us after the kernel's first word of it"), "%s", guest.output);
	vfg_guest_vfguard(&guest, "status %s --json", guest.master);
	cr_expect(says("\"cover_us\":"), "%s", guest.output);
}
