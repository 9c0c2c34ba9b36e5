/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins rules that are resources of their own with their NSGs. A rule whose NSG is not known could
 * be any NSG's, and makes all of them not known.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "resource.h"

static int put(struct json_object *object, const char *name, struct json_object *value)
{
	return json_object_object_add(object, name, value) ? -ENOMEM : 0;
}

static int put_text(struct json_object *object, const char *name, const char *text)
{
	struct json_object *value = text ? json_object_new_string(text) : NULL;

	return value ? put(object, name, value) : -ENOMEM;
}

static struct json_object *find_nsg(const struct vfg_inventory *inventory, const char *id)
{
	for (size_t i = 0; i < json_object_array_length(inventory->nsgs); i++) {
		struct json_object *nsg = json_object_array_get_idx(inventory->nsgs, i);

		if (!strcasecmp(json_object_get_string(vfg_json_member(nsg, "id")), id))
			return nsg;
	}
	return NULL;
}

/* An NSG that the template only adds rules to. */
static int new_nsg(struct vfg_inventory *inventory, const struct vfg_child_rule *child,
		   struct json_object **ret_nsg)
{
	struct vfg_evaluation *evaluation = inventory->evaluation;
	struct json_object *properties, *rules;
	int err = vfg_evaluation_keep(evaluation, json_object_new_object(), ret_nsg);

	if (!err)
		err = vfg_evaluation_keep(evaluation, json_object_new_object(), &properties);
	if (!err)
		err = vfg_evaluation_keep(evaluation, json_object_new_array(), &rules);
	if (!err)
		err = put_text(*ret_nsg, "name", child->nsg);
	if (!err)
		err = put_text(*ret_nsg, "id", child->nsg_id);
	if (!err)
		err = put(properties, "securityRules", json_object_get(rules));
	if (!err)
		err = put(*ret_nsg, "properties", json_object_get(properties));
	if (!err && json_object_array_add(inventory->nsgs, json_object_get(*ret_nsg)))
		err = -ENOMEM;
	if (!err)
		vfg_diag_add(evaluation->diag, VFG_WARNING,
			     (struct vfg_place){.file = evaluation->file, .rule = child->name},
			     "PartialNetworkSecurityGroup",
			     "the NSG %s is not in the template: the rules that it already has are "
			     "not known, and not judged",
			     child->nsg);
	return err;
}

/* Names are unique in an NSG: a rule that its list has too is deployed over it. */
static bool is_named(struct json_object *rule, const char *name)
{
	struct json_object *text = vfg_json_member(rule, "name");

	return json_object_is_type(text, json_type_string) &&
	       !strcasecmp(json_object_get_string(text), name);
}

static void warn_replaced(struct vfg_inventory *inventory, const struct vfg_child_rule *child)
{
	struct vfg_evaluation *evaluation = inventory->evaluation;

	vfg_diag_add(evaluation->diag, VFG_WARNING,
		     (struct vfg_place){.file = evaluation->file, .rule = child->name},
		     "RuleReplaced",
		     "the NSG %s has the rule %s twice: that which is a resource of its own is "
		     "deployed last, and taken",
		     child->nsg, child->name);
}

/* In the place of the old ones, however that is spelled. */
static int put_rules(struct json_object *properties, struct json_object *rules)
{
	json_object_object_foreach(properties, key, value)
	{
		(void)value;
		if (!strcasecmp(key, "securityRules"))
			return put(properties, key, json_object_get(rules));
	}
	return put(properties, "securityRules", json_object_get(rules));
}

/* The NSG's list with @rule in it; lists may be shared, so it is a new one. */
static int add_rule(struct vfg_inventory *inventory, struct json_object *nsg,
		    const struct vfg_child_rule *child, struct json_object *rule)
{
	struct json_object *properties = vfg_json_member(nsg, "properties");
	struct json_object *old = vfg_json_member(properties, "securityRules"), *rules;
	size_t count;
	int err;

	if (!json_object_is_type(old, json_type_array))
		return 0;
	count = json_object_array_length(old);
	err = vfg_evaluation_charge(inventory->evaluation, 1 + count / 4, count * sizeof(void *));
	if (!err)
		err = vfg_evaluation_keep(inventory->evaluation, json_object_new_array(), &rules);
	for (size_t i = 0; !err && i < count; i++) {
		struct json_object *item = json_object_array_get_idx(old, i);

		if (is_named(item, child->name))
			warn_replaced(inventory, child);
		else if (json_object_array_add(rules, json_object_get(item)))
			err = -ENOMEM;
	}
	if (!err && json_object_array_add(rules, json_object_get(rule)))
		err = -ENOMEM;
	if (err)
		return err;
	return put_rules(properties, rules);
}

/* Every NSG may have one rule more, and what it is nobody knows. */
static int add_everywhere(struct vfg_inventory *inventory, const struct vfg_child_rule *child)
{
	struct vfg_evaluation *evaluation = inventory->evaluation;
	struct json_object *why;
	int err =
		vfg_evaluation_unresolved(evaluation, &why,
					  "the rule %s is of an NSG whose name is not known (%s), "
					  "and may be of this one: give what is missing with "
					  "--param NAME=VALUE, or write the name out",
					  child->name, child->nsg);

	for (size_t i = 0; !err && i < json_object_array_length(inventory->nsgs); i++)
		err = add_rule(inventory, json_object_array_get_idx(inventory->nsgs, i), child,
			       why);
	return err;
}

static int join(struct vfg_inventory *inventory, const struct vfg_child_rule *child)
{
	struct json_object *nsg = find_nsg(inventory, child->nsg_id);
	int err = 0;

	if (!nsg && !child->known && json_object_array_length(inventory->nsgs))
		return add_everywhere(inventory, child);
	if (!nsg)
		err = new_nsg(inventory, child, &nsg);
	return err ? err : add_rule(inventory, nsg, child, child->rule);
}

/* A rule whose name or properties are not known as a whole is not known: why, with its name. */
static int settle_rule(struct vfg_inventory *inventory, struct json_object *rule,
		       struct json_object **ret_rule)
{
	struct vfg_arena *arena = inventory->evaluation->diag->arena;
	struct json_object *properties = vfg_json_member(rule, "properties");
	struct json_object *name = vfg_json_member(rule, "name");
	const char *why =
		vfg_json_unresolved(arena, properties) ?: vfg_json_unresolved(arena, name);
	const char *text = vfg_json_text(arena, name);

	*ret_rule = rule;
	if (!why || vfg_json_is_unresolved(rule))
		return 0;
	return vfg_evaluation_unresolved(inventory->evaluation, ret_rule, "rule %s: %s",
					 text ? text : "without a name", why);
}

/* Return: the first error. */
static int settle(struct vfg_inventory *inventory, struct json_object *nsg)
{
	struct json_object *properties = vfg_json_member(nsg, "properties");
	struct json_object *old = vfg_json_array(properties, "securityRules"), *rules;
	int err = vfg_evaluation_keep(inventory->evaluation, json_object_new_array(), &rules);

	if (err || !old)
		return err;
	for (size_t i = 0; !err && i < json_object_array_length(old); i++) {
		struct json_object *rule = json_object_array_get_idx(old, i);

		err = settle_rule(inventory, rule, &rule);
		if (!err && json_object_array_add(rules, json_object_get(rule)))
			err = -ENOMEM;
	}
	return err ? err : put_rules(properties, rules);
}

int vfg_inventory_join(struct vfg_inventory *inventory)
{
	int err = 0;

	for (size_t i = 0; !err && i < inventory->child_count; i++) {
		err = vfg_evaluation_charge(inventory->evaluation,
					    json_object_array_length(inventory->nsgs), 0);
		if (!err)
			err = join(inventory, &inventory->child[i]);
	}
	for (size_t i = 0; !err && i < json_object_array_length(inventory->nsgs); i++)
		err = settle(inventory, json_object_array_get_idx(inventory->nsgs, i));
	return err;
}
