/* SPDX-License-Identifier: GPL-2.0-only */
/* Spells metrics as OpenMetrics, or Prometheus' older format, wants them. */
#include <inttypes.h>
#include <string.h>

#include "openmetrics.h"

static bool is_counter(const struct vfg_metric *metric)
{
	return !strcmp(metric->type, "counter");
}

void vfg_openmetrics_head(const struct vfg_exposition *to, const struct vfg_metric *metric)
{
	const char *suffix = to->is_prometheus && is_counter(metric) ? "_total" : "";

	fprintf(to->to, "# TYPE %s%s %s\n", metric->name, suffix, metric->type);
	if (metric->unit && !to->is_prometheus)
		fprintf(to->to, "# UNIT %s %s\n", metric->name, metric->unit);
	fprintf(to->to, "# HELP %s%s %s\n", metric->name, suffix, metric->help);
}

/* How many bytes of a text are one character of UTF-8: 0 where they are none (RFC 3629). */
static size_t character_bytes(const char *text)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t bytes = byte[0] < 0x80	? 1
		       : byte[0] < 0xc2 ? 0
		       : byte[0] < 0xe0 ? 2
		       : byte[0] < 0xf0 ? 3
		       : byte[0] < 0xf5 ? 4
					: 0;

	for (size_t i = 1; i < bytes; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
	}
	/* too long for what they say, surrogates, beyond the last character */
	if ((byte[0] == 0xe0 && byte[1] < 0xa0) || (byte[0] == 0xed && byte[1] > 0x9f) ||
	    (byte[0] == 0xf0 && byte[1] < 0x90) || (byte[0] == 0xf4 && byte[1] > 0x8f))
		return 0;
	return bytes;
}

static void write_value(FILE *to, const char *text)
{
	size_t bytes;

	putc('"', to);
	for (; *text; text += bytes ? bytes : 1) {
		bytes = character_bytes(text);
		if (*text == '"' || *text == '\\')
			putc('\\', to);
		if (*text == '\n')
			fputs("\\n", to);
		else
			fprintf(to, "%.*s", bytes ? (int)bytes : 1, bytes ? text : "?");
	}
	putc('"', to);
}

static void write_series(const struct vfg_exposition *to, const struct vfg_metric *metric,
			 const struct vfg_label *labels)
{
	fprintf(to->to, "%s%s", metric->name, is_counter(metric) ? "_total" : "");
	for (size_t i = 0; labels[i].name; i++) {
		fprintf(to->to, "%c%s=", i ? ',' : '{', labels[i].name);
		write_value(to->to, labels[i].value);
	}
	fputs(labels[0].name ? "} " : " ", to->to);
}

void vfg_openmetrics_sample(const struct vfg_exposition *to, const struct vfg_metric *metric,
			    const struct vfg_label *labels, uint64_t value)
{
	write_series(to, metric, labels);
	fprintf(to->to, "%" PRIu64 "\n", value);
}

void vfg_openmetrics_sample_micro(const struct vfg_exposition *to, const struct vfg_metric *metric,
				  const struct vfg_label *labels, uint64_t micro)
{
	write_series(to, metric, labels);
	fprintf(to->to, "%" PRIu64 ".%06" PRIu64 "\n", micro / 1000000, micro % 1000000);
}

void vfg_openmetrics_end(const struct vfg_exposition *to)
{
	if (!to->is_prometheus)
		fputs("# EOF\n", to->to);
}
