/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What objects are filled with when they are handed out.
 */
#ifndef _MM_KMEMLEAK_STORE_WIPE_H
#define _MM_KMEMLEAK_STORE_WIPE_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/init.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * enum wipe_mode - values of the parameter kmemleak.wipe
 * @WIPE_WITH_PATTERN: objects are filled with %WIPE_PATTERN
 * @WIPE_WITH_ZERO: objects are zeroed
 * @WIPE_OFF: memory is left as it is
 */
enum wipe_mode {
	WIPE_WITH_PATTERN,
	WIPE_WITH_ZERO,
	WIPE_OFF,
};

/*
 * A word that is the address of nothing, and that faults if it is used as one. It repeats
 * one byte, so that memset() can write it, and so that it is the same word on big-endian
 * machines. It is odd, no small number, and no other poison of the kernel.
 *
 * On 64-bit it lies in no range of addresses that an architecture translates: bits 63 and
 * 56 differ (x86_64, also with five levels, or with LAM); bits 55 to 52 are neither all
 * clear nor all set (arm64 with 52 bits, where the upper byte may be a tag); and the upper
 * four bits select no direct mapping (mips, loongarch, powerpc). Half of it beside four
 * zero bytes is below 0x60000000, where User Mode Linux begins.
 *
 * On 32-bit all addresses exist. This one is in the user's half, below the kernel even if
 * that has three of the four gigabytes, below its modules (0x3f000000 on arm then), and
 * below the memory of User Mode Linux (0x08048000). A process may map it, as it may map
 * the first page. A machine whose memory begins at zero is noticed by wipe_init().
 */
#if BITS_PER_LONG == 64
#define WIPE_BYTE	0x5dUL
#else
#define WIPE_BYTE	0x05UL
#endif
#define WIPE_PATTERN	(~0UL / 0xff * WIPE_BYTE)

extern enum wipe_mode wipe_mode;
extern unsigned long wipe_word;

/* Are objects filled when they are handed out? */
static inline bool wipe_objects(void)
{
	return wipe_mode != WIPE_OFF;
}

/*
 * Are pages zeroed where an object in them cannot be filled? KMSAN takes pages for
 * initialized if the page allocator zeroes them. So it finds what it would find without
 * the detector, and the detector misses leaks, as with WIPE_OFF.
 */
static inline bool wipe_pages(void)
{
	return wipe_objects() && !IS_ENABLED(CONFIG_KMSAN);
}

/* Largest size, in bytes, of objects that are filled without a call. */
#define WIPE_INLINE	256

/*
 * Fill the words of an object. Bytes after the last whole word hold no reference; they
 * may be a red zone.
 *
 * Neither these stores nor memset() tell KMSAN that the memory is initialized, because
 * the detector is compiled without it: memset() is __msan_memset() only where
 * __SANITIZE_MEMORY__ is defined.
 */
static __always_inline void fill_words(unsigned long addr, size_t size)
{
	unsigned long *word = (unsigned long *)addr;
	unsigned long *fours = word + size / sizeof(long) / 4 * 4;
	unsigned long what = wipe_word;

	if (unlikely(size > WIPE_INLINE)) {
		memset(word, (u8)what, size / sizeof(long) * sizeof(long));
		return;
	}
	for (; word < fours; word += 4) {
		WRITE_ONCE(word[0], what);
		WRITE_ONCE(word[1], what);
		WRITE_ONCE(word[2], what);
		WRITE_ONCE(word[3], what);
	}
	if (size & 2 * sizeof(long)) {
		WRITE_ONCE(word[0], what);
		WRITE_ONCE(word[1], what);
		word += 2;
	}
	if (size & sizeof(long))
		WRITE_ONCE(word[0], what);
}

int wipe_parse(const char *text, enum wipe_mode *mode);
unsigned long wipe_word_of(enum wipe_mode mode);
void __init wipe_init(void);

#endif
