/* SPDX-License-Identifier: GPL-2.0-only */
/* The one header of libnsgc, as it is installed: the library's own, with the contract beside them. */
#include "policy-compiler/nsgc.h"
#include "policy-compiler/explain.h"
