/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a parsed file to lists of objects: the formats of the REST API and the command line tools
 * need no more than unwrapping, which is done here; the others have a reader each.
 */
#include "document.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "reader.h"

/* The elements of a wrapped list, an array or a single object, as an array of its own. */
static struct json_object *elements(struct json_object *tree)
{
	struct json_object *list = vfg_kind_list(tree);
	struct json_object *created = vfg_json_member(tree, "NewNSG");
	struct json_object *array;

	if (list)
		return json_object_get(list);
	array = json_object_new_array();
	if (array)
		json_object_array_add(array, json_object_get(created ? created : tree));
	return array;
}

/* The NSG's id in a rule's, NULL where it names none. */
static const char *parent_id(struct vfg_arena *arena, const char *id, bool *ret_default)
{
	static const char *const level[] = {"/securityRules/", "/defaultSecurityRules/"};

	*ret_default = false;
	for (size_t i = 0; id && i < sizeof(level) / sizeof(*level); i++) {
		const char *at = strcasestr(id, level[i]);

		if (!at)
			continue;
		*ret_default = i == 1;
		return vfg_arena_strndup(arena, id, (size_t)(at - id));
	}
	return NULL;
}

/* One rule in @rules, whose list is an NSG's: they all name the same parent, if any. */
static int adopt_rule(struct vfg_diag *diag, const char *file, struct json_object *rule,
		      struct json_object *rules, struct json_object *defaults, const char **parent)
{
	const char *id = vfg_json_text(diag->arena, vfg_json_member(rule, "id"));
	const char *type = vfg_json_text(diag->arena, vfg_json_member(rule, "type"));
	bool is_default;
	const char *of = parent_id(diag->arena, id, &is_default);

	is_default |= type && strcasestr(type, "/defaultSecurityRules");
	if (of && *parent && strcasecmp(of, *parent)) {
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = file},
			     "AmbiguousNetworkSecurityGroup",
			     "the rules are of several NSGs: %s, %s", *parent, of);
		return -EINVAL;
	}
	*parent = of ? of : *parent;
	json_object_array_add(is_default ? defaults : rules, json_object_get(rule));
	return 0;
}

/* `az network nsg rule list`: the rules of one NSG without the NSG around them. */
static int read_rules(struct vfg_diag *diag, struct json_object *tree,
		      struct vfg_document *document)
{
	struct json_object *list = elements(tree), *nsg = json_object_new_object();
	struct json_object *rules = json_object_new_array(), *defaults = json_object_new_array();
	const char *parent = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < json_object_array_length(list); i++)
		err = adopt_rule(diag, document->file, json_object_array_get_idx(list, i), rules,
				 defaults, &parent);
	if (!err && !json_object_array_length(rules)) {
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = document->file},
			     "MissingSecurityRules",
			     "these are the default rules alone: give the whole NSG");
		err = -EINVAL;
	}
	json_object_object_add(nsg, "name",
			       json_object_new_string(vfg_reader_id_name(parent) ?: "nsg"));
	if (parent)
		json_object_object_add(nsg, "id", json_object_new_string(parent));
	json_object_object_add(nsg, "securityRules", rules);
	json_object_object_add(nsg, "defaultSecurityRules", defaults);
	json_object_put(list);
	document->nsgs = json_object_new_array();
	json_object_array_add(document->nsgs, nsg);
	return err;
}

static int refuse(struct vfg_diag *diag, const char *file, struct json_object *tree)
{
	vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = file}, "UnsupportedSource",
		     "this is %s; NSGs, their rules, effective rules, ARM templates, Terraform "
		     "plans and states, security admin rules, NICs and service tags are taken",
		     vfg_kind_name(diag->arena, tree));
	return -EINVAL;
}

static int read_kind(struct vfg_diag *diag, const struct vfg_parameters *parameters,
		     struct json_object *tree, struct vfg_document *document)
{
	switch (document->kind) {
	case VFG_KIND_UNKNOWN:
		return refuse(diag, document->file, tree);
	case VFG_KIND_NSG:
		document->nsgs = elements(tree);
		return 0;
	case VFG_KIND_RULES:
		return read_rules(diag, tree, document);
	case VFG_KIND_EFFECTIVE:
		return vfg_effective_read(diag, tree, document);
	case VFG_KIND_TEMPLATE:
		return vfg_arm_read(diag, parameters, tree, document);
	case VFG_KIND_TERRAFORM:
		return vfg_terraform_read(diag, tree, document);
	case VFG_KIND_ADMIN_RULES:
		document->admin = elements(tree);
		return 0;
	case VFG_KIND_NIC:
		document->nics = elements(tree);
		return 0;
	case VFG_KIND_GROUP:
		document->groups = elements(tree);
		return 0;
	case VFG_KIND_ROUTES:
		return vfg_routes_read(diag, tree, document);
	case VFG_KIND_SERVICE_TAGS:
	case VFG_KIND_PARAMETERS:
		return 0;
	}
	return -EINVAL;
}

int vfg_document_read(struct vfg_diag *diag, const struct vfg_parameters *parameters,
		      const char *file, struct json_object *tree, struct vfg_document *ret_document)
{
	struct vfg_document document = {.file = file, .kind = vfg_kind_of(tree)};
	int err = read_kind(diag, parameters, tree, &document);

	if (err) {
		vfg_document_put(&document);
		return err;
	}
	*ret_document = document;
	return 0;
}

void vfg_document_put(struct vfg_document *document)
{
	json_object_put(document->nsgs);
	json_object_put(document->admin);
	json_object_put(document->nics);
	json_object_put(document->groups);
	json_object_put(document->tags);
	*document = (struct vfg_document){0};
}
