/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to a policy: the flags of verify, and the lines of its batch files, to the packet that
 * they mean.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "arguments.h"
#include "flag.h"
#include "nsgc.h"
#include "protocol.h"

enum {
	TCP = 6,
	UDP = 17,
	LINE_FIELDS = 6,
	FIELD_BYTES = 64, /* no field is longer */
};

const char vfg_question_help[] =
	"Question:\n"
	"  --direction Inbound|Outbound\n"
	"  --protocol P              " VFG_PROTOCOL_WORDS "\n"
	"  --local IP[:PORT]         the guest's end; IPv6 with a port: [IP]:PORT\n"
	"  --remote IP[:PORT]        the other end\n"
	"                            TCP and UDP need the destination's port; a source port that "
	"is\n"
	"                            missing or * is taken as 50000\n"
	"  --batch FILE              many questions, one a line:\n"
	"                            direction,protocol,local,localport,remote,remoteport\n";

/* One end of the packet. */
struct end {
	uint8_t address[16];
	uint8_t family;
	uint16_t port;
	bool has_port;
	bool any_port; /* "*" */
};

static bool has_ports(uint8_t protocol)
{
	return protocol == TCP || protocol == UDP;
}

/* Return: a decimal number of 0..max, or -EINVAL. */
static long number_parse(const char *text, long max)
{
	size_t digits = strspn(text, "0123456789");
	long number;

	if (!digits || digits > 5 || text[digits])
		return -EINVAL;
	number = strtol(text, NULL, 10);
	return number <= max ? number : -EINVAL;
}

static int direction_parse(const char *text, uint8_t *ret_direction)
{
	if (!strcasecmp(text, "Inbound"))
		*ret_direction = VFG_INBOUND;
	else if (!strcasecmp(text, "Outbound"))
		*ret_direction = VFG_OUTBOUND;
	else
		return -EINVAL;
	return 0;
}

static int protocol_parse(const char *text, uint8_t *ret_protocol)
{
	int number = vfg_protocol_parse(text);

	if (number < 0)
		return -EINVAL;
	*ret_protocol = (uint8_t)number;
	return 0;
}

static int address_parse(const char *text, struct end *end)
{
	end->family = strchr(text, ':') ? VFG_IPV6 : VFG_IPV4;
	if (inet_pton(end->family == VFG_IPV4 ? AF_INET : AF_INET6, text, end->address) != 1)
		return -EINVAL;
	return 0;
}

static int port_parse(const char *text, struct end *end)
{
	long number = strcmp(text, "*") ? number_parse(text, 65535) : 0;

	if (number < 0)
		return -EINVAL;
	end->any_port = !strcmp(text, "*");
	end->has_port = !end->any_port;
	end->port = (uint16_t)number;
	return 0;
}

/* IP, IP:PORT, [IPV6], [IPV6]:PORT; an IPv6 address without brackets has no port. */
static int end_parse(const char *text, struct end *ret_end)
{
	char copy[FIELD_BYTES];
	struct end end = {0};
	char *address = copy, *port = NULL;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	if (copy[0] == '[') {
		char *close = strchr(copy, ']');

		if (!close || (close[1] && close[1] != ':'))
			return -EINVAL;
		port = close[1] ? close + 2 : NULL;
		*close = '\0';
		address = copy + 1;
		if (!strchr(address, ':'))
			return -EINVAL;
	} else if (strchr(copy, ':') == strrchr(copy, ':') && strchr(copy, ':')) {
		port = strchr(copy, ':') + 1;
		port[-1] = '\0';
	}
	if (address_parse(address, &end) || (port && port_parse(port, &end)))
		return -EINVAL;
	*ret_end = end;
	return 0;
}

/* Return: 1, 0 where it is another flag, -EINVAL. */
static int take(struct vfg_question *question, int argc, char **argv, int *index, const char *flag,
		int (*parse)(struct vfg_question *question, const char *value))
{
	const char *value;
	int taken = vfg_flag_value(flag, argc, argv, index, &value);

	if (taken <= 0)
		return taken;
	return parse(question, value) ? -EINVAL : 1;
}

static int take_direction(struct vfg_question *question, const char *value)
{
	question->has_direction = true;
	return direction_parse(value, &question->tuple.direction);
}

static int take_protocol(struct vfg_question *question, const char *value)
{
	question->has_protocol = true;
	question->protocol = value;
	return protocol_parse(value, &question->tuple.protocol);
}

static int take_local(struct vfg_question *question, const char *value)
{
	struct end end = {0};
	int err = end_parse(value, &end);

	question->has_local = true;
	question->has_local_port = end.has_port;
	question->local_family = end.family;
	question->tuple.local_port = end.port;
	memcpy(question->tuple.local, end.address, sizeof(end.address));
	return err;
}

static int take_remote(struct vfg_question *question, const char *value)
{
	struct end end = {0};
	int err = end_parse(value, &end);

	question->has_remote = true;
	question->has_remote_port = end.has_port;
	question->remote_family = end.family;
	question->tuple.remote_port = end.port;
	memcpy(question->tuple.remote, end.address, sizeof(end.address));
	return err;
}

static const struct {
	const char *flag;
	int (*parse)(struct vfg_question *question, const char *value);
	const char *problem;
} question_flag[] = {
	{"--direction", take_direction, "--direction needs Inbound or Outbound"},
	{"--protocol", take_protocol, "--protocol needs " VFG_PROTOCOL_WORDS},
	{"--local", take_local, "--local needs IP, IP:PORT or [IPV6]:PORT"},
	{"--remote", take_remote, "--remote needs IP, IP:PORT or [IPV6]:PORT"},
};

int vfg_question_take(struct vfg_question *question, int argc, char **argv, int *index,
		      const char **ret_problem)
{
	for (size_t i = 0; i < sizeof(question_flag) / sizeof(*question_flag); i++) {
		int taken = take(question, argc, argv, index, question_flag[i].flag,
				 question_flag[i].parse);

		if (taken == -EINVAL)
			*ret_problem = question_flag[i].problem;
		if (taken)
			return taken;
	}
	return 0;
}

/* Families fit together, and the name of the protocol with them; a number is taken as it is. */
static int fit_families(struct vfg_tuple *tuple, const char *protocol, uint8_t local,
			uint8_t remote, const char **ret_problem)
{
	if (local != remote) {
		*ret_problem = "the local and the remote address are of different families";
		return -EINVAL;
	}
	tuple->family = local;
	if (!strcasecmp(protocol, "icmpv6") && local == VFG_IPV4) {
		*ret_problem = "icmpv6 does not go with IPv4 addresses; say icmp";
		return -EINVAL;
	}
	if (!strcasecmp(protocol, "icmp") && local == VFG_IPV6) {
		*ret_problem = "icmp does not go with IPv6 addresses; say icmpv6";
		return -EINVAL;
	}
	return 0;
}

static int fit_ports(struct vfg_question *question, const char **ret_problem)
{
	struct vfg_tuple *tuple = &question->tuple;
	bool inbound = tuple->direction == VFG_INBOUND;

	if (!has_ports(tuple->protocol)) {
		if (question->has_local_port || question->has_remote_port) {
			*ret_problem = question->has_local_port
					       ? "--local: this protocol has no ports"
					       : "--remote: this protocol has no ports";
			return -EINVAL;
		}
		return 0;
	}
	if (inbound ? !question->has_local_port : !question->has_remote_port) {
		*ret_problem = inbound ? "--local needs a port: it is the destination's side"
				       : "--remote needs a port: it is the destination's side";
		return -EINVAL;
	}
	if (!question->has_local_port)
		tuple->local_port = VFG_QUESTION_SOURCE_PORT;
	if (!question->has_remote_port)
		tuple->remote_port = VFG_QUESTION_SOURCE_PORT;
	return 0;
}

int vfg_question_complete(struct vfg_question *question, const char **ret_problem)
{
	int err;

	if (!question->has_direction || !question->has_protocol || !question->has_local ||
	    !question->has_remote) {
		*ret_problem = !question->has_direction	 ? "--direction is missing"
			       : !question->has_protocol ? "--protocol is missing"
			       : !question->has_local	 ? "--local is missing"
							 : "--remote is missing";
		return -EINVAL;
	}
	err = fit_families(&question->tuple, question->protocol, question->local_family,
			   question->remote_family, ret_problem);
	return err ? err : fit_ports(question, ret_problem);
}

/* Cut a copy of the line at its commas. Return: fields found, LINE_FIELDS + 1 where too many. */
static int split(char *line, char *field[LINE_FIELDS])
{
	int count = 0;
	char *text;

	while ((text = strsep(&line, ","))) {
		if (count == LINE_FIELDS)
			return LINE_FIELDS + 1;
		while (*text == ' ' || *text == '\t')
			text++;
		for (char *end = text + strlen(text); end > text && strchr(" \t\r\n", end[-1]);)
			*--end = '\0';
		field[count++] = text;
	}
	return count;
}

/* A port of a line; the source's may be "*". Return: the port, or -EINVAL. */
static long line_port(const char *text, uint8_t protocol, bool source)
{
	if (!has_ports(protocol))
		return !*text || number_parse(text, 65535) >= 0 || !strcmp(text, "*") ? 0 : -EINVAL;
	if (source && !strcmp(text, "*"))
		return VFG_QUESTION_SOURCE_PORT;
	return number_parse(text, 65535);
}

static int line_ends(struct vfg_tuple *tuple, char *const field[LINE_FIELDS],
		     const char **ret_problem)
{
	bool inbound = tuple->direction == VFG_INBOUND;
	struct end local = {0}, remote = {0};
	long local_port, remote_port;

	*ret_problem = "bad local address";
	if (address_parse(field[2], &local))
		return -EINVAL;
	*ret_problem = "bad remote address";
	if (address_parse(field[4], &remote))
		return -EINVAL;
	if (fit_families(tuple, field[1], local.family, remote.family, ret_problem))
		return -EINVAL;
	local_port = line_port(field[3], tuple->protocol, !inbound);
	*ret_problem = "bad local port";
	if (local_port < 0)
		return -EINVAL;
	remote_port = line_port(field[5], tuple->protocol, inbound);
	*ret_problem = "bad remote port";
	if (remote_port < 0)
		return -EINVAL;
	tuple->local_port = (uint16_t)local_port;
	tuple->remote_port = (uint16_t)remote_port;
	memcpy(tuple->local, local.address, sizeof(tuple->local));
	memcpy(tuple->remote, remote.address, sizeof(tuple->remote));
	return 0;
}

int vfg_question_line(const char *line, struct vfg_tuple *ret_tuple, const char **ret_problem)
{
	char copy[LINE_FIELDS * FIELD_BYTES];
	char *field[LINE_FIELDS];
	struct vfg_tuple tuple = {0};

	*ret_problem = "the line is too long";
	if (strlen(line) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, line);
	*ret_problem = "six fields are needed";
	if (split(copy, field) != LINE_FIELDS)
		return -EINVAL;
	*ret_problem = "bad direction";
	if (direction_parse(field[0], &tuple.direction))
		return -EINVAL;
	*ret_problem = "bad protocol";
	if (protocol_parse(field[1], &tuple.protocol))
		return -EINVAL;
	if (line_ends(&tuple, field, ret_problem))
		return -EINVAL;
	*ret_tuple = tuple;
	return 0;
}

int vfg_question_read(const char *text, size_t length, struct vfg_tuple *ret_tuple,
		      const char **ret_problem)
{
	char line[LINE_FIELDS * FIELD_BYTES] = "";

	if (memchr(text, '\0', length)) {
		*ret_problem = "a NUL in the line";
		return -EINVAL;
	}
	if (length >= sizeof(line)) {
		*ret_problem = "the line is too long";
		return -EINVAL;
	}
	memcpy(line, text, length);
	return vfg_question_line(line, ret_tuple, ret_problem);
}
