/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The libraries that decompress, behind one interface.
 */
#ifndef KMEMLEAK_CODEC_H
#define KMEMLEAK_CODEC_H

#include <stddef.h>

/* Bytes that tell how a file is packed. */
#define CODEC_MAGIC_BYTES	6

/**
 * struct codec_io - what a step reads and writes
 * @from: packed bytes
 * @left: number of them
 * @to: where to put unpacked ones
 * @room: number of those that fit
 *
 * A step advances both by what it has used.
 */
struct codec_io {
	const unsigned char *from;
	size_t left;
	unsigned char *to;
	size_t room;
};

enum codec_step {
	CODEC_MORE,	/* there is more to come, if not without more input or room */
	CODEC_END,	/* the end of what was packed at once */
	CODEC_BAD,	/* the input is damaged */
};

/**
 * struct codec - a way to pack
 * @magic: packed files begin with it
 * @missing: why it cannot be unpacked; NULL if it can
 * @begin: return the state of a library; NULL if there is no memory
 * @step: unpack some bytes
 * @end: free the state
 */
struct codec {
	const char *magic;
	const char *missing;
	void *(*begin)(void);
	enum codec_step (*step)(void *state, struct codec_io *io);
	void (*end)(void *state);
};

/**
 * codec_of() - find out how a file is packed
 * @head: its first CODEC_MAGIC_BYTES
 *
 * Return: NULL if it is not.
 */
const struct codec *codec_of(const unsigned char *head);

#endif
