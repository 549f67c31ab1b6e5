"""bench.py OUT - what `make bench` prints.

Every figure is a ratio to something measured in the same run, or a size. The
floor is a guest that writes one byte to the serial port and stops
(tests/bench/floor.S): what QEMU itself costs on this machine, now.

Rounds are interleaved (floor, hello, broker, floor, ...), so that a busy
neighbour slows all of them alike; medians are compared.
"""
import json
import os
import subprocess
import tempfile
import time

from machines import (DEADLINE, FLOOR, KERNEL, MISO, OUT, broker, build, disk,
                      first_output, qemu, with_lines)

ROUNDS = 15


def median(v):
    return sorted(v)[len(v) // 2]


def timed(*command, **how):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, timeout=DEADLINE, **how)
    return time.monotonic() - begin


def allocated(path):
    return os.stat(path).st_blocks * 512


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
