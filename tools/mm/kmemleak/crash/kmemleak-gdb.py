# SPDX-License-Identifier: GPL-2.0
"""
The leak detector's report, from a kernel that runs no more commands.

For gdb with a 64-bit kernel's vmlinux that has debug information, attached to
what has its memory: the gdb stub of a qemu guest, or a dump made by qemu's
"dump-guest-memory -p".

	(gdb) source crash/kmemleak-gdb.py
	(gdb) lx-kmemleak-leaks

Memory is read and nothing is changed. Objects and stacks are found as
mm/kmemleak/{store,trace}/ find them; the texts are those of text.c and
summary.c, but for who referred to a leak last, so that what reads those reads
these as well.
"""

import bisect
import struct
import zlib

import gdb

WORD = 8
HEX_BYTES = 32
HEX_ROW = 16
CRC_BYTES = 4096
COMMS_MAX = 4

# mm/kmemleak/store/*.h; macros are in no debug information.
OBJ_LIVE = 1 << 0
OBJ_GREY = 1 << 1
OBJ_IGNORE = 1 << 2
OBJ_REPORTED = 1 << 6
OBJ_INDIRECT = 1 << 10
OBJ_FLAGS_MASK = 0xffff
OBJ_COMM_SHIFT = 16
TABLE_REPORTED = 1 << 3

# mm/kmemleak/trace/frames.c
TOKEN_LOADED = 1 << 20
TOKENS = 1 << 21

# lib/stackdepot.c
DEPOT_STACK_ALIGN = 4


# ---- Memory and variables ----

def raw(address, size):
    """Bytes of the kernel's memory."""
    return bytes(gdb.selected_inferior().read_memory(address, size))


def words(address, number):
    """Unsigned longs of the kernel's memory."""
    return struct.unpack("%dQ" % number, raw(address, number * WORD))


def string(address):
    """Text of the kernel, up to its NUL."""
    return gdb.Value(address).cast(gdb.lookup_type("char").pointer()).string()


def symbol_of(name, source):
    """A symbol of the kernel. Static ones of one name may be many: the end of its
    source file's name tells which it is."""
    for symbol in gdb.lookup_static_symbols(name):
        if symbol.symtab.filename.endswith(source):
            return symbol
    symbol = gdb.lookup_global_symbol(name)
    if not symbol:
        raise gdb.GdbError("no %s of %s: load the vmlinux, with debug information, of a "
                           "kernel that has this leak detector" % (name, source))
    return symbol


def variable(name, source):
    return symbol_of(name, source).value()


def address_of(value):
    return int(value.address)


def length(array):
    return array.type.range()[1] + 1


def container_of(pointer, kind, member):
    """The structure of a type that a pointer to one of its members is in."""
    kind = gdb.lookup_type(kind)
    offset = kind[member].bitpos // 8
    return gdb.Value(int(pointer) - offset).cast(kind.pointer())


def check_kernel():
    """Refuses memory of another kernel than vmlinux, and no memory at all."""
    if not gdb.selected_inferior().pid:
        raise gdb.GdbError("there is neither a guest nor a dump: see \"target remote\" and "
                           "\"core-file\"")
    wanted = symbol_of("slab_dir", "mm/kmemleak/store/directory.c").symtab.objfile.build_id
    start = int(gdb.parse_and_eval("(unsigned long)&__start_notes"))
    stop = int(gdb.parse_and_eval("(unsigned long)&__stop_notes"))
    notes = raw(start, stop - start)
    while len(notes) >= 12:
        name_size, size, kind = struct.unpack_from("III", notes)
        at = 12 + (name_size + 3) // 4 * 4
        if kind == 3 and notes[12:at].startswith(b"GNU\0"):
            found = notes[at:at + size].hex()
            if found != wanted:
                raise gdb.GdbError("vmlinux has build id %s, the kernel in memory %s"
                                   % (wanted, found))
            return
        notes = notes[at + (size + 3) // 4 * 4:]
    raise gdb.GdbError("there is no kernel with build id %s in memory" % wanted)


class Jiffies:
    """Now, and how long a jiffy is."""

    def __init__(self):
        clock = variable("clocksource_jiffies", "kernel/time/jiffies.c")
        self.ns = int(clock["mult"]) >> int(clock["shift"])
        self.now = int(variable("jiffies_64", "kernel/time/timer.c"))

    def age(self, birth):
        return (self.now - birth) & 0xffffffff

    def seconds(self, jiffies):
        return "%d.%03ds" % divmod(jiffies * self.ns // 1000000, 1000)


# ---- Names ----

class Modules:
    """The symbols of modules, as the kernel itself knows them."""

    def __init__(self):
        self.parts = []
        head = variable("modules", "kernel/module/main.c")
        entry = head["next"]
        while int(entry) != address_of(head):
            module = container_of(entry, "struct module", "list")
            memory = module["mem"]
            for i in range(length(memory)):
                base, size = int(memory[i]["base"]), int(memory[i]["size"])
                if size:
                    self.parts.append((base, base + size, module))
            entry = entry["next"]
        self.symbols = {}

    def read_symbols(self, module):
        """Values and names of a module's symbols, by value."""
        table = module["kallsyms"]
        number = int(table["num_symtab"])
        symbols = []
        for symbol in struct.iter_unpack("IBBHQQ", raw(int(table["symtab"]), number * 24)):
            name, _, _, section, value, _ = symbol
            if name and section:
                symbols.append((value, int(table["strtab"]) + name))
        symbols.sort()
        return symbols

    def text(self, address):
        """As "%pS" has it; None if the address is in no module."""
        for start, end, module in self.parts:
            if start <= address < end:
                break
        else:
            return None
        key = int(module)
        if key not in self.symbols:
            self.symbols[key] = self.read_symbols(module)
        symbols = self.symbols[key]
        after = bisect.bisect_right(symbols, (address, 1 << 64))
        if not after or symbols[after - 1][0] < start:
            return None
        value, name = symbols[after - 1]
        if after < len(symbols):
            end = min(end, symbols[after][0])
        return "%s+0x%x/0x%x [%s]" % (string(name), address - value, end - value,
                                      module["name"].string())


class Frames:
    """Stacks of the depot, and what their frames are called."""

    def __init__(self):
        self.modules = Modules()
        self.pools = variable("stack_pools", "lib/stackdepot.c")
        self.pages = variable("name_page", "mm/kmemleak/trace/frames.c")
        self.texts = {}

    def addresses(self, handle):
        if not handle:
            return ()
        parts = gdb.Value(handle).cast(gdb.lookup_type("unsigned int"))
        parts = parts.cast(gdb.lookup_type("union handle_parts"))
        pool = int(self.pools[int(parts["pool_index_plus_1"]) - 1])
        kind = gdb.lookup_type("struct stack_record")
        record = gdb.Value(pool + (int(parts["offset"]) << DEPOT_STACK_ALIGN))
        record = record.cast(kind.pointer())
        return words(address_of(record["entries"]), int(record["size"]))

    def gone_text(self, token):
        """Of code that was unloaded: its name was kept."""
        token &= ~TOKEN_LOADED
        page_size = TOKEN_LOADED // length(self.pages)
        page = int(self.pages[token // page_size])
        if not page or token < 8:
            return "unloaded+0x0/0x0"
        return string(page + token % page_size + gdb.lookup_type("struct frame_name").sizeof)

    def kernel_text(self, address):
        """The size is that of the function, if debug information has it."""
        found = gdb.execute("info symbol 0x%x" % address, to_string=True)
        found = found.split(" in section ")[0].split(" + ")
        if len(found) > 2 or " " in found[0]:
            return "0x%x" % address
        offset = int(found[1]) if len(found) == 2 else 0
        text = "%s+0x%x" % (found[0], offset)
        block = gdb.block_for_pc(address)
        while block and not block.function:
            block = block.superblock
        if block and block.start == address - offset:
            text += "/0x%x" % (block.end - block.start)
        return text

    def text(self, frame):
        if frame not in self.texts:
            if frame < TOKENS:
                text = self.gone_text(frame)
            else:
                text = self.modules.text(frame) or self.kernel_text(frame)
            self.texts[frame] = text
        return self.texts[frame]

    def backtrace(self, handle, indent):
        return "".join("%s%s\n" % (indent, self.text(frame))
                       for frame in self.addresses(handle))


class Comms:
    """Names of tasks, by the state of a slot."""

    def __init__(self):
        self.table = variable("comm_table", "mm/kmemleak/trace/comm.c")
        self.used = variable("comm_used", "mm/kmemleak/trace/comm.c")

    def name(self, state):
        i = state >> OBJ_COMM_SHIFT
        if i >= length(self.table) or not self.used[i]:
            return "?"
        # The last byte is no part of a name (comm.c).
        return self.table[i]["name"].string(errors="replace")[:15]


# ---- Objects ----

class Object:
    """What struct object_ref is to the detector, with the slot read."""

    def __init__(self, start, size, slot, table=None, tracked=None):
        self.start = start
        self.size = size
        self.table = table
        self.range = tracked
        self.slot = slot
        self.stack, self.pid, self.birth, self.state = struct.unpack(
            "IIII", raw(address_of(slot), 16))

    def space(self):
        """The kind of its address, as texts have it."""
        kind = str(self.range["space"]) if self.range is not None else "RANGE_VIRT"
        return "" if kind == "RANGE_VIRT" else " (%s)" % kind[len("RANGE_"):].lower()

    def is_percpu(self):
        return self.space() == " (percpu)"

    def content(self, limit):
        """Its first bytes; None if they cannot be read."""
        at = self.start
        if self.is_percpu():
            at += int(variable("__per_cpu_offset", "")[0])
        try:
            return raw(at & (1 << 64) - 1, min(self.size, limit))
        except gdb.MemoryError:
            return None


def tables():
    """Pointers to the tables of all slabs, by address of the slab."""
    top = variable("slab_dir", "mm/kmemleak/store/directory.c")
    kind = gdb.lookup_type("struct slab_table").pointer()
    mids = length(gdb.lookup_type("struct dir_mid")["leaf"])
    leaves = length(gdb.lookup_type("struct dir_leaf")["table"])
    tops = int(top["span"]["pages"]) // (mids * leaves)
    last = 0
    for mid in filter(None, words(address_of(top["mid"]), tops)):
        for leaf in filter(None, words(mid, mids)):
            for table in words(leaf, leaves):
                # A slab has an entry for each of its pages.
                if table and table != last:
                    yield gdb.Value(table).cast(kind)
                last = table


def table_object(table, i):
    return Object(int(table["base"]) + i * int(table["stride"]),
                  int(table["object_size"]), table["slots"][i], table=table)


def ranges():
    """All objects that are in no slab."""
    trees = variable("ranges", "mm/kmemleak/store/range.c")
    for space in range(length(trees)):
        nodes = [trees[space]["top"]]
        found = []
        while nodes:
            node = nodes.pop()
            if not int(node):
                continue
            tracked = container_of(node, "struct tracked_range", "node")
            start, last = int(node["start"]), int(node["last"])
            found.append(Object(start, last - start + 1, tracked["slot"], tracked=tracked))
            nodes += [node["child"][0], node["child"][1]]
        yield from sorted(found, key=lambda tracked: tracked.start)


def leaks():
    """All leaks that the last scan has left in the report."""
    for table in tables():
        if int(table["flags"]) & TABLE_REPORTED:
            for i in range(int(table["count"])):
                leak = table_object(table, i)
                if leak.state & OBJ_REPORTED:
                    yield leak
    for leak in ranges():
        if leak.state & OBJ_REPORTED:
            yield leak


def find(address):
    """The live object that holds an address; a range if there are two, unless the
    other one begins there."""
    inside = None
    for table in tables():
        i = (address - int(table["base"])) // int(table["stride"])
        if 0 <= i < int(table["count"]):
            found = table_object(table, i)
            if (found.state & OBJ_LIVE) and address < found.start + max(found.size, 1):
                inside = found
            break
    if inside and inside.start == address:
        return inside
    holding = [found for found in ranges() if found.start <= address < found.start + found.size]
    return min(holding, key=lambda found: found.size, default=inside)


# ---- Text ----

class Report:
    """What is the same in all texts."""

    def __init__(self):
        check_kernel()
        if str(variable("kmemleak_state", "mm/kmemleak/life.c")) != "KMEMLEAK_ON":
            raise gdb.GdbError("the leak detector is off, or was not on yet")
        self.frames = Frames()
        self.comms = Comms()
        self.jiffies = Jiffies()

    def owner(self, found):
        age = self.jiffies.age(found.birth)
        return '  comm "%s", pid %u, jiffies %u (age %s)\n' % (
            self.comms.name(found.state), found.pid, self.jiffies.now - age,
            self.jiffies.seconds(age))

    def leak(self, leak):
        content = leak.content(CRC_BYTES)
        text = "unreferenced object%s 0x%08x (size %d):\n" % (leak.space(), leak.start,
                                                            leak.size)
        text += self.owner(leak)
        if content is not None:
            text += hex_dump(content[:HEX_BYTES], leak.is_percpu())
        # The kernel's variant is not inverted at its end.
        crc = zlib.crc32(content) ^ 0xffffffff if content is not None else 0
        text += "  backtrace (crc %x):\n" % crc
        return text + self.frames.backtrace(leak.stack, "    ")

    def slot(self, found):
        count, min_count = 1, 1
        if found.range is not None:
            count, min_count = int(found.range["count"]), int(found.range["min_count"])
        else:
            count = marked(found)
        colour = "black" if found.state & OBJ_IGNORE else \
                 "grey" if found.state & OBJ_GREY else "white"
        return "object%s 0x%08x (size %d):\n" % (found.space(), found.start, found.size) + \
            self.owner(found) + \
            "  colour %s, min_count %d, count %d, flags 0x%x\n" % (
                colour, min_count, count, found.state & OBJ_FLAGS_MASK) + \
            "  slot 0x%x, stack 0x%x\n" % (address_of(found.slot), found.stack) + \
            "  backtrace:\n" + self.frames.backtrace(found.stack, "    ")


def marked(found):
    """Did the last scan find a reference to a slab object?"""
    table = found.table
    count = int(table["count"])
    size = gdb.lookup_type("struct slot").sizeof
    i = (address_of(found.slot) - address_of(table["slots"])) // size
    marks = table["marks"].address if count <= 8 * WORD else \
        table["slots"][count].address
    return words(int(marks) + i // 64 * WORD, 1)[0] >> i % 64 & 1


def hex_dump(content, percpu):
    text = "  hex dump (first %d bytes%s):\n" % (len(content), " on cpu 0" if percpu else "")
    for at in range(0, len(content), HEX_ROW):
        row = content[at:at + HEX_ROW]
        text += "    %-*s  %s\n" % (
            HEX_ROW * 3 - 1, " ".join("%02x" % byte for byte in row),
            "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row))
    return text


def counted(number, noun, nouns=None):
    return "%d %s" % (number, noun if number == 1 else nouns or noun + "s")


class Group:
    """Leaks of one stack and size."""

    def __init__(self, leak):
        self.stack = leak.stack
        self.objects = self.bytes = self.direct = 0
        self.births = []
        self.comms = {}

    def add(self, leak, comm):
        self.objects += 1
        self.bytes += leak.size
        self.direct += not leak.state & OBJ_INDIRECT
        self.births.append(leak.birth)
        self.comms[comm] = self.comms.get(comm, 0) + 1

    def text(self, report, size):
        ages = [report.jiffies.age(birth) for birth in self.births]
        names = list(self.comms.items())
        comms = ['"%s" (%d)' % name for name in names[:COMMS_MAX]]
        if len(names) > COMMS_MAX:
            comms.append("others (%d)" % sum(name[1] for name in names[COMMS_MAX:]))
        return "\n%s, %s (size %s):\n" % (
            counted(self.objects, "leak"), counted(self.bytes, "byte"), size) + \
            "  %d direct, %d indirect\n" % (self.direct, self.objects - self.direct) + \
            "  age %s to %s\n" % (report.jiffies.seconds(min(ages)),
                                  report.jiffies.seconds(max(ages))) + \
            "  comm %s\n" % ", ".join(comms) + \
            "  backtrace:\n" + report.frames.backtrace(self.stack, "    ")


def summary(report):
    groups = {}
    for leak in leaks():
        size = str(leak.size)
        if leak.range is not None:
            size = "up to %d" % (1 << (leak.size - 1).bit_length())
        group = groups.setdefault((leak.stack, size), Group(leak))
        group.add(leak, report.comms.name(leak.state))
    scans = variable("kmemleak_stats", "mm/kmemleak/store/stats.c")[
        gdb.lookup_static_symbol("STAT_SCANS").value()]["counter"]
    ended = int(variable("scan_ended", "mm/kmemleak/report/events.c"))
    objects = sum(group.objects for group in groups.values())
    direct = sum(group.direct for group in groups.values())
    text = "scan %d, %s ago: %s, %s, %d direct, %d indirect, %s\n" % (
        scans, report.jiffies.seconds(report.jiffies.now - ended if scans else 0),
        counted(objects, "leak"),
        counted(sum(group.bytes for group in groups.values()), "byte"), direct,
        objects - direct, counted(len(groups), "entry", "entries"))
    for key in sorted(groups, key=lambda key: -groups[key].bytes):
        text += groups[key].text(report, key[1])
    return text


# ---- Commands ----

class Command(gdb.Command):
    """What the commands share: what goes wrong is told in a line."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_DATA)
        self.name = name

    def invoke(self, argument, from_tty):
        self.dont_repeat()
        try:
            self.run(gdb.string_to_argv(argument))
        except gdb.MemoryError as error:
            raise gdb.GdbError("%s: %s; a dump must be one of dump-guest-memory -p, and a "
                               "guest must be stopped in the kernel" % (self.name, error))
        except gdb.error as error:
            raise gdb.GdbError("%s: %s" % (self.name, error))


class Leaks(Command):
    """List all leaks, as /sys/kernel/debug/kmemleak does."""

    def run(self, arguments):
        if arguments:
            raise gdb.GdbError("usage: %s" % self.name)
        report = Report()
        for leak in leaks():
            gdb.write(report.leak(leak))


class Summary(Command):
    """List leaks by stack and size, as /sys/kernel/debug/kmemleak_summary does."""

    def run(self, arguments):
        if arguments:
            raise gdb.GdbError("usage: %s" % self.name)
        gdb.write(summary(Report()))


class Slot(Command):
    """Tell what the detector knows of the object that holds an address."""

    def run(self, arguments):
        if len(arguments) != 1:
            raise gdb.GdbError("usage: %s ADDRESS" % self.name)
        address = int(gdb.parse_and_eval(arguments[0])) & (1 << 64) - 1
        report = Report()
        found = find(address)
        if not found:
            raise gdb.GdbError("%s: no tracked object at 0x%x" % (self.name, address))
        gdb.write(report.slot(found))


Leaks("lx-kmemleak-leaks")
Summary("lx-kmemleak-summary")
Slot("lx-kmemleak-slot")
