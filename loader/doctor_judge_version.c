/* SPDX-License-Identifier: GPL-2.0-only */
/* Versions of packages: reads dpkg's status file, compares, judges. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor_judge.h"

static const char utils_least[] = "0.6.0";
static const char cloud_init_least[] = "23.2";

static const char *skip_epoch(const char *version)
{
	const char *colon = strchr(version, ':');

	return colon ? colon + 1 : version;
}

/* The next number, 0 where the version has ended. */
static unsigned long take(const char **at)
{
	char *end;
	unsigned long number;

	if (!isdigit((unsigned char)**at))
		return 0;
	number = strtoul(*at, &end, 10);
	*at = *end == '.' ? end + 1 : end;
	return number;
}

int vfg_version_compare(const char *a, const char *b)
{
	a = skip_epoch(a);
	b = skip_epoch(b);
	while (isdigit((unsigned char)*a) || isdigit((unsigned char)*b)) {
		unsigned long one = take(&a), two = take(&b);

		if (one != two)
			return one < two ? -1 : 1;
	}
	return 0;
}

/* The value of a field in a paragraph, or NULL. */
static const char *field(const char *paragraph, const char *end, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = paragraph; line && line < end; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, " \t");
	}
	return NULL;
}

static bool is_word(const char *value, const char *word)
{
	size_t length = strlen(word);

	return value && !strncmp(value, word, length) && (!value[length] || value[length] == '\n');
}

/* "Status: install ok installed": the last word tells. */
static bool is_installed(const char *status)
{
	const char *end = status ? strchrnul(status, '\n') : NULL;
	static const char word[] = " installed";
	size_t length = sizeof(word) - 1;

	return end && (size_t)(end - status) > length && !strncmp(end - length, word, length);
}

void vfg_version_of_dpkg(const char *status, const char *package,
			 char ret_version[VFG_DOCTOR_NAME_MAX])
{
	ret_version[0] = '\0';
	while (*status) {
		const char *gap = strstr(status, "\n\n");
		const char *end = gap ? gap : status + strlen(status);
		const char *version = field(status, end, "Version");

		if (version && is_word(field(status, end, "Package"), package) &&
		    is_installed(field(status, end, "Status"))) {
			snprintf(ret_version, VFG_DOCTOR_NAME_MAX, "%.*s",
				 (int)strcspn(version, "\n"), version);
			return;
		}
		status = gap ? gap + 2 : end;
	}
}

struct package {
	const char *check, *name, *least, *what;
};

static void judge(struct vfg_findings *findings, const struct vfg_package_facts *facts,
		  const struct package *package, const char *version)
{
	struct vfg_finding *finding;

	if (version[0] && vfg_version_compare(version, package->least) >= 0) {
		vfg_finding_fine(findings, package->check, NULL, "%s %s", package->name, version);
		return;
	}
	if (facts->is_marked || (!version[0] && !facts->is_azure)) {
		vfg_finding_fine(findings, package->check, NULL, "%s%s%s, and nothing lacks it",
				 package->name, version[0] ? " " : " is not installed",
				 version[0] ? version : "");
		return;
	}
	finding = vfg_finding_add(findings, package->check, VFG_FINDING_WARNING, NULL);
	if (version[0])
		vfg_finding_says(finding, "%s is version %s, below %s", package->name, version,
				 package->least);
	else
		vfg_finding_says(finding, "%s is not installed", package->name);
	vfg_finding_means(finding, "%s", package->what);
	vfg_finding_mend(finding, "install %s %s or later, or `vfguard doctor --fix`",
			 package->name, package->least);
}

void vfg_judge_packages(struct vfg_findings *findings, const struct vfg_package_facts *facts)
{
	static const struct package utils = {"azure-vm-utils", "azure-vm-utils", utils_least,
					     "no rule tells network managers to leave a VF alone"};
	static const struct package cloud_init = {
		"cloud-init", "cloud-init", cloud_init_least,
		"it may configure a VF as a NIC of its own while it provisions the machine"};

	judge(findings, facts, &utils, facts->utils);
	/* A machine without it is set up by something else. */
	if (facts->cloud_init[0])
		judge(findings, facts, &cloud_init, facts->cloud_init);
}
