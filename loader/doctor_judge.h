/* SPDX-License-Identifier: GPL-2.0-only */
/* From facts to findings: decides and words, and asks nobody. Pure. */
#ifndef VFG_LOADER_DOCTOR_JUDGE_H
#define VFG_LOADER_DOCTOR_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "ethtool.h"
#include "finding.h"

enum {
	VFG_DOCTOR_FEATURES_MAX = 16,
	VFG_DOCTOR_NAME_MAX = 32,
};

enum vfg_known {
	VFG_NOT_KNOWN = 0,
	VFG_KNOWN_NO = 1,
	VFG_KNOWN_YES = 2,
};

/* Of an answer that is below zero where nothing is known, else zero or more. */
static inline enum vfg_known vfg_known_of(int answer)
{
	return answer < 0 ? VFG_NOT_KNOWN : answer ? VFG_KNOWN_YES : VFG_KNOWN_NO;
}

struct vfg_doctor_feature {
	const char *name;
	const char *since; /* of upstream Linux */
	bool needed;	   /* nothing is enforced without it */
	enum vfg_known there;
	const char *without; /* what is lacking then, where it is not needed */
};

struct vfg_kernel_facts {
	size_t count;
	struct vfg_doctor_feature feature[VFG_DOCTOR_FEATURES_MAX];
	enum vfg_known jit;
	enum vfg_known bpffs;
	enum vfg_known btf;
	long unprivileged;	/* kernel.unprivileged_bpf_disabled, -1 not known */
	enum vfg_known charged; /* maps are charged to the control group, not to RLIMIT_MEMLOCK */
	uint64_t memlock_bytes; /* UINT64_MAX: unlimited */
};

void vfg_judge_kernel(struct vfg_findings *findings, const struct vfg_kernel_facts *facts);

/* A device that receives packets that XDP should judge, or is handed the program by its master. */
struct vfg_nic_facts {
	char name[VFG_FINDING_DEVICE_MAX];
	char driver[VFG_DOCTOR_NAME_MAX]; /* "" not known */
	char master[VFG_FINDING_DEVICE_MAX];
	char master_kind[VFG_DOCTOR_NAME_MAX]; /* kind, or driver where it has none */
	bool through_master;		       /* its master hands the program on */
	bool is_covered;		       /* it has our program, in native mode */
	bool is_generic;		       /* in generic mode */
	enum vfg_known native;		       /* what the driver says of itself */
	bool has_lro;
	uint32_t mtu, mtu_max;	  /* 0: none is known */
	uint32_t foreign_program; /* id, 0 none */
	int error;		  /* of the attempt to attach, -errno, 0 none */
	const char *refusal;	  /* in words, where there is an error */
	bool has_channels;
	struct vfg_channels channels;
	uint32_t cpus;
};

void vfg_judge_nic(struct vfg_findings *findings, const struct vfg_nic_facts *facts);

/* A VF and its master, looked at twice. */
struct vfg_path_facts {
	char name[VFG_FINDING_DEVICE_MAX];
	char master[VFG_FINDING_DEVICE_MAX];
	bool is_up, master_is_up;
	bool has_carrier;
	enum vfg_known active; /* the bond sends by it */
	bool has_counters;     /* the master counts what passes by its VF */
	uint64_t vf[2];	       /* packets by the VF, both ways */
	uint64_t all[2];       /* received by the master, by whatever path */
};

void vfg_judge_path(struct vfg_findings *findings, const struct vfg_path_facts *facts);

struct vfg_clock_facts {
	bool is_unsynchronised;
	int64_t now;   /* seconds of Unix time */
	int64_t built; /* when this vfguard was */
};

void vfg_judge_clock(struct vfg_findings *findings, const struct vfg_clock_facts *facts);

/**
 * vfg_version_compare - compare two versions by their numbers
 *
 * An epoch before a colon and what follows a dash, a tilde or a plus do not count.
 *
 * Return: below zero, zero, above zero, as strcmp().
 */
int vfg_version_compare(const char *a, const char *b);

/**
 * vfg_version_of_dpkg - the version of an installed package in dpkg's status file
 * @ret_version: "" where it is not installed
 */
void vfg_version_of_dpkg(const char *status, const char *package,
			 char ret_version[VFG_DOCTOR_NAME_MAX]);

struct vfg_package_facts {
	bool is_azure;			      /* the machine has devices of that platform */
	bool is_marked;			      /* the VF's rules are there, whoever brought them */
	char utils[VFG_DOCTOR_NAME_MAX];      /* azure-vm-utils, "" not installed */
	char cloud_init[VFG_DOCTOR_NAME_MAX]; /* "" not installed */
};

void vfg_judge_packages(struct vfg_findings *findings, const struct vfg_package_facts *facts);

#endif
