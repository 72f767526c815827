# SPDX-License-Identifier: GPL-2.0
"""Fills a database of "kmemleak record" with series of known slopes, or compares what
"kmemleak trend --json" says of them.

series.py fill <database>        the database is a new one, with one sample
series.py compare <json>         fails for any series that is judged wrongly
"""
import itertools
import json
import math
import random
import sqlite3
import statistics
import sys

EVERY = 60          # seconds
SAMPLES = 120
MB = 1 << 20


def leaking(noise, per_sample=20000, granularity=1, base=10 * MB):
    return lambda i: (base + per_sample * i + random.gauss(0, noise)) // granularity * granularity


# name: (bytes at sample i, verdicts that are right, bytes an hour or None)
SERIES = {
    "leak_exact": (leaking(0), ["leak"], 20000 * 60),
    "leak_noisy": (leaking(50000), ["leak"], 20000 * 60),
    "leak_slow": (leaking(0, 600, 4096, MB // 4), ["leak"], 600 * 60),
    "leak_sawtooth": (lambda i: 10 * MB + 20000 * i + i % 7 * 30000, ["leak"], 20000 * 60),
    "leak_outliers": (lambda i: 10 * MB + 20000 * i + (50 * MB if i % 10 == 5 else 0),
                      ["leak"], 20000 * 60),
    "steady_constant": (lambda i: 5 * MB, ["steady"], 0),
    "steady_noisy": (lambda i: 10 * MB + random.gauss(0, 40000), ["steady"], 0),
    "steady_step": (lambda i: (10 if i < 50 else 15) * MB + random.gauss(0, 9000), ["steady"], None),
    "steady_shrinking": (lambda i: 90 * MB - 20000 * i, ["steady"], -20000 * 60),
    "steady_warm": (lambda i: 10 * MB * (1 - math.exp(-i / 8)), ["steady"], None),
    "undecided_noisy": (lambda i: 10 * MB + random.gauss(0, 3 * MB), ["undecided"], None),
    "undecided_stopping": (lambda i: 10 * MB * (1 - math.exp(-i / 30)), ["undecided"], None),
    "undecided_sawtooth": (lambda i: 10 * MB + i % 40 * MB, ["undecided", "steady"], None),
    "undecided_reclaimable": (leaking(0), ["undecided"], 20000 * 60),
    "undecided_short": (leaking(0), ["undecided"], 20000 * 60),
}


def fill(path):
    random.seed(1)
    db = sqlite3.connect(path)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("DELETE FROM sample")
    db.execute("DELETE FROM series")
    db.execute("DELETE FROM boot")
    # The first boot leaks in what the second, which counts, does not.
    for boot in (1, 2):
        db.execute("INSERT INTO boot VALUES (?, ?)", (boot, f"boot-{boot}"))
        for i in range(SAMPLES):
            sample = (boot - 1) * SAMPLES + i + 1
            db.execute("INSERT INTO sample VALUES (?, ?, ?, ?, ?)",
                       (sample, boot, sample * EVERY, 100 + i * EVERY, i // 12))
            db.execute("INSERT INTO look VALUES (?, 'cache')", (sample,))
            if i % 12 == 0:
                db.execute("INSERT INTO look VALUES (?, 'site')", (sample,))
    for key, (name, (value, _, _)) in enumerate(SERIES.items(), 1):
        short = name == "undecided_short"
        db.execute("INSERT INTO series VALUES (?, ?, ?, ?)",
                   (key, "site" if short else "cache", name, "reclaimable" in name))
        for boot, i in itertools.product((1, 2), range(SAMPLES)):
            if short and i % 12:
                continue
            if boot == 1:
                size = 40000 * i if name == "steady_constant" else 3 * MB
            else:
                size = int(value(i))
            db.execute("INSERT INTO value VALUES (?, ?, ?, ?)",
                       ((boot - 1) * SAMPLES + i + 1, key, size, size // 100))
    # A cache that came late, and was not there before.
    db.execute("INSERT INTO series VALUES (99, 'cache', 'steady_late', 0)")
    for i in range(SAMPLES // 2, SAMPLES):
        db.execute("INSERT INTO value VALUES (?, 99, ?, 1)", (SAMPLES + i + 1, MB))
    db.commit()


def slope_and_tau(points):
    """The same by definition: the median of all slopes, and tau-b."""
    pairs = list(itertools.combinations(points, 2))
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairs]
    signs = [(s > 0) - (s < 0) for s in slopes]
    tied = signs.count(0)
    tau = sum(signs) / math.sqrt(len(pairs) * (len(pairs) - tied)) if tied < len(pairs) else 0
    return statistics.median(slopes), tau


def compare(path):
    with open(path) as file:
        trends = json.load(file)
    found = {trend["name"]: trend for trend in trends}
    assert len(found) == len(trends) == len(SERIES) + 1, f"{len(trends)} series"
    rates = [trend["bytes_per_hour"] for trend in trends]
    assert rates == sorted(rates, reverse=True), "not ordered by growth"
    for name, (value, verdicts, rate) in SERIES.items():
        trend = found[name]
        assert trend["verdict"] in verdicts, trend
        assert trend["boot"] == 1, trend
        assert trend["bytes_per_hour_low"] <= trend["bytes_per_hour"], trend
        assert trend["bytes_per_hour"] <= trend["bytes_per_hour_high"], trend
        assert 0 <= trend["p"] <= 1 and -1 <= trend["tau"] <= 1, trend
        if rate is not None:
            assert trend["bytes_per_hour_low"] <= rate + 1e-3, trend
            assert trend["bytes_per_hour_high"] >= rate - 1e-3, trend
    for name in ("leak_slow", "leak_sawtooth", "leak_outliers", "undecided_sawtooth"):
        points = [(i * EVERY, int(SERIES[name][0](i))) for i in range(SAMPLES)]
        slope, tau = slope_and_tau(points)
        assert math.isclose(found[name]["bytes_per_hour"], slope * 3600, rel_tol=1e-9), name
        assert math.isclose(found[name]["tau"], tau, rel_tol=1e-9), name
    assert found["steady_late"]["verdict"] == "steady", found["steady_late"]
    assert found["steady_late"]["first_bytes"] == 0, found["steady_late"]


{"fill": fill, "compare": compare}[sys.argv[1]](sys.argv[2])
