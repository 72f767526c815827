/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration that the inspected kernel was built with.
 */
#ifndef KMEMLEAK_KCONFIG_H
#define KMEMLEAK_KCONFIG_H

/**
 * kconfig_has() - is an option set to y?
 * @option: its name, "CONFIG_VMAP_STACK"
 *
 * Return: 1 or 0; -1 if the configuration cannot be read.
 */
int kconfig_has(const char *option);

#endif
