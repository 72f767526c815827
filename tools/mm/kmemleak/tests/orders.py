#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Fails if a report's groups depend on the order of its entries.

orders.py <program> <seed>: what is recalled of one entry must not change another.
"""
import collections
import json
import random
import subprocess
import sys

# Frames in several forms, some of which go on in the next line or are prefixes of others.
FRAMES = [
    "kzalloc_noprof include/linux/slab.h:10%d [inline]", "qux drivers/b.c:%d [inline]",
    "foo_%d+0x1%d/0x40 drivers/a.c:%d [m]", "foo_%d+0x1%d/0x40 [m]", "foo_1+0x11/0x40",
    "foo_%d (a.h:1 drivers/a.c:%d) m", "[<ffffffff8100%d>] foo_%d+0x11/0x40 [m]",
    "bar_%d+0x2/0x9", "bar_%d+0x2/0x9\n[m]", "bar_%d (a.h:1\ndrivers/a.c:%d) m",
    "baz_%d.isra.0+0x3/0x8 [m%d]", "0xffffffffc10%d",
]


def frame():
    text = random.choice(FRAMES)
    return text % tuple(random.randrange(3) for _ in range(text.count("%d")))


def entry(nr):
    frames = "".join(f"    {frame()}\n" for _ in range(random.randrange(1, 6)))
    size = random.choice([8, 16])
    return f"unreferenced object {4096 * nr:#x} (size {size}):\n" \
           f'  comm "a", pid 1, jiffies 1\n  backtrace:\n{frames}'


def groups(tool, entries, prefix):
    """The number of objects in each group, by its size and the texts of its stack."""
    lines = "".join(entries).splitlines()
    text = "".join(f"{prefix % nr if prefix else ''}{line}\n" for nr, line in enumerate(lines))
    out = subprocess.run([tool, "report", "--format", "json", "-"], input=text,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                         check=True).stdout
    counts = collections.Counter()
    for group in json.loads(out)["groups"]:
        stack = tuple(frame.get("text") for frame in group["stack"])
        counts[group["size"], stack] += group["objects"]
    return counts


def main():
    tool, seed = sys.argv[1:]
    random.seed(int(seed))
    entries = [entry(nr + 1) for nr in range(40)]
    for prefix in ("", "[%12.6f] kmemleak: "):
        alone = sum((groups(tool, [one], prefix) for one in entries), collections.Counter())
        for _ in range(5):
            together = groups(tool, entries, prefix)
            if together != alone:
                sys.exit(f"{prefix!r}: {together - alone} instead of {alone - together}")
            random.shuffle(entries)


if __name__ == "__main__":
    main()
