/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sender and guests in network namespaces of their own: a veth pair to each guest, which forwards
 * what it lets through into a device that swallows and counts it.
 *
 *    sender             guest n
 *      vN ------------- in --> forwarded --> sink
 *      10.200.N.1       10.200.N.2
 */
#ifndef VFG_SELFTESTS_BENCH_LINK_H
#define VFG_SELFTESTS_BENCH_LINK_H

#include <bpf/libbpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace.h"

enum { LINK_GUESTS_MAX = TRACE_NAMES - 1 };

struct link {
	char sender[TRACE_NAME_MAX];
	char guest[TRACE_NAME_MAX];
	char device[TRACE_NAME_MAX]; /* the sender's end */
	unsigned int number;
	unsigned int ifindex; /* of the sender's end, there */
	unsigned int inside;  /* of the guest's end, there */
};

/* Runs a command; prints nothing. Return: whether it succeeded. */
bool link_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same in the link's guest. */
bool link_guest(const struct link *link, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The namespace that all links share; removed by link_close_all(), or after a crash by the
 * parent's trace_remove(). */
void link_open_sender(void);
/* @number: 0..LINK_GUESTS_MAX-1 */
void link_open(struct link *link, unsigned int number);

/* This thread goes into a namespace, and stays there. */
void link_enter(const char *name);

/* Everybody home, every namespace removed. */
void link_close_all(void);

/* Attach a program to the guest's end; the thread is in the sender's namespace afterwards.
 * Of TC's, ingress comes first: it makes the hook of both directions. */
bool link_attach_xdp(const struct link *link, int fd);
bool link_attach_tc(const struct link *link, enum bpf_tc_attach_point point, int fd);

/* Packets that came out of the guest at the other end. */
uint64_t link_passed(const struct link *link);

#endif
