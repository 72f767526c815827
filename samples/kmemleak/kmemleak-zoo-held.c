// SPDX-License-Identifier: GPL-2.0
/*
 * No leaks: memory in use whose only reference is in a place that a naive
 * scanner does not read, or in a form that it does not recognise.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kobject.h>
#include <linux/llist.h>
#include <linux/maple_tree.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/percpu-refcount.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "kmemleak-zoo.h"

/* A size that nothing else here has. */
#define SIZE	176

static void *new_object(void)
{
	void *object = kzalloc(SIZE, GFP_KERNEL);

	if (object)
		zoo_keep(object, SIZE);
	return object;
}

/* ---- A module's own data ---- */

static void *in_data = &in_data;
static void *in_bss;
static void *in_ro_after_init __ro_after_init;
static DEFINE_PER_CPU(void *, in_percpu);

/* .data, as opposed to .bss. */
static int data_section(void)
{
	in_data = new_object();
	return in_data ? 0 : -ENOMEM;
}

static void end_data_section(void)
{
	kfree(in_data);
}

static int bss_section(void)
{
	in_bss = new_object();
	return in_bss ? 0 : -ENOMEM;
}

static void end_bss(void)
{
	kfree(in_bss);
}

/* Set by init code and read-only afterwards: caches, workqueues, classes. */
static int ro_after_init_section(void)
{
	in_ro_after_init = new_object();
	return in_ro_after_init ? 0 : -ENOMEM;
}

static void end_ro_after_init(void)
{
	kfree(in_ro_after_init);
}

/* A static per-CPU variable of the module, on the last CPU. */
static int percpu_section(void)
{
	void *object = new_object();

	per_cpu(in_percpu, cpumask_last(cpu_possible_mask)) = object;
	return object ? 0 : -ENOMEM;
}

static void end_percpu_section(void)
{
	kfree(per_cpu(in_percpu, cpumask_last(cpu_possible_mask)));
}

#if defined(CONFIG_HOTPLUG_CPU) && defined(CONFIG_SMP)
static void * __percpu *of_offline_cpu;
static unsigned int offline_cpu;

/* The per-CPU memory of a CPU that went offline. */
static int percpu_offline(void)
{
	void *object;
	int err;

	if (num_online_cpus() < 2)
		return -EOPNOTSUPP;
	offline_cpu = cpumask_last(cpu_online_mask);
	of_offline_cpu = alloc_percpu(void *);
	object = new_object();
	if (!of_offline_cpu || !object)
		return -ENOMEM;
	*per_cpu_ptr(of_offline_cpu, offline_cpu) = object;
	err = remove_cpu(offline_cpu);
	if (err) {
		kfree(object);
		free_percpu(of_offline_cpu);
	}
	return err ? -EOPNOTSUPP : 0;
}

static void end_percpu_offline(void)
{
	add_cpu(offline_cpu);
	kfree(*per_cpu_ptr(of_offline_cpu, offline_cpu));
	free_percpu(of_offline_cpu);
}
#else
static int percpu_offline(void)
{
	return -EOPNOTSUPP;
}

#define end_percpu_offline NULL
#endif

static struct percpu_ref reference;

static void last_reference(struct percpu_ref *ref)
{
}

/* A per-CPU pointer with flags in its lowest bits. */
static int percpu_flags(void)
{
	return percpu_ref_init(&reference, last_reference, PERCPU_REF_INIT_DEAD,
			       GFP_KERNEL);
}

static void end_percpu_flags(void)
{
	percpu_ref_exit(&reference);
}

static struct page *page_with_private;

/* Page owners keep their state in the page: buffers, metadata, drivers' pools. */
static int page_private_field(void)
{
	void *object = new_object();

	page_with_private = alloc_page(GFP_KERNEL);
	if (!object || !page_with_private)
		return -ENOMEM;
	set_page_private(page_with_private, (unsigned long)object);
	return 0;
}

static void end_page_private(void)
{
	kfree((void *)page_private(page_with_private));
	set_page_private(page_with_private, 0);
	__free_page(page_with_private);
}

/* ---- Pointers to other bytes than the first ---- */

static unsigned long words[4];

static void end_words(void)
{
	void *object;
	int i;

	for (i = 0; (object = zoo_object(i)); i++)
		kvfree(object);
	memset(words, 0, sizeof(words));
}

/* Pointers to a member, and to the very last byte. */
static int interior(void)
{
	void *first = new_object(), *second = new_object();
	void *large = kzalloc(SZ_32K, GFP_KERNEL);

	if (!first || !second || !large)
		return -ENOMEM;
	zoo_keep(large, SZ_32K);
	words[0] = (unsigned long)first + 40;
	words[1] = (unsigned long)second + SIZE - 1;
	words[2] = (unsigned long)large + SZ_32K - 8;
	return 0;
}

/*
 * A buffer filled from its end: the pointer is the address of the first byte
 * after the requested size. If the allocator gave no more than that, it would
 * also be the address of the next object.
 */
static int behind_end(void)
{
	void *object = new_object();
	void *area = vzalloc(2 * PAGE_SIZE);

	if (!object || !area)
		return -ENOMEM;
	zoo_keep(area, 2 * PAGE_SIZE);
	words[0] = (unsigned long)object + SIZE;
	words[1] = (unsigned long)area + 2 * PAGE_SIZE;
	return 0;
}

/* Flags in the low bits, such as a bit spinlock, a type or a dirty mark. */
static int low_bits(void)
{
	unsigned long i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		words[i] = (unsigned long)new_object() | i;
		if (words[i] == i)
			return -ENOMEM;
	}
	return 0;
}

struct tree_node {
	struct rb_node node;
	unsigned int key;
	char rest[116];
};

static struct rb_node *tree_cursor;

/*
 * A tree held by a cursor in one of its leaves: the way up leads through parent
 * pointers, which have the colour in bit 0.
 */
static int rbtree_cursor(void)
{
	struct rb_root root = RB_ROOT;
	struct tree_node *new;
	int i;

	for (i = 0; i < 12; i++) {
		struct rb_node **link = &root.rb_node, *parent = NULL;

		new = kzalloc(sizeof(*new), GFP_KERNEL);
		if (!new)
			return -ENOMEM;
		zoo_keep(new, sizeof(*new));
		new->key = i;
		while (*link) {
			parent = *link;
			link = &parent->rb_right;
		}
		rb_link_node(&new->node, parent, link);
		rb_insert_color(&new->node, &root);
	}
	tree_cursor = rb_last(&root);
	return 0;
}

static void end_rbtree(void)
{
	struct tree_node *node, *next;
	struct rb_root root;

	while (rb_parent(tree_cursor))
		tree_cursor = rb_parent(tree_cursor);
	root.rb_node = tree_cursor;
	rbtree_postorder_for_each_entry_safe(node, next, &root, node)
		kfree(node);
	tree_cursor = NULL;
}

static DEFINE_XARRAY(array);

/* Pointers to nodes have bit 1 set; entries may have tags of their own. */
static int xarray_entries(void)
{
	unsigned long i;
	void *object;

	for (i = 0; i < 12; i++) {
		object = new_object();
		if (!object)
			return -ENOMEM;
		if (i % 4 == 1 || i % 4 == 3)
			object = xa_tag_pointer(object, i % 4);
		if (xa_err(xa_store(&array, i * i * i * i, object, GFP_KERNEL)))
			return -ENOMEM;
	}
	return 0;
}

static void end_xarray(void)
{
	unsigned long i;
	void *entry;

	xa_for_each(&array, i, entry)
		kfree(xa_untag_pointer(entry));
	xa_destroy(&array);
}

static DEFINE_MTREE(maple);

/* Pointers to nodes have the node type in the low byte. */
static int maple_entries(void)
{
	unsigned long i;
	void *object;

	for (i = 0; i < 60; i++) {
		object = new_object();
		if (!object ||
		    mtree_store_range(&maple, i * 100, i * 100 + 9, object, GFP_KERNEL))
			return -ENOMEM;
	}
	return 0;
}

static void end_maple(void)
{
	unsigned long i = 0;
	void *entry;

	mt_for_each(&maple, entry, i, ULONG_MAX)
		kfree(entry);
	mtree_destroy(&maple);
}

static struct sg_table chained;

/* An entry with bit 0 set links the second part of a long scatterlist. */
static int scatterlist_chain(void)
{
	int err = sg_alloc_table(&chained, SG_MAX_SINGLE_ALLOC + 20, GFP_KERNEL);
	struct scatterlist *sg = chained.sgl;

	if (err)
		return err;
	zoo_keep(sg, PAGE_SIZE);
	sg += SG_MAX_SINGLE_ALLOC - 1;
	if (!sg_is_chain(sg))
		return -EOPNOTSUPP;
	zoo_keep(sg_chain_ptr(sg), 21 * sizeof(*sg));
	return 0;
}

static void end_scatterlist(void)
{
	sg_free_table(&chained);
}

/* ---- References in other memory ---- */

static void **in_vmalloc;

/* The last word of a large area. */
static int through_vmalloc(void)
{
	const int last = 40 * PAGE_SIZE / sizeof(void *) - 1;

	in_vmalloc = vzalloc(40 * PAGE_SIZE);
	if (!in_vmalloc)
		return -ENOMEM;
	zoo_keep(in_vmalloc, 40 * PAGE_SIZE);
	in_vmalloc[last] = new_object();
	return in_vmalloc[last] ? 0 : -ENOMEM;
}

static void end_vmalloc(void)
{
	kfree(in_vmalloc[40 * PAGE_SIZE / sizeof(void *) - 1]);
	vfree(in_vmalloc);
}

static void *mapped;

/* With VM_MAP_PUT_PAGES the array of pages belongs to the mapping. */
static int vmap_owns_array(void)
{
	struct page **pages = kvcalloc(4, sizeof(*pages), GFP_KERNEL);
	int i;

	if (!pages)
		return -ENOMEM;
	for (i = 0; i < 4; i++) {
		pages[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!pages[i])
			return -ENOMEM;
	}
	zoo_keep(pages, 4 * sizeof(*pages));
	mapped = vmap(pages, 4, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	return mapped ? 0 : -ENOMEM;
}

static void end_vmap(void)
{
	vfree(mapped);
}

static mempool_t *reserve;

/* The reserve of a memory pool. */
static int mempool_reserve(void)
{
	int i;

	reserve = mempool_create_kmalloc_pool(6, SIZE);
	if (!reserve)
		return -ENOMEM;
	for (i = 0; i < 6; i++)
		zoo_keep(reserve->elements[i], SIZE);
	return 0;
}

static void end_mempool(void)
{
	mempool_destroy(reserve);
}

static LLIST_HEAD(deferred);

struct deferred_item {
	char head[88];
	struct llist_node link;
};

/* Lock-free lists have a single link, seldom as the first member. */
static int llist_pending(void)
{
	struct deferred_item *item;
	int i;

	for (i = 0; i < 5; i++) {
		item = kzalloc(sizeof(*item), GFP_KERNEL);
		if (!item)
			return -ENOMEM;
		llist_add(&item->link, &deferred);
		zoo_keep(item, sizeof(*item));
	}
	return 0;
}

static void end_llist(void)
{
	struct deferred_item *item, *next;

	llist_for_each_entry_safe(item, next, llist_del_all(&deferred), link)
		kfree(item);
}

/* ---- Known only to the subsystem it is registered with ---- */

static int ignore_event(struct notifier_block *nb, unsigned long event, void *arg)
{
	return NOTIFY_DONE;
}

/* Only the notifier chain refers to the object. */
static int notifier_registered(void)
{
	struct notifier_block *nb = kzalloc(SIZE, GFP_KERNEL);

	if (!nb)
		return -ENOMEM;
	nb->notifier_call = ignore_event;
	zoo_keep(nb, SIZE);
	return register_reboot_notifier(nb);
}

static void end_notifier(void)
{
	struct notifier_block *nb = zoo_object(0);

	unregister_reboot_notifier(nb);
	kfree(nb);
}

static struct device *root;

/* devm_kzalloc() returns the middle of an object on the device's list. */
static int devres_managed(void)
{
	void *object;

	root = root_device_register("kmemleak-zoo");
	if (IS_ERR(root))
		return PTR_ERR(root);
	object = devm_kzalloc(root, SIZE, GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	zoo_keep(object, SIZE);
	return 0;
}

static void end_devres(void)
{
	root_device_unregister(root);
}

/* Only sysfs refers to the object, as to objects created by user space. */
static int kobject_in_sysfs(void)
{
	struct kobject *kobj = kobject_create_and_add("kmemleak-zoo", kernel_kobj);

	if (!kobj)
		return -ENOMEM;
	zoo_keep(kobj, sizeof(*kobj));
	return 0;
}

static void end_kobject(void)
{
	kobject_put(zoo_object(0));
}

static const struct file_operations no_fops = { };

/* Only the inode of a debugfs file refers to the object. */
static int debugfs_inode(void)
{
	void *object = new_object();
	struct dentry *dentry;

	if (!object)
		return -ENOMEM;
	dentry = debugfs_create_file("kmemleak-zoo", 0400, NULL, object, &no_fops);
	return PTR_ERR_OR_ZERO(dentry);
}

static void end_debugfs(void)
{
	debugfs_lookup_and_remove("kmemleak-zoo", NULL);
	kfree(zoo_object(0));
}

/* ---- Pending callbacks ---- */

struct waiting {
	char head[56];
	struct timer_list timer;
	struct delayed_work dwork;
	struct work_struct work;
	struct rcu_head rcu;
};

static struct workqueue_struct *queue;
static DECLARE_WAIT_QUEUE_HEAD(hold_up);
static bool go_on;

static struct waiting *new_waiting(void)
{
	struct waiting *waiting = kzalloc(sizeof(*waiting), GFP_KERNEL);

	if (waiting)
		zoo_keep(waiting, sizeof(*waiting));
	return waiting;
}

static void waiting_timer(struct timer_list *timer)
{
	kfree(container_of(timer, struct waiting, timer));
}

/* A pending timer, which frees the object, has the only reference. */
static int timer_pending_only(void)
{
	struct waiting *waiting;
	int i;

	/* Each on another level of the timer wheel. */
	for (i = 0; i < 4; i++) {
		waiting = new_waiting();
		if (!waiting)
			return -ENOMEM;
		timer_setup(&waiting->timer, waiting_timer, 0);
		mod_timer(&waiting->timer, jiffies + (60 * HZ << (3 * i)));
	}
	return 0;
}

static void end_timer(void)
{
	struct waiting *waiting;
	int i;

	for (i = 0; (waiting = zoo_object(i)); i++)
		if (timer_shutdown_sync(&waiting->timer))
			kfree(waiting);
}

static void waiting_work(struct work_struct *work)
{
	struct waiting *waiting = container_of(work, struct waiting, work);

	wait_event_idle(hold_up, READ_ONCE(go_on));
	kfree(waiting);
}

static void waiting_dwork(struct work_struct *work)
{
	kfree(container_of(to_delayed_work(work), struct waiting, dwork));
}

/* Only the timer of a delayed work item refers to the object. */
static int delayed_work_only(void)
{
	struct waiting *waiting = new_waiting();

	if (!waiting)
		return -ENOMEM;
	INIT_DELAYED_WORK(&waiting->dwork, waiting_dwork);
	schedule_delayed_work(&waiting->dwork, 3600 * HZ);
	return 0;
}

static void end_delayed_work(void)
{
	struct waiting *waiting = zoo_object(0);

	if (cancel_delayed_work_sync(&waiting->dwork))
		kfree(waiting);
}

/* One work item runs and sleeps, others are queued behind it. */
static int work_queued(void)
{
	struct waiting *waiting;
	int i;

	queue = alloc_ordered_workqueue("kmemleak_zoo", 0);
	if (!queue)
		return -ENOMEM;
	for (i = 0; i < 3; i++) {
		waiting = new_waiting();
		if (!waiting)
			return -ENOMEM;
		INIT_WORK(&waiting->work, waiting_work);
		queue_work(queue, &waiting->work);
	}
	return 0;
}

static void end_work(void)
{
	WRITE_ONCE(go_on, true);
	wake_up_all(&hold_up);
	destroy_workqueue(queue);
}

DEFINE_STATIC_SRCU(readers);
static int reader;

static void waiting_rcu(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct waiting, rcu));
}

/* A slow SRCU reader: callbacks wait in a list of rcu_heads. */
static int srcu_callback(void)
{
	struct waiting *waiting;
	int i;

	reader = srcu_down_read(&readers);
	for (i = 0; i < 3; i++) {
		waiting = new_waiting();
		if (!waiting)
			return -ENOMEM;
		call_srcu(&readers, &waiting->rcu, waiting_rcu);
	}
	return 0;
}

static void end_srcu(void)
{
	srcu_up_read(&readers, reader);
	srcu_barrier(&readers);
}

/* At the end of each grace period, ask for another one. */
static void rcu_again(struct rcu_head *rcu)
{
	if (READ_ONCE(go_on))
		kfree(container_of(rcu, struct waiting, rcu));
	else
		call_rcu(rcu, rcu_again);
}

/* Objects that move from one RCU callback list to another. */
static int rcu_callback(void)
{
	struct waiting *waiting;
	int i;

	for (i = 0; i < 3; i++) {
		waiting = new_waiting();
		if (!waiting)
			return -ENOMEM;
		call_rcu(&waiting->rcu, rcu_again);
	}
	return 0;
}

static void end_rcu(void)
{
	WRITE_ONCE(go_on, true);
	/* Callbacks that ran before the store have queued themselves once more. */
	rcu_barrier();
	rcu_barrier();
}

struct batched {
	char head[264];
	struct rcu_head rcu;
};

/* kfree_rcu() collects objects and frees many at once. */
static int kfree_rcu_batch(void)
{
	struct batched *batched;
	int i;

	for (i = 0; i < 8; i++) {
		batched = kzalloc(sizeof(*batched), GFP_KERNEL);
		if (!batched)
			return -ENOMEM;
		zoo_keep(batched, sizeof(*batched));
		kfree_rcu(batched, rcu);
	}
	batched = vzalloc(2 * PAGE_SIZE);
	if (!batched)
		return -ENOMEM;
	zoo_keep(batched, 2 * PAGE_SIZE);
	kvfree_rcu(batched, rcu);
	return 0;
}

const struct zoo_case zoo_held[] = {
	{ "data_section", "a module's .data", data_section, end_data_section },
	{ "bss_section", "a module's .bss", bss_section, end_bss },
	{ "ro_after_init_section", "a module's __ro_after_init data",
	  ro_after_init_section, end_ro_after_init },
	{ "percpu_section", "a module's static per-CPU data",
	  percpu_section, end_percpu_section },
	{ "percpu_offline", "per-CPU memory of an offline CPU",
	  percpu_offline, end_percpu_offline },
	{ "percpu_flags", "a percpu_ref that is dead", percpu_flags, end_percpu_flags },
	{ "page_private_field", "page->private", page_private_field, end_page_private },
	{ "interior", "the middle and the last byte", interior, end_words },
	{ "behind_end", "the byte behind the end", behind_end, end_words },
	{ "low_bits", "flags in the low bits", low_bits, end_words },
	{ "rbtree_cursor", "a tree by parent pointers", rbtree_cursor, end_rbtree },
	{ "xarray_entries", "an xarray's nodes and entries", xarray_entries, end_xarray },
	{ "maple_entries", "a maple tree's nodes and entries", maple_entries, end_maple },
	{ "scatterlist_chain", "a chained scatterlist", scatterlist_chain, end_scatterlist },
	{ "through_vmalloc", "the last word of vmalloc memory", through_vmalloc, end_vmalloc },
	{ "vmap_owns_array", "the page array of a mapping", vmap_owns_array, end_vmap },
	{ "mempool_reserve", "the reserve of a pool", mempool_reserve, end_mempool },
	{ "llist_pending", "a lock-free list", llist_pending, end_llist },
	{ "notifier_registered", "a notifier chain", notifier_registered, end_notifier },
	{ "devres_managed", "a device's managed memory", devres_managed, end_devres },
	{ "kobject_in_sysfs", "a kobject that only sysfs has", kobject_in_sysfs, end_kobject },
	{ "debugfs_inode", "a debugfs file's private pointer", debugfs_inode, end_debugfs },
	{ "timer_pending_only", "a timer in the object", timer_pending_only, end_timer },
	{ "delayed_work_only", "a delayed work item", delayed_work_only, end_delayed_work },
	{ "work_queued", "work items running and queued", work_queued, end_work },
	{ "srcu_callback", "callbacks behind a long SRCU reader", srcu_callback, end_srcu },
	{ "rcu_callback", "callbacks on their way through RCU", rcu_callback, end_rcu },
	{ "kfree_rcu_batch", "a batch of kfree_rcu", kfree_rcu_batch },
	{ }
};
