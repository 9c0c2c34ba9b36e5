/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arguments: sources and options of a policy, questions to it, and the lines of batch files.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "fixture.h"

enum {
	WORDS_MAX = 12,
};

static struct vfg_arena *arena;

static void set_up(void)
{
	arena = vfg_arena_new(1 << 20);
	cr_assert(arena);
}

static void tear_down(void)
{
	vfg_arena_free(arena);
}

TestSuite(options, .init = set_up, .fini = tear_down);

/* Every file holds its own name; "missing" cannot be read. */
static int read_name(struct vfg_arena *to, const char *file, const char **ret_text,
		     size_t *ret_bytes)
{
	if (!strcmp(file, "missing"))
		return -ENOENT;
	*ret_text = vfg_arena_strndup(to, file, strlen(file));
	*ret_bytes = strlen(file);
	return 0;
}

static int split(const char *line, char *argv[WORDS_MAX])
{
	char *copy = vfg_arena_strndup(arena, line, strlen(line)), *word;
	int argc = 0;

	while ((word = strsep(&copy, " "))) {
		cr_assert(argc < WORDS_MAX);
		argv[argc++] = word;
	}
	return argc;
}

/* Return: the first answer that is not 1, else 1. */
static int take_all(struct vfg_options *options, const char *line, const char **ret_problem)
{
	char *argv[WORDS_MAX];
	int argc = split(line, argv), index = 0, taken = 1;

	*options = (struct vfg_options){.arena = arena, .read = read_name};
	while (taken == 1 && index < argc)
		taken = vfg_options_take(options, argc, argv, &index, ret_problem);
	return taken;
}

static const struct {
	const char *line;
	int taken;
	const char *problem;
} lines[] = {
	{"--nic-nsg a", 1, NULL},
	{"--nic-nsg=a --lenient", 1, NULL},
	{"--tag A=1.2.3.4 --tag=B=::/0", 1, NULL},
	{"--platform none", 1, NULL},
	{"--admin-rules a --nic b --parameters c --param d=e", 1, NULL},
	{"--nic-nsg", -EINVAL, "--nic-nsg needs a file"},
	{"--nic-nsg=", -EINVAL, "--nic-nsg needs a file"},
	{"--service-tags missing", -ENOENT, NULL},
	{"--tag A", -EINVAL, "--tag needs NAME=PREFIX[,PREFIX...]"},
	{"--param A", -EINVAL, "--param needs NAME=VALUE"},
	{"--platform aws", -EINVAL, "--platform needs azure or none"},
	{"--platform", -EINVAL, "--platform needs azure or none"},
	{"--nic-nsgs a", 0, NULL},
	{"--tags A=1.2.3.4", 0, NULL},
	{"--local 1.2.3.4", 0, NULL},
	{"file", 0, NULL},
};

Test(options, flags_are_taken_or_refused)
{
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct vfg_options options;
		const char *problem = NULL;

		cr_expect_eq(take_all(&options, lines[i].line, &problem), lines[i].taken, "%s",
			     lines[i].line);
		if (lines[i].problem)
			cr_expect_str_eq(problem, lines[i].problem, "%s", lines[i].line);
	}
}

Test(options, a_request_holds_what_was_given_in_order)
{
	struct vfg_options options;
	const struct vfg_source *source;
	const char *problem;

	cr_assert_eq(take_all(&options,
			      "--subnet-nsg a#b#One --nic-nsg c --service-tags d#e --tag X=::1 "
			      "--lenient --platform none",
			      &problem),
		     1);
	cr_assert_eq(vfg_options_file(&options, "f#"), 0);
	source = options.request.sources;
	cr_assert_eq(options.request.source_count, 4);
	cr_expect_eq(source[0].kind, VFG_SOURCE_SUBNET_NSG);
	cr_expect_str_eq(source[0].file, "a#b");
	cr_expect_str_eq(source[0].select, "One");
	cr_expect_eq(source[0].bytes, 3);
	cr_expect(!memcmp(source[0].text, "a#b", 3));
	cr_expect_eq(source[1].kind, VFG_SOURCE_NIC_NSG);
	cr_expect_null(source[1].select);
	cr_expect_str_eq(source[2].file, "d#e", "only NSGs have names");
	cr_expect_eq(source[3].kind, VFG_SOURCE_ANY);
	cr_expect_str_eq(source[3].file, "f");
	cr_expect_null(source[3].select);
	cr_expect_eq(options.request.tag_count, 1);
	cr_expect_str_eq(options.request.tags[0], "X=::1");
	cr_expect(options.request.lenient);
	cr_expect_eq(options.request.platform, VFG_PLATFORM_NONE);
}

Test(options, many_sources_find_room)
{
	struct vfg_options options = {.arena = arena, .read = read_name};

	for (int i = 0; i < 100; i++)
		cr_assert_eq(vfg_options_file(&options, vfg_arena_format(arena, "%d", i)), 0);
	cr_assert_eq(options.request.source_count, 100);
	cr_expect_str_eq(options.request.sources[0].file, "0");
	cr_expect_str_eq(options.request.sources[99].file, "99");
}

/* The question as text: "direction family protocol lport rport", or the problem. */
static const char *question_of(const char *line)
{
	struct vfg_question question = {0};
	const char *problem = "not taken";
	char *argv[WORDS_MAX];
	int argc = split(line, argv), index = 0;

	while (index < argc) {
		if (vfg_question_take(&question, argc, argv, &index, &problem) != 1)
			return problem;
	}
	if (vfg_question_complete(&question, &problem))
		return problem;
	return vfg_arena_format(arena, "%u %u %u %u %u", question.tuple.direction,
				question.tuple.family, question.tuple.protocol,
				question.tuple.local_port, question.tuple.remote_port);
}

#define IN_TCP	"--direction Inbound --protocol tcp "
#define OUT_UDP "--direction outbound --protocol UDP "
#define PING	"--direction Inbound --protocol icmp "

static const struct {
	const char *line;
	const char *question;
} questions[] = {
	{IN_TCP "--local 10.0.0.4:22 --remote 192.0.2.1:5", "0 0 6 22 5"},
	{IN_TCP "--local=10.0.0.4:22 --remote=192.0.2.1", "0 0 6 22 50000"},
	{IN_TCP "--local 10.0.0.4:22 --remote 192.0.2.1:*", "0 0 6 22 50000"},
	{IN_TCP "--local [2001:db8::4]:22 --remote 2001:db8::1", "0 1 6 22 50000"},
	{IN_TCP "--local 10.0.0.4:0 --remote [::1]:5",
	 "the local and the remote address are of different families"},
	{IN_TCP "--local 10.0.0.4:0 --remote 192.0.2.1:0", "0 0 6 0 0"},
	{OUT_UDP "--local 10.0.0.4 --remote 192.0.2.1:53", "1 0 17 50000 53"},
	{IN_TCP "--local 10.0.0.4 --remote 192.0.2.1:53",
	 "--local needs a port: it is the destination's side"},
	{IN_TCP "--local 10.0.0.4:* --remote 192.0.2.1:53",
	 "--local needs a port: it is the destination's side"},
	{OUT_UDP "--local 10.0.0.4:5 --remote 192.0.2.1",
	 "--remote needs a port: it is the destination's side"},
	{OUT_UDP "--local ::1 --remote ::2", "--remote needs a port: it is the destination's side"},
	{PING "--local 10.0.0.4 --remote 192.0.2.1", "0 0 1 0 0"},
	{PING "--local ::4 --remote [::1]", "icmp does not go with IPv6 addresses; say icmpv6"},
	{"--direction Inbound --protocol icmpv6 --local ::4 --remote [::1]", "0 1 58 0 0"},
	{"--direction Inbound --protocol 1 --local ::4 --remote [::1]", "0 1 1 0 0"},
	{"--direction Inbound --protocol 58 --local 10.0.0.4 --remote 192.0.2.1", "0 0 58 0 0"},
	{"--direction Inbound --protocol GRE --local 10.0.0.4 --remote 192.0.2.1", "0 0 47 0 0"},
	{PING "--local 10.0.0.4:8 --remote 192.0.2.1", "--local: this protocol has no ports"},
	{"--direction Inbound --protocol icmpv6 --local 10.0.0.4 --remote 192.0.2.1",
	 "icmpv6 does not go with IPv4 addresses; say icmp"},
	{"--direction Inbound --protocol 47 --local 10.0.0.4 --remote 192.0.2.1", "0 0 47 0 0"},
	{"--direction Inbound --protocol 256 --local 10.0.0.4 --remote 192.0.2.1",
	 "--protocol needs tcp, udp, icmp, icmpv6, esp, ah, gre, sctp or a number"},
	{"--direction In", "--direction needs Inbound or Outbound"},
	{"--direction", "--direction needs Inbound or Outbound"},
	{"--local 10.0.0.4:65536", "--local needs IP, IP:PORT or [IPV6]:PORT"},
	{"--local 10.0.0.4:", "--local needs IP, IP:PORT or [IPV6]:PORT"},
	{"--local 10.0.0", "--local needs IP, IP:PORT or [IPV6]:PORT"},
	{"--local [10.0.0.4]:22", "--local needs IP, IP:PORT or [IPV6]:PORT"},
	{"--remote [::1", "--remote needs IP, IP:PORT or [IPV6]:PORT"},
	{"--remote [::1]22", "--remote needs IP, IP:PORT or [IPV6]:PORT"},
	{"--remote 1.2.3.4/8", "--remote needs IP, IP:PORT or [IPV6]:PORT"},
	{"--locale 1.2.3.4", "not taken"},
	{IN_TCP "--local 10.0.0.4:22", "--remote is missing"},
	{"--protocol tcp --local 10.0.0.4:22", "--direction is missing"},
};

Test(options, questions_are_complete_or_refused)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		cr_expect_str_eq(question_of(questions[i].line), questions[i].question, "%s: %s",
				 questions[i].line, question_of(questions[i].line));
}

static const struct {
	const char *line;
	const char *question; /* or the problem */
} batch[] = {
	{"Inbound,TCP,10.0.0.4,22,192.0.2.1,5", "0 0 6 22 5 0a000004 c0000201"},
	{"outbound, udp , 2001:db8::4, 5, ::1, 53\r", "1 1 17 5 53 20010db8 00000000"},
	{"Inbound,6,10.0.0.4,22,192.0.2.1,*", "0 0 6 22 50000 0a000004 c0000201"},
	{"Inbound,icmp,10.0.0.4,0,192.0.2.1,0", "0 0 1 0 0 0a000004 c0000201"},
	{"Inbound,icmp,10.0.0.4,,192.0.2.1,", "0 0 1 0 0 0a000004 c0000201"},
	{"Inbound,1,10.0.0.4,7,192.0.2.1,9", "0 0 1 0 0 0a000004 c0000201"},
	{"Inbound,icmp,::1,0,::2,0", "icmp does not go with IPv6 addresses; say icmpv6"},
	{"Inbound,icmpv6,::1,0,::2,0", "0 1 58 0 0 00000000 00000000"},
	{"Inbound,TCP,10.0.0.4,*,192.0.2.1,5", "bad local port"},
	{"Outbound,TCP,10.0.0.4,5,192.0.2.1,*", "bad remote port"},
	{"Inbound,TCP,10.0.0.4,,192.0.2.1,5", "bad local port"},
	{"Inbound,TCP,10.0.0.4,65536,192.0.2.1,5", "bad local port"},
	{"Inbound,TCP,[::1],22,[::2],5", "bad local address"},
	{"Inbound,TCP,10.0.0.4,22,host,5", "bad remote address"},
	{"Inbound,TCP,10.0.0.4,22,::1,5",
	 "the local and the remote address are of different families"},
	{"In,TCP,10.0.0.4,22,192.0.2.1,5", "bad direction"},
	{"Inbound,xyz,10.0.0.4,22,192.0.2.1,5", "bad protocol"},
	{"Inbound,-1,10.0.0.4,22,192.0.2.1,5", "bad protocol"},
	{"", "six fields are needed"},
	{"Inbound,TCP,10.0.0.4,22,192.0.2.1", "six fields are needed"},
	{"Inbound,TCP,10.0.0.4,22,192.0.2.1,5,6", "six fields are needed"},
};

static uint32_t head(const uint8_t address[16])
{
	return (uint32_t)address[0] << 24 | address[1] << 16 | address[2] << 8 | address[3];
}

Test(options, batch_lines_are_questions_or_problems_without_commas)
{
	for (size_t i = 0; i < sizeof(batch) / sizeof(*batch); i++) {
		struct vfg_tuple tuple;
		const char *problem = NULL, *text;

		if (vfg_question_line(batch[i].line, &tuple, &problem))
			text = problem;
		else
			text = vfg_arena_format(arena, "%u %u %u %u %u %08x %08x", tuple.direction,
						tuple.family, tuple.protocol, tuple.local_port,
						tuple.remote_port, head(tuple.local),
						head(tuple.remote));
		cr_expect_str_eq(text, batch[i].question, "%s: %s", batch[i].line, text);
		cr_expect(!problem || !strchr(problem, ','));
	}
}

Test(options, a_batch_line_may_be_hostile)
{
	char line[5000];
	struct vfg_tuple tuple;
	const char *problem;

	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	cr_expect_eq(vfg_question_line(line, &tuple, &problem), -EINVAL);
	cr_expect_str_eq(problem, "the line is too long");
}
