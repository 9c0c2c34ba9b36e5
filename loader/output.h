/* SPDX-License-Identifier: GPL-2.0-only */
/* Standard output, at the end of a command. */
#ifndef VFG_LOADER_OUTPUT_H
#define VFG_LOADER_OUTPUT_H

/* Write in large pieces: there will be much. Before anything is printed. */
void vfg_output_begin(void);

/**
 * vfg_output_end - write out what is buffered
 *
 * A reader that has had enough (`| head`) is no error.
 *
 * Return: 0, or an exit status, reported: a full disk, for example.
 */
int vfg_output_end(void);

#endif
