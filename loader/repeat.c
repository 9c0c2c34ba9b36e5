/* SPDX-License-Identifier: GPL-2.0-only */
/* Draws into memory first, so that a picture appears at once and messages do not run through it. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "repeat.h"
#include "say.h"

enum {
	COLUMNS = 80,
	ROWS = 24,
	INTERVAL_MIN_MS = 100,
	INTERVAL_MAX_S = 3600,
	TIME_BYTES = 32,
};

/* The other screen, without a cursor. */
static const char enter[] = "\033[?1049h\033[?25l";
static const char leave[] = "\033[?25h\033[?1049l";

struct place {
	bool is_terminal;
	int rows;
	struct vfg_screen screen;
};

static struct place look(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct place place = {.screen = {.to = stdout}, .rows = ROWS};
	struct winsize size = {};

	place.is_terminal = isatty(STDOUT_FILENO);
	if (!place.is_terminal)
		return place;
	place.screen.width = COLUMNS;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
		place.screen.width = size.ws_col;
		place.rows = size.ws_row;
	}
	place.screen.colour = !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0;
	return place;
}

struct vfg_screen vfg_screen_of_output(void)
{
	return look().screen;
}

bool vfg_repeat_seconds(const char *text, uint64_t *ret_ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (text[0] < '0' || text[0] > '9' || *end || strspn(text, "0123456789.") != strlen(text) ||
	    seconds * 1000 < INTERVAL_MIN_MS || seconds > INTERVAL_MAX_S)
		return false;
	*ret_ns = (uint64_t)(seconds * 1e9);
	return true;
}

static int open_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP};
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&signals, numbers[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void put(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

/* In place: each line to its end, then what is below. The last row stays free: a newline there
 * would move the first out of sight. */
static void show_in_place(const char *picture, int rows)
{
	int left = rows - 1, more = 0;

	fputs("\033[H", stdout);
	for (const char *line = picture; *line;) {
		size_t bytes = strcspn(line, "\n");

		if (left > 1 || (left == 1 && !line[bytes + (line[bytes] != 0)])) {
			printf("%.*s\033[K\n", (int)bytes, line);
			left--;
		} else {
			more++;
		}
		line += bytes + (line[bytes] == '\n');
	}
	if (more)
		printf("... %d more lines; make the window higher\033[K\n", more);
	put("\033[J");
}

static void show_after(const char *picture, bool is_first)
{
	const time_t now = time(NULL);
	char text[TIME_BYTES] = "";
	struct tm parts;

	if (localtime_r(&now, &parts))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	printf("%s--- %s\n", is_first ? "" : "\n", text);
	put(picture);
}

/* Return: the draw's, or VFG_EXIT_SYSTEM, reported. */
static int draw(const struct vfg_repeat *repeat, const struct place *place, bool is_first)
{
	autofree char *picture = NULL;
	struct vfg_screen screen = place->screen;
	size_t bytes = 0;
	int err;

	screen.to = open_memstream(&picture, &bytes);
	if (!screen.to)
		return vfg_say(VFG_EXIT_SYSTEM, "memory", "none left; free some");
	if (!is_first)
		vfg_say_divert(repeat->is_stream ? NULL : screen.to);
	err = repeat->draw(&screen, repeat->data);
	vfg_say_divert(NULL);
	fclose(screen.to);
	if (is_first && err)
		return err;
	if (is_first && place->is_terminal && !repeat->is_stream)
		put(enter);
	if (repeat->is_stream)
		put(picture);
	else if (place->is_terminal)
		show_in_place(picture, place->rows);
	else
		show_after(picture, is_first);
	return 0;
}

/* Return: is it to end? */
static bool take_signals(int fd, bool on_screen)
{
	struct signalfd_siginfo signal;
	bool ends = false;

	while (read(fd, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGTSTP) {
			put(on_screen ? leave : "");
			raise(SIGSTOP);
			put(on_screen ? enter : "");
		} else if (signal.ssi_signo != SIGWINCH) {
			ends = true;
		}
	}
	return ends;
}

int vfg_repeat_run(const struct vfg_repeat *repeat)
{
	autofd int signals = open_signals();
	struct pollfd wait = {.fd = signals, .events = POLLIN};
	const struct timespec pause = {.tv_sec = (time_t)(repeat->interval_ns / 1000000000),
				       .tv_nsec = (long)(repeat->interval_ns % 1000000000)};
	struct place place = look();
	bool on_screen = place.is_terminal && !repeat->is_stream;
	int err = draw(repeat, &place, true);

	if (err)
		return err;
	while (ppoll(&wait, 1, &pause, NULL) >= 0) {
		if (wait.revents && take_signals(signals, on_screen))
			break;
		place = look();
		err = draw(repeat, &place, false);
		if (err || ferror(stdout))
			break;
	}
	if (on_screen)
		put(leave);
	if (!err && ferror(stdout))
		return vfg_say(VFG_EXIT_SYSTEM, "output", "cannot be written");
	return err;
}
