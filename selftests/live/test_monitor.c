/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon hears: which messages count, what a loss looks like, when a device was first
 * heard of. */
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../../loader/monitor.h"
#include "../../loader/netlink.h"
#include "guest.h"

static struct vfg_guest guest;
static struct vfg_monitor monitor;

static void set_up(void)
{
	int home;

	vfg_guest_set_up(&guest);
	home = vfg_guest_enter(guest.inside);
	cr_assert(zero(int, vfg_monitor_open(&monitor)));
	vfg_guest_leave(home);
}

static void tear_down(void)
{
	vfg_monitor_close(&monitor);
	vfg_guest_tear_down(&guest);
}

TestSuite(monitor, .init = set_up, .fini = tear_down, .timeout = 60);

static struct vfg_news drain(uint64_t since_ns)
{
	struct vfg_news news;

	cr_assert(zero(int, vfg_monitor_drain(&monitor, since_ns, &news)));
	return news;
}

static void run(const char *command)
{
	vfg_guest_run(&guest, command, guest.master);
	cr_assert(eq(int, guest.status, 0), "%s: %s", command, guest.output);
}

static unsigned int index_of(const char *name)
{
	int home = vfg_guest_enter(guest.inside);
	unsigned int ifindex = if_nametoindex(name);

	vfg_guest_leave(home);
	return ifindex;
}

/* bridge link set tells of a port under AF_BRIDGE, and of nothing else. */
Test(monitor, messages_of_a_bridge_are_not_about_devices)
{
	struct vfg_news news;

	drain(1);
	run("bridge link set dev p0 cost 7");
	news = drain(2);
	cr_expect(not(news.devices));
	cr_expect(not(news.fresh));
}

/* A bridge that releases a port says DELLINK of it; the device lives on. */
Test(monitor, the_release_of_a_port_is_not_the_end_of_a_device)
{
	struct vfg_news news;
	unsigned int p0 = index_of("p0"), master = index_of(guest.master);

	drain(1);
	run("ip link set p0 nomaster; ip link set p0 master %s");
	news = drain(2);
	cr_expect(news.fresh);
	cr_expect(eq(u64, vfg_monitor_first(&monitor, p0, master), 2));
	run("bridge link set dev p0 cost 9");
	drain(3);
	run("ip link set p0 mtu 1400");
	news = drain(4);
	cr_expect(news.devices);
	cr_expect(not(news.fresh), "heard of before");
	cr_expect(eq(u64, vfg_monitor_first(&monitor, p0, master), 2));
}

Test(monitor, a_device_that_left_and_comes_again_is_fresh)
{
	unsigned int p0 = index_of("p0"), master = index_of(guest.master);

	run("ip link set p0 nomaster; ip link set p0 master %s");
	cr_expect(drain(1).fresh);
	run("ip link set p0 nomaster");
	cr_expect(not(drain(2).fresh));
	cr_expect(zero(u64, vfg_monitor_first(&monitor, p0, master)));
	run("ip link set p0 master %s");
	cr_expect(drain(3).fresh);
	cr_expect(eq(u64, vfg_monitor_first(&monitor, p0, master), 3));
}

Test(monitor, the_loss_of_a_qdisc_is_heard_and_is_no_change_of_a_device)
{
	struct vfg_news news;

	run("tc qdisc add dev %s clsact");
	drain(1);
	run("tc qdisc del dev %s clsact");
	news = drain(2);
	cr_expect(news.tc);
	cr_expect(not(news.devices));
}

Test(monitor, lost_messages_are_noticed)
{
	int bytes = 1, fd = vfg_monitor_fd(&monitor);

	drain(1);
	cr_assert(zero(int, setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes))));
	run("for i in 1 2 3 4 5 6 7 8; do ip link set p0 mtu 140$i; done");
	cr_expect(drain(2).lost);
	cr_expect(not(drain(3).lost), "told once");
}

/* Devices come and go under the dump: each picture is one that holds together. */
Test(monitor, a_dump_that_was_interrupted_is_taken_anew)
{
	pid_t child = fork();
	int home;

	if (child == 0) {
		vfg_guest_run(&guest, "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do "
				      "ip link add c0 type veth peer name c1; ip link del c0; "
				      "done");
		_exit(0);
	}
	home = vfg_guest_enter(guest.inside);
	while (waitpid(child, NULL, WNOHANG) == 0) {
		struct vfg_links links;
		const struct vfg_link *c0, *c1;

		cr_assert(zero(int, vfg_links_read(&links)));
		c0 = vfg_links_by_name(&links, "c0");
		c1 = vfg_links_by_name(&links, "c1");
		cr_expect(not(eq(ptr, (void *)vfg_links_by_name(&links, "p0"), NULL)));
		for (size_t i = 0; i < links.count; i++)
			for (size_t j = 0; j < i; j++)
				cr_expect(ne(u32, links.link[i].ifindex, links.link[j].ifindex));
		/* the pair comes and goes in one stroke; the peer is told of first */
		if (c0)
			cr_expect(not(eq(ptr, (void *)c1, NULL)));
		vfg_links_free(&links);
	}
	vfg_guest_leave(home);
}
