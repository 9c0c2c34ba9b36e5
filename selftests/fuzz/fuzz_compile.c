/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whole compiles. The input is a text of sections, each begun by a line "=== WORD": a source of
 * that sort, or an option. Half of the mutations replace one JSON value by a word that rules use,
 * or by another of the input's values, so that the result is still read.
 */
#include <string.h>

#include "../generate.h"
#include "probe.h"

enum {
	PACKETS = 64,
	TOKENS_MAX = 512,
};

#define MARK "=== "

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static const struct {
	const char *word;
	enum vfg_source_kind kind;
} sorts[] = {
	{"any\n", VFG_SOURCE_ANY},
	{"subnet-nsg\n", VFG_SOURCE_SUBNET_NSG},
	{"nic-nsg\n", VFG_SOURCE_NIC_NSG},
	{"admin-rules\n", VFG_SOURCE_ADMIN_RULES},
	{"service-tags\n", VFG_SOURCE_SERVICE_TAGS},
	{"nic\n", VFG_SOURCE_NIC},
	{"parameters\n", VFG_SOURCE_PARAMETERS},
};

static const char *const words[] = {
	"\"*\"",
	"\"Tcp\"",
	"\"Udp\"",
	"\"Icmp\"",
	"\"Esp\"",
	"\"Ah\"",
	"\"Any\"",
	"\"Allow\"",
	"\"Deny\"",
	"\"AlwaysAllow\"",
	"\"Inbound\"",
	"\"Outbound\"",
	"100",
	"101",
	"4096",
	"65000",
	"\"22\"",
	"\"0-65535\"",
	"\"0\"",
	"\"65535\"",
	"\"80-90\"",
	"\"VirtualNetwork\"",
	"\"Internet\"",
	"\"AzureLoadBalancer\"",
	"\"AzurePlatformDNS\"",
	"\"AzurePlatformIMDS\"",
	"\"Storage\"",
	"\"0.0.0.0/0\"",
	"\"::/0\"",
	"\"192.0.2.0/24\"",
	"\"192.0.2.128/25\"",
	"\"168.63.129.16\"",
	"\"169.254.169.254/32\"",
	"\"2001:db8::/32\"",
	"\"2001:db8::1\"",
	"\"10.0.0.4\"",
	"\"::ffff:192.0.2.1\"",
	"null",
	"[]",
	"\"\"",
	"true",
	"{}",
	"\"ServiceTag\"",
	"\"IPPrefix\"",
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* A value of the input: a string with its quotes, a number or a word. */
struct token {
	size_t first;
	size_t bytes;
};

static size_t token_end(const uint8_t *data, size_t size, size_t at)
{
	if (data[at++] == '"') {
		while (at < size && data[at] != '"')
			at += data[at] == '\\' ? 2 : 1;
		return at < size ? at + 1 : size;
	}
	while (at < size && strchr("0123456789abcdefghijklmnopqrstuvwxyz.+-", data[at]) && data[at])
		at++;
	return at;
}

/* Values follow a colon, a comma or a bracket; what a colon follows is a name. */
static size_t find_tokens(const uint8_t *data, size_t size, struct token token[TOKENS_MAX])
{
	size_t count = 0, at = 0;
	bool value = false;

	while (at < size && count < TOKENS_MAX) {
		size_t end = at + 1;

		if (data[at] == '"' || (value && strchr("0123456789tfn-", data[at]) && data[at])) {
			end = token_end(data, size, at);
			if (value && (end == size || data[end] != ':'))
				token[count++] = (struct token){at, end - at};
			value = false;
		} else if (!strchr(" \t\r\n", data[at])) {
			value = data[at] == ':' || data[at] == ',' || data[at] == '[';
		}
		at = end;
	}
	return count;
}

/* Return: the new size, 0 where it does not fit. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, struct token token,
		      const char *with)
{
	size_t bytes = strlen(with);

	if (size - token.bytes + bytes > max_size)
		return 0;
	memmove(data + token.first + bytes, data + token.first + token.bytes,
		size - token.first - token.bytes);
	memcpy(data + token.first, with, bytes);
	return size - token.bytes + bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct vfg_random random = {.state = seed};
	static struct token token[TOKENS_MAX];
	size_t count = find_tokens(data, size, token), mutated;
	const char *with = words[vfg_random_below(&random, COUNT(words))];
	struct token *at;
	char other[128];

	if (!count || vfg_random_below(&random, 2))
		return LLVMFuzzerMutate(data, size, max_size);
	at = &token[vfg_random_below(&random, (uint32_t)count)];
	if (at->bytes < sizeof(other) && vfg_random_below(&random, 3) == 0) {
		memcpy(other, data + at->first, at->bytes);
		other[at->bytes] = '\0';
		with = other;
		at = &token[vfg_random_below(&random, (uint32_t)count)];
	}
	mutated = replace(data, size, max_size, *at, with);
	return mutated ? mutated : LLVMFuzzerMutate(data, size, max_size);
}

static void add_option(struct probe *probe, char *section)
{
	char *line = strchr(section, '\n');

	if (!strncmp(section, "tag\n", 4))
		probe_tag(probe, strsep(&line, "\n") ? strsep(&line, "\n") : "");
	else if (!strncmp(section, "param\n", 6))
		probe_param(probe, strsep(&line, "\n") ? strsep(&line, "\n") : "");
	probe->request.lenient |= !strncmp(section, "lenient", 7);
	probe->request.inert_empty_groups |= !strncmp(section, "inert", 5);
	if (!strncmp(section, "none", 4))
		probe->request.platform = VFG_PLATFORM_NONE;
	if (!strncmp(section, "ssh\n", 4))
		probe->request.ssh_connection = line + 1;
}

static void add_section(struct probe *probe, char *section)
{
	for (size_t i = 0; i < COUNT(sorts); i++) {
		size_t length = strlen(sorts[i].word);

		if (strncmp(section, sorts[i].word, length))
			continue;
		probe_add(probe, sorts[i].kind, section + length, strlen(section + length));
		return;
	}
	add_option(probe, section);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct probe probe;
	char *at;

	probe_open(&probe);
	at = vfg_arena_strndup(probe.arena, (const char *)data, size);
	at = strstr(at, MARK);
	while (at) {
		char *next = strstr(at + 1, MARK);

		if (next)
			*next = '\0';
		add_section(&probe, at + strlen(MARK));
		at = next;
	}
	probe_run(&probe, PACKETS);
	probe_close(&probe);
	return 0;
}
