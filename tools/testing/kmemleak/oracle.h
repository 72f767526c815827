/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle: knows all objects, and finds out in the simplest way which of them can be
 * reached. It shares no code with the detector, but reads the same memory.
 */
#ifndef _HARNESS_ORACLE_H
#define _HARNESS_ORACLE_H

#include <linux/types.h>

#define ORACLE_OBJECTS	160
#define ORACLE_AREAS	4

/**
 * enum oracle_kind - what an object is
 * @ORACLE_FREE: none
 * @ORACLE_SLAB: an object of a slab
 * @ORACLE_LARGE: pages
 * @ORACLE_VMALLOC: an area
 * @ORACLE_PERCPU: per-CPU memory
 * @ORACLE_PHYS: pages, registered by their physical address
 * @ORACLE_INNER: a part of another object, registered by hand
 */
enum oracle_kind {
	ORACLE_FREE,
	ORACLE_SLAB,
	ORACLE_LARGE,
	ORACLE_VMALLOC,
	ORACLE_PERCPU,
	ORACLE_PHYS,
	ORACLE_INNER,
};

/**
 * struct oracle_object - an object
 * @kind: what it is
 * @tracked: the detector knows it, or should
 * @start: first byte
 * @size: bytes
 * @min_count: references that keep it from being a leak
 * @root: it is one
 * @ignore: neither read nor reported
 * @no_scan: not read
 * @transient: a root until a scan has ended
 * @scan_all: read as a whole, as there was no memory for an area
 * @nr_areas: parts that are read, if it is not 0
 * @area: their first byte, and how many bytes
 * @memory: what the allocator gave; a piece that was cut off may begin behind that
 * @parent: the object that an inner one lies in; -1 if it has none
 * @described: the area that this object, a vm_struct, stands for; -1 if it does not
 * @count: references that were found
 * @reached: it can be reached
 * @leaked: the detector should report it
 */
struct oracle_object {
	enum oracle_kind kind;
	bool tracked;
	unsigned long start;
	size_t size;
	unsigned int min_count;
	bool root;
	bool ignore;
	bool no_scan;
	bool transient;
	bool scan_all;
	unsigned int nr_areas;
	struct {
		unsigned long start;
		size_t size;
	} area[ORACLE_AREAS];
	void *memory;
	int parent;
	int described;
	unsigned int count;
	bool reached;
	bool leaked;
};

extern struct oracle_object oracle_objects[ORACLE_OBJECTS];

/* Find out what can be reached now, and with it what is leaked. */
void oracle_search(void);

#endif /* _HARNESS_ORACLE_H */
