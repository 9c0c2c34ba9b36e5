/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells a reader that went away from an output that is incomplete. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "say.h"

enum { PIECE_BYTES = 256 << 10 };

void vfg_output_begin(void)
{
	setvbuf(stdout, NULL, _IOFBF, PIECE_BYTES);
}

int vfg_output_end(void)
{
	bool fails = fflush(stdout) != 0;
	int err = errno;

	if (!fails && !ferror(stdout))
		return 0;
	/* Who ignores SIGPIPE is told by this. */
	if (fails && err == EPIPE) {
		clearerr(stdout);
		return 0;
	}
	return vfg_say(VFG_EXIT_SYSTEM, "standard output", "cannot be written: %s",
		       fails ? strerror(err) : "not all of it has gone out; is there room?");
}
