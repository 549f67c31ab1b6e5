"""machines.py - the guests that the benchmarks here start, and ask things.

The first word of the command line is the build folder.
"""
import os
import select
import signal
import socket
import subprocess
import sys
import time

OUT = sys.argv[1]
MISO = os.path.abspath(f"{OUT}/miso")
KERNEL = os.path.abspath(f"{OUT}/kernel.elf")
FLOOR = os.path.abspath(f"{OUT}/tests/bench/floor.elf")
DEADLINE = 20  # seconds, for anything


def qemu(kernel, *more, memory="128M"):
    slots = " ".join(
        f"virtio_mmio.device=512@{0xfeb00000 + 512 * i:#x}:{16 + i}"
        for i in range(8))
    return ["qemu-system-x86_64", "-M",
            "microvm,acpi=on,ioapic2=off,pic=on,pit=on,rtc=on,x-option-roms=off",
            "-bios", "qboot.rom", "-accel", "tcg", "-cpu", "max", "-m", memory,
            "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", "-global", "virtio-mmio.force-legacy=false",
            "-kernel", kernel, "-append", slots, *more]


def disk(image):
    return ["-drive", f"if=none,id=r,file={image},format=raw",
            "-device", "virtio-blk-device,drive=r,serial=root"]


def stop(p):
    if p.poll() is None:
        p.send_signal(signal.SIGKILL)
    p.wait()


def first_output(command):
    """Seconds from exec to the first byte on the serial console."""
    begin = time.monotonic()
    p = subprocess.Popen(command, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    try:
        said = os.read(p.stdout.fileno(), 64)
        seconds = time.monotonic() - begin
        if b"miso" in said or not said:
            raise SystemExit(f"a guest said {said!r}")
        return seconds
    finally:
        stop(p)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


CONNECT = bytes.fromhex("100d00044d51545404020 03c000162".replace(" ", ""))


def connack(port, begin):
    """Seconds from `begin` to the broker's CONNACK.

    QEMU accepts a connection before the guest can, and then asks it again only
    after a second: so a new one is tried every few milliseconds, and the first
    that is answered counts.
    """
    tries = []
    try:
        while time.monotonic() - begin < DEADLINE:
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", port))
            tries.append([s, False])
            end = time.monotonic() + 0.006
            while (left := end - time.monotonic()) > 0:
                select.select([t[0] for t in tries], [], [], left)
                if any(answered(t) for t in tries):
                    return time.monotonic() - begin
                tries = [t for t in tries if t[0].fileno() >= 0]
    finally:
        for t in tries:
            t[0].close()
    raise SystemExit("the broker does not answer")


def answered(attempt):
    """Move one attempt on; closes it when it has failed."""
    s, sent = attempt
    try:
        if not sent:
            s.sendall(CONNECT)
            attempt[1] = True
        got = s.recv(4)
        if not got:
            s.close()
        return got[:1] == b"\x20"
    except BlockingIOError:
        return False
    except OSError:
        s.close()
        return False


def broker(devices, memory="128M"):
    port = free_port()
    net = ["-netdev", f"user,id=n,hostfwd=tcp:127.0.0.1:{port}-:1883",
           "-device", "virtio-net-device,netdev=n"]
    begin = time.monotonic()
    p = subprocess.Popen(qemu(KERNEL, *devices, *net, memory=memory),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return connack(port, begin)
    finally:
        stop(p)


def build(home, program, *files):
    """(path of the disk, ms to build it, ms with the disk gone, unchanged)"""
    words = subprocess.run([f"{OUT}/tests/bench/image", f"{home}/store", KERNEL,
                            program, *files], check=True, text=True,
                           capture_output=True).stdout.split()
    return words[0], *map(float, words[1:])


def with_lines(image, text):
    """A copy of a disk, with its boot lines: fw_cfg is for instances."""
    path = f"{image}.boot"
    with open(path, "w") as f:
        f.write(text)
    return ["-fw_cfg", f"name=opt/miso/boot,file={path}"]
