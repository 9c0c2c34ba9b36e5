/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeps, orders and prints findings. Looks at nothing itself. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "finding.h"

static const struct {
	const char *name;
	const char *colour;
} severities[VFG_FINDING_SEVERITIES] = {
	[VFG_FINDING_OK] = {"ok", "\033[32m"},
	[VFG_FINDING_WARNING] = {"warning", "\033[33m"},
	[VFG_FINDING_ERROR] = {"error", "\033[1;31m"},
};

static struct vfg_finding *place(struct vfg_findings *findings)
{
	size_t room = findings->room ? findings->room * 2 : 32;
	struct vfg_finding *more;

	if (findings->count < findings->room)
		return &findings->finding[findings->count++];
	more = reallocarray(findings->finding, room, sizeof(*more));
	if (!more) {
		findings->incomplete = true;
		return &findings->spare;
	}
	findings->finding = more;
	findings->room = room;
	return &findings->finding[findings->count++];
}

struct vfg_finding *vfg_finding_add(struct vfg_findings *findings, const char *check,
				    enum vfg_severity_of_finding severity, const char *device)
{
	struct vfg_finding *finding = place(findings);

	*finding = (struct vfg_finding){.check = check, .severity = severity};
	snprintf(finding->device, sizeof(finding->device), "%s", device ? device : "");
	return finding;
}

/* Names of processes, files and rules are in it, which anybody may have chosen. */
static void __attribute__((format(printf, 2, 0)))
put(char text[VFG_FINDING_TEXT_MAX], const char *format, va_list arguments)
{
	vsnprintf(text, VFG_FINDING_TEXT_MAX, format, arguments);
	for (char *at = text; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
	}
}

void vfg_finding_says(struct vfg_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(finding->finding, format, arguments);
	va_end(arguments);
}

void vfg_finding_means(struct vfg_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(finding->consequence, format, arguments);
	va_end(arguments);
}

void vfg_finding_mend(struct vfg_finding *finding, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	put(finding->fix, format, arguments);
	va_end(arguments);
}

void vfg_finding_fine(struct vfg_findings *findings, const char *check, const char *device,
		      const char *format, ...)
{
	struct vfg_finding *finding = vfg_finding_add(findings, check, VFG_FINDING_OK, device);
	va_list arguments;

	va_start(arguments, format);
	put(finding->finding, format, arguments);
	va_end(arguments);
}

static bool is_before(const struct vfg_finding *a, const struct vfg_finding *b)
{
	if (a->severity != b->severity)
		return a->severity > b->severity;
	return !a->device[0] && b->device[0];
}

/* By insertion: few, and those that are alike keep their order. */
void vfg_findings_order(struct vfg_findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		struct vfg_finding moving = findings->finding[i];
		size_t to = i;

		for (; to > 0 && is_before(&moving, &findings->finding[to - 1]); to--)
			findings->finding[to] = findings->finding[to - 1];
		findings->finding[to] = moving;
	}
}

size_t vfg_findings_of(const struct vfg_findings *findings, enum vfg_severity_of_finding severity)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->finding[i].severity == severity;
	return count;
}

void vfg_findings_free(struct vfg_findings *findings)
{
	free(findings->finding);
	*findings = (struct vfg_findings){};
}

static void print_one(const struct vfg_finding *finding, bool colour, FILE *to)
{
	const char *name = severities[finding->severity].name;

	fprintf(to, "%s%s%s: %s%s%s: %s\n", colour ? severities[finding->severity].colour : "",
		name, colour ? "\033[0m" : "", finding->device, finding->device[0] ? ": " : "",
		finding->check, finding->finding);
	if (finding->consequence[0])
		fprintf(to, "    so: %s\n", finding->consequence);
	if (finding->fix[0])
		fprintf(to, "    fix: %s\n", finding->fix);
}

void vfg_findings_print(const struct vfg_findings *findings, bool all, bool colour, FILE *to)
{
	size_t errors = vfg_findings_of(findings, VFG_FINDING_ERROR);
	size_t warnings = vfg_findings_of(findings, VFG_FINDING_WARNING);

	for (size_t i = 0; i < findings->count; i++) {
		if (all || findings->finding[i].severity != VFG_FINDING_OK)
			print_one(&findings->finding[i], colour, to);
	}
	fprintf(to, "%zu error%s, %zu warning%s, %zu fine%s\n", errors, errors == 1 ? "" : "s",
		warnings, warnings == 1 ? "" : "s", vfg_findings_of(findings, VFG_FINDING_OK),
		all ? "" : "; --all shows them");
}

static bool add_text(struct json_object *to, const char *key, const char *text)
{
	struct json_object *value = json_object_new_string(text);

	return value && json_object_object_add(to, key, value) == 0;
}

static struct json_object *one_json(const struct vfg_finding *finding)
{
	struct json_object *one = json_object_new_object();

	if (one && add_text(one, "check", finding->check) &&
	    add_text(one, "severity", severities[finding->severity].name) &&
	    add_text(one, "device", finding->device) &&
	    add_text(one, "finding", finding->finding) &&
	    add_text(one, "consequence", finding->consequence) &&
	    add_text(one, "fix", finding->fix))
		return one;
	json_object_put(one);
	return NULL;
}

struct json_object *vfg_findings_json(const struct vfg_findings *findings)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; array && i < findings->count; i++) {
		struct json_object *one = one_json(&findings->finding[i]);

		if (one && json_object_array_add(array, one) == 0)
			continue;
		json_object_put(one);
		json_object_put(array);
		return NULL;
	}
	return array;
}
