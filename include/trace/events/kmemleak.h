/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events of the leak detector.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kmemleak

#if !defined(_TRACE_KMEMLEAK_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KMEMLEAK_H

#include <linux/tracepoint.h>

/* A scan for leaks begins. Its request may have waited for other scans to end. */
TRACE_EVENT(scan_begin,
	    TP_PROTO(bool automatic),
	    TP_ARGS(automatic),
	    TP_STRUCT__entry(__field(bool, automatic)),
	    TP_fast_assign(__entry->automatic = automatic;),
	    TP_printk("%s", __entry->automatic ? "automatic" : "explicit")
);

/* A scan has ended, early if @err is set. @leaks is the number of new leaks. */
TRACE_EVENT(scan_end,
	    TP_PROTO(u64 duration_us, unsigned long objects,
		     unsigned long suspects, unsigned long leaks, int err),
	    TP_ARGS(duration_us, objects, suspects, leaks, err),
	    TP_STRUCT__entry(__field(u64, duration_us)
			     __field(unsigned long, objects)
			     __field(unsigned long, suspects)
			     __field(unsigned long, leaks)
			     __field(int, err)),
	    TP_fast_assign(__entry->duration_us = duration_us;
			   __entry->objects = objects;
			   __entry->suspects = suspects;
			   __entry->leaks = leaks;
			   __entry->err = err;),
	    TP_printk("duration_us=%llu objects=%lu suspects=%lu leaks=%lu err=%d",
		      __entry->duration_us, __entry->objects,
		      __entry->suspects, __entry->leaks, __entry->err)
);

/*
 * An object was added to the report. @stack is where it was allocated, innermost
 * address first.
 */
TRACE_EVENT(leak,
	    TP_PROTO(unsigned long address, size_t size, u64 age_ms,
		     const unsigned long *stack, unsigned int nr_stack),
	    TP_ARGS(address, size, age_ms, stack, nr_stack),
	    TP_STRUCT__entry(__field(unsigned long, address)
			     __field(size_t, size)
			     __field(u64, age_ms)
			     __dynamic_array(unsigned long, stack, nr_stack)),
	    TP_fast_assign(__entry->address = address;
			   __entry->size = size;
			   __entry->age_ms = age_ms;
			   memcpy(__get_dynamic_array(stack), stack,
				  nr_stack * sizeof(*stack));),
	    TP_printk("address=0x%lx size=%zu age_ms=%llu stack=%s",
		      __entry->address, __entry->size, __entry->age_ms,
		      __print_array(__get_dynamic_array(stack),
				    __get_dynamic_array_len(stack) / sizeof(long),
				    sizeof(long)))
);

#endif /* _TRACE_KMEMLEAK_H */

#include <trace/define_trace.h>
