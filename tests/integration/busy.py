"""busy.py KERNEL - start machines and hold them up, 60 ms out of 64.

Here are `disk` with `probe nap 1000`, and `lines`. A machine that has measured
its clock wrongly meanwhile sleeps for ten times as long, or more.
"""
import os
import signal
import subprocess
import sys
import time

BOOTS = 6
HELD_UP, RUNS = 0.060, 0.004  # seconds
NAP_MOST = 6                  # of one second; a busy host is late itself

SLOTS = " ".join(f"virtio_mmio.device=512@{0xfeb00000 + 512 * i:#x}:{16 + i}"
                 for i in range(8))
QEMU = ["qemu-system-x86_64", "-M", "microvm,acpi=on,rtc=on,ioapic2=off",
        "-bios", "qboot.rom", "-global", "virtio-mmio.force-legacy=false",
        "-accel", "tcg", "-cpu", "max", "-m", "64", "-nodefaults",
        "-no-user-config", "-display", "none", "-no-reboot", "-serial",
        "stdio", "-kernel", sys.argv[1], "-append", SLOTS, "-fw_cfg",
        "name=opt/miso/boot,file=lines", "-drive",
        "if=none,id=r,file=disk,format=raw,snapshot=on", "-device",
        "virtio-blk-device,drive=r,serial=root"]


def hold_up(p):
    os.kill(p.pid, signal.SIGSTOP)
    time.sleep(HELD_UP)
    os.kill(p.pid, signal.SIGCONT)
    time.sleep(RUNS)


def read_until(p, word, meanwhile):
    """The console up to a word; None: the machine ended before."""
    said = b""
    while word not in said:
        meanwhile(p)
        try:
            got = os.read(p.stdout.fileno(), 4096)
        except BlockingIOError:
            continue
        if not got:
            sys.exit(f"no {word!r}: {said.decode(errors='replace')}")
        said += got


def nap():
    """Seconds that the machine's second took."""
    p = subprocess.Popen(QEMU, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE)
    os.set_blocking(p.stdout.fileno(), False)
    try:
        read_until(p, b"asleep", hold_up)
        begin = time.monotonic()
        read_until(p, b"awake", lambda _: time.sleep(0.01))
        return time.monotonic() - begin
    finally:
        p.kill()
        p.wait()


took = [nap() for _ in range(BOOTS)]
if max(took) > NAP_MOST:
    sys.exit(f"a second took {took}")
