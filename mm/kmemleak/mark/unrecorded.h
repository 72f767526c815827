/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Objects that could not be recorded, but whose addresses are known.
 */
#ifndef _MM_KMEMLEAK_MARK_UNRECORDED_H
#define _MM_KMEMLEAK_MARK_UNRECORDED_H

struct marker;

void __init data_unread(const void *start, const void *end);
void mark_lost(struct marker *m);

#endif
