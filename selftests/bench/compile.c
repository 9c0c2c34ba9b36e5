/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a compile costs, from texts to image: time, memory of the process, and size of the image.
 * Each sample is a process of its own, so that none finds another's memory warm. In turn with each
 * sample, the time that the JSON parser alone takes for the same texts is measured: no compiler
 * that reads JSON is faster, and the ratio to it holds on any machine.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../scale.h"

enum {
	SAMPLES = 7,
	ARENA_MB = 1024,
};

/* The large case is the platform's limits; with the share of rules that have tags, 4,790 values
 * are 4,000 prefixes a side. */
static const struct {
	const char *name;
	struct vfg_scale scale;
} rows[] = {
	{"compile", {VFG_SCALE_USUAL, 2, 1000, 4790, 60000, 100}},
	{"worst", {VFG_SCALE_ADVERSE, 2, 1000, 4000, 0, 0}},
	{"rules/10", {VFG_SCALE_USUAL, 1, 10, 40, 0, 0}},
	{"rules/100", {VFG_SCALE_USUAL, 1, 100, 400, 0, 0}},
	{"rules/1000", {VFG_SCALE_USUAL, 1, 1000, 4000, 0, 0}},
	{"prefixes/1k", {VFG_SCALE_USUAL, 1, 10, 40, 1000, 0}},
	{"prefixes/10k", {VFG_SCALE_USUAL, 1, 10, 40, 10000, 0}},
	{"prefixes/60k", {VFG_SCALE_USUAL, 1, 10, 40, 60000, 0}},
};

enum {
	ROWS = sizeof(rows) / sizeof(*rows),
};

/* What a sample's process sends back. */
struct sample {
	uint64_t read_ns;  /* texts to model, review included */
	uint64_t write_ns; /* model to image */
	uint64_t floor_ns; /* the parser alone */
	size_t image_bytes;
	long memory_kb; /* of the whole process, texts included */
};

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void print_messages(struct vfg_arena *arena, const struct vfg_diag *diag)
{
	int left = 10;

	for (const struct vfg_message *message = diag->first; message && left--;
	     message = message->next)
		fprintf(stderr, "%s\n", vfg_report_message(arena, "bench-compile", message));
}

/* In a process of its own. Return: the exit status. */
static int compile(const struct vfg_scale_input *input, int pipe_end)
{
	const struct vfg_request request = vfg_scale_request(input);
	struct vfg_arena *arena = vfg_arena_new((size_t)ARENA_MB << 20);
	struct vfg_diag diag = {.arena = arena};
	struct sample sample = {0};
	uint64_t start = now_ns();
	struct vfg_model *model;
	struct rusage usage;
	void *image;
	int err = arena ? vfg_model_read(arena, &request, &diag, &model) : -ENOMEM;

	sample.read_ns = now_ns() - start;
	if (!err)
		err = vfg_image_write(arena, model, &diag, &image, &sample.image_bytes);
	sample.write_ns = now_ns() - start - sample.read_ns;
	getrusage(RUSAGE_SELF, &usage);
	sample.memory_kb = usage.ru_maxrss;
	if (err || getenv("BENCH_MESSAGES"))
		print_messages(arena, &diag);
	if (err || write(pipe_end, &sample, sizeof(sample)) != sizeof(sample))
		return 1;
	return 0;
}

static int parse(const struct vfg_scale_input *input, int pipe_end)
{
	struct sample sample = {0};
	uint64_t start = now_ns();

	for (size_t i = 0; i < input->count; i++) {
		struct json_tokener *tokener = json_tokener_new();
		struct json_object *tree = json_tokener_parse_ex(tokener, input->source[i].text,
								 (int)input->source[i].bytes);

		if (!tree)
			return 1;
		json_object_put(tree);
		json_tokener_free(tokener);
	}
	sample.floor_ns = now_ns() - start;
	return write(pipe_end, &sample, sizeof(sample)) != sizeof(sample);
}

static bool run(const struct vfg_scale_input *input,
		int (*measure)(const struct vfg_scale_input *input, int pipe_end),
		struct sample *ret_sample)
{
	int ends[2], status;
	ssize_t bytes;
	pid_t child;

	fflush(stdout);
	if (pipe(ends))
		return false;
	child = fork();
	if (!child)
		_exit(measure(input, ends[1]));
	close(ends[1]);
	bytes = read(ends[0], ret_sample, sizeof(*ret_sample));
	close(ends[0]);
	return child > 0 && waitpid(child, &status, 0) == child && !status &&
	       bytes == sizeof(*ret_sample);
}

static int compare_numbers(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static uint64_t median(uint64_t *number)
{
	qsort(number, SAMPLES, sizeof(*number), compare_numbers);
	return number[SAMPLES / 2];
}

/* Return: false where a compile failed, said by its process. */
static bool measure_row(int row, FILE *json)
{
	uint64_t read_ns[SAMPLES], write_ns[SAMPLES], all_ns[SAMPLES], floor_ns[SAMPLES], all;
	struct vfg_scale_input input;
	struct sample sample = {0}, floor = {0};
	double ratio;

	if (vfg_scale_new(&rows[row].scale, &input))
		return false;
	for (int i = 0; i < SAMPLES; i++) {
		if (!run(&input, parse, &floor) || !run(&input, compile, &sample))
			return false;
		read_ns[i] = sample.read_ns;
		write_ns[i] = sample.write_ns;
		all_ns[i] = sample.read_ns + sample.write_ns;
		floor_ns[i] = floor.floor_ns;
	}
	vfg_scale_free(&input);
	all = median(all_ns);
	ratio = (double)all / (double)median(floor_ns);
	printf("%-14s %9.2f %9.2f %9.2f %7.2f %8.1f %12zu\n", rows[row].name, (double)all / 1e6,
	       (double)median(read_ns) / 1e6, (double)median(write_ns) / 1e6, ratio,
	       (double)sample.memory_kb / 1024, sample.image_bytes);
	fprintf(json,
		"%s\n  {\"name\": \"%s\", \"ns\": %llu, \"ratio\": %.3f, \"unit\": \"JSON parse of "
		"the same texts\", \"samples\": %d}",
		row ? "," : "[", rows[row].name, (unsigned long long)all, ratio, SAMPLES);
	return true;
}

int main(int argc, char **argv)
{
	FILE *json = fopen(argc > 1 ? argv[1] : "/dev/null", "w");
	bool good = json != NULL;

	if (!good)
		fprintf(stderr, "bench-compile: %s: cannot write: %s\n", argv[1], strerror(errno));
	if (good)
		printf("%-14s %9s %9s %9s %7s %8s %12s\n", "", "ms", "read", "write", "xparse",
		       "MB", "image bytes");
	for (int row = 0; good && row < ROWS; row++)
		good = measure_row(row, json);
	if (json)
		good = fputs("\n]\n", json) >= 0 && !fclose(json) && good;
	return good ? 0 : 1;
}
