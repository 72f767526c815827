/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reader sections for the memory of objects, and the wait for them before a free.
 */
#ifndef _MM_KMEMLEAK_STORE_PIN_H
#define _MM_KMEMLEAK_STORE_PIN_H

/* Readers of objects: object_peek(), then one for each worker of a scan. */
#define PIN_PEEK	0
#define PIN_WORKER	1
#define PIN_READERS	(PIN_WORKER + 16)
/* Maximum number of objects that a reader reads in one section, however small. */
#define PIN_TARGETS	256

void pin_readers(unsigned int nr);
void pin_announce(unsigned int reader, unsigned int index, const void *target);
void pin_open(unsigned int reader, unsigned int nr);
void pin_close(unsigned int reader);
void pin_wait(const void *target);

#endif
