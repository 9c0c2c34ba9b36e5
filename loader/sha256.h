/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256, so that status can name an image as sha256sum(1) does. Pure. */
#ifndef VFG_LOADER_SHA256_H
#define VFG_LOADER_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum {
	VFG_SHA256_BYTES = 32,
	VFG_SHA256_TEXT = 2 * VFG_SHA256_BYTES + 1,
};

void vfg_sha256(const void *bytes, size_t count, uint8_t ret_digest[VFG_SHA256_BYTES]);

/* In lower-case hexadecimal, with a NUL behind it. */
void vfg_sha256_text(const uint8_t digest[VFG_SHA256_BYTES], char ret_text[VFG_SHA256_TEXT]);

#endif
