/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ioctls of /proc/allocinfo, which Linux 7.3 added. Distributions' headers do not have
 * <linux/alloc_tag.h> yet; sizes are asserted, as they are a part of the numbers.
 */
#ifndef KMEMLEAK_ALLOC_TAG_H
#define KMEMLEAK_ALLOC_TAG_H

#include <stdint.h>
#include <sys/ioctl.h>

/* The ends of longer names are kept. */
#define ALLOC_TAG_NAME	64

/**
 * struct alloc_tag_place - a line of source that allocates
 * @module: empty for the kernel itself
 * @function: the function
 * @file: the source file
 * @line: line in the file
 */
struct alloc_tag_place {
	char module[ALLOC_TAG_NAME];
	char function[ALLOC_TAG_NAME];
	char file[ALLOC_TAG_NAME];
	uint64_t line;
};

/**
 * struct alloc_tag - a place and its counters
 * @place: the place
 * @bytes: allocated and not freed
 * @calls: allocations that were not freed
 * @accurate: 0 if the kernel failed to count some of them
 * @padding: unused
 */
struct alloc_tag {
	struct alloc_tag_place place;
	uint64_t bytes;
	uint64_t calls;
	uint8_t accurate;
	uint8_t padding[7];
};

/* Bit of @mask for @min_bytes. */
#define ALLOC_TAG_MIN_BYTES	0x20

/**
 * struct alloc_tag_at - look for a tag
 * @position: how many that pass the filter to skip
 * @mask: what to filter by
 * @place: filter; unused here
 * @min_bytes: filter: that many bytes, or more
 * @max_bytes: filter; unused here
 * @inaccurate: filter; unused here
 * @tag: set to what was found
 */
struct alloc_tag_at {
	uint64_t position;
	uint64_t mask;
	struct alloc_tag_place place;
	uint64_t min_bytes;
	uint64_t max_bytes;
	uint64_t inaccurate;
	struct alloc_tag tag;
};

_Static_assert(sizeof(struct alloc_tag) == 224, "struct allocinfo_tag_data");
_Static_assert(sizeof(struct alloc_tag_at) == 464, "struct allocinfo_get_at");

/* ENOENT: there is no such tag, or none after it that passes the filter. */
#define ALLOC_TAG_GET_AT	_IOWR(0xA6, 1, struct alloc_tag_at)
#define ALLOC_TAG_GET_NEXT	_IOR(0xA6, 2, struct alloc_tag)

#endif
