// SPDX-License-Identifier: GPL-2.0
/*
 * Grey objects, from where they were found to the worker that reads them.
 *
 * Each worker has a stack of its own. What does not fit there, or what others
 * wait for, goes through a pool of chunks. The pass' own task is the first
 * worker; it drains what little there is by itself, and calls on others, work
 * items of an unbound workqueue, where there is more. A work item that comes
 * late, or never, is not missed: all that it could do is done by the rest.
 *
 * Why work items and not padata: a job of padata is divided before it starts,
 * and nobody knows how much hangs on which grey object.
 *
 * May call: memory. Invariants:
 *
 * - A worker's stack is its own; the lock guards what is in struct grey_pool.
 * - @active counts workers that have, or may yet find, grey objects. One that
 *   has none waits for a chunk or for @active to become 0: no grey object is
 *   left then, and all leave.
 * - Workers other than the first run inside grey_drain() only: no stack of
 *   theirs is in use while roots are looked for.
 */
#define pr_fmt(fmt) "kmemleak: " fmt

#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "kmemleak.h"
#include "mark.h"

/* Chunks of the pool: as many as there is memory for, up to this. */
#define POOL_CHUNKS_MAX	64
#define POOL_CHUNKS_MIN	2

/* Steps that the first worker makes alone before it calls on others. */
#define STEPS_ALONE	4
/* Objects that it takes to be worth sharing. */
#define SHARE_MIN	32

/* Looks at the pool before a worker without work goes to sleep. */
#define SPINS		2000

struct grey_chunk {
	unsigned long nr;
	unsigned long entry[GREY_CHUNK];
};

static_assert(sizeof(struct grey_chunk) <= PAGE_SIZE);

/**
 * struct grey_pool - what goes from worker to worker
 * @lock: guards the rest
 * @nr: chunks that are filled
 * @room: chunks that there are
 * @active: workers that are not waiting for a chunk
 * @idle: those that are
 * @called: those were woken for what is in there
 * @done: nothing is grey any more
 * @changed: where these wait
 * @chunk: the chunks
 */
struct grey_pool {
	raw_spinlock_t lock;
	unsigned int nr;
	unsigned int room;
	unsigned int active;
	unsigned int idle;
	bool called;
	bool done;
	wait_queue_head_t changed;
	struct grey_chunk *chunk[POOL_CHUNKS_MAX];
};

static struct workqueue_struct *mark_wq;

/*
 * Move the oldest entries of a worker to the pool. A large object that is being
 * read piece by piece is there for both to go on with.
 */
static bool pool_put(struct mark_worker *w, unsigned int nr)
{
	struct grey_pool *pool = w->m->pool;
	struct grey_chunk *chunk;
	unsigned long view = 0;

	raw_spin_lock(&pool->lock);
	if (pool->nr == pool->room) {
		raw_spin_unlock(&pool->lock);
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
	raw_spin_unlock(&pool->lock);
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
 * grey_make_room() - make room for one more entry at least
 * @w: a worker whose stack is full
 *
 * Context: Any but an interrupt.
 * Return: false if there is no room in the pool either.
 */
bool grey_make_room(struct mark_worker *w)
{
	return pool_put(w, GREY_CHUNK);
}

/* Entries to give away: few will do of those that stand for more. */
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

/* Is somebody out of work that this one could have some of? */
static void share(struct mark_worker *w)
{
	struct grey_pool *pool = w->m->pool;
	unsigned int nr;

	/* Hints, all of them: what is missed now is seen at the next step. */
	if (likely(!READ_ONCE(pool->idle)))
		return;
	nr = READ_ONCE(pool->nr) ? 0 : to_share(w);
	if (nr)
		pool_put(w, nr);
	/* Once for a chunk: whoever is not asleep by now sees that it is there. */
	if (READ_ONCE(pool->nr) && !READ_ONCE(pool->called)) {
		WRITE_ONCE(pool->called, true);
		wake_up(&pool->changed);
	}
}

/* Done, or something to do: what a worker without grey objects waits for. */
static bool pool_stirs(struct grey_pool *pool)
{
	return READ_ONCE(pool->done) || READ_ONCE(pool->nr);
}

/* Wait for pool_stirs(), awake for as long as it takes to fall asleep. */
static void pool_wait(struct grey_pool *pool)
{
	unsigned int i;

	for (i = 0; i < SPINS && !need_resched(); i++) {
		if (pool_stirs(pool))
			return;
		cpu_relax();
	}
	wait_event_idle(pool->changed, pool_stirs(pool));
}

/* Get a chunk, wait for one, or find out that there will be none. */
static bool pool_get(struct mark_worker *w)
{
	struct grey_pool *pool = w->m->pool;
	bool got = false;

	raw_spin_lock(&pool->lock);
	while (!pool->done && !(got = pool_take(w))) {
		pool->active--;
		if (!pool->active) {
			WRITE_ONCE(pool->done, true);
			break;
		}
		WRITE_ONCE(pool->idle, pool->idle + 1);
		raw_spin_unlock(&pool->lock);
		pool_wait(pool);
		raw_spin_lock(&pool->lock);
		WRITE_ONCE(pool->idle, pool->idle - 1);
		pool->active++;
	}
	raw_spin_unlock(&pool->lock);
	if (!got)
		wake_up_all(&pool->changed);
	return got;
}

static void worker_run(struct mark_worker *w, void (*step)(struct mark_worker *w))
{
	do {
		while (grey_nr(w) && !READ_ONCE(w->m->stop)) {
			step(w);
			share(w);
		}
		/* Called off: what is left stays grey. */
		if (READ_ONCE(w->m->stop))
			w->top = w->bottom;
	} while (pool_get(w));
}

static void worker_work(struct work_struct *work)
{
	struct mark_worker *w = container_of(work, struct mark_worker, work);
	struct grey_pool *pool = w->m->pool;
	bool late;

	raw_spin_lock(&pool->lock);
	late = pool->done;
	if (!late)
		pool->active++;
	raw_spin_unlock(&pool->lock);
	if (!late)
		worker_run(w, w->m->step);
}

static void drain_together(struct marker *m)
{
	struct grey_pool *pool = m->pool;
	unsigned int i;

	pool->done = false;
	pool->active = 1;
	m->shared = true;
	for (i = 1; i < m->nr_workers; i++)
		queue_work(mark_wq, &m->worker[i]->work);
	worker_run(m->worker[0], m->step);
	for (i = 1; i < m->nr_workers; i++)
		cancel_work_sync(&m->worker[i]->work);
	m->shared = false;
}

static bool pool_empty(struct marker *m)
{
	struct mark_worker *w = m->worker[0];
	bool more;

	raw_spin_lock(&m->pool->lock);
	more = pool_take(w);
	raw_spin_unlock(&m->pool->lock);
	return !more;
}

/**
 * grey_drain() - work until nothing is grey
 * @m: the pass
 * @step: reads some of the grey objects of a worker, and lets others run
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

/**
 * grey_open() - make the workers of a scan
 * @m: the pass; @m->worker, @m->nr_workers and @m->pool are filled in
 * @workers: how many there should be
 *
 * Context: Sleeps.
 * Return: 0 if there is one at least, else -ENOMEM.
 */
int grey_open(struct marker *m, unsigned int workers)
{
	workers = clamp(workers, 1U, (unsigned int)MARK_WORKERS_MAX);
	if (workers > 1 && !mark_wq)
		mark_wq = alloc_workqueue("kmemleak", WQ_UNBOUND, 0);
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
 * grey_close() - free what grey_open() made
 * @m: the pass
 */
void grey_close(struct marker *m)
{
	pin_readers(PIN_WORKER);
	while (m->nr_workers)
		scan_memory_put(m->worker[--m->nr_workers],
				sizeof(struct mark_worker));
	pool_free(m->pool);
	m->pool = NULL;
}
