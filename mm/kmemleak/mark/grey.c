// SPDX-License-Identifier: GPL-2.0
/*
 * Pass grey objects from where they were found to the worker that reads them.
 *
 * Each worker has a stack of its own. Entries that do not fit there, or that other
 * workers wait for, go through a pool of chunks. The pass's own task is the first
 * worker. It drains small amounts by itself and calls helpers, work items of an unbound
 * workqueue, for larger ones. Helpers stay until the scan is over: a scan drains a
 * dozen times, and many drains take less time than waking up a helper. A worker without
 * work therefore polls the pool for a while before it sleeps. If a helper comes late,
 * or never, the other workers do its work.
 *
 * The helpers are work items rather than padata jobs because padata divides a job
 * before it starts, and nobody knows how much depends on which grey object.
 *
 * Invariants:
 *
 * - A worker's stack is its own; the lock guards struct grey_pool.
 * - The lock is taken with interrupts off everywhere. A worker that reads an object
 *   (pin.c) takes the lock when its stack is full. If another CPU held the lock, and an
 *   interrupt there freed that object, the two CPUs would wait for each other.
 * - @active counts workers that have, or may yet find, grey objects. A worker becomes
 *   active when it takes a chunk and stops being active when it has none left, both
 *   under the lock. When no worker is active and no chunk is left, no grey object is
 *   left: the drain ends.
 * - Chunks are taken only during a drain (@open). Between drains, helpers touch nothing
 *   but the pool: their stacks are not in use while roots are searched, and the lock
 *   makes what the first worker sets up for a drain visible to them.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "store/pin.h"
#include "mark/buffer.h"
#include "mark/grey.h"
#include "mark/marker.h"

/* Chunks of the pool: as many as there is memory for, up to the maximum. */
#define POOL_CHUNKS_MAX	64
#define POOL_CHUNKS_MIN	2

/* Number of steps that the first worker makes alone before it calls helpers. */
#define STEPS_ALONE	4
/* Number of objects that are worth sharing. */
#define SHARE_MIN	32

/* How long a worker without work polls the pool before it sleeps. */
#define AWAKE_NS	(2 * NSEC_PER_MSEC)
/* Polls of the pool for each look at the clock. */
#define LOOKS		64

struct grey_chunk {
	unsigned long nr;
	unsigned long entry[GREY_CHUNK];
};

static_assert(sizeof(struct grey_chunk) <= PAGE_SIZE);

/**
 * struct grey_pool - grey entries on their way from worker to worker
 * @lock: guards the rest
 * @nr: number of filled chunks
 * @room: number of chunks
 * @active: workers that are not waiting for a chunk
 * @idle: workers that are waiting for a chunk
 * @called: the idle workers were woken for the chunks in the pool
 * @open: a drain is running; chunks may be taken
 * @helpers: the helpers have been called, once for a scan
 * @closing: the helpers must exit
 * @changed: where idle workers wait
 * @chunk: the chunks
 */
struct grey_pool {
	raw_spinlock_t lock;
	unsigned int nr;
	unsigned int room;
	unsigned int active;
	unsigned int idle;
	bool called;
	bool open;
	bool helpers;
	bool closing;
	wait_queue_head_t changed;
	struct grey_chunk *chunk[POOL_CHUNKS_MAX];
};

static struct workqueue_struct *mark_wq;

/*
 * Move the oldest entries of a worker to the pool. If a view is among them, it also
 * stays on the worker's stack, so that both can take chunks of it.
 */
static bool pool_put(struct mark_worker *w, unsigned int nr)
{
	struct grey_pool *pool = w->m->pool;
	struct grey_chunk *chunk;
	unsigned long view = 0, flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	if (pool->nr == pool->room) {
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		return false;
	}
	chunk = pool->chunk[pool->nr];
	for (chunk->nr = 0; chunk->nr < nr; chunk->nr++) {
		unsigned long entry = w->grey[w->bottom++ % GREY_ROOM];

		chunk->entry[chunk->nr] = entry;
		if (grey_is_view(entry))
			view = entry;
	}
	if (view)
		w->grey[--w->bottom % GREY_ROOM] = view;
	WRITE_ONCE(pool->nr, pool->nr + 1);
	WRITE_ONCE(pool->called, false);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return true;
}

static bool pool_take(struct mark_worker *w)
{
	struct grey_pool *pool = w->m->pool;
	struct grey_chunk *chunk;
	unsigned int i;

	lockdep_assert_held(&pool->lock);
	if (!pool->nr)
		return false;
	chunk = pool->chunk[pool->nr - 1];
	for (i = 0; i < chunk->nr; i++)
		w->grey[w->top++ % GREY_ROOM] = chunk->entry[i];
	WRITE_ONCE(pool->nr, pool->nr - 1);
	WRITE_ONCE(pool->called, false);
	return true;
}

/**
 * grey_might_lock() - tell lockdep that grey_push() may be called here
 * @m: the pass
 */
void grey_might_lock(const struct marker *m)
{
	might_lock(&m->pool->lock);
}

/**
 * grey_make_room() - make room for at least one more entry
 * @w: a worker whose stack is full
 *
 * Context: Any but an interrupt.
 * Return: false if there is no room in the pool either.
 */
bool grey_make_room(struct mark_worker *w)
{
	return pool_put(w, GREY_CHUNK);
}

/* Number of entries to give away: few are enough if each stands for more. */
static unsigned int to_share(const struct mark_worker *w)
{
	unsigned int nr = grey_nr(w);
	unsigned long oldest = w->grey[w->bottom % GREY_ROOM];

	if (nr >= SHARE_MIN)
		return min_t(unsigned int, nr / 2, GREY_CHUNK);
	if (nr && grey_is_view(oldest))
		return 1;
	return oldest & GREY_KIND ? nr / 2 : 0;
}

/* Give some entries away if another worker is idle. */
static void share(struct mark_worker *w)
{
	struct grey_pool *pool = w->m->pool;
	unsigned int nr;

	/* These reads are only hints: what is missed now is seen at the next step. */
	if (likely(!READ_ONCE(pool->idle)))
		return;
	nr = READ_ONCE(pool->nr) ? 0 : to_share(w);
	if (nr)
		pool_put(w, nr);
	/* Once for each chunk: a worker that is awake sees the chunk anyway. */
	if (READ_ONCE(pool->nr) && !READ_ONCE(pool->called)) {
		WRITE_ONCE(pool->called, true);
		wake_up(&pool->changed);
	}
}

static bool is_first(const struct mark_worker *w)
{
	return w == w->m->worker[0];
}

/* Is there nothing left to wait for? */
static bool pool_left(const struct mark_worker *w)
{
	const struct grey_pool *pool = w->m->pool;

	return is_first(w) ? !READ_ONCE(pool->open) : READ_ONCE(pool->closing);
}

static bool pool_stirs(const struct mark_worker *w)
{
	const struct grey_pool *pool = w->m->pool;

	return pool_left(w) || (READ_ONCE(pool->open) && READ_ONCE(pool->nr));
}

/* Wait for pool_stirs(): poll first, then sleep. */
static void pool_wait(struct mark_worker *w)
{
	ktime_t end = ktime_add_ns(ktime_get(), AWAKE_NS);
	unsigned int i;

	do {
		for (i = 0; i < LOOKS; i++) {
			if (pool_stirs(w))
				return;
			cpu_relax();
		}
	} while (!need_resched() && ktime_before(ktime_get(), end));
	wait_event_idle(w->m->pool->changed, pool_stirs(w));
}

/*
 * Get a chunk and become active, or wait for one. Returns false if there is nothing to
 * wait for any more: for the first worker once the drain has ended, for a helper once
 * the scan has.
 */
static bool pool_get(struct mark_worker *w)
{
	struct grey_pool *pool = w->m->pool;
	bool got, ended = false;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	while (!(got = pool->open && pool_take(w))) {
		if (pool->open && !pool->active) {
			WRITE_ONCE(pool->open, false);
			ended = true;
		}
		if (pool_left(w))
			break;
		WRITE_ONCE(pool->idle, pool->idle + 1);
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		/* The first worker waits for the end of the drain. */
		if (ended)
			wake_up(&pool->changed);
		ended = false;
		pool_wait(w);
		raw_spin_lock_irqsave(&pool->lock, flags);
		WRITE_ONCE(pool->idle, pool->idle - 1);
	}
	pool->active += got;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return got;
}

/* Work until the worker's own stack is empty, then stop being active. */
static void worker_run(struct mark_worker *w)
{
	struct grey_pool *pool = w->m->pool;
	unsigned long flags;

	while (grey_nr(w) && !READ_ONCE(w->m->stop)) {
		w->m->step(w);
		share(w);
	}
	/* Called off: the rest stays grey. */
	if (READ_ONCE(w->m->stop))
		w->top = w->bottom;
	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->active--;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

static void worker_work(struct work_struct *work)
{
	struct mark_worker *w = container_of(work, struct mark_worker, work);

	while (pool_get(w))
		worker_run(w);
}

static unsigned int next_online_cpu(unsigned int cpu)
{
	cpu = cpumask_next(cpu, cpu_online_mask);
	return cpu < nr_cpu_ids ? cpu : cpumask_first(cpu_online_mask);
}

static void call_helpers(struct marker *m)
{
	unsigned int i, cpu = raw_smp_processor_id();

	if (m->pool->helpers)
		return;
	m->pool->helpers = true;
	for (i = 1; i < m->nr_workers; i++) {
		cpu = next_online_cpu(cpu);
		queue_work_on(cpu, mark_wq, &m->worker[i]->work);
	}
}

static void drain_together(struct marker *m)
{
	struct grey_pool *pool = m->pool;
	struct mark_worker *w = m->worker[0];
	unsigned long flags;

	call_helpers(m);
	m->shared = true;
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->open, true);
	pool->active = 1;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	do {
		worker_run(w);
	} while (pool_get(w));
	m->shared = false;
}

static bool pool_empty(struct marker *m)
{
	struct mark_worker *w = m->worker[0];
	unsigned long flags;
	bool more;

	raw_spin_lock_irqsave(&m->pool->lock, flags);
	more = pool_take(w);
	raw_spin_unlock_irqrestore(&m->pool->lock, flags);
	return !more;
}

/**
 * grey_drain() - work until nothing is grey
 * @m: the pass
 * @step: reads some of a worker's grey objects and lets others run
 *
 * Context: Sleeps.
 */
void grey_drain(struct marker *m, void (*step)(struct mark_worker *w))
{
	struct mark_worker *w = m->worker[0];
	unsigned int steps = 0;

	m->step = step;
	while (!m->stop && (grey_nr(w) || !pool_empty(m))) {
		if (m->nr_workers > 1 && ++steps > STEPS_ALONE) {
			drain_together(m);
			steps = 0;
			continue;
		}
		step(w);
	}
}

/**
 * grey_forget() - drop all grey entries, on stacks and in the pool
 * @m: the pass, which leaves entries behind if it was called off
 */
void grey_forget(struct marker *m)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&m->pool->lock, flags);
	WRITE_ONCE(m->pool->nr, 0);
	raw_spin_unlock_irqrestore(&m->pool->lock, flags);
	for (i = 0; i < m->nr_workers; i++)
		m->worker[i]->top = m->worker[i]->bottom;
}

static struct mark_worker *worker_new(struct marker *m, unsigned int id)
{
	struct mark_worker *w = scan_memory_get(sizeof(*w));

	if (!w)
		return NULL;
	w->m = m;
	w->reader = PIN_WORKER + id;
	INIT_WORK(&w->work, worker_work);
	return w;
}

static void pool_free(struct grey_pool *pool)
{
	if (!pool)
		return;
	while (pool->room)
		scan_page_put(pool->chunk[--pool->room]);
	scan_memory_put(pool, sizeof(*pool));
}

static struct grey_pool *pool_new(void)
{
	struct grey_pool *pool = scan_memory_get(sizeof(*pool));

	if (!pool)
		return NULL;
	raw_spin_lock_init(&pool->lock);
	init_waitqueue_head(&pool->changed);
	while (pool->room < POOL_CHUNKS_MAX) {
		pool->chunk[pool->room] = scan_page_get();
		if (!pool->chunk[pool->room])
			break;
		pool->room++;
	}
	if (pool->room >= POOL_CHUNKS_MIN)
		return pool;
	pool_free(pool);
	return NULL;
}

/*
 * Let each helper start on a CPU of its own; the scheduler may move it from there.
 * Otherwise it would start where it ran last, possibly on the CPU of the scan, and
 * would wait for the scan for some ticks where CPUs share no cache that the scheduler
 * knows of.
 */
static struct workqueue_struct *mark_wq_new(void)
{
	struct workqueue_struct *wq = alloc_workqueue("kmemleak", WQ_UNBOUND, 0);
	struct workqueue_attrs *attrs;

	if (!wq)
		return NULL;
	attrs = alloc_workqueue_attrs();
	if (!attrs)
		return wq;
	attrs->affn_scope = WQ_AFFN_CPU;
	/* If this fails, the helpers start anywhere. */
	apply_workqueue_attrs(wq, attrs);
	free_workqueue_attrs(attrs);
	return wq;
}

/**
 * grey_open() - create the workers of a scan
 * @m: the pass; @m->worker, @m->nr_workers and @m->pool are filled in
 * @workers: number of workers wanted
 *
 * Context: Sleeps.
 * Return: 0 if there is at least one worker, else -ENOMEM.
 */
int grey_open(struct marker *m, unsigned int workers)
{
	workers = clamp(workers, 1U, (unsigned int)MARK_WORKERS_MAX);
	if (workers > 1 && !mark_wq)
		mark_wq = mark_wq_new();
	if (!mark_wq)
		workers = 1;
	m->pool = pool_new();
	if (!m->pool)
		return -ENOMEM;
	for (m->nr_workers = 0; m->nr_workers < workers; m->nr_workers++) {
		m->worker[m->nr_workers] = worker_new(m, m->nr_workers);
		if (!m->worker[m->nr_workers])
			break;
	}
	pin_readers(PIN_WORKER + m->nr_workers);
	if (m->nr_workers)
		return 0;
	grey_close(m);
	return -ENOMEM;
}

/**
 * grey_close() - free what grey_open() created
 * @m: the pass
 *
 * Context: Sleeps.
 */
void grey_close(struct marker *m)
{
	unsigned long flags;
	unsigned int i;

	if (m->pool->helpers) {
		raw_spin_lock_irqsave(&m->pool->lock, flags);
		WRITE_ONCE(m->pool->closing, true);
		raw_spin_unlock_irqrestore(&m->pool->lock, flags);
		wake_up_all(&m->pool->changed);
		for (i = 1; i < m->nr_workers; i++)
			cancel_work_sync(&m->worker[i]->work);
	}
	pin_readers(PIN_WORKER);
	while (m->nr_workers)
		scan_memory_put(m->worker[--m->nr_workers],
				sizeof(struct mark_worker));
	pool_free(m->pool);
	m->pool = NULL;
}
