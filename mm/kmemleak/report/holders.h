/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Describe in words what referred to an object.
 */
#ifndef _MM_KMEMLEAK_REPORT_HOLDERS_H
#define _MM_KMEMLEAK_REPORT_HOLDERS_H

#include <linux/types.h>

#include "trace/frames.h"

struct object_ref;

/* Room for the text of holder_text(). */
#define HOLDER_TEXT	(FRAME_TEXT + 128)

/* Are holders kept after a scan? Set by kmemleak.holders. */
extern bool holders_wanted;

u64 holders_begin(bool asked);
void holders_end(void);
unsigned long holder_of(const struct object_ref *ref, u32 *age);
unsigned long holder_now(const struct object_ref *ref);
bool holder_object(unsigned long where, struct object_ref *ref);
bool holder_is_root(unsigned long where, const struct object_ref *ref);
void holder_text(unsigned long where, char *text, size_t size);

#endif
