/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Warnings about a model that is otherwise right. Lists are looked at one by one: what an earlier
 * stage takes away from a later one is the user's intention.
 */
#include "review.h"

#include <errno.h>
#include <linux/in.h>
#include <string.h>

#include "address.h"
#include "cover.h"
#include "operator.h"

enum {
	/* A pair of rules is one step, and so is a range that is looked up: two NSGs at the
	 * platform's limits take less than half of them (test_scale). */
	STEPS_MAX = 20 * 1000 * 1000,
	UNION_STEPS_MAX = 2 * 1000 * 1000,
	NAMED_MAX = 4, /* rules in one message */
	OVERLAPS_MAX = 20,
};

/* The rules that allow what a Deny crosses, neither holding the other: those in front of it win
 * over it, and it wins over those behind. */
struct crossing {
	size_t front_count, behind_count;
	const struct vfg_shape *front[NAMED_MAX];
	const struct vfg_shape *behind[NAMED_MAX];
};

/* What is kept of each rule. */
struct seat {
	struct vfg_shape shape;
	bool decides; /* not dead, and not hidden */
	struct crossing crossing;
};

/* One list under review. */
struct review {
	struct vfg_diag *diag;
	struct vfg_shapes *shapes;
	const struct vfg_list *list;
	struct seat *seat;
	size_t overlaps; /* to be told */
};

/* The rules in front of one that meet it. */
struct front {
	const struct vfg_shape *hidden_by;
	const struct vfg_shape *also_hidden; /* holds it, but never decides itself */
	size_t count;
	const struct vfg_shape *meets[VFG_COVER_MAX];
	size_t crossing_count; /* of the opposite access, as indices */
	size_t *crossing;
};

static const char *plain_name(const struct vfg_model_rule *rule)
{
	const char *slash = strchr(rule->name, '/');

	return slash ? slash + 1 : rule->name;
}

static struct vfg_place place_of(const struct review *review, const struct vfg_model_rule *rule)
{
	return (struct vfg_place){.file = review->list->file, .rule = plain_name(rule)};
}

/* The rules that users write; the platform's, the defaults and the one that stands for missing NSGs
 * are as they are. */
static bool is_users(const struct review *review, const struct vfg_model_rule *rule)
{
	static const char prefix[] = "defaultSecurityRules/";

	return review->list->stage != VFG_STAGE_PLATFORM && *rule->name &&
	       strncmp(rule->name, prefix, sizeof(prefix) - 1) != 0;
}

/* Does it match anything? */
static bool is_alive(const struct vfg_shape *shape)
{
	return shape->lives[VFG_IPV4] || shape->lives[VFG_IPV6];
}

static bool is_opposite(const struct vfg_shape *one, const struct vfg_shape *two)
{
	return (one->rule->action == VFG_ACTION_DENY) != (two->rule->action == VFG_ACTION_DENY);
}

static const char *names(const struct review *review, const struct vfg_shape *const *shape,
			 size_t count)
{
	struct vfg_arena *arena = review->diag->arena;
	const char *text = "";

	for (size_t i = 0; text && i < count && i < NAMED_MAX; i++) {
		const char *gap = i == 0 ? "" : i + 1 == count ? " and " : ", ";

		text = vfg_arena_format(arena, "%s%s%s (priority %u)", text, gap,
					plain_name(shape[i]->rule), shape[i]->rule->priority);
	}
	if (text && count > NAMED_MAX)
		text = vfg_arena_format(arena, "%s and %zu more", text, count - NAMED_MAX);
	return text;
}

/* ---- rules that match nothing ---- */

static bool has(const struct vfg_set *set, int family)
{
	return set->any || set->count[family];
}

static const char *why_dead(const struct vfg_model_rule *rule)
{
	if (vfg_set_is_empty(rule->source))
		return "its source has no address";
	if (vfg_set_is_empty(rule->destination))
		return "its destination has no address";
	if (rule->protocol == IPPROTO_ICMP &&
	    !(has(rule->source, VFG_IPV4) && has(rule->destination, VFG_IPV4)))
		return "Icmp is IPv4 only, and its addresses are not";
	return "source and destination have no address family in common";
}

static void warn_dead(struct review *review, const struct vfg_shape *shape)
{
	if (!is_users(review, shape->rule))
		return;
	vfg_diag_add(review->diag, VFG_WARNING, place_of(review, shape->rule), "RuleNeverMatches",
		     "the rule of %s matches no packet: %s", review->list->name,
		     why_dead(shape->rule));
}

/* ---- rules that others hide ---- */

/* What comes of it: the worst case is an Allow or Deny that does not hold. */
static const char *effect(const struct vfg_shape *shape, const struct vfg_shape *const *by,
			  size_t count)
{
	size_t opposite = 0;

	for (size_t i = 0; i < count; i++)
		opposite += is_opposite(shape, by[i]);
	if (!opposite)
		return "with the same access: it can be removed";
	if (shape->rule->action == VFG_ACTION_DENY)
		return opposite == count ? "and allows what this rule would deny"
					 : "and allows a part of what this rule would deny";
	return opposite == count ? "and denies what this rule would allow"
				 : "and denies a part of what this rule would allow";
}

static int warn_shadowed(struct review *review, const struct vfg_shape *shape,
			 const struct vfg_shape *const *by, size_t count)
{
	const char *hiding = names(review, by, count);

	if (!hiding)
		return -ENOMEM;
	vfg_diag_add(review->diag, VFG_WARNING, place_of(review, shape->rule), "ShadowedRule",
		     "the rule (priority %u) of %s never decides: all of its traffic is decided "
		     "earlier, by %s, %s",
		     shape->rule->priority, review->list->name, hiding, effect(shape, by, count));
	return 0;
}

/* ---- rules that cross others of the opposite access ---- */

static void remember(const struct vfg_shape *shape, size_t *count,
		     const struct vfg_shape *named[NAMED_MAX])
{
	if (*count < NAMED_MAX)
		named[*count] = shape;
	++*count;
}

/*
 * A Deny that is narrower than the Allow behind it in one respect only, addresses of one side or
 * services, is an exception from it: blocked addresses stand in front of all that is allowed. The
 * other way round it is none, for then a Deny does not hold, and that is worth a second look.
 */
static bool is_exception(struct vfg_shapes *shapes, const struct vfg_shape *deny,
			 const struct vfg_shape *allow)
{
	bool source = false, destination = false, service = false;

	for (int family = 0; family < VFG_FAMILY_MAX; family++) {
		if (!deny->lives[family] || !allow->lives[family])
			continue;
		for (int axis = 0; axis < VFG_AXIS_MAX; axis++) {
			bool narrower = !(vfg_line_compare(shapes, &deny->line[family][axis],
							   &allow->line[family][axis]) &
					  VFG_HOLDS);

			source |= axis == VFG_AXIS_SOURCE && narrower;
			destination |= axis == VFG_AXIS_DESTINATION && narrower;
			service |=
				axis != VFG_AXIS_SOURCE && axis != VFG_AXIS_DESTINATION && narrower;
		}
	}
	return source + destination + service <= 1;
}

static bool is_crossing(struct vfg_shapes *shapes, const struct vfg_shape *earlier,
			const struct vfg_shape *later)
{
	if (!is_opposite(earlier, later))
		return false;
	return earlier->rule->action != VFG_ACTION_DENY || !is_exception(shapes, earlier, later);
}

/* One message a Deny and side, however many rules it crosses. */
static void remember_crossing(struct seat *earlier, struct seat *later)
{
	if (earlier->shape.rule->action == VFG_ACTION_DENY)
		remember(&later->shape, &earlier->crossing.behind_count, earlier->crossing.behind);
	else
		remember(&earlier->shape, &later->crossing.front_count, later->crossing.front);
}

static int warn_crossing(struct review *review, const struct vfg_model_rule *rule, bool in_front,
			 const struct vfg_shape *const *others, size_t count)
{
	const char *allowing;

	if (!count || review->overlaps++ >= OVERLAPS_MAX)
		return 0;
	allowing = names(review, others, count);
	if (!allowing)
		return -ENOMEM;
	vfg_diag_add(review->diag, VFG_WARNING, place_of(review, rule), "OverlappingOppositeAccess",
		     in_front ? "a part of what the rule (priority %u) of %s denies is allowed "
				"earlier, by %s"
			      : "the rule (priority %u) of %s denies a part of what is allowed "
				"later, by %s",
		     rule->priority, review->list->name, allowing);
	return 0;
}

static int warn_crossings(struct review *review)
{
	int err = 0;

	for (size_t i = 0; !err && i < review->list->count; i++) {
		const struct crossing *crossing = &review->seat[i].crossing;
		const struct vfg_model_rule *rule = &review->list->rule[i];

		err = warn_crossing(review, rule, true, crossing->front, crossing->front_count);
		if (!err)
			err = warn_crossing(review, rule, false, crossing->behind,
					    crossing->behind_count);
	}
	return err;
}

/* ---- all pairs ---- */

static void look_in_front(struct review *review, size_t index, struct front *front)
{
	const struct vfg_shape *shape = &review->seat[index].shape;

	for (size_t i = 0; i < index && !front->hidden_by; i++) {
		const struct vfg_shape *earlier = &review->seat[i].shape;
		unsigned int relation;

		if (!is_alive(earlier))
			continue;
		relation = vfg_shape_compare(review->shapes, earlier, shape);
		if (!review->seat[i].decides && relation & VFG_HOLDS)
			front->also_hidden = earlier;
		if (!review->seat[i].decides)
			continue;
		if (relation & VFG_HOLDS)
			front->hidden_by = earlier;
		if (relation && front->count < VFG_COVER_MAX)
			front->meets[front->count++] = earlier;
		if (relation == VFG_MEETS && is_crossing(review->shapes, earlier, shape))
			front->crossing[front->crossing_count++] = i;
	}
}

static int review_rule(struct review *review, size_t index, size_t *crossing)
{
	struct seat *seat = &review->seat[index];
	const struct vfg_shape *by[VFG_COVER_MAX];
	struct front front = {.crossing = crossing};
	size_t count;

	if (!is_alive(&seat->shape)) {
		warn_dead(review, &seat->shape);
		return 0;
	}
	if (!is_users(review, seat->shape.rule))
		return 0;
	look_in_front(review, index, &front);
	if (front.hidden_by)
		return warn_shadowed(review, &seat->shape, &front.hidden_by, 1);
	count = vfg_cover_hides(review->shapes, &seat->shape, front.meets, front.count, by);
	if (count)
		return warn_shadowed(review, &seat->shape, by, count);
	if (front.also_hidden)
		return warn_shadowed(review, &seat->shape, &front.also_hidden, 1);
	seat->decides = true;
	for (size_t i = 0; i < front.crossing_count; i++)
		remember_crossing(&review->seat[crossing[i]], seat);
	return 0;
}

static void warn_of_rest(const struct review *review)
{
	struct vfg_place place = {.file = review->list->file};

	if (review->overlaps > OVERLAPS_MAX)
		vfg_diag_add(review->diag, VFG_WARNING, place, "OverlappingOppositeAccess",
			     "%zu more Deny rules of %s cross rules that allow",
			     review->overlaps - OVERLAPS_MAX, review->list->name);
	if (!review->shapes->steps)
		vfg_diag_add(review->diag, VFG_WARNING, place, "ReviewIncomplete",
			     "%s is too large to be looked through for hidden rules",
			     review->list->name);
}

static int review_list(struct vfg_diag *diag, struct vfg_shapes *shapes,
		       const struct vfg_list *list)
{
	struct review review = {.diag = diag, .shapes = shapes, .list = list};
	size_t *crossing;
	int err = 0;

	if (list->stage == VFG_STAGE_PLATFORM)
		return 0;
	review.seat = vfg_arena_array(diag->arena, list->count, sizeof(*review.seat));
	crossing = vfg_arena_array(diag->arena, list->count, sizeof(*crossing));
	if (!review.seat || !crossing)
		return -ENOMEM;
	for (size_t i = 0; !err && i < list->count; i++)
		err = vfg_shape_make(shapes, &list->rule[i], &review.seat[i].shape);
	for (size_t i = 0; !err && i < list->count; i++)
		err = review_rule(&review, i, crossing);
	if (!err)
		err = warn_crossings(&review);
	if (!err)
		warn_of_rest(&review);
	return err;
}

int vfg_review(struct vfg_diag *diag, const struct vfg_model *model, const char *ssh_connection)
{
	struct vfg_shapes shapes = {
		.arena = diag->arena,
		.steps = STEPS_MAX,
		.union_steps = UNION_STEPS_MAX,
		.ids.arena = diag->arena,
		.known.arena = diag->arena,
	};
	int err;

	for (int direction = 0; direction < VFG_DIRECTION_MAX; direction++) {
		const struct vfg_pipeline *pipeline = &model->pipeline[direction];

		for (size_t i = 0; i < pipeline->count; i++) {
			err = review_list(diag, &shapes, pipeline->list[i]);
			if (err)
				return err;
		}
	}
	return vfg_operator_check(diag, model, ssh_connection);
}
