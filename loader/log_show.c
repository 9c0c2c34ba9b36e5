/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats the records of a session for standard output. */
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log_show.h"

/* What is being shown: text grows in a stream, and is handed on. */
struct showing {
	const struct vfg_log_show *show;
	struct vfg_log_batch batch;
	FILE *stream;
	char *text;
	size_t bytes;
	vfg_log_piece *take;
	void *data;
};

static void hand_on(struct showing *showing, uint64_t records)
{
	fflush(showing->stream);
	if (records || showing->bytes)
		showing->take(showing->data, showing->text, showing->bytes, records);
	rewind(showing->stream);
}

static void show_lines(struct showing *showing, struct vfg_log_session *session)
{
	const struct vfg_log_batch *batch = &showing->batch;
	enum vfg_log_format format = showing->show->format;

	for (size_t i = 0; i < batch->count; i++) {
		if (format == VFG_LOG_TEXT)
			vfg_log_write_text(showing->stream, batch, &batch->record[i]);
		else
			vfg_log_write_json(showing->stream, batch, &batch->record[i]);
		hand_on(showing, 1);
	}
	for (uint32_t rule = 0; rule < VFG_POLICY_RULES_MAX; rule++) {
		if (!session->more[rule])
			continue;
		vfg_log_write_more(showing->stream, batch, format, rule, session->more[rule]);
		hand_on(showing, 1);
	}
}

static void show_elements(struct showing *showing)
{
	const struct vfg_log_batch *batch = &showing->batch;
	const bool nsg = showing->show->format == VFG_LOG_NSG;
	size_t lists = nsg ? batch->names->lists : 1;

	for (uint32_t list = 0; list < lists; list++) {
		size_t records = nsg ? vfg_log_write_nsg(showing->stream, batch, list)
				     : vfg_log_write_vnet(showing->stream, batch);

		if (!records)
			continue;
		fputc('\n', showing->stream);
		hand_on(showing, records);
	}
}

void vfg_log_show_records(const struct vfg_log_show *show, struct vfg_log_session *session,
			  vfg_log_piece *take, void *data)
{
	struct vfg_log_identity identity =
		vfg_log_config_identity(show->config, session->master, session->mac);
	struct showing showing = {
		.show = show,
		.take = take,
		.data = data,
		.batch = {.record = session->record,
			  .count = session->count,
			  .names = &session->names,
			  .identity = &identity,
			  .time_ns = session->looked_ns},
	};

	showing.stream = open_memstream(&showing.text, &showing.bytes);
	if (!showing.stream) {
		vfg_log_session_lose(session, session->count);
	} else if (show->format == VFG_LOG_TEXT || show->format == VFG_LOG_JSON) {
		show_lines(&showing, session);
	} else {
		vfg_log_sort(&showing.batch);
		show_elements(&showing);
	}
	if (showing.stream)
		fclose(showing.stream);
	free(showing.text);
	memset(session->more, 0, sizeof(session->more));
	vfg_log_session_written(session, session->count);
}
