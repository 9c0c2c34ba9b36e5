/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libnsgc: NSG JSON in, a policy image out, and verdicts from either. Pure: no system calls, clock,
 * environment, printing or globals; texts and memory limits arrive as arguments, everything
 * returned lives in the caller's arena.
 */
#ifndef VFG_POLICY_COMPILER_NSGC_H
#define VFG_POLICY_COMPILER_NSGC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../maps/abi.h"
#include "../maps/image.h"
#include "../maps/policy.h"

/* ---- memory (arena.c) ---- */

struct vfg_arena;

/**
 * vfg_arena_new - memory for one compile
 * @limit_bytes: most that it may hold; an allocation beyond it returns NULL
 *
 * Return: the arena, or NULL without memory. Released as a whole by vfg_arena_free().
 */
struct vfg_arena *vfg_arena_new(size_t limit_bytes);

/**
 * vfg_arena_free - release an arena and everything that lives in it
 * @arena: NULL is fine
 */
void vfg_arena_free(struct vfg_arena *arena);

/**
 * vfg_arena_alloc - zeroed memory, 16-byte aligned, that lives as long as the arena
 * @bytes: 0 gives memory that may not be touched
 *
 * Return: the memory, or NULL if the limit is reached.
 */
void *vfg_arena_alloc(struct vfg_arena *arena, size_t bytes);

/**
 * vfg_arena_array - zeroed memory for a number of items
 * @count, @item_bytes: their product may overflow, which is more than any limit
 *
 * Return: as vfg_arena_alloc().
 */
void *vfg_arena_array(struct vfg_arena *arena, size_t count, size_t item_bytes);

/**
 * vfg_arena_format - a text, as printf() would make it
 *
 * Return: the text, or NULL if the limit is reached.
 */
char *vfg_arena_format(struct vfg_arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * vfg_arena_strndup - a copy of a text, with a NUL behind it
 * @text: need not have one
 * @length: exact; a NUL inside is copied too
 *
 * Return: the copy, or NULL if the limit is reached.
 */
char *vfg_arena_strndup(struct vfg_arena *arena, const char *text, size_t length);

/**
 * vfg_arena_used - how much of the limit has been asked for
 *
 * Return: bytes.
 */
size_t vfg_arena_used(const struct vfg_arena *arena);

/* ---- messages (diag.c) ---- */

enum vfg_severity {
	VFG_WARNING,
	VFG_ERROR,
};

/* One message. Code: the platform's own where it has one ("SecurityRuleInvalidPriority"), else
 * ours. */
struct vfg_message {
	enum vfg_severity severity;
	const char *code;
	const char *text;  /* one line */
	const char *file;  /* as the caller named it, "" where none */
	const char *rule;  /* rule's name, "" where none */
	const char *field; /* JSON field's name, "" where none */
	struct vfg_message *next;
};

/* All messages of one compile, in the order in which they were found. Begins zeroed but for the
 * arena, where the messages live. */
struct vfg_diag {
	struct vfg_arena *arena;
	struct vfg_message *first;
	struct vfg_message *last;
	size_t errors;
	size_t warnings;
	struct vfg_message spare; /* for the message that there is no memory for messages */
};

/* Where a message points; NULL where it does not. */
struct vfg_place {
	const char *file;
	const char *rule;
	const char *field;
};

/**
 * vfg_diag_add - add a message
 * @place: copied
 * @code: not copied
 * @format: the text, as printf() would make it; what would break the line becomes '?'
 *
 * Without memory, the counts stay right and one message says so.
 */
void vfg_diag_add(struct vfg_diag *diag, enum vfg_severity severity, struct vfg_place place,
		  const char *code, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* ---- what to compile (request) ---- */

enum vfg_source_kind {
	VFG_SOURCE_ANY,	       /* FILE: kind detected; one NSG alone is the NIC's */
	VFG_SOURCE_SUBNET_NSG, /* --subnet-nsg */
	VFG_SOURCE_NIC_NSG,    /* --nic-nsg */
	VFG_SOURCE_ADMIN_RULES,
	VFG_SOURCE_SERVICE_TAGS,
	VFG_SOURCE_NIC,
	VFG_SOURCE_PARAMETERS,
};

struct vfg_source {
	enum vfg_source_kind kind;
	const char *file;   /* for messages */
	const char *select; /* the NAME of FILE#NAME, NULL where none */
	const char *text;   /* JSON, not NUL-terminated */
	size_t bytes;
};

enum vfg_platform {
	VFG_PLATFORM_AZURE,
	VFG_PLATFORM_NONE,
};

struct vfg_request {
	const struct vfg_source *sources;
	size_t source_count;
	const char *const *tags; /* NAME=PREFIX[,PREFIX...], as given by --tag */
	size_t tag_count;
	const char *const *params; /* NAME=VALUE, as given by --param */
	size_t param_count;
	enum vfg_platform platform;
	bool lenient;
	bool inert_empty_groups;    /* --azure-compat-empty-asg: a rule that names an empty
				       application security group matches nothing */
	const char *ssh_connection; /* $SSH_CONNECTION of whoever asks, NULL where there is none */
};

/* ---- compile ---- */

struct vfg_model;

/**
 * vfg_model_read - read and check every source, resolve tags, and lay the pipeline out
 * @request: only read
 * @ret_model: the lists in the order of the walk, lives in @arena
 *
 * All errors and warnings of all sources go to @diag, not only the first.
 *
 * Return: 0, -EINVAL where @diag has errors, -ENOMEM where the arena's limit is reached (said in
 * @diag too).
 */
int vfg_model_read(struct vfg_arena *arena, const struct vfg_request *request,
		   struct vfg_diag *diag, struct vfg_model **ret_model);

/**
 * vfg_image_write - compile a model into a policy image
 * @ret_image: VFG_IMAGE_HEADER_BYTES + arena, lives in @arena
 * @ret_bytes: of the image
 *
 * Return: 0, -E2BIG where it does not fit the limits of maps/policy.h (said in @diag), -ENOMEM.
 */
int vfg_image_write(struct vfg_arena *arena, const struct vfg_model *model, struct vfg_diag *diag,
		    void **ret_image, size_t *ret_bytes);

/* ---- verdicts ---- */

/* The first packet of a new flow. Addresses in wire order, IPv4 in the first four bytes; ports host
 * order, 0 where none. */
struct vfg_tuple {
	uint8_t direction; /* enum vfg_direction */
	uint8_t family;	   /* enum vfg_family */
	uint8_t protocol;  /* IP protocol number */
	uint16_t local_port;
	uint16_t remote_port;
	uint8_t local[16];
	uint8_t remote[16];
};

struct vfg_verdict {
	bool allow;
	const char *rule; /* "securityRules/X", "" where no list has a rule for it */
	const char *list; /* the NSG's name, "" where none */
	uint32_t number;  /* rule number in the compiled policy, VFG_RULE_NONE where none or where
			     the model was asked */
	uint8_t stage;
};

/**
 * vfg_model_judge - the oracle (evaluate.c): first match by priority, list by list, straight from
 * the rules
 *
 * Return: the verdict; its texts live as long as the model.
 */
struct vfg_verdict vfg_model_judge(const struct vfg_model *model, const struct vfg_tuple *tuple);

/* A compiled policy in memory, checked. */
struct vfg_tables {
	const struct vfg_policy *policy; /* the arena's first byte */
	size_t bytes;
};

/**
 * vfg_image_open - check an image and find its arena
 * @image: the whole file, 8-byte aligned
 * @ret_tables: points into @image
 *
 * Return: 0, or -EINVAL with one message in @diag: not an image, another version, another byte
 * order, truncated, damaged.
 */
int vfg_image_open(const void *image, size_t bytes, struct vfg_diag *diag,
		   struct vfg_tables *ret_tables);

/**
 * vfg_tables_judge - the verdict of a compiled policy (tables.c), by the same tables that the
 * programs use
 *
 * Return: the verdict, a Deny without a rule where no list decides; its texts are the image's.
 */
struct vfg_verdict vfg_tables_judge(const struct vfg_tables *tables, const struct vfg_tuple *tuple);

/**
 * vfg_tables_rule - a rule of a compiled policy by its number
 *
 * Return: its description, or NULL where the number has no rule.
 */
const struct vfg_rule_info *vfg_tables_rule(const struct vfg_tables *tables, uint32_t number);

/**
 * vfg_tables_text - a string of a compiled policy by its offset
 *
 * Return: the string, "" for 0 or a bad offset.
 */
const char *vfg_tables_text(const struct vfg_tables *tables, uint32_t offset);

/**
 * vfg_tables_list_name - the name of the list that a rule came from
 *
 * Return: the name; the last part of the id, where the list is known by one.
 */
const char *vfg_tables_list_name(const struct vfg_tables *tables, const struct vfg_rule_info *info);

/**
 * vfg_dump - a compiled policy as text for people, or as one JSON object (dump.c)
 * @ret_text: lives in @arena, ends in a newline
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_dump(struct vfg_arena *arena, const struct vfg_tables *tables, bool json,
	     const char **ret_text);

/* ---- what changes (diff.c) ---- */

/**
 * vfg_diff - the flows that two policies judge differently, exactly, as ranges of addresses and
 * ports with the rules that decide
 * @ret_text: as text for people, or one JSON object; lives in @arena, ends in a newline
 *
 * Return: 0; -E2BIG where the policies differ in too many ways, -EINVAL where one is damaged,
 * -ENOMEM; all said in @diag.
 */
int vfg_diff(struct vfg_arena *arena, const struct vfg_tables *before,
	     const struct vfg_tables *after, bool json, struct vfg_diag *diag, bool *ret_differs,
	     const char **ret_text);

/* ---- what commands print (report.c) ---- */

/**
 * vfg_report_message - a message as a line for standard error, without the newline
 * @program: "nsgc", "vfguard"
 *
 * Return: "nsgc: FILE: rule X: field: Code: text", a warning with "warning: " before the code; ""
 * without memory.
 */
const char *vfg_report_message(struct vfg_arena *arena, const char *program,
			       const struct vfg_message *message);

/**
 * vfg_report_diag - all messages as the platform's envelope, one JSON object on one line
 *
 * {"error":{"code","message","details":[{"code","message","target":{"file","rule","field"}}]},
 * "warnings":[...]}; "error" is null where there is none, else code and message are the first's.
 *
 * Return: the text, or NULL without memory.
 */
const char *vfg_report_diag(struct vfg_arena *arena, const struct vfg_diag *diag);

/**
 * vfg_report_verdict - "Allow securityRules/X", or {"access":"Allow","ruleName":"securityRules/X"}
 *
 * Return: the text without a newline, or NULL without memory.
 */
const char *vfg_report_verdict(struct vfg_arena *arena, const struct vfg_verdict *verdict,
			       bool json);

#endif
