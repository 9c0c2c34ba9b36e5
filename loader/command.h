/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands, as main.c's table names them. Each takes its own arguments, argv[0] its name. */
#ifndef VFG_LOADER_COMMAND_H
#define VFG_LOADER_COMMAND_H

/* Return: the exit status, reported. */
int vfg_command_load(int argc, char **argv);
int vfg_command_unload(int argc, char **argv);
int vfg_command_status(int argc, char **argv);
int vfg_command_metrics(int argc, char **argv);
int vfg_command_apply(int argc, char **argv);
int vfg_command_verify(int argc, char **argv);
int vfg_command_counters(int argc, char **argv);
int vfg_command_doctor(int argc, char **argv);
int vfg_command_flows(int argc, char **argv);
int vfg_command_top(int argc, char **argv);
int vfg_command_log(int argc, char **argv);
int vfg_command_features(int argc, char **argv);
int vfg_command_daemon(int argc, char **argv);
int vfg_command_clean(int argc, char **argv);

#endif
