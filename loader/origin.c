/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and dates a policy for the state of its master. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "origin.h"

/* What is no file (a text of ours, a pipe) keeps the name that it has. */
static const char *append(struct vfg_arena *arena, const char *text, const char *file,
			  const char *select)
{
	char path[PATH_MAX];
	const char *full = realpath(file, path);
	const char *more = vfg_arena_format(arena, "%s%s%s%s%s", text ? text : "",
					    text && text[0] ? " + " : "", full ? full : file,
					    select ? "#" : "", select ? select : "");

	return more ? more : text;
}

const char *vfg_origin_text(struct vfg_policy_request *request)
{
	const struct vfg_request *sources = &request->options.request;
	struct vfg_arena *arena = request->options.arena;
	const char *text = "";

	if (request->file && !sources->source_count)
		return append(arena, text, request->file, NULL);
	for (size_t i = 0; i < sources->source_count; i++) {
		enum vfg_source_kind kind = sources->sources[i].kind;

		if (kind <= VFG_SOURCE_ADMIN_RULES)
			text = append(arena, text, sources->sources[i].file,
				      sources->sources[i].select);
	}
	return text;
}

/* The end of a long name tells more than its beginning. */
static void copy_source(const char *source, char ret_text[VFG_STATE_SOURCE_MAX])
{
	size_t length = strlen(source);
	bool fits = length < VFG_STATE_SOURCE_MAX;

	if (!fits)
		source += length - (VFG_STATE_SOURCE_MAX - 1 - strlen("..."));
	snprintf(ret_text, VFG_STATE_SOURCE_MAX, "%s%s", fits ? "" : "...", source);
}

void vfg_origin_record(const struct vfg_policy_file *file, uint32_t generation,
		       struct vfg_state_policy *ret_policy)
{
	*ret_policy = (struct vfg_state_policy){
		.applied_s = (uint64_t)time(NULL),
		.generation = generation,
		.image_bytes = (uint32_t)file->bytes,
	};
	vfg_sha256(file->image, file->bytes, ret_policy->hash);
	copy_source(file->source ? file->source : "", ret_policy->source);
}
