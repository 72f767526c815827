#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The numbers of bench.sh: from the guests' logs to a table and a json file.

bench.py report <dir of logs> <json> [key=value...]
    adds the figures to the json under "<base>-<arch>" and prints the table;
    fails if stacks were mistaken for others
bench.py record <json> <run> <table>
    writes the counts of that run that bench.py check compares with
bench.py check <dir of logs> <table> [ratio]
    fails if a count is more than 5 % above the table's; with "ratio" the counts
    of a kernel without detector are divided by first, on both sides
bench.py data <json> <dir>
    writes there what plots.gp draws
"""

import glob
import json
import os
import re
import statistics
import sys

COLUMNS = ("none", "off", "kmemleak", "upstream")
MACRO = ("fork", "pipe", "stat", "create_unlink", "create_unlink_empty",
         "socketpair", "mmap", "exec")
TOLERANCE = 1.05
RECORDED = ("none", "kmemleak")


def read_logs(directory):
    """{figure: {column: [samples]}} and {figure: unit} of all logs there."""
    samples, units = {}, {}
    for path in sorted(glob.glob(os.path.join(directory, "*.log"))):
        column = os.path.basename(path).split("-")[0]
        with open(path, errors="replace") as log:
            for line in log:
                word = line.split()
                if len(word) != 4 or word[0] != "bench:" or word[1] == "end":
                    continue
                name, value, unit = word[1], float(word[2]), word[3]
                samples.setdefault(name, {}).setdefault(column, []).append(value)
                units[name] = unit
    return samples, units


def summarise(samples, units):
    """Of times the best counts: whatever disturbs a loop makes it longer."""
    figures = {}
    for name, columns in samples.items():
        figure = {"unit": units[name]}
        for column, values in columns.items():
            middle = statistics.median(values)
            best = min(values) if units[name] == "ns" else middle
            figure[column] = {"best": best, "median": middle, "samples": values}
        figures[name] = figure
    add_metadata(figures)
    add_speed(figures)
    add_ratios(figures)
    return figures


def add_metadata(figures):
    """What an object takes beyond what it takes without a detector."""
    for name in [n for n in figures if n.startswith("memory_")]:
        none = value(figures, name, "none")
        if none is None:
            continue
        beyond = {"unit": "bytes"}
        for column in COLUMNS[1:]:
            total = value(figures, name, column)
            if total is not None:
                rest = round(total - none, 1)
                beyond[column] = {"best": rest, "median": rest, "samples": [rest]}
        figures["metadata_" + name.split("_")[1]] = beyond


def add_speed(figures):
    """Words that a scan reads in a second."""
    for name in [n for n in figures if n.endswith("_words")]:
        speed = {"unit": "words/s"}
        for column in COLUMNS:
            rate = quotient(value(figures, name, column),
                            value(figures, name.removesuffix("_words"), column))
            if rate is not None:
                rate = round(rate * 1e9)
                speed[column] = {"best": rate, "median": rate, "samples": [rate]}
        figures[name + "_per_s"] = speed


def add_ratios(figures):
    for figure in figures.values():
        figure["ratios"] = {
            f"{column}/{base}": round(figure[column]["best"] / figure[base]["best"], 4)
            for column in COLUMNS for base in ("none", "off", "upstream")
            if column != base and column in figure and base in figure
            and figure[base]["best"] > 0}


def value(figures, name, column):
    try:
        return figures[name][column]["best"]
    except KeyError:
        return None


def quotient(a, b):
    return a / b if a is not None and b else None


def human(number, unit):
    if number is None:
        return "-"
    if unit == "instructions":
        return f"{number:,.0f}"
    if unit != "ns":
        return f"{number:,.1f}" if unit == "bytes" and number < 1000 else f"{number:,.0f}"
    for scale, name in ((1e9, "s"), (1e6, "ms"), (1e3, "us")):
        if number >= scale:
            return f"{number / scale:.2f} {name}"
    return f"{number:.1f} ns"


def factor(number):
    if number is None:
        return "-"
    return f"{number:.3f}" if number < 2 else f"{number:.2f}" if number < 20 else f"{number:.0f}"


SECTIONS = (
    ("kmalloc and kfree, 64 bytes, by call depth", r"pair_"),
    ("other allocations, depth 12", r"(kmalloc_|kmem_cache|bulk|vmalloc|percpu)"),
    ("64 bytes, kept", r"kept"),
    ("system calls", "(" + "|".join(MACRO) + ")$"),
    ("bytes an object takes, all in all, by size", r"memory_"),
    ("what of this is more than without a detector", r"metadata_"),
    ("what of this kmemleak_stats counts", r"counted_"),
    ("one write of \"scan\"", r"scan_.*(idle|array|linked|list|workers)$"),
    ("words that it reads", r"scan_.*_words$"),
    ("words that it reads in a second", r"scan_.*_words_per_s"),
    ("objects that its first pass did not reach", r"scan_.*_suspects"),
    ("marking 1 M objects, on the host", r"boehm"),
    ("boot and image", r"(boot|image)"),
    ("verify_stacks", r"stack"),
)


def print_table(figures):
    row = "{:33}" + "{:>13}" * 4 + " " + "{:>11}" * 5 + "{:>8}"
    print(row.format("", *COLUMNS, "kml/none", "kml/off", "kml/upstr", "off/none",
                     "upstr/none", "spread"))
    for title, pattern in SECTIONS:
        names = [n for n in figures if re.match(pattern, n) and
                 (not n.endswith("_suspects") or value(figures, n, "kmemleak"))]
        if names:
            print(f"\n{title}")
        for name in names:
            print_row(row, name, figures[name])


def print_row(row, name, figure):
    unit = figure["unit"]
    shown = [c for c in figure if isinstance(figure[c], dict) and "best" in figure[c]]
    if not set(shown) & set(COLUMNS):
        for column in shown:
            print("  {:31}{:>13}".format(name, human(figure[column]["best"], unit)))
        return
    cells = [human(figure[c]["best"], unit) if c in figure else "-" for c in COLUMNS]
    ratios = [factor(figure.get("ratios", {}).get(r)) for r in
              ("kmemleak/none", "kmemleak/off", "kmemleak/upstream", "off/none",
               "upstream/none")]
    # How far the usual sample is from the best one, in the worst column.
    spread = max((figure[c]["median"] / figure[c]["best"] for c in shown
                  if figure[c]["best"]), default=1)
    print(row.format("  " + name, *cells, *ratios, f"{spread * 100 - 100:.0f} %").rstrip())


def worst(numbers):
    known = [n for n in numbers if n is not None]
    return max(known) if known else None


def targets(figures, arch):
    """(what, existing, ours, must, aim) for what the run can tell."""
    def get(name, column="kmemleak"):
        return value(figures, name, column)

    def to_off(name, column="kmemleak"):
        return quotient(get(name, column), get(name, "off"))

    def both(what, measure, must, aim):
        return (what, measure("upstream"), measure("kmemleak"), must, aim)

    rows = []
    if arch == "um":
        rows = [
            both("pair, depth 12, ratio to off",
                 lambda c: to_off("pair_depth_12", c), 3.0, 2.0),
            both("the pair on 2 CPUs / on 1",
                 lambda c: quotient(get("pair_depth_12_2_cpus", c), get("pair_depth_12", c)),
                 1.10, 1.02),
            both("metadata bytes of a 64-byte object",
                 lambda c: get("metadata_64", c), 20, 17),
            both("scan of 1 M linked objects / Boehm marking them",
                 lambda c: quotient(get("scan_1000000_linked", c),
                                    get("boehm_mark_1M", "host")), 2.0, 1.0),
            both("the same, 2 workers / 1",
                 lambda c: quotient(get("scan_1000000_linked_2_workers", c),
                                    get("scan_1000000_linked", c)), 0.6, 0.52),
            both("scan of 4 M / of 1 M, the worst shape",
                 lambda c: worst(quotient(get(f"scan_4000000_{s}", c),
                                          get(f"scan_1000000_{s}", c))
                                 for s in ("array", "linked", "list")), 4.5, 4.1),
        ]
    else:
        rows = [both("pair, depth 12, ratio to off, in instructions",
                     lambda c: to_off("pair_depth_12", c), 4.0, 2.5)]
        for name, must, aim in (("pipe", 1.30, 1.10), ("stat", 1.25, 1.08),
                                ("create_unlink", 1.15, 1.05), ("fork", 1.10, 1.03)):
            rows.append(both(f"{name}, ratio to off, in instructions",
                             lambda c, n=name: to_off(n, c), must, aim))
        rows.append(("off / no detector, worst system call", None,
                     worst(quotient(get(n, "off"), get(n, "none")) for n in MACRO),
                     1.01, 1.00))
    rows.append(("verify_stacks mismatches", None, get("stack_mismatches", "verify"), 0, 0))
    return rows


def print_targets(rows):
    line = "{:50}{:>10}{:>10}{:>8}{:>8}   {}"
    print()
    print(line.format("wanted", "existing", "here", "must", "aim", "").rstrip())
    for what, existing, ours, must, aim in rows:
        if ours is None:
            verdict = "not measured"
        elif round(ours, 3) <= aim:
            verdict = "as good as aimed at"
        elif round(ours, 3) <= must:
            verdict = "good enough"
        else:
            verdict = "NOT REACHED"
        print(line.format("  " + what, factor(existing), factor(ours), must, aim, verdict))


def report(directory, path, *pairs):
    about = dict(p.split("=", 1) for p in pairs)
    samples, units = read_logs(directory)
    figures = summarise(samples, units)
    if about["arch"] == "x86_64":
        for figure in figures.values():
            if figure["unit"] == "ns":
                figure["unit"] = "instructions"
    everything = {"runs": {}}
    if os.path.exists(path):
        with open(path) as f:
            everything = json.load(f)
    run = everything["runs"].setdefault(f"{about['base']}-{about['arch']}", {})
    run["about"] = about
    # A part that was not measured this time keeps what it had.
    run.setdefault("figures", {}).update(figures)
    rows = targets(figures, about["arch"])
    run["targets"] = [dict(zip(("what", "existing", "here", "must", "aim"), r)) for r in rows]
    with open(path, "w") as f:
        json.dump(everything, f, indent=1)
        f.write("\n")

    counts = "instructions" if about["arch"] == "x86_64" else "the best of all samples"
    print(f"{about['base']}, {about['arch']}: {counts}; {about['tools']}; "
          f"rounds {about['rounds']}, load before {about['load']}\n")
    print_table(figures)
    print_targets(rows)
    if value(figures, "stack_mismatches", "verify"):
        sys.exit("bench.py: stacks were mistaken for others")
    verified = value(figures, "stacks_verified", "verify")
    if verified is not None and not verified:
        sys.exit("bench.py: no stack was verified")


def recorded(figures, name):
    """Loops only: a scan or a boot is more than its instructions."""
    return figures[name].get("unit") in ("ns", "instructions") and \
        not re.match(r"scan_|boot|boehm", name)


def record(path, run, table):
    with open(path) as f:
        run = json.load(f)["runs"][run]
    figures = run["figures"]
    counts = {}
    for name in figures:
        if recorded(figures, name):
            counts[name] = {c: round(value(figures, name, c)) for c in RECORDED}
    with open(table, "w") as f:
        json.dump({"tools": run["about"]["tools"], "instructions": counts}, f, indent=1)
        f.write("\n")
    print(f"{table} has {len(counts)} counts")


def write_rows(directory, name, rows):
    with open(os.path.join(directory, name), "w") as f:
        for row in rows:
            f.write("\t".join("NaN" if c is None else str(c) for c in row) + "\n")


def ratios_to_none(figures, name, columns):
    return [quotient(value(figures, name, c), value(figures, name, "none")) for c in columns]


def chart_label(name):
    return name.replace("create_unlink", "create+\\nunlink").replace("_empty", ", empty")


def complete_run(path, runs, run, how, parts):
    """The figures of a run, which has to have all kernels and these figures' parts."""
    figures = runs.get(run, {}).get("figures", {})
    lacking = [f"pair_depth_12 of {c}" for c in COLUMNS
               if value(figures, "pair_depth_12", c) is None]
    lacking += [name for name in parts if value(figures, name, "kmemleak") is None]
    if lacking:
        sys.exit(f"bench.py: {path} lacks {', '.join(lacking)} for {run}; "
                 f"make bench {how} measures it")
    return figures


def data(path, directory):
    with open(path) as f:
        runs = json.load(f)["runs"]
    native = complete_run(path, runs, "7.3-um", "BASE=7.3",
                          ["metadata_64", "scan_1000000_linked"])
    counts = complete_run(path, runs, "6.12-x86_64", "ARCH=x86_64", ["fork"])
    ours = COLUMNS[1:]

    rows = [[f"depth {d}"] + ratios_to_none(native, f"pair_depth_{d}", ours)
            for d in (4, 12, 24)]
    rows.append(["depth 12,\\n2 CPUs"] + ratios_to_none(native, "pair_depth_12_2_cpus", ours))
    rows.append(["x86-64, depth 12,\\ninstructions"] +
                ratios_to_none(counts, "pair_depth_12", ours))
    write_rows(directory, "pair", rows)
    write_rows(directory, "syscalls",
               [[chart_label(n)] + ratios_to_none(counts, n, ours) for n in MACRO])
    write_rows(directory, "memory",
               [[n.split("_")[1]] + [value(native, n, c) for c in ("kmemleak", "upstream")]
                for n in native if n.startswith("metadata_")])
    sizes = sorted({int(n.split("_")[1]) for n in native
                    if re.match(r"scan_\d+_linked$", n)})
    write_rows(directory, "scan",
               [[size] + [quotient(value(native, f"scan_{size}_{shape}", column), 1e9)
                          for column in ("kmemleak", "upstream")
                          for shape in ("array", "linked", "list")] for size in sizes])
    write_rows(directory, "boehm", [[1000000, quotient(value(native, "boehm_mark_1M", "host"),
                                                       1e9)]])


def check(directory, table, ratio=""):
    with open(table) as f:
        wanted = json.load(f)["instructions"]
    figures = summarise(*read_logs(directory))
    bad = 0
    for name, counts in wanted.items():
        was, now = counts["kmemleak"], value(figures, name, "kmemleak")
        if ratio:
            was, now = was / counts["none"], quotient(now, value(figures, name, "none"))
        if now is None:
            print(f"{name}: not measured")
            bad += 1
            continue
        verdict = ""
        if now > was * TOLERANCE:
            verdict = f"  a regression of {now / was * 100 - 100:.1f} %"
            bad += 1
        elif now * TOLERANCE < was:
            verdict = "  better; make bench ARCH=x86_64 RECORD=1 writes a new table"
        print(f"{name:24}{was:14,.2f}{now:14,.2f}{verdict}")
    print(f"{len(wanted)} counts, {bad} bad")
    sys.exit(bad != 0 or not wanted)


if __name__ == "__main__":
    commands = {"report": report, "record": record, "check": check, "data": data}
    if len(sys.argv) < 4 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
