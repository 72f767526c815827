/* SPDX-License-Identifier: GPL-2.0 */
void *kmalloc_noprof(unsigned long size);
int keep(void *object);
int last_of_the_toy(int size);
