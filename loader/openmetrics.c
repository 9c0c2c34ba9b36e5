/* SPDX-License-Identifier: GPL-2.0-only */
/* Spells metrics as OpenMetrics wants them. */
#include <inttypes.h>
#include <string.h>

#include "openmetrics.h"

void vfg_openmetrics_head(FILE *to, const struct vfg_metric *metric)
{
	fprintf(to, "# TYPE %s %s\n", metric->name, metric->type);
	if (metric->unit)
		fprintf(to, "# UNIT %s %s\n", metric->name, metric->unit);
	fprintf(to, "# HELP %s %s\n", metric->name, metric->help);
}

static void write_value(FILE *to, const char *text)
{
	putc('"', to);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', to);
		if (*text == '\n')
			fputs("\\n", to);
		else
			putc(*text, to);
	}
	putc('"', to);
}

void vfg_openmetrics_sample(FILE *to, const struct vfg_metric *metric,
			    const struct vfg_label *labels, uint64_t value)
{
	fprintf(to, "%s%s", metric->name, strcmp(metric->type, "counter") ? "" : "_total");
	for (size_t i = 0; labels[i].name; i++) {
		fprintf(to, "%c%s=", i ? ',' : '{', labels[i].name);
		write_value(to, labels[i].value);
	}
	fprintf(to, "%s %" PRIu64 "\n", labels[0].name ? "}" : "", value);
}

void vfg_openmetrics_end(FILE *to)
{
	fputs("# EOF\n", to);
}
