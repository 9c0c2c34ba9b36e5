/* SPDX-License-Identifier: GPL-2.0-only */
/* The settings file: what it sets, and one line for each fault in it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/config.h"
#include "../loader/log_config.h"
#include "../loader/say.h"

#define HEAD "[master eth0]\npolicy = /p\n"
#define NO_TIMEOUT                                                                                 \
	" is refused; --timeout takes NAME=SECONDS[,...], 1 to 86400 seconds, of half-open, "      \
	"established, closing, reset, udp, icmp, other, fragment"
#define LONG50 "0123456789012345678901234567890123456789012345678"

static char folder[] = "/tmp/vfg-config-XXXXXX";
static char file[64];
static char *said;
static struct vfg_config config;

static void set_up(void)
{
	unsetenv("JOURNAL_STREAM");
	vfg_say_setup("vfguard");
	cr_assert(mkdtemp(folder) != NULL);
	snprintf(file, sizeof(file), "%s/c", folder);
}

static void tear_down(void)
{
	vfg_config_free(&config);
	unlink(file);
	rmdir(folder);
	free(said);
}

TestSuite(config, .init = set_up, .fini = tear_down);

static int read_bytes(const char *text, size_t length)
{
	FILE *to = fopen(file, "w");
	size_t bytes;
	int err;

	cr_assert(to != NULL);
	cr_assert(eq(sz, fwrite(text, 1, length, to), length));
	cr_assert(zero(int, fclose(to)));
	free(said);
	to = open_memstream(&said, &bytes);
	vfg_say_divert(to);
	err = vfg_config_read(file, true, &config);
	vfg_say_divert(NULL);
	fclose(to);
	return err;
}

static int read_text(const char *text)
{
	return read_bytes(text, strlen(text));
}

Test(config, an_empty_file_has_no_masters_and_the_defaults)
{
	cr_assert(zero(int, read_text("\n# nothing\n; at all\n")), "%s", said);
	cr_expect(zero(sz, config.count));
	cr_expect(eq(u32, config.audit_ms, 500));
	cr_expect(eq(u32, config.wait_ms, 5000));
}

Test(config, a_file_that_is_not_there_is_no_fault_unless_it_was_named)
{
	cr_expect(zero(int, vfg_config_read("/nonexistent/vfguard.conf", false, &config)));
	cr_expect(zero(sz, config.count));
	cr_expect(eq(int, vfg_config_read("/nonexistent/vfguard.conf", true, &config),
		     VFG_EXIT_REFUSED));
}

Test(config, keys_become_the_arguments_of_load)
{
	static const char text[] = "[daemon]\naudit = 7\nwait = 0\n"
				   "[master eth0]\n"
				   "subnet-nsg = a.json#web\n"
				   "nic-nsg = /etc/b.json   ; a comment\n"
				   "tag = VirtualNetwork=192.0.2.0/24\n"
				   "\tStorage=198.51.100.0/24\n"
				   "lenient = yes\n"
				   "azure-compat-empty-asg = no\n"
				   "platform = none\n";
	char first[96];
	const char *const expected[] = {"--subnet-nsg", first,
					"--nic-nsg",	"/etc/b.json",
					"--tag",	"VirtualNetwork=192.0.2.0/24",
					"--tag",	"Storage=198.51.100.0/24",
					"--lenient",	"--platform",
					"none"};
	const size_t count = sizeof(expected) / sizeof(expected[0]);

	snprintf(first, sizeof(first), "%s/a.json#web", folder);
	cr_assert(zero(int, read_text(text)), "%s", said);
	cr_expect(eq(u32, config.audit_ms, 7000));
	cr_expect(eq(u32, config.wait_ms, 0));
	cr_assert(eq(sz, config.count, 1));
	cr_assert(eq(int, config.master[0].argc, (int)count));
	for (size_t i = 0; i < count; i++)
		cr_expect(eq(str, config.master[0].argv[i], (char *)expected[i]));
}

Test(config, flow_logs_are_off_until_asked_for_and_ids_may_be_broken)
{
	const struct vfg_log_config *log;

	cr_assert(zero(int, read_text("[daemon]\naudit = 1\n")), "%s", said);
	cr_expect(eq(ptr, config.log, NULL));
	cr_assert(zero(int, read_text("[daemon]\nlog = nsg\nlog-interval = 1\nlog-size = 7\n"
				      "log-target-id = /a/b\n  c/d\n"
				      "log-nsg-id = web=/x/\n  y\n"
				      "log-nsg-id = api=/z\n")),
		  "%s", said);
	log = config.log;
	cr_expect(eq(int, log->format, VFG_LOG_NSG));
	cr_expect(vfg_log_config_wants(log));
	cr_expect(eq(u32, log->interval_s, 1));
	cr_expect(eq(u32, log->continue_s, 300));
	cr_expect(eq(u64, log->size_bytes, 7 << 20));
	cr_expect(eq(str, (char *)log->identity.target_id, "/a/bc/d"));
	cr_assert(eq(sz, log->nsgs, 2));
	cr_expect(eq(str, (char *)log->nsg[0].list, "web"));
	cr_expect(eq(str, (char *)log->nsg[0].value, "/x/y"));
	cr_expect(eq(str, (char *)log->nsg[1].value, "/z"));
}

Test(config, metrics_go_where_the_collector_reads)
{
	cr_assert(zero(int, read_text("[daemon]\nmetrics-file = /var/lib/x/vfguard.prom\n"
				      "metrics-interval = 15\n")),
		  "%s", said);
	cr_expect(eq(str, (char *)config.metrics_file, "/var/lib/x/vfguard.prom"));
	cr_expect(eq(u32, config.metrics_ms, 15000));
	vfg_config_free(&config);
	cr_expect(eq(int, read_text("[daemon]\nmetrics-file = vfguard.prom\n"), VFG_EXIT_REFUSED));
	cr_expect(
		eq(int, read_text("[daemon]\nmetrics-file = /x/vfguard.txt\n"), VFG_EXIT_REFUSED));
	cr_expect(eq(int, read_text("[daemon]\nmetrics-file =\n"), VFG_EXIT_REFUSED));
	cr_expect(eq(int, read_text("[daemon]\nmetrics-interval = 0\n"), VFG_EXIT_REFUSED));
}

Test(config, many_keys_find_room)
{
	char text[4096] = HEAD;

	for (int i = 0; i < 40; i++)
		sprintf(text + strlen(text), "tag = T%d=192.0.2.%d\n", i, i);
	cr_assert(zero(int, read_text(text)), "%s", said);
	cr_assert(eq(int, config.master[0].argc, 82));
	cr_expect(eq(str, config.master[0].argv[81], "T39=192.0.2.39"));
	cr_expect(eq(str, config.master[0].argv[1], "/p"));
}

Test(config, masters_have_a_name_or_an_address_and_tunings_of_their_own)
{
	static const uint8_t address[] = {0x00, 0x00, 0x5e, 0x00, 0x53, 0xAf};
	static const char text[] =
		HEAD "mode = tc\ntc = clsact\nfix-lro = yes\nflows = 5000\ntimeout.established = "
		     "900\non-missing-policy = closed\n"
		     "[master 00:00:5E:00:53:aF]\npolicy = /q\n[daemon]\n";

	cr_assert(zero(int, read_text(text)), "%s", said);
	cr_assert(eq(sz, config.count, 2));
	cr_expect(not(config.master[0].by_address));
	cr_expect(eq(str, (char *)config.master[0].title, "eth0"));
	cr_expect(eq(int, config.master[0].tuning.mode, VFG_MODE_TC));
	cr_expect(eq(int, config.master[0].tuning.tc, VFG_TC_CLSACT));
	cr_expect(config.master[0].tuning.fix_lro);
	cr_expect(eq(int, config.master[0].argc, 2));
	cr_expect(eq(u32, config.master[0].tuning.buckets, 8192 / VFG_FLOW_WAYS));
	cr_expect(eq(u32, config.master[0].tuning.timeouts.tcp[VFG_FLOW_ESTABLISHED], 900));
	cr_expect(config.master[0].closed);
	cr_expect(config.master[1].by_address);
	cr_expect(zero(int, memcmp(config.master[1].address, address, sizeof(address))));
	cr_expect(eq(int, config.master[1].tuning.mode, VFG_MODE_AUTO));
	cr_expect(not(config.master[1].closed));
	cr_expect(not(config.master[1].tuning.fix_lro));
	cr_expect(eq(str, config.master[1].argv[1], "/q"));
}

/* Each is one fault, said in one line that begins with the file and this line number. */
static const struct {
	const char *text;
	unsigned int line;
	const char *message;
} faults[] = {
	{"audit = 1\n", 1, "a key before any section; begin with [daemon] or [master DEVICE]"},
	{"\n[demon]\naudit = 1\n", 2,
	 "[demon]: no such section; there are [daemon] and [master DEVICE]"},
	{"[demon]\n", 1, "[demon]: no such section; there are [daemon] and [master DEVICE]"},
	{"  [demon]\naudit = 1\n", 2,
	 "[demon]: no such section; there are [daemon] and [master DEVICE]"},
	{"[master]\npolicy = /p\n", 1,
	 "[master]: no such section; there are [daemon] and [master DEVICE]"},
	{"[masters eth0]\n", 1,
	 "[masters eth0]: no such section; there are [daemon] and [master DEVICE]"},
	{"[" LONG50 "x]\na = b\n", 1,
	 "[" LONG50 "]: no such section; there are [daemon] and [master DEVICE]"},
	{"[daemon\n", 1, "neither [SECTION] nor KEY = VALUE"},
	{"[daemon]\naudit\n", 2, "neither [SECTION] nor KEY = VALUE"},
	{"[daemon]\nedit = 1\n", 2, "no key edit in [daemon]; vfguard.conf(5) lists them"},
	{"[daemon]\nedit = 1\n", 2, "no key edit in [daemon]; vfguard.conf(5) lists them"},
	{"[daemon]\naudit = 0\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\naudit = 3601\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\naudit = -1\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\naudit = 0.09\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\naudit = 0x7\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\naudit = 1s\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\naudit =\n", 2, "audit takes seconds, 0.1 to 3600"},
	{"[daemon]\nwait = long\n", 2, "wait takes seconds, 0 to 60"},
	{"[master eth0]\n", 1,
	 "[master eth0] has no policy; give policy, subnet-nsg, nic-nsg or admin-rules"},
	{"[master eth0]\nmode = tc\n\n[daemon]\n", 1,
	 "[master eth0] has no policy; give policy, subnet-nsg, nic-nsg or admin-rules"},
	{"[master an/other]\n", 1,
	 "[master an/other]: neither a device name nor an address like 00:00:5e:00:53:01"},
	{"[master sixteen-letters1]\npolicy = /p\n", 1,
	 "[master sixteen-letters1]: neither a device name nor an address like 00:00:5e:00:53:01"},
	{"[master 00:00:5e:00:53]\n", 1,
	 "[master 00:00:5e:00:53]: neither a device name nor an address like 00:00:5e:00:53:01"},
	{"[master 0:00:5e:00:53:001]\n", 1,
	 "[master 0:00:5e:00:53:001]: neither a device name nor an address like "
	 "00:00:5e:00:53:01"},
	{HEAD "[daemon]\n" HEAD, 4, "[master eth0] is there already, in line 1"},
	{"[master 00:00:5e:00:53:01]\npolicy = /p\n[master 00:00:5E:00:53:01]\npolicy = /p\n", 3,
	 "[master 00:00:5E:00:53:01] is there already, in line 1"},
	{HEAD "polcy = /q\n", 3, "no key polcy in [master]; vfguard.conf(5) lists them"},
	{HEAD "policy = /q\n", 3, "policy is given twice"},
	{HEAD "mode = tc\nmode = tc\n", 4, "mode is given twice"},
	{"[master eth0]\npolicy =\n", 2, "policy needs a value"},
	{HEAD "nic =\n", 3, "nic needs a value"},
	{HEAD "tag = VirtualNetwork\n", 3, "tag needs NAME=PREFIX[,PREFIX...]"},
	{HEAD "param = x\n", 3, "param needs NAME=VALUE"},
	{HEAD "platform = aws\n", 3, "platform needs azure or none"},
	{HEAD "lenient = 1\n", 3, "lenient takes yes or no"},
	{HEAD "mode = fast\n", 3, "mode takes auto, native, generic or tc"},
	{HEAD "tc = both\n", 3, "tc takes auto, clsact or tcx"},
	{HEAD "fix-lro = off\n", 3, "fix-lro takes yes or no"},
	{HEAD "flows = 0\n", 3, "flows takes a number from 1 to 67108864"},
	{HEAD "flows =\n", 3, "flows takes a number from 1 to 67108864"},
	{HEAD "timeout.opened = 5\n", 3, "timeout.opened" NO_TIMEOUT},
	{HEAD "timeout.reset = 0\n", 3, "timeout.reset" NO_TIMEOUT},
	{HEAD "timeout.reset = 5,other=6\n", 3, "timeout.reset" NO_TIMEOUT},
	{"[daemon]\nlog = yes\n", 2, "log takes off, vnet or nsg"},
	{"[daemon]\nlogs = vnet\n", 2, "no key logs in [daemon]; vfguard.conf(5) lists them"},
	{"[daemon]\nlog-journal = 1\n", 2, "log-journal takes yes or no"},
	{"[daemon]\nlog-interval = 0\n", 2, "log-interval takes seconds, 1 to 3600"},
	{"[daemon]\nlog-interval = 0.5\n", 2, "log-interval takes seconds, 1 to 3600"},
	{"[daemon]\nlog-continue = 3601\n", 2, "log-continue takes seconds, 1 to 3600"},
	{"[daemon]\nlog-size = 1G\n", 2, "log-size takes MiB, 1 to 1048576"},
	{"[daemon]\nlog-directory = logs\n", 2,
	 "log-directory takes a folder with a leading /, 255 characters at most"},
	{"[daemon]\nlog-system-id = 7\n", 2, "log-system-id takes a GUID"},
	{"[daemon]\nlog-flow-log-id = x\n", 2,
	 "log-flow-log-id takes a resource id with a leading /"},
	{"[daemon]\nlog-acl-id = web\n", 2, "log-acl-id takes NSG=GUID"},
	{"[daemon]\nlog-acl-id = web=7\n", 2, "log-acl-id takes NSG=GUID"},
	{"[daemon]\nlog-nsg-id = web=x\n", 2, "log-nsg-id takes NSG=/RESOURCE/ID"},
	{HEAD "on-missing-policy = shut\n", 3, "on-missing-policy takes open or closed"},
};

Test(config, every_fault_is_one_line_with_its_place)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		char expected[512];

		cr_expect(eq(int, read_text(faults[i].text), VFG_EXIT_REFUSED), "%s",
			  faults[i].text);
		snprintf(expected, sizeof(expected), "vfguard: %s:%u: %s\n", file, faults[i].line,
			 faults[i].message);
		cr_expect(eq(str, said, expected), "%s", faults[i].text);
	}
}

Test(config, all_faults_are_said_in_one_run)
{
	char expected[512];

	cr_expect(eq(int, read_text("[daemon]\naudit = x\n" HEAD "mode = x\n"), VFG_EXIT_REFUSED));
	snprintf(expected, sizeof(expected),
		 "vfguard: %s:2: audit takes seconds, 0.1 to 3600\n"
		 "vfguard: %s:5: mode takes auto, native, generic or tc\n",
		 file, file);
	cr_expect(eq(str, said, expected));
}

Test(config, a_long_line_is_refused_not_cut)
{
	char text[512] = HEAD "tag = X=";

	for (int i = 0; i < 20; i++)
		strcat(text, "192.0.2.0/32,");
	strcat(text, "192.0.2.1\n");
	cr_expect(eq(int, read_text(text), VFG_EXIT_REFUSED));
	cr_expect(strstr(said, "/c:3: longer than ") != NULL, "%s", said);
	cr_expect(strstr(said, "break it, and indent what follows\n") != NULL, "%s", said);
}

Test(config, a_nul_is_refused)
{
	static const char text[] = "[daemon]\naudit = 7\0seconds\n";

	cr_expect(eq(int, read_bytes(text, sizeof(text) - 1), VFG_EXIT_REFUSED));
	cr_expect(strstr(said, "/c:2: a NUL in it; this is no text\n") != NULL, "%s", said);
}

Test(config, what_was_read_before_stays_when_a_file_is_refused)
{
	cr_assert(zero(int, read_text("[daemon]\naudit = 7\n" HEAD)), "%s", said);
	cr_expect(eq(int, read_text("[daemon]\naudit = 8\nedit = 1\n"), VFG_EXIT_REFUSED));
	cr_expect(eq(u32, config.audit_ms, 7000));
	cr_assert(eq(sz, config.count, 1));
	cr_expect(eq(str, config.master[0].argv[1], "/p"));
}

/* The sample's settings are comments without a blank: "#audit = 1". */
static void uncomment(const char *sample, char *text, size_t room)
{
	FILE *stream = fopen(sample, "r");
	size_t used = 0;
	char line[256];

	cr_assert(stream != NULL, "%s", sample);
	while (fgets(line, sizeof(line), stream)) {
		const char *from =
			line[0] == '#' && line[1] != ' ' && line[1] != '\n' ? line + 1 : line;

		if (!strncmp(line, "#  ", 3)) /* goes on with a key */
			from = line + 1;
		used += (size_t)snprintf(text + used, room - used, "%s", from);
	}
	fclose(stream);
}

Test(config, the_sample_is_right_with_and_without_its_comment_marks)
{
	char text[8192];

	cr_assert(zero(int, vfg_config_read("packaging/vfguard.conf", true, &config)));
	cr_expect(zero(sz, config.count));
	uncomment("packaging/vfguard.conf", text, sizeof(text));
	cr_assert(zero(int, read_text(text)), "%s", said);
	cr_assert(eq(sz, config.count, 1));
	cr_expect(eq(u32, config.audit_ms, 500));
	cr_expect(eq(u32, config.wait_ms, 5000));
	cr_expect(eq(int, config.log->format, vfg_log_config_default.format));
	cr_expect(eq(str, (char *)config.log->directory, (char *)vfg_log_config_default.directory));
	cr_expect(eq(u32, config.log->interval_s, vfg_log_config_default.interval_s));
	cr_expect(eq(u32, config.log->continue_s, vfg_log_config_default.continue_s));
	cr_expect(eq(u64, config.log->size_bytes, vfg_log_config_default.size_bytes));
	/* What it says holds without it does. */
	const struct vfg_tuning usual = vfg_tuning_default();

	cr_expect(zero(int, memcmp(&config.master[0].tuning, &usual, sizeof(usual))));
	cr_expect(eq(str, config.master[0].argv[config.master[0].argc - 1], "azure"));
}
