/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of the machine that is looked at: its /proc and /sys, or those of a tree
 * that was saved from another (--root, KMEMLEAK_ROOT).
 */
#ifndef KMEMLEAK_ROOT_H
#define KMEMLEAK_ROOT_H

#include <stdbool.h>
#include <stdio.h>

/* Of the detector, under the root. */
#define DETECTOR_DIR	"/sys/kernel/debug"
#define DETECTOR_FILE	DETECTOR_DIR "/kmemleak"

/**
 * root_set() - read another tree from now on
 * @dir: where its /proc and /sys are
 */
void root_set(const char *dir);

/**
 * root_is_live() - is it the running machine that is looked at?
 *
 * Return: false for a saved tree.
 */
bool root_is_live(void);

/**
 * root_path() - where a file of the machine is
 * @path: its absolute path there
 *
 * Return: a path to open; the caller frees it.
 */
char *root_path(const char *path);

/**
 * root_try() - open a file of the machine, if it is there
 * @path: its absolute path there
 *
 * Return: NULL, with errno, if it cannot be read.
 */
FILE *root_try(const char *path);

/**
 * root_open() - open a file of the machine that must be there
 * @path: its absolute path there
 *
 * Ends the program with a line that says what to do if it cannot be read.
 */
FILE *root_open(const char *path);

/**
 * detector_open() - open one of the detector's files
 * @name: "kmemleak", "kmemleak_sites" and so on
 *
 * As root_open(), but it knows why such a file may be missing, and what then
 * helps: no root, no debugfs, no detector or another one.
 */
FILE *detector_open(const char *name);

/**
 * detector_is_off() - was it switched off?
 *
 * Return: false also if that cannot be known, as of the kernel's own detector.
 */
bool detector_is_off(void);

/**
 * detector_is_ours() - has it what only this project's detector has?
 */
bool detector_is_ours(void);

/**
 * detector_write() - write a command to its control file
 * @command: "scan" and so on
 * @invalid: what to say if the detector refuses it with EINVAL
 *
 * Returns when the command is done, and ends the program if it failed.
 */
void detector_write(const char *command, const char *invalid);

#endif
