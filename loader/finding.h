/* SPDX-License-Identifier: GPL-2.0-only */
/* What the doctor has found: a list of findings, put in order, into words, into JSON. Pure. */
#ifndef VFG_LOADER_FINDING_H
#define VFG_LOADER_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum vfg_severity_of_finding {
	VFG_FINDING_OK = 0, /* shown with --all and in JSON */
	VFG_FINDING_WARNING = 1,
	VFG_FINDING_ERROR = 2, /* traffic is not judged, or would not be after the next boot */
	VFG_FINDING_SEVERITIES = 3,
};

enum {
	VFG_FINDING_TEXT_MAX = 400,
	VFG_FINDING_DEVICE_MAX = 16, /* as IFNAMSIZ */
};

struct vfg_finding {
	const char *check; /* its name, as docs/doctor.md lists it */
	enum vfg_severity_of_finding severity;
	char device[VFG_FINDING_DEVICE_MAX]; /* "" where it is about the machine */
	char finding[VFG_FINDING_TEXT_MAX];
	char consequence[VFG_FINDING_TEXT_MAX];
	char fix[VFG_FINDING_TEXT_MAX]; /* "" where nothing is to be done */
};

/* Begins zeroed. */
struct vfg_findings {
	size_t count;
	size_t room;
	struct vfg_finding *finding;
	bool incomplete;	  /* no memory for one */
	struct vfg_finding spare; /* which that one is written to */
};

/**
 * vfg_finding_add - append a finding without words
 * @check: not copied
 * @device: "" or NULL where it is about the machine
 *
 * Return: the finding, never NULL; valid until the next one is added.
 */
struct vfg_finding *vfg_finding_add(struct vfg_findings *findings, const char *check,
				    enum vfg_severity_of_finding severity, const char *device);

/* Fill in the words. What would break the line becomes '?', and so do control characters. */
void vfg_finding_says(struct vfg_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vfg_finding_means(struct vfg_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void vfg_finding_mend(struct vfg_finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One that is as it should be, in a line. */
void vfg_finding_fine(struct vfg_findings *findings, const char *check, const char *device,
		      const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Errors first, then warnings; what is of the machine before its devices; else as they came. */
void vfg_findings_order(struct vfg_findings *findings);

size_t vfg_findings_of(const struct vfg_findings *findings, enum vfg_severity_of_finding severity);
void vfg_findings_free(struct vfg_findings *findings);

/**
 * vfg_findings_print - as text, a finding a paragraph, and a last line that sums up
 * @all: those that are fine too
 * @colour: by terminal sequences
 */
void vfg_findings_print(const struct vfg_findings *findings, bool all, bool colour, FILE *to);

struct json_object;
/* As an array of {check, severity, device, finding, consequence, fix}, or NULL without memory. */
struct json_object *vfg_findings_json(const struct vfg_findings *findings);

#endif
