#!/usr/bin/env python3
"""language.py OUT - what reading a stack costs: time, memory, and growth from
50,000 to 100,000 objects. Prints a table; exits with 1 when a goal is missed."""
import os
import resource
import subprocess
import sys
import tempfile
import time

miso = os.path.join(os.getcwd(), sys.argv[1], "miso")
HEAD = """version: 1
name: bench
providers: {here: {type: fake}}
images: {a: {program: ./a}}
firewalls: {web: {allow: [tcp/80]}}
instances:
"""


def wide(n):
    """Full bodies, each with a reference to an earlier one."""
    yield HEAD
    for i in range(n):
        yield f"  i{i}:\n    image: ${{image.a}}\n    memory: 64Mi\n    cpus: 1\n"
        yield f"    ports: [80]\n    tags: [web]\n    env:\n      N: {i}\n"
        yield f"      NAME: node-{i}.example.net\n"
        if i:
            yield f"      PEER: ${{instance.i{i // 2}.ip}}\n"


def chain(n):
    """Each needs the one before."""
    yield HEAD
    for i in range(n):
        yield f"  i{i}:\n    image: ${{image.a}}\n"
        if i:
            yield f"    env: {{P: \"${{instance.i{i - 1}.ip}}\"}}\n"


def fan_out(n):
    """All need one."""
    yield HEAD + "  hub: {image: \"${image.a}\"}\n"
    for i in range(n):
        yield f"  i{i}:\n    image: ${{image.a}}\n    env: {{P: \"${{instance.hub.ip}}\"}}\n"


def fan_in(n):
    """One needs all."""
    yield HEAD
    for i in range(n):
        yield f"  i{i}: {{image: \"${{image.a}}\"}}\n"
    yield "  hub:\n    image: ${image.a}\n    depends_on:\n"
    for i in range(n):
        yield f"      - instance.i{i}\n"


def local_chain(n):
    """Locals that use each other."""
    yield HEAD + "  a: {image: \"${image.a}\"}\nlocals:\n  l0: x\n"
    for i in range(1, n):
        yield f"  l{i}: ${{local.l{i - 1}}}\n"


def splat(n):
    """n x n references by [*]."""
    yield HEAD + f"  s: {{image: \"${{image.a}}\", for_each: {n}}}\n"
    yield f"  c: {{image: \"${{image.a}}\", for_each: {n}, env: "
    yield "{ALL: \"${join(',', instance.s[*].ip)}\"}}\n"


def measure(path, command, runs):
    """The least of some runs, in seconds, and the peak in MB."""
    best, peak = 1e9, 0
    for _ in range(runs):
        start = time.monotonic()
        p = subprocess.Popen([miso, *command, "-f", path], stdout=subprocess.DEVNULL)
        _, status, use = os.wait4(p.pid, 0)
        best = min(best, time.monotonic() - start)
        peak = use.ru_maxrss / 1024
        if status:
            sys.exit(f"language.py: {command} {path} failed")
    return best, peak


def start_up():
    begin = time.monotonic()
    subprocess.run([miso, "version"], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begin


def write(dir, make, n):
    path = os.path.join(dir, f"{make.__name__}-{n}.yaml")
    with open(path, "w") as f:
        f.writelines(make(n))
    return path


missed = 0


def show(what, got, goal, unit="s"):
    global missed
    bad = goal is not None and got > goal
    missed += bad
    limit = "" if goal is None else f"  goal {goal:g}{unit}{'  MISSED' if bad else ''}"
    print(f"{what:<44} {got:8.3f}{unit}{limit}")


resource.setrlimit(resource.RLIMIT_STACK, (8 << 20, 8 << 20))
with tempfile.TemporaryDirectory() as dir:
    start = min(start_up() for _ in range(10))
    show("start-up (version)", start * 1000, 5, "ms")
    for make, goal in ((wide, 2.5), (chain, None), (fan_out, None), (fan_in, None), (local_chain, None)):
        half = measure(write(dir, make, 50000), ["validate"], 2)
        path = write(dir, make, 99990)
        full = measure(path, ["validate"], 2)
        size = os.path.getsize(path) / 1e6
        show(f"validate {make.__name__}, 100k ({size:.0f} MB)", full[0], goal)
        show("  growth from 50k", full[0] / half[0], 2.3, "x")
        show("  memory", full[1], None, "MB")
    show("validate 1,000 x 1,000 by [*]", measure(write(dir, splat, 1000), ["validate"], 5)[0], 0.1)
sys.exit(missed > 0)
