/* SPDX-License-Identifier: GPL-2.0-only */
/* The doctor's look at the service: does the policy come back after a boot, and does a daemon run?
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "config.h"
#include "doctor.h"
#include "doctor_root.h"
#include "lock.h"
#include "netns.h"
#include "say.h"

static const char unit[] = "vfguard.service";
static const char next_boot[] = "after the next boot nothing is judged, until somebody loads a "
				"policy";

static bool has_unit(const struct vfg_doctor *doctor)
{
	static const char *const folders[] = {"/etc/systemd/system",
					      "/usr/local/lib/systemd/system",
					      "/usr/lib/systemd/system", "/lib/systemd/system"};
	char path[128];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		if (vfg_root_has(doctor->root, path))
			return !vfg_root_is_masked(doctor->root, path);
	}
	return false;
}

static bool is_enabled(const struct vfg_doctor *doctor)
{
	static const char *const links[] = {
		"/etc/systemd/system/multi-user.target.wants/vfguard.service",
		"/etc/systemd/system/network-pre.target.wants/vfguard.service",
		"/etc/systemd/system/sysinit.target.wants/vfguard.service",
		"/usr/lib/systemd/system/multi-user.target.wants/vfguard.service"};

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (vfg_root_has(doctor->root, links[i]))
			return true;
	}
	return false;
}

/* Return: does the service start at boot? */
static bool look_at_unit(struct vfg_doctor *doctor)
{
	bool is_there = has_unit(doctor);
	struct vfg_finding *finding;

	if (is_there && is_enabled(doctor)) {
		vfg_finding_fine(&doctor->findings, "service", NULL, "%s starts at boot", unit);
		return true;
	}
	finding = vfg_finding_add(&doctor->findings, "service", VFG_FINDING_ERROR, NULL);
	vfg_finding_says(finding, "%s %s", unit,
			 is_there ? "is not enabled" : "is not installed, or is masked");
	vfg_finding_means(finding, "%s", next_boot);
	vfg_finding_mend(finding, "%ssystemctl enable --now vfguard",
			 is_there ? "" : "make install (and systemctl unmask vfguard), then ");
	return false;
}

static void look_at_daemon(struct vfg_doctor *doctor)
{
	struct vfg_finding *finding;
	struct vfg_netns netns;

	if (vfg_netns_self(&netns))
		return;
	if (vfg_lock_has_daemon(&netns)) {
		vfg_finding_fine(&doctor->findings, "daemon", NULL, "a daemon runs here");
		return;
	}
	finding = vfg_finding_add(&doctor->findings, "daemon", VFG_FINDING_WARNING, NULL);
	vfg_finding_says(finding, "no daemon runs in this network namespace");
	vfg_finding_means(finding,
			  "a VF that comes has no XDP and only TC judges it; what somebody "
			  "takes off stays off, and gaps are not noticed");
	vfg_finding_mend(finding, "systemctl start vfguard");
}

/* ---- the settings ---- */

static void tell_fault(struct vfg_doctor *doctor, const char *said)
{
	struct vfg_finding *finding =
		vfg_finding_add(&doctor->findings, "settings", VFG_FINDING_ERROR, NULL);
	const char *text = strstr(said, ": ");

	/* "vfguard: FILE:LINE: what is wrong\n", and perhaps more lines */
	text = text ? text + 2 : said;
	vfg_finding_says(finding, "%.*s", (int)strcspn(text, "\n"), text);
	vfg_finding_means(finding, "the daemon does not start with these settings: %s", next_boot);
	vfg_finding_mend(finding, "vfguard daemon --check names every fault; then systemctl "
				  "restart vfguard");
}

static bool names(const struct vfg_config *config, const struct vfg_link *link)
{
	for (size_t i = 0; i < config->count; i++) {
		const struct vfg_config_master *master = &config->master[i];

		if (master->by_address ? link->address_bytes == VFG_CONFIG_ADDRESS_BYTES &&
						 !memcmp(link->address, master->address,
							 VFG_CONFIG_ADDRESS_BYTES)
				       : !strcmp(master->title, link->name))
			return true;
	}
	return false;
}

static void look_at_names(struct vfg_doctor *doctor, const struct vfg_config *config,
			  const char *file)
{
	for (size_t i = 0; i < doctor->count; i++) {
		const struct vfg_link *link = &doctor->master[i].device.link;
		struct vfg_finding *finding;

		if (names(config, link)) {
			vfg_finding_fine(&doctor->findings, "settings", link->name,
					 "the settings name it");
			continue;
		}
		finding = vfg_finding_add(&doctor->findings, "settings", VFG_FINDING_ERROR,
					  link->name);
		vfg_finding_says(finding, "%s does not name it", file);
		vfg_finding_means(finding, "%s", next_boot);
		vfg_finding_mend(finding,
				 "add [master %s] with its policy there, then systemctl "
				 "reload vfguard",
				 link->name);
	}
}

static void look_at_settings(struct vfg_doctor *doctor)
{
	struct vfg_config config = {};
	autofree char *said = NULL;
	char path[PATH_MAX];
	size_t bytes;
	FILE *stream = open_memstream(&said, &bytes);
	int err;

	if (!stream || !vfg_root_path(doctor->root, vfg_config_default_file, path)) {
		vfg_close_file(&stream);
		return;
	}
	vfg_say_divert(stream);
	err = vfg_config_read(path, false, &config);
	vfg_say_divert(NULL);
	fclose(stream);
	/* Without root it may not be readable: then nothing is known of it. */
	if (err == VFG_EXIT_REFUSED)
		tell_fault(doctor, said);
	else if (!err)
		look_at_names(doctor, &config, path);
	vfg_config_free(&config);
}

/* ---- the last good image ---- */

static bool is_good(const char *text, size_t bytes, char ret_why[VFG_FINDING_TEXT_MAX])
{
	struct vfg_arena *arena = vfg_arena_new(1UL << 20);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_tables tables;
	bool good = arena && !vfg_image_open(text, bytes, &diag, &tables);

	snprintf(ret_why, VFG_FINDING_TEXT_MAX, "%s", diag.first ? diag.first->text : "");
	vfg_arena_free(arena);
	return good;
}

static void look_at_image(struct vfg_doctor *doctor, const struct vfg_doctor_master *master)
{
	const char *name = master->loaded->state.master;
	char path[128], why[VFG_FINDING_TEXT_MAX] = "";
	autofree char *image = NULL;
	struct vfg_finding *finding;
	size_t bytes = 0;

	snprintf(path, sizeof(path), "/var/lib/vfguard/%s.image", name);
	image = vfg_root_read_bytes(doctor->root, path, &bytes);
	if (image && is_good(image, bytes, why)) {
		vfg_finding_fine(&doctor->findings, "last-good-image", name, "%s is kept", path);
		return;
	}
	finding = vfg_finding_add(&doctor->findings, "last-good-image", VFG_FINDING_WARNING, name);
	vfg_finding_says(finding, "%s %s%s", path, image ? "cannot be used: " : "is not there",
			 why);
	vfg_finding_means(finding, "where the policy is broken at the next boot, nothing stands in "
				   "for it");
	vfg_finding_mend(finding,
			 "vfguard apply %s -p POLICY keeps one; is /var/lib/vfguard "
			 "writable?",
			 name);
}

void vfg_doctor_service(struct vfg_doctor *doctor)
{
	if (look_at_unit(doctor))
		look_at_settings(doctor);
	look_at_daemon(doctor);
	for (size_t i = 0; i < doctor->count; i++) {
		if (doctor->master[i].is_loaded)
			look_at_image(doctor, &doctor->master[i]);
	}
}
