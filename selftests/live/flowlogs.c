/* SPDX-License-Identifier: GPL-2.0-only */
/* Finds and adds up what a guest's daemon has logged. */
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../../loader/log_ledger.h"
#include "flowlogs.h"

enum {
	PATIENCE_MS = 30000,
	STEP_MS = 100,
	FIRST_LOOK_US = 1500000, /* which takes over what is there */
	FRAME_BYTES = 43,	 /* of one byte by UDP */
};

static void add(struct vfg_flowlogs *logs, const char *path)
{
	struct vfg_flowlog one;
	size_t count = logs->log.count;

	cr_assert(vfg_flowlog_read_file(path, &one), "%s: %s", path, one.fault);
	if (one.count) {
		logs->log.tuple =
			reallocarray(logs->log.tuple, count + one.count, sizeof(*logs->log.tuple));
		cr_assert_not_null(logs->log.tuple);
		memcpy(logs->log.tuple + count, one.tuple, one.count * sizeof(*one.tuple));
	}
	logs->log.count += one.count;
	logs->log.records += one.records;
	logs->files++;
	vfg_flowlog_free(&one);
}

void vfg_flowlogs_read(const struct vfg_guest *guest, struct vfg_flowlogs *logs)
{
	char root[96];
	char *const roots[] = {root, NULL};
	const FTSENT *entry;
	FTS *walk;

	vfg_flowlogs_free(logs);
	snprintf(root, sizeof(root), "%s/logs", guest->folder);
	walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	cr_assert_not_null(walk);
	while ((entry = fts_read(walk))) {
		if (entry->fts_info == FTS_F && !strcmp(entry->fts_name, "PT1H.json"))
			add(logs, entry->fts_path);
	}
	fts_close(walk);
}

void vfg_flowlogs_free(struct vfg_flowlogs *logs)
{
	vfg_flowlog_free(&logs->log);
	*logs = (struct vfg_flowlogs){};
}

static bool goes_with(const struct vfg_flowlog_tuple *tuple, const struct vfg_flowlogs_query *query)
{
	return (!query->state || tuple->state == query->state) &&
	       (!query->protocol || tuple->protocol == query->protocol) &&
	       (!query->source_port || tuple->source_port == query->source_port) &&
	       (!query->destination_port || tuple->destination_port == query->destination_port) &&
	       (!query->rule || !strcmp(tuple->rule, query->rule));
}

struct vfg_flowlogs_sum vfg_flowlogs_find(const struct vfg_flowlogs *logs,
					  const struct vfg_flowlogs_query *query)
{
	struct vfg_flowlogs_sum sum = {};

	for (size_t i = 0; i < logs->log.count; i++) {
		const struct vfg_flowlog_tuple *tuple = &logs->log.tuple[i];

		if (!goes_with(tuple, query))
			continue;
		sum.tuples++;
		for (int way = 0; way < 2; way++) {
			sum.packets[way] += tuple->packets[way];
			sum.bytes[way] += tuple->bytes[way];
		}
	}
	return sum;
}

bool vfg_flowlogs_await(const struct vfg_guest *guest, struct vfg_flowlogs *logs,
			const struct vfg_flowlogs_query *query, uint64_t tuples)
{
	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		vfg_flowlogs_read(guest, logs);
		if (vfg_flowlogs_find(logs, query).tuples >= tuples)
			return true;
		usleep(STEP_MS * 1000);
	}
	return false;
}

void vfg_flowlogs_await_packets(const struct vfg_guest *guest, struct vfg_flowlogs *logs,
				uint16_t port, uint64_t packets)
{
	const struct vfg_flowlogs_query query = {.protocol = 17, .destination_port = port};
	struct vfg_flowlogs_sum sum = {};

	for (int waited = 0; waited < PATIENCE_MS && sum.packets[0] < packets; waited += STEP_MS) {
		usleep(STEP_MS * 1000);
		vfg_flowlogs_read(guest, logs);
		sum = vfg_flowlogs_find(logs, &query);
	}
	cr_expect(eq(u64, sum.packets[0], packets));
	cr_expect(eq(u64, sum.bytes[0], packets * FRAME_BYTES));
}

bool vfg_flowlogs_are_kept(const struct vfg_guest *guest)
{
	struct vfg_log_losses losses;

	return vfg_log_losses(guest->master, &losses) == 0;
}

void vfg_flowlogs_start(struct vfg_service_run *run, struct vfg_guest *guest, const char *settings)
{
	vfg_service_settings(guest, "log-directory = %s/logs\nlog-interval = 1\n%s", guest->folder,
			     settings);
	vfg_service_start(run, guest);
	for (int waited = 0; waited < PATIENCE_MS && !vfg_flowlogs_are_kept(guest);
	     waited += STEP_MS)
		usleep(STEP_MS * 1000);
	cr_assert(vfg_flowlogs_are_kept(guest));
	usleep(FIRST_LOOK_US);
}

static struct json_object *of_rule(struct json_object *summary, const char *rule)
{
	struct json_object *denied = NULL, *name;

	json_object_object_get_ex(summary, "denied", &denied);
	for (size_t i = 0; denied && i < json_object_array_length(denied); i++) {
		struct json_object *one = json_object_array_get_idx(denied, i);

		if (json_object_object_get_ex(one, "rule", &name) &&
		    !strcmp(json_object_get_string(name), rule))
			return one;
	}
	return NULL;
}

int64_t vfg_flowlogs_summary(const struct vfg_guest *guest, const char *rule, const char *member)
{
	struct json_object *summary, *from, *value;
	int64_t number = -1;
	char path[128];

	snprintf(path, sizeof(path), "%s/logs/%s.summary.json", guest->folder, guest->master);
	summary = json_object_from_file(path);
	from = summary && rule ? of_rule(summary, rule) : summary;
	if (from && json_object_object_get_ex(from, member, &value))
		number = json_object_get_int64(value);
	json_object_put(summary);
	return number;
}
