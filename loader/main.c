/* SPDX-License-Identifier: GPL-2.0-only */
/* The vfguard command: a table of commands, and their help. What they do is in their own files. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "../policy-compiler/arguments.h"
#include "../policy-compiler/nsgc.h"
#include "../policy-compiler/protocol.h"
#include "command.h"
#include "output.h"
#include "say.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *arguments;
	const char *summary;
	const char *help;
	bool of_xdp_loader; /* xdp-tools' xdp-loader has it too */
	bool takes_sources;
};

static const char load_help[] =
	"  -p FILE          the policy: an image of nsgc compile, or JSON that is compiled on the "
	"way\n"
	"  --mode MODE      auto (native XDP; where there is none TC alone enforces), native,\n"
	"                   generic, or tc (no XDP)\n"
	"  --tc WAY         auto (tcx where the kernel has it, else clsact), clsact, or tcx\n"
	"  --fix-lro        turn LRO off on a device where it keeps native XDP out, now and "
	"later;\n"
	"                   unload turns it on again\n"
	"  --flows N        flows of each family, rounded up to a power of two (524288)\n"
	"  --timeout NAME=SECONDS[,...]  until an idle flow is forgotten: half-open 60, "
	"established "
	"240,\n"
	"                   closing 15, reset 5, udp 240, icmp 240, other 240, fragment 2\n";
static const char unload_help[] =
	"  --all            everything of ours on DEV, which is what happens without it too\n";
static const char status_help[] =
	"  --json           for scripts\n"
	"  --watch[=SECONDS]   again and again (1), until Ctrl-C; with --json, an object a line\n"
	"  --sample[=SECONDS]  take two looks, so far apart (1), for how packets divide among "
	"paths;\n"
	"                   without it that is what the daemon has seen in the last seconds\n"
	"Without DEV: every loaded master of this network namespace.\n"
	"Alarms come first: a filter that is off, packets that XDP or no hook has judged,\n"
	"until a minute after the gap was closed.\n";
static const char metrics_help[] =
	"OpenMetrics text, for a collector: packets received, judged, left to TC alone, unjudged,\n"
	"dropped; flows; rules; the policy in force. Without DEV: every loaded master.\n"
	"  --format openmetrics|prometheus  the second is what node_exporter reads from files\n"
	"  --output FILE    replace FILE, in the second format; the daemon does that by itself "
	"where\n"
	"                   its settings name a metrics-file\n";
static const char apply_help[] = "  -p FILE          the policy: an image, or JSON\n"
				 "  --flush          judge live flows again by the new policy\n";
static const char verify_help[] =
	"  --direction Inbound|Outbound  --protocol P  --local IP[:PORT]  --remote IP[:PORT]\n"
	"  --batch FILE     one question a line: direction,protocol,local,localport,remote,"
	"remoteport\n"
	"  --explain        the rules one by one, what of each matched, and the live flow that "
	"the\n"
	"                   packet would meet; status 3 where rules and programs disagree\n"
	"  --json           for scripts\n"
	"P: " VFG_PROTOCOL_WORDS "; of ICMP an echo is asked for.\n"
	"The loaded programs judge the packet as the first of a new flow; nothing is counted.\n";
static const char daemon_help[] =
	"  -c FILE          the settings, see vfguard.conf(5); without it, "
	"/etc/vfguard/vfguard.conf\n"
	"                   where that is there\n"
	"  --check          read the settings, say what is wrong with them, and end\n"
	"SIGHUP has the settings read again. The policy stays in force when the daemon ends.\n";
static const char doctor_help[] =
	"  --fix            write the udev rule and the .network file that keep network managers\n"
	"                   off a VF, where they are missing\n"
	"  --all            what is as it should be, too\n"
	"  --json           for scripts\n"
	"  --root DIR       look for files below DIR\n"
	"Without DEV: every loaded master, and every device with a VF below it. Exit status 1 "
	"where\n"
	"traffic goes unjudged, or would after the next boot; 3 where that cannot be told.\n";
static const char flows_help[] =
	"Filters; all that are given must hold:\n"
	"  --local IP[/LEN][:PORT], --remote IP[/LEN][:PORT]   :PORT alone; IPv6 as [IP/LEN]:PORT\n"
	"  --port N         at either end\n"
	"  --protocol P     " VFG_PROTOCOL_WORDS "\n"
	"  --state NAME     new, replied, established, fin, closing, reset; several with commas\n"
	"  --rule NAME      that allowed it: securityRules/X, or X\n"
	"  --direction Inbound|Outbound   that opened it\n"
	"\n"
	"  --sort ORDER     bytes, packets (most first), idle, left (least first), state\n"
	"  --limit N        show no more\n"
	"  --json           for scripts\n"
	"  --flush          forget the flows that pass the filters, without filters all; the next\n"
	"                   packet of each, from either side, is judged as a new flow\n"
	"IDLE and LEFT are good to a second. POLICY: judged by the policy in force (current), by "
	"an\n"
	"older one, or outdated, which is to be judged again. PROTO icmp/77 has identifier 77.\n";
static const char top_help[] =
	"  --interval SECONDS   between two looks (2; parts of a second are fine)\n"
	"  --batch          text, page after page, where there is no terminal; with --count N, so\n"
	"                   many\n"
	"  --json           one look as an object, amounts of the interval; with --batch one a "
	"line\n"
	"Keys: r rules, f flows, d drops, a all, Tab the next; b by bytes, p by packets; q quits.\n"
	"Without DEV: the master that is loaded, if there is but one. All amounts are by second.\n"
	"`<-` is a flow that the other side opened, `->` one that the guest opened.\n";
static const char counters_help[] =
	"  --unused         only rules that were never hit\n"
	"  --sort ORDER     policy, hits, packets, bytes (most first), last (most recent first)\n"
	"  --json           for scripts\n"
	"HITS are new flows of a rule that allows, packets of one that denies; LAST is how long "
	"ago\n"
	"the last was. A packet counts for the rule that decided: where several lists allow it, "
	"that\n"
	"of the last, so that rules of the lists before may count nothing though packets need "
	"them.\n"
	"A rule keeps its counters while policies that follow have one of its name in its place.\n"
	"Rules that are gone are listed where they have counted: their flows live on.\n";
static const char log_help[] =
	"  --follow         what happens from now on, once a second; without it, live flows and\n"
	"                   denied packets that are known now\n"
	"  --format FORMAT  text (a line a record), vnet (VNet flow log, version 4) or nsg (NSG "
	"flow\n"
	"                   log, version 2)\n"
	"  --json           a JSON object a line, for scripts\n"
	"  --interval S     with --follow: show every S seconds (1)\n"
	"  --continue S     with --follow: a live flow again every S seconds (300)\n"
	"  -c FILE          the settings that name ids for vnet and nsg\n"
	"  --write          write the files that the settings ask for; what the daemon runs\n"
	"Without DEV: every loaded master. Any number may follow, with the daemon and without it.\n"
	"What could not be shown is counted and said at the end.\n";

static const struct command commands[] = {
	{"load", vfg_command_load, "DEV -p FILE [OPTIONS]", "enforce a policy on a device",
	 load_help, true, true},
	{"unload", vfg_command_unload, "DEV [--all]", "stop enforcing and remove all of ours",
	 unload_help, true, false},
	{"status", vfg_command_status, "[DEV] [--json] [--watch[=SECONDS]] [--sample[=SECONDS]]",
	 "what is loaded, and what it has judged", status_help, true, false},
	{"apply", vfg_command_apply, "DEV -p FILE [--flush] [OPTIONS]", "replace the policy",
	 apply_help, false, true},
	{"verify", vfg_command_verify, "DEV FLAGS | DEV --batch FILE",
	 "ask the loaded program about a packet", verify_help, false, false},
	{"counters", vfg_command_counters, "DEV [--unused] [--sort ORDER] [--json]",
	 "flows or denied packets by rule, and rules never hit", counters_help, false, false},
	{"flows", vfg_command_flows, "DEV [FILTERS] [--sort ORDER] [--limit N] [--json] | --flush",
	 "live flows: who, by which rule, how much, since when", flows_help, false, false},
	{"top", vfg_command_top, "[DEV] [--interval SECONDS] [--batch [--count N]] [--json]",
	 "the busiest rules, flows and drops, live", top_help, false, false},
	{"log", vfg_command_log, "[DEV] [--follow] [--format FORMAT | --json]",
	 "flows as they begin and end, and what was denied", log_help, false, false},
	{"metrics", vfg_command_metrics, "[DEV] [--format FORMAT] [--output FILE]",
	 "the same numbers, for a collector", metrics_help, false, false},
	{"doctor", vfg_command_doctor, "[DEV] [--fix] [--all] [--json]",
	 "what keeps a guest from an accelerated, enforced path", doctor_help, false, false},
	{"features", vfg_command_features, "[DEV]", "what this kernel can do", "", true, false},
	{"daemon", vfg_command_daemon, "[-c FILE] [--check]",
	 "load what the settings name, and cover devices as they come and go", daemon_help, false,
	 false},
	{"clean", vfg_command_clean, "", "remove the pins of masters that are gone", "", true,
	 false},
};

/* Commands of the design that a later version brings. */
static const char *const not_yet[] = {"confirm", "rollback"};

static void print_usage(FILE *to, bool as_xdp_loader)
{
	fprintf(to, "Usage: %s COMMAND [ARGUMENTS]\n\n", vfg_say_program());
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (commands[i].of_xdp_loader || !as_xdp_loader)
			fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].summary);
	}
	fprintf(to,
		"\n%s COMMAND --help tells more; --version the version.\n"
		"Exit status: 0 done, 1 refused, 2 wrong usage, 3 the system refused.\n",
		vfg_say_program());
}

static void print_help(const struct command *command)
{
	printf("Usage: %s %s%s%s\n\n%s.\n%s%s", vfg_say_program(), command->name,
	       command->arguments[0] ? " " : "", command->arguments, command->summary,
	       command->help[0] ? "\n" : "", command->help);
	if (command->takes_sources)
		printf("\n%s", vfg_options_help);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

/* What was to be printed and was not is no success. A command that has failed has said why. */
static int end(int status)
{
	int err = status == VFG_EXIT_SYSTEM ? 0 : vfg_output_end();

	return err ? err : status;
}

static int run(const struct command *command, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			print_help(command);
			return VFG_EXIT_DONE;
		}
		if (!strcmp(argv[i], "--version")) {
			printf("%s %s\n", vfg_say_program(), VFG_VERSION);
			return VFG_EXIT_DONE;
		}
	}
	return end(command->run(argc, argv));
}

static int unknown(const char *name)
{
	for (size_t i = 0; i < sizeof(not_yet) / sizeof(not_yet[0]); i++) {
		if (!strcmp(not_yet[i], name))
			return vfg_say(VFG_EXIT_USAGE, name, "not there yet; --help lists what is");
	}
	return vfg_say(VFG_EXIT_USAGE, name, "no such command; --help lists them");
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	bool as_xdp_loader;
	const struct command *command;

	base = base ? base + 1 : argv[0];
	as_xdp_loader = !strcmp(base, "xdp-loader");
	vfg_say_setup(as_xdp_loader ? "xdp-loader" : "vfguard");
	if (argc < 2) {
		print_usage(stderr, as_xdp_loader);
		return VFG_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout, as_xdp_loader);
		return VFG_EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("%s %s\n", vfg_say_program(), VFG_VERSION);
		return VFG_EXIT_DONE;
	}
	command = find(argv[1]);
	if (!command || (as_xdp_loader && !command->of_xdp_loader))
		return unknown(argv[1]);
	return run(command, argc - 1, argv + 1);
}
