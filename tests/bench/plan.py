#!/usr/bin/env python3
"""plan.py OUT [N] - plans and applies of many objects at the fake provider:
time, memory, and how both grow when the work doubles. N (default 100000) bounds the size.
Prints a table and writes OUT/bench-plan.json. Times are the processor's, the
least of the runs, so that a busy machine does not count."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

out = os.path.abspath(sys.argv[1])
most = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
miso = os.path.join(out, "miso")
GROWTH = 2.3


def head(state):
    return ("version: 1\nname: bench\n"
            f"providers: {{here: {{type: fake{state}}}}}\n"
            "firewalls: {m: {allow: [tcp/1883]}}\n"
            "images: {a: {program: ./a}}\ninstances:\n")


def explicit(n):
    return "".join(
        f"  i{i}:\n    image: ${{image.a}}\n    memory: 64Mi\n"
        f"    ports: [1883]\n    tags: [m]\n    env: {{N: n{i}, HOST: h{i}}}\n"
        for i in range(n))


def each(n):
    return (f'  i: {{image: "${{image.a}}", for_each: {n}, memory: 64Mi, '
            'ports: [1883], tags: [m], env: {N: "n${each.key}"}}\n')


def used(before, i):
    return f'"${{instance.i{before(i)}.ip}}"' if i else "first"


def linked(n, before):
    return "".join(f"  i{i}:\n    image: ${{image.a}}\n"
                   f"    env: {{P: {used(before, i)}}}\n" for i in range(n))


def chain(n):
    return linked(n, lambda i: i - 1)


def fan(n):
    return linked(n, lambda i: 0)


def write(name, body, state=""):
    with open(name, "w") as f:
        f.write(head(state) + body)


def run(*args):
    """Seconds of the processor and MB of one run; it must succeed."""
    p = subprocess.Popen([miso, *args], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    said = p.stderr.read()
    _, status, usage = os.wait4(p.pid, 0)
    if status:
        sys.exit(f"miso {' '.join(args)}: {said.decode()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def least(times, *args):
    return tuple(min(v) for v in zip(*(run(*args) for _ in range(times))))


rows = []


def row(name, value, goal, unit):
    ok = goal is None or value <= goal
    rows.append({"name": name, "value": round(value, 3), "goal": goal,
                 "unit": unit})
    print(f"{name:<48} {value:9.2f} {unit:<3}"
          f"{'' if goal is None else f' goal {goal}'}"
          f"{'' if ok else '  MISSED'}", flush=True)


def applied(name, body, n):
    """A stack that is as its file says."""
    write(f"{name}.yaml", body(n), f", state: {name}.json")
    run("apply", "--yes", "-f", f"{name}.yaml")
    shutil.rmtree(f"{name}.json.releases", ignore_errors=True)
    return least(3, "plan", "-f", f"{name}.yaml")


def unchanged():
    goals = {1000: (0.05, 20), 10000: (0.4, 60), 100000: (4, 450)}
    for n, (seconds, mb) in goals.items():
        if n > most:
            continue
        t, m = applied(f"e{n}", explicit, n)
        row(f"plan without changes, {n} explicit", t, seconds, "s")
        row("  its memory", m, mb, "MB")
    t, _ = applied("each", each, most)
    row(f"plan without changes, one for_each of {most}", t, 2, "s")


def growth():
    n = most // 2
    for name, body in (("explicit", explicit), ("for_each", each),
                       ("chain", chain), ("fan", fan)):
        times = []
        for size in (n, 2 * n):
            write("g.yaml", body(size))
            times.append(least(3, "plan", "-f", "g.yaml", "--out", "g.plan"))
        row(f"create plan, {name}: {2 * n} to {n}, time",
            times[1][0] / times[0][0], GROWTH, "x")
        row("  its memory", times[1][1] / times[0][1], GROWTH, "x")
        if name == "explicit":
            row(f"create plan of {2 * n} written to a file", times[1][0], 5,
                "s")


def apply_growth():
    """At a place that forgets everything, so that each run does all of it."""
    n = most // 2
    for name, body in (("explicit", explicit), ("for_each", each),
                       ("chain", chain)):
        used = []
        for size in (n, 2 * n):
            write("a.yaml", body(size))
            used.append(least(2, "apply", "--yes", "-f", "a.yaml"))
        row(f"apply, {name}: {2 * n} to {n}, time", used[1][0] / used[0][0],
            GROWTH, "x")
        row("  its memory", used[1][1] / used[0][1], GROWTH, "x")
        if name == "explicit":
            row(f"apply of {2 * n} instant changes", used[1][0], None, "s")
            row("  its memory", used[1][1], None, "MB")


FORMS = {
    "plan": ("plan", "-f"),
    "plan --json": ("plan", "--json", "-f"),
    "plan --html": ("plan", "--html", "h", "-f"),
    "plan --markdown": ("plan", "--markdown", "m", "-f"),
    "graph": ("graph", "-f"),
    "graph --format mermaid": ("graph", "--format", "mermaid", "-f"),
    "graph --format svg": ("graph", "--format", "svg", "-f"),
    "validate": ("validate", "-f"),
    "render": ("render", "-f"),
    "render --json": ("render", "--json", "-f"),
    "fmt": ("fmt", "--check"),
}


def forms():
    """Whatever is printed costs as much as there is to print."""
    n = most // 2
    for name, body in (("explicit", explicit), ("for_each", each),
                       ("chain", chain), ("fan", fan)):
        for size in (n, 2 * n):
            write(f"f{size}.yaml", body(size))
            # Laid out already, so that `fmt --check` is content.
            run("fmt", f"f{size}.yaml")
        for form, args in FORMS.items():
            used = [least(2, *args, f"f{size}.yaml") for size in (n, 2 * n)]
            # What ends at once has no growth that could be measured.
            row(f"{form}, {name}: {2 * n} to {n}, time",
                used[1][0] / max(used[0][0], 0.02), GROWTH, "x")
            row("  its memory", used[1][1] / used[0][1], GROWTH, "x")
            if name == "explicit":
                row(f"{form} of {2 * n}", used[1][0], None, "s")


with tempfile.TemporaryDirectory() as where:
    os.chdir(where)
    unchanged()
    growth()
    apply_growth()
    forms()
with open(os.path.join(out, "bench-plan.json"), "w") as f:
    json.dump(rows, f, indent=1)
