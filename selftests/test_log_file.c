/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of flow logs: where they stand, how they grow, which have to go. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <json-c/json.h>

#include "../loader/log_file.h"
#include "../loader/log_pipe.h"

#define FLOW_LOG                                                                                   \
	"/SUBSCRIPTIONS/11111111-2222-3333-4444-555555555555/RESOURCEGROUPS/NETWORKWATCHERRG/"     \
	"PROVIDERS/MICROSOFT.NETWORK/NETWORKWATCHERS/NETWORKWATCHER_WESTEUROPE/FLOWLOGS/WEB"
#define NSG                                                                                        \
	"/SUBSCRIPTIONS/S/RESOURCEGROUPS/R/PROVIDERS/MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WEB"
#define HOUR_OF "y=2026/m=03/d=01/h=09/m=00/macAddress=000D3A005301/PT1H.json"

enum { AT = 1772355605 }; /* 2026-03-01T09:00:05Z */

static char folder[] = "/tmp/vfg-log-XXXXXX";
static char path[VFG_LOG_PATH_MAX];

static void set_up(void)
{
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/a/b/PT1H.json", folder);
}

static void tear_down(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	cr_assert(zero(int, system(command)));
}

TestSuite(log_file, .init = set_up, .fini = tear_down, .timeout = 120);

static const char *path_for(enum vfg_log_format format, const char *id, uint64_t time_s)
{
	static char text[VFG_LOG_PATH_MAX];
	const struct vfg_log_place place = {"/l", format, id, time_s, "000D3A005301"};

	vfg_log_path(&place, text);
	return text;
}

Test(log_file, stand_where_the_platform_puts_them)
{
	cr_expect(eq(str, (char *)path_for(VFG_LOG_VNET, FLOW_LOG, AT),
		     "/l/insights-logs-flowlogflowevent/flowLogResourceID=/"
		     "11111111-2222-3333-4444-555555555555_NETWORKWATCHERRG/"
		     "NETWORKWATCHER_WESTEUROPE_WEB/" HOUR_OF));
	cr_expect(eq(str, (char *)path_for(VFG_LOG_NSG, NSG, AT),
		     "/l/insights-logs-networksecuritygroupflowevent/resourceId=" NSG "/" HOUR_OF));
	cr_expect(eq(str, (char *)path_for(VFG_LOG_VNET, "/X//../.", AT),
		     "/l/insights-logs-flowlogflowevent/flowLogResourceID=/X/_/_/" HOUR_OF));
}

Test(log_file, an_hour_has_one_file_and_the_next_another)
{
	char before[VFG_LOG_PATH_MAX];

	snprintf(before, sizeof(before), "%s", path_for(VFG_LOG_NSG, NSG, AT));
	cr_expect(eq(str, (char *)path_for(VFG_LOG_NSG, NSG, AT - 5), before));
	cr_expect(eq(str, (char *)path_for(VFG_LOG_NSG, NSG, AT + 3594), before));
	cr_expect(ne(str, (char *)path_for(VFG_LOG_NSG, NSG, AT + 3595), before));
	cr_expect(ne(str, (char *)path_for(VFG_LOG_NSG, NSG, AT - 6), before));
	for (uint64_t time = AT; time < AT + 40ULL * 365 * 86400; time += 999983)
		cr_expect(eq(i64, vfg_log_path_hour(path_for(VFG_LOG_NSG, NSG, time)),
			     vfg_log_hour(time)));
}

Test(log_file, what_is_not_of_the_scheme_has_no_hour)
{
	static const char *const others[] = {
		"/l/PT1H.json",
		"/l/y=2026/m=03/d=01/h=09/m=00/macAddress=000D3A005301/PT1H.json.damaged",
		"/l/y=2026/m=03/d=01/h=09/m=00/macAddress=000D3A00530/PT1H.json",
		"/l/y=2026/m=03/d=01/h=09/m=01/macAddress=000D3A005301/PT1H.json",
		"/l/y=2026/m=03/d=01/m=00/macAddress=000D3A005301/PT1H.json",
		"/l/y=2026/m=03/d=01/h=09/m=00/macAddress=000D3A005301/x/PT1H.json",
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect(eq(i64, vfg_log_path_hour(others[i]), -1), "%s", others[i]);
}

Test(log_file, the_oldest_hours_go_and_never_the_one_that_is_written)
{
	struct vfg_log_kept kept[] = {
		{"c", 12, 100}, {"a", 10, 100}, {"d", 13, 100}, {"b", 11, 100}, {"e", 13, 100}};

	cr_expect(eq(sz, vfg_log_prune(kept, 5, 13, 500), 0));
	cr_expect(eq(sz, vfg_log_prune(kept, 5, 13, 499), 1));
	cr_expect(eq(str, kept[0].path, "a"));
	cr_expect(eq(sz, vfg_log_prune(kept, 5, 13, 250), 3));
	cr_expect(eq(sz, vfg_log_prune(kept, 5, 13, 0), 3));
	cr_expect(eq(sz, vfg_log_prune(NULL, 0, 13, 0), 0));
}

Test(log_file, a_large_file_is_written_less_often)
{
	cr_expect(not(vfg_log_write_due(999, 1000, 0)));
	cr_expect(vfg_log_write_due(1000, 1000, 0));
	cr_expect(vfg_log_write_due(1000, 1000, 8000000));
	cr_expect(not(vfg_log_write_due(1000, 1000, 80 << 20)));
	cr_expect(vfg_log_write_due(10240, 1000, 80 << 20));
}

/* Number of elements of records[]; -1 where it is no such document. */
static int elements_of(const char *file)
{
	struct json_object *root = json_object_from_file(file), *records;
	int count = -1;

	if (root && json_object_object_get_ex(root, "records", &records))
		count = (int)json_object_array_length(records);
	json_object_put(root);
	return count;
}

static int append(const char *text)
{
	uint64_t bytes;
	int err = vfg_log_file_append(path, text, strlen(text), &bytes);

	if (!err)
		cr_expect(eq(u64, bytes, vfg_log_file_bytes(path)));
	return err;
}

Test(log_file, a_file_grows_by_elements)
{
	for (int i = 1; i <= 5; i++) {
		cr_assert(zero(int, append("{\"a\":1}")));
		cr_expect(eq(int, elements_of(path), i));
	}
}

Test(log_file, a_damaged_file_is_set_aside_and_another_begun)
{
	char aside[VFG_LOG_PATH_MAX + 16];

	cr_assert(zero(int, append("{}")));
	cr_assert(zero(int, truncate(path, (off_t)vfg_log_file_bytes(path) - 1)));
	cr_assert(zero(int, append("{}")));
	cr_expect(eq(int, elements_of(path), 1));
	snprintf(aside, sizeof(aside), "%s.damaged", path);
	cr_expect(gt(u64, vfg_log_file_bytes(aside), 0));
	cr_assert(zero(int, unlink(path)));
	cr_assert(zero(int, symlink("/etc/hostname", path)));
	cr_assert(zero(int, append("{}")));
	cr_expect(eq(int, elements_of(path), 1));
}

Test(log_file, without_room_the_file_stays_as_it_was)
{
	const struct rlimit limit = {100000, 100000};
	char *large = malloc(200001);

	memset(large, ' ', 200000);
	large[200000] = '\0';
	large[0] = '1';
	cr_assert(zero(int, append("{}")));
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	cr_expect(eq(int, append(large), -EFBIG));
	cr_expect(eq(int, elements_of(path), 1));
	cr_expect(zero(int, append("{}")));
	cr_expect(eq(int, elements_of(path), 2));
	free(large);
}

/* One element of 64 KiB, so that a file is many writes long. */
static void grow_for_ever(void)
{
	static char text[64 << 10];

	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[sizeof(text) - 1] = '}';
	for (;;) {
		uint64_t bytes;

		if (vfg_log_file_append(path, text, sizeof(text), &bytes) || bytes > 8 << 20)
			unlink(path);
	}
}

static pid_t start_growing(void)
{
	pid_t pid = fork();

	if (pid == 0)
		grow_for_ever();
	cr_assert(gt(int, pid, 0));
	return pid;
}

static void expect_whole_or_absent(void)
{
	int elements = elements_of(path);

	cr_expect(elements > 0 || access(path, F_OK) != 0, "%d", elements);
}

Test(log_file, a_reader_never_sees_half_a_document)
{
	pid_t pid = start_growing();
	int seen = 0;

	while (seen < 300) { /* or the suite's time is up */
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		struct json_object *root = fd < 0 ? NULL : json_object_from_fd(fd);

		cr_expect(fd < 0 || root != NULL);
		seen += fd >= 0;
		json_object_put(root);
		if (fd >= 0)
			close(fd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

Test(log_file, killed_in_the_middle_of_a_write_it_leaves_a_whole_document)
{
	unsigned int seed = (unsigned int)getpid();

	for (int i = 0; i < 40; i++) {
		pid_t pid = start_growing();

		usleep(1000 + (useconds_t)rand_r(&seed) % 30000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		expect_whole_or_absent();
		cr_assert(zero(int, append("{}")), "seed %u", seed);
		cr_expect(gt(int, elements_of(path), 0), "seed %u", seed);
	}
}

static void make_hour(uint64_t time_s, size_t bytes, char *ret_path)
{
	const struct vfg_log_place place = {folder, VFG_LOG_VNET, FLOW_LOG, time_s, "000D3A005301"};
	char *text = calloc(1, bytes + 1);
	uint64_t now;

	memset(text, '0', bytes);
	vfg_log_path(&place, ret_path);
	cr_assert(zero(int, vfg_log_file_append(ret_path, text, bytes, &now)));
	free(text);
}

static int prune(uint64_t limit_bytes)
{
	return vfg_log_file_prune(folder, VFG_LOG_VNET, vfg_log_hour(AT), limit_bytes);
}

Test(log_file, old_hours_are_removed_with_their_folders_and_nothing_else)
{
	char hour[4][VFG_LOG_PATH_MAX], other[VFG_LOG_PATH_MAX + 8], *slash;

	cr_expect(zero(int, prune(1)));
	for (int i = 0; i < 4; i++)
		make_hour(AT - (uint64_t)i * 86400, 10000, hour[i]);
	snprintf(other, sizeof(other), "%s.mine", hour[2]);
	cr_assert(zero(int, close(open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600))));
	cr_expect(zero(int, prune(50000)));
	cr_expect(gt(u64, vfg_log_file_bytes(hour[3]), 0));
	cr_expect(zero(int, prune(15000)));
	for (int i = 1; i < 4; i++)
		cr_expect(zero(u64, vfg_log_file_bytes(hour[i])));
	cr_expect(gt(u64, vfg_log_file_bytes(hour[0]), 0));
	cr_expect(zero(int, access(other, F_OK)));
	slash = strstr(hour[3], "/h=");
	*slash = '\0';
	cr_expect(ne(int, access(hour[3], F_OK), 0), "%s is empty", hour[3]);
	cr_expect(eq(int, prune(5000), -ENOSPC));
	cr_expect(gt(u64, vfg_log_file_bytes(hour[0]), 0));
}

/* ---- standard output ---- */

static const char line[] = "0123456789012345678901234567890123456789012345678901234567890\n";

Test(log_file, a_reader_that_is_too_slow_loses_records_and_holds_up_nothing)
{
	struct vfg_log_pipe to;
	struct timespec begun, ended;
	uint64_t put = 0;
	char buffer[65536];
	ssize_t got, sum = 0;
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	cr_assert(zero(int, vfg_log_pipe_open(ends[1], &to)));
	clock_gettime(CLOCK_MONOTONIC, &begun);
	for (; put < 100000; put++) {
		vfg_log_pipe_put(&to, line, sizeof(line) - 1, 1);
		if (put % 1000 == 0)
			vfg_log_pipe_flush(&to);
	}
	clock_gettime(CLOCK_MONOTONIC, &ended);
	cr_expect(lt(i64, ended.tv_sec - begun.tv_sec, 30));
	cr_expect(gt(u64, to.lost, 0));
	cr_expect(eq(u64, to.records + to.lost, put));
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	while ((got = read(ends[0], buffer, sizeof(buffer))) > 0) {
		sum += got;
		vfg_log_pipe_flush(&to);
	}
	cr_expect(eq(u64, (uint64_t)sum, to.records * (sizeof(line) - 1)), "all whole");
	close(ends[0]);
	signal(SIGPIPE, SIG_IGN);
	vfg_log_pipe_put(&to, line, sizeof(line) - 1, 1);
	vfg_log_pipe_flush(&to);
	cr_expect(to.closed);
	vfg_log_pipe_close(&to);
	close(ends[1]);
}

/* O_NONBLOCK is of the open file, which others share. */
Test(log_file, whoever_shares_standard_output_notices_nothing)
{
	struct vfg_log_pipe to;
	int ends[2];

	cr_assert(zero(int, pipe(ends)));
	cr_assert(zero(int, vfg_log_pipe_open(ends[1], &to)));
	cr_expect(zero(int, fcntl(ends[1], F_GETFL) & O_NONBLOCK));
	cr_expect(ne(int, fcntl(to.fd, F_GETFL) & O_NONBLOCK, 0));
	vfg_log_pipe_close(&to);
}
