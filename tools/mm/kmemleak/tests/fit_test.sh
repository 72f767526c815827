#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The confidence of a slope, by a simulation with known slopes. fit_test.sh <program>
set -eu
. "$(dirname "$0")/lib.sh"
source=$(dirname "$tests")
${CC:-gcc} -O2 -std=gnu11 -D_GNU_SOURCE -Wall -o "$work/fit_test" \
	"$tests/fit_test.c" "$source/fit.c" "$source/command.c" -lm
"$work/fit_test"
