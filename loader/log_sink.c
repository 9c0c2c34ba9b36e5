/* SPDX-License-Identifier: GPL-2.0-only */
/* Turns the records of a session into pieces of files. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log_file.h"
#include "log_journal.h"
#include "log_sink.h"
#include "log_summary.h"
#include "say.h"

enum { PRUNE_MS = 60000 };

/* Some records as one element of records[], or several. */
struct piece {
	char *text;
	size_t bytes;
	size_t records;
	char id[VFG_LOG_ID_MAX]; /* of the resource whose log has it */
};

static void free_piece(struct piece *piece)
{
	free(piece->text);
}

static int make_piece(const struct vfg_log_batch *batch, enum vfg_log_format format, uint32_t list,
		      struct piece *piece)
{
	FILE *stream = open_memstream(&piece->text, &piece->bytes);

	if (!stream)
		return -ENOMEM;
	if (format == VFG_LOG_VNET) {
		vfg_log_identity_flow_log(batch->identity, piece->id);
		piece->records = vfg_log_write_vnet(stream, batch);
	} else {
		vfg_log_identity_nsg(batch->identity, &batch->names->list[list], piece->id);
		piece->records = vfg_log_write_nsg(stream, batch, list);
	}
	return fclose(stream) == 0 ? 0 : -ENOMEM;
}

static int write_piece(const struct vfg_log_sink *sink, struct vfg_log_session *session,
		       const struct piece *piece)
{
	const struct vfg_log_place place = {
		.directory = sink->config->directory,
		.format = sink->config->format,
		.id = piece->id,
		.time_s = session->looked_ns / 1000000000,
		.mac = session->mac,
	};
	char path[VFG_LOG_PATH_MAX];

	vfg_log_path(&place, path);
	return vfg_log_file_append(path, piece->text, piece->bytes, &session->file_bytes);
}

/* Records that this NSG's log has now are done, so that no other attempt writes them twice. */
static void drop_list(struct vfg_log_session *session, uint32_t list)
{
	size_t kept = 0, dropped = 0;

	for (size_t i = 0; i < session->count; i++) {
		const struct vfg_log_record *record = &session->record[i];

		if (vfg_log_nsg_has(&session->names, record) &&
		    vfg_log_names_list(&session->names, record->rule) == &session->names.list[list])
			dropped++;
		else
			session->record[kept++] = *record;
	}
	/* They are the last ones then, and go as the first do. */
	memmove(session->record + dropped, session->record, kept * sizeof(*session->record));
	vfg_log_session_written(session, dropped);
}

/* What is of no NSG (ICMP, admin rules, the platform's) is in no log of this kind. */
static void drop_rest(struct vfg_log_session *session)
{
	session->count = 0;
	session->told = 0;
	session->ledger.losses->pending = 0;
}

static struct vfg_log_batch batch_of(struct vfg_log_session *session,
				     const struct vfg_log_identity *identity)
{
	struct vfg_log_batch batch = {
		.record = session->record,
		.count = session->count,
		.names = &session->names,
		.identity = identity,
		.time_ns = session->looked_ns,
	};

	return batch;
}

static int write_nsg(const struct vfg_log_sink *sink, struct vfg_log_session *session,
		     const struct vfg_log_identity *identity)
{
	int err = 0;

	for (uint32_t list = 0; !err && list < session->names.lists; list++) {
		struct piece piece __attribute__((cleanup(free_piece))) = {};
		struct vfg_log_batch batch = batch_of(session, identity);

		err = make_piece(&batch, VFG_LOG_NSG, list, &piece);
		if (!err && piece.records)
			err = write_piece(sink, session, &piece);
		if (!err && piece.records)
			drop_list(session, list);
	}
	if (!err)
		drop_rest(session);
	return err;
}

static int write_vnet(const struct vfg_log_sink *sink, struct vfg_log_session *session,
		      const struct vfg_log_identity *identity)
{
	struct piece piece __attribute__((cleanup(free_piece))) = {};
	struct vfg_log_batch batch = batch_of(session, identity);
	int err = make_piece(&batch, VFG_LOG_VNET, 0, &piece);

	if (!err && piece.records)
		err = write_piece(sink, session, &piece);
	if (!err)
		vfg_log_session_written(session, session->count);
	return err;
}

static void note_outcome(struct vfg_log_session *session, const char *directory, int err)
{
	struct vfg_log_losses *losses = session->ledger.losses;

	if (err && (!losses->failures || losses->error != err))
		vfg_warn(directory,
			 "the flow log of %s cannot be written: %s; up to %d records wait, "
			 "continuing",
			 session->master, strerror(-err), VFG_LOG_PENDING_MAX);
	if (!err && losses->failures)
		vfg_note(directory,
			 "the flow log of %s is written again; %" PRIu64
			 " records were lost so far",
			 session->master, losses->lost);
	losses->failures = err ? losses->failures + 1 : 0;
	losses->error = err;
}

/* Too large files go; where the hour itself is too large, nothing more is written in it. */
static void prune(struct vfg_log_sink *sink, struct vfg_log_session *session, uint64_t now_ms)
{
	int64_t hour = vfg_log_hour(session->looked_ns / 1000000000);
	const bool large = session->file_bytes > sink->config->size_bytes && !sink->full;
	int err;

	if (hour == sink->pruned_hour && now_ms - sink->pruned_ms < PRUNE_MS && !large)
		return;
	sink->pruned_hour = hour;
	sink->pruned_ms = now_ms;
	err = vfg_log_file_prune(sink->config->directory, sink->config->format, hour,
				 sink->config->size_bytes);
	if (err == -ENOSPC && !sink->full)
		vfg_warn(sink->config->directory,
			 "this hour alone is more than log-size (%" PRIu64
			 " MiB); records are lost until the next, continuing",
			 sink->config->size_bytes >> 20);
	else if (err && err != -ENOSPC && err != -ENOENT)
		vfg_warn(sink->config->directory, "old hours cannot be removed: %s, continuing",
			 strerror(-err));
	sink->full = err == -ENOSPC;
}

static void write_files(struct vfg_log_sink *sink, struct vfg_log_session *session,
			const struct vfg_log_identity *identity)
{
	struct vfg_log_batch batch = batch_of(session, identity);
	int err;

	prune(sink, session, session->flushed_ms);
	if (sink->full) {
		vfg_log_session_lose(session, session->count);
		drop_rest(session);
		return;
	}
	vfg_log_sort(&batch);
	if (sink->config->format == VFG_LOG_NSG)
		err = write_nsg(sink, session, identity);
	else
		err = write_vnet(sink, session, identity);
	if (!err)
		err = vfg_log_summary_write(sink->config->directory, session);
	note_outcome(session, sink->config->directory, err);
}

static void note_journal(struct vfg_log_sink *sink, const struct vfg_log_session *session, int err)
{
	if (err && !sink->said_journal)
		vfg_warn("journal", "does not take the flow log: %s, continuing", strerror(-err));
	else if (!err && sink->said_journal)
		vfg_note("journal",
			 "takes the flow log again; %" PRIu64 " records of %s are not in it",
			 session->ledger.losses->unjournaled, session->master);
	sink->said_journal = err != 0;
}

/*
 * What the journal has not been told yet. It is not told again of what a file does not take, and
 * what it does not read in time is in the file; where there is none it waits.
 *
 * Return: records that it did not take.
 */
static uint64_t tell_journal(struct vfg_log_sink *sink, struct vfg_log_session *session,
			     const struct vfg_log_identity *identity)
{
	const bool alone = sink->config->format == VFG_LOG_OFF;
	struct vfg_log_batch batch = batch_of(session, identity);
	autojournal struct vfg_log_journal journal = {.fd = -1};
	bool any = session->told < session->count;
	uint64_t lost = 0;
	int err = 0, last;

	vfg_log_journal_open(&journal);
	for (; session->told < session->count; session->told++) {
		last = vfg_log_journal_send(&journal, &batch, &session->record[session->told]);
		err = last ? last : err;
		if (last == -EAGAIN && alone)
			break;
		lost += last != 0;
	}
	for (uint32_t rule = 0; rule < VFG_POLICY_RULES_MAX; rule++) {
		if (session->more[rule])
			vfg_log_journal_more(&journal, &batch, rule, session->more[rule]);
	}
	session->ledger.losses->unjournaled += lost;
	if (any)
		note_journal(sink, session, err);
	return lost;
}

void vfg_log_sink_write(struct vfg_log_sink *sink, struct vfg_log_session *session)
{
	struct vfg_log_identity identity =
		vfg_log_config_identity(sink->config, session->master, session->mac);
	uint64_t lost = 0;

	if (sink->config->journal)
		lost = tell_journal(sink, session, &identity);
	memset(session->more, 0, sizeof(session->more));
	if (sink->config->format != VFG_LOG_OFF) {
		write_files(sink, session, &identity);
		return;
	}
	vfg_log_session_written(session, session->told);
	vfg_log_session_lose(session, lost);
	session->ledger.losses->records -= lost;
}

void vfg_log_sink_write_due(struct vfg_log_sink *sink, struct vfg_log_session *session,
			    uint64_t now_ms)
{
	if (!vfg_log_write_due(now_ms - session->flushed_ms, sink->config->interval_s * 1000,
			       session->file_bytes))
		return;
	session->flushed_ms = now_ms;
	vfg_log_sink_write(sink, session);
}
