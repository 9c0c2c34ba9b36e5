/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the settings file: its lines, sections and the keys of [daemon]; those of a master are read
 * by config_key.c. inih tells no line numbers, so lines are counted as it asks for them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "../policy-compiler/arguments.h"
#include "cleanup.h"
#include "config.h"
#include "config_key.h"
#include "log_config.h"
#include "say.h"

enum {
	AUDIT_MS = 500,
	AUDIT_MIN_MS = 100,
	WAIT_MS = 5000,
	AUDIT_MAX = 3600,
	METRICS_MS = 10000,
	METRICS_MIN_MS = 1000,
	METRICS_MAX = 3600,
	WAIT_MAX = 60, /* the service manager's patience is longer */
};

static const size_t arena_limit_bytes = 64UL << 20;

const char vfg_config_default_file[] = "/etc/vfguard/vfguard.conf";

enum section {
	SECTION_NONE, /* before any */
	SECTION_BAD,  /* said so; its keys are passed over */
	SECTION_DAEMON,
	SECTION_MASTER,
};

struct parser {
	FILE *stream;
	struct vfg_config *config;
	unsigned int line;
	unsigned int faults;
	enum section section;
	char title[64]; /* of the section, as inih has it */
	struct vfg_config_section master;
};

__attribute__((format(printf, 3, 4))) static void complain(struct parser *parser, unsigned int line,
							   const char *format, ...)
{
	char where[256], text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(where, sizeof(where), "%s:%u", parser->config->file, line);
	vfg_say(VFG_EXIT_REFUSED, where, "%s", text);
	parser->faults++;
}

static bool read_address(const char *text, uint8_t ret_address[VFG_CONFIG_ADDRESS_BYTES])
{
	unsigned int part[VFG_CONFIG_ADDRESS_BYTES];
	int used = 0;

	if (strlen(text) != 3 * VFG_CONFIG_ADDRESS_BYTES - 1 ||
	    strspn(text, "0123456789abcdefABCDEF:") != strlen(text) ||
	    sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &part[0], &part[1], &part[2], &part[3],
		   &part[4], &part[5], &used) != VFG_CONFIG_ADDRESS_BYTES ||
	    text[used])
		return false;
	for (int i = 0; i < VFG_CONFIG_ADDRESS_BYTES; i++)
		ret_address[i] = (uint8_t)part[i];
	return true;
}

/* What the kernel takes for a name (dev_valid_name), so that a slip is told here. */
static bool is_device_name(const char *text)
{
	return text[0] && strlen(text) < IFNAMSIZ && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0 && !strpbrk(text, "/: \t");
}

static bool is_same(const struct vfg_config_master *a, const struct vfg_config_master *b)
{
	if (a->by_address != b->by_address)
		return false;
	return a->by_address ? !memcmp(a->address, b->address, sizeof(a->address))
			     : !strcmp(a->title, b->title);
}

/* Moves all to make room for one more: sections are few, and none is being read. */
static struct vfg_config_master *add_master(struct vfg_config *config)
{
	struct vfg_config_master *more =
		vfg_arena_array(config->arena, config->count + 1, sizeof(*more));

	if (!more)
		return NULL;
	if (config->count)
		memcpy(more, config->master, config->count * sizeof(*more));
	config->master = more;
	return &more[config->count++];
}

static enum section open_master(struct parser *parser, const char *device)
{
	struct vfg_config *config = parser->config;
	struct vfg_config_master master = {.line = parser->line, .tuning = vfg_tuning_default()};
	struct vfg_config_master *place;

	master.by_address = read_address(device, master.address);
	if (!master.by_address && !is_device_name(device)) {
		complain(parser, parser->line,
			 "[master %s]: neither a device name nor an address like 00:00:5e:00:53:01",
			 device);
		return SECTION_BAD;
	}
	master.title = vfg_arena_strndup(config->arena, device, strlen(device));
	for (size_t i = 0; master.title && i < config->count; i++) {
		if (!is_same(&config->master[i], &master))
			continue;
		complain(parser, parser->line, "[master %s] is there already, in line %u", device,
			 config->master[i].line);
		return SECTION_BAD;
	}
	place = master.title ? add_master(config) : NULL;
	if (!place) {
		complain(parser, parser->line, "no memory left");
		return SECTION_BAD;
	}
	*place = master;
	parser->master = (struct vfg_config_section){
		.arena = config->arena, .file = config->file, .master = place};
	return SECTION_MASTER;
}

static void end_section(struct parser *parser)
{
	const struct vfg_config_master *master = parser->master.master;

	if (parser->section == SECTION_MASTER && !vfg_config_key_has_policy(&parser->master))
		complain(parser, master->line,
			 "[master %s] has no policy; give policy, subnet-nsg, nic-nsg or "
			 "admin-rules",
			 master->title);
}

static void open_section(struct parser *parser, const char *title)
{
	static const char master[] = "master";
	const size_t length = sizeof(master) - 1;

	end_section(parser);
	snprintf(parser->title, sizeof(parser->title), "%s", title);
	if (!strcmp(title, "daemon")) {
		parser->section = SECTION_DAEMON;
	} else if (!strncmp(title, master, length) &&
		   (title[length] == ' ' || title[length] == '\t')) {
		title += length;
		parser->section = open_master(parser, title + strspn(title, " \t"));
	} else {
		complain(parser, parser->line,
			 "[%s]: no such section; there are [daemon] and [master DEVICE]", title);
		parser->section = SECTION_BAD;
	}
}

/* Tenths and the like too. */
static bool take_seconds(const char *value, unsigned int first_ms, unsigned int last,
			 unsigned int *ret_ms)
{
	char *end;
	double seconds = strtod(value, &end);

	if (value[0] < '0' || value[0] > '9' || *end ||
	    strspn(value, "0123456789.") != strlen(value) || seconds * 1000 < first_ms ||
	    seconds > last)
		return false;
	*ret_ms = (unsigned int)(seconds * 1000);
	return true;
}

/* The collector passes over all other names, and a relative one would be below who knows what. */
static void take_metrics_file(struct parser *parser, const char *value)
{
	static const char suffix[] = ".prom";
	size_t length = strlen(value), end = sizeof(suffix) - 1;

	if (value[0] != '/' || length <= end || strcmp(value + length - end, suffix) != 0)
		complain(
			parser, parser->line,
			"metrics-file takes a full name that ends in .prom, as node_exporter reads "
			"no other");
	else
		parser->config->metrics_file =
			vfg_arena_strndup(parser->config->arena, value, length);
}

static const char *take_log(struct vfg_config *config, const char *name, const char *value)
{
	if (!config->log) {
		config->log = vfg_arena_alloc(config->arena, sizeof(*config->log));
		if (!config->log)
			return "no memory left";
		*config->log = vfg_log_config_default;
	}
	return vfg_log_config_take(config->log, config->arena, name, value);
}

static void take_daemon(struct parser *parser, const char *name, const char *value)
{
	struct vfg_config *config = parser->config;

	if (!strcmp(name, "audit")) {
		if (!take_seconds(value, AUDIT_MIN_MS, AUDIT_MAX, &config->audit_ms))
			complain(parser, parser->line, "audit takes seconds, 0.1 to %d", AUDIT_MAX);
	} else if (!strcmp(name, "wait")) {
		if (!take_seconds(value, 0, WAIT_MAX, &config->wait_ms))
			complain(parser, parser->line, "wait takes seconds, 0 to %d", WAIT_MAX);
	} else if (!strcmp(name, "metrics-file")) {
		take_metrics_file(parser, value);
	} else if (!strcmp(name, "metrics-interval")) {
		if (!take_seconds(value, METRICS_MIN_MS, METRICS_MAX, &config->metrics_ms))
			complain(parser, parser->line, "metrics-interval takes seconds, 1 to %d",
				 METRICS_MAX);
	} else if (!strncmp(name, "log", strlen("log"))) {
		const char *problem = take_log(config, name, value);

		if (problem)
			complain(parser, parser->line, "%s", problem);
	} else {
		complain(parser, parser->line, "no key %s in [daemon]; vfguard.conf(5) lists them",
			 name);
	}
}

/* inih's handler: one key, in the section that it has read last. */
static int take(void *user, const char *section, const char *name, const char *value)
{
	struct parser *parser = user;
	const char *problem = NULL;

	/* One whose head is indented comes here first. */
	if (section[0] && strcmp(section, parser->title) != 0)
		open_section(parser, section);
	switch (parser->section) {
	case SECTION_NONE:
		problem = "a key before any section; begin with [daemon] or [master DEVICE]";
		break;
	case SECTION_BAD:
		break;
	case SECTION_DAEMON:
		take_daemon(parser, name, value ? value : "");
		break;
	case SECTION_MASTER:
		problem = vfg_config_key_take(&parser->master, name, value ? value : "");
		break;
	}
	if (problem)
		complain(parser, parser->line, "%s", problem);
	return 1;
}

/* A section's head, seen here so that one without keys is not passed over. */
static void look_for_section(struct parser *parser, const char *line)
{
	const char *end = line[0] == '[' ? strchr(line, ']') : NULL;
	char title[sizeof(parser->title)];

	if (!end)
		return;
	snprintf(title, sizeof(title), "%.*s", (int)(end - line - 1), line + 1);
	if (strlen(title) >= 50) /* inih cuts it there */
		title[49] = '\0';
	open_section(parser, title);
}

/* inih's reader: fgets(), which would hand long lines out in pieces, each taken for a line. */
static char *read_line(char *text, int room, void *stream)
{
	struct parser *parser = stream;
	autofree char *line = NULL;
	size_t line_room = 0;
	ssize_t length = getline(&line, &line_room, parser->stream);

	if (length < 0)
		return NULL;
	parser->line++;
	snprintf(text, (size_t)room, "\n");
	if (strlen(line) != (size_t)length)
		complain(parser, parser->line, "a NUL in it; this is no text");
	else if (length >= room)
		complain(parser, parser->line,
			 "longer than %d characters; break it, and indent what follows", room - 2);
	else
		memcpy(text, line, (size_t)length + 1);
	look_for_section(parser, text);
	return text;
}

static int parse(struct parser *parser)
{
	int bad = ini_parse_stream(read_line, parser, take, parser);

	end_section(parser);
	if (bad > 0)
		complain(parser, (unsigned int)bad, "neither [SECTION] nor KEY = VALUE");
	if (ferror(parser->stream) || bad < 0)
		return vfg_say(VFG_EXIT_SYSTEM, parser->config->file, "cannot be read: %s",
			       strerror(bad < 0 ? ENOMEM : EIO));
	return parser->faults ? VFG_EXIT_REFUSED : 0;
}

int vfg_config_read(const char *file, bool must, struct vfg_config *ret_config)
{
	struct vfg_config config = {
		.file = file, .audit_ms = AUDIT_MS, .wait_ms = WAIT_MS, .metrics_ms = METRICS_MS};
	autofile FILE *stream = fopen(file, "re");
	struct parser parser = {.stream = stream, .config = &config};
	int err;

	if (!stream && errno == ENOENT && !must) {
		*ret_config = config;
		return 0;
	}
	if (!stream)
		return vfg_say(vfg_options_at_fault(-errno) ? VFG_EXIT_REFUSED : VFG_EXIT_SYSTEM,
			       file, "cannot be read: %s; name a readable file", strerror(errno));
	config.arena = vfg_arena_new(arena_limit_bytes);
	if (!config.arena)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	err = parse(&parser);
	if (err) {
		vfg_config_free(&config);
		return err;
	}
	*ret_config = config;
	return 0;
}

void vfg_config_free(struct vfg_config *config)
{
	if (config->arena)
		vfg_arena_free(config->arena);
	*config = (struct vfg_config){};
}
