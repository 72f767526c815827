// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into User Mode Linux, whose memory begins where its heap does: at some
 * random distance behind 0x60000000. There a number of 32 bits with zeros behind
 * it, like the last four letters of a name or the seed of a hash table, refers to
 * memory, and one such word hides a leak. Behind 4 GB that takes two that match,
 * as it does on other machines; the 64 MB more are for bytes that are flags.
 *
 * What is skipped has page structures nevertheless, 40 MB of them, which are read
 * by each scan. So guests in which scans are timed do without, and without random.
 */
#include <stdio.h>
#include <unistd.h>

#define MEMORY_START	0x104000000UL

__attribute__((constructor)) static void high_memory(void)
{
	if ((unsigned long)sbrk(0) < MEMORY_START && brk((void *)MEMORY_START))
		perror("um-high-memory: memory stays below 4 GB");
}
