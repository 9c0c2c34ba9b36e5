/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor command: its arguments, and the table of what it looks at. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <json-c/json.h>

#include "capability.h"
#include "cleanup.h"
#include "command.h"
#include "doctor.h"
#include "output.h"
#include "say.h"

/* In the order of the output, among those of one severity. */
static const struct {
	void (*of_machine)(struct vfg_doctor *doctor);
	void (*of_master)(struct vfg_doctor *doctor, const struct vfg_doctor_master *master);
	bool needs_privilege;
} looks[] = {
	{NULL, vfg_doctor_hooks, true},	     {vfg_doctor_kernel, NULL, false},
	{vfg_doctor_service, NULL, false},   {NULL, vfg_doctor_nics, false},
	{NULL, vfg_doctor_paths, false},     {vfg_doctor_managers, NULL, false},
	{NULL, vfg_doctor_addresses, false}, {vfg_doctor_sockets, NULL, false},
	{NULL, vfg_doctor_policy, true},     {vfg_doctor_packages, NULL, false},
	{vfg_doctor_clock, NULL, false},
};

struct request {
	const char *name;
	bool json, all;
};

static int take_root(struct vfg_doctor *doctor, const char *root)
{
	struct stat info;

	if (!root)
		return vfg_say(VFG_EXIT_USAGE, "--root", "takes a folder");
	if (stat(root, &info) < 0)
		return vfg_say(VFG_EXIT_REFUSED, root, "%s; name a folder", strerror(errno));
	if (!S_ISDIR(info.st_mode))
		return vfg_say(VFG_EXIT_REFUSED, root, "not a folder; name one");
	/* "/" and "" are the same, and a path that goes on begins with a slash. */
	doctor->root = strcmp(root, "/") != 0 ? root : "";
	return 0;
}

static int take(struct request *request, struct vfg_doctor *doctor, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		int err = 0;

		if (!strcmp(argv[i], "--json"))
			request->json = true;
		else if (!strcmp(argv[i], "--all"))
			request->all = true;
		else if (!strcmp(argv[i], "--fix"))
			doctor->fix = true;
		else if (!strcmp(argv[i], "--root"))
			err = take_root(doctor, argv[++i]);
		else if (argv[i][0] == '-' || request->name)
			err = vfg_say(VFG_EXIT_USAGE, argv[i],
				      "not an argument of doctor; see --help");
		else
			request->name = argv[i];
		if (err)
			return err;
	}
	return 0;
}

/* A guest whose VF has not come yet looks like this, and one that nobody protects. */
static void tell_nothing(struct vfg_doctor *doctor)
{
	struct vfg_finding *finding;

	if (doctor->count || !doctor->privileged)
		return;
	finding = vfg_finding_add(&doctor->findings, "not-loaded", VFG_FINDING_ERROR, NULL);
	vfg_finding_says(finding, "nothing is loaded, and no device has a VF below it");
	vfg_finding_means(finding, "no traffic is judged in this network namespace");
	vfg_finding_mend(finding, "vfguard load DEV -p POLICY");
}

static void tell_missing(struct vfg_doctor *doctor)
{
	struct vfg_finding *finding;

	if (doctor->privileged)
		return;
	finding = vfg_finding_add(&doctor->findings, "privilege", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding,
			 "not looked at: programs, policy and the kernel's features; "
			 "missing %s",
			 doctor->missing);
	vfg_finding_means(finding, "whether traffic is judged is not known");
	vfg_finding_mend(finding, "run it as root");
}

static void look(struct vfg_doctor *doctor)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		if (looks[i].needs_privilege && !doctor->privileged)
			continue;
		if (looks[i].of_machine)
			looks[i].of_machine(doctor);
		for (size_t j = 0; looks[i].of_master && j < doctor->count; j++)
			looks[i].of_master(doctor, &doctor->master[j]);
	}
	tell_nothing(doctor);
	tell_missing(doctor);
	vfg_findings_order(&doctor->findings);
}

static int print(const struct vfg_doctor *doctor, const struct request *request)
{
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	struct json_object *json = NULL;

	if (!request->json) {
		vfg_findings_print(&doctor->findings, request->all, colour, stdout);
	} else {
		json = vfg_findings_json(&doctor->findings);
		if (!json)
			return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
		puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
		json_object_put(json);
	}
	return vfg_output_end();
}

static int run(struct vfg_doctor *doctor, const struct request *request)
{
	int err = vfg_doctor_pick(doctor, request->name);

	if (err)
		return err;
	look(doctor);
	err = print(doctor, request);
	if (err)
		return err;
	if (doctor->findings.incomplete)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left for some findings; free some");
	if (vfg_findings_of(&doctor->findings, VFG_FINDING_ERROR))
		return VFG_EXIT_REFUSED;
	return doctor->privileged ? VFG_EXIT_DONE : VFG_EXIT_SYSTEM;
}

int vfg_command_doctor(int argc, char **argv)
{
	autofree struct vfg_doctor *doctor = calloc(1, sizeof(*doctor));
	struct request request = {};
	int err;

	if (!doctor)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	doctor->root = "";
	err = take(&request, doctor, argc, argv);
	if (err)
		return err;
	doctor->privileged = !vfg_capability_missing(doctor->missing, sizeof(doctor->missing));
	err = run(doctor, &request);
	vfg_doctor_release(doctor);
	return err;
}
