/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a report comes from, and what kernel the inspected machine has.
 */
#ifndef KMEMLEAK_ORIGIN_H
#define KMEMLEAK_ORIGIN_H

/* Longer than any name of a host or release. */
#define ORIGIN_BYTES	255

/**
 * struct origin - host and kernel of a report
 * @host: its name, printable; NULL if unknown
 * @kernel: the kernel's release, printable; NULL if unknown
 */
struct origin {
	char *host;
	char *kernel;
};

/**
 * kernel_release() - the release of the inspected kernel, as of uname -r
 *
 * Return: the release, which the caller frees; NULL if it is not known.
 */
char *kernel_release(void);

/**
 * origin_of_root() - tell host and kernel of the inspected machine
 * @origin: set by this function
 */
void origin_of_root(struct origin *origin);
void origin_free(struct origin *origin);

#endif
