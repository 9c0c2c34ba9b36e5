/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The nsgc command as a script meets it: exit status, standard output and standard error. It is the
 * one built beside these tests.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MISSING "/nonexistent/nsg.json"
#define REASON	"No such file or directory"
#define ENVELOPE(file)                                                                             \
	"{\"error\":{\"code\":\"UnreadableSource\",\"message\":\"cannot read: " REASON "\","       \
	"\"details\":[{\"code\":\"UnreadableSource\",\"message\":\"cannot read: " REASON "\","     \
	"\"target\":{\"file\":\"" file "\",\"rule\":\"\",\"field\":\"\"}}]},\"warnings\":[]}\n"
#define NO_NSG(command)                                                                            \
	"nsgc: no NSG: name FILE, --nic-nsg or --subnet-nsg FILE, see nsgc " command " --help\n"
#define TWO_IMAGES "nsgc: two IMAGEs are needed: the old, the new, see nsgc diff --help\n"
#define UNREAD	   "nsgc: " MISSING ": cannot open: " REASON "\n"
#define SAMPLE	   "selftests/samples/web-nic-nsg.json --tag VirtualNetwork=10.0.0.0/16"
#define VERIFY	   "verify " SAMPLE

static const struct {
	const char *arguments;
	int status;
	const char *output;
	const char *errors;
} rows[] = {
	{"check " MISSING, 1, "", UNREAD},
	{"check " MISSING " --json", 1, ENVELOPE(MISSING), UNREAD},
	{"check --json " MISSING, 1, ENVELOPE(MISSING), UNREAD},
	{"check --json --nic-nsg " MISSING, 1, ENVELOPE(MISSING), UNREAD},
	{"check --subnet-nsg=" MISSING " --json", 1, ENVELOPE(MISSING), UNREAD},
	{"check " MISSING " -- --json", 1, "", UNREAD},
	{"dump " MISSING " --json", 1, "", UNREAD},
	{"check", 2, "", NO_NSG("check")},
	{"check --json", 2, "", NO_NSG("check")},
	{"check --tag A=192.0.2.1", 2, "", NO_NSG("check")},
	{"compile -o /dev/null", 2, "", NO_NSG("compile")},
	{"verify", 2, "", NO_NSG("verify")},
	{"verify --batch /dev/null", 2, "", NO_NSG("verify")},
	{"verify --explain", 2, "", NO_NSG("verify")},
	{VERIFY " --batch " MISSING, 1, "", UNREAD},
	{VERIFY " --batch /", 1, "", "nsgc: /: cannot read: Is a directory\n"},
	{"verify /dev/null --explain --batch /dev/null", 2, "",
	 "nsgc: --batch goes without a question, --json and --explain, see nsgc verify --help\n"},
	{"diff", 2, "", TWO_IMAGES},
	{"diff /dev/null", 2, "", TWO_IMAGES},
	{"diff /dev/null /dev/null /dev/null", 2, "", TWO_IMAGES},
	{"diff --explain /dev/null /dev/null", 2, "",
	 "nsgc: unknown option --explain, see nsgc diff --help\n"},
	{"diff /dev/null " MISSING, 1, "", UNREAD},
	{"diff / /", 1, "", "nsgc: /: cannot read: Is a directory\n"},
	{"diff --exit-code --json /dev/null /dev/null", 1, "",
	 "nsgc: /dev/null: NotAPolicyImage: not a policy image, which nsgc compile -o makes\n"},
	{"dump '/dev/null#x'", 2, "", "nsgc: an IMAGE has no #x, see nsgc dump --help\n"},
	{"diff /dev/null# '/dev/null#x'", 1, "",
	 "nsgc: /dev/null: NotAPolicyImage: not a policy image, which nsgc compile -o makes\n"},
	{"dump --exit-code /dev/null", 2, "",
	 "nsgc: unknown option --exit-code, see nsgc dump --help\n"},
	{"check --explain " MISSING, 2, "",
	 "nsgc: unknown option --explain, see nsgc check --help\n"},
};

/* Return: the exit status, -1 where the command did not run. */
static int run(const char *redirected, char *text, size_t room)
{
	FILE *stream = popen(redirected, "r");
	int status;

	cr_assert(stream);
	text[fread(text, 1, room - 1, stream)] = '\0';
	status = pclose(stream);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *command_folder(void)
{
	static char folder[512];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);

	cr_assert(length > 0);
	folder[length] = '\0';
	*strrchr(folder, '/') = '\0';
	return folder;
}

/* What stands behind a NUL is part of the line, not a comment. */
Test(command, a_batch_line_is_read_to_its_end)
{
	static const struct {
		const char *line; /* for printf(1) */
		int status;
		const char *answer;
	} lines[] = {
		{"Inbound,tcp,10.0.0.4,9,192.0.2.1,9", 0,
		 "Deny,defaultSecurityRules/DenyAllInBound\n"},
		{"Inbound,tcp,10.0.0.4,9,192.0.2.1,9\\0", 1, "Error,a NUL in the line\n"},
		{"Inbound,tcp,10.0.0.4,9,192.0.2.1,9\\0,x", 1, "Error,a NUL in the line\n"},
		{"\\0", 1, "Error,a NUL in the line\n"},
		{"", 1, "Error,six fields are needed\n"},
	};
	char line[1024], output[1024];

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		snprintf(line, sizeof(line), "printf '%s\\n' | '%s/nsgc' %s --batch /dev/stdin",
			 lines[i].line, command_folder(), VERIFY);
		cr_expect_eq(run(line, output, sizeof(output)), lines[i].status, "%s", line);
		cr_expect_str_eq(output, lines[i].answer, "%s: %s", line, output);
	}
}

/* A policy tells what is open: who may read it is the user's choice. */
Test(command, an_image_is_for_whom_the_umask_lets)
{
	char image[] = "/tmp/vfg-command-XXXXXX", line[1024], output[1024];
	struct stat status;
	int fd = mkstemp(image);

	cr_assert(fd >= 0);
	close(fd);
	unlink(image);
	snprintf(line, sizeof(line), "umask 027; '%s/nsgc' compile %s -o %s", command_folder(),
		 SAMPLE, image);
	cr_expect_eq(run(line, output, sizeof(output)), 0);
	cr_assert_eq(stat(image, &status), 0);
	cr_expect_eq(status.st_mode & 0777, 0640, "%o", status.st_mode);
	unlink(image);
}

/* Whenever the interrupt comes, the folder holds the whole image or nothing. */
Test(command, an_interrupt_leaves_no_half_image_behind)
{
	char folder[] = "/tmp/vfg-command-XXXXXX", line[1024], output[1024];

	cr_assert(mkdtemp(folder));
	for (int i = 1; i <= 60; i++) {
		snprintf(line, sizeof(line),
			 "timeout -s INT 0.%04d '%s/nsgc' compile %s -o %s/image; ls %s", i * 4,
			 command_folder(), SAMPLE, folder, folder);
		run(line, output, sizeof(output));
		cr_expect(!*output || !strcmp(output, "image\n"), "%s", output);
	}
	snprintf(line, sizeof(line), "rm -r %s", folder);
	run(line, output, sizeof(output));
}

Test(command, wrong_usage_and_unread_files_are_told_apart)
{
	char line[1024], output[1024], errors[1024];
	const char *folder = command_folder();

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *arguments = rows[i].arguments;

		snprintf(line, sizeof(line), "LC_ALL=C '%s/nsgc' %s 2>/dev/null", folder,
			 arguments);
		cr_expect_eq(run(line, output, sizeof(output)), rows[i].status, "%s", arguments);
		cr_expect_str_eq(output, rows[i].output, "%s: %s", arguments, output);
		snprintf(line, sizeof(line), "LC_ALL=C '%s/nsgc' %s 2>&1 >/dev/null", folder,
			 arguments);
		cr_expect_eq(run(line, errors, sizeof(errors)), rows[i].status, "%s", arguments);
		cr_expect_str_eq(errors, rows[i].errors, "%s: %s", arguments, errors);
	}
}
