/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules without effect, found in a compiled policy's tables. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/in.h>
#include <string.h>

#include "../policy-compiler/clash.h"
#include "../policy-compiler/explain.h"
#include "generate.h"
#include "sample.h"
#include "scale.h"

/* One rule of a list: NULL and 0 stand for all. */
struct line {
	const char *name;
	enum vfg_action action;
	const char *source;
	uint8_t protocol;
	uint16_t port; /* of the destination */
	uint16_t source_port;
};

enum { LINES = 4 };

struct row {
	const char *name;
	struct line subnet[LINES];
	struct line nic[LINES];
	enum vfg_direction direction;
	const char *finds; /* "RULE by RULE", a ! behind it where the NSGs contradict */
};

#define ALLOW VFG_ACTION_ALLOW
#define DENY  VFG_ACTION_DENY
#define OWN   "securityRules/"
#define REST                                                                                       \
	{                                                                                          \
		"defaultSecurityRules/Rest", DENY                                                  \
	}

static const struct row rows[] = {
	{"the NIC denies by name what the subnet allows",
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "NoWeb", DENY, NULL, IPPROTO_TCP, 80}, REST},
	 VFG_INBOUND,
	 "Web by NoWeb!"},
	{"and the reverse",
	 {{OWN "NoWeb", DENY, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 VFG_INBOUND,
	 "Web by NoWeb!"},
	{"outbound too",
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "Nothing", DENY}},
	 VFG_OUTBOUND,
	 "Web by Nothing!"},
	{"the NIC allows what the subnet's default denies",
	 {{OWN "Ssh", ALLOW, NULL, IPPROTO_TCP, 22}, REST},
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80},
	  {OWN "Ssh2", ALLOW, NULL, IPPROTO_TCP, 22},
	  REST},
	 VFG_INBOUND,
	 "Web by Rest!"},
	{"the NIC does without a service of the subnet: no conflict",
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "All", ALLOW, "10.0.0.0/8", IPPROTO_TCP, 22}, REST},
	 VFG_OUTBOUND,
	 "All by Rest!"},
	{"the NIC denies a part of it: narrower is no conflict",
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "NotFromTen", DENY, "10.0.0.0/8", IPPROTO_TCP, 80}, {OWN "Web2", ALLOW}},
	 VFG_INBOUND,
	 ""},
	{"an Allow of a part comes before the Deny: no conflict",
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "FromTen", ALLOW, "10.0.0.0/8", IPPROTO_TCP, 80}, {OWN "NoWeb", DENY}},
	 VFG_INBOUND,
	 ""},
	{"two Denies before it that hold none of it alone: not told",
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "Low", DENY, "0.0.0.0/1"}, {OWN "High", DENY, "128.0.0.0/1"}, {OWN "Six", ALLOW}},
	 VFG_INBOUND,
	 ""},
	{"a rule in front of it, in its own list",
	 {{OWN "All", ALLOW, NULL, IPPROTO_TCP}, {OWN "Web", DENY, NULL, IPPROTO_TCP, 80}, REST},
	 {{OWN "Any", ALLOW}},
	 VFG_INBOUND,
	 "Web by All"},
	{"narrower in its source ports is not held",
	 {{OWN "From53", ALLOW, NULL, IPPROTO_UDP, 0, 53}, {OWN "Udp", ALLOW, NULL, IPPROTO_UDP}},
	 {{OWN "Any", ALLOW}},
	 VFG_INBOUND,
	 ""},
	{"held with its source ports",
	 {{OWN "Udp", ALLOW, NULL, IPPROTO_UDP}, {OWN "From53", ALLOW, NULL, IPPROTO_UDP, 0, 53}},
	 {{OWN "Any", ALLOW}},
	 VFG_INBOUND,
	 "From53 by Udp"},
	{"the default rules are as they are",
	 {{OWN "Nothing", DENY}, REST},
	 {{OWN "Any", ALLOW}},
	 VFG_INBOUND,
	 "Any by Nothing!"},
	{"one NSG alone",
	 {{NULL}},
	 {{OWN "Web", ALLOW, NULL, IPPROTO_TCP, 80}, REST},
	 VFG_INBOUND,
	 ""},
};

static void fill(struct vfg_sample *sample, struct vfg_list *list, const struct line *line)
{
	for (int i = 0; i < LINES && line[i].name; i++) {
		struct vfg_model_rule *rule = vfg_sample_rule(list, line[i].name, line[i].action);

		if (line[i].source)
			rule->source = vfg_sample_set(sample, line[i].source);
		if (line[i].protocol)
			rule->protocol = line[i].protocol;
		if (line[i].port)
			rule->destination_ports =
				vfg_sample_ports(sample, line[i].port, line[i].port);
		if (line[i].source_port)
			rule->source_ports =
				vfg_sample_ports(sample, line[i].source_port, line[i].source_port);
	}
}

static const char *plain(const struct vfg_tables *tables, uint32_t number)
{
	const char *name = vfg_tables_text(tables, vfg_tables_rule(tables, number)->name_offset);

	return strchr(name, '/') + 1;
}

static const char *found(struct vfg_sample *sample)
{
	static char text[512];
	struct vfg_clashes clashes;

	text[0] = '\0';
	cr_assert(zero(int, vfg_tables_clashes(sample->arena, &sample->tables, &clashes)));
	for (size_t i = 0; i < clashes.count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s by %s%s",
			 i ? ", " : "", plain(&sample->tables, clashes.clash[i].rule),
			 plain(&sample->tables, clashes.clash[i].by),
			 clashes.clash[i].kind == VFG_CLASH_CONTRADICTED ? "!" : "");
	return text;
}

Test(clash, each_row_finds_what_it_says)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct vfg_sample sample = vfg_sample_new();

		if (row->subnet[0].name)
			fill(&sample,
			     vfg_sample_list(&sample, row->direction, VFG_STAGE_SUBNET, "subnet"),
			     row->subnet);
		fill(&sample, vfg_sample_list(&sample, row->direction, VFG_STAGE_NIC, "nic"),
		     row->nic);
		cr_assert(zero(int, vfg_sample_compile(&sample)), "%s", row->name);
		cr_expect(eq(str, (char *)found(&sample), (char *)row->finds), "%s", row->name);
		vfg_arena_free(sample.arena);
	}
}

/* What is told of a rule must hold of every packet that it matches. */
static size_t check(struct vfg_arena *arena, const struct vfg_tables *tables,
		    const struct vfg_clashes *clashes, const struct vfg_tuple *tuple)
{
	struct vfg_explanation explanation;
	size_t met = 0;

	cr_assert(zero(int, vfg_explain(arena, tables, tuple, &explanation)));
	for (size_t list = 0; list < explanation.count; list++) {
		for (size_t i = 0; i < clashes->count; i++) {
			if (explanation.list[list].match != clashes->clash[i].rule)
				continue;
			met++;
			cr_assert(ne(int, clashes->clash[i].kind, VFG_CLASH_SHADOWED),
				  "a rule that decides is told to be hidden");
			cr_assert(not(explanation.verdict.allow),
				  "what is told to be denied is allowed");
		}
	}
	return met;
}

Test(clash, what_is_told_holds_of_random_policies_and_packets, .timeout = 120)
{
	struct vfg_random random = {.state = 20261128};
	size_t kinds[2] = {0}, met = 0;

	for (int policy = 0; policy < 150; policy++) {
		struct vfg_sample sample = vfg_sample_new();
		struct vfg_model *model = vfg_generate_model(sample.arena, &random, 12);
		struct vfg_clashes clashes;

		cr_assert(model != NULL);
		sample.model = *model;
		cr_assert(zero(int, vfg_sample_compile(&sample)));
		cr_assert(zero(int, vfg_tables_clashes(sample.arena, &sample.tables, &clashes)));
		for (size_t i = 0; i < clashes.count; i++)
			kinds[clashes.clash[i].kind]++;
		for (int i = 0; clashes.count && i < 40; i++) {
			struct vfg_tuple tuple = vfg_generate_tuple(&random, model);

			met += check(sample.arena, &sample.tables, &clashes, &tuple);
		}
		vfg_arena_free(sample.arena);
	}
	cr_expect(gt(sz, kinds[VFG_CLASH_SHADOWED], 40));
	cr_expect(gt(sz, kinds[VFG_CLASH_CONTRADICTED], 8));
	cr_expect(gt(sz, met, 8), "packets that meet a contradiction");
}

Test(clash, two_full_nsgs_are_looked_at_whole, .timeout = 60)
{
	const struct vfg_scale scale = {
		.kind = VFG_SCALE_USUAL, .nsgs = 2, .rules = 1000, .values = 4000};
	struct vfg_arena *arena = vfg_arena_new(2UL << 30);
	struct vfg_diag diag = {.arena = arena};
	struct vfg_scale_input input;
	struct vfg_request request;
	struct vfg_clashes clashes;
	struct vfg_tables tables;
	struct vfg_model *model;
	void *image;
	size_t bytes;

	cr_assert(zero(int, vfg_scale_new(&scale, &input)));
	request = vfg_scale_request(&input);
	cr_assert(zero(int, vfg_model_read(arena, &request, &diag, &model)));
	cr_assert(zero(int, vfg_image_write(arena, model, &diag, &image, &bytes)));
	cr_assert(zero(int, vfg_image_open(image, bytes, &diag, &tables)));
	cr_assert(zero(int, vfg_tables_clashes(arena, &tables, &clashes)));
	cr_expect(not(clashes.incomplete));
	vfg_scale_free(&input);
	vfg_arena_free(arena);
}

Test(clash, damaged_tables_are_refused)
{
	struct vfg_sample sample = vfg_sample_new();
	struct vfg_clashes clashes;
	struct vfg_policy *policy;

	fill(&sample, vfg_sample_list(&sample, VFG_INBOUND, VFG_STAGE_NIC, "nic"), rows[0].nic);
	cr_assert(zero(int, vfg_sample_compile(&sample)));
	policy = (struct vfg_policy *)sample.tables.policy;
	policy->stage[VFG_INBOUND][0].last = 500;
	cr_expect(lt(int, vfg_tables_clashes(sample.arena, &sample.tables, &clashes), 0));
	vfg_arena_free(sample.arena);
}
