// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target for the priority search tree. The input is a program of
 * six-byte instructions, each an operation on one of the model's nodes; what the
 * tree answers is compared with the model, and the tree is checked at the end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "prio_search_tree_cases.h"

#define INSTRUCTION	6

/*
 * Two bytes reach every height of the key: 10 bits of value, shifted by one of
 * 32 distances, and the complement of that.
 */
static unsigned long decode(const u8 *bytes)
{
	unsigned int word = bytes[0] | bytes[1] << 8;
	unsigned long value = (unsigned long)(word & 0x3ff) <<
			      (word >> 10 & 0x1f) * (BITS_PER_LONG / 32);

	return word >> 15 ? ~value : value;
}

static const char *step(struct pst_model *m, const u8 *op)
{
	unsigned int i = (op[0] >> 3 | op[1] << 5) % PST_MODEL_NODES;
	unsigned long a = decode(op + 2);
	unsigned long b = decode(op + 4);
	unsigned long start = min(a, b);
	unsigned long last = max(a, b);

	switch (op[0] & 7) {
	case 0:
		return pst_model_stab(m, a);
	case 1:
		return pst_model_find(m, a);
	case 2:
		return pst_model_overlap(m, start, last);
	case 3:
		return pst_model_next(m, a) ?: pst_model_overlap(m, a, a);
	default:
		if (m->want[i].live)
			pst_model_erase(m, i);
		else
			pst_model_insert(m, i, start, last);
		return NULL;
	}
}

int fuzz_one(const u8 *program, size_t size)
{
	static struct pst_model model;
	const char *wrong = NULL;

	pst_model_init(&model);
	for (; size >= INSTRUCTION && !wrong; size -= INSTRUCTION) {
		wrong = step(&model, program);
		program += INSTRUCTION;
		model.ops++;
	}
	wrong = wrong ?: pst_model_check(&model);
	if (wrong) {
		fprintf(stderr, "%s (operation %lu)\n", wrong, model.ops);
		abort();
	}
	return 0;
}
