/* SPDX-License-Identifier: GPL-2.0-only */
/* Speaks to the journal by libsystemd. Its line is that of `vfguard log`. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "log_journal.h"

static const char message_id[] = "MESSAGE_ID=6b1d0e2a6c0f4a52a0d9b8f5d7f1c3e4";

enum { LINE_BYTES = 1024 };

/* libsystemd calls it success where nobody listens. */
static bool listens(void)
{
	return access("/run/systemd/journal/socket", F_OK) == 0;
}

static void line_of(const struct vfg_log_batch *batch, const struct vfg_log_record *record,
		    char ret_line[LINE_BYTES])
{
	FILE *stream = fmemopen(ret_line, LINE_BYTES, "w");

	ret_line[0] = '\0';
	if (!stream)
		return;
	vfg_log_write_text(stream, batch, record);
	fclose(stream);
	ret_line[LINE_BYTES - 1] = '\0';
	ret_line[strcspn(ret_line, "\n")] = '\0';
}

int vfg_log_journal_send(const struct vfg_log_batch *batch, const struct vfg_log_record *record)
{
	static const char *const states[] = {"begin", "continue", "end", "deny"};
	const struct vfg_log_list *list = vfg_log_names_list(batch->names, record->rule);
	char source[VFG_LOG_ADDRESS_BYTES], destination[VFG_LOG_ADDRESS_BYTES];
	char line[LINE_BYTES];

	if (!listens())
		return -ENOENT;
	vfg_log_address(record->family, record->source, source);
	vfg_log_address(record->family, record->destination, destination);
	line_of(batch, record, line);
	return sd_journal_send(
		"%s", message_id, "PRIORITY=%d", record->state == VFG_LOG_DENY ? 5 : 6,
		"SYSLOG_IDENTIFIER=vfguard-flow", "MESSAGE=%s", line, "VFGUARD_MASTER=%s",
		batch->identity->device, "VFGUARD_STATE=%s", states[record->state],
		"VFGUARD_DIRECTION=%s", record->direction == VFG_INBOUND ? "Inbound" : "Outbound",
		"VFGUARD_PROTOCOL=%u", record->protocol, "VFGUARD_SOURCE=%s", source,
		"VFGUARD_SOURCE_PORT=%u", record->source_port, "VFGUARD_DESTINATION=%s",
		destination, "VFGUARD_DESTINATION_PORT=%u", record->destination_port,
		"VFGUARD_LIST=%s", list ? list->name : "", "VFGUARD_RULE=%s",
		vfg_log_names_rule(batch->names, record->rule), "VFGUARD_PACKETS_SENT=%" PRIu64,
		record->packets[VFG_LOG_SENT], "VFGUARD_BYTES_SENT=%" PRIu64,
		record->bytes[VFG_LOG_SENT], "VFGUARD_PACKETS_RETURNED=%" PRIu64,
		record->packets[VFG_LOG_RETURNED], "VFGUARD_BYTES_RETURNED=%" PRIu64,
		record->bytes[VFG_LOG_RETURNED], NULL);
}

int vfg_log_journal_more(const struct vfg_log_batch *batch, uint32_t rule, uint64_t packets)
{
	const struct vfg_log_list *list = vfg_log_names_list(batch->names, rule);
	const char *name = vfg_log_names_rule(batch->names, rule);

	if (!listens())
		return -ENOENT;
	return sd_journal_send("%s", message_id, "PRIORITY=5", "SYSLOG_IDENTIFIER=vfguard-flow",
			       "MESSAGE=%s deny %" PRIu64 " more  %s/%s", batch->identity->device,
			       packets, list ? list->name : "-", name, "VFGUARD_MASTER=%s",
			       batch->identity->device, "VFGUARD_STATE=more", "VFGUARD_LIST=%s",
			       list ? list->name : "", "VFGUARD_RULE=%s", name,
			       "VFGUARD_PACKETS=%" PRIu64, packets, NULL);
}
