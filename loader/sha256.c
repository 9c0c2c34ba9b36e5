/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 by libcrypto. */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/sha.h>

#include "sha256.h"

void vfg_sha256(const void *bytes, size_t count, uint8_t ret_digest[VFG_SHA256_BYTES])
{
	/* Fails only where the library itself is broken. */
	if (!SHA256(bytes, count, ret_digest))
		abort();
}

void vfg_sha256_text(const uint8_t digest[VFG_SHA256_BYTES], char ret_text[VFG_SHA256_TEXT])
{
	for (int i = 0; i < VFG_SHA256_BYTES; i++)
		snprintf(ret_text + (size_t)i * 2, 3, "%02x", digest[i]);
}
