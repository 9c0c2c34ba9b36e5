/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON text as tools write it, each in a style of its own.
 */
#ifndef VFG_SELFTESTS_WRITE_JSON_H
#define VFG_SELFTESTS_WRITE_JSON_H

#include "generate_json.h"

enum letter_case {
	AS_IT_IS,
	LOWER,
	UPPER,
	PASCAL,
};

/* One text on its way. Its style is chosen once, as by the tool that wrote it. */
struct writer {
	FILE *stream;
	struct vfg_random *random;
	bool comma; /* before the next element */
	bool flat;  /* no "properties" */
	enum letter_case keys;
};

/* What stands before a value or a member. */
void writer_separate(struct writer *writer);

void writer_open(struct writer *writer, char bracket);
void writer_close(struct writer *writer, char bracket);
void writer_key(struct writer *writer, const char *name);
void writer_text(struct writer *writer, const char *value);
void writer_member(struct writer *writer, const char *name, const char *value);

/* A word that means the same in any case. */
void writer_word(struct writer *writer, const char *value);

void writer_open_properties(struct writer *writer);
void writer_close_properties(struct writer *writer);

/* The field of a pair that has no value: absent, null or empty. */
void writer_unused(struct writer *writer, const char *name, bool plural);

/* A single address goes with or without its length. */
const char *writer_print_prefix(struct writer *writer, const struct sketch_prefix *prefix,
				char line[64]);
const char *writer_print_range(struct writer *writer, const struct vfg_port_range *range,
			       char line[16]);

/* Whole arrays. */
void writer_prefixes(struct writer *writer, const struct sketch_prefixes *list);
void writer_ranges(struct writer *writer, const struct sketch_ports *ports);

#endif
