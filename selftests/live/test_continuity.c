/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VF is revoked and restored under traffic, again and again (selftests/churn, which counts by
 * itself), and the same with the fault planted that it is to find.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

/* TC off the master, whichever way it is on it. */
#define NO_TC                                                                                      \
	"'$inside tc qdisc del dev $master clsact 2>/dev/null; "                                   \
	"rm -f /sys/fs/bpf/vfguard/*/$master/tcin_*; true'"

enum { OUTPUT_BYTES = 16 << 10 };

static char output[OUTPUT_BYTES];

struct outcome {
	int status;
	int lines; /* of the result */
	uint64_t revocations, sent, judged_xdp, judged_tc, denied_delivered, unjudged;
	char cover_ms_p50[16];
};

static void read_line(const char *line, struct outcome *outcome)
{
	char name[32];

	if (sscanf(line,
		   "churn %31[^:]: revocations=%" SCNu64 " sent=%" SCNu64 " judged_xdp=%" SCNu64
		   " judged_tc=%" SCNu64 " denied_delivered=%" SCNu64 " unjudged=%" SCNu64
		   " cover_ms_p50=%15s",
		   name, &outcome->revocations, &outcome->sent, &outcome->judged_xdp,
		   &outcome->judged_tc, &outcome->denied_delivered, &outcome->unjudged,
		   outcome->cover_ms_p50) != 8)
		return;
	outcome->lines++;
	fputs(line, stdout);
	fflush(stdout);
}

static struct outcome churn(const char *arguments)
{
	struct outcome outcome = {};
	char build[256], command[1024], line[512];
	size_t used = 0;
	FILE *stream;
	ssize_t bytes = readlink("/proc/self/exe", build, sizeof(build) - 1);
	int status;

	cr_assert_gt(bytes, 0);
	build[bytes] = '\0';
	*strrchr(build, '/') = '\0';
	snprintf(command, sizeof(command), "BUILD=%s exec selftests/churn-host %s 2>&1 </dev/null",
		 build, arguments);
	stream = popen(command, "r");
	cr_assert_not_null(stream);
	while (fgets(line, sizeof(line), stream)) {
		read_line(line, &outcome);
		used += (size_t)snprintf(output + used, sizeof(output) - used, "%s", line);
		if (used >= sizeof(output))
			used = sizeof(output) - 1;
	}
	status = pclose(stream);
	outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return outcome;
}

static void expect_continuity(const struct outcome *outcome, uint64_t revocations)
{
	cr_expect(eq(int, outcome->status, 0), "%s", output);
	cr_expect(eq(int, outcome->lines, 1), "%s", output);
	cr_expect(ge(u64, outcome->revocations, revocations), "%s", output);
	cr_expect(gt(u64, outcome->sent, 0));
	cr_expect(gt(u64, outcome->judged_xdp, 0));
	cr_expect(gt(u64, outcome->judged_tc, 0));
	cr_expect(eq(u64, outcome->denied_delivered, 0), "%s", output);
	cr_expect(eq(u64, outcome->unjudged, 0), "%s", output);
}

/* Alone a fifth of the time would do; the machine may be busy. */
TestSuite(continuity, .timeout = 600);

Test(continuity, a_thousand_revocations)
{
	struct outcome outcome = churn("--case host --times 1000 --pause 5-30");

	expect_continuity(&outcome, 1000);
	cr_expect(ne(str, outcome.cover_ms_p50, "none"), "%s", output);
}

Test(continuity, the_daemon_is_killed_at_any_moment)
{
	struct outcome outcome =
		churn("--case host-killed --daemon killed --times 200 --pause 5-30");

	expect_continuity(&outcome, 200);
}

Test(continuity, the_daemon_is_stopped_throughout)
{
	struct outcome outcome =
		churn("--case host-stopped --daemon stopped --times 200 --pause 5-30");

	expect_continuity(&outcome, 200);
	cr_expect(eq(str, outcome.cover_ms_p50, "none"), "%s", output);
}

Test(continuity, a_flapping_vf_leaves_nothing_behind)
{
	struct outcome outcome = churn("--flap --case host-flap --seconds 10 --pause 0-5");

	expect_continuity(&outcome, 20);
}

Test(continuity, a_window_without_tc_is_found)
{
	struct outcome outcome = churn("--case host-fault --daemon stopped --times 10 "
				       "--fault " NO_TC);

	cr_expect(eq(int, outcome.status, 1), "%s", output);
	cr_expect(eq(int, outcome.lines, 1), "%s", output);
	cr_expect(gt(u64, outcome.denied_delivered, 0), "%s", output);
	cr_expect(gt(u64, outcome.unjudged, 0), "%s", output);
}

/* All flows are judged again: their next packets open them once more. */
Test(continuity, flows_that_are_lost_are_found)
{
	struct outcome outcome =
		churn("--case host-flush --times 5 --fault '$inside vfguard apply $master -p "
		      "$here/churn-policy.json --tag VirtualNetwork=203.0.113.0/24 --flush'");

	cr_expect(eq(int, outcome.status, 1), "%s", output);
	cr_expect(eq(int, outcome.lines, 1), "%s", output);
	cr_expect(ne(ptr, strstr(output, " outbound flows were opened by 2"), NULL), "%s", output);
}

/* The daemon puts TC back within milliseconds, and XDP covers the other path meanwhile. */
Test(continuity, a_short_window_without_tc_is_found)
{
	struct outcome outcome = churn("--case host-window --times 20 --fault " NO_TC);

	cr_expect(eq(int, outcome.status, 1), "%s", output);
	cr_expect(eq(int, outcome.lines, 1), "%s", output);
	cr_expect(ne(ptr, strstr(output, " past TC"), NULL), "%s", output);
}
