// SPDX-License-Identifier: GPL-2.0
/*
 * A program that looks like a kernel to the tool: it has start_kernel() in
 * init/main.c, allocators, and debug information. Tests find lines by the words
 * after "line:".
 */
#include "../toy.h"

static __always_inline void *packet_new(int size)
{
	return kmalloc_noprof(size * 3UL);	/* line: packet_new */
}

noinline int packet_parse(int size)
{
	void *packet = packet_new(size);	/* line: packet_parse */

	return keep(packet) + 1;
}

noinline int start_kernel(int size)
{
	return packet_parse(size) + 1;		/* line: start_kernel */
}

int main(int argc, char **argv)
{
	return start_kernel(argc + !argv);
}
