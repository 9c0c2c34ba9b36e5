/* SPDX-License-Identifier: GPL-2.0-only */
/* What all formats of a flow log share: the order of records, time, addresses, strings. Pure. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>

#include "log_format.h"

static int order(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* By list, rule, time, state: B of a flow comes before its E of the same moment. */
static int compare(const void *left, const void *right, void *names)
{
	const struct vfg_log_record *a = left, *b = right;
	const struct vfg_log_list *in = vfg_log_names_list(names, a->rule);
	const struct vfg_log_list *other = vfg_log_names_list(names, b->rule);
	int by = order((uintptr_t)in, (uintptr_t)other);

	if (!by)
		by = order(a->rule, b->rule);
	if (!by)
		by = order(a->time_ms, b->time_ms);
	return by ? by : order(a->state, b->state);
}

void vfg_log_sort(struct vfg_log_batch *batch)
{
	qsort_r(batch->record, batch->count, sizeof(*batch->record), compare, (void *)batch->names);
}

void vfg_log_write_string(FILE *to, const char *text)
{
	fputc('"', to);
	for (; *text; text++) {
		unsigned char letter = (unsigned char)*text;

		if (letter == '"' || letter == '\\')
			fprintf(to, "\\%c", letter);
		else if (letter < 0x20)
			fprintf(to, "\\u%04x", letter);
		else
			fputc(letter, to);
	}
	fputc('"', to);
}

void vfg_log_time(uint64_t time_ns, char ret_text[VFG_LOG_TIME_BYTES])
{
	time_t seconds = (time_t)(time_ns / 1000000000);
	unsigned int fraction = (unsigned int)(time_ns % 1000000000 / 100);
	struct tm parts = {};
	char text[VFG_LOG_TIME_BYTES];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(ret_text, VFG_LOG_TIME_BYTES, "%.20s.%07uZ", text, fraction % 10000000);
}

void vfg_log_address(uint8_t family, const uint8_t *address, char ret_text[VFG_LOG_ADDRESS_BYTES])
{
	inet_ntop(family == VFG_IPV4 ? AF_INET : AF_INET6, address, ret_text,
		  VFG_LOG_ADDRESS_BYTES);
}
