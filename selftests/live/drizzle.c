/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends from a process of its own; the counting socket is read when it ends. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "drizzle.h"

enum { PORT = 5301 };

static int open_in(const char *netns)
{
	int home = vfg_guest_enter(netns);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	vfg_guest_leave(home);
	cr_assert_geq(fd, 0);
	return fd;
}

void vfg_drizzle_start(const struct vfg_guest *guest, struct vfg_drizzle *ret_drizzle)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = open_in(guest->outside);

	inet_pton(AF_INET, "192.0.2.10", &to.sin_addr);
	ret_drizzle->counter = open_in(guest->inside);
	cr_assert_eq(bind(ret_drizzle->counter, (void *)&to, sizeof(to)), 0);
	ret_drizzle->sender = fork();
	cr_assert_geq(ret_drizzle->sender, 0);
	while (ret_drizzle->sender == 0) {
		/* gently, so that the machine can do other things too */
		for (int i = 0; i < 50; i++)
			sendto(fd, "x", 1, 0, (void *)&to, sizeof(to));
		usleep(1000);
	}
	close(fd);
}

size_t vfg_drizzle_stop(struct vfg_drizzle *drizzle)
{
	size_t count = 0;
	char byte;

	kill(drizzle->sender, SIGKILL);
	waitpid(drizzle->sender, NULL, 0);
	usleep(50000);
	while (recv(drizzle->counter, &byte, 1, 0) >= 0)
		count++;
	close(drizzle->counter);
	return count;
}
