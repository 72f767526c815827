#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs a command and fails if it used more than so many seconds of CPU or megabytes.

limits.py <seconds> <megabytes> <command...>
"""
import resource
import subprocess
import sys


def main():
    seconds, megabytes = float(sys.argv[1]), float(sys.argv[2])
    status = subprocess.call(sys.argv[3:])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    memory = used.ru_maxrss / 1024
    print(f"{cpu:.2f} s of CPU, {memory:.0f} MB", file=sys.stderr)
    sys.exit(status or cpu > seconds or memory > megabytes)


if __name__ == "__main__":
    main()
