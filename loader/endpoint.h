/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses with ports, prefixes and protocols, as people read and write them. Pure. */
#ifndef VFG_LOADER_ENDPOINT_H
#define VFG_LOADER_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../maps/abi.h"

enum {
	VFG_ENDPOINT_TEXT_MAX = 64, /* "[IPv6]:PORT", and a NUL */
	VFG_PROTOCOL_TEXT_MAX = 16,
	VFG_PORT_NONE = -1,
};

/* What IP[/LEN][:PORT] asks for. */
struct vfg_endpoint_filter {
	bool has_address;
	uint8_t family;
	uint8_t address[16]; /* wire order, IPv4 in the first four bytes */
	uint8_t bits;
	int port; /* VFG_PORT_NONE: any */
};

/**
 * vfg_endpoint_parse - read "192.0.2.0/24:443", "[2001:db8::/32]:443", "[2001:db8::1]",
 * "2001:db8::1", ":443"
 *
 * Return: 0, or -EINVAL.
 */
int vfg_endpoint_parse(const char *text, struct vfg_endpoint_filter *ret_filter);

/**
 * vfg_endpoint_matches - is an address within what is asked for?
 * @port: VFG_PORT_NONE where there is none
 */
bool vfg_endpoint_matches(const struct vfg_endpoint_filter *filter, uint8_t family,
			  const uint8_t *address, int port);

/**
 * vfg_address_text - an address alone
 * @ret_text: VFG_ENDPOINT_TEXT_MAX bytes
 *
 * Return: its length.
 */
size_t vfg_address_text(uint8_t family, const uint8_t *address, char *ret_text);

/**
 * vfg_endpoint_text - "192.0.2.1:443", "[2001:db8::1]:443"; without a port, the address alone
 *
 * Return: its length.
 */
size_t vfg_endpoint_text(uint8_t family, const uint8_t *address, int port, char *ret_text);

/* Return: the port number in a text, or VFG_PORT_NONE. */
int vfg_endpoint_port(const char *text);

/**
 * vfg_endpoint_protocol_text - "tcp", or the number where it has no name here
 * @ret_text: VFG_PROTOCOL_TEXT_MAX bytes
 */
size_t vfg_endpoint_protocol_text(uint8_t protocol, char *ret_text);

/* Append a number in decimal. Return: behind it; there is no NUL. */
char *vfg_number_text(char *at, uint64_t number);

#endif
