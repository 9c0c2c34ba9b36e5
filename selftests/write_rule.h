/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * NSGs and security admin rules as text.
 */
#ifndef VFG_SELFTESTS_WRITE_RULE_H
#define VFG_SELFTESTS_WRITE_RULE_H

#include "write_json.h"

/* Name and id of a resource. */
void writer_name(struct writer *writer, const char *parent, const char *name);

/* References to groups, by their bits. */
void writer_groups(struct writer *writer, const char *name, unsigned int groups);

/* The NSG alone, in a list with one element, as an answer to its creation, or its rules alone. */
void writer_nsg(struct writer *writer, const struct sketch_list *list);

void writer_admin(struct writer *writer, const struct sketch_list *list);

#endif
