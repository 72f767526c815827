// SPDX-License-Identifier: GPL-2.0
/*
 * Fingerprints of bugs. May call: stacks.c, command.c.
 *
 * Fingerprints are kept in databases, alerts and bug reports. Do not change what goes
 * into the hash, except for the lists of names below.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fingerprint.h"

/*
 * The allocation site and its next two callers. Deeper frames often differ where the bug
 * does not: in the path to the driver, and in what a compiler inlines.
 */
#define FINGERPRINT_FRAMES	3

/* Names of system calls; what follows is the call. Architectures and years differ. */
static const char * const syscall_prefixes[] = {
	"__x64_sys_", "__ia32_sys_", "__ia32_compat_sys_", "__x32_compat_sys_",
	"__arm64_sys_", "__arm64_compat_sys_", "__riscv_sys_", "__riscv_compat_sys_",
	"__s390_sys_", "__s390x_sys_", "__s390_compat_sys_", "__powerpc_sys_",
	"__se_sys_", "__se_compat_sys_", "__do_sys_", "__do_compat_sys_",
	"SyS_", "SYSC_", "compat_SyS_", "C_SYSC_", "compat_sys_", "sys_",
};

/*
 * Functions that call whatever is registered with them, and entries to the kernel. From
 * here on a stack says nothing of the bug. A star at the end stands for any text.
 */
static const char * const dispatchers[] = {
	"do_one_initcall", "do_init_module", "load_module", "__do_softirq", "handle_softirqs",
	"process_one_work", "process_scheduled_works", "worker_thread", "kthread",
	"kthread_worker_fn", "ret_from_*", "kernel_init", "kernel_thread_helper",
	"really_probe", "driver_probe_device", "__driver_probe_device", "call_driver_probe",
	"platform_probe", "platform_drv_probe", "local_pci_probe", "pci_device_probe",
	"pci_call_probe", "usb_probe_interface", "i2c_device_probe", "spi_probe",
	"spi_drv_probe", "virtio_dev_probe", "auxiliary_bus_probe",
	"do_syscall*", "do_int80*", "entry_*", "system_call*", "sysenter*", "tracesys*",
	"syscall_*", "ret_fast_syscall", "el0*", "invoke_syscall", "do_el0_svc",
	"handle_syscall", "x64_sys_call", "asm_*", "__irq_svc",
};

/* ---- Names ---- */

char *function_source_name(const char *function)
{
	static const char profiled[] = "_noprof";
	const size_t suffix = sizeof(profiled) - 1;
	size_t length = strlen(function);

	if (length > suffix && !strcmp(function + length - suffix, profiled))
		length -= suffix;
	return xasprintf("%.*s", (int)length, function);
}

static bool is_dispatcher(const char *name)
{
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(dispatchers); i++) {
		length = strcspn(dispatchers[i], "*");
		if (!strncmp(name, dispatchers[i], length) &&
		    (dispatchers[i][length] || !name[length]))
			return true;
	}
	return false;
}

/* Return: the name without the prefix of a system call, or NULL if it has none. */
static const char *syscall_name(const char *name)
{
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(syscall_prefixes); i++) {
		length = strlen(syscall_prefixes[i]);
		if (!strncmp(name, syscall_prefixes[i], length) && name[length])
			return name + length;
	}
	return NULL;
}

/* ---- The hash: FNV-1a ---- */

#define HASH_BEGIN	0xcbf29ce484222325
#define HASH_PRIME	0x100000001b3

/* Add a name and its end. */
static uint64_t hash_name(uint64_t hash, const char *name)
{
	do
		hash = (hash ^ (unsigned char)*name) * HASH_PRIME;
	while (*name++);
	return hash;
}

/**
 * struct fingerprint - a fingerprint as it is made
 * @hash: of the names so far
 * @nr: number of names
 * @ended: no more names count
 */
struct fingerprint {
	uint64_t hash;
	unsigned int nr;
	bool ended;
};

static void add_name(struct fingerprint *print, const char *name)
{
	print->hash = hash_name(print->hash, name);
	print->ended = ++print->nr == FINGERPRINT_FRAMES;
}

/* A system call takes one frame or several, by build and architecture. */
static void add_function(struct fingerprint *print, const char *function)
{
	char *name = function_source_name(function);
	const char *call = syscall_name(name);

	if (call) {
		print->hash = hash_name(print->hash, "syscall");
		add_name(print, call);
		print->ended = true;
	} else if (print->nr && is_dispatcher(name)) {
		print->ended = true;
	} else {
		add_name(print, name);
	}
	free(name);
}

static bool counts(const struct frame *frame, bool is_site, bool any)
{
	return frame->function && (is_site || any || !frame->blameless);
}

/* The module of the site counts, as static functions of two may have one name. */
static void add_frames(struct fingerprint *print, const struct stack *stack)
{
	const struct frame *site = stack_site(stack), *frame;
	bool reached = !site;
	unsigned int i;

	for (i = 0; i < stack->nr && !print->ended; i++) {
		frame = stack->frame[i];
		reached |= frame == site;
		if (!reached || !counts(frame, frame == site, !site))
			continue;
		if (!print->nr && frame->module)
			print->hash = hash_name(print->hash, frame->module);
		add_function(print, frame->function);
	}
}

uint64_t stack_fingerprint(const struct stack *stack)
{
	struct fingerprint print = { .hash = HASH_BEGIN };
	unsigned int i;

	add_frames(&print, stack);
	for (i = 0; !print.nr && i < stack->nr && i < FINGERPRINT_FRAMES; i++)
		print.hash = hash_name(print.hash, stack->frame[i]->text);
	return print.hash;
}
