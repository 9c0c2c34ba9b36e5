/* SPDX-License-Identifier: GPL-2.0-only */
/* The log command: flow logs on standard output, and with --write, what the daemon runs. */
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "command.h"
#include "config.h"
#include "loaded_all.h"
#include "log_follow.h"
#include "log_write.h"
#include "say.h"

struct arguments {
	struct vfg_log_show show;
	bool follows;
	bool writes;
	bool json;
	bool has_format;
	bool has_seconds; /* --interval or --continue */
	const char *settings;
};

static int take_seconds(const char *flag, const char *text, uint32_t *ret_seconds)
{
	char *end = NULL;
	unsigned long seconds = text ? strtoul(text, &end, 10) : 0;

	if (!text || text[0] < '0' || text[0] > '9' || *end || seconds < 1 || seconds > 3600)
		return vfg_say(VFG_EXIT_USAGE, flag, "takes seconds, 1 to 3600");
	*ret_seconds = (uint32_t)seconds;
	return 0;
}

static int take_format(const char *text, enum vfg_log_format *ret_format)
{
	static const char *const words[] = {
		[VFG_LOG_VNET] = "vnet", [VFG_LOG_NSG] = "nsg", [VFG_LOG_TEXT] = "text"};

	for (size_t i = VFG_LOG_VNET; text && i <= VFG_LOG_TEXT; i++) {
		if (!strcmp(words[i], text)) {
			*ret_format = (enum vfg_log_format)i;
			return 0;
		}
	}
	return vfg_say(VFG_EXIT_USAGE, "--format", "takes vnet, nsg or text");
}

static int take_value(const char *flag, const char *value, struct arguments *arguments)
{
	if (!strcmp(flag, "--format")) {
		arguments->has_format = true;
		return take_format(value, &arguments->show.format);
	}
	if (!strcmp(flag, "-c")) {
		arguments->settings = value;
		return value ? 0 : vfg_say(VFG_EXIT_USAGE, "-c", "needs a settings file");
	}
	arguments->has_seconds = true;
	return take_seconds(flag, value,
			    !strcmp(flag, "--interval") ? &arguments->show.interval_s
							: &arguments->show.continue_s);
}

static int check(const struct arguments *arguments)
{
	if (arguments->json && arguments->has_format)
		return vfg_say(VFG_EXIT_USAGE, "--json",
			       "is a format by itself; give either it or "
			       "--format");
	if (arguments->writes && (arguments->follows || arguments->json || arguments->has_format ||
				  arguments->has_seconds || arguments->show.master))
		return vfg_say(VFG_EXIT_USAGE, "--write",
			       "takes what it needs from the settings; only -c goes with it");
	if (arguments->has_seconds && !arguments->follows)
		return vfg_say(VFG_EXIT_USAGE, "log", "--interval and --continue go with --follow");
	return 0;
}

static int parse(int argc, char **argv, struct arguments *arguments)
{
	int err = 0;

	for (int i = 1; !err && i < argc; i++) {
		if (!strcmp(argv[i], "--follow") || !strcmp(argv[i], "-f"))
			arguments->follows = true;
		else if (!strcmp(argv[i], "--json"))
			arguments->json = true;
		else if (!strcmp(argv[i], "--write"))
			arguments->writes = true;
		else if (!strcmp(argv[i], "--format") || !strcmp(argv[i], "--interval") ||
			 !strcmp(argv[i], "--continue") || !strcmp(argv[i], "-c"))
			err = take_value(argv[i], argv[i + 1], arguments), i++;
		else if (argv[i][0] == '-' || arguments->show.master)
			return vfg_say(VFG_EXIT_USAGE, argv[i],
				       "not an argument of log; see --help");
		else
			arguments->show.master = argv[i];
	}
	return err ? err : check(arguments);
}

static int nothing(const struct vfg_loaded *loaded, void *data)
{
	(void)loaded;
	(void)data;
	return 0;
}

static int show(struct arguments *arguments, const struct vfg_config *config)
{
	bool any = false;
	int err = vfg_loaded_all(arguments->show.master, nothing, NULL, &any);

	if (err)
		return err;
	if (!any)
		vfg_note("log", "nothing is loaded%s",
			 arguments->follows ? " yet; waiting for it" : "");
	arguments->show.config = config->log ? config->log : &vfg_log_config_default;
	if (arguments->json)
		arguments->show.format = VFG_LOG_JSON;
	return arguments->follows ? vfg_log_follow(&arguments->show)
				  : vfg_log_show_now(&arguments->show);
}

int vfg_command_log(int argc, char **argv)
{
	struct arguments arguments = {
		.show = {.format = VFG_LOG_TEXT, .interval_s = 1, .continue_s = 300}};
	struct vfg_config config = {};
	int err = parse(argc, argv, &arguments);

	if (err)
		return err;
	err = arguments.writes ? vfg_capability_check_service("log")
			       : vfg_capability_check_maps("log");
	if (err)
		return err;
	if (arguments.writes)
		return vfg_log_write(arguments.settings);
	err = vfg_config_read(arguments.settings ? arguments.settings : vfg_config_default_file,
			      arguments.settings != NULL, &config);
	if (!err)
		err = show(&arguments, &config);
	vfg_config_free(&config);
	return err;
}
