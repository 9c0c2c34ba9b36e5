/* SPDX-License-Identifier: GPL-2.0-only */
/* The process that writes flow logs for the daemon, and what it tells the journal. */
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "account.h"
#include "flowlogs.h"

enum {
	NAME_PORT = 5300,
	SHUT_PORT = 5301,
};

static struct vfg_guest guest;
static struct vfg_service_run service;
static struct vfg_flowlogs logs;

static void set_up(void)
{
	vfg_guest_set_up(&guest);
	vfg_account_introduce(&guest);
}

static void tear_down(void)
{
	vfg_flowlogs_free(&logs);
	vfg_service_end(&service);
	vfg_guest_run(&guest, "rm -f /run/vfguard/%s.flowlog", guest.master);
	vfg_guest_tear_down(&guest);
}

TestSuite(log_service, .init = set_up, .fini = tear_down, .timeout = 180);

static void load(const char *more)
{
	vfg_guest_vfguard(&guest, "load %s -p policy.json --tag VirtualNetwork=203.0.113.0/24 %s",
			  guest.master, more);
	cr_assert(eq(int, guest.status, 0), "%s", guest.output);
}

/* Flows of three seconds' silence are over. */
static void load_short(void)
{
	load("--flows 4096 --timeout udp=3");
}

static void start(const char *settings)
{
	vfg_flowlogs_start(&service, &guest, settings);
}

static void await_packets(uint64_t packets)
{
	vfg_flowlogs_await_packets(&guest, &logs, NAME_PORT, packets);
}

Test(log_service, with_the_capabilities_of_the_unit_it_is_written_too)
{
	load_short();
	service.confined = true;
	start("log = vnet\n");
	vfg_account_send_udp(&guest, NAME_PORT, 7);
	await_packets(7);
}

/* A writer that was killed is replaced, with what it has known. */
Test(log_service, a_writer_that_was_killed_is_started_again)
{
	const struct vfg_flowlogs_query begun = {.state = 'B', .destination_port = NAME_PORT};

	load("--flows 4096 --timeout udp=5");
	start("log = vnet\nlog-continue = 1\n");
	vfg_account_send_udp(&guest, NAME_PORT, 3);
	await_packets(3);
	vfg_guest_run(&guest, "pkill -KILL -P %d", (int)guest.daemon);
	cr_assert(vfg_service_logs(&guest, "has ended (signal 9); another in 1 s"));
	vfg_account_send_udp(&guest, NAME_PORT, 4);
	await_packets(7);
	cr_expect(eq(u64, vfg_flowlogs_find(&logs, &begun).tuples, 2));
}

Test(log_service, it_is_off_until_it_is_asked_for_and_a_reload_turns_it_on)
{
	load_short();
	vfg_service_settings(&guest, "log-directory = %s/logs\n", guest.folder);
	vfg_service_start(&service, &guest);
	cr_assert(vfg_service_says(&service, "READY=1", 20000));
	usleep(1500000);
	cr_expect(not(vfg_flowlogs_are_kept(&guest)));
	vfg_service_settings(&guest, "log-directory = %s/logs\nlog = vnet\nlog-interval = 1\n",
			     guest.folder);
	kill(guest.daemon, SIGHUP);
	for (int i = 0; i < 200 && !vfg_flowlogs_are_kept(&guest); i++)
		usleep(100000);
	cr_assert(vfg_flowlogs_are_kept(&guest));
	usleep(1500000);
	vfg_account_send_udp(&guest, NAME_PORT, 2);
	await_packets(2);
	vfg_service_settings(&guest, "log = off\n");
	kill(guest.daemon, SIGHUP);
	vfg_guest_run(&guest,
		      "for i in $(seq 50); do pgrep -P %d >/dev/null || exit 0; sleep 0.1; "
		      "done; exit 1",
		      (int)guest.daemon);
	cr_expect(eq(int, guest.status, 0), "the writer ends");
}

/* ---- the journal ---- */

/* A journal of our own, in a mount namespace of our own. Return: its socket. */
static int be_journal(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX,
				      .sun_path = "/run/systemd/journal/socket"};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	cr_assert(zero(int, unshare(CLONE_NEWNS)));
	cr_assert(zero(int, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)));
	mkdir("/run/systemd", 0755);
	cr_assert(zero(int, mount("none", "/run/systemd", "tmpfs", 0, NULL)));
	cr_assert(zero(int, mkdir("/run/systemd/journal", 0755)));
	cr_assert(zero(int, bind(fd, (void *)&address, sizeof(address))));
	return fd;
}

/* Reads entries until one has all of these lines. */
static bool journal_gets(int fd, const char *const *lines, size_t count)
{
	struct timeval patience = {.tv_sec = 20};
	char entry[4096];
	ssize_t bytes;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while ((bytes = recv(fd, entry, sizeof(entry) - 1, 0)) > 0) {
		size_t found = 0;

		entry[bytes] = '\0';
		for (size_t i = 0; i < count; i++)
			found += strstr(entry, lines[i]) != NULL;
		if (found == count)
			return true;
	}
	return false;
}

Test(log_service, the_journal_gets_entries_with_fields)
{
	static const char *const deny[] = {"VFGUARD_STATE=deny\n",
					   "VFGUARD_RULE=UserRule_DenyRestIn\n",
					   "VFGUARD_DESTINATION_PORT=5301\n",
					   "VFGUARD_SOURCE=192.0.2.1\n",
					   "VFGUARD_DESTINATION=192.0.2.10\n",
					   "VFGUARD_PROTOCOL=17\n",
					   "SYSLOG_IDENTIFIER=vfguard-flow\n",
					   "PRIORITY=5\n"};
	static const char *const begin[] = {"VFGUARD_STATE=begin\n", "VFGUARD_LIST=live\n",
					    "VFGUARD_RULE=UserRule_AllowName\n"};
	int fd = be_journal();

	load_short();
	start("log-journal = yes\n");
	vfg_account_send_udp(&guest, SHUT_PORT, 1);
	cr_expect(journal_gets(fd, deny, sizeof(deny) / sizeof(deny[0])));
	vfg_account_send_udp(&guest, NAME_PORT, 1);
	cr_expect(journal_gets(fd, begin, sizeof(begin) / sizeof(begin[0])));
	vfg_flowlogs_read(&guest, &logs);
	cr_expect(zero(sz, logs.files), "log = off");
	close(fd);
}

static bool metric_grows(const char *name)
{
	char command[256];

	snprintf(command, sizeof(command), "%s metrics | grep \"^%s{.* [1-9]\"",
		 vfg_guest_command(), name);
	for (int i = 0; i < 10; i++) {
		if (vfg_guest_await(&guest, command))
			return true;
	}
	return false;
}

/* So many entries about the door. */
static bool journal_has(int fd, const char *line, size_t count)
{
	for (; count; count--) {
		if (!journal_gets(fd, &line, 1))
			return false;
	}
	return true;
}

/* A queue of a socket nobody reads holds some ten entries. */
Test(log_service, a_journal_that_stalls_loses_what_it_would_have_got_and_nothing_else)
{
	int fd = be_journal();

	load_short();
	start("log = vnet\nlog-journal = yes\n");
	for (int i = 0; i < 100; i++)
		vfg_account_send_udp(&guest, NAME_PORT, 1);
	await_packets(100);
	cr_assert(vfg_service_logs(&guest, "journal: does not take the flow log: "));
	cr_expect(metric_grows("vfguard_log_unjournaled_records_total"), "%s", guest.output);
	cr_expect(gt(i64, vfg_flowlogs_summary(&guest, NULL, "recordsNotInJournal"), 0));
	cr_expect(zero(i64, vfg_flowlogs_summary(&guest, NULL, "recordsLost")));
	/* And it is read again. */
	for (char entry[4096]; recv(fd, entry, sizeof(entry), MSG_DONTWAIT) > 0;)
		;
	vfg_account_send_udp(&guest, NAME_PORT, 1);
	cr_assert(vfg_service_logs(&guest, "journal: takes the flow log again; "));
	cr_expect(eq(int, vfg_service_logged(&guest, "does not take"), 1), "said once");
	close(fd);
}

Test(log_service, without_files_records_wait_for_a_journal_that_stalls)
{
	int fd = be_journal();

	load("--flows 4096 --timeout udp=600");
	start("log-journal = yes\n");
	for (int i = 0; i < 60; i++)
		vfg_account_send_udp(&guest, NAME_PORT, 1);
	cr_assert(vfg_service_logs(&guest, "journal: does not take the flow log: "));
	cr_expect(metric_grows("vfguard_log_pending_records"), "%s", guest.output);
	cr_expect(journal_has(fd, "VFGUARD_STATE=begin\n", 60), "all of them come");
	cr_assert(vfg_service_logs(&guest, "journal: takes the flow log again; 0 records"));
	close(fd);
}

Test(log_service, without_a_journal_the_file_is_written_and_the_rest_counted)
{
	int fd = be_journal();

	close(fd);
	cr_assert(zero(int, unlink("/run/systemd/journal/socket")));
	load_short();
	start("log = vnet\nlog-journal = yes\n");
	vfg_account_send_udp(&guest, NAME_PORT, 3);
	await_packets(3);
	cr_assert(vfg_service_logs(&guest, "journal: does not take the flow log: No such file"));
	cr_expect(metric_grows("vfguard_log_unjournaled_records_total"), "%s", guest.output);
}

/* ---- the hour ---- */

/* Ten seconds before a full hour, by the daemon's time of day. */
static void set_clock(void)
{
	const char *command = vfg_guest_command();
	char text[512];

	snprintf(text, sizeof(text), "%.*s/shift.so", (int)(strrchr(command, '/') - command),
		 command);
	cr_assert(zero(int, access(text, R_OK)), "%s", text);
	setenv("LD_PRELOAD", text, 1);
	snprintf(text, sizeof(text), "%d", (int)(3600 - time(NULL) % 3600 - 10));
	setenv("VFG_SHIFT_S", text, 1);
}

Test(log_service, at_the_full_hour_another_file_begins)
{
	load("--flows 4096 --timeout udp=600");
	set_clock();
	start("log = vnet\nlog-continue = 1\n");
	unsetenv("LD_PRELOAD");
	for (int i = 0; i < 16; i++) {
		vfg_account_send_udp(&guest, NAME_PORT, 5);
		sleep(1);
	}
	await_packets(80);
	cr_expect(eq(sz, logs.files, 2));
	cr_expect(zero(i64, vfg_flowlogs_summary(&guest, NULL, "recordsLost")));
	/* Each record is in the file of its hour. */
	vfg_guest_run(
		&guest,
		"cd %s/logs; find . -name PT1H.json | while read -r f; do "
		"jq -r \".records[].time\" $f | sed \"s,-,/m=,; s,-,/d=,; s,T,/h=,; "
		"s,:.*,,; s,^,y=,\" | while read -r h; do case $f in */$h/m=00/*) echo good;; "
		"*) echo $h in $f;; esac; done; done | sort | uniq -c | sed \"s/^ *//\"",
		guest.folder);
	cr_expect(strstr(guest.output, " good\n") != NULL, "%s", guest.output);
	cr_expect(eq(ptr, strchr(guest.output, '\n') + 1, strchr(guest.output, '\0')), "%s",
		  guest.output);
}
