/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of the inspected machine: /proc and /sys of this one, or of a tree saved from
 * another (--root, KMEMLEAK_ROOT).
 */
#ifndef KMEMLEAK_ROOT_H
#define KMEMLEAK_ROOT_H

#include <stdbool.h>
#include <stdio.h>

/* Paths of the detector, below the root. */
#define DETECTOR_DIR	"/sys/kernel/debug"
#define DETECTOR_FILE	DETECTOR_DIR "/kmemleak"

/**
 * root_set() - switch to another tree
 * @dir: the directory with its /proc and /sys
 */
void root_set(const char *dir);

/**
 * root_is_live() - is the inspected machine the running one?
 *
 * Return: false for a saved tree.
 */
bool root_is_live(void);

/**
 * root_path() - the path to open for a file of the machine
 * @path: its absolute path there
 *
 * Return: the path below the root; the caller frees it.
 */
char *root_path(const char *path);

/**
 * root_try() - open a file of the machine, if it is there
 * @path: its absolute path there
 *
 * Return: the file, or NULL with errno set.
 */
FILE *root_try(const char *path);

/**
 * root_open() - open a file of the machine that must be there
 * @path: its absolute path there
 *
 * If that fails, ends the program with a line that says what to do.
 */
FILE *root_open(const char *path);

/**
 * detector_open() - open one of the detector's files
 * @name: "kmemleak", "kmemleak_sites" and so on
 *
 * Like root_open(), but also explains why a file of the detector may be missing and
 * what to do: not root, no debugfs, no detector, or another one.
 */
FILE *detector_open(const char *name);

/**
 * detector_is_off() - was the detector switched off?
 *
 * Return: false also if that is unknown, as for the kernel's own detector.
 */
bool detector_is_off(void);

/**
 * detector_is_ours() - is it this project's detector, by its files?
 */
bool detector_is_ours(void);

/**
 * detector_write() - write a command to the detector's control file
 * @command: "scan" and so on
 * @invalid: message for EINVAL
 *
 * Returns when the command is done. Ends the program if it fails.
 */
void detector_write(const char *command, const char *invalid);

#endif
