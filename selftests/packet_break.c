/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packets that were built right, and then went wrong in one place.
 */
#include <assert.h>
#include <string.h>

#include "packet.h"

void packet_pad(struct packet *packet, size_t bytes)
{
	assert(packet->length + bytes <= PACKET_BYTES_MAX);
	memset(packet->bytes + packet->length, 0, bytes);
	packet->length += bytes;
}

void packet_cut(struct packet *packet, size_t bytes)
{
	assert(bytes <= packet->length);
	packet->length -= bytes;
}

void packet_break_length(struct packet *packet, size_t n, uint16_t length)
{
	uint8_t *at;

	for (size_t i = 0; i < packet->layers; i++) {
		bool ipv4 = packet->layer[i].kind == PACKET_IPV4;

		if (!ipv4 && packet->layer[i].kind != PACKET_IPV6)
			continue;
		if (n-- == 0) {
			at = packet->bytes + packet->layer[i].offset + (ipv4 ? 2 : 4);
			at[0] = length >> 8;
			at[1] = (uint8_t)length;
			return;
		}
	}
	assert(!"no such IP header");
}

static uint8_t *first_layer(struct packet *packet, enum packet_layer_kind one,
			    enum packet_layer_kind other)
{
	for (size_t i = 0; i < packet->layers; i++)
		if (packet->layer[i].kind == one || packet->layer[i].kind == other)
			return packet->bytes + packet->layer[i].offset;
	assert(!"no such header");
	return NULL;
}

void packet_break_version(struct packet *packet, uint8_t version)
{
	uint8_t *at = first_layer(packet, PACKET_IPV4, PACKET_IPV6);

	at[0] = (uint8_t)((at[0] & 0xf) | version << 4);
}

void packet_break_ipv4_header(struct packet *packet, uint8_t words)
{
	uint8_t *at = first_layer(packet, PACKET_IPV4, PACKET_IPV4);

	at[0] = (uint8_t)((at[0] & 0xf0) | words);
}

void packet_break_tcp_header(struct packet *packet, uint8_t words)
{
	uint8_t *at = first_layer(packet, PACKET_TCP, PACKET_TCP);

	at[12] = (uint8_t)(words << 4);
}
