# SPDX-License-Identifier: GPL-2.0
"""Fails unless standard input is the text format of Prometheus, as strict as its
own checker: each metric has HELP and TYPE before its samples, which follow one
another; labels are escaped; no two samples have the same labels; the last line
is the mark of the end."""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
KINDS = ("counter", "gauge", "histogram", "summary", "untyped")


def check(text):
    assert text.endswith("\n# EOF\n"), "the end is missing"
    helped, kinds, seen, current = set(), {}, set(), None
    for line in text.removesuffix("\n# EOF\n").split("\n"):
        if match := re.fullmatch(rf"# HELP ({NAME}) (.+)", line):
            assert match[1] not in helped, f"a second HELP: {line}"
            helped.add(match[1])
        elif match := re.fullmatch(rf"# TYPE ({NAME}) (\w+)", line):
            assert match[1] in helped, f"TYPE without HELP: {line}"
            assert match[1] not in kinds, f"a second TYPE: {line}"
            assert match[2] in KINDS, f"no such type: {line}"
            current = match[1]
            kinds[current] = match[2]
        else:
            match = SAMPLE.fullmatch(line)
            assert match, f"no sample: {line}"
            assert match[1] == current, f"not with its metric: {line}"
            float(match[3])
            assert (match[1], match[2]) not in seen, f"twice: {line}"
            assert kinds[current] != "counter" or current.endswith("_total"), line
            seen.add((match[1], match[2]))
    assert seen, "no samples"
    unused = kinds.keys() - {name for name, labels in seen}
    assert not unused, f"no samples of {unused}"
    print(f"{len(seen)} samples of {len(kinds)} metrics")


check(sys.stdin.read())
