"""bench.py OUT - what `make bench` prints.

Every figure is a ratio to something measured in the same run, or a size. The
floor is a guest that writes one byte to the serial port and stops
(tests/bench/floor.S): what QEMU itself costs on this machine, now.

Rounds are interleaved (floor, hello, broker, floor, ...), so that a busy
neighbour slows all of them alike; medians are compared.
"""
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time

OUT = sys.argv[1]
MISO = os.path.abspath(f"{OUT}/miso")
KERNEL = os.path.abspath(f"{OUT}/kernel.elf")
FLOOR = os.path.abspath(f"{OUT}/tests/bench/floor.elf")
ROUNDS = 15
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


def median(v):
    return sorted(v)[len(v) // 2]


def timed(*command, **how):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=DEADLINE, **how)
    return time.monotonic() - begin


def allocated(path):
    return os.stat(path).st_blocks * 512


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


def payload(image):
    """Bytes of the files in the image, in whole blocks."""
    with tempfile.TemporaryDirectory() as d:
        subprocess.run(["debugfs", "-R", f"rdump / {d}", image],
                       capture_output=True)
        return sum((os.lstat(os.path.join(b, n)).st_size + 4095) // 4096 * 4096
                   for b, _, names in os.walk(d) for n in names)


def main():
    rows = []

    def row(what, value, unit, goal):
        ok = value <= goal
        rows.append({"what": what, "value": value, "unit": unit, "goal": goal,
                     "met": ok})
        print(f"{what:58} {value:8.2f} {unit:4} goal {goal:<6g} "
              f"{'ok' if ok else 'MISSED'}")

    def note(what, value, unit):
        rows.append({"what": what, "value": value, "unit": unit})
        print(f"{what:58} {value:8.2f} {unit}")

    with tempfile.TemporaryDirectory() as home:
        with open(f"{home}/mosquitto.conf", "w") as f:
            f.write("user root\nlistener 1883 0.0.0.0\n"
                    "allow_anonymous true\nlog_dest none\n")
        hello = build(home, os.path.abspath(f"{OUT}/bench/hello"))[0]
        mosquitto, _, again, unchanged = build(
            home, "/usr/sbin/mosquitto", f"/etc/m.conf={home}/mosquitto.conf")
        lines = with_lines(mosquitto, "arg -c\narg /etc/m.conf\n"
                           "allow tcp/1883 0.0.0.0/0\n")
        glibc = build(home, os.path.abspath(f"{OUT}/bench/hello-glibc"))[0]
        times = {"floor": [], "hello": [], "glibc": [], "broker": [],
                 "small": []}
        serial = ["-serial", "stdio"]
        for _ in range(ROUNDS):
            times["floor"].append(first_output(qemu(FLOOR, *serial)))
            times["hello"].append(
                first_output(qemu(KERNEL, *serial, *disk(hello))))
            times["glibc"].append(
                first_output(qemu(KERNEL, *serial, *disk(glibc))))
            times["broker"].append(broker([*disk(mosquitto), *lines]))
            times["small"].append(
                broker([*disk(mosquitto), *lines], "24M"))
        floor = median(times["floor"])
        print(f"floor: {floor * 1000:.1f} ms from QEMU's start to one byte "
              f"(TCG, median of {ROUNDS})")
        row("static hello (musl): QEMU's start to first output / floor",
            median(times["hello"]) / floor, "x", 2)
        note("the same with glibc, whose start asks CPUID a lot",
             median(times["glibc"]) / floor, "x")
        row("mosquitto: QEMU's start to CONNACK / floor",
            median(times["broker"]) / floor, "x", 5)
        note("the same in 24 MiB",
             median(times["small"]) / floor, "x")
        row("kernel, stripped", os.path.getsize(KERNEL) / 1024, "KiB", 1024)
        extra = allocated(mosquitto) - payload(mosquitto)
        row("mosquitto's disk beyond its payload", extra / 1e6, "MB", 1.5)
        row("mosquitto's image: build, hashes known", again, "ms", 150)
        row("mosquitto's image: unchanged", unchanged, "ms", 150)
        env = dict(os.environ, MISO_HOME=f"{home}/store", MISO_ACCEL="tcg")
        row("miso --version",
            median([timed(MISO, "--version") for _ in range(21)]) * 1000,
            "ms", 10)
        row("miso plan of examples/mqtt",
            median([timed(MISO, "plan", "-C", "examples/mqtt", env=env)
                    for _ in range(9)]) * 1000, "ms", 30)

    with open(f"{OUT}/bench.json", "w") as f:
        json.dump({"floor_seconds": floor, "rows": rows, "samples": times}, f,
                  indent=1)
    print(f"written: {OUT}/bench.json")


main()
