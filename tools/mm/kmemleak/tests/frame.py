#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the frame of a call as a kernel names it: function+0xoffset/0xsize [module].

frame.py <file> <function> <callee> [module]
"""
import re
import subprocess
import sys


def symbols(path):
    """Address and section of each function, as of all that a kernel knows."""
    for line in subprocess.check_output(["objdump", "-t", path], text=True).splitlines():
        found = re.match(r"([0-9a-f]+) .{7} (\S+)\t[0-9a-f]+ +(?:\.hidden )?(\S+)$", line)
        if found:
            yield found[3], found[2], int(found[1], 16)


def return_offset(path, function, callee):
    """Where the first call of the callee returns to."""
    listing = subprocess.check_output(["objdump", "-dr", "--no-show-raw-insn",
                                       f"--disassemble={function}", path], text=True)
    start = called = None
    for line in listing.splitlines():
        head = re.match(r"([0-9a-f]+) <(.*)>:$", line)
        if head:
            start = int(head[1], 16) if head[2] == function else None
        code = re.match(r" *([0-9a-f]+):\t(.*)$", line)
        if start is None:
            continue
        if code and called and not code[2].startswith("R_"):
            return int(code[1], 16) - start
        if callee in line and re.search(r"\t(call|jmp)|R_X86_64", line):
            called = True
    sys.exit(f"{path}: {function} does not call {callee}")


def main():
    path, function, callee = sys.argv[1:4]
    module = f" [{sys.argv[4]}]" if len(sys.argv) > 4 else ""
    known = list(symbols(path))
    section, start = next((s[1], s[2]) for s in known if s[0] == function)
    later = [s[2] for s in known if s[1] == section and s[2] > start]
    end = min(later) if later else (start + 0x1000) & ~0xfff
    print(f"    {function}+{return_offset(path, function, callee):#x}/{end - start:#x}{module}")


if __name__ == "__main__":
    main()
