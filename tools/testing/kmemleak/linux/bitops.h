/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/bitops.h>. */
#ifndef _HARNESS_LINUX_BITOPS_H
#define _HARNESS_LINUX_BITOPS_H

#include <stdbool.h>

#include <linux/bits.h>

/* Number of the most significant bit that is set; @word is not 0. */
static inline unsigned long __fls(unsigned long word)
{
	return BITS_PER_LONG - 1 - __builtin_clzl(word);
}

static inline void set_bit(unsigned int nr, unsigned long *words)
{
	__atomic_fetch_or(&words[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline void __set_bit(unsigned int nr, unsigned long *words)
{
	words[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline bool test_bit(unsigned int nr, const unsigned long *words)
{
	return __atomic_load_n(&words[BIT_WORD(nr)], __ATOMIC_RELAXED) & BIT_MASK(nr);
}

static inline void clear_bit(unsigned int nr, unsigned long *words)
{
	__atomic_fetch_and(&words[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_RELAXED);
}

static inline bool test_and_clear_bit(unsigned int nr, unsigned long *words)
{
	return __atomic_fetch_and(&words[BIT_WORD(nr)], ~BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline unsigned int hweight_long(unsigned long word)
{
	return __builtin_popcountl(word);
}

#define for_each_set_bit(nr, words, size)		\
	for ((nr) = 0; (nr) < (size); (nr)++)		\
		if (test_bit(nr, words))

#define for_each_clear_bit(nr, words, size)		\
	for ((nr) = 0; (nr) < (size); (nr)++)		\
		if (!test_bit(nr, words))

#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

static inline void bitmap_zero(unsigned long *words, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(bits); i++)
		words[i] = 0;
}

#endif /* _HARNESS_LINUX_BITOPS_H */
