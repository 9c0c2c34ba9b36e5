/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One plot a group: a bar for each row, its ratio above it. gnuplot draws; without it the data is
 * there to be drawn elsewhere.
 */
#include "row.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PATH_BYTES = 4096,
	BAR_PIXELS = 34,
	MARGIN_PIXELS = 160,
};

static bool is_bar(const struct row *row)
{
	return row->samples && row->ns > 0;
}

/* Return: bars written, or -errno. */
static int write_data(const struct results *results, const char *path)
{
	FILE *file = fopen(path, "w");
	int bars = 0;

	if (!file)
		return -errno;
	fprintf(file, "# name ns ratio\n");
	for (size_t i = results->group_first; i < results->count; i++) {
		const struct row *row = &results->row[i];

		if (is_bar(row))
			fprintf(file, "\"%s\" %.6g \"%.*f\"\n", row->name, row->ns,
				row->ratio > 0 ? 2 : 0, row->ratio);
		bars += is_bar(row);
	}
	return fclose(file) ? -errno : bars;
}

void results_plot(struct results *results, const char *group, const char *unit)
{
	char data[PATH_BYTES], picture[PATH_BYTES];
	FILE *gnuplot;
	int bars;

	snprintf(data, sizeof(data), "%s/%s.dat", results->folder, group);
	snprintf(picture, sizeof(picture), "%s/%s.svg", results->folder, group);
	bars = write_data(results, data);
	if (bars <= 0)
		return;
	fflush(stdout);
	gnuplot = popen("gnuplot 2>/dev/null", "w");
	if (!gnuplot)
		return;
	fprintf(gnuplot,
		"set terminal svg size %d,560 font 'sans,11' background 'white'\n"
		"set output '%s'\nset title '%s' noenhanced\nset ylabel '%s'\n"
		"set logscale y\nset yrange [*:*]\nset grid y\nunset key\nset style fill solid "
		"0.6\n"
		"set boxwidth 0.7\nset xtics rotate by 90 right noenhanced\nset bmargin 15\n"
		"set offsets 0.5,0.5,0,0\n"
		"plot '%s' using 0:2:xtic(1) title 'ratio' with boxes linecolor rgb '#4477aa', "
		"'' using 0:2:3 notitle with labels offset 0,0.6 noenhanced\n",
		MARGIN_PIXELS + bars * BAR_PIXELS, picture, group, unit, data);
	if (pclose(gnuplot))
		printf("  no plot: gnuplot is missing or failed; its data is in %s\n", data);
}
