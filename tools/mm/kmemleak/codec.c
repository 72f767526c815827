// SPDX-License-Identifier: GPL-2.0
/*
 * The libraries that decompress. May call: command.c, zlib, and of libbz2, liblzma and
 * libzstd those that were there when this was built (HAVE_BZIP2, HAVE_XZ, HAVE_ZSTD).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#ifdef HAVE_BZIP2
#include <bzlib.h>
#endif
#ifdef HAVE_XZ
#include <lzma.h>
#endif
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif

#include "codec.h"
#include "command.h"

/* Some of the libraries count in unsigned int. */
static size_t at_most_1g(size_t bytes)
{
	return bytes < 1 << 30 ? bytes : 1 << 30;
}

static void advance(struct codec_io *io, size_t read, size_t written)
{
	io->from += read;
	io->left -= read;
	io->to += written;
	io->room -= written;
}

/* Return: the state of a library, if it could begin. */
static void *begun(void *state, bool good)
{
	if (good)
		return state;
	free(state);
	return NULL;
}

/* ---- gzip ---- */

/* Of zlib's and gzip's formats, take gzip's; windows may be as large as they can be. */
#define GZIP_WINDOW	(16 + MAX_WBITS)

static void *gzip_begin(void)
{
	z_stream *stream = xcalloc(1, sizeof(*stream));

	return begun(stream, inflateInit2(stream, GZIP_WINDOW) == Z_OK);
}

static enum codec_step gzip_step(void *state, struct codec_io *io)
{
	size_t left = at_most_1g(io->left), room = at_most_1g(io->room);
	z_stream *stream = state;
	int result;

	stream->next_in = (unsigned char *)io->from;
	stream->avail_in = left;
	stream->next_out = io->to;
	stream->avail_out = room;
	result = inflate(stream, Z_NO_FLUSH);
	advance(io, left - stream->avail_in, room - stream->avail_out);
	if (result == Z_STREAM_END)
		return CODEC_END;
	return result == Z_OK || result == Z_BUF_ERROR ? CODEC_MORE : CODEC_BAD;
}

static void gzip_end(void *state)
{
	inflateEnd(state);
	free(state);
}

/* ---- bzip2 ---- */

#ifdef HAVE_BZIP2
static void *bzip2_begin(void)
{
	bz_stream *stream = xcalloc(1, sizeof(*stream));

	return begun(stream, BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK);
}

static enum codec_step bzip2_step(void *state, struct codec_io *io)
{
	size_t left = at_most_1g(io->left), room = at_most_1g(io->room);
	bz_stream *stream = state;
	int result;

	stream->next_in = (char *)io->from;
	stream->avail_in = left;
	stream->next_out = (char *)io->to;
	stream->avail_out = room;
	result = BZ2_bzDecompress(stream);
	advance(io, left - stream->avail_in, room - stream->avail_out);
	if (result == BZ_STREAM_END)
		return CODEC_END;
	return result == BZ_OK ? CODEC_MORE : CODEC_BAD;
}

static void bzip2_end(void *state)
{
	BZ2_bzDecompressEnd(state);
	free(state);
}
#endif

/* ---- xz ---- */

#ifdef HAVE_XZ
static void *xz_begin(void)
{
	lzma_stream *stream = xcalloc(1, sizeof(*stream));

	return begun(stream, lzma_stream_decoder(stream, UINT64_MAX, 0) == LZMA_OK);
}

static enum codec_step xz_step(void *state, struct codec_io *io)
{
	lzma_stream *stream = state;
	lzma_ret result;

	stream->next_in = io->from;
	stream->avail_in = io->left;
	stream->next_out = io->to;
	stream->avail_out = io->room;
	result = lzma_code(stream, LZMA_RUN);
	advance(io, io->left - stream->avail_in, io->room - stream->avail_out);
	if (result == LZMA_STREAM_END)
		return CODEC_END;
	return result == LZMA_OK || result == LZMA_BUF_ERROR ? CODEC_MORE : CODEC_BAD;
}

static void xz_end(void *state)
{
	lzma_end(state);
	free(state);
}
#endif

/* ---- zstd ---- */

#ifdef HAVE_ZSTD
static void *zstd_begin(void)
{
	return ZSTD_createDCtx();
}

static enum codec_step zstd_step(void *state, struct codec_io *io)
{
	ZSTD_inBuffer in = { io->from, io->left, 0 };
	ZSTD_outBuffer out = { io->to, io->room, 0 };
	size_t result = ZSTD_decompressStream(state, &out, &in);

	advance(io, in.pos, out.pos);
	if (ZSTD_isError(result))
		return CODEC_BAD;
	return result ? CODEC_MORE : CODEC_END;
}

static void zstd_end(void *state)
{
	ZSTD_freeDCtx(state);
}
#endif

/* ---- All of them ---- */

#define USES(name)	.begin = name##_begin, .step = name##_step, .end = name##_end
#define LACKS(name)	.missing = "it is packed by " name ", which this kmemleak was built without"

static const struct codec codecs[] = {
	{ "\x1f\x8b", USES(gzip) },
#ifdef HAVE_BZIP2
	{ "BZh", USES(bzip2) },
#else
	{ "BZh", LACKS("bzip2") },
#endif
#ifdef HAVE_XZ
	{ "\xfd\x37zXZ", USES(xz) },
#else
	{ "\xfd\x37zXZ", LACKS("xz") },
#endif
#ifdef HAVE_ZSTD
	{ "\x28\xb5\x2f\xfd", USES(zstd) },
#else
	{ "\x28\xb5\x2f\xfd", LACKS("zstd") },
#endif
};

const struct codec *codec_of(const unsigned char *head)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(codecs); i++)
		if (!memcmp(head, codecs[i].magic, strlen(codecs[i].magic)))
			return &codecs[i];
	return NULL;
}
