/* SPDX-License-Identifier: GPL-2.0-only */
/* The page of `vfguard top` as lines of text, for a screen or for a file. Pure. */
#ifndef VFG_LOADER_TOP_TEXT_H
#define VFG_LOADER_TOP_TEXT_H

#include <stdio.h>

#include "rule_name.h"
#include "top_model.h"

enum {
	VFG_TOP_LINES_MAX = 256,
	VFG_TOP_COLUMNS_MAX = 256,
	VFG_TOP_RATE_TEXT_MAX = 24,
};

enum vfg_top_view {
	VFG_TOP_ALL,
	VFG_TOP_RULES,
	VFG_TOP_FLOWS,
	VFG_TOP_DROPS,
	VFG_TOP_VIEWS,
};

enum vfg_top_style {
	VFG_TOP_PLAIN,
	VFG_TOP_TITLE,
	VFG_TOP_HEADING,
	VFG_TOP_BAD, /* something is dropped */
};

/* How it is looked at. */
struct vfg_top_look {
	const struct vfg_rule_names *names;
	const char *master;
	const char *policy; /* its label */
	const char *clock;  /* "12:34:56" */
	uint32_t generation;
	uint64_t room;	      /* flows that fit */
	uint64_t interval_ms; /* between the samples */
	enum vfg_top_view view;
	size_t lines, columns; /* of the screen */
	bool keys;	       /* with the line about keys */
};

struct vfg_top_page {
	size_t count;
	enum vfg_top_style style[VFG_TOP_LINES_MAX];
	char line[VFG_TOP_LINES_MAX][VFG_TOP_COLUMNS_MAX + 1];
};

/**
 * vfg_top_text - lay the page out
 * @ret_page: no more lines, and none longer, than the screen has
 */
void vfg_top_text(const struct vfg_top *top, const struct vfg_top_look *look,
		  struct vfg_top_page *ret_page);

/**
 * vfg_top_json - the same as an object in a line, with amounts of the interval and not by second
 * @time: "2026-01-31T12:34:56Z"
 */
void vfg_top_json(FILE *to, const struct vfg_top *top, const struct vfg_top_look *look,
		  const char *time);

/**
 * vfg_top_rate_text - an amount by second: "0", "0.5", "7.0", "12", "4.3k", "120M"
 * @ret_text: VFG_TOP_RATE_TEXT_MAX bytes, of which five and a NUL are used
 */
void vfg_top_rate_text(uint64_t amount, uint64_t interval_ms, char *ret_text);

#endif
