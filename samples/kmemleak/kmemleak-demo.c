// SPDX-License-Identifier: GPL-2.0
/*
 * A module with three bugs that leak memory, to demonstrate a report of the
 * leak detector. Load it, wait for the detector's minimum age, write "scan"
 * to /sys/kernel/debug/kmemleak and read that file: it names
 * session_replace(), packet_parse() and table_resize(). Memory that the
 * module still uses is not in the report.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

struct session {
	struct list_head list;
	char name[32];
};

static LIST_HEAD(sessions);
static struct session *current_session;
static unsigned long *table;

/* Inlined, so that a report's first line is the function with the bug. */
static __always_inline struct session *session_new(const char *name)
{
	struct session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (session)
		strscpy(session->name, name, sizeof(session->name));
	return session;
}

/* No bug: the list holds the session until the module is removed. */
static noinline int session_add(const char *name)
{
	struct session *session = session_new(name);

	if (!session)
		return -ENOMEM;
	list_add(&session->list, &sessions);
	return 0;
}

/* The bug: nobody frees the previous current session. */
static noinline int session_replace(const char *name)
{
	struct session *session = session_new(name);

	if (!session)
		return -ENOMEM;
	current_session = session;
	return 0;
}

/* The bug: the error path does not free the buffer. */
static noinline __noclone int packet_parse(const char *text)
{
	char *packet = kstrdup(text, GFP_KERNEL);

	if (!packet)
		return -ENOMEM;
	if (packet[0] != '{')
		return -EINVAL;
	kfree(packet);
	return 0;
}

/* The bug: the old table is not freed once the new one is in place. */
static noinline int table_resize(unsigned int entries)
{
	unsigned long *larger = vzalloc(array_size(entries, sizeof(*larger)));

	if (!larger)
		return -ENOMEM;
	table = larger;
	return 0;
}

static void demo_release(void)
{
	struct session *session, *next;

	list_for_each_entry_safe(session, next, &sessions, list) {
		list_del(&session->list);
		kfree(session);
	}
	kfree(current_session);
	vfree(table);
}

/* Not __init: init memory is freed, and a report could not name the function. */
static noinline int demo_run(void)
{
	int i, err = 0;

	for (i = 0; i < 3 && !err; i++) {
		err = session_add("held");
		if (!err)
			err = session_replace(i < 2 ? "forgotten" : "current");
		if (!err)
			err = table_resize(1024 << i);
	}
	if (err) {
		demo_release();
		return err;
	}
	if (packet_parse("not a packet") == -EINVAL)
		pr_info("leaked two sessions, two tables and a packet\n");
	return 0;
}

static int __init demo_init(void)
{
	return demo_run();
}

static void __exit demo_exit(void)
{
	demo_release();
}

module_init(demo_init);
module_exit(demo_exit);
MODULE_DESCRIPTION("Leaks memory to show what the leak detector reports");
MODULE_LICENSE("GPL");
