"""least.py OUT - how little a machine needs: memory, and instructions.

Memory is the smallest number of MiB with which the program still answers one
request, found by halving; the machine has a network card and its disk.
Instructions are what the guest executes from reset to the first output of a
static program, the firmware's among them, counted by a plugin. Neither depends
on what else the host does. Goals are those of the kernel's design.
"""
import json
import os
import socket
import subprocess
import tempfile
import time

from machines import (CONNECT, DEADLINE, KERNEL, MISO, OUT, build, disk,
                      first_output, free_port, qemu, stop, with_lines)

LARGEST = 64  # MiB

NGINX = """daemon off; master_process off; user root;
error_log stderr crit; pid /tmp/pid; events { worker_connections 64; }
http { access_log off; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p;
 fastcgi_temp_path /tmp/f; uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
 server { listen 80; return 200 "hello"; } }
"""
MOSQUITTO = "listener 1883 0.0.0.0\nallow_anonymous true\nuser root\n"


def answers(machine, port, question, answer):
    """Asks until it answers, ends, or the time is over."""
    begin = time.monotonic()
    while machine.poll() is None and time.monotonic() - begin < DEADLINE:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as s:
                s.settimeout(1)
                s.sendall(question)
                if answer in s.recv(4096):
                    return True
        except OSError:
            pass
        time.sleep(0.02)
    return False


# what: (path, arguments, files, (port, question, answer), goal in MiB)
PROGRAMS = {
    "static hello": (f"{OUT}/bench/hello", [], {}, None, 8),
    "mosquitto": ("/usr/sbin/mosquitto", ["-c", "/etc/m"],
                  {"/etc/m": MOSQUITTO}, (1883, CONNECT, b"\x20"), 12),
    "nginx": ("/usr/sbin/nginx", ["-c", "/etc/n", "-p", "/tmp"],
              {"/etc/n": NGINX},
              (80, b"GET / HTTP/1.0\r\n\r\n", b"hello"), 12),
    "redis": ("/usr/bin/redis-server",
              ["--protected-mode", "no", "--save", ""], {},
              (6379, b"PING\r\n", b"PONG"), 16),
}


def pc(*more, memory):
    return ["qemu-system-x86_64", "-M", "pc", "-accel", "tcg", "-cpu", "max",
            "-m", memory, "-nodefaults", "-no-user-config", "-display", "none",
            "-no-reboot", *more]


def on_pc(image, net, memory):
    return pc("-kernel", KERNEL, "-drive",
              f"if=none,id=r,file={image},format=raw,snapshot=on", "-device",
              "virtio-blk-pci,drive=r,serial=root", "-netdev", net, "-device",
              "virtio-net-pci,netdev=n,romfile=", memory=memory)


def on_microvm(image, net, memory):
    return qemu(KERNEL, *disk(image), "-snapshot", "-netdev", net, "-device",
                "virtio-net-device,netdev=n", memory=memory)


BOARDS = {"pc": on_pc, "microvm": on_microvm}


def says_hello(command):
    """Its program's line comes among the kernel's."""
    try:
        said = subprocess.run([*command, "-serial", "stdio"], timeout=DEADLINE,
                              stdin=subprocess.DEVNULL, capture_output=True)
    except subprocess.TimeoutExpired:
        return False
    return b"hello" in said.stdout


def works(board, image, lines, talk, mib):
    here = free_port()
    net = "user,id=n"
    if talk:
        port, question, answer = talk
        net += f",hostfwd=tcp:127.0.0.1:{here}-:{port}"
    command = [*board(image, net, f"{mib}M"), *lines]
    if not talk:
        return says_hello(command)
    p = subprocess.Popen([*command, "-serial", "null"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return answers(p, here, question, answer)
    finally:
        stop(p)


def least(*machine):
    """MiB; halves what is left between what fails and what works."""
    fails, enough = 1, LARGEST
    if not works(*machine, enough):
        raise SystemExit(f"{machine}: not even with {enough} MiB")
    while enough - fails > 1:
        middle = (fails + enough) // 2
        if works(*machine, middle):
            enough = middle
        else:
            fails = middle
    return enough


def made(home, path, args, files):
    """(the root disk, options of its boot lines)"""
    words = []
    for n, (to, text) in enumerate(files.items()):
        host = f"{home}/{os.path.basename(path)}.{n}"
        with open(host, "w") as f:
            f.write(text)
        words.append(f"{to}={host}")
    image = build(home, os.path.abspath(path), *words)[0]
    return image, with_lines(image, "allow tcp/1-65535 0.0.0.0/0\n" + "".join(
        f"arg {a}\n" for a in args))


def executed(home, command):
    """Instructions until the first output."""
    counts = f"{home}/counts"
    with open(counts, "wb") as f:
        f.truncate(4096)
    first_output([*command, "-serial", "stdio", "-plugin",
                  f"{OUT}/tests/bench/icount.so,counts={counts}"])
    with open(counts, "rb") as f:
        return int.from_bytes(f.read(8), "little")


def whole_disk(home):
    """A disk that boots by itself, as it runs without miso."""
    stack = f"{home}/miso.yaml"
    with open(stack, "w") as f:
        f.write("version: 1\nname: hello\nimages: {hello: {program: "
                f"{os.path.abspath(OUT)}/bench/hello}}}}\n")
    subprocess.run([MISO, "image", "export", "hello", "-f", stack, "--format",
                    "raw", "--out", f"{home}/raw"], check=True,
                   stdout=subprocess.DEVNULL, timeout=DEADLINE,
                   env={**os.environ, "MISO_HOME": f"{home}/home"})
    return ["-drive", f"if=none,id=r,file={home}/raw,format=raw,snapshot=on",
            "-device", "virtio-blk-pci,drive=r"]


def main():
    rows = []

    def row(what, value, unit, goal):
        rows.append({"what": what, "value": value, "unit": unit, "goal": goal,
                     "met": value <= goal})
        print(f"{what:58} {value:8.2f} {unit:4} goal {goal:<6g} "
              f"{'ok' if value <= goal else 'MISSED'}", flush=True)

    with tempfile.TemporaryDirectory() as home:
        hello = made(home, *PROGRAMS["static hello"][:3])
        row("reset to first output, microvm",
            executed(home, qemu(KERNEL, *disk(hello[0]), *hello[1])) / 1e6,
            "M", 2)
        row("the same from its own disk, pc",
            executed(home, pc(*whole_disk(home), memory="128M")) / 1e6,
            "M", 20)
        for what, (path, args, files, talk, goal) in PROGRAMS.items():
            image, lines = made(home, path, args, files)
            for name, board in BOARDS.items():
                row(f"least memory, {name}: {what}",
                    least(board, image, lines, talk), "MiB", goal)
    path = f"{OUT}/bench.json"
    with open(path) as f:
        everything = json.load(f)
    everything["least"] = rows
    with open(path, "w") as f:
        json.dump(everything, f, indent=1)
    print(f"written: {path}")


main()
