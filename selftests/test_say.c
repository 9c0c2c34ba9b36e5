/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of the loader: their form, and their priority for the journal. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/say.h"

static char *text;
static size_t bytes;

/* One line of each kind, as a stream gets them. */
static void say_all(void)
{
	FILE *stream = open_memstream(&text, &bytes);

	cr_assert(stream != NULL);
	vfg_say_divert(stream);
	cr_expect(eq(int, vfg_say(VFG_EXIT_REFUSED, "eth0", "not %s", "there"), 1));
	vfg_warn("eth0", "odd");
	vfg_note("eth0", "done");
	vfg_say_divert(NULL);
	fclose(stream);
}

/* What the service manager says of a standard error that the journal reads, off by @other. */
static void name_journal(int other)
{
	struct stat info;
	char stream[64];

	cr_assert(zero(int, fstat(STDERR_FILENO, &info)));
	snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)info.st_dev,
		 (uintmax_t)info.st_ino + (uintmax_t)other);
	setenv("JOURNAL_STREAM", stream, 1);
}

Test(say, lines_name_program_place_and_matter)
{
	unsetenv("JOURNAL_STREAM");
	vfg_say_setup("vfguard");
	say_all();
	cr_expect(eq(str, text,
		     "vfguard: eth0: not there\nvfguard: eth0: odd\nvfguard: eth0: done\n"));
}

Test(say, the_journal_is_told_priorities)
{
	name_journal(0);
	vfg_say_setup("vfguard");
	say_all();
	cr_expect(eq(str, text,
		     "<3>vfguard: eth0: not there\n<4>vfguard: eth0: odd\n"
		     "<6>vfguard: eth0: done\n"));
}

Test(say, a_stream_that_is_not_the_journal_s_is_not)
{
	name_journal(1);
	vfg_say_setup("vfguard");
	say_all();
	cr_expect(eq(int, strncmp(text, "vfguard: ", 9), 0), "%s", text);
}
