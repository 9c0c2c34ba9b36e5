/* SPDX-License-Identifier: GPL-2.0-only */
/* The files that --fix writes, taken into the program as packaging/ has them. */
#include "doctor_managers.h"

/* A text file, with a NUL behind it. Paths are those of the folder that make runs in. */
#define TAKE(symbol, path)                                                                         \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #symbol ", " #symbol "_end\n" #symbol ":\n.incbin \"" path              \
		"\"\n" #symbol "_end:\n.byte 0\n"                                                  \
		".popsection\n")

TAKE(vfg_unmanaged_rule, "packaging/udev/12-vfguard-unmanaged-vf.rules");
TAKE(vfg_unmanaged_network, "packaging/network/00-vfguard-unmanaged-vf.network");
