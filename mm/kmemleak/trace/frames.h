/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of frames, before and after their code is gone.
 */
#ifndef _MM_KMEMLEAK_TRACE_FRAMES_H
#define _MM_KMEMLEAK_TRACE_FRAMES_H

#include <linux/types.h>

struct seq_file;

/* The token of a frame whose name could not be stored. */
#define FRAME_UNNAMED	1

/* Room for a name with offset, size and module. */
#define FRAME_TEXT	192

unsigned long frame_keep_name(unsigned long frame, bool loaded);
unsigned long frame_plain(unsigned long frame);
bool frame_is_helper(unsigned long frame);
bool frame_stays(unsigned long frame);
bool frame_of_loaded(unsigned long frame, const char *module);
unsigned long frame_of_stack(u32 stack);
const char *frame_text(unsigned long frame, char *text, size_t size);
void frames_print(struct seq_file *m, u32 stack);
long frames_memory_bytes(void);
void frames_teardown(void);

#endif
