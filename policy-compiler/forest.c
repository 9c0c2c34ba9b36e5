/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the texts of a request to documents: parses each, and holds what the user says a file is
 * against what it turns out to be.
 */
#include "forest.h"

#include <errno.h>
#include <string.h>

static bool is_image(const struct vfg_source *source)
{
	return source->bytes >= 8 && !memcmp(source->text, VFG_IMAGE_MAGIC, 8);
}

/* Return: 0, also with errors in @diag; -ENOMEM. */
static int parse(struct vfg_diag *diag, const struct vfg_source *source,
		 struct json_object **ret_tree)
{
	if (is_image(source)) {
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = source->file},
			     "UnsupportedSource",
			     "this is a compiled policy image, JSON is needed");
		return 0;
	}
	if (vfg_json_parse(diag, source->file, source->text, source->bytes, ret_tree) == -ENOMEM)
		return -ENOMEM;
	return 0;
}

/* Parameters files are told by their flag, by their content elsewhere. */
static bool is_parameters(const struct vfg_source *source, struct json_object *tree)
{
	return source->kind == VFG_SOURCE_PARAMETERS ||
	       (source->kind == VFG_SOURCE_ANY && vfg_kind_of(tree) == VFG_KIND_PARAMETERS);
}

static int collect_parameters(struct vfg_diag *diag, const struct vfg_request *request,
			      const struct vfg_forest *forest, struct vfg_parameters *ret)
{
	ret->file = vfg_arena_array(diag->arena, forest->count, sizeof(*ret->file));
	ret->tree = vfg_arena_array(diag->arena, forest->count, sizeof(*ret->tree));
	ret->define = request->params;
	ret->define_count = request->param_count;
	if (!ret->file || !ret->tree)
		return -ENOMEM;
	for (size_t i = 0; i < forest->count; i++) {
		if (!forest->tree[i] || !is_parameters(&request->sources[i], forest->tree[i]))
			continue;
		ret->file[ret->file_count] = request->sources[i].file;
		ret->tree[ret->file_count++] = forest->tree[i];
	}
	return 0;
}

/* What a flag takes; NULL where @kind goes with it. */
static const char *mismatch(enum vfg_source_kind flag, enum vfg_kind kind)
{
	switch (flag) {
	case VFG_SOURCE_ADMIN_RULES:
		return kind == VFG_KIND_ADMIN_RULES || kind == VFG_KIND_TERRAFORM ||
				       kind == VFG_KIND_TEMPLATE
			       ? NULL
			       : "--admin-rules takes security admin rules";
	case VFG_SOURCE_NIC:
		return kind == VFG_KIND_NIC || kind == VFG_KIND_GROUP || kind == VFG_KIND_ROUTES ||
				       kind == VFG_KIND_TERRAFORM || kind == VFG_KIND_TEMPLATE
			       ? NULL
			       : "--nic takes network interfaces, application security groups and "
				 "effective routes";
	case VFG_SOURCE_SUBNET_NSG:
	case VFG_SOURCE_NIC_NSG:
		return kind == VFG_KIND_NSG || kind == VFG_KIND_RULES ||
				       kind == VFG_KIND_TERRAFORM || kind == VFG_KIND_TEMPLATE ||
				       kind == VFG_KIND_EFFECTIVE
			       ? NULL
			       : "an NSG is needed here";
	case VFG_SOURCE_SERVICE_TAGS:
		return kind == VFG_KIND_SERVICE_TAGS ? NULL
						     : "--service-tags takes a service tags file "
						       "(ServiceTags_*.json, az network "
						       "list-service-tags)";
	case VFG_SOURCE_ANY:
	case VFG_SOURCE_PARAMETERS:
		return NULL;
	}
	return "a source of this sort is not supported";
}

/* An answer that lists nothing does not say of what. */
static bool is_empty(struct json_object *tree)
{
	struct json_object *list = vfg_kind_list(tree);

	return list && !json_object_array_length(list);
}

/* The field by which a list says that it goes on elsewhere; NULL where it is whole. */
static const char *next_page(struct json_object *tree)
{
	static const char *const names[] = {"nextLink", "skipToken", "$skipToken"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct json_object *value = vfg_json_member(tree, names[i]);

		if (json_object_is_type(value, json_type_string) &&
		    json_object_get_string_len(value))
			return names[i];
	}
	return NULL;
}

/*
 * Does what is missing from a list change the policy in silence? A group or a tag that is missing
 * is an error when a rule names it, and an NSG that is chosen by its name stands there whole.
 */
static bool needs_all(const struct vfg_source *source, enum vfg_kind kind)
{
	switch (kind) {
	case VFG_KIND_NSG:
		return !source->select;
	case VFG_KIND_RULES:
	case VFG_KIND_EFFECTIVE:
	case VFG_KIND_ADMIN_RULES:
	case VFG_KIND_NIC:
	case VFG_KIND_ROUTES:
		return true;
	case VFG_KIND_UNKNOWN:
	case VFG_KIND_TEMPLATE:
	case VFG_KIND_TERRAFORM:
	case VFG_KIND_GROUP:
	case VFG_KIND_SERVICE_TAGS:
	case VFG_KIND_PARAMETERS:
		return false;
	}
	return true;
}

static void check_pages(struct vfg_diag *diag, const struct vfg_source *source,
			struct json_object *tree)
{
	const char *next = next_page(tree);

	if (next && needs_all(source, vfg_kind_of(tree)))
		vfg_diag_add(diag, VFG_ERROR,
			     (struct vfg_place){.file = source->file, .field = next},
			     "IncompleteList",
			     "this is one page of a list, and what the others say is missing: join "
			     "the values of all pages, and remove %s",
			     next);
}

/* What a list without elements is taken for, by the flag that it is given with. */
static bool read_nothing(const struct vfg_source *source, struct vfg_document *ret_document)
{
	struct vfg_document document = {.file = source->file};

	if (source->kind == VFG_SOURCE_ADMIN_RULES) {
		document.kind = VFG_KIND_ADMIN_RULES;
		document.admin = json_object_new_array();
	} else if (source->kind == VFG_SOURCE_NIC) {
		document.kind = VFG_KIND_NIC;
		document.nics = json_object_new_array();
	} else {
		return false;
	}
	*ret_document = document;
	return true;
}

/* Is there in the file what its flag and its #NAME ask for? */
static void check_use(struct vfg_diag *diag, const struct vfg_source *source,
		      struct json_object *tree, const struct vfg_document *document)
{
	struct vfg_place place = {.file = source->file};

	if (source->kind == VFG_SOURCE_ADMIN_RULES && !document->admin)
		vfg_diag_add(diag, VFG_ERROR, place, "MissingSecurityAdminRules",
			     "this is %s without any security admin rule",
			     vfg_kind_name(diag->arena, tree));
	if (source->select && !document->nsgs)
		vfg_diag_add(diag, VFG_ERROR, place, "MissingNetworkSecurityGroup",
			     "no NSG is named %s: this is %s", source->select,
			     vfg_kind_name(diag->arena, tree));
}

/* Return: 0, also with errors in @diag; -ENOMEM. */
static int read_document(struct vfg_diag *diag, const struct vfg_parameters *parameters,
			 const struct vfg_source *source, struct json_object *tree,
			 struct vfg_document *ret_document)
{
	const char *wanted = mismatch(source->kind, vfg_kind_of(tree));
	int err;

	check_pages(diag, source, tree);
	if (is_empty(tree) && read_nothing(source, ret_document))
		return 0;
	if (wanted && vfg_kind_of(tree) != VFG_KIND_UNKNOWN) {
		vfg_diag_add(diag, VFG_ERROR, (struct vfg_place){.file = source->file},
			     "UnsupportedSource", "this is %s; %s",
			     vfg_kind_name(diag->arena, tree), wanted);
		return 0;
	}
	err = vfg_document_read(diag, parameters, source->file, tree, ret_document);
	if (!err)
		check_use(diag, source, tree, ret_document);
	return err == -ENOMEM ? err : 0;
}

static int read_documents(struct vfg_diag *diag, const struct vfg_request *request,
			  struct vfg_forest *forest)
{
	struct vfg_parameters parameters = {0};
	bool used = false;
	int err = collect_parameters(diag, request, forest, &parameters);

	for (size_t i = 0; !err && i < forest->count; i++) {
		if (!forest->tree[i] || is_parameters(&request->sources[i], forest->tree[i]))
			continue;
		used |= vfg_kind_of(forest->tree[i]) == VFG_KIND_TEMPLATE;
		err = read_document(diag, &parameters, &request->sources[i], forest->tree[i],
				    &forest->document[i]);
	}
	if (!err && !used && (parameters.file_count || parameters.define_count))
		vfg_diag_add(
			diag, VFG_ERROR,
			(struct vfg_place){.file = parameters.file_count ? parameters.file[0] : ""},
			"UnsupportedSource", "parameters without an ARM template to go with them");
	return err;
}

int vfg_forest_read(struct vfg_diag *diag, const struct vfg_request *request,
		    struct vfg_forest *ret_forest)
{
	size_t count = request->source_count;

	ret_forest->tree = vfg_arena_array(diag->arena, count, sizeof(*ret_forest->tree));
	ret_forest->document = vfg_arena_array(diag->arena, count, sizeof(*ret_forest->document));
	if (!ret_forest->tree || !ret_forest->document)
		return -ENOMEM;
	for (; ret_forest->count < count; ret_forest->count++) {
		int err = parse(diag, &request->sources[ret_forest->count],
				&ret_forest->tree[ret_forest->count]);

		if (err)
			return err;
	}
	return read_documents(diag, request, ret_forest);
}

void vfg_forest_put(struct vfg_forest *forest)
{
	for (size_t i = 0; i < forest->count; i++) {
		vfg_document_put(&forest->document[i]);
		json_object_put(forest->tree[i]);
	}
	forest->count = 0;
}
