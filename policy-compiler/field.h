/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The address and port fields of a rule, from texts to sets, checked as the platform checks them.
 */
#ifndef VFG_POLICY_COMPILER_FIELD_H
#define VFG_POLICY_COMPILER_FIELD_H

#include "address.h"
#include "group.h"
#include "model.h"
#include "nsg.h"
#include "tag.h"

/* Who checks what. rule_id: as the platform's texts name the rule. */
struct vfg_field {
	struct vfg_diag *diag;
	struct vfg_tags *tags;
	struct vfg_groups *groups;
	bool lenient;
	bool effective;		 /* what the platform made of it: as lenient, without a word */
	bool inert_empty_groups; /* see vfg_groups_resolve() */
	struct vfg_place place;	 /* of the rule; the checks fill in the field */
	const char *rule_id;
};

/**
 * vfg_field_addresses - one side's addresses
 * @ret_set: NULL where @diag got an error
 * @ret_families: bit 1 << family for every family that is written out, as prefix; 0 for "*" and
 * tags
 *
 * Return: 0, also with errors in @diag; -ENOMEM.
 */
int vfg_field_addresses(struct vfg_field *field, const struct vfg_nsg_rule *rule,
			enum vfg_nsg_property side, const struct vfg_set **ret_set,
			unsigned int *ret_families);

/* One side's ports; count is 0 where @diag got an error. Return: 0 or -ENOMEM. */
int vfg_field_ports(struct vfg_field *field, const struct vfg_nsg_rule *rule,
		    enum vfg_nsg_property side, struct vfg_ports *ret_ports);

/**
 * vfg_field_prefix - one address or prefix; host bits are masked where lenient
 *
 * Return: 0, or -EINVAL, said in @diag.
 */
int vfg_field_prefix(struct vfg_field *field, const char *text, struct vfg_prefix *ret_prefix);

/* Say that an element of a list of ports is none; @property as messages spell it. */
void vfg_field_bad_port(struct vfg_field *field, const char *property, const char *text);

/* "*", or the word that people and tools say for it. */
bool vfg_field_is_any(const char *text);

#endif
