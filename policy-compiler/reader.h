/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads single fields of an object, and says where one is not of the type that is needed or not
 * known before a deployment.
 */
#ifndef VFG_POLICY_COMPILER_READER_H
#define VFG_POLICY_COMPILER_READER_H

#include "json.h"

/* place: of the object; messages add the field. */
struct vfg_reader {
	struct vfg_diag *diag;
	struct vfg_place place;
};

struct vfg_texts {
	const char **text;
	size_t count;
	bool malformed; /* said in the messages */
};

/* Say that a value is not what is @wanted: UnresolvedTemplateExpression or InvalidFieldType. */
void vfg_reader_wrong_type(const struct vfg_reader *reader, const char *field,
			   struct json_object *value, const char *wanted);

/* Where an object keeps its fields: in `properties`, or flattened in itself. */
struct json_object *vfg_reader_fields(struct json_object *object);

/* The last part of an ARM id: ".../securityRules/X" is X. NULL where it has none, or @id is NULL.
 */
const char *vfg_reader_id_name(const char *id);

/**
 * vfg_reader_text - a string or number as text
 * @ret_text: NULL where absent, null or empty; "" where it is neither, which is said
 *
 * Return: 0 or -ENOMEM.
 */
int vfg_reader_text(const struct vfg_reader *reader, struct json_object *object, const char *name,
		    const char **ret_text);

/**
 * vfg_reader_texts - a list of texts, or one text for a list of one
 *
 * Return: 0, also where @ret_texts is malformed; -ENOMEM.
 */
int vfg_reader_texts(const struct vfg_reader *reader, struct json_object *object, const char *name,
		     struct vfg_texts *ret_texts);

#endif
