/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <linux/atomic.h>. */
#ifndef _HARNESS_LINUX_ATOMIC_H
#define _HARNESS_LINUX_ATOMIC_H

#include <sched.h>
#include <stdbool.h>

#include <linux/compiler.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	long counter;
} atomic_long_t;

#define atomic_read(v)		READ_ONCE((v)->counter)
#define atomic_long_read(v)	READ_ONCE((v)->counter)
#define atomic_long_set(v, i)	WRITE_ONCE((v)->counter, i)

static inline void atomic_long_inc(atomic_long_t *v)
{
	sim_step();
	__atomic_add_fetch(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *v, int i)
{
	WRITE_ONCE(v->counter, i);
}

static inline long atomic_long_inc_return(atomic_long_t *v)
{
	sim_step();
	return __atomic_add_fetch(&v->counter, 1, __ATOMIC_SEQ_CST);
}

static inline void atomic_inc(atomic_t *v)
{
	sim_step();
	__atomic_add_fetch(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline void atomic_dec(atomic_t *v)
{
	sim_step();
	__atomic_sub_fetch(&v->counter, 1, __ATOMIC_RELAXED);
}

static inline long atomic_long_fetch_or(long i, atomic_long_t *v)
{
	sim_step();
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);
}

static inline void atomic_add(int i, atomic_t *v)
{
	sim_step();
	__atomic_add_fetch(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_sub(int i, atomic_t *v)
{
	sim_step();
	__atomic_sub_fetch(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_long_add(long i, atomic_long_t *v)
{
	sim_step();
	__atomic_add_fetch(&v->counter, i, __ATOMIC_RELAXED);
}

static inline void atomic_long_sub(long i, atomic_long_t *v)
{
	sim_step();
	__atomic_sub_fetch(&v->counter, i, __ATOMIC_RELAXED);
}

/* What was read before may change in this very moment, if a test wants it to. */
void sim_cmpxchg(const void *p);

#define try_cmpxchg(p, old, new)					\
	(sim_step(), sim_cmpxchg(p),					\
	 __atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))

/* Returns what was there. */
#define cmpxchg(p, old, new)						\
({									\
	__typeof__(*(p)) cmpxchg_old = (old);				\
									\
	try_cmpxchg(p, &cmpxchg_old, new);				\
	cmpxchg_old;							\
})

#define xchg(p, v)		(sim_step(), __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST))

/* ThreadSanitizer derives nothing from these, but they do order memory. */
#define smp_mb()		__sync_synchronize()
#define smp_rmb()		__sync_synchronize()
#define smp_wmb()		__sync_synchronize()
#define smp_mb__after_atomic()	__sync_synchronize()
#define smp_mb__before_atomic()	__sync_synchronize()

#define smp_load_acquire(p)	(sim_step(), __atomic_load_n(p, __ATOMIC_ACQUIRE))
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

/* This CPU begins, or ends, to spin. */
void sim_waits(bool waits);

/* There may be fewer CPUs than threads: whoever spins lets others run. */
#define smp_cond_load_acquire(p, condition)				\
({									\
	__typeof__(*(p)) VAL;						\
									\
	sim_waits(true);						\
	while (VAL = smp_load_acquire(p), !(condition))			\
		sched_yield();						\
	sim_waits(false);						\
	VAL;								\
})

#endif /* _HARNESS_LINUX_ATOMIC_H */
