/* SPDX-License-Identifier: GPL-2.0-only */
/* Sizes of the tests that repeat themselves, for machines that are many times slower. */
#ifndef VFG_SELFTESTS_BPF_SHRINK_H
#define VFG_SELFTESTS_BPF_SHRINK_H

#include <stddef.h>

/**
 * shrink - how many of something a test should take
 * @what: plural, for the line that says so where it is fewer than @whole
 *
 * Return: @whole, divided by VFG_SHRINK from the environment where that is set; one at least.
 */
size_t shrink(const char *what, size_t whole);

#endif
