/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compiles a policy that is in memory, prints the messages and asks one question.
 *
 * cc compile.c $(pkg-config --cflags --libs libnsgc)
 */
#include <stdio.h>
#include <string.h>
#include <vfguard/nsgc.h>

static const char nsg[] =
	"{\"name\": \"web\", \"properties\": {\"securityRules\": [{\"name\": \"AllowHttps\","
	"\"properties\": {\"protocol\": \"Tcp\", \"access\": \"Allow\", \"priority\": 100,"
	"\"direction\": \"Inbound\", \"sourceAddressPrefix\": \"Any\", \"sourcePortRange\": \"*\","
	"\"destinationAddressPrefix\": \"10.0.0.4\", \"destinationPortRange\": \"443\"}}]}}";

static int compile_and_ask(struct vfg_diag *diag, const char *question)
{
	const struct vfg_source source = {.file = "web.json", .text = nsg, .bytes = strlen(nsg)};
	const char *const tag = "VirtualNetwork=10.0.0.0/16", *problem;
	const struct vfg_request request = {
		.sources = &source, .source_count = 1, .tags = &tag, .tag_count = 1};
	struct vfg_verdict verdict;
	struct vfg_tables tables;
	struct vfg_model *model;
	struct vfg_tuple tuple;
	void *image; /* what nsgc compile would write to a file */
	size_t bytes;

	if (vfg_model_read(diag->arena, &request, diag, &model) ||
	    vfg_image_write(diag->arena, model, diag, &image, &bytes) ||
	    vfg_image_open(image, bytes, diag, &tables) ||
	    vfg_question_line(question, &tuple, &problem))
		return 1;
	verdict = vfg_tables_judge(&tables, &tuple);
	printf("%s\n", vfg_report_verdict(diag->arena, &verdict, false));
	return 0;
}

int main(void)
{
	struct vfg_diag diag = {.arena = vfg_arena_new(64 << 20)};
	int status =
		diag.arena ? compile_and_ask(&diag, "Inbound,Tcp,10.0.0.4,443,192.0.2.7,50000") : 1;

	for (const struct vfg_message *at = diag.first; at; at = at->next)
		printf("%s\n", vfg_report_message(diag.arena, "compile", at));
	vfg_arena_free(diag.arena);
	return status;
}
