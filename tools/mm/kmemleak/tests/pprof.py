#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints a profile of pprof, and fails if ids in it lead nowhere.

It knows nothing of how the tool writes one: only the numbers of fields in
profile.proto.
"""
import gzip
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def fields(data):
    """Yields number and value of each field of a message."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            assert len(value) == length, "a field is cut off"
        else:
            raise ValueError(f"wire type {key & 7}")
        yield key >> 3, value


def message(data):
    """A dictionary of lists."""
    found = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found


def main():
    with gzip.open(sys.argv[1]) as file:
        profile = message(file.read())
    strings = [text.decode() for text in profile[6]]
    assert strings[0] == ""
    functions = {f[1][0]: f for f in map(message, profile.get(5, []))}
    locations = {p[1][0]: p for p in map(message, profile.get(4, []))}
    mappings = {m[1][0]: m for m in map(message, profile.get(3, []))}
    assert 0 not in functions and 0 not in locations and 0 not in mappings

    def name(number):
        return strings[number]

    def shown(location):
        mapping = mappings[location[2][0]]
        assert mapping[2][0] <= location[3][0] < mapping[3][0]
        lines = []
        for line in map(message, location[4]):
            function = functions[line[1][0]]
            where = name(function[4][0])
            lines.append(name(function[2][0]) + (f" {where}:{line[2][0]}" if where else ""))
        return f"{' < '.join(lines)} in {name(mapping[5][0])}"

    types = [message(kind) for kind in profile[1]]
    print("values:", ", ".join(f"{name(kind[1][0])} in {name(kind[2][0])}" for kind in types))
    print("default:", name(profile[14][0]))
    for sample in map(message, profile.get(2, [])):
        label = message(sample[3][0])
        print(f"{sample[2]} with {name(label[1][0])} {label[3][0]} {name(label[4][0])}:")
        for location in sample.get(1, []):
            print("   ", shown(locations[location]))


if __name__ == "__main__":
    main()
