/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources under test need of the kernel's <asm/sections.h>: sim_roots[] are data. */
#ifndef _HARNESS_ASM_SECTIONS_H
#define _HARNESS_ASM_SECTIONS_H

#include "../memory.h"

#define _sdata			((char *)sim_roots)
#define _edata			((char *)(sim_roots + SIM_ROOTS))
#define _stext			_sdata
#define _end			_edata
#define __bss_start		_edata
#define __bss_stop		_edata
#define __start_ro_after_init	_edata
#define __end_ro_after_init	_edata

#endif /* _HARNESS_ASM_SECTIONS_H */
