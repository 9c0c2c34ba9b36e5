/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results: rows of samples, printed as a table, written as JSON and as one plot a group.
 */
#ifndef VFG_SELFTESTS_BENCH_ROW_H
#define VFG_SELFTESTS_BENCH_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ROW_NAME_MAX = 48,
	ROW_EXTRAS = 5,
	ROW_SAMPLES_MAX = 128,
};

/* A number beside the time: "lost", "p99", ... */
struct row_extra {
	const char *name;
	double value;
};

/* Nothing measured: samples = 0, and note says why. */
struct row {
	char name[ROW_NAME_MAX];
	double ns;
	double ratio;	  /* to what `unit` says; 0: none */
	const char *unit; /* what ratio is a ratio to */
	uint32_t samples; /* that ns is the median of */
	const char *note; /* NULL where there is nothing to say */
	struct row_extra extra[ROW_EXTRAS];
};

struct samples {
	uint32_t count;
	double value[ROW_SAMPLES_MAX];
};

/* Beyond ROW_SAMPLES_MAX, further samples are left out. */
void samples_add(struct samples *samples, double value);
double samples_median(const struct samples *samples);
/* The median of the paired ratios of two series. */
double samples_ratio(const struct samples *samples, const struct samples *base);

/* The rows of a run. */
struct results {
	const char *folder;
	size_t count;
	size_t room;
	struct row *row;
	size_t group_first; /* row that the present group began with */
};

/**
 * results_add - append a row; prints it too
 *
 * Return: the row, to be looked at until the next one is added.
 */
const struct row *results_add(struct results *results, const struct row *row);

/* Begin a group: a heading of its table. */
void results_group(struct results *results, const char *group, const char *what);

/* End it: the group's plot, by gnuplot where there is one. @unit: of the axis */
void results_plot(struct results *results, const char *group, const char *unit);

/* Write results.json. Return: 0 or -errno. */
int results_write(const struct results *results);

#endif
