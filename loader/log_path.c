/* SPDX-License-Identifier: GPL-2.0-only */
/* Spells and reads the platform's folder names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log_path.h"

enum { WRITE_BYTES_PER_MS = 8192 };

const char *vfg_log_path_container(enum vfg_log_format format)
{
	return format == VFG_LOG_NSG ? "insights-logs-networksecuritygroupflowevent"
				     : "insights-logs-flowlogflowevent";
}

/* Names come from policies and settings: none of them leads out of the folder. */
static void append_part(char *path, const char *part, size_t length)
{
	size_t used = strlen(path);

	if (!length || (length == 1 && part[0] == '.') ||
	    (length == 2 && part[0] == '.' && part[1] == '.')) {
		part = "_";
		length = 1;
	}
	snprintf(path + used, VFG_LOG_PATH_MAX - used, "/%.*s", (int)length, part);
	for (char *letter = path + used; *letter; letter++) {
		if ((unsigned char)*letter < 0x20)
			*letter = '_';
	}
}

static void append_id(char *path, const char *id)
{
	for (id += strspn(id, "/"); *id; id += strspn(id, "/")) {
		size_t length = strcspn(id, "/");

		append_part(path, id, length);
		id += length;
	}
}

/* SUBSCRIPTION_GROUP/WATCHER_LOG, of a flow log's id; any other id as it is. */
static void append_flow_log(char *path, const char *id)
{
	char subscription[128], group[128], watcher[128], log[128], part[260];
	int end = 0;

	if (sscanf(id,
		   "/SUBSCRIPTIONS/%127[^/]/RESOURCEGROUPS/%127[^/]/PROVIDERS/MICROSOFT.NETWORK/"
		   "NETWORKWATCHERS/%127[^/]/FLOWLOGS/%127[^/]%n",
		   subscription, group, watcher, log, &end) != 4 ||
	    id[end]) {
		append_id(path, id);
		return;
	}
	snprintf(part, sizeof(part), "%s_%s", subscription, group);
	append_part(path, part, strlen(part));
	snprintf(part, sizeof(part), "%s_%s", watcher, log);
	append_part(path, part, strlen(part));
}

void vfg_log_path(const struct vfg_log_place *place, char ret_path[VFG_LOG_PATH_MAX])
{
	const bool nsg = place->format == VFG_LOG_NSG;
	time_t seconds = (time_t)place->time_s;
	struct tm parts = {};
	size_t used;

	gmtime_r(&seconds, &parts);
	snprintf(ret_path, VFG_LOG_PATH_MAX, "%.255s/%s/%s", place->directory,
		 vfg_log_path_container(place->format), nsg ? "resourceId=" : "flowLogResourceID=");
	if (nsg)
		append_id(ret_path, place->id);
	else
		append_flow_log(ret_path, place->id);
	used = strlen(ret_path);
	snprintf(ret_path + used, VFG_LOG_PATH_MAX - used,
		 "/y=%04d/m=%02d/d=%02d/h=%02d/m=00/macAddress=%s/PT1H.json", parts.tm_year + 1900,
		 parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, place->mac);
}

int64_t vfg_log_path_hour(const char *path)
{
	const char *year = NULL;
	struct tm parts = {};
	int mac = 0, end = 0;

	for (const char *at = path; (at = strstr(at, "/y=")); at++)
		year = at;
	if (!year ||
	    sscanf(year, "/y=%4d/m=%2d/d=%2d/h=%2d/m=00/macAddress=%n%*12[0-9A-F]/PT1H.json%n",
		   &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour, &mac,
		   &end) != 4 ||
	    !end || year[end] || year[mac + VFG_LOG_MAC_BYTES - 1] != '/')
		return -1;
	parts.tm_year -= 1900;
	parts.tm_mon -= 1;
	return (int64_t)timegm(&parts) / 3600;
}

static int by_hour(const void *left, const void *right)
{
	const struct vfg_log_kept *a = left, *b = right;

	if (a->hour != b->hour)
		return a->hour < b->hour ? -1 : 1;
	return strcmp(a->path, b->path);
}

size_t vfg_log_prune(struct vfg_log_kept *kept, size_t count, int64_t now, uint64_t limit_bytes)
{
	uint64_t sum = 0;
	size_t gone = 0;

	if (count)
		qsort(kept, count, sizeof(*kept), by_hour);
	for (size_t i = 0; i < count; i++)
		sum += kept[i].bytes;
	while (gone < count && sum > limit_bytes && kept[gone].hour < now)
		sum -= kept[gone++].bytes;
	return gone;
}

bool vfg_log_write_due(uint64_t since_ms, uint32_t interval_ms, uint64_t bytes)
{
	return since_ms >= interval_ms && since_ms >= bytes / WRITE_BYTES_PER_MS;
}
