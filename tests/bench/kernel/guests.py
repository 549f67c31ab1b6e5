"""guests.py - the same program as a machine of ours and as a Linux guest.

Both run under the same QEMU, accelerator, machine type, memory and network
card, in the network namespace that run.sh has made: the host is 10.77.0.1 on
tap0, the guest 10.77.0.2.
"""
import fcntl
import glob
import gzip
import mmap
import os
import re
import selectors
import socket
import stat
import struct
import subprocess
import tempfile
import time

ADDRESS = "10.77.0.2"
KINDS = ("miso", "linux")
DEADLINE = 90  # seconds; for anything a guest is waited for


class Counts:
    """What icount.c counts: instructions, and those of the kernel, by all
    processors."""

    def __init__(self, path):
        with open(path, "w+b") as f:
            f.truncate(4096)
            self.map = mmap.mmap(f.fileno(), 4096)

    def read(self):
        numbers = struct.unpack("<512Q", self.map)
        return sum(numbers[::8]), sum(numbers[1::8])


class Machine:
    """One boot. As a context it ends with its block."""

    def __init__(self, command, counts=None):
        self.console = b""
        self.counts = counts
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        fd = self.process.stdout.fileno()
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)
        self.poll = selectors.DefaultSelector()
        self.poll.register(fd, selectors.EVENT_READ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def drain(self, seconds):
        if self.poll.select(seconds):
            got = os.read(self.process.stdout.fileno(), 65536)
            self.console += got
            return bool(got)
        return True

    def fail(self, what):
        raise SystemExit(f"{what}; its console:\n"
                         + self.console.decode(errors="replace")[-3000:])

    def says(self, pattern):
        """The match of a pattern on the console, and seconds since start."""
        while True:
            m = re.search(pattern, self.console)
            seconds = time.monotonic() - self.begin
            if m:
                return m, seconds
            if seconds > DEADLINE or not self.drain(0.2):
                self.fail(f"no {pattern!r}")

    def answers(self, port):
        """Seconds from the start until the port is connected to."""
        while time.monotonic() - self.begin < DEADLINE:
            with socket.socket() as s:
                s.settimeout(0.25)
                try:
                    s.connect((ADDRESS, port))
                    return time.monotonic() - self.begin
                except OSError:
                    pass
            if not self.drain(0.002):
                break
        self.fail(f"nobody at port {port}")


def libraries(program):
    """Paths that a dynamic program needs; none for a static one."""
    text = subprocess.run(["ldd", program], capture_output=True,
                          text=True).stdout
    return re.findall(r"(/\S+) \(0x", text)


def entry(name, mode, data=b""):
    """One file of an archive of cpio's format newc."""
    name = name.encode() + b"\0"
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % f for f in fields) + name
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(files):
    """files: path in the guest -> path on the host, or bytes."""
    out, made = [], set()
    for to, source in sorted(files.items()):
        parts = to.strip("/").split("/")
        for n in range(1, len(parts)):
            folder = "/".join(parts[:n])
            if folder not in made:
                made.add(folder)
                out.append(entry(folder, stat.S_IFDIR | 0o755))
        if isinstance(source, str):
            with open(source, "rb") as f:
                source = f.read()
        out.append(entry("/".join(parts), stat.S_IFREG | 0o755, source))
    out.append(entry("dev", stat.S_IFDIR | 0o755))
    out.append(entry("dev/console", stat.S_IFCHR | 0o600))
    out.append(entry("TRAILER!!!", 0))
    return gzip.compress(b"".join(out), 1)


class Program:
    """A program with arguments and files; `start` boots it as either kind."""

    def __init__(self, out, path, args=(), files=None, memory="256M",
                 disk=64):
        self.out, self.path, self.args = out, path, list(args)
        self.disk = disk  # MiB
        self.files, self.memory = dict(files or {}), memory
        self.home = tempfile.mkdtemp(dir=f"{out}/bench")
        self.made = {}

    def miso(self):
        files = [f"{to}={self.host(source)}" for to, source
                 in self.files.items()]
        said = subprocess.run(
            [f"{self.out}/tests/bench/image", f"{self.out}/bench/store",
             f"{self.out}/kernel.elf", self.path, *files], check=True,
            text=True, capture_output=True,
            env={**os.environ, "DISK": str(self.disk)}).stdout
        lines = f"{self.home}/lines"
        with open(lines, "w") as f:
            f.write("net * 10.77.0.2/24 via 10.77.0.1\n"
                    "allow tcp/1-65535 0.0.0.0/0\nallow icmp 0.0.0.0/0\n")
            f.writelines(f"arg {a}\n" for a in self.args)
        return ["-kernel", f"{self.out}/kernel.elf",
                "-fw_cfg", f"name=opt/miso/boot,file={lines}",
                "-drive", f"if=none,id=r,file={said.split()[0]},format=raw,"
                "snapshot=on", "-device",
                "virtio-blk-pci,drive=r,serial=root,disable-legacy=on"]

    def host(self, source):
        if isinstance(source, str):
            return source
        path = f"{self.home}/{len(os.listdir(self.home))}"
        with open(path, "wb") as f:
            f.write(source)
        return path

    def linux(self):
        base = f"{self.out}/bench"
        files = {"/init": f"{base}/init", self.path: self.path,
                 "/args": "\n".join([self.path, *self.args]).encode(),
                 **self.files}
        for library in libraries(self.path):
            files[library] = os.path.realpath(library)
        for m in glob.glob(f"{base}/linux/modules/*"):
            files["/modules/" + os.path.basename(m)] = m
        for name in ("/etc/passwd", "/etc/group", "/etc/nsswitch.conf"):
            files.setdefault(name, name)
        initrd = f"{self.home}/initrd"
        with open(initrd, "wb") as f:
            f.write(archive(files))
        return ["-kernel", f"{base}/linux/vmlinuz", "-initrd", initrd,
                "-append", "console=ttyS0 quiet panic=-1 net.ifnames=0"]

    def start(self, kind, counted=False, cpus=1, memory=None):
        if kind not in self.made:
            self.made[kind] = getattr(self, kind)()
        command = ["qemu-system-x86_64", "-M", "pc", "-accel",
                   "tcg,thread=multi", "-cpu", "max",
                   "-m", memory or self.memory, "-smp", str(cpus),
                   "-nodefaults", "-no-user-config", "-display", "none",
                   "-serial", "stdio", "-no-reboot",
                   "-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no",
                   "-device", "virtio-net-pci,netdev=n,disable-legacy=on,"
                   "romfile=", *self.made[kind]]
        counts = None
        if counted:
            path = f"{self.home}/counts"
            counts = Counts(path)
            command += ["-plugin", f"{self.out}/tests/bench/icount.so,counts={path}"]
        return Machine(command, counts)
