// SPDX-License-Identifier: GPL-2.0
/*
 * The functions that allocate for somebody else: the innermost frame of a stack that is
 * none of them is the site of the allocation. The user's tool compiles this file, too, so
 * that the kernel and the tool name the same function. May call: nothing.
 *
 * A function belongs in a list if whoever reads a leak's stack goes on to its caller:
 *
 * - allocators, what watches them, and the detector itself
 * - functions that copy, format, name or number something for their caller
 * - containers that allocate their own nodes
 * - constructors that all of the kernel shares, such as those of sk_buff, bio and device,
 *   whose caller owns what they return
 *
 * A function that allocates what its own subsystem owns is a site, even if its name says
 * "alloc": scsi_host_alloc() and ftgmac100_alloc_rx_buf() are.
 *
 * In a pattern, "*" stands for any text and "%" for text without an underscore. Names are
 * compared without the underscores they begin with, unless the pattern has some, too, and
 * without "_noprof" in the end. A "%" must not come after a "*": it is not tried again with
 * another text for the "*".
 *
 * A module's own function with such a name is a helper, too: what it allocates for good is
 * blamed on its caller, which is do_one_initcall() for init code, and not counted at unload.
 */
#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#else
#include <string.h>
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#include "helpers.h"

#define PROFILED "_noprof"

/* In the kernel itself. A module may use such a name for something else. */
static const char * const builtin_helpers[] = {
	/* The detector, and what else watches allocations. */
	"create_object*", "kmemleak_alloc*", "kmemleak_slab_*", "kmemleak_vmalloc",
	"kasan_*", "kfence_alloc", "kfence_guarded_alloc", "kmsan_*", "set_track",
	"set_track_prepare", "set_track_update", "save_stack*", "stack_depot_*",
	"stack_trace_save*", "should_fail*", "debug_object_*", "debug_dma_*",
	"dma_entry_alloc", "fill_pool", "alloc_tagging_slab_*",
	"prepare_slab_obj_exts_hook",

	/* Slabs, in SLUB, SLAB and SLOB. Some kernels allocate what they note of a free. */
	"kmalloc*", "kzalloc*", "kcalloc*", "krealloc*", "do_kmalloc*", "do_krealloc*",
	"kvmalloc*", "kvzalloc*", "kvcalloc*", "kvrealloc*", "kmem_cache_alloc*",
	"kmem_cache_zalloc*", "kmem_cache_create*", "kmem_cache_prefill_sheaf",
	"do_kmem_cache_create*", "create_cache", "kmem_cache_open", "kmem_cache_init*",
	"init_kmem_cache_*", "alloc_kmem_cache_*", "do_tune_cpucache",
	"enable_cpucache", "setup_cpu_cache", "alloc_arraycache", "kmem_buckets_create",
	"create_kmalloc_cache*", "new_kmalloc_cache", "early_kmem_cache_node_alloc",
	"slab_alloc*", "kfree", "kvfree_call_rcu", "kmem_cache_free", "slab_free*",
	"slab_post_alloc_hook", "slab_pre_alloc_hook", "sysfs_slab_*",
	"cache_alloc_refill", "cache_alloc_node", "____cache_alloc", "__cache_alloc*",
	"cache_grow*", "fallback_alloc", "alternate_node_alloc", "allocate_slab",
	"alloc_slab_page", "new_slab*", "alloc_slab_obj_exts*",
	"alloc_single_from_new_slab", "alloc_from_pcs*", "prefill_sheaf*",
	"init_percpu_sheaves", "create_boot_cache", "create_unique_id",
	"cache_random_seq_create", "init_cache_random_seq", "alloc_from_new_slab",
	"alloc_empty_sheaf", "alloc_full_sheaf", "refill_sheaf*", "refill_objects*",
	"slob_alloc*", "slob_new_pages", "memcg_slab_*", "memcg_alloc_slab_*",
	"memcg_alloc_page_obj_cgroups", "memcg_create_kmem_cache",
	"memcg_create_cache*",

	/* Pages, DMA, mappings. */
	"alloc_page", "alloc_page_vma", "alloc_page_interleave", "alloc_pages*",
	"alloc_frozen_pages*", "alloc_contig_*", "cma_alloc", "cma_alloc_mem",
	"folio_alloc*", "filemap_alloc_folio*", "page_cache_alloc", "get_free_page*",
	"get_zeroed_page", "page_frag_*", "vmalloc*", "vzalloc*", "vcalloc*",
	"vrealloc*", "vmap", "vmap_pfn", "vm_map_ram", "new_vmap_block",
	"alloc_vmap_area", "alloc_vm_area", "get_vm_area*", "ioremap*", "arm_ioremap*",
	"generic_ioremap*", "pci_iomap*", "pci_ioremap_*", "of_iomap",
	"acpi_os_ioremap", "acpi_os_map_*", "memremap*", "dma_alloc_attrs",
	"dma_alloc_coherent", "dma_alloc_contiguous", "dma_alloc_from_*",
	"dma_alloc_noncoherent", "dma_alloc_noncontiguous", "dma_alloc_pages",
	"dma_alloc_writecombine", "dma_direct_alloc*", "dma_common_*remap",
	"dma_pool_*", "iommu_dma_alloc*", "gen_pool_*", "module_alloc",
	"module_memory_alloc", "execmem_*", "pte_alloc*", "pmd_alloc*", "pud_alloc*",
	"p4d_alloc*", "pagetable_alloc*", "ptlock_alloc", "iov_iter_get_pages_alloc*",
	"want_pages_array",

	/* Per-CPU memory, and counters made of it. */
	"pcpu_*", "alloc_percpu*", "alloc_reserved_percpu", "percpu_alloc*",
	"percpu_counter_init*", "percpu_init_rwsem", "percpu_modalloc",
	"percpu_ref_init", "init_srcu_struct*",

	/* Memory of boot. */
	"memblock_*", "alloc_bootmem*", "alloc_memory_core_early",
	"early_init_dt_alloc_*",

	/* Copies and texts. */
	"kmemdup*", "kvmemdup*", "memdup_array_user", "memdup_bpfptr",
	"memdup_sockptr*", "memdup_user*", "vmemdup_array_user", "vmemdup_user",
	"strndup_user", "kstrdup*", "kstrndup*", "kvasprintf*", "kasprintf*", "getname",
	"getname_flags", "getname_kernel", "getname_maybe_null", "getname_uflags",
	"copy_mount_options", "copy_mount_string", "kernel_read_file*",

	/* Numbers and containers. */
	"idr_*", "ida_*", "radix_tree_*", "xa_*", "xas_*", "mas_*", "mtree_*",
	"mt_alloc_*", "mt_dup", "rhashtable_*", "rhltable_*", "bucket_table_alloc*",
	"nested_bucket_table_*", "list_lru_*", "memcg_list_lru_*",
	"folio_memcg_list_lru_alloc", "memcg_init_list_lru*", "memcg_update_list_lru*",
	"assoc_array_insert", "flex_array_*", "btree_insert", "btree_insert_level",
	"genradix_*", "kfifo_alloc*", "alloc_cpumask_var*", "zalloc_cpumask_var*",
	"mpi_alloc*", "bitmap_alloc*", "bitmap_zalloc*", "sbitmap_*", "mempool_*",
	"sg_alloc_*", "sg_kmalloc", "sg_pool_alloc", "sgl_alloc*",

	/* What belongs to a device, or to whoever makes one known. */
	"devres_*", "alloc_dr", "dmam_*", "pcim_*", "kobject_set_name*", "kobject_add*",
	"kobject_init_and_add", "kobject_create*", "kobject_rename", "kset_create*",
	"kset_register", "kobj_map", "dev_set_name", "device_add", "device_add_attrs",
	"device_add_groups", "device_create*", "device_initialize",
	"device_private_init", "device_register", "device_rename",
	"platform_device_add*", "platform_device_alloc", "platform_device_register*",
	"bus_add_driver", "bus_register", "class_create*", "class_register",
	"driver_register", "platform_driver_register", "platform_driver_probe",
	"i2c_register_driver", "pci_register_driver", "spi_register_driver",
	"usb_register_driver", "alloc_chrdev_region", "register_chrdev*", "cdev_add",
	"cdev_alloc", "cdev_device_add", "misc_register", "device_init_wakeup",
	"device_wakeup_enable", "wakeup_source_create", "wakeup_source_register",
	"request_threaded_irq", "request_any_context_irq", "request_percpu_irq",
	"setup_irq", "irq_domain_add*", "irq_domain_create*", "irq_domain_instantiate",
	"register_handler_proc", "register_irq_proc", "request_firmware*",
	"firmware_request_*", "alloc_lookup_fw_priv", "allocate_fw_priv",
	"fw_get_filesystem_firmware", "acpi_evaluate_*", "acpi_get_name",
	"acpi_get_object_info", "acpi_os_acquire_object", "acpi_os_allocate*",
	"acpi_ut_allocate*", "acpi_ut_copy_*", "acpi_ut_create_*",
	"acpi_ut_initialize_buffer", "alloc_clk", "clk_create_clk", "clk_hw_create_clk",
	"clk_get", "clk_get_sys", "of_clk_get*", "create_regulator", "regulator_get",
	"regulator_get_common", "regulator_get_exclusive", "regulator_get_optional",

	/* Files of sysfs, procfs, debugfs and sysctl. */
	"kernfs_new_node", "kernfs_create_*", "sysfs_add_file*", "sysfs_create_*",
	"sysfs_do_create_*", "sysfs_new_dirent", "internal_create_group*", "create_dir",
	"proc_create*", "proc_mkdir*", "proc_symlink", "proc_net_mkdir",
	"debugfs_create_atomic_t", "debugfs_create_automount",
	"debugfs_create_u32_array", "debugfs_create_blob", "debugfs_create_bool",
	"debugfs_create_devm_seqfile", "debugfs_create_dir", "debugfs_create_file",
	"debugfs_create_file_*", "debugfs_create_mode*", "debugfs_create_regset32",
	"debugfs_create_size_t", "debugfs_create_str", "debugfs_create_symlink",
	"debugfs_create_u%", "debugfs_create_x%", "debugfs_get_inode",
	"register_sysctl*", "register_net_sysctl*", "seq_open", "seq_open_net",
	"seq_open_private", "single_open*",

	/* Network. */
	"alloc_skb*", "build_skb", "build_skb_around", "slab_build_skb",
	"napi_build_skb*", "dev_alloc_skb", "netdev_alloc_skb*", "napi_alloc_skb*",
	"__alloc_rx_skb", "napi_get_frags", "napi_skb_cache_get*", "skb_unclone*",
	"netdev_alloc_frag*", "napi_alloc_frag*", "skb_clone*", "skb_copy",
	"skb_copy_expand", "pskb_copy*", "pskb_expand_head", "skb_expand_head",
	"skb_realloc_headroom", "skb_ext_add", "skb_ext_alloc", "skb_ext_maybe_cow",
	"netlink_alloc_skb", "netlink_alloc_large_skb", "sock_alloc",
	"sock_alloc_inode", "sock_alloc_send_*", "sock_kmalloc", "sock_omalloc",
	"sock_wmalloc", "sk_alloc", "sk_prot_alloc", "sk_clone*", "sk_stream_alloc_skb",
	"tcp_stream_alloc_skb", "alloc_netdev*", "alloc_etherdev*", "dst_alloc",
	"metadata_dst_alloc*", "dst_cache_init", "inet_reqsk_alloc", "reqsk_alloc*",
	"gro_cells_init", "*_tracker_alloc",

	/* Block devices. */
	"bio_alloc*", "bio_clone*", "bio_kmalloc", "bioset_create*", "bioset_init*",
	"bio_find_or_create_slab", "create_bio_slab", "biovec_init_pool", "bvec_alloc*",
	"alloc_disk", "alloc_disk_node", "bdev_alloc", "blk_alloc_disk",
	"blk_alloc_queue*", "blk_mq_alloc_disk*", "blk_mq_alloc_queue",

	/* Objects of processes and files. */
	"alloc_inode", "new_inode*", "inode_init_always*", "iget_locked",
	"iget5_locked*", "d_alloc*", "alloc_empty_file*", "alloc_file*",
	"prepare_creds", "prepare_kernel_cred", "cred_alloc_blank", "lsm_*_alloc",
	"security_*_alloc*", "security_prepare_creds", "*_alloc_security",
	"apparmor_*_alloc*", "selinux_*_alloc", "smack_*_alloc*", "vm_area_alloc",
	"vm_area_dup", "vma_lock_alloc", "sock_alloc_file", "alloc_task_struct*",
	"alloc_thread_stack*", "alloc_thread_info*",

	/* BPF, work queues. */
	"bpf_prog_alloc*", "bpf_prog_realloc", "bpf_prog_pack_alloc", "bpf_jit_*alloc*",
	"bpf_mem_alloc", "bpf_mem_cache_alloc*", "bpf_map_area_*",
	"bpf_map_alloc_percpu", "bpf_map_k*alloc*", "alloc_workqueue*",
	"alloc_ordered_workqueue", "alloc_and_link_pwqs", "alloc_unbound_pwq",
	"apply_workqueue_attrs*", "apply_wqattrs_prepare", "init_rescuer",
	"create_workqueue_key",

	/* Allocators that some other part of the kernel has put around these. */
	"%_kmalloc", "%_kzalloc", "%_kcalloc", "%_kvmalloc", "%_kvzalloc", "%_kvcalloc",
	"%_zalloc", "%_memdup", "%_kmemdup", "%_strdup", "%_kstrdup", "rpc_malloc",
};

/* In the kernel and in modules. */
static const char * const helpers[] = {
	/* Inline functions that the compiler did not inline. */
	"kmalloc", "kmalloc_node", "kmalloc_array", "kmalloc_array_node", "kzalloc",
	"kzalloc_node", "kcalloc", "kcalloc_node", "krealloc_array", "kvmalloc",
	"kvmalloc_node", "kvmalloc_array", "kvzalloc", "kvzalloc_node", "kvcalloc",
	"kvcalloc_node", "kmem_cache_alloc", "kmem_cache_zalloc", "alloc_skb",
	"dev_alloc_skb", "netdev_alloc_skb*", "nlmsg_new", "genlmsg_new",
	"dma_alloc_coherent", "dma_zalloc_coherent", "pci_alloc_consistent",

	/* Shared parts of the kernel that may be modules. */
	"devm_*", "drmm_*", "crypto_alloc_*", "crypto_create_tfm*",
	"aead_request_alloc", "ahash_request_alloc", "akcipher_request_alloc",
	"skcipher_request_alloc", "kpp_request_alloc", "bt_skb_alloc",
	"bt_skb_send_alloc", "kunit_k*alloc*", "usb_alloc_urb", "usb_alloc_coherent",
	"input_allocate_device", "%_alloc_inode", "xfs_fs_alloc_inode",
	"*_kmem_cache_alloc*", "ext4_kv*alloc", "f2fs_k*alloc*", "kmem_alloc*",
	"kmem_zalloc*", "kmem_zone_alloc*", "kmem_zone_zalloc*",

	/* Containers and shared constructors of others. */
	"regmap_init*", "nvlist_*", "fnvlist_*", "nv_alloc_*", "nv_mem_*",
	"nvp_buf_alloc",

	/* Rust: the crate alloc, kernel::alloc, and the C functions that it calls. */
	"RN*5alloc*", "RN*___rust_*alloc*", "rust_alloc*", "rust_realloc",
	"rust_helper_*", "ZN*5alloc*",

	/* Allocators of others: one word, as in rkmalloc(), or a known name. */
	"%malloc", "%zalloc", "%calloc", "%memdup", "%strdup", "generic_alloc*",
	"adf_nbuf_alloc*", "adf_os_mem_alloc*", "cdf_mem_malloc*", "cfs_*alloc*",
	"DWC_*ALLOC*", "ksmbd_alloc", "libcfs_*alloc*", "nv_kmem_*alloc*",
	"os_alloc_mem", "osl_*malloc*", "qdf_mem_*alloc*", "qdf_nbuf_alloc*",
	"rtMemAlloc*", "rtR0MemAlloc*", "RTMem*Alloc*", "rtw_*malloc*",
	"rtw_skb_alloc*", "spl_cache_*", "spl_kmem_*", "spl_kv*alloc*", "spl_vmem_*",
	"vos_mem_malloc*",
};

static bool is_wild(char c)
{
	return c == '*' || c == '%';
}

static bool matches(const char *pattern, const char *name, const char *end)
{
	const char *wild = NULL, *rest = NULL;

	while (name < end) {
		if (is_wild(*pattern)) {
			wild = pattern++;
			rest = name;
			continue;
		}
		if (*pattern == *name) {
			pattern++;
			name++;
			continue;
		}
		if (!wild || (*wild == '%' && *rest == '_'))
			return false;
		/* Let the last wild character stand for one character more. */
		pattern = wild + 1;
		name = ++rest;
	}
	while (is_wild(*pattern))
		pattern++;
	return !*pattern;
}

static bool matches_any(const char * const *patterns, size_t nr, const char *name,
			const char *end)
{
	const char *bare = name;
	size_t i;

	while (bare < end && *bare == '_')
		bare++;
	for (i = 0; i < nr; i++)
		if (matches(patterns[i], patterns[i][0] == '_' ? name : bare, end))
			return true;
	return false;
}

/**
 * function_plain() - get a function's name as in its source
 * @name: the name, up to the first "+", blank or null
 * @length: set to the length of the plain name
 *
 * Return: @name without dots in front of it, as on 64-bit PowerPC; @length leaves out what
 * the compiler appends, as in ".isra.0", ".constprop.1", ".part.2", ".cold", ".llvm.3".
 */
const char *function_plain(const char *name, size_t *length)
{
	const char *start = name + strspn(name, ".");

	*length = strcspn(start, ".+ ");
	if (*length)
		return start;
	/* A name of dots alone is no name of a compiler; leave it. */
	*length = strcspn(name, "+ ");
	return name;
}

/**
 * function_is_helper() - does a function allocate for its caller?
 * @name: its name, up to the first "+", blank or null
 * @builtin: it is in the kernel itself or its headers, not in a module's own code
 *
 * Return: true if so, and the caller is the one to look at.
 */
bool function_is_helper(const char *name, bool builtin)
{
	const size_t suffix = strlen(PROFILED);
	const char *end;
	size_t length;

	name = function_plain(name, &length);
	end = name + length;
	if (length > suffix && !strncmp(end - suffix, PROFILED, suffix))
		end -= suffix;
	return matches_any(helpers, ARRAY_SIZE(helpers), name, end) ||
	       (builtin && matches_any(builtin_helpers, ARRAY_SIZE(builtin_helpers), name,
				       end));
}
