/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON text to a tree, strictly: what a security policy says must have one reading only.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "loose.h"
#include "scan.h"

/* Fields an object may have: each is compared with all before it. The fullest of real files has
 * some 30, and no more than these are looked through for one that is given twice. */
enum {
	KEYS_MAX = 1024,
	SHOWN_MAX = 100, /* letters of a name in a message */
};

struct key {
	const char *text;
	size_t length;
	uint32_t hash;
};

struct level {
	size_t count;
	struct key key[KEYS_MAX];
};

static void tokener_put(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
}

static bool all_blank(const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (!vfg_scan_is_blank(text[i]))
			return false;
	}
	return true;
}

/* FNV-1a over lower case: most names that differ are told apart by it. */
static uint32_t name_hash(const char *text, size_t length)
{
	uint32_t hash = 0x811c9dc5;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint32_t)(text[i] | 0x20)) * 0x01000193;
	return hash;
}

static bool level_has(const struct level *level, struct key key)
{
	for (size_t i = 0; i < level->count; i++) {
		if (level->key[i].hash == key.hash && level->key[i].length == key.length &&
		    !strncasecmp(level->key[i].text, key.text, key.length))
			return true;
	}
	return false;
}

static bool is_key(const char *text, size_t bytes, size_t end)
{
	size_t at = end + 1;

	while (at < bytes && vfg_scan_is_blank(text[at]))
		at++;
	return at < bytes && text[at] == ':';
}

/* What is wrong with a field's name, as a message; NULL code: nothing. */
struct fault {
	const char *code;
	const char *says;
	struct key key;
};

/*
 * Names are compared as they stand, and only an escaped letter could hide one of ours that is given
 * twice, or a NUL, where json-c cuts a name. No writer escapes these (\u0000 to \u001f, \u0040 to
 * \u007f); quotes, punctuation and what is not ASCII stay legal, as in the names of resource tags.
 */
static bool has_hidden_letter(struct key key)
{
	for (size_t at = 0; at + 1 < key.length; at++) {
		if (key.text[at] != '\\')
			continue;
		at++;
		if (key.length - at >= 5 && !memcmp(key.text + at, "u00", 3) &&
		    memchr("014567", key.text[at + 3], 6))
			return true;
	}
	return false;
}

static struct fault key_fault(struct level *level, struct key key)
{
	if (has_hidden_letter(key))
		return (struct fault){"InvalidJson", "has an escaped letter or NUL in its name",
				      key};
	key.hash = name_hash(key.text, key.length);
	if (level_has(level, key))
		return (struct fault){"DuplicateField", "is given twice in one object", key};
	if (level->count == KEYS_MAX)
		return (struct fault){"InvalidJson", "is one too many in one object", key};
	level->key[level->count++] = key;
	return (struct fault){0};
}

/*
 * json-c keeps the last of two equal fields and says nothing, so look at the text, which is known
 * to be valid JSON by now. Return: the first fault.
 */
static struct fault first_fault(struct level *level, const char *text, size_t bytes)
{
	size_t depth = 0;

	for (size_t at = 0; at < bytes; at++) {
		struct key key = {.text = text + at + 1};
		struct fault fault = {0};

		if (text[at] == '{' || text[at] == '[') {
			level[++depth].count = 0;
		} else if (text[at] == '}' || text[at] == ']') {
			depth--;
		} else if (text[at] == '"') {
			at = vfg_scan_string_end(text, bytes, at + 1);
			key.length = (size_t)(text + at - key.text);
			if (is_key(text, bytes, at))
				fault = key_fault(&level[depth], key);
			if (fault.code)
				return fault;
		}
	}
	return (struct fault){0};
}

static int check_keys(struct vfg_diag *diag, struct vfg_place place, const char *text, size_t bytes)
{
	struct level *level =
		vfg_arena_array(diag->arena, VFG_JSON_DEPTH_MAX + 2, sizeof(struct level));
	struct fault fault;
	int shown;

	if (!level) {
		vfg_diag_add(diag, VFG_ERROR, place, "OutOfMemory", "too little memory");
		return -ENOMEM;
	}
	fault = first_fault(level, text, bytes);
	if (!fault.code)
		return 0;
	shown = fault.key.length < SHOWN_MAX ? (int)fault.key.length : SHOWN_MAX;
	vfg_diag_add(diag, VFG_ERROR, place, fault.code, "line %zu: the field \"%.*s\" %s",
		     vfg_scan_line(text, (size_t)(fault.key.text - text)), shown, fault.key.text,
		     fault.says);
	return -EINVAL;
}

static int check_text(struct vfg_diag *diag, struct vfg_place place, const char *text, size_t bytes)
{
	if (bytes > VFG_JSON_BYTES_MAX) {
		vfg_diag_add(diag, VFG_ERROR, place, "SourceTooLarge",
			     "%zu bytes of JSON, %d at most are taken", bytes, VFG_JSON_BYTES_MAX);
		return -EINVAL;
	}
	if (bytes >= 2 && (!memcmp(text, "\xff\xfe", 2) || !memcmp(text, "\xfe\xff", 2))) {
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson",
			     "the file is UTF-16 (PowerShell's > writes that): save it as UTF-8");
		return -EINVAL;
	}
	if (all_blank(text, bytes)) {
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson", "the file is empty");
		return -EINVAL;
	}
	return 0;
}

static int parse(struct vfg_diag *diag, struct vfg_place place, const char *text, size_t bytes,
		 struct json_object **ret_tree)
{
	__attribute__((cleanup(tokener_put))) struct json_tokener *tokener =
		json_tokener_new_ex(VFG_JSON_DEPTH_MAX + 2);
	struct json_object *tree;
	enum json_tokener_error fault;
	size_t end;

	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	tree = json_tokener_parse_ex(tokener, text, (int)bytes);
	fault = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);

	if (fault == json_tokener_success && all_blank(text + end, bytes - end) &&
	    (json_object_is_type(tree, json_type_object) ||
	     json_object_is_type(tree, json_type_array))) {
		*ret_tree = tree;
		return 0;
	}
	json_object_put(tree);
	if (fault == json_tokener_continue)
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson", "the JSON ends too early");
	else if (fault == json_tokener_success && all_blank(text + end, bytes - end))
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson",
			     "neither a JSON object nor an array");
	else
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson", "line %zu: %s",
			     vfg_scan_line(text, end),
			     fault == json_tokener_success ? "unexpected text after the JSON"
							   : json_tokener_error_desc(fault));
	return -EINVAL;
}

int vfg_json_parse(struct vfg_diag *diag, const char *file, const char *text, size_t bytes,
		   struct json_object **ret_tree)
{
	struct vfg_place place = {.file = file};
	struct json_object *tree;
	int err;

	err = check_text(diag, place, text, bytes);
	if (err)
		return err;
	if (bytes >= 3 && !memcmp(text, "\xef\xbb\xbf", 3)) {
		text += 3;
		bytes -= 3;
	}
	if (vfg_loose_is_template(text, bytes) &&
	    vfg_loose_rewrite(diag->arena, text, bytes, &text, &bytes)) {
		vfg_diag_add(diag, VFG_ERROR, place, "OutOfMemory", "too little memory");
		return -ENOMEM;
	}
	if (vfg_loose_is_bicep(text, bytes)) {
		vfg_diag_add(diag, VFG_ERROR, place, "InvalidJson",
			     "this looks like Bicep: compile it with az bicep build, and give the "
			     "JSON that comes out");
		return -EINVAL;
	}
	err = vfg_scan_limits(diag, place, text, bytes, VFG_JSON_DEPTH_MAX);
	if (err)
		return err;
	err = parse(diag, place, text, bytes, &tree);
	if (err)
		return err;
	err = check_keys(diag, place, text, bytes);
	if (err) {
		json_object_put(tree);
		return err;
	}
	*ret_tree = tree;
	return 0;
}

struct json_object *vfg_json_member(struct json_object *object, const char *name)
{
	if (!json_object_is_type(object, json_type_object))
		return NULL;
	json_object_object_foreach(object, key, value)
	{
		if (!strcasecmp(key, name))
			return value;
	}
	return NULL;
}

struct json_object *vfg_json_array(struct json_object *object, const char *name)
{
	struct json_object *value = vfg_json_member(object, name);

	return json_object_is_type(value, json_type_array) ? value : NULL;
}

bool vfg_json_is_text(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ||
	       json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

const char *vfg_json_text(struct vfg_arena *arena, struct json_object *value)
{
	const char *text;
	size_t length;
	char *copy;

	if (!vfg_json_is_text(value))
		return NULL;
	text = json_object_get_string(value);
	if (!text)
		return NULL;
	length = json_object_is_type(value, json_type_string)
			 ? (size_t)json_object_get_string_len(value)
			 : strlen(text);
	copy = vfg_arena_strndup(arena, text, length);
	for (size_t i = 0; copy && i < length; i++) {
		if (!copy[i])
			copy[i] = '?';
	}
	return copy;
}

/* Parsed names hold no control characters (check_keys), so no file can say this. */
static const char unresolved_key[] = "\001unresolved";

struct json_object *vfg_json_unresolved_new(const char *why)
{
	struct json_object *value = json_object_new_object();

	if (value)
		json_object_object_add(value, unresolved_key, json_object_new_string(why));
	return value;
}

const char *vfg_json_unresolved(struct vfg_arena *arena, struct json_object *value)
{
	struct json_object *why = NULL;

	if (!json_object_is_type(value, json_type_object) ||
	    !json_object_object_get_ex(value, unresolved_key, &why))
		return NULL;
	return vfg_json_text(arena, why);
}

bool vfg_json_is_unresolved(struct json_object *value)
{
	return json_object_is_type(value, json_type_object) &&
	       json_object_object_get_ex(value, unresolved_key, NULL);
}

const char *vfg_json_print(struct vfg_arena *arena, struct json_object *tree)
{
	const char *text = json_object_to_json_string_ext(
		tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	return text ? vfg_arena_format(arena, "%s\n", text) : NULL;
}
