// SPDX-License-Identifier: GPL-2.0
/*
 * Leaks in process context: memory that an error path, a teardown or a careless
 * assignment forgets to free.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>
#include <linux/scatterlist.h>
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "kmemleak-zoo.h"

/* Most drivers have such a structure for each device. */
struct device_state {
	struct list_head link;
	struct hlist_node hash;
	struct rb_node node;
	struct kref ref;
	struct device_state *peer;
	char *name;
	void *ring;
	void *channel[4];
	unsigned int id;
};

static struct device_state *new_state(void)
{
	return kzalloc(sizeof(struct device_state), GFP_KERNEL);
}

/* ---- Error paths ---- */

/* A goto label too far down: the step before the failed one is not undone. */
static int error_path(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	state->ring = kzalloc(512, GFP_KERNEL);
	if (!state->ring)
		goto free_state;
	zoo_leak(state->ring, 512);
	if (!zoo_device_answers())
		goto free_state;
	return 0;

free_state:
	kfree(state);
	return 0;
}

/* "return" in place of "goto": all earlier allocations are lost. */
static int error_return(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	state->ring = kmalloc(384, GFP_KERNEL);
	if (!state->ring) {
		kfree(state);
		return -ENOMEM;
	}
	zoo_leak(state, sizeof(*state));
	zoo_leak(state->ring, 384);
	if (!zoo_device_answers())
		return 0;
	kfree(state->ring);
	kfree(state);
	return 0;
}

/* while (--i) in place of while (i--): the first entry is not freed. */
static int error_unwind(void)
{
	struct device_state *state = new_state();
	int i;

	if (!state)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(state->channel); i++) {
		state->channel[i] = kzalloc(96, GFP_KERNEL);
		if (!state->channel[i])
			return -ENOMEM;
	}
	zoo_leak(state->channel[0], 96);
	while (--i)
		kfree(state->channel[i]);
	kfree(state);
	return 0;
}

/* A second probe, or a second "option=" on mount, overwrites the first. */
static int assigned_twice(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	state->name = kstrdup("the first value of an option", GFP_KERNEL);
	zoo_leak(state->name, 29);
	state->name = kstrdup("the value that counts", GFP_KERNEL);
	kfree(state->name);
	kfree(state);
	return 0;
}

/* *new = *old overwrites a structure that owns memory. */
static int assigned_struct(void)
{
	struct device_state *old = new_state(), *new = new_state();

	if (!old || !new)
		return -ENOMEM;
	new->ring = kzalloc(320, GFP_KERNEL);
	zoo_leak(new->ring, 320);
	*new = *old;
	kfree(new);
	kfree(old);
	return 0;
}

/* A structure is freed without its members, such as its name. */
static int members(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	state->name = kasprintf(GFP_KERNEL, "channel-%u-of-the-zoo", 7);
	state->ring = kmemdup(state, sizeof(*state), GFP_KERNEL);
	zoo_leak(state->name, 21);
	zoo_leak(state->ring, sizeof(*state));
	kfree(state);
	return 0;
}

/* The same with a structure from vmalloc(). */
static int members_of_vmalloc(void)
{
	void **table = vzalloc(2 * PAGE_SIZE);
	int i;

	if (!table)
		return -ENOMEM;
	for (i = 0; i < 3; i++) {
		table[i * 200] = kzalloc(160, GFP_KERNEL);
		zoo_leak(table[i * 200], 160);
	}
	vfree(table);
	return 0;
}

/* p = krealloc(p, ...) fails and overwrites the only pointer to the block. */
static int krealloc_failed(void)
{
	void *p = kzalloc(224, GFP_KERNEL), *grown;
	size_t size = KMALLOC_MAX_SIZE + 1;

	if (!p)
		return -ENOMEM;
	zoo_leak(p, 224);
	OPTIMIZER_HIDE_VAR(size);
	grown = krealloc(p, size, GFP_KERNEL | __GFP_NOWARN);
	p = grown;
	return p ? -EINVAL : 0;
}

/* Growing by hand: the smaller block is copied, but not freed. */
static int grown_by_hand(void)
{
	void **small = kcalloc(16, sizeof(*small), GFP_KERNEL), **large;

	if (!small)
		return -ENOMEM;
	small[3] = small;
	zoo_leak(small, 16 * sizeof(*small));
	large = kcalloc(32, sizeof(*large), GFP_KERNEL);
	if (!large)
		return -ENOMEM;
	memcpy(large, small, 16 * sizeof(*small));
	kfree(large);
	return 0;
}

/*
 * pr_debug("%p", release(p)): if the macro compiles to nothing, the call in its
 * argument is gone, too.
 */
#define zoo_debug(fmt, ...) no_printk(fmt, ##__VA_ARGS__)

static void *release_ring(struct device_state *state)
{
	kfree(state->ring);
	return state->ring;
}

static int freed_in_debug(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	state->ring = kzalloc(448, GFP_KERNEL);
	zoo_leak(state->ring, 448);
	zoo_debug("freed %p\n", release_ring(state));
	kfree(state);
	return 0;
}

/* ---- Lists, rings, trees ---- */

static struct device_state *add_states(struct list_head *head, int nr)
{
	struct device_state *state = NULL;
	int i;

	for (i = 0; i < nr; i++) {
		state = new_state();
		if (!state)
			return NULL;
		state->id = i;
		list_add_tail(&state->link, head);
		zoo_leak(state, sizeof(*state));
	}
	return state;
}

/* A structure with a list head is freed, the list's members are not. */
static int list_with_head(void)
{
	struct device_state *bus = new_state();

	if (!bus)
		return -ENOMEM;
	INIT_LIST_HEAD(&bus->link);
	if (!add_states(&bus->link, 4))
		return -ENOMEM;
	kfree(bus);
	return 0;
}

/* INIT_LIST_HEAD() of a head that has members, as in a "reset". */
static LIST_HEAD(reset_list);

static int list_reset(void)
{
	if (!add_states(&reset_list, 3))
		return -ENOMEM;
	INIT_LIST_HEAD(&reset_list);
	return 0;
}

/* list_del() without kfree() of the entry. */
static LIST_HEAD(del_list);

static int list_del_only(void)
{
	struct device_state *state = add_states(&del_list, 1);

	if (!state)
		return -ENOMEM;
	list_del(&state->link);
	return 0;
}

/* list_del_rcu() without kfree_rcu(); the next pointer stays in place. */
static int list_del_rcu_only(void)
{
	struct device_state *first, *last;

	last = add_states(&del_list, 2);
	if (!last)
		return -ENOMEM;
	first = list_first_entry(&del_list, struct device_state, link);
	list_del_rcu(&first->link);
	list_del_rcu(&last->link);
	return 0;
}

static DEFINE_HASHTABLE(states_by_id, 4);

/* hash_del() without kfree(). */
static int hash_del_only(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	hash_add(states_by_id, &state->hash, 77);
	zoo_leak(state, sizeof(*state));
	hash_del(&state->hash);
	return 0;
}

/* An initialised list head in an object points to that object. */
static int ring_of_one(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	INIT_LIST_HEAD(&state->link);
	state->peer = state;
	zoo_leak(state, sizeof(*state));
	return 0;
}

/* Parent and child point to each other, like bridges and ports. */
static int ring_of_two(void)
{
	struct device_state *parent = new_state(), *child = new_state();

	if (!parent || !child)
		return -ENOMEM;
	parent->peer = child;
	child->peer = parent;
	zoo_leak(parent, sizeof(*parent));
	zoo_leak(child, sizeof(*child));
	return 0;
}

/* A cycle through kmalloc, vmalloc and per-CPU memory. */
static int ring_of_kinds(void)
{
	struct device_state *state = new_state();
	void **table = vzalloc(PAGE_SIZE);
	void * __percpu *pcpu = alloc_percpu(void *);

	if (!state || !table || !pcpu)
		return -ENOMEM;
	state->ring = table;
	table[100] = (void __force *)pcpu;
	*per_cpu_ptr(pcpu, cpumask_last(cpu_possible_mask)) = state;
	zoo_leak(state, sizeof(*state));
	zoo_leak(table, PAGE_SIZE);
	zoo_leak_percpu(pcpu, sizeof(void *));
	return 0;
}

static struct rb_root lost_root = RB_ROOT;

static void insert_state(struct rb_root *root, struct device_state *state)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = state->id < rb_entry(parent, struct device_state, node)->id ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&state->node, parent, link);
	rb_insert_color(&state->node, root);
}

/* root = RB_ROOT in place of freeing each node. */
static int tree_without_root(void)
{
	struct device_state *state;
	int i;

	for (i = 0; i < 7; i++) {
		state = new_state();
		if (!state)
			return -ENOMEM;
		state->id = i * 5 % 7;
		insert_state(&lost_root, state);
		zoo_leak(state, sizeof(*state));
	}
	lost_root = RB_ROOT;
	return 0;
}

static DEFINE_XARRAY(lost_array);

/* xa_init() in place of xa_destroy(); the entries are not freed, either. */
static int xarray_reset(void)
{
	void *entry;
	int i;

	for (i = 0; i < 4; i++) {
		entry = kzalloc(80, GFP_KERNEL);
		if (!entry || xa_err(xa_store(&lost_array, i, entry, GFP_KERNEL)))
			return -ENOMEM;
		zoo_leak(entry, 80);
	}
	/* The entries share one node. */
	zoo_leak((void *)((unsigned long)lost_array.xa_head & ~3UL),
		 sizeof(struct xa_node));
	xa_init(&lost_array);
	return 0;
}

/* The return value of idr_remove(), the removed entry, is ignored. */
static DEFINE_IDR(ids);

static int idr_removed(void)
{
	void *entry = kzalloc(144, GFP_KERNEL);
	int id;

	if (!entry)
		return -ENOMEM;
	zoo_leak(entry, 144);
	id = idr_alloc(&ids, entry, 1, 100, GFP_KERNEL);
	if (id < 0)
		return id;
	idr_remove(&ids, id);
	return 0;
}

static void end_ids(void)
{
	idr_destroy(&ids);
}

/* ---- Lifetimes ---- */

static void state_release(struct kref *ref)
{
	kfree(container_of(ref, struct device_state, ref));
}

/* One kref_get() too many, as after a lookup without a put. */
static int kref_unbalanced(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	zoo_leak(state, sizeof(*state));
	kref_init(&state->ref);
	kref_get(&state->ref);
	kref_put(&state->ref, state_release);
	return 0;
}

struct request {
	struct timer_list timeout;
	struct work_struct work;
	void (*done)(struct request *request);
	char payload[72];
};

static void request_timeout(struct timer_list *timer)
{
	kfree(container_of(timer, struct request, timeout));
}

static void request_work(struct work_struct *work)
{
	kfree(container_of(work, struct request, work));
}

/* The timer's function would free the object, but the timer is stopped. */
static int timer_stopped(void)
{
	struct request *request = kzalloc(sizeof(*request), GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	zoo_leak(request, sizeof(*request));
	timer_setup(&request->timeout, request_timeout, 0);
	mod_timer(&request->timeout, jiffies + 60 * HZ);
	timer_delete_sync(&request->timeout);
	return 0;
}

/* cancel_work_sync() of a work item that would free itself. */
static int work_cancelled(void)
{
	struct request *request = kzalloc(sizeof(*request), GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	zoo_leak(request, sizeof(*request));
	INIT_WORK(&request->work, request_work);
	if (schedule_work(&request->work) && !cancel_work_sync(&request->work))
		return -EAGAIN;
	return 0;
}

/* A completion handler that frees the request only if somebody waits. */
static int request_unwanted(void)
{
	struct request *request = kmalloc(sizeof(*request), GFP_KERNEL);

	if (!request)
		return -ENOMEM;
	zoo_leak(request, sizeof(*request));
	request->done = NULL;
	memset(request->payload, 0x11, sizeof(request->payload));
	if (request->done) {
		request->done(request);
		kfree(request);
	}
	return 0;
}

/* kobject_set_name(), then kfree() in place of kobject_put(). */
static const struct kobj_type zoo_ktype = { };

static int kobject_name_lost(void)
{
	struct kobject *kobj = kzalloc(sizeof(*kobj), GFP_KERNEL);
	int err;

	if (!kobj)
		return -ENOMEM;
	kobject_init(kobj, &zoo_ktype);
	err = kobject_set_name(kobj, "zoo-device-%d", 3);
	if (err)
		return err;
	zoo_leak(kobject_name(kobj), strlen(kobject_name(kobj)) + 1);
	kfree(kobj);
	return 0;
}

/* single_open() with seq_release(): the allocated operations are not freed. */
static int single_open_unpaired(void)
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	struct seq_file *m;
	int err;

	if (!file)
		return -ENOMEM;
	err = single_open(file, NULL, NULL);
	if (!err) {
		m = file->private_data;
		zoo_leak(m->op, sizeof(*m->op));
		seq_release(NULL, file);
	}
	kfree(file);
	return err;
}

/* argv_split() without argv_free() leaks the vector and the string. */
static int argv_kept(void)
{
	char **argv = argv_split(GFP_KERNEL, "ip link add zoo0", NULL);

	if (!argv)
		return -ENOMEM;
	zoo_leak(argv - 1, 6 * sizeof(*argv));
	zoo_leak(argv[-1], 17);
	return 0;
}

/* sg_alloc_table() without sg_free_table(). */
static int scatterlist_kept(void)
{
	struct sg_table table;
	int err;

	err = sg_alloc_table(&table, 9, GFP_KERNEL);
	if (err)
		return err;
	zoo_leak(table.sgl, 9 * sizeof(*table.sgl));
	return 0;
}

/* ---- Allocators ---- */

struct constructed {
	struct list_head link;
	struct constructed *self;
	char rest[136];
};

static struct kmem_cache *cache;

static void construct(void *object)
{
	struct constructed *c = object;

	INIT_LIST_HEAD(&c->link);
	c->self = c;
}

static int leak_from_cache(slab_flags_t flags, void (*ctor)(void *))
{
	void *object[6];
	int i;

	cache = kmem_cache_create("kmemleak_zoo", sizeof(struct constructed), 0,
				  flags, ctor);
	if (!cache)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		object[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		if (!object[i])
			return -ENOMEM;
	}
	/* Leak every other one. */
	for (i = 0; i < ARRAY_SIZE(object); i++) {
		if (i % 2)
			kmem_cache_free(cache, object[i]);
		else
			zoo_leak(object[i], sizeof(struct constructed));
	}
	return 0;
}

/* A cache cannot be destroyed before its objects are freed. */
static void end_cache(void)
{
	void *object;
	int i;

	for (i = 0; (object = zoo_object(i)); i++)
		kmem_cache_free(cache, object);
	zoo_forget();
	kmem_cache_destroy(cache);
}

/* A free object, too, has the values that the constructor stored. */
static int cache_ctor(void)
{
	return leak_from_cache(0, construct);
}

/* RCU readers may still read a free object of such a cache. */
static int cache_typesafe(void)
{
	return leak_from_cache(SLAB_TYPESAFE_BY_RCU, construct);
}

/* A common bug of module exits; the allocator warns, and keeps the objects. */
static int cache_destroyed(void)
{
	int err = leak_from_cache(SLAB_NO_MERGE, NULL);

	if (!err)
		kmem_cache_destroy(cache);
	return err;
}

/* Only the used part of a bulk allocation is freed. */
static int cache_bulk(void)
{
	void *object[8];
	int i;

	cache = kmem_cache_create("kmemleak_zoo", 120, 0, 0, NULL);
	if (!cache)
		return -ENOMEM;
	if (!kmem_cache_alloc_bulk(cache, GFP_KERNEL, ARRAY_SIZE(object), object))
		return -ENOMEM;
	for (i = 5; i < ARRAY_SIZE(object); i++)
		zoo_leak(object[i], 120);
	kmem_cache_free_bulk(cache, 5, object);
	return 0;
}

/* Too large for slabs. */
static int kmalloc_large(void)
{
	void *p = kmalloc(3 * KMALLOC_MAX_CACHE_SIZE, GFP_KERNEL);

	zoo_leak(p, 3 * KMALLOC_MAX_CACHE_SIZE);
	return p ? 0 : -ENOMEM;
}

/* The smallest object. */
static int kmalloc_small(void)
{
	void *p = kmalloc(1, GFP_KERNEL);

	zoo_leak(p, 1);
	return p ? 0 : -ENOMEM;
}

/* kvmalloc() served by a slab. */
static int kvmalloc_slab(void)
{
	void *p = kvmalloc(1000, GFP_KERNEL);

	zoo_leak(p, 1000);
	return p ? 0 : -ENOMEM;
}

/* kvmalloc() too large for anything but vmalloc(). */
static int kvmalloc_vmalloc(void)
{
	void *p = kvmalloc(KMALLOC_MAX_SIZE + PAGE_SIZE, GFP_KERNEL);

	zoo_leak(p, KMALLOC_MAX_SIZE + PAGE_SIZE);
	return p ? 0 : -ENOMEM;
}

/* A table that grows by vmalloc() and copying. */
static int vmalloc_replaced(void)
{
	void *old = vmalloc(3 * PAGE_SIZE), *new = vmalloc(6 * PAGE_SIZE);

	if (!old || !new)
		return -ENOMEM;
	memset(old, 0, 3 * PAGE_SIZE);
	memcpy(new, old, 3 * PAGE_SIZE);
	zoo_leak(old, 3 * PAGE_SIZE);
	vfree(new);
	return 0;
}

#define VMAP_PAGES	4

/* The mapping and its pages are freed, the array of pages is not. */
static int vmap_array(void)
{
	struct page **pages;
	void *addr;
	int i;

	pages = kcalloc(VMAP_PAGES, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	zoo_leak(pages, VMAP_PAGES * sizeof(*pages));
	for (i = 0; i < VMAP_PAGES; i++)
		pages[i] = alloc_page(GFP_KERNEL);
	addr = vmap(pages, VMAP_PAGES, VM_MAP, PAGE_KERNEL);
	vunmap(addr);
	for (i = 0; i < VMAP_PAGES; i++)
		if (pages[i])
			__free_page(pages[i]);
	return addr ? 0 : -ENOMEM;
}

static struct page *vmap_pages[VMAP_PAGES];

static void free_vmap_pages(void)
{
	int i;

	for (i = 0; i < VMAP_PAGES; i++)
		if (vmap_pages[i])
			__free_page(vmap_pages[i]);
}

/* vmap() without vunmap(), of pages that stay in use. */
static int vmap_kept(void)
{
	void *addr;
	int i;

	for (i = 0; i < VMAP_PAGES; i++)
		vmap_pages[i] = alloc_page(GFP_KERNEL);
	addr = vmap(vmap_pages, VMAP_PAGES, VM_MAP, PAGE_KERNEL);
	if (!addr) {
		free_vmap_pages();
		return -ENOMEM;
	}
	zoo_leak(addr, VMAP_PAGES * PAGE_SIZE);
	return 0;
}

/* alloc_percpu() of a device's counters without free_percpu(). */
static int percpu_kept(void)
{
	u64 __percpu *counters = alloc_percpu(u64);

	zoo_leak_percpu(counters, sizeof(*counters));
	return counters ? 0 : -ENOMEM;
}

/* free_percpu() of per-CPU pointers, without their buffers. */
static int percpu_buffers(void)
{
	void * __percpu *buffers = alloc_percpu(void *);
	int cpu;

	if (!buffers)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		void *buffer = kzalloc_node(288, GFP_KERNEL, cpu_to_node(cpu));

		*per_cpu_ptr(buffers, cpu) = buffer;
		zoo_leak(buffer, 288);
	}
	free_percpu(buffers);
	return 0;
}

struct zoo_bio {
	mempool_t *pool;
	struct zoo_bio *next;
	void *vec;
	char rest[104];
};

static mempool_t *bio_pool;

/* A chain like those of bios: the end of I/O frees the first but no clone. */
static int bio_clone(void)
{
	struct zoo_bio *bio, *clone;

	bio_pool = mempool_create_kmalloc_pool(2, sizeof(*bio));
	if (!bio_pool)
		return -ENOMEM;
	bio = mempool_alloc(bio_pool, GFP_KERNEL);
	clone = mempool_alloc(bio_pool, GFP_KERNEL);
	memset(bio, 0, sizeof(*bio));
	*clone = *bio;
	clone->pool = bio_pool;
	clone->next = clone;
	clone->vec = kcalloc(4, 16, GFP_KERNEL);
	bio->next = clone;
	zoo_leak(clone, sizeof(*clone));
	zoo_leak(clone->vec, 4 * 16);
	mempool_free(bio, bio_pool);
	return 0;
}

static void end_bio_pool(void)
{
	mempool_destroy(bio_pool);
}

#ifdef CONFIG_NET
/* The error path for a packet that is too short. */
static int skb_dropped(void)
{
	struct sk_buff *skb = alloc_skb(1400, GFP_KERNEL);

	if (!skb)
		return -ENOMEM;
	skb_put_zero(skb, 20);
	zoo_leak(skb, sizeof(*skb));
	zoo_leak(skb->head, 1400);
	if (skb->len < 60)
		return 0;
	kfree_skb(skb);
	return 0;
}

/* A queue is freed together with its socket, but not purged. */
static int skb_queue_lost(void)
{
	struct sk_buff_head *queue = kzalloc(sizeof(*queue), GFP_KERNEL);
	struct sk_buff *skb;
	int i;

	if (!queue)
		return -ENOMEM;
	skb_queue_head_init(queue);
	for (i = 0; i < 3; i++) {
		skb = alloc_skb(200, GFP_KERNEL);
		if (!skb)
			return -ENOMEM;
		skb_queue_tail(queue, skb);
		zoo_leak(skb, sizeof(*skb));
		zoo_leak(skb->head, 200);
	}
	kfree(queue);
	return 0;
}
#endif

/* The scan comes after the module is removed, when nobody can free these. */
static int module_unloaded(void)
{
	struct device_state *state = new_state();

	if (!state)
		return -ENOMEM;
	state->ring = vmalloc(PAGE_SIZE);
	state->name = kstrdup("left behind", GFP_KERNEL);
	zoo_leak(state, sizeof(*state));
	zoo_leak(state->ring, PAGE_SIZE);
	zoo_leak(state->name, 12);
	list_add(&state->link, &del_list);
	return 0;
}

const struct zoo_case zoo_leaks[] = {
	{ "error_path", "the error path forgets a kfree", error_path },
	{ "error_return", "return in place of goto", error_return },
	{ "error_unwind", "off by one in unwinding", error_unwind },
	{ "assigned_twice", "a pointer is overwritten", assigned_twice },
	{ "assigned_struct", "so is a structure that has one", assigned_struct },
	{ "members", "members of a freed structure", members },
	{ "members_of_vmalloc", "of one from vmalloc", members_of_vmalloc },
	{ "krealloc_failed", "krealloc fails and the old block is lost", krealloc_failed },
	{ "grown_by_hand", "the smaller block is forgotten", grown_by_hand },
	{ "freed_in_debug", "kfree in the argument of an empty macro", freed_in_debug },
	{ "list_with_head", "a list's head is freed, not its members", list_with_head },
	{ "list_reset", "a list with members is initialised", list_reset },
	{ "list_del_only", "list_del without kfree", list_del_only },
	{ "list_del_rcu_only", "list_del_rcu without kfree_rcu", list_del_rcu_only },
	{ "hash_del_only", "hash_del without kfree", hash_del_only },
	{ "ring_of_one", "an object that points to itself", ring_of_one },
	{ "ring_of_two", "two that point to each other", ring_of_two },
	{ "ring_of_kinds", "kmalloc, vmalloc and percpu in a ring", ring_of_kinds },
	{ "tree_without_root", "a tree whose root is lost", tree_without_root },
	{ "xarray_reset", "an array that is initialised again", xarray_reset },
	{ "idr_removed", "idr_remove without kfree", idr_removed, end_ids },
	{ "kref_unbalanced", "a get without put", kref_unbalanced },
	{ "timer_stopped", "the timer would have freed it", timer_stopped },
	{ "work_cancelled", "the work would have freed it", work_cancelled },
	{ "request_unwanted", "freed only if somebody waits", request_unwanted },
	{ "kobject_name_lost", "kfree in place of kobject_put", kobject_name_lost },
	{ "single_open_unpaired", "single_open with seq_release", single_open_unpaired },
	{ "argv_kept", "argv_split without argv_free", argv_kept },
	{ "scatterlist_kept", "no sg_free_table", scatterlist_kept },
	{ "cache_ctor", "a cache with a constructor", cache_ctor, end_cache },
	{ "cache_typesafe", "a cache of SLAB_TYPESAFE_BY_RCU", cache_typesafe, end_cache },
	{ "cache_destroyed", "a cache destroyed with objects in it", cache_destroyed },
	{ "cache_bulk", "a part of a bulk allocation", cache_bulk, end_cache },
	{ "kmalloc_large", "kmalloc of whole pages", kmalloc_large },
	{ "kmalloc_small", "kmalloc of a byte", kmalloc_small },
	{ "kvmalloc_slab", "kvmalloc that is kmalloc", kvmalloc_slab },
	{ "kvmalloc_vmalloc", "kvmalloc that is vmalloc", kvmalloc_vmalloc },
	{ "vmalloc_replaced", "the smaller area is forgotten", vmalloc_replaced },
	{ "vmap_kept", "no vunmap", vmap_kept },
	{ "vmap_array", "the array of a mapping's pages", vmap_array },
	{ "percpu_kept", "no free_percpu", percpu_kept },
	{ "percpu_buffers", "buffers of freed per-CPU pointers", percpu_buffers },
	{ "bio_clone", "a clone out of a memory pool", bio_clone, end_bio_pool },
#ifdef CONFIG_NET
	{ "skb_dropped", "a packet is dropped, not freed", skb_dropped },
	{ "skb_queue_lost", "a queue is freed, not its packets", skb_queue_lost },
#endif
	{ "module_unloaded", "what a module leaves behind", module_unloaded, zoo_forget },
	{ }
};
