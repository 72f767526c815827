/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Steps: reads of what others write, atomics and prefetches, which are what the core waits
 * for. Programs that are compiled with SIM_STEPS count those of each thread; see sim.h.
 */
#ifndef _HARNESS_LINUX_STEPS_H
#define _HARNESS_LINUX_STEPS_H

#ifdef SIM_STEPS
extern __thread unsigned long sim_steps;

#define sim_step()	((void)sim_steps++)
#else
#define sim_step()	((void)0)
#endif

/* A thread gives way to others, as the kernel may here. */
void sim_give_way(void);

/*
 * Others run where it hurts. Programs that count steps leave that out: they get here a
 * million times, which would take minutes on a busy host.
 */
#ifdef SIM_STEPS
#define sim_let_run()	((void)0)
#else
#define sim_let_run()	sim_give_way()
#endif

#endif /* _HARNESS_LINUX_STEPS_H */
