/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operator's connection: reads it as sshd writes it, and asks the oracle.
 */
#include "operator.h"

#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "address.h"
#include "port.h"

enum {
	WORDS = 4,	    /* client, port, server, port */
	LOOPBACK_IPV4 = 127 /* of the first byte */
};

struct end {
	vfg_u128 address;
	uint16_t port;
	uint8_t family;
};

/* An IPv4 address inside an IPv6 one is what a dual-stack server prints of an IPv4 client; a scope
 * ("fe80::1%eth0") is no part of the address. */
static bool read_end(char *address, const char *port, struct end *ret_end)
{
	struct vfg_port_range range;
	struct vfg_prefix prefix;
	char *scope = strchr(address, '%');

	if (scope)
		*scope = '\0';
	if (strchr(address, '/') || vfg_prefix_parse(address, &prefix) ||
	    vfg_port_parse(port, &range) || range.first != range.last)
		return false;
	*ret_end = (struct end){prefix.address, range.first, prefix.family};
	if (prefix.family == VFG_IPV6 && prefix.address >> 32 == 0xffff) {
		ret_end->address = (uint32_t)prefix.address;
		ret_end->family = VFG_IPV4;
	}
	return true;
}

static bool is_loopback(const struct end *end)
{
	return end->family == VFG_IPV4 ? end->address >> 24 == LOOPBACK_IPV4 : end->address == 1;
}

static void put_address(const struct end *end, uint8_t byte[16])
{
	int bytes = end->family == VFG_IPV4 ? 4 : 16;

	for (int i = 0; i < bytes; i++)
		byte[i] = (uint8_t)(end->address >> 8 * (bytes - 1 - i));
}

/* Return: is it a connection that comes through the NIC? */
static bool read_connection(char *text, struct vfg_tuple *ret_tuple)
{
	struct vfg_tuple tuple = {.direction = VFG_INBOUND, .protocol = IPPROTO_TCP};
	char *word[WORDS] = {0}, *rest = text;
	struct end client, server;
	size_t count = 0;

	for (char *at; (at = strsep(&rest, " "));) {
		if (count == WORDS)
			return false;
		word[count++] = at;
	}
	if (count < WORDS || !read_end(word[0], word[1], &client) ||
	    !read_end(word[2], word[3], &server) || client.family != server.family)
		return false;
	if (is_loopback(&client) || client.address == server.address)
		return false;
	tuple.family = client.family;
	tuple.remote_port = client.port;
	tuple.local_port = server.port;
	put_address(&client, tuple.remote);
	put_address(&server, tuple.local);
	*ret_tuple = tuple;
	return true;
}

/* Return: 1 where there is a connection to ask about, 0, -ENOMEM. */
static int connection_of(struct vfg_arena *arena, const char *ssh_connection,
			 struct vfg_tuple *ret_tuple)
{
	char *copy;

	if (!ssh_connection)
		return 0;
	copy = vfg_arena_strndup(arena, ssh_connection, strlen(ssh_connection));
	if (!copy)
		return -ENOMEM;
	return read_connection(copy, ret_tuple);
}

/* @file: that the list is of; an image knows no more of it than its name */
static void warn(struct vfg_diag *diag, const struct vfg_verdict *verdict, const char *file,
		 const char *ssh_connection)
{
	const char *slash = strchr(verdict->rule, '/');
	struct vfg_place place = {
		.file = file,
		.rule = slash ? slash + 1 : verdict->rule,
	};

	if (verdict->allow)
		return;
	if (*verdict->rule)
		vfg_diag_add(diag, VFG_WARNING, place, "OperatorCutOff",
			     "%s of %s denies the SSH connection that you are using (%s): once it "
			     "ends you cannot come back; allow it before you apply the policy",
			     verdict->rule, verdict->list, ssh_connection);
	else
		vfg_diag_add(diag, VFG_WARNING, place, "OperatorCutOff",
			     "no rule allows the SSH connection that you are using (%s): once it "
			     "ends you cannot come back; allow it before you apply the policy",
			     ssh_connection);
}

static const char *file_of(const struct vfg_model *model, const struct vfg_verdict *verdict)
{
	const struct vfg_pipeline *pipeline = &model->pipeline[VFG_INBOUND];

	for (size_t i = 0; *verdict->rule && i < pipeline->count; i++) {
		if (pipeline->list[i]->stage == verdict->stage)
			return pipeline->list[i]->file;
	}
	return NULL;
}

int vfg_operator_check(struct vfg_diag *diag, const struct vfg_model *model,
		       const char *ssh_connection)
{
	struct vfg_verdict verdict;
	struct vfg_tuple tuple;
	int found = connection_of(diag->arena, ssh_connection, &tuple);

	if (found <= 0)
		return found;
	verdict = vfg_model_judge(model, &tuple);
	warn(diag, &verdict, file_of(model, &verdict), ssh_connection);
	return 0;
}

int vfg_operator_check_tables(struct vfg_diag *diag, const struct vfg_tables *tables,
			      const char *ssh_connection)
{
	struct vfg_verdict verdict;
	struct vfg_tuple tuple;
	int found = connection_of(diag->arena, ssh_connection, &tuple);

	if (found <= 0)
		return found;
	verdict = vfg_tables_judge(tables, &tuple);
	warn(diag, &verdict, verdict.list, ssh_connection);
	return 0;
}
