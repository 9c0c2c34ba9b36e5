/* SPDX-License-Identifier: GPL-2.0-only */
/* Sums up what a flow log has and what it has not, by rule. */
#include <errno.h>
#include <inttypes.h>

#include "cleanup.h"
#include "log_file.h"
#include "log_summary.h"

static void print_rules(FILE *to, const struct vfg_log_session *session)
{
	bool any = false;

	for (uint32_t id = 0; id < VFG_POLICY_RULES_MAX; id++) {
		const struct vfg_log_denied *denied = &session->ledger.denied[id];
		const struct vfg_log_list *list = vfg_log_names_list(&session->names, id);

		if (!denied->seen && !denied->told)
			continue;
		fprintf(to, "%s\n    {\"list\": ", any ? "," : "");
		vfg_log_write_string(to, list ? list->name : "");
		fprintf(to, ", \"rule\": ");
		vfg_log_write_string(to, vfg_log_names_rule(&session->names, id));
		fprintf(to, ", \"listed\": %" PRIu64 ", \"more\": %" PRIu64 "}", denied->seen,
			denied->told);
		any = true;
	}
}

void vfg_log_summary_print(FILE *to, const struct vfg_log_session *session)
{
	const struct vfg_log_losses *losses = session->ledger.losses;
	char time[VFG_LOG_TIME_BYTES];

	vfg_log_time(session->looked_ns, time);
	fprintf(to, "{\n  \"time\": \"%s\",\n  \"master\": ", time);
	vfg_log_write_string(to, session->master);
	fprintf(to,
		",\n  \"recordsWritten\": %" PRIu64 ",\n  \"recordsLost\": %" PRIu64
		",\n  \"recordsNotInJournal\": %" PRIu64 ",\n  \"flowsMissed\": %" PRIu64
		",\n  \"endsMissed\": %" PRIu64 ",\n  \"flowsUntracked\": %" PRIu64
		",\n  \"deniedPacketsMore\": %" PRIu64 ",\n  \"deniedPacketsOverwritten\": %" PRIu64
		",\n  \"denied\": [",
		losses->records, losses->lost, losses->unjournaled, losses->missed.flows,
		losses->missed.ends, losses->missed.untracked, losses->more, losses->overwritten);
	print_rules(to, session);
	fprintf(to, "\n  ]\n}\n");
}

int vfg_log_summary_write(const char *directory, const struct vfg_log_session *session)
{
	char path[VFG_LOG_PATH_MAX];
	autofree char *text = NULL;
	size_t bytes = 0;
	FILE *stream = open_memstream(&text, &bytes);

	if (!stream)
		return -ENOMEM;
	vfg_log_summary_print(stream, session);
	if (fclose(stream) != 0)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%.255s/%s.summary.json", directory, session->master);
	return vfg_log_file_replace(path, text, bytes);
}
