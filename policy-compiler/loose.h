/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The JSON that templates are written in, to the strict JSON that readers take.
 */
#ifndef VFG_POLICY_COMPILER_LOOSE_H
#define VFG_POLICY_COMPILER_LOOSE_H

#include "nsgc.h"

/* Is it the text of a template, whose writers and platform take more than strict JSON? */
bool vfg_loose_is_template(const char *text, size_t bytes);

/**
 * vfg_loose_rewrite - strict JSON of the same meaning, with every token on its own line as before
 * @ret_text: lives in @arena
 *
 * Comments become blanks, line ends and tabs inside strings are escaped, a comma before a closing
 * bracket goes. All else stays as it is, for the parser to judge.
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_loose_rewrite(struct vfg_arena *arena, const char *text, size_t bytes,
		      const char **ret_text, size_t *ret_bytes);

/* Does it look like Bicep, which must be compiled first? */
bool vfg_loose_is_bicep(const char *text, size_t bytes);

#endif
