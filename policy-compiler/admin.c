/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Security admin rules, from the REST API's shapes to two lists of the model. What a rule says is
 * adminrule.c's business; here they are found and put in order.
 */
#include "admin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "adminrule.h"
#include "reader.h"

enum {
	FIRST_ROOM = 64,
	DEPTH_MAX = 4, /* a configuration around collections around rules */
};

/* All rules of all documents, in input order. */
struct pile {
	struct vfg_field field;
	size_t count, room;
	struct vfg_admin_rule *rule;
};

static bool is_blank(struct vfg_arena *arena, struct json_object *value)
{
	const char *text = vfg_json_text(arena, value);

	if (json_object_is_type(value, json_type_array))
		return !json_object_array_length(value);
	return !value || (text && !*text);
}

/* What is absent means everything here, so a restriction in an NSG's words must not go unread. */
static void refuse_nsg_fields(struct pile *pile, struct json_object *object)
{
	static const char *const names[] = {
		"sourceAddressPrefix",	    "sourceAddressPrefixes",
		"sourcePortRange",	    "sourceApplicationSecurityGroups",
		"destinationAddressPrefix", "destinationAddressPrefixes",
		"destinationPortRange",	    "destinationApplicationSecurityGroups",
	};
	struct vfg_diag *diag = pile->field.diag;
	struct vfg_place place = {.file = pile->field.place.file};

	place.rule = vfg_json_text(diag->arena, vfg_json_member(object, "name"));
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (is_blank(diag->arena, vfg_json_member(vfg_reader_fields(object), names[i])))
			continue;
		place.field = names[i];
		vfg_diag_add(diag, VFG_ERROR, place, "UnsupportedAdminRule",
			     "this is a field of an NSG's rule: an admin rule has sources, "
			     "destinations, sourcePortRanges and destinationPortRanges");
	}
}

static int add_rule(struct pile *pile, struct json_object *object)
{
	struct vfg_arena *arena = pile->field.diag->arena;
	struct vfg_admin_rule *rule;

	if (pile->count == pile->room) {
		size_t room = pile->room ? pile->room * 2 : FIRST_ROOM;

		rule = vfg_arena_array(arena, room, sizeof(*rule));
		if (!rule)
			return -ENOMEM;
		if (pile->count)
			memcpy(rule, pile->rule, pile->count * sizeof(*rule));
		pile->rule = rule;
		pile->room = room;
	}
	rule = &pile->rule[pile->count];
	rule->index = pile->count++;
	refuse_nsg_fields(pile, object);
	return vfg_admin_rule_read(&pile->field, object, rule);
}

static bool is_rule(struct json_object *object)
{
	static const char *const names[] = {"direction", "access", "protocol", "priority", "flag"};
	struct json_object *fields = vfg_reader_fields(object);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (vfg_json_member(fields, names[i]))
			return true;
	}
	return false;
}

/* What something is called, for messages. */
static const char *label_of(struct vfg_arena *arena, struct json_object *object)
{
	static const char *const names[] = {"type", "kind"};
	const char *name = vfg_json_text(arena, vfg_json_member(object, "name"));
	const char *what = NULL;

	for (size_t i = 0; !what && i < sizeof(names) / sizeof(*names); i++)
		what = vfg_json_text(arena, vfg_json_member(object, names[i]));
	if (!name)
		name = vfg_json_text(arena, vfg_json_member(object, "id"));
	return vfg_arena_format(arena, "%s%s%s", name ? name : "an element",
				what ? " of type " : "", what ? what : "");
}

/* Neither a rule nor something with rules in it: never taken for "no rules". */
static int refuse(struct pile *pile, struct json_object *object)
{
	struct vfg_diag *diag = pile->field.diag;
	const char *label = label_of(diag->arena, object);

	if (!label)
		return -ENOMEM;
	vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = pile->field.place.file},
		     "MissingSecurityAdminRules",
		     "%s holds no security admin rules: give the rules themselves (az network "
		     "manager list-effective-security-admin-rule, or az network manager "
		     "security-admin-config rule-collection rule list)",
		     label);
	return 0;
}

/* What may hold rules inside: an active configuration, a configuration, a collection. */
static struct json_object *inside(struct json_object *object)
{
	static const char *const names[] = {"rules", "ruleCollections", "committedConfiguration"};
	struct json_object *fields = vfg_reader_fields(object);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct json_object *member = vfg_json_member(fields, names[i]);

		if (member)
			return member;
	}
	return NULL;
}

/* An NSG's rules that a network manager hands out look like admin rules without access. */
static bool is_foreign(struct json_object *object)
{
	struct json_object *id = vfg_json_member(object, "id");

	return json_object_is_type(id, json_type_string) &&
	       strcasestr(json_object_get_string(id), "/securityUserConfigurations/");
}

/* Return: 0, also with errors in @diag; -ENOMEM. */
static int visit(struct pile *pile, struct json_object *object, int depth)
{
	struct json_object *member = inside(object);
	int err = 0;

	if (json_object_is_type(object, json_type_array)) {
		for (size_t i = 0; !err && i < json_object_array_length(object); i++)
			err = visit(pile, json_object_array_get_idx(object, i), depth);
		return err;
	}
	if (vfg_json_unresolved(pile->field.diag->arena, object)) {
		vfg_reader_wrong_type(
			&(struct vfg_reader){.diag = pile->field.diag, .place = pile->field.place},
			"rules", object, "a list of security admin rules");
		return 0;
	}
	if (is_foreign(object) || depth == DEPTH_MAX)
		return refuse(pile, object);
	if (is_rule(object))
		return add_rule(pile, object);
	return member ? visit(pile, member, depth + 1) : refuse(pile, object);
}

static int rule_order(const void *one, const void *two)
{
	const struct vfg_admin_rule *a = one, *b = two;

	if (a->rule.direction != b->rule.direction)
		return a->rule.direction - b->rule.direction;
	if (a->scope != b->scope)
		return a->scope < b->scope ? -1 : 1;
	if (a->rule.priority != b->rule.priority)
		return a->rule.priority - b->rule.priority;
	return a->index < b->index ? -1 : a->index > b->index;
}

/* The first so many levels of an id: up to NAME of "/LEVEL/NAME". "" where it has no such level. */
static const char *scope_of(struct vfg_arena *arena, const char *id, const char *level)
{
	const char *at = id ? strcasestr(id, level) : NULL;
	size_t length;

	if (!at)
		return "";
	length = (size_t)(at - id) + strlen(level);
	length += strcspn(id + length, "/");
	return vfg_arena_strndup(arena, id, length);
}

/*
 * The scope that all rules share at a level, "" where they have none or differ. @ret_other: the
 * first that differs from the first, NULL where none does.
 */
static int shared_scope(const struct pile *pile, const char *level, const char **ret_scope,
			const char **ret_other)
{
	const char *first = "";

	*ret_other = NULL;
	for (size_t i = 0; i < pile->count; i++) {
		const char *scope = scope_of(pile->field.diag->arena, pile->rule[i].id, level);

		if (!scope)
			return -ENOMEM;
		if (!i)
			first = scope;
		if (strcasecmp(first, scope) && !*ret_other)
			*ret_other = scope;
	}
	*ret_scope = first;
	return 0;
}

/* Number the managers as they appear; rules that name none are of one more. */
static int rank_scopes(struct pile *pile)
{
	const char **scope = vfg_arena_array(pile->field.diag->arena, pile->count, sizeof(*scope));
	size_t count = 0;

	if (!scope)
		return -ENOMEM;
	for (size_t i = 0; i < pile->count; i++) {
		struct vfg_admin_rule *rule = &pile->rule[i];
		const char *name = scope_of(pile->field.diag->arena, rule->id, "/networkManagers/");

		if (!name)
			return -ENOMEM;
		for (rule->scope = 0; rule->scope < count; rule->scope++) {
			if (!strcasecmp(scope[rule->scope], name))
				break;
		}
		if (rule->scope == count)
			scope[count++] = name;
	}
	return 0;
}

/* The lists are of the configuration that the rules share, or of its manager. NULL: of neither. */
static int id_of_lists(const struct pile *pile, const char **ret_id)
{
	const char *configuration, *manager, *other;
	int err;

	*ret_id = NULL;
	err = shared_scope(pile, "/securityAdminConfigurations/", &configuration, &other);
	if (err)
		return err;
	if (*configuration && !other) {
		*ret_id = configuration;
		return 0;
	}
	err = shared_scope(pile, "/networkManagers/", &manager, &other);
	if (err)
		return err;
	if (*manager && !other)
		*ret_id = manager;
	if (*manager && other && *other)
		vfg_diag_add(
			pile->field.diag, VFG_WARNING,
			(struct vfg_place){.file = pile->rule[0].file}, "SeveralNetworkManagers",
			"the rules are of several network managers (%s, %s): they are tried "
			"manager by manager in the order of the input, so give the higher "
			"scope first",
			vfg_reader_id_name(manager) ?: manager, vfg_reader_id_name(other) ?: other);
	return 0;
}

static void warn_of_conflicts(const struct pile *pile)
{
	const struct vfg_admin_rule *last = NULL;

	for (size_t i = 0; i < pile->count; i++) {
		const struct vfg_admin_rule *rule = &pile->rule[i];
		struct vfg_place place = {rule->file, rule->name, "priority"};

		if (!rule->good)
			continue;
		if (last && last->rule.direction == rule->rule.direction &&
		    last->scope == rule->scope && last->rule.priority == rule->rule.priority)
			vfg_diag_add(pile->field.diag, VFG_WARNING, place,
				     "SecurityAdminRuleConflict",
				     "the rule has the priority and direction of %s, which comes "
				     "first in the input and is tried first",
				     last->name);
		last = rule;
	}
}

/* Return: the file that all rules are of, or NULL. */
static const char *shared_file(const struct pile *pile)
{
	for (size_t i = 1; i < pile->count; i++) {
		if (strcmp(pile->rule[i].file, pile->rule[0].file) != 0)
			return NULL;
	}
	return pile->count ? pile->rule[0].file : NULL;
}

static struct vfg_list *list_of(const struct pile *pile, const char *id, uint8_t direction)
{
	struct vfg_arena *arena = pile->field.diag->arena;
	struct vfg_list *list = vfg_arena_alloc(arena, sizeof(*list));

	if (!list)
		return NULL;
	list->name = id ? vfg_reader_id_name(id) ?: id : "security admin rules";
	list->file = shared_file(pile);
	list->id = id;
	list->stage = VFG_STAGE_ADMIN;
	list->rule = vfg_arena_array(arena, pile->count, sizeof(*list->rule));
	if (!list->rule)
		return NULL;
	for (size_t i = 0; i < pile->count; i++) {
		if (pile->rule[i].good && pile->rule[i].rule.direction == direction)
			list->rule[list->count++] = pile->rule[i].rule;
	}
	return list;
}

int vfg_admin_build(struct vfg_diag *diag, struct vfg_tags *tags, bool lenient,
		    const struct vfg_document *document, size_t count,
		    struct vfg_list *ret_list[VFG_DIRECTION_MAX])
{
	struct pile pile = {.field = {.diag = diag, .tags = tags, .lenient = lenient}};
	const char *id;
	int err = 0;

	for (uint8_t i = 0; i < VFG_DIRECTION_MAX; i++)
		ret_list[i] = NULL;
	for (size_t i = 0; !err && i < count; i++) {
		pile.field.place = (struct vfg_place){.file = document[i].file};
		if (document[i].admin)
			err = visit(&pile, document[i].admin, 0);
	}
	if (err || !pile.count)
		return err;
	err = id_of_lists(&pile, &id);
	if (!err)
		err = rank_scopes(&pile);
	if (err)
		return err;
	qsort(pile.rule, pile.count, sizeof(*pile.rule), rule_order);
	warn_of_conflicts(&pile);
	for (uint8_t i = 0; i < VFG_DIRECTION_MAX; i++) {
		ret_list[i] = list_of(&pile, id, i);
		if (!ret_list[i])
			return -ENOMEM;
	}
	return 0;
}
