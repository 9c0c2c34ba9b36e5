/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speaks to the journal by its native protocol: a datagram an entry, "FIELD=value" a line. An
 * entry's line for people is that of `vfguard log`.
 * Source: systemd.io/JOURNAL_NATIVE_PROTOCOL.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "log_journal.h"

enum {
	LINE_BYTES = 1024,
	ENTRY_BYTES = 8192,
	WAIT_MS = 500,
};

struct entry {
	size_t used;
	char text[ENTRY_BYTES];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

void vfg_log_journal_open(struct vfg_log_journal *ret_journal)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX,
						   .sun_path = "/run/systemd/journal/socket"};
	autofd int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	ret_journal->until_ms = now_ms() + WAIT_MS;
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		ret_journal->fd = -errno;
	else
		ret_journal->fd = take_fd(&fd);
}

void vfg_log_journal_close(struct vfg_log_journal *journal)
{
	vfg_close_fd(&journal->fd);
}

static void put(struct entry *entry, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A field. Names are not ours: a line's end in one would begin another field. */
static void put(struct entry *entry, const char *format, ...)
{
	size_t from = entry->used;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(entry->text + from, sizeof(entry->text) - from - 1, format, arguments);
	va_end(arguments);
	for (; entry->text[entry->used]; entry->used++) {
		if ((unsigned char)entry->text[entry->used] < ' ')
			entry->text[entry->used] = '?';
	}
	if (entry->used > from)
		entry->text[entry->used++] = '\n';
	entry->text[entry->used] = '\0';
}

static int post(const struct vfg_log_journal *journal, const struct entry *entry)
{
	struct pollfd wait = {.fd = journal->fd, .events = POLLOUT};
	int64_t left_ms;

	if (journal->fd < 0)
		return journal->fd;
	while (send(journal->fd, entry->text, entry->used, MSG_NOSIGNAL) < 0) {
		if (errno == EINTR)
			continue;
		left_ms = journal->until_ms - now_ms();
		if (errno != EAGAIN || left_ms <= 0)
			return -errno;
		poll(&wait, 1, (int)left_ms);
	}
	return 0;
}

static void put_line(struct entry *entry, const struct vfg_log_batch *batch,
		     const struct vfg_log_record *record)
{
	char line[LINE_BYTES] = "";
	FILE *stream = fmemopen(line, sizeof(line), "w");

	if (!stream)
		return;
	vfg_log_write_text(stream, batch, record);
	fclose(stream);
	put(entry, "MESSAGE=%.*s", (int)strcspn(line, "\n"), line);
}

static void put_head(struct entry *entry, const struct vfg_log_batch *batch, int priority)
{
	put(entry, "MESSAGE_ID=6b1d0e2a6c0f4a52a0d9b8f5d7f1c3e4");
	put(entry, "PRIORITY=%d", priority);
	put(entry, "SYSLOG_IDENTIFIER=vfguard-flow");
	put(entry, "VFGUARD_MASTER=%s", batch->identity->device);
}

static void put_rule(struct entry *entry, const struct vfg_log_batch *batch, uint32_t rule)
{
	const struct vfg_log_list *list = vfg_log_names_list(batch->names, rule);

	put(entry, "VFGUARD_LIST=%s", list ? list->name : "");
	put(entry, "VFGUARD_RULE=%s", vfg_log_names_rule(batch->names, rule));
}

int vfg_log_journal_send(const struct vfg_log_journal *journal, const struct vfg_log_batch *batch,
			 const struct vfg_log_record *record)
{
	static const char *const states[] = {"begin", "continue", "end", "deny"};
	char source[VFG_LOG_ADDRESS_BYTES], destination[VFG_LOG_ADDRESS_BYTES];
	struct entry entry = {.used = 0};

	vfg_log_address(record->family, record->source, source);
	vfg_log_address(record->family, record->destination, destination);
	put_head(&entry, batch, record->state == VFG_LOG_DENY ? 5 : 6);
	put_line(&entry, batch, record);
	put(&entry, "VFGUARD_STATE=%s", states[record->state]);
	put(&entry, "VFGUARD_DIRECTION=%s",
	    record->direction == VFG_INBOUND ? "Inbound" : "Outbound");
	put(&entry, "VFGUARD_PROTOCOL=%u", record->protocol);
	put(&entry, "VFGUARD_SOURCE=%s", source);
	put(&entry, "VFGUARD_SOURCE_PORT=%u", record->source_port);
	put(&entry, "VFGUARD_DESTINATION=%s", destination);
	put(&entry, "VFGUARD_DESTINATION_PORT=%u", record->destination_port);
	put_rule(&entry, batch, record->rule);
	put(&entry, "VFGUARD_PACKETS_SENT=%" PRIu64, record->packets[VFG_LOG_SENT]);
	put(&entry, "VFGUARD_BYTES_SENT=%" PRIu64, record->bytes[VFG_LOG_SENT]);
	put(&entry, "VFGUARD_PACKETS_RETURNED=%" PRIu64, record->packets[VFG_LOG_RETURNED]);
	put(&entry, "VFGUARD_BYTES_RETURNED=%" PRIu64, record->bytes[VFG_LOG_RETURNED]);
	return post(journal, &entry);
}

int vfg_log_journal_more(const struct vfg_log_journal *journal, const struct vfg_log_batch *batch,
			 uint32_t rule, uint64_t packets)
{
	const struct vfg_log_list *list = vfg_log_names_list(batch->names, rule);
	struct entry entry = {.used = 0};

	put_head(&entry, batch, 5);
	put(&entry, "MESSAGE=%s deny %" PRIu64 " more  %s/%s", batch->identity->device, packets,
	    list ? list->name : "-", vfg_log_names_rule(batch->names, rule));
	put(&entry, "VFGUARD_STATE=more");
	put_rule(&entry, batch, rule);
	put(&entry, "VFGUARD_PACKETS=%" PRIu64, packets);
	return post(journal, &entry);
}
