# gdb.py - commands for looking into the kernel: threads, vmas, events.
#
# Loaded by tests/lib/debug.sh (make debug). Each reads the machine's memory
# while it is stopped; none changes anything.
import gdb

PAGE = 4096


def container(node, type_name, member):
    """The struct whose list or tree node this is."""
    kind = gdb.lookup_type(type_name)
    offset = next(f.bitpos // 8 for f in kind.fields() if f.name == member)
    at = int(node.cast(gdb.lookup_type("unsigned long"))) - offset
    return gdb.Value(at).cast(kind.pointer())


def each(head, type_name, member):
    node = head["next"]
    while int(node) != int(head.address) and int(node):
        yield container(node, type_name, member)
        node = node["next"]


def in_order(node, type_name, member):
    """A red-black tree (kernel/lib/rbtree.h), smallest first."""
    if not int(node):
        return
    yield from in_order(node["child"][0], type_name, member)
    yield container(node, type_name, member)
    yield from in_order(node["child"][1], type_name, member)


def where(address):
    block = gdb.block_for_pc(address)
    while block and not block.function:
        block = block.superblock
    if block:
        return block.function.name
    said = gdb.execute(f"info symbol {address}", to_string=True)
    return said.split()[0] if " in section" in said else hex(address)


class Threads(gdb.Command):
    """threads - every thread, its state, and the calls it sleeps in."""

    FRAMES = 8

    def __init__(self):
        super().__init__("threads", gdb.COMMAND_STATUS)

    def calls(self, thread):
        word = gdb.lookup_type("unsigned long").pointer()
        saved = thread["rsp"].cast(word)
        frame, pc = int(saved[5]), int(saved[6])  # as context_switch() pushes
        for _ in range(self.FRAMES):
            yield where(pc)
            if frame < 0xffff800000000000:
                return
            words = gdb.Value(frame).cast(word)
            frame, pc = int(words[0]), int(words[1])

    def invoke(self, argument, from_tty):
        head = gdb.parse_and_eval("'thread.c'::threads.all")
        for t in each(head, "struct thread", "all"):
            state = str(t["state"]).replace("THREAD_", "").lower()
            running = bool(t["running"])
            print(f'{int(t["id"]):4} {t["name"].string():16} cpu '
                  f'{int(t["cpu"])} {"running" if running else state}')
            if not running and state == "sleeping":
                print("     " + " < ".join(self.calls(t)))


class Vmas(gdb.Command):
    """vmas - the areas of the program's address space."""

    def __init__(self):
        super().__init__("vmas", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        root = gdb.parse_and_eval("process.space.areas.root")
        for a in in_order(root, "struct area", "node"):
            prot = int(a["prot"])
            rights = "".join(c if prot & bit else "-"
                             for c, bit in (("r", 1), ("w", 2), ("x", 4)))
            shared = "s" if int(a["flags"]) & 1 else "p"
            name = a["name"].string() if int(a["name"]) else ""
            source = "file" if int(a["mapping"]) else "zeroes"
            print(f'{int(a["start"]):012x}-{int(a["end"]):012x} '
                  f'{rights}{shared} {source} {name}'.rstrip())


class Events(gdb.Command):
    """events [N] - the last N entries of the trace ring (kernel/core/trace.def)."""

    def __init__(self):
        super().__init__("events", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        ring = gdb.parse_and_eval("'trace.c'::ring")
        size = ring["events"].type.range()[1] + 1
        end = int(ring["next"])
        names = {f.enumval: f.name for f in
                 gdb.lookup_type("enum trace_id").fields()}
        for n in range(max(0, end - min(size, int(argument or 20))), end):
            e = ring["events"][n % size]
            words = " ".join(hex(int(e["w"][i])) for i in range(4))
            print(f'{int(e["ns"]) // 1000:10} us cpu {int(e["cpu"])} '
                  f'{names.get(int(e["id"]), "?")} {words}')


Threads()
Vmas()
Events()
