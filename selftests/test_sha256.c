/* SPDX-License-Identifier: GPL-2.0-only */
/* SHA-256 against the standard's own examples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "../loader/sha256.h"

/* Source: FIPS 180-2, appendix B, and NIST's example of no message */
static const struct {
	const char *message;
	size_t times;
	const char *digest;
} examples[] = {
	{"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

Test(sha256, says_what_the_standard_says)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		size_t length = strlen(examples[i].message);
		char *bytes = malloc(length * examples[i].times + 1), text[VFG_SHA256_TEXT];
		uint8_t digest[VFG_SHA256_BYTES];

		for (size_t j = 0; j < examples[i].times; j++)
			memcpy(bytes + j * length, examples[i].message, length);
		vfg_sha256(bytes, length * examples[i].times, digest);
		vfg_sha256_text(digest, text);
		cr_expect(eq(str, text, (char *)examples[i].digest), "%zu", i);
		free(bytes);
	}
}
