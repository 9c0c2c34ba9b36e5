/* SPDX-License-Identifier: GPL-2.0-only */
/* Records as lines for people, and as JSON objects for scripts. Pure. */
#include <inttypes.h>
#include <string.h>

#include "endpoint.h"
#include "log_format.h"

static const char *const states[VFG_LOG_STATE_MAX] = {
	[VFG_LOG_BEGIN] = "begin",
	[VFG_LOG_CONTINUE] = "continue",
	[VFG_LOG_END] = "end",
	[VFG_LOG_DENY] = "deny",
};

enum {
	END_BYTES = VFG_LOG_ADDRESS_BYTES + 8, /* [address]:port */
};

static void end_of(const struct vfg_log_record *record, const uint8_t *address, uint16_t port,
		   char ret_text[END_BYTES])
{
	char text[VFG_LOG_ADDRESS_BYTES];
	const bool six = record->family == VFG_IPV6;

	vfg_log_address(record->family, address, text);
	if (!record->source_port && !record->destination_port)
		snprintf(ret_text, END_BYTES, "%s", text);
	else
		snprintf(ret_text, END_BYTES, "%s%s%s:%u", six ? "[" : "", text, six ? "]" : "",
			 port);
}

static const char *list_of(const struct vfg_log_batch *batch, uint32_t rule)
{
	const struct vfg_log_list *list = vfg_log_names_list(batch->names, rule);

	return list && list->name[0] ? list->name : "-";
}

/* Control characters of names that somebody chose do not reach the terminal. */
static void write_plain(FILE *to, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, to);
}

void vfg_log_write_text(FILE *to, const struct vfg_log_batch *batch,
			const struct vfg_log_record *record)
{
	char source[END_BYTES], destination[END_BYTES], protocol[VFG_PROTOCOL_TEXT_MAX];
	char time[VFG_LOG_TIME_BYTES];

	vfg_log_time(record->time_ms * 1000000, time);
	end_of(record, record->source, record->source_port, source);
	end_of(record, record->destination, record->destination_port, destination);
	vfg_endpoint_protocol_text(record->protocol, protocol);
	fprintf(to, "%.23sZ %s %-8s %-3s %-5s %s > %s  ", time, batch->identity->device,
		states[record->state], record->direction == VFG_INBOUND ? "in" : "out", protocol,
		source, destination);
	write_plain(to, list_of(batch, record->rule));
	fputc('/', to);
	write_plain(to, vfg_log_names_rule(batch->names, record->rule));
	if (record->state == VFG_LOG_CONTINUE || record->state == VFG_LOG_END)
		fprintf(to,
			"  sent %" PRIu64 " (%" PRIu64 " bytes) returned %" PRIu64 " (%" PRIu64
			" bytes)",
			record->packets[VFG_LOG_SENT], record->bytes[VFG_LOG_SENT],
			record->packets[VFG_LOG_RETURNED], record->bytes[VFG_LOG_RETURNED]);
	fputc('\n', to);
}

static void write_rule(FILE *to, const struct vfg_log_batch *batch, uint32_t rule)
{
	fprintf(to, ",\"list\":");
	vfg_log_write_string(to, list_of(batch, rule));
	fprintf(to, ",\"rule\":");
	vfg_log_write_string(to, vfg_log_names_rule(batch->names, rule));
}

void vfg_log_write_json(FILE *to, const struct vfg_log_batch *batch,
			const struct vfg_log_record *record)
{
	char source[VFG_LOG_ADDRESS_BYTES], destination[VFG_LOG_ADDRESS_BYTES];
	char time[VFG_LOG_TIME_BYTES];

	vfg_log_time(record->time_ms * 1000000, time);
	vfg_log_address(record->family, record->source, source);
	vfg_log_address(record->family, record->destination, destination);
	fprintf(to, "{\"time\":\"%s\",\"master\":", time);
	vfg_log_write_string(to, batch->identity->device);
	fprintf(to,
		",\"state\":\"%s\",\"direction\":\"%s\",\"protocol\":%u,\"source\":\"%s\","
		"\"sourcePort\":%u,\"destination\":\"%s\",\"destinationPort\":%u",
		states[record->state], record->direction == VFG_INBOUND ? "Inbound" : "Outbound",
		record->protocol, source, record->source_port, destination,
		record->destination_port);
	write_rule(to, batch, record->rule);
	fprintf(to,
		",\"packetsSent\":%" PRIu64 ",\"bytesSent\":%" PRIu64
		",\"packetsReturned\":%" PRIu64 ",\"bytesReturned\":%" PRIu64 "}\n",
		record->packets[VFG_LOG_SENT], record->bytes[VFG_LOG_SENT],
		record->packets[VFG_LOG_RETURNED], record->bytes[VFG_LOG_RETURNED]);
}

void vfg_log_write_more(FILE *to, const struct vfg_log_batch *batch, enum vfg_log_format format,
			uint32_t rule, uint64_t packets)
{
	char time[VFG_LOG_TIME_BYTES];

	vfg_log_time(batch->time_ns, time);
	if (format == VFG_LOG_TEXT) {
		fprintf(to, "%.23sZ %s deny     %" PRIu64 " more  ", time, batch->identity->device,
			packets);
		write_plain(to, list_of(batch, rule));
		fputc('/', to);
		write_plain(to, vfg_log_names_rule(batch->names, rule));
		fputc('\n', to);
		return;
	}
	fprintf(to, "{\"time\":\"%s\",\"master\":", time);
	vfg_log_write_string(to, batch->identity->device);
	fprintf(to, ",\"state\":\"more\"");
	write_rule(to, batch, rule);
	fprintf(to, ",\"packets\":%" PRIu64 "}\n", packets);
}
