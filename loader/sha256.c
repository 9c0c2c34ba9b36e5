/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SHA-256 in the plainest way. Its constants are the first 32 bits of the fractions of roots of
 * primes; they are worked out here, which is shorter than the table and as easy to check.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sha256.h"

enum {
	BLOCK_BYTES = 64,
	ROUNDS = 64,
	WORDS = 8,
	LENGTH_BYTES = 8,
};

struct hash {
	uint32_t constant[ROUNDS];
	uint32_t state[WORDS];
};

static bool is_prime(uint32_t number)
{
	for (uint32_t divisor = 2; divisor * divisor <= number; divisor++) {
		if (number % divisor == 0)
			return false;
	}
	return true;
}

/* The largest x with x^power <= prime * 2^(32 * power), without what is before the point. */
static uint32_t root_fraction(uint32_t prime, int power)
{
	const unsigned __int128 square = (unsigned __int128)prime << 64;
	uint64_t root = 0;

	for (int bit = 36; bit >= 0; bit--) {
		uint64_t next = root | 1ULL << bit;
		unsigned __int128 rest = square;

		/* next^3 <= prime * 2^96, without numbers of more than 128 bits */
		if (power == 3)
			rest = ((unsigned __int128)prime << 96) / next;
		if ((unsigned __int128)next * next <= rest)
			root = next;
	}
	return (uint32_t)root;
}

static void begin(struct hash *hash)
{
	uint32_t prime = 2;

	for (int i = 0; i < ROUNDS; prime++) {
		if (!is_prime(prime))
			continue;
		hash->constant[i] = root_fraction(prime, 3);
		if (i < WORDS)
			hash->state[i] = root_fraction(prime, 2);
		i++;
	}
}

static uint32_t turn(uint32_t word, int bits)
{
	return word >> bits | word << (32 - bits);
}

static void expand(const uint8_t *block, uint32_t schedule[ROUNDS])
{
	for (int i = 0; i < 16; i++)
		schedule[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
			      (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < ROUNDS; i++) {
		uint32_t near = schedule[i - 2], far = schedule[i - 15];

		schedule[i] = schedule[i - 16] + (turn(far, 7) ^ turn(far, 18) ^ far >> 3) +
			      schedule[i - 7] + (turn(near, 17) ^ turn(near, 19) ^ near >> 10);
	}
}

/* w[0] to w[7] are a to h of the standard. */
static void take_block(struct hash *hash, const uint8_t *block)
{
	uint32_t schedule[ROUNDS], w[WORDS];

	expand(block, schedule);
	memcpy(w, hash->state, sizeof(w));
	for (int i = 0; i < ROUNDS; i++) {
		uint32_t first = w[7] + (turn(w[4], 6) ^ turn(w[4], 11) ^ turn(w[4], 25)) +
				 ((w[4] & w[5]) ^ (~w[4] & w[6])) + hash->constant[i] + schedule[i];
		uint32_t second = (turn(w[0], 2) ^ turn(w[0], 13) ^ turn(w[0], 22)) +
				  ((w[0] & w[1]) ^ (w[0] & w[2]) ^ (w[1] & w[2]));

		memmove(&w[1], &w[0], sizeof(w) - sizeof(w[0]));
		w[4] += first;
		w[0] = first + second;
	}
	for (int i = 0; i < WORDS; i++)
		hash->state[i] += w[i];
}

/* What is left, a bit, zeroes, and the length in bits: one block or two. */
static void take_end(struct hash *hash, const uint8_t *left, size_t count, uint64_t all)
{
	uint8_t block[2 * BLOCK_BYTES] = {};
	size_t bytes = count + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;

	if (count)
		memcpy(block, left, count);
	block[count] = 0x80;
	for (size_t i = 0; i < LENGTH_BYTES; i++)
		block[bytes - 1 - i] = (uint8_t)(all * 8 >> (8 * i));
	for (size_t at = 0; at < bytes; at += BLOCK_BYTES)
		take_block(hash, block + at);
}

void vfg_sha256(const void *bytes, size_t count, uint8_t ret_digest[VFG_SHA256_BYTES])
{
	const uint8_t *at = bytes;
	size_t left = count;
	struct hash hash;

	begin(&hash);
	for (; left >= BLOCK_BYTES; at += BLOCK_BYTES, left -= BLOCK_BYTES)
		take_block(&hash, at);
	take_end(&hash, at, left, count);
	for (int i = 0; i < VFG_SHA256_BYTES; i++)
		ret_digest[i] = (uint8_t)(hash.state[i / 4] >> (24 - 8 * (i % 4)));
}

void vfg_sha256_text(const uint8_t digest[VFG_SHA256_BYTES], char ret_text[VFG_SHA256_TEXT])
{
	for (int i = 0; i < VFG_SHA256_BYTES; i++)
		snprintf(ret_text + 2 * i, 3, "%02x", digest[i]);
}
