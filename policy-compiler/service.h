/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classes of protocol and destination port together, and of the source port.
 */
#ifndef VFG_POLICY_COMPILER_SERVICE_H
#define VFG_POLICY_COMPILER_SERVICE_H

#include "numbering.h"
#include "pages.h"
#include "vector.h"

/**
 * vfg_service_build - the service tables
 * @ret_policy: service_tcp, service_udp and service_other are set
 *
 * Return: 0, -E2BIG (said in the diag of @vectors or @pages) or -ENOMEM.
 */
int vfg_service_build(const struct vfg_numbering *numbering, struct vfg_vectors *vectors,
		      struct vfg_pages *pages, struct vfg_policy *ret_policy);

/**
 * vfg_source_port_build - the rules that test source ports, and the table for them
 * @vectors: stays without a class where no rule does
 * @ret_policy: source_port and source_port_words are set
 *
 * Return: as vfg_service_build().
 */
int vfg_source_port_build(const struct vfg_numbering *numbering, struct vfg_vectors *vectors,
			  struct vfg_pages *pages, struct vfg_policy *ret_policy);

#endif
