# SPDX-License-Identifier: GPL-2.0
"""Databases of "kmemleak record" as machines at work would leave them.

machines.py healthy <kind> <seed> <database>   nothing leaks
machines.py leaking <seed> <database>          ten things do, see LEAKS
machines.py names                              prints the kinds of healthy machines
machines.py leaks                              prints the leaks: kind, name, bytes an hour

The database is a new one, with one sample.
"""
import math
import random
import sqlite3
import sys

EVERY = 60      # seconds
HOUR = 60       # samples
KB, MB, GB = 1 << 10, 1 << 20, 1 << 30
TOTAL = 16 * GB


# ---- How many objects there are at each sample ----

def returning(mean, sd, memory):
    """A load that comes and goes."""
    noise, out = random.gauss(0, 1), []
    for _ in range(HOUR):
        noise = memory * noise + math.sqrt(1 - memory ** 2) * random.gauss(0, 1)
        out.append(max(mean + sd * noise, 0))
    return out


def walk(start, step):
    """Things that come and stay for long."""
    out = [start]
    while len(out) < HOUR:
        out.append(max(out[-1] + random.gauss(0, step), 0))
    return out


def filling(start, room, half_life):
    """What fills up: half of the room, then half of the rest."""
    return [start + room * (1 - 0.5 ** (i / half_life)) for i in range(HOUR)]


def steps(start, height, *at):
    """Something that begins, once or some times."""
    return [start + height * sum(i >= when for when in at) for i in range(HOUR)]


def jobs(base, height, length, every, shape=lambda part: part):
    """Jobs that take memory while they run, and give it back."""
    shift = random.randrange(every)
    return [base + (height * shape((i + shift) % every / length)
                    if (i + shift) % every < length else 0) for i in range(HOUR)]


def crawl(start, per_minute):
    """Reads ever more files: caches grow until memory is short."""
    out = [start]
    while len(out) < HOUR:
        out.append(out[-1] + per_minute * random.expovariate(1))
    return out


def unique(start, scale):
    """New things among ever more that are known."""
    return [start + scale * math.sqrt(i) for i in range(HOUR)]


def plus(*parts):
    return [sum(values) for values in zip(*parts)]


def noisy(values, part=0.002):
    return [value * (1 + random.gauss(0, part)) for value in values]


# ---- Series ----

class Machine:
    def __init__(self):
        self.series = {}
        self.kernel = [0] * HOUR
        self.cache = [0] * HOUR
        self.user = [0] * HOUR

    def add(self, kind, name, bytes_at, objects_at=None, reclaimable=False):
        self.series[kind, name] = (bytes_at, objects_at or [0] * HOUR, reclaimable)

    def cache_of(self, name, objects, size, reclaimable=False, slab=8 * KB):
        """Slabs go when all of their objects are free, which takes a while."""
        slabs, now = [], 0
        for nr in objects:
            needed = math.ceil(nr * size / slab)
            now = max(needed, now - (now - needed) // 4)
            slabs.append(now * slab)
        self.add("cache", name, slabs, [int(nr) for nr in objects], reclaimable)
        for i, size_now in enumerate(slabs):
            (self.cache if reclaimable else self.kernel)[i] += size_now

    def finish(self, anonymous, shmem, page_cache, tables=300):
        """The lines of the account, which add up."""
        page_tables = [value / tables + 2 * MB for value in anonymous]
        stacks = noisy([20 * MB] * HOUR, 0.01)
        lines = {
            "anonymous": (anonymous, False), "shmem": (shmem, False),
            "page_cache": (page_cache, True), "slab_reclaimable": (self.cache, True),
            "slab_unreclaimable": (self.kernel, False), "page_tables": (page_tables, False),
            "kernel_stacks": (stacks, False), "vmalloc": ([30 * MB] * HOUR, False),
            "percpu": ([9 * MB] * HOUR, False),
            "unexplained": ([90 * MB + random.gauss(0, 300 * KB) for _ in range(HOUR)], False),
        }
        used = plus(*(values for values, _ in lines.values()))
        lines["free"] = ([TOTAL - value for value in used], False)
        for name, (values, reclaimable) in lines.items():
            self.add("memory", name, values, None, reclaimable)

    def write(self, path):
        db = sqlite3.connect(path)
        for table in ("value", "look", "sample", "series", "boot"):
            db.execute(f"DELETE FROM {table}")
        db.execute("INSERT INTO boot VALUES (1, 'boot')")
        for i in range(HOUR):
            db.execute("INSERT INTO sample VALUES (?, 1, ?, ?, ?)",
                       (i + 1, i * EVERY, 10000 + i * EVERY + random.random(), i // 4))
            for kind in ("memory", "cache", "vmalloc"):
                db.execute("INSERT INTO look VALUES (?, ?)", (i + 1, kind))
            if i % 4 == 0:
                db.execute("INSERT INTO look VALUES (?, 'site')", (i + 1,))
        for key, ((kind, name), (sizes, objects, reclaimable)) in enumerate(self.series.items(), 1):
            db.execute("INSERT INTO series VALUES (?, ?, ?, ?)", (key, kind, name, reclaimable))
            for i in range(HOUR):
                if (sizes[i] or objects[i]) and (kind != "site" or i % 4 == 0):
                    db.execute("INSERT INTO value VALUES (?, ?, ?, ?)",
                               (i + 1, key, int(sizes[i]), int(objects[i])))
        db.commit()


def common(machine, busy=1.0):
    """What every machine has: a hundred caches, which hardly change or come and go."""
    for i in range(40):
        size = random.choice((32, 64, 128, 256, 512, 1024, 2048))
        mean = random.randrange(100, 20000)
        memory = random.choice((0.0, 0.3, 0.6, 0.9, 0.97))
        machine.cache_of(f"kmalloc-{size}-{i}", returning(mean, busy * mean / 50, memory), size)
    for i in range(15):
        mean = random.randrange(50, 5000)
        machine.cache_of(f"walk_{i}", walk(mean, busy * mean / 200), 192)
    for i in range(10):
        machine.cache_of(f"fixed_{i}", [random.randrange(1, 999)] * HOUR, 320)
    machine.cache_of("task_struct", returning(400, 40 * busy, 0.8), 7 * KB, slab=32 * KB)
    machine.cache_of("vm_area_struct", returning(30000, 2000 * busy, 0.8), 184)
    machine.cache_of("filp", returning(9000, 800 * busy, 0.7), 256)
    for i in range(6):
        machine.add("vmalloc", f"caller_{i}", returning(MB, 64 * KB * busy, 0.5))
    for i in range(12):
        machine.add("site", f"site_{i}+0x1/0x9", returning(300 * KB, 20 * KB * busy, 0.4))


def files(machine, inodes):
    """Inodes and dentries, with what security modules keep for each."""
    machine.cache_of("ext4_inode_cache", inodes, 1100, True, 32 * KB)
    machine.cache_of("dentry", [1.3 * nr for nr in inodes], 192, True)
    machine.cache_of("lsm_inode_cache", [nr + 4000 for nr in inodes], 72)
    machine.cache_of("ima_iint_cache", [nr / 3 for nr in inodes], 104)
    machine.cache_of("fscrypt_inode_info", [nr / 2 for nr in inodes], 120)
    machine.cache_of("jbd2_journal_head", [nr / 9 for nr in inodes], 120)
    machine.cache_of("buffer_head", [2 * nr for nr in inodes], 104, True)
    machine.cache_of("radix_tree_node", [nr / 4 for nr in inodes], 576, True, 16 * KB)


def build(machine):
    common(machine, 3)
    files(machine, plus(filling(20000, 300000, 8), jobs(0, 9000, 3, 4)))
    machine.finish(jobs(GB, 3 * GB, 4, 5), noisy([80 * MB] * HOUR), crawl(2 * GB, 60 * MB))


def database(machine):
    common(machine)
    files(machine, noisy([30000] * HOUR))
    machine.cache_of("bio-264", returning(5000, 900, 0.5), 264)
    machine.cache_of("sock_inode_cache", returning(400, 60, 0.9), 832, True)
    machine.finish(filling(2 * GB, 5 * GB, 12), filling(GB, 2 * GB, 9), crawl(GB, 20 * MB))


def network(machine):
    common(machine, 2)
    files(machine, noisy([25000] * HOUR))
    machine.cache_of("sock_inode_cache", returning(9000, 2500, 0.9), 832, True)
    machine.cache_of("TCP", returning(8000, 2500, 0.9), 2400, slab=32 * KB)
    machine.cache_of("tw_sock_TCP", returning(3000, 1500, 0.7), 250)
    machine.cache_of("skbuff_head_cache", returning(20000, 6000, 0.4), 256)
    machine.cache_of("nf_conntrack", filling(2000, 60000, 7), 256)
    machine.cache_of("kmalloc-4k", returning(3000, 700, 0.5), 4 * KB, slab=32 * KB)
    machine.finish(returning(3 * GB, 100 * MB, 0.9), noisy([50 * MB] * HOUR), crawl(GB, MB))


def crawler(machine):
    """A backup, or updatedb: inodes all the hour."""
    common(machine)
    files(machine, crawl(10000, 9000))
    machine.finish(noisy([GB] * HOUR), noisy([50 * MB] * HOUR), crawl(GB, 90 * MB))


def containers(machine):
    common(machine, 2)
    files(machine, unique(50000, 9000))
    for name in ("mnt_cache", "pid_namespace", "cred_jar", "kernfs_node_cache"):
        machine.cache_of(name, jobs(4000, 1500, 9, 12, lambda part: 1), 300)
    machine.add("vmalloc", "bpf_prog_alloc", steps(2 * MB, 64 * KB, 7, 31, 33))
    machine.finish(jobs(2 * GB, GB, 9, 12, lambda part: 1), noisy([99 * MB] * HOUR),
                   unique(2 * GB, 60 * MB))


def just_booted(machine):
    common(machine)
    files(machine, filling(1000, 90000, 5))
    for i in range(12):
        machine.cache_of(f"warm_{i}", noisy(filling(100, 9000, random.uniform(2, 25))), 256)
        machine.cache_of(f"once_{i}", steps(100, random.randrange(900), random.randrange(HOUR)), 512)
    machine.finish(filling(200 * MB, 3 * GB, 9), filling(9 * MB, 50 * MB, 9), filling(0, 4 * GB, 11))


def cron(machine):
    common(machine)
    files(machine, plus([40000] * HOUR, jobs(0, 20000, 2, 10)))
    for i in range(12):
        every = random.randrange(5, 30)
        machine.cache_of(f"job_{i}", jobs(2000, 900, every // 2 + 1, every), 400)
    machine.finish(jobs(GB, 500 * MB, 3, 15), noisy([50 * MB] * HOUR), crawl(GB, 9 * MB))


def desktop(machine):
    """Windows and tabs come and stay, then some go."""
    common(machine)
    files(machine, unique(60000, 5000))
    for i in range(12):
        machine.cache_of(f"drm_{i}", walk(3000, 90), 500)
    machine.finish(walk(3 * GB, 60 * MB), walk(700 * MB, 9 * MB), crawl(2 * GB, 9 * MB))


def idle(machine):
    common(machine, 0.02)
    files(machine, noisy([30000] * HOUR, 0.0001))
    # Less than one part in a hundred in an hour, however evenly.
    for i in range(6):
        machine.cache_of(f"drift_{i}", [50000 + 5 * t for t in range(HOUR)], 256)
    machine.finish(noisy([GB] * HOUR, 0.0005), [50 * MB] * HOUR, noisy([GB] * HOUR, 0.0005))


KINDS = {kind.__name__: kind for kind in (build, database, network, crawler, containers,
                                          just_booted, cron, desktop, idle)}

# ---- Leaks ----


def leak(rate, size):
    """Objects of a size, at random times, so many bytes an hour."""
    out, now = [], 0.0
    for _ in range(HOUR):
        mean = rate / HOUR / size
        now += max(random.gauss(mean, math.sqrt(mean)), 0)
        out.append(now)
    return out


def leak_cache(name, base, size, slab=8 * KB):
    def plant(machine, rate):
        machine.cache_of(name, plus(returning(base, base / 100, 0.7), leak(rate, size)), size,
                         slab=slab)
    return "cache", name, plant


def leak_area(name):
    def plant(machine, rate):
        machine.add("vmalloc", name, [MB + nr * 16 * KB for nr in leak(rate, 16 * KB)])
    return "vmalloc", name, plant


def leak_site(name):
    def plant(machine, rate):
        machine.add("site", name, [8 * KB + nr * 128 for nr in leak(rate, 128)])
    return "site", name, plant


def leak_user(machine, rate):
    machine.user = [nr * 4 * KB for nr in leak(rate, 4 * KB)]


LEAKS = [
    (100 * KB, leak_cache("planted_slow", 400, 64)),
    (300 * KB, leak_cache("kmalloc-96", 9000, 96)),
    (200 * KB, leak_site("session_add+0x25/0x50 [demo]")),
    (MB, leak_cache("lsm_inode_cache", 30000, 72)),
    (2 * MB, leak_cache("sock_inode_cache", 300, 832)),
    (5 * MB, leak_area("table_resize")),
    (10 * MB, leak_cache("kmalloc-1k", 2000, KB, 32 * KB)),
    (30 * MB, leak_cache("task_struct", 300, 7 * KB, 32 * KB)),
    (60 * MB, leak_cache("skbuff_head_cache", 9000, 256)),
    (100 * MB, ("memory", "anonymous", leak_user)),
]


def leaking(machine):
    common(machine)
    machine.cache_of("ext4_inode_cache", noisy([26000] * HOUR), 1100, True, 32 * KB)
    machine.cache_of("dentry", noisy([40000] * HOUR), 192, True)
    for rate, (_, _, plant) in LEAKS:
        plant(machine, rate)
    anonymous = plus(returning(900 * MB, 3 * MB, 0.6), machine.user)
    machine.finish(anonymous, noisy([50 * MB] * HOUR), noisy([2 * GB] * HOUR))


def main():
    if sys.argv[1] == "names":
        print(*KINDS)
    elif sys.argv[1] == "leaks":
        for rate, (kind, name, _) in LEAKS:
            print(kind, rate, name)
    else:
        machine = Machine()
        random.seed(int(sys.argv[-2]))
        (KINDS[sys.argv[2]] if sys.argv[1] == "healthy" else leaking)(machine)
        machine.write(sys.argv[-1])


main()
