// SPDX-License-Identifier: GPL-2.0
/*
 * Files that may be packed, as streams. May call: codec.c, root.c, command.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "codec.h"
#include "command.h"
#include "root.h"
#include "unpack.h"

/* No kernel or module is larger: a small file could ask for all memory. */
#define WHOLE_MAX	(4LL << 30)

/**
 * struct stream - a file as it is read
 * @fd: the file
 * @codec: how it is packed, NULL if it is not
 * @state: that of the library
 * @over: there is no more to unpack
 * @why: where to say what is wrong
 * @begin: where in @bytes the unused ones begin
 * @end: where they end
 * @bytes: what was read
 */
struct stream {
	int fd;
	const struct codec *codec;
	void *state;
	bool over;
	const char **why;
	size_t begin;
	size_t end;
	unsigned char bytes[1 << 16];
};

/* Read on. Return: as read(), 0 also if there is no room. */
static ssize_t fill(struct stream *stream)
{
	ssize_t nr;

	if (stream->begin == stream->end) {
		stream->begin = 0;
		stream->end = 0;
	}
	nr = read(stream->fd, stream->bytes + stream->end, sizeof(stream->bytes) - stream->end);
	if (nr > 0)
		stream->end += nr;
	return nr;
}

/* Begin to unpack. Return: false, with the reason, if that cannot be. */
static bool stream_start(struct stream *stream)
{
	ssize_t nr;

	do {
		nr = fill(stream);
		if (nr < 0) {
			*stream->why = strerror(errno);
			return false;
		}
	} while (nr && stream->end < CODEC_MAGIC_BYTES);
	if (stream->end >= CODEC_MAGIC_BYTES)
		stream->codec = codec_of(stream->bytes);
	if (!stream->codec)
		return true;
	*stream->why = stream->codec->missing;
	if (*stream->why)
		return false;
	stream->state = stream->codec->begin();
	if (!stream->state)
		die("out of memory");
	return true;
}

static void stream_free(struct stream *stream)
{
	if (stream->state)
		stream->codec->end(stream->state);
	if (stream->fd != STDIN_FILENO)
		close(stream->fd);
	free(stream);
}

static struct stream *stream_open(int fd, const char **why)
{
	struct stream *stream;

	*why = fd < 0 ? strerror(errno) : NULL;
	if (fd < 0)
		return NULL;
	stream = xcalloc(1, sizeof(*stream));
	stream->fd = fd;
	stream->why = why;
	if (stream_start(stream))
		return stream;
	stream_free(stream);
	return NULL;
}

static void stream_end(struct stream *stream, const char *why)
{
	*stream->why = why;
	stream->over = true;
}

/* Files that were packed one by one may follow each other, and bytes that are null. */
static ssize_t next_part(struct stream *stream)
{
	ssize_t nr = 1;

	while (nr > 0) {
		while (stream->begin < stream->end && !stream->bytes[stream->begin])
			stream->begin++;
		if (stream->begin < stream->end)
			break;
		nr = fill(stream);
	}
	if (nr <= 0) {
		stream->over = true;
		return nr;
	}
	stream->codec->end(stream->state);
	stream->state = stream->codec->begin();
	if (!stream->state)
		die("out of memory");
	return nr;
}

/* Unpack what there is, or read more. Return: the number of bytes; -1 if reading fails. */
static ssize_t unpack_some(struct stream *stream, char *to, size_t size)
{
	struct codec_io io = {
		.from = stream->bytes + stream->begin, .left = stream->end - stream->begin,
		.to = (unsigned char *)to, .room = size,
	};
	enum codec_step step = stream->codec->step(stream->state, &io);
	bool stuck = io.room == size && io.left == stream->end - stream->begin;
	ssize_t nr = 0;

	stream->begin = stream->end - io.left;
	if (step == CODEC_BAD) {
		stream_end(stream, "it is packed, and damaged");
	} else if (step == CODEC_END) {
		nr = next_part(stream);
	} else if (stuck) {
		nr = fill(stream);
		if (!nr)
			stream_end(stream, "it is packed, and cut off");
	}
	return nr < 0 ? nr : (ssize_t)(size - io.room);
}

static ssize_t stream_read(void *cookie, char *to, size_t size)
{
	struct stream *stream = cookie;
	size_t left = stream->end - stream->begin;
	ssize_t nr = 0;

	if (stream->codec) {
		while (!nr && size && !stream->over)
			nr = unpack_some(stream, to, size);
		return nr;
	}
	if (!left)
		return read(stream->fd, to, size);
	if (left > size)
		left = size;
	memcpy(to, stream->bytes + stream->begin, left);
	stream->begin += left;
	return left;
}

static int stream_close(void *cookie)
{
	stream_free(cookie);
	return 0;
}

bool unpack_open(struct unpacked *unpacked, const char *path)
{
	static const cookie_io_functions_t functions = {
		.read = stream_read, .close = stream_close,
	};
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	struct stream *stream = stream_open(fd, &unpacked->why);

	unpacked->file = stream ? fopencookie(stream, "r", functions) : NULL;
	if (stream && !unpacked->file)
		die("out of memory");
	return unpacked->file;
}

void unpack_close(struct unpacked *unpacked)
{
	fclose(unpacked->file);
}

/* ---- Whole files ---- */

/* Unpack all of a file. Return: memory with it, -1 if that fails. */
static int unpack_all(struct stream *stream)
{
	int memory = memfd_create("unpacked", MFD_CLOEXEC);
	char block[1 << 16];
	off_t bytes = 0;
	ssize_t nr;

	if (memory < 0)
		die("there are no file descriptors left");
	while ((nr = stream_read(stream, block, sizeof(block))) > 0) {
		bytes += nr;
		if (bytes > WHOLE_MAX)
			stream_end(stream, "it is too large to be a kernel or a module");
		else if (write(memory, block, nr) != nr)
			die("out of memory");
	}
	if (nr < 0)
		*stream->why = strerror(errno);
	if (!*stream->why)
		return memory;
	close(memory);
	return -1;
}

int unpack_whole(const char *path, const char **why)
{
	int fd = open_regular_file(path);
	struct stream *stream = stream_open(fd, why);

	if (!stream) {
		if (fd < 0 && errno == EINVAL)
			*why = "not a regular file";
		return -1;
	}
	if (stream->codec)
		fd = unpack_all(stream);
	else
		fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	else if (!*why)
		*why = strerror(errno);
	stream_free(stream);
	return fd;
}
