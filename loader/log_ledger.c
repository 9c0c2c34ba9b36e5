/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lays the ledger out in one mapped file. Memory of the file is asked for before it is touched, so
 * that a full file system is an error and no signal.
 *
 *    head | next event by CPU | denied by rule | for each family: sequence, flow_of | flow, flow
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "log_ledger.h"

enum {
	LAYOUT = 2,
	PAGE_BYTES = 4096,
	RESERVE_FLOWS = 4096, /* at once */
	PATH_BYTES = 96,
};

static const uint64_t magic = 0x474f4c5746474656; /* "VFGFWLOG", little endian */

struct vfg_log_ledger_head {
	uint64_t magic;
	uint32_t layout;
	uint32_t pad0;
	uint64_t seed[2];
	uint64_t next; /* of vfg_log_events */
	uint32_t slots[VFG_FAMILY_MAX];
	uint32_t flows[VFG_FAMILY_MAX]; /* entries of flow[] that there is memory for */
	struct vfg_log_losses losses;
};

_Static_assert(sizeof(struct vfg_log_ledger_head) <= PAGE_BYTES, "one page");

static size_t paged(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

/* Hands out the next piece of the file. */
static void *piece(struct vfg_log_ledger *ledger, size_t *at, size_t bytes)
{
	void *place = (char *)ledger->base + *at;

	*at += paged(bytes);
	return place;
}

/* Return: bytes up to the flows. With base unset, only counts. */
static size_t lay_out(const struct vfg_log_ledger_head *head, struct vfg_log_ledger *ledger)
{
	size_t at = 0, fixed;

	ledger->head = piece(ledger, &at, PAGE_BYTES);
	ledger->next = &ledger->head->next;
	ledger->denied = piece(ledger, &at, VFG_POLICY_RULES_MAX * sizeof(*ledger->denied));
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		struct vfg_log_memory *memory = &ledger->memory[family];

		memory->slots = head->slots[family];
		memory->sequence = piece(ledger, &at, memory->slots * sizeof(*memory->sequence));
		memory->flow_of = piece(ledger, &at, memory->slots * sizeof(*memory->flow_of));
	}
	fixed = at;
	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		struct vfg_log_memory *memory = &ledger->memory[family];

		memory->flow =
			piece(ledger, &at, ((size_t)memory->slots + 1) * sizeof(*memory->flow));
	}
	ledger->bytes = at;
	ledger->losses = &ledger->head->losses;
	return fixed;
}

/* Memory for more flows, some at once. */
static bool reserve(void *data, uint32_t count)
{
	struct vfg_log_room *room = data;
	uint32_t flows = *room->flows;

	if (count <= flows || room->fd < 0)
		return true;
	flows = count + RESERVE_FLOWS;
	if (flows > room->slots + 1)
		flows = room->slots + 1;
	if (posix_fallocate(room->fd, (off_t)room->at_bytes,
			    (off_t)(flows * sizeof(struct vfg_log_flow))) != 0)
		return false;
	*room->flows = flows;
	return true;
}

static void path_of(const char *master, char ret_path[PATH_BYTES])
{
	snprintf(ret_path, PATH_BYTES, "/run/vfguard/%.32s.flowlog", master);
}

static bool is_same(const struct vfg_log_ledger_head *a, const struct vfg_log_ledger_head *b)
{
	return a->magic == b->magic && a->layout == b->layout &&
	       !memcmp(a->seed, b->seed, sizeof(a->seed)) &&
	       !memcmp(a->slots, b->slots, sizeof(a->slots)) && a->flows[0] <= a->slots[0] + 1 &&
	       a->flows[1] <= a->slots[1] + 1;
}

/* What another load has left is cleared. Return: 0 or -errno. */
static int prepare(int fd, const struct vfg_log_ledger_head *head, size_t bytes, size_t fixed,
		   bool *ret_fresh)
{
	struct vfg_log_ledger_head found = {};
	struct stat info;
	int err;

	if (fstat(fd, &info) < 0)
		return -errno;
	*ret_fresh = pread(fd, &found, sizeof(found), 0) != sizeof(found) ||
		     (size_t)info.st_size != bytes || !is_same(&found, head);
	if (!*ret_fresh)
		return 0;
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return -errno;
	err = posix_fallocate(fd, 0, (off_t)fixed);
	return -err;
}

/* Return: a file descriptor, locked, or -errno. */
static int open_file(const char *master)
{
	char path[PATH_BYTES];
	autofd int fd = -1;

	path_of(master, path);
	if (mkdir("/run/vfguard", 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	return take_fd(&fd);
}

static int map(struct vfg_log_ledger *ledger)
{
	int kind = ledger->fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE : MAP_SHARED;

	ledger->base = mmap(NULL, ledger->bytes, PROT_READ | PROT_WRITE, kind, ledger->fd, 0);
	if (ledger->base != MAP_FAILED)
		return 0;
	ledger->base = NULL;
	return -errno;
}

static int adopt(struct vfg_log_ledger *ledger, int family)
{
	struct vfg_log_memory *memory = &ledger->memory[family];
	uint32_t *flows = &ledger->head->flows[family];

	ledger->room[family] = (struct vfg_log_room){
		.fd = ledger->fd,
		.at_bytes = (size_t)((char *)memory->flow - (char *)ledger->base),
		.slots = memory->slots,
		.flows = flows,
	};
	memory->reserve = reserve;
	memory->data = &ledger->room[family];
	return vfg_log_memory_adopt(memory, *flows);
}

int vfg_log_ledger_open(const struct vfg_log_ledger_of *of, struct vfg_log_ledger *ret_ledger)
{
	struct vfg_log_ledger *ledger = ret_ledger;
	struct vfg_log_ledger_head head = {.magic = magic, .layout = LAYOUT};
	size_t fixed;
	int err = 0;

	memcpy(head.seed, of->control->seed, sizeof(head.seed));
	memcpy(head.slots, of->slots, sizeof(head.slots));
	*ledger = (struct vfg_log_ledger){.fd = -1, .fresh = true};
	fixed = lay_out(&head, ledger);
	if (of->keep) {
		ledger->fd = open_file(of->master);
		err = ledger->fd < 0
			      ? ledger->fd
			      : prepare(ledger->fd, &head, ledger->bytes, fixed, &ledger->fresh);
	}
	if (!err)
		err = map(ledger);
	if (!err)
		lay_out(&head, ledger);
	if (!err && ledger->fresh)
		*ledger->head = head;
	for (int family = 0; !err && family < VFG_FAMILY_MAX; family++)
		err = adopt(ledger, family);
	if (err)
		vfg_log_ledger_close(ledger);
	return err;
}

void vfg_log_ledger_close(struct vfg_log_ledger *ledger)
{
	for (int family = 0; family < VFG_FAMILY_MAX; family++)
		vfg_log_memory_drop(&ledger->memory[family]);
	if (ledger->base)
		munmap(ledger->base, ledger->bytes);
	vfg_close_fd(&ledger->fd);
	*ledger = (struct vfg_log_ledger){.fd = -1};
}

void vfg_log_ledger_remove(const char *master)
{
	char path[PATH_BYTES];

	path_of(master, path);
	unlink(path);
}

int vfg_log_losses(const char *master, struct vfg_log_losses *ret_losses)
{
	struct vfg_log_ledger_head head;
	char path[PATH_BYTES];
	autofd int fd = -1;

	path_of(master, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) || head.magic != magic ||
	    head.layout != LAYOUT)
		return -ENOENT;
	*ret_losses = head.losses;
	return 0;
}
