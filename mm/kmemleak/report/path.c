// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/kmemleak_path: the chain of pointers from a root to an object,
 * requested with "path=<address>". It shows why the object is not a leak.
 *
 * A pass notes the holder of each object (holders.c). An object is marked once, by the
 * first pointer to it that is read, and is itself read after that. The holders thus
 * form a tree that grows from the roots: going from an object to the object that
 * contains its holder, and so on, ends at a root.
 *
 * Invariants:
 *
 * - The text is made in one go, under scan_mutex, and stays until another one is
 *   requested. path_mutex guards it.
 * - Of a long chain only the two ends are shown, HOPS_MAX pointers each.
 */
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/seq_buf.h>
#include <linux/seq_file.h>
#include <linux/string_choices.h>

#include "kmemleak.h"
#include "store/object.h"
#include "store/range.h"
#include "store/slot.h"
#include "mark/buffer.h"
#include "report/holders.h"
#include "report/path.h"

#define HOPS_MAX	32
/* Includes room for the addresses. */
#define TEXT_BYTES	(2 * HOPS_MAX * (HOLDER_TEXT + 64) + 256)
/* A chain that is longer than this is a cycle, because objects changed meanwhile. */
#define CHAIN_MAX	BIT(24)

/**
 * struct hop - a pointer to an object
 * @where: the pointer's address
 * @object: the object's address
 */
struct hop {
	unsigned long where;
	unsigned long object;
};

/**
 * struct chain - a chain, as it is followed from the object to the root
 * @nr: number of pointers so far
 * @near: those next to the object; the first one points to the object itself
 * @far: the last ones so far, at their number modulo HOPS_MAX
 * @end: why the chain ends
 */
struct chain {
	unsigned long nr;
	struct hop near[HOPS_MAX];
	struct hop far[HOPS_MAX];
	const char *end;
};

static DEFINE_MUTEX(path_mutex);
static char *path_text;

static void path_add(struct chain *chain, unsigned long where,
		     unsigned long object)
{
	struct hop hop = { where, object };

	if (chain->nr < HOPS_MAX)
		chain->near[chain->nr] = hop;
	chain->far[chain->nr++ % HOPS_MAX] = hop;
}

/* Why no reference to an object was seen. */
static const char *end_of(const struct chain *chain, u32 state)
{
	if (state & (OBJ_GREY | OBJ_IGNORE | OBJ_TRANSIENT))
		return "which is a root by itself";
	return chain->nr ? "which has changed since" : "unreachable";
}

/* Context: RCU reader. Go on to the object that holds a pointer to @ref. */
static bool path_step(struct chain *chain, struct object_ref *ref)
{
	unsigned long where = holder_now(ref);

	if (!where) {
		chain->end = end_of(chain, slot_state(ref->slot));
		return false;
	}
	path_add(chain, where, ref->start);
	return holder_object(where, ref) && !holder_is_root(where, ref);
}

static int path_follow(struct chain *chain, enum range_space space,
		       unsigned long addr)
{
	struct object_ref ref;
	bool more;

	do {
		rcu_read_lock();
		more = object_find(space, addr, &ref) && path_step(chain, &ref);
		rcu_read_unlock();
		if (more) {
			addr = ref.start;
			space = ref.range ? ref.range->space : RANGE_VIRT;
		}
		cond_resched();
		if (signal_pending(current))
			return -EINTR;
	} while (more && chain->nr < CHAIN_MAX);
	return 0;
}

static void print_hop(struct seq_buf *s, const struct hop *hop)
{
	char text[HOLDER_TEXT];

	rcu_read_lock();
	holder_text(hop->where, text, sizeof(text));
	rcu_read_unlock();
	seq_buf_printf(s, "0x%08lx: %s\n  -> 0x%08lx\n", hop->where, text,
		       hop->object);
}

/* Print from the root to the object. */
static void print_chain(struct seq_buf *s, const struct chain *chain)
{
	unsigned long i;

	if (chain->end)
		seq_buf_printf(s, chain->nr ? "from an object %s\n" : "%s\n",
			       chain->end);
	for (i = chain->nr; i > HOPS_MAX && i + HOPS_MAX > chain->nr; i--)
		print_hop(s, &chain->far[(i - 1) % HOPS_MAX]);
	if (i > HOPS_MAX)
		seq_buf_printf(s, "... %lu pointer%s ...\n", i - HOPS_MAX,
			       str_plural(i - HOPS_MAX));
	for (i = min(i, HOPS_MAX); i; i--)
		print_hop(s, &chain->near[i - 1]);
}

static int path_print(const struct chain *chain, char *text)
{
	struct seq_buf s;

	seq_buf_init(&s, text, TEXT_BYTES);
	print_chain(&s, chain);
	mutex_lock(&path_mutex);
	swap(path_text, text);
	mutex_unlock(&path_mutex);
	report_memory_put(text, TEXT_BYTES);
	return 0;
}

/**
 * path_make() - describe the chain of pointers by which an object was reached
 * @space: what kind of address @hidden is
 * @hidden: complement of an address in the object
 *
 * Context: Sleeps; under scan_mutex, after a pass with holders_begin(true).
 * Return: 0; -EINTR if a signal arrived; -ENOMEM if there is no memory. The old text
 * stays in case of an error.
 */
int path_make(enum range_space space, unsigned long hidden)
{
	char *text = report_memory_get(TEXT_BYTES);
	struct chain *chain = scan_memory_get(sizeof(*chain));
	int err = -ENOMEM;

	if (text && chain)
		err = path_follow(chain, space, ~hidden);
	if (err)
		report_memory_put(text, TEXT_BYTES);
	else
		err = path_print(chain, text);
	scan_memory_put(chain, sizeof(*chain));
	return err;
}

/**
 * kmemleak_path_show() - print the last path
 * @m: file to print to
 * @unused: required by single_open()
 *
 * Return: 0.
 */
int kmemleak_path_show(struct seq_file *m, void *unused)
{
	mutex_lock(&path_mutex);
	if (path_text && kmemleak_is_on())
		seq_puts(m, path_text);
	mutex_unlock(&path_mutex);
	return 0;
}

/**
 * path_teardown() - forget the last path
 *
 * Context: Sleeps.
 */
void path_teardown(void)
{
	mutex_lock(&path_mutex);
	report_memory_put(path_text, TEXT_BYTES);
	path_text = NULL;
	mutex_unlock(&path_mutex);
}
