/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of the inspected machine: /proc and /sys of this one, or of a tree saved from
 * another (--root, KMEMLEAK_ROOT).
 */
#ifndef KMEMLEAK_ROOT_H
#define KMEMLEAK_ROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>

/* Paths of the detector, below the root. */
#define DETECTOR_DIR	"/sys/kernel/debug"
#define DETECTOR_FILE	DETECTOR_DIR "/kmemleak"

/**
 * root_set() - switch to another tree
 * @dir: the directory with its /proc and /sys; copied
 */
void root_set(const char *dir);

/**
 * root_set_texts() - switch to a machine of which no more is known than some texts
 * @name: the file or directory that has them, as for root_set(); for messages
 *
 * root_add_text() adds the texts.
 */
void root_set_texts(const char *name);

/**
 * root_add_text() - add a file to the machine, or cover one
 * @path: its absolute path there
 * @text: allocated; what is in it. Belongs to root.c from now on
 */
void root_add_text(const char *path, char *text);

/**
 * root_is_live() - is the inspected machine the running one?
 *
 * Return: false for a saved tree.
 */
bool root_is_live(void);

/**
 * root_name() - the tree
 *
 * Return: the directory; "/" for the running machine.
 */
const char *root_name(void);

/**
 * root_path() - the name of a file of the machine, for messages
 * @path: its absolute path there
 *
 * Do not open it: a symbolic link in a saved tree may lead out of the tree.
 *
 * Return: the path below the root; the caller frees it.
 */
char *root_path(const char *path);

/**
 * root_resolve() - the place of a file of the machine, for libraries that open it
 * @path: its absolute path there
 *
 * Return: a path without symbolic links, within the tree; NULL with errno set. The
 * caller frees it.
 */
char *root_resolve(const char *path);

/**
 * root_access() - is there a file?
 * @path: its absolute path there
 *
 * Return: 0, or a positive errno.
 */
int root_access(const char *path);
bool root_has(const char *path);

/**
 * root_open_fd() - open a file of the machine
 * @path: its absolute path there
 * @flags: of open(), for reading
 *
 * Return: a file descriptor, or -1 with errno set.
 */
int root_open_fd(const char *path, int flags);

/**
 * open_regular_file() - open a file of this machine for reading, if it is a regular one
 * @path: as root_resolve() returns it, or as the user names it
 *
 * Neither waits for a pipe nor opens a device.
 *
 * Return: a file descriptor, or -1 with errno set: EINVAL for other kinds of files.
 */
int open_regular_file(const char *path);

/**
 * root_hint() - what to do about a file that cannot be read
 * @err: the error
 *
 * A tree is not owned by this machine, which makes a difference.
 *
 * Return: the end of a message, which is empty if there is nothing to say.
 */
const char *root_hint(int err);

/**
 * root_dir() - open a directory of the machine
 * @path: its absolute path there
 *
 * Return: the directory, or NULL with errno set.
 */
DIR *root_dir(const char *path);

/**
 * root_try() - open a file of the machine, if it is there
 * @path: its absolute path there
 *
 * Return: the file, or NULL with errno set.
 */
FILE *root_try(const char *path);

/**
 * detector_open() - open one of the detector's files
 * @name: "kmemleak", "kmemleak_sites" and so on
 *
 * If that fails, ends the program with a line that says why, and what to do: not root, no
 * debugfs, no detector, or another one.
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
 * detector_need_live() - end the program if the machine is a saved one
 *
 * For commands that write to the detector: nothing but the running machine is written to.
 */
void detector_need_live(void);

/**
 * detector_write() - write a command to the detector's control file
 * @command: "scan" and so on
 * @invalid: message for EINVAL
 *
 * Returns when the command is done. Ends the program if it fails, and for a saved machine.
 */
void detector_write(const char *command, const char *invalid);

#endif
