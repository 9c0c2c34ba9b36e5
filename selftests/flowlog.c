/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads flow logs strictly, by json-c and the published description. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <json-c/json.h>

#include "flowlog.h"

enum { FIELDS = 13 };

__attribute__((format(printf, 2, 3))) static bool fail(struct vfg_flowlog *log, const char *format,
						       ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(log->fault, sizeof(log->fault), format, arguments);
	va_end(arguments);
	return false;
}

static struct json_object *member(struct vfg_flowlog *log, struct json_object *object,
				  const char *name, enum json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, type)) {
		fail(log, "no member %s, or of another type", name);
		return NULL;
	}
	return value;
}

static const char *text(struct vfg_flowlog *log, struct json_object *object, const char *name)
{
	struct json_object *value = member(log, object, name, json_type_string);

	return value ? json_object_get_string(value) : NULL;
}

static bool is_text(struct vfg_flowlog *log, struct json_object *object, const char *name,
		    const char *expected)
{
	const char *value = text(log, object, name);

	if (!value)
		return false;
	return !strcmp(value, expected) || fail(log, "%s is %s", name, value);
}

/* '9' a digit, 'h' a hexadecimal one, all else itself. */
static bool has_form(const char *value, const char *form)
{
	for (; *form; form++, value++) {
		unsigned char letter = (unsigned char)*value;

		if (*form == '9'   ? !isdigit(letter)
		    : *form == 'h' ? !isxdigit(letter)
				   : letter != *form)
			return false;
	}
	return !*value;
}

static bool is_time(struct vfg_flowlog *log, struct json_object *record)
{
	const char *time = text(log, record, "time");

	return time &&
	       (has_form(time, "9999-99-99T99:99:99.9999999Z") || fail(log, "time is %s", time));
}

static bool is_guid(struct vfg_flowlog *log, struct json_object *object, const char *name)
{
	const char *guid = text(log, object, name);

	return guid && (has_form(guid, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh") ||
			fail(log, "%s is %s", name, guid));
}

static bool is_upper(const char *value)
{
	return value[0] == '/' && strncmp(value, "/SUBSCRIPTIONS/", 15) == 0;
}

static bool take_number(const char *value, uint64_t *ret_number)
{
	char *end;

	*ret_number = strtoull(value, &end, 10);
	return isdigit((unsigned char)value[0]) && !*end;
}

static bool take_port(const char *value, unsigned int *ret_port)
{
	uint64_t number;

	if (!take_number(value, &number) || number > 65535)
		return false;
	*ret_port = (unsigned int)number;
	return true;
}

static bool take_address(const char *value, char ret_address[48])
{
	unsigned char bytes[16];

	snprintf(ret_address, 48, "%s", value);
	return inet_pton(strchr(value, ':') ? AF_INET6 : AF_INET, value, bytes) == 1;
}

static int split(char *line, char *ret_field[FIELDS])
{
	int count = 0;

	for (char *field; (field = strsep(&line, ","));) {
		if (count < FIELDS)
			ret_field[count] = field;
		count++;
	}
	return count;
}

static bool take_counts(char *const *field, struct vfg_flowlog_tuple *tuple)
{
	return take_number(field[0], &tuple->packets[0]) &&
	       take_number(field[1], &tuple->bytes[0]) &&
	       take_number(field[2], &tuple->packets[1]) && take_number(field[3], &tuple->bytes[1]);
}

static bool are_empty(char *const *field)
{
	return !*field[0] && !*field[1] && !*field[2] && !*field[3];
}

static bool is_one_of(const char *value, const char *letters)
{
	return value[0] && !value[1] && strchr(letters, value[0]);
}

/* time,src,dst,sport,dport,T|U,I|O,A|D,B|C|E,packets,bytes,packets,bytes; the last four are empty
 * where a flow begins or is denied */
static bool take_version2(char *const *field, struct vfg_flowlog_tuple *tuple)
{
	if (strlen(field[0]) != 10 || !is_one_of(field[5], "TU") || !is_one_of(field[7], "AD") ||
	    !is_one_of(field[8], "BCE"))
		return false;
	tuple->time_ms *= 1000;
	tuple->protocol = field[5][0] == 'T' ? 6 : 17;
	tuple->state = field[8][0];
	if (field[7][0] == 'D') {
		tuple->state = 'D';
		return field[8][0] == 'B' && are_empty(field + 9);
	}
	tuple->has_counts = tuple->state != 'B';
	return tuple->has_counts ? take_counts(field + 9, tuple) : are_empty(field + 9);
}

/* time in ms,src,dst,sport,dport,number,I|O,B|C|E|D,encryption,packets,bytes,packets,bytes */
static bool take_version4(char *const *field, struct vfg_flowlog_tuple *tuple)
{
	uint64_t protocol;

	if (strlen(field[0]) != 13 || !take_number(field[5], &protocol) || protocol > 255 ||
	    !is_one_of(field[7], "BCED") || (strcmp(field[8], "X") && strncmp(field[8], "NX", 2)))
		return false;
	tuple->protocol = (unsigned int)protocol;
	tuple->state = field[7][0];
	tuple->has_counts = tuple->state == 'C' || tuple->state == 'E';
	if (!take_counts(field + 9, tuple))
		return false;
	return tuple->has_counts ||
	       (!tuple->packets[0] && !tuple->packets[1] && !tuple->bytes[0] && !tuple->bytes[1]);
}

static bool take_tuple(struct vfg_flowlog *log, const struct vfg_flowlog_tuple *above,
		       struct json_object *value)
{
	struct vfg_flowlog_tuple tuple = *above, *more;
	char *field[FIELDS], line[512];

	if (!json_object_is_type(value, json_type_string))
		return fail(log, "a tuple that is no string");
	snprintf(line, sizeof(line), "%s", json_object_get_string(value));
	if (split(line, field) != FIELDS)
		return fail(log, "%s: not %d fields", json_object_get_string(value), FIELDS);
	if (!take_number(field[0], &tuple.time_ms) || !take_address(field[1], tuple.source) ||
	    !take_address(field[2], tuple.destination) ||
	    !take_port(field[3], &tuple.source_port) ||
	    !take_port(field[4], &tuple.destination_port) || !is_one_of(field[6], "IO") ||
	    !(tuple.version == 2 ? take_version2(field, &tuple) : take_version4(field, &tuple)))
		return fail(log, "%s: a field is wrong", json_object_get_string(value));
	tuple.direction = field[6][0];
	more = reallocarray(log->tuple, log->count + 1, sizeof(*more));
	if (!more)
		return fail(log, "no memory");
	log->tuple = more;
	more[log->count++] = tuple;
	return true;
}

static bool take_tuples(struct vfg_flowlog *log, struct vfg_flowlog_tuple *above,
			struct json_object *group)
{
	struct json_object *tuples = member(log, group, "flowTuples", json_type_array);
	bool right = tuples && json_object_array_length(tuples) > 0;

	for (size_t i = 0; right && i < json_object_array_length(tuples); i++)
		right = take_tuple(log, above, json_object_array_get_idx(tuples, i));
	return right || (log->fault[0] ? false : fail(log, "a group without tuples"));
}

static bool take_rule(struct vfg_flowlog *log, struct vfg_flowlog_tuple *above,
		      struct json_object *group)
{
	const char *rule = text(log, group, "rule");

	if (!rule || !rule[0])
		return fail(log, "a group without a rule");
	snprintf(above->rule, sizeof(above->rule), "%s", rule);
	return true;
}

/* properties.flows[]: rule, flows[]: mac, flowTuples[] */
static bool take_rules2(struct vfg_flowlog *log, struct vfg_flowlog_tuple *above,
			struct json_object *record)
{
	struct json_object *properties = member(log, record, "properties", json_type_object);
	struct json_object *version, *flows, *inner;
	bool right;

	version = properties ? member(log, properties, "Version", json_type_int) : NULL;
	flows = version ? member(log, properties, "flows", json_type_array) : NULL;
	if (!flows || json_object_get_int(version) != 2)
		return fail(log, "no flows, or not of version 2");
	right = true;
	for (size_t i = 0; right && i < json_object_array_length(flows); i++) {
		struct json_object *rule = json_object_array_get_idx(flows, i);

		right = take_rule(log, above, rule);
		inner = right ? member(log, rule, "flows", json_type_array) : NULL;
		right = inner != NULL;
		for (size_t j = 0; right && j < json_object_array_length(inner); j++) {
			struct json_object *of_mac = json_object_array_get_idx(inner, j);
			const char *mac = text(log, of_mac, "mac");

			right = mac && has_form(mac, "hhhhhhhhhhhh") &&
				take_tuples(log, above, of_mac);
		}
	}
	return right;
}

static bool take_record2(struct vfg_flowlog *log, struct json_object *record)
{
	struct vfg_flowlog_tuple above = {.version = 2};
	const char *resource = text(log, record, "resourceId");
	struct json_object *mac;

	if (!resource || !is_upper(resource))
		return fail(log, "resourceId is not in upper case");
	snprintf(above.resource, sizeof(above.resource), "%s", resource);
	if (json_object_object_get_ex(record, "macAddress", &mac))
		snprintf(above.mac, sizeof(above.mac), "%s", json_object_get_string(mac));
	return is_time(log, record) && is_guid(log, record, "systemId") &&
	       is_text(log, record, "operationName", "NetworkSecurityGroupFlowEvents") &&
	       take_rules2(log, &above, record);
}

/* flowRecords.flows[]: aclID, flowGroups[]: rule, flowTuples[] */
static bool take_rules4(struct vfg_flowlog *log, struct vfg_flowlog_tuple *above,
			struct json_object *record)
{
	struct json_object *records = member(log, record, "flowRecords", json_type_object);
	struct json_object *flows = records ? member(log, records, "flows", json_type_array) : NULL;
	bool right = flows != NULL;

	for (size_t i = 0; right && i < json_object_array_length(flows); i++) {
		struct json_object *acl = json_object_array_get_idx(flows, i), *groups;

		right = is_guid(log, acl, "aclID");
		groups = right ? member(log, acl, "flowGroups", json_type_array) : NULL;
		right = groups != NULL;
		if (right)
			snprintf(above->acl, sizeof(above->acl), "%s", text(log, acl, "aclID"));
		for (size_t j = 0; right && j < json_object_array_length(groups); j++) {
			struct json_object *group = json_object_array_get_idx(groups, j);

			right = take_rule(log, above, group) && take_tuples(log, above, group);
		}
	}
	return right;
}

static bool take_record4(struct vfg_flowlog *log, struct json_object *record)
{
	struct vfg_flowlog_tuple above = {.version = 4};
	struct json_object *version = member(log, record, "flowLogVersion", json_type_int);
	const char *resource = text(log, record, "flowLogResourceID");
	const char *mac = text(log, record, "macAddress");

	if (!version || json_object_get_int(version) != 4 || !resource || !is_upper(resource) ||
	    !mac || !has_form(mac, "hhhhhhhhhhhh") || !text(log, record, "targetResourceID"))
		return fail(log, "version, macAddress or a resource id is wrong");
	snprintf(above.resource, sizeof(above.resource), "%s", resource);
	snprintf(above.mac, sizeof(above.mac), "%s", mac);
	return is_time(log, record) && is_guid(log, record, "flowLogGUID") &&
	       is_text(log, record, "operationName", "FlowLogFlowEvent") &&
	       take_rules4(log, &above, record);
}

static bool take_record(struct vfg_flowlog *log, struct json_object *record)
{
	const char *category = text(log, record, "category");

	log->records++;
	if (category && !strcmp(category, "FlowLogFlowEvent"))
		return take_record4(log, record);
	if (category && !strcmp(category, "NetworkSecurityGroupFlowEvent"))
		return take_record2(log, record);
	return fail(log, "category is %s", category ? category : "not there");
}

static bool take_document(struct vfg_flowlog *log, struct json_object *root)
{
	struct json_object *records;
	bool right = true;

	if (!json_object_object_get_ex(root, "records", &records))
		return take_record(log, root);
	if (!json_object_is_type(records, json_type_array))
		return fail(log, "records is no array");
	for (size_t i = 0; right && i < json_object_array_length(records); i++)
		right = take_record(log, json_object_array_get_idx(records, i));
	return right;
}

bool vfg_flowlog_read(const char *document, struct vfg_flowlog *ret_log)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;
	size_t end;
	bool right;

	*ret_log = (struct vfg_flowlog){};
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	root = json_tokener_parse_ex(tokener, document, (int)strlen(document));
	end = json_tokener_get_parse_end(tokener);
	if (!root || json_tokener_get_error(tokener) != json_tokener_success)
		right = fail(ret_log, "no JSON at %zu", end);
	else if (document[end + strspn(document + end, " \t\n\r")])
		right = fail(ret_log, "something follows at %zu", end);
	else
		right = take_document(ret_log, root);
	json_object_put(root);
	json_tokener_free(tokener);
	return right;
}

bool vfg_flowlog_read_file(const char *path, struct vfg_flowlog *ret_log)
{
	FILE *file = fopen(path, "r");
	char *document = NULL;
	size_t room = 0;
	bool right;

	*ret_log = (struct vfg_flowlog){};
	if (!file)
		return fail(ret_log, "%s is not there", path);
	if (getdelim(&document, &room, '\0', file) < 0)
		right = fail(ret_log, "%s is empty", path);
	else
		right = vfg_flowlog_read(document, ret_log);
	fclose(file);
	free(document);
	return right;
}

void vfg_flowlog_free(struct vfg_flowlog *log)
{
	free(log->tuple);
	log->tuple = NULL;
	log->count = 0;
}
