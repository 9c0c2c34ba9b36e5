/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at clock and packages. */
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <time.h>

#include "cleanup.h"
#include "doctor.h"
#include "doctor_judge.h"
#include "doctor_managers.h"
#include "doctor_root.h"

void vfg_doctor_clock(struct vfg_doctor *doctor)
{
	struct timex state = {};
	struct vfg_clock_facts facts = {.now = (int64_t)time(NULL)};
	int answer = adjtimex(&state);
	struct stat self;

	/* A build bears no date of its own, so that two of them are alike; its file does. */
	if (stat("/proc/self/exe", &self) == 0)
		facts.built = self.st_mtime;
	facts.is_unsynchronised = answer == TIME_ERROR || state.status & STA_UNSYNC;
	vfg_judge_clock(&doctor->findings, &facts);
}

/* rpm's database is rpm's to read. */
static void ask_rpm(const struct vfg_doctor *doctor, const char *package,
		    char ret_version[VFG_DOCTOR_NAME_MAX])
{
	const char *const argv[] = {"rpm",
				    "--root",
				    doctor->root[0] ? doctor->root : "/",
				    "-q",
				    "--queryformat",
				    "%{VERSION}\n",
				    package,
				    NULL};
	char output[256];

	if (vfg_root_run(argv, output, sizeof(output)) == 0)
		snprintf(ret_version, VFG_DOCTOR_NAME_MAX, "%.*s",
			 (int)(strcspn(output, "\n") > 31 ? 31 : strcspn(output, "\n")), output);
}

static bool is_azure(const struct vfg_doctor *doctor)
{
	for (size_t i = 0; i < doctor->count; i++) {
		if (!strcmp(doctor->master[i].device.driver, "hv_netvsc"))
			return true;
	}
	for (size_t i = 0; i < doctor->links.count; i++) {
		char driver[VFG_DRIVER_MAX];

		vfg_doctor_vf_driver(doctor, doctor->links.link[i].name, driver);
		if (driver[0])
			return true;
	}
	return false;
}

void vfg_doctor_packages(struct vfg_doctor *doctor)
{
	autofree char *status = vfg_root_read(doctor->root, "/var/lib/dpkg/status");
	struct vfg_package_facts facts = {.is_azure = is_azure(doctor)};

	facts.is_marked = vfg_doctor_all_left_alone(doctor);
	if (status) {
		vfg_version_of_dpkg(status, "azure-vm-utils", facts.utils);
		vfg_version_of_dpkg(status, "cloud-init", facts.cloud_init);
	} else if (vfg_root_has(doctor->root, "/var/lib/rpm") ||
		   vfg_root_has(doctor->root, "/usr/lib/sysimage/rpm")) {
		ask_rpm(doctor, "azure-vm-utils", facts.utils);
		ask_rpm(doctor, "cloud-init", facts.cloud_init);
	} else {
		return; /* another kind of system: nothing is known */
	}
	vfg_judge_packages(&doctor->findings, &facts);
}
