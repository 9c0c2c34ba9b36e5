/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one header of libnsgc, as it is installed: the library's own, with the contract beside them.
 * For C and C++.
 */
#ifdef __cplusplus
#define _Static_assert static_assert
extern "C" {
#endif
#include "policy-compiler/nsgc.h"
#include "policy-compiler/arguments.h"
#include "policy-compiler/clash.h"
#include "policy-compiler/explain.h"
#ifdef __cplusplus
}
#undef _Static_assert
#endif
