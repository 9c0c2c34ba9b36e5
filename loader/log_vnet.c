/* SPDX-License-Identifier: GPL-2.0-only */
/* The VNet flow log, version 4. Source: Azure documentation, "Virtual network flow logs". Pure. */
#include <inttypes.h>

#include "log_format.h"

static void write_tuple(FILE *to, const struct vfg_log_record *record)
{
	char source[VFG_LOG_ADDRESS_BYTES], destination[VFG_LOG_ADDRESS_BYTES];

	vfg_log_address(record->family, record->source, source);
	vfg_log_address(record->family, record->destination, destination);
	/* NX: in a guest nothing is known of encryption between hosts. */
	fprintf(to,
		"\"%" PRIu64 ",%s,%s,%u,%u,%u,%c,%c,NX,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64
		"\"",
		record->time_ms, source, destination, record->source_port, record->destination_port,
		record->protocol, "IO"[record->direction], "BCED"[record->state],
		record -> packets[VFG_LOG_SENT], record -> bytes[VFG_LOG_SENT],
		record -> packets[VFG_LOG_RETURNED], record -> bytes[VFG_LOG_RETURNED]);
}

static void write_member(FILE *to, const char *name, const char *value)
{
	fprintf(to, "\"%s\":", name);
	vfg_log_write_string(to, value);
	fputc(',', to);
}

static void write_head(FILE *to, const struct vfg_log_batch *batch)
{
	const struct vfg_log_identity *identity = batch->identity;
	char id[VFG_LOG_ID_MAX], time[VFG_LOG_TIME_BYTES];

	fputc('{', to);
	vfg_log_time(batch->time_ns, time);
	write_member(to, "time", time);
	fprintf(to, "\"flowLogVersion\":4,");
	write_member(to, "flowLogGUID",
		     identity->flow_log_guid ? identity->flow_log_guid : vfg_log_no_guid);
	write_member(to, "macAddress", identity->mac);
	write_member(to, "category", "FlowLogFlowEvent");
	vfg_log_identity_flow_log(identity, id);
	write_member(to, "flowLogResourceID", id);
	vfg_log_identity_target(identity, id);
	write_member(to, "targetResourceID", id);
	write_member(to, "operationName", "FlowLogFlowEvent");
	fprintf(to, "\"flowRecords\":{\"flows\":[");
}

/* The records of one rule. Return: where the next one's begin. */
static size_t write_group(FILE *to, const struct vfg_log_batch *batch, size_t from)
{
	const uint32_t rule = batch->record[from].rule;
	size_t i = from;

	fprintf(to, "{\"rule\":");
	vfg_log_write_string(to, vfg_log_names_rule(batch->names, rule));
	fprintf(to, ",\"flowTuples\":[");
	for (; i < batch->count && batch->record[i].rule == rule; i++) {
		if (i > from)
			fputc(',', to);
		write_tuple(to, &batch->record[i]);
	}
	fprintf(to, "]}");
	return i;
}

size_t vfg_log_write_vnet(FILE *to, const struct vfg_log_batch *batch)
{
	if (!batch->count)
		return 0;
	write_head(to, batch);
	for (size_t i = 0; i < batch->count;) {
		const struct vfg_log_list *list =
			vfg_log_names_list(batch->names, batch->record[i].rule);

		fprintf(to, "%s{\"aclID\":", i ? "," : "");
		vfg_log_write_string(to, vfg_log_identity_acl(batch->identity, list));
		fprintf(to, ",\"flowGroups\":[");
		for (size_t from = i;
		     i < batch->count &&
		     vfg_log_names_list(batch->names, batch->record[i].rule) == list;) {
			if (i > from)
				fputc(',', to);
			i = write_group(to, batch, i);
		}
		fprintf(to, "]}");
	}
	fprintf(to, "]}}");
	return batch->count;
}
