#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes a report as people have it: out of a log, a mail, a terminal.

forms.py all <directory> <report: a file for each form.
forms.py <form> <times> <report: the report in that form, so many times over.
"""
import os
import sys

TAG = "kmemleak: "


def stamp(nr, begin=9):
    """Seconds since boot, which become wider at ten."""
    return f"{begin + nr * 0.000731:12.6f}"


def clock(nr, begin=9 * 3600 + 17 * 60 + 38):
    """The time of the day, which passes a minute now and then."""
    second = begin + nr // 7
    return f"{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}"


def midnight(nr):
    """A log that goes over midnight of the last day of a month."""
    if nr < 5:
        return f"Jul 31 23:59:{55 + nr}"
    return f"Aug  1 00:00:{nr - 5:02}" if nr < 60 else "Aug  1 00:01:00"


def delta(nr):
    """dmesg -H: the minute, and what has passed since the line before."""
    return f"[Jul27 09:{17 + nr // 20 % 40:02}] " if nr % 20 == 0 else f"[  +0.{nr:06}] "


def before(text):
    return lambda line, nr: text + line


PREFIXES = {
    "file": before(""),
    "tabs": lambda line, nr: "\t" + line,
    "deep": before(" " * 12),
    "markdown": before("    "),
    "bulleted": lambda line, nr: ("* " if line.startswith("unref") else "  ") + line,
    "flat": lambda line, nr: line.strip(),
    "halved": lambda line, nr: " " * ((len(line) - len(line.lstrip())) // 2) + line.lstrip(),
    "tab-indent": lambda line, nr: "\t" * ((len(line) - len(line.lstrip())) // 2)
    + line.lstrip(),
    "padded": lambda line, nr: f"{line:100}",
    "padded-tabs": lambda line, nr: line + "\t\t ",
    "spaced": lambda line, nr: line + "\n",
    "nbsp": lambda line, nr: "\u00a0" * (len(line) - len(line.lstrip())) + line.lstrip(),
    "crlf": lambda line, nr: line + "\r",
    "crcrlf": lambda line, nr: line + "\r\r",
    "dmesg": lambda line, nr: f"[{stamp(nr)}] {TAG}{line}",
    "dmesg-bare": lambda line, nr: f"[{stamp(nr)}] {line}",
    "dmesg-t": lambda line, nr: TAG + line,
    "dmesg-T": lambda line, nr: f"[Sun Jul 27 {clock(nr)} 2025] {TAG}{line}",
    "dmesg-x": lambda line, nr: f"kern  :warn  : [{stamp(nr)}] {TAG}{line}",
    "dmesg-r": lambda line, nr: f"<4>[{stamp(nr)}] {TAG}{line}",
    "dmesg-d": lambda line, nr: f"[{stamp(nr)} <{nr:12.6f}>] {TAG}{line}",
    "dmesg-H": lambda line, nr: f"{delta(nr)}{TAG}{line}",
    "dmesg-iso": lambda line, nr: f"2025-07-27T{clock(nr)},{nr % 1000:06}+02:00 {TAG}{line}",
    "dmesg-caller": lambda line, nr: f"[{stamp(nr)}][{'C' if nr % 9 == 5 else 'T'}"
    f"{nr % 3 * 50:5}] {TAG}{line}",
    "dmesg-colour": lambda line, nr: f"\033[32m[{stamp(nr)}] \033[0m\033[33mkmemleak: \033[0m"
    f"{line}\033[0m",
    "dmesg-bare-colour": lambda line, nr: f"\033[32m[{stamp(nr)}] \033[0m{line}\033[K\r",
    "kmsg": lambda line, nr: f"4,{1000 + nr},{9990000 + nr * 731},-;{TAG}{line}",
    "netconsole": lambda line, nr: f"4,{1000 + nr},{9990000 + nr * 731},-,caller=T{nr % 3 * 50};"
    f"{TAG}{line}",
    "syslog": lambda line, nr: f"Jul 27 {clock(nr)} host-7 kernel: [{stamp(nr)}] {TAG}{line}",
    "syslog-unstamped": lambda line, nr: f"Jul  7 {clock(nr)} box kernel: {line}",
    "syslog-iso": lambda line, nr: f"2025-07-27T{clock(nr)}.{nr:06}+02:00 h kernel: {TAG}{line}",
    "syslog-pri": lambda line, nr: f"<4>Jul 27 {clock(nr)} kernel: {line}",
    "syslog-remote": lambda line, nr: f"Jul 27 {clock(nr)} 10.0.{nr % 2}.17 kern.warn "
    f"kernel[0]: [{stamp(nr)}] {line}",
    "midnight": lambda line, nr: f"{midnight(nr)} host kernel: {TAG}{line}",
    "midnight-bare": lambda line, nr: f"{midnight(nr)} host kernel: [{stamp(nr)}] {line}",
    "journal-monotonic": lambda line, nr: f"[{stamp(nr)}] host kernel: {TAG}{line}",
    "journal-cat": lambda line, nr: TAG + line,
    "journal-export": lambda line, nr: f"_TRANSPORT=kernel\nPRIORITY=4\nMESSAGE={TAG}{line}\n"
    f"_BOOT_ID=6f1e4bb3c9d94d8d9e4d1b0a63b6a3ce\n",
    "journal-verbose": lambda line, nr: f"Sun 2025-07-27 {clock(nr)}.{nr:06} CEST [s=6f;i={nr:x}]"
    f"\n    PRIORITY=4\n    MESSAGE={TAG}{line}\n    SYSLOG_IDENTIFIER=kernel",
    "logread": lambda line, nr: f"Sun Jul 27 {clock(nr)} 2025 kern.warn kernel: [{stamp(nr)}] "
    f"{TAG}{line}",
    "busybox": lambda line, nr: f"Jul 27 {clock(nr)} OpenWrt kern.warn kernel: [{stamp(nr)}] "
    f"{line}",
    "logcat": lambda line, nr: f"07-27 {clock(nr)}.{nr % 1000:03}     0     0 W kernel  : "
    f"{TAG}{line}",
    "logcat-brief": lambda line, nr: f"W/kernel  (    0): [{stamp(nr)}] {line}",
    "logcat-kernel": lambda line, nr: f"07-27 {clock(nr)}.{nr % 1000:03}  root     0   {nr % 3} "
    f"W : {line}",
    "mediatek": lambda line, nr: f"<4>[{stamp(nr)}]  (1)[{70 + nr % 9}:kmemleak]{TAG}{line}",
    "qualcomm": lambda line, nr: f"<6>[{stamp(nr)},{nr % 4}] {line}",
    "console": lambda line, nr: f"[2025-07-27 {clock(nr)}] [{stamp(nr)}] {line}\r",
    "ts": lambda line, nr: f"Jul 27 {clock(nr)} {line}",
    "github": lambda line, nr: f"2025-07-27T{clock(nr)}.{nr:07}Z {line}",
    "github-dmesg": lambda line, nr: f"2025-07-27T{clock(nr)}.{nr:07}Z [{stamp(nr)}] {TAG}{line}",
    "gitlab": lambda line, nr: f"2025-07-27T{clock(nr)}.{nr:06}Z 01O {line}",
    "compose": lambda line, nr: f"vm-1      | [{stamp(nr)}] {line}",
    "lava": lambda line, nr: f"{clock(nr)}.{nr:06}  <4>[{stamp(nr)}] {TAG}{line}",
    "avocado": lambda line, nr: f"2025-07-27 {clock(nr)},{nr % 1000:03} process L0658 DEBUG| "
    f"[stdout] {line}",
    "syzkaller": lambda line, nr: f"[{stamp(nr, 90)}][ T5912] {line}",
    "mail": before("> "),
    "mail-tight": lambda line, nr: ">" + line,
    "mail-deep": before("> > >> "),
    "mail-mixed": lambda line, nr: ("> > " if nr % 2 else ">> ") + line,
    "mail-bar": before("| "),
    "mail-name": before("hk> "),
    "mail-dmesg": lambda line, nr: f"> [{stamp(nr)}] {TAG}{line}",
    "comment": lambda line, nr: " * " + line,
    "slashes": before("// "),
    "hash": lambda line, nr: "# " + line,
    "commit": lambda line, nr: "    " + line,
    "patch": lambda line, nr: "+" + line,
    "quote-paste": lambda line, nr: f"'{line}",
    "cat-n": lambda line, nr: f"{nr + 1:6}\t{line}",
    "nl": lambda line, nr: f"{nr + 1:6}  {line}",
    "grep-n": lambda line, nr: f"{nr + 1}{':' if line.startswith('unref') else '-'}{line}",
    "grep-H": lambda line, nr: f"dmesg-6.log{':' if line.startswith('unref') else '-'}{line}",
    "grep-nH": lambda line, nr: f"logs/k-1{':' if line.startswith('unref') else '-'}{nr + 1}"
    f"{':' if line.startswith('unref') else '-'}[{stamp(nr)}] {line}",
    "vim": lambda line, nr: f"{nr + 1:>4} {line}",
    "first-bare": lambda line, nr: line if nr == 0 else f"[{stamp(nr)}] {TAG}{line}",
    "pstore": lambda line, nr: f"<4>[{stamp(nr)}] {line}",
    "screenlog": lambda line, nr: f"\033[0;39m{line}\033[0m\r",
    "bom": lambda line, nr: ("\ufeff" if nr == 0 else "") + line,
}

# Other messages of the log, in between.
NOISE = [
    "usb 1-1: new high-speed USB device number 7 using xhci_hcd",
    "audit: type=1400 audit(1753600658.123:45): apparmor=\"DENIED\" operation=\"open\"",
    "random: crng init done",
]


def noisy(form):
    def lines(line, nr):
        if nr % 5 == 3 and not line.startswith("unref"):
            return form(line, nr) + f"\n[{stamp(nr)}] {NOISE[nr % 3]}"
        return form(line, nr)
    return lines


def trace(line, nr):
    """A stack of another message among the lines of an entry."""
    text = PREFIXES["dmesg"](line, nr)
    if nr % 11 == 7:
        text += "".join(f"\n[{stamp(nr)}]{one}" for one in (
            " Call Trace:", "  <TASK>", "  dump_stack+0x12/0x34", "  alien_work+0x56/0x78 [alien]",
            "  </TASK>"))
    return text


PREFIXES["noise"] = noisy(PREFIXES["dmesg"])
PREFIXES["noise-bare"] = noisy(PREFIXES["dmesg-bare"])
PREFIXES["trace"] = trace


def wrap(line, width):
    """As a mailer does: at blanks, without the indent."""
    if len(line) <= width or " " not in line.strip()[1:]:
        return line
    at = line.rfind(" ", len(line) - len(line.lstrip()) + 1, width + 1)
    if at < 0:
        at = line.find(" ", width)
    if at < 0:
        return line
    return line[:at] + "\n" + wrap(line[at + 1:].lstrip(), width)


def wrapped(form, width):
    return lambda line, nr: wrap(form(line, nr), width)


PREFIXES["wrapped"] = wrapped(PREFIXES["file"], 68)
PREFIXES["wrapped-narrow"] = wrapped(PREFIXES["file"], 50)
PREFIXES["wrapped-dmesg"] = wrapped(PREFIXES["dmesg"], 72)
PREFIXES["wrapped-quoted"] = lambda line, nr: "> " + wrap(line, 66).replace("\n", "\n> ")


ENCODINGS = {"utf16": "utf-16-le", "utf16be": "utf-16-be"}


def write(out, name, times, lines):
    form = PREFIXES.get(name, PREFIXES["file"])
    encoding = ENCODINGS.get(name, "utf-8")
    text = "".join(form(line, nr) + "\n" for nr, line in enumerate(lines))
    if name in ENCODINGS:
        text = "\ufeff" + text
    for _ in range(times):
        out.write(text.encode(encoding))


def main():
    lines = sys.stdin.read().splitlines()
    if sys.argv[1] != "all":
        write(sys.stdout.buffer, sys.argv[1], int(sys.argv[2]), lines)
        return
    os.mkdir(sys.argv[2])
    for name in [*PREFIXES, *ENCODINGS]:
        with open(os.path.join(sys.argv[2], name), "wb") as out:
            write(out, name, 1, lines)


if __name__ == "__main__":
    main()
