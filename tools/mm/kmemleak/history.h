/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples kept in a database.
 */
#ifndef KMEMLEAK_HISTORY_H
#define KMEMLEAK_HISTORY_H

#include <stdbool.h>

#include "database.h"
#include "sample.h"

/**
 * history_add() - keep a sample
 * @database: open for writing, and patient
 * @sample: with all kinds
 * @why: set to the reason if it could not be kept
 *
 * Sites and leaks change at a scan only, so they are kept if the detector has made
 * one since the last sample of this boot. Keeps all of the sample or nothing. Ends
 * the program if the database is damaged or gone.
 *
 * Return: false if the sample could not be kept; a later one may be.
 */
bool history_add(struct database *database, const struct sample *sample, const char **why);

/**
 * history_forget() - drop some old samples
 * @database: open for writing, and patient
 * @now: the last sample
 * @seconds: minimum age of samples to drop, in time that the machine ran
 *
 * Drops the oldest; as many as take little time, as nobody else can write meanwhile.
 *
 * Return: true if there may be more to drop.
 */
bool history_forget(struct database *database, const struct sample *now, double seconds);

#endif
