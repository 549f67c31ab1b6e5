"""vmgenid.py FIRMWARE... - a machine that is saved once and goes on twice.

The disk is disk.qcow2 with `probe draw`: it waits for the power button, and
draws random numbers then. Called by copies.sh with QEMU's firmware arguments.
"""
import re
import sys
import time

from monitor import Machine, until

GPE_ENABLE = {"pc": 0xafe2, "q35": 0x628}  # of QEMU's chip sets
FORWARD = r"the clock is set forward by (\d+) ms"


def id_of(n):
    return f"00000000-0000-4000-8000-{n:012d}"


def console(name):
    try:
        with open(name, errors="replace") as f:
            return f.read()
    except FileNotFoundError:  # QEMU has not come to it yet
        return ""


def machine(name, n, *more):
    return Machine([
        *sys.argv[1:], "-accel", "tcg", "-cpu", "max", "-m", "64",
        "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
        "-serial", f"file:{name}", "-device", f"vmgenid,guid={id_of(n)}",
        "-drive", "if=none,id=d,file=disk.qcow2,format=qcow2",
        "-device", "virtio-blk-pci,drive=d", *more])


def save():
    port = GPE_ENABLE[sys.argv[sys.argv.index("-M") + 1]]
    with machine("first", 1) as m:
        until(lambda: "waiting" in console("first"), "the program waits")
        # The kernel listens from then on.
        until(lambda: int(m.ask(f"i /b {port:#x}").split(" = ")[1].split()[0],
                          16) & 0x20, "the event is enabled")
        m.ask("savevm one")


def go_on(n, expect=()):
    """With that id: what the console says, and what was drawn."""
    name = f"with-{n}"
    with machine(name, n, "-loadvm", "one") as m:
        for text in expect:
            until(lambda: re.search(text, console(name)), text)
        m.send("system_powerdown")
        m.wait()
    return re.search(r"drew (\w+)", console(name)).group(1)


save()
time.sleep(2)  # that is what the copies' clocks have to be set forward by
copy = r"this machine is a copy"
if go_on(1) != go_on(1):
    sys.exit("the same machine draws other numbers: this test shows nothing")
if "copy" in console("with-1"):
    sys.exit("a machine that went on thinks that it is a copy")
second, third = go_on(2, [copy, FORWARD]), go_on(3, [copy])
if len({go_on(1), second, third}) != 3:
    sys.exit("two machines have drawn the same numbers")
if int(re.search(FORWARD, console("with-2")).group(1)) < 1000:
    sys.exit("the clock was not set")
