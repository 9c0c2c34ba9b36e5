/* SPDX-License-Identifier: GPL-2.0-only */
/* The NSG flow log, version 2. Source: Azure documentation, "NSG flow logs". Pure. */
#include <inttypes.h>

#include <netinet/in.h>

#include "log_format.h"

bool vfg_log_nsg_has(const struct vfg_log_names *names, const struct vfg_log_record *record)
{
	const struct vfg_log_list *list = vfg_log_names_list(names, record->rule);

	if (record->protocol != IPPROTO_TCP && record->protocol != IPPROTO_UDP)
		return false;
	return list && (list->stage == VFG_STAGE_SUBNET || list->stage == VFG_STAGE_NIC);
}

/* Whoever is denied is logged as a flow that begins; what begins has no counters. */
static void write_tuple(FILE *to, const struct vfg_log_record *record)
{
	char source[VFG_LOG_ADDRESS_BYTES], destination[VFG_LOG_ADDRESS_BYTES];

	vfg_log_address(record->family, record->source, source);
	vfg_log_address(record->family, record->destination, destination);
	fprintf(to, "\"%" PRIu64 ",%s,%s,%u,%u,%c,%c,%c,%c,", record->time_ms / 1000, source,
		destination, record->source_port, record->destination_port,
		record->protocol == IPPROTO_TCP ? 'T' : 'U', "IO"[record->direction],
		"AAAD"[record->state], "BCEB"[record->state]);
	if (record->state == VFG_LOG_BEGIN || record->state == VFG_LOG_DENY)
		fprintf(to, ",,,\"");
	else
		fprintf(to, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\"",
			record->packets[VFG_LOG_SENT], record->bytes[VFG_LOG_SENT],
			record->packets[VFG_LOG_RETURNED], record->bytes[VFG_LOG_RETURNED]);
}

static void write_head(FILE *to, const struct vfg_log_batch *batch, uint32_t list)
{
	const struct vfg_log_identity *identity = batch->identity;
	char id[VFG_LOG_ID_MAX], time[VFG_LOG_TIME_BYTES];

	vfg_log_time(batch->time_ns, time);
	vfg_log_identity_nsg(identity, &batch->names->list[list], id);
	fprintf(to, "{\"time\":\"%s\",\"systemId\":", time);
	vfg_log_write_string(to, identity->system_id ? identity->system_id : vfg_log_no_guid);
	fprintf(to,
		",\"macAddress\":\"%s\",\"category\":\"NetworkSecurityGroupFlowEvent\","
		"\"resourceId\":",
		identity->mac);
	vfg_log_write_string(to, id);
	fprintf(to, ",\"operationName\":\"NetworkSecurityGroupFlowEvents\","
		    "\"properties\":{\"Version\":2,\"flows\":[");
}

static bool is_of(const struct vfg_log_batch *batch, size_t i, uint32_t list)
{
	const struct vfg_log_record *record = &batch->record[i];

	return vfg_log_nsg_has(batch->names, record) &&
	       vfg_log_names_list(batch->names, record->rule) == &batch->names->list[list];
}

static void open_rule(FILE *to, const struct vfg_log_batch *batch, uint32_t rule)
{
	fprintf(to, "{\"rule\":");
	vfg_log_write_string(to, vfg_log_names_rule(batch->names, rule));
	fprintf(to, ",\"flows\":[{\"mac\":\"%s\",\"flowTuples\":[", batch->identity->mac);
}

size_t vfg_log_write_nsg(FILE *to, const struct vfg_log_batch *batch, uint32_t list)
{
	uint32_t rule = VFG_RULE_NONE;
	size_t written = 0;

	for (size_t i = 0; i < batch->count; i++) {
		if (!is_of(batch, i, list))
			continue;
		if (!written)
			write_head(to, batch, list);
		if (written && rule == batch->record[i].rule) {
			fputc(',', to);
		} else {
			fprintf(to, "%s", written ? "]}]}," : "");
			rule = batch->record[i].rule;
			open_rule(to, batch, rule);
		}
		write_tuple(to, &batch->record[i]);
		written++;
	}
	if (written)
		fprintf(to, "]}]}]}}");
	return written;
}
