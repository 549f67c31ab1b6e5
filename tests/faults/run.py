#!/usr/bin/env python3
"""run.py OUT - every call of a kind fails once, in every command that writes.

A command is run again and again on a copy of the same folder, each time with
the next call of a class failing (preload.c), until none is left to fail. It may
succeed or not; it may not be killed, say nothing, or lose anything. What was
there is then as before or as wanted, and the command without a fault finishes.

Allocations are thousands: every one with FAULT_ALL=1, else some of them. With it,
a fault that is not survived does not keep the next ones from being tried.
"""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ALL = bool(os.environ.get("FAULT_ALL"))
OUT = pathlib.Path(sys.argv[1]).resolve()
MISO = OUT / "miso"
PRELOAD = OUT / "tests/faults/preload.so"
SAYS = {"ENOSPC": ["No space left on device"],
        "EIO": ["Input/output error"],
        "EMFILE": ["Too many open files"],
        "ENOMEM": ["out of memory", "Cannot allocate memory",
                   "Memory allocation failed",
                   "Resource temporarily unavailable"]}  # for a thread
CLASSES = [("write", "EIO"), ("full", "ENOSPC"), ("sync", "EIO"),
           ("rename", "ENOSPC"), ("create", "EMFILE"), ("read", "EIO"),
           ("open", "EMFILE"), ("alloc", "ENOMEM")]

STACK = """version: 1
name: s
keep: 2
vars: {n: {type: int, default: 3}, m: {type: string, default: x}}
providers: {here: {type: fake, state: state.json}}
images: {a: {program: ./a}}
instances:
  b: {image: "${image.a}", for_each: "${range(var.n)}", env: {M: "${var.m}"}}
  c: {image: "${image.a}", hostname: "h${var.m}", env: {I: "${instance.b[\\"0\\"].ip}"}}
"""
IMAGES = """version: 1
name: s
images:
  a: {program: /bin/true, disk: 8Mi}
  b: {program: /bin/false, disk: 8Mi}
"""
CHANGED = ["--var", "n=2", "--var", "m=y"]


class Wrong(Exception):
    """What a fault led to and may not."""


def want(truth, *why):
    if not truth:
        raise Wrong(*why)


def run(cwd, *args, fault=None):
    env = dict(os.environ, MISO_HOME=str(cwd / "home"), LC_ALL="C")
    if fault:
        env |= {"FAULT": fault, "FAULT_HIT": str(cwd / "hit"),
                "LD_PRELOAD": str(PRELOAD)}
    return subprocess.run([MISO, *args], cwd=cwd, env=env, timeout=60,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)


def good(cwd, *args, status=0):
    r = run(cwd, *args)
    want(r.returncode == status, "without a fault", args, r.returncode,
         r.stderr)
    return r.stdout


def files(cwd):
    """Everything there is, but locks and what only saves time."""
    return {str(p.relative_to(cwd)): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in cwd.rglob("*") if p.is_file() and
            p.name not in ("hit", "lock", "state.json.lock", "hashes")}


# --- the commands -----------------------------------------------------------

class Case:
    """before() makes the folder; args are what is tried with faults."""
    args = []

    def before(self, cwd):
        (cwd / "miso.yaml").write_text(STACK)

    def learn(self, old, new):
        """What is there before it, and after it went well."""
        self.old, self.new = files(old), files(new)

    def look(self, cwd, done):
        """Right after the fault. Each file is the old or the new one."""
        for name, digest in files(cwd).items():
            want(digest in (self.old.get(name), self.new.get(name)),
                 "neither old nor new", name)
        for name in self.old:
            want((cwd / name).exists(), "lost", name)
        want(not done or files(cwd) == self.new, "success, and not all done")

    def finish(self, cwd):
        good(cwd, *self.args)
        want(files(cwd) == self.new, "not as it should be in the end",
             files(cwd).keys() ^ self.new.keys())


class Init(Case):
    args = ["init"]

    def before(self, cwd):
        pass

    def finish(self, cwd):
        if not (cwd / "miso.yaml").exists():
            super().finish(cwd)


class Fmt(Case):
    args = ["fmt"]

    def before(self, cwd):
        (cwd / "miso.yaml").write_text(STACK.replace(": {", ":   { # c\n    "))


class SavedPlan(Case):
    args = ["plan", *CHANGED, "--out", "p.json"]

    def before(self, cwd):
        super().before(cwd)
        good(cwd, "plan", "--out", "p.json")


class Image(Case):
    args = ["image", "inspect", "a"]

    def before(self, cwd):
        (cwd / "miso.yaml").write_text(IMAGES)
        good(cwd, "image", "inspect", "b")

    def look(self, cwd, done):
        # What is half built is swept by the next one to build.
        (cwd / "home/images/building").unlink(missing_ok=True)
        super().look(cwd, done)


class Apply(Case):
    args = ["apply", "--yes", "--parallelism", "1", *CHANGED]

    def before(self, cwd):
        super().before(cwd)
        good(cwd, "apply", "--yes")
        good(cwd, "apply", "--yes", "--var", "m=z")

    @staticmethod
    def objects(cwd):
        return {o["address"]: o for o in
                json.loads(good(cwd, "status", "--json", *CHANGED))}

    @staticmethod
    def records(cwd):
        return {p.name: p.read_text()
                for p in (cwd / "state.json.releases").glob("*.json")}

    def learn(self, old, new):
        self.had, self.has = self.objects(old), self.objects(new)
        self.old_records = self.records(old)

    def look(self, cwd, done):
        now = self.objects(cwd)
        for address in self.had.keys() & self.has.keys():
            want(address in now, "lost", address)
        for name, text in self.records(cwd).items():
            want(text == self.old_records.get(name, text), "changed", name)
            want("number" in json.loads(text), "half a record", name)
        want(len(self.records(cwd)) >= 2, "records are lost")
        want("here: nobody" in good(cwd, "lease", "show"), "the lease is held")
        if done:
            good(cwd, "plan", "--detailed-exitcode", *CHANGED)

    def finish(self, cwd):
        good(cwd, *self.args)
        good(cwd, "plan", "--detailed-exitcode", *CHANGED)
        want(self.objects(cwd).keys() == self.has.keys(), "other objects")
        good(cwd, "history")
        good(cwd, "destroy", "--yes")
        want(self.objects(cwd) == {}, "destroy left something")


# --- trying -----------------------------------------------------------------

def numbers(kind):
    n = 1
    while True:
        yield n
        # Early ones are the most different.
        sparse = kind == "alloc" and not ALL
        n += 1 if not sparse or n < 30 else max(1, n // 16)


def attempt(case, pristine, cwd, kind, number, errnum):
    """False when there is no such call."""
    shutil.rmtree(cwd, ignore_errors=True)
    shutil.copytree(pristine, cwd)
    r = run(cwd, *case.args, fault=f"{kind}:{number}:{errnum}")
    try:
        want(r.returncode in (0, 1, 3), "exit status", r.returncode)
        if not (cwd / "hit").exists():
            want(r.returncode == 0, "it fails without a fault", r.stderr)
            return False
        (cwd / "hit").unlink()
        if r.returncode:
            want(any(s in r.stderr for s in SAYS[errnum]),
                 "it does not say why", r.stderr)
        if kind != "alloc" or r.returncode != 3:
            want(not list(cwd.rglob("*.new")), "it left a file")
        for left in cwd.rglob("*.new"):
            left.unlink()
        case.look(cwd, r.returncode == 0)
        case.finish(cwd)
    except Wrong as e:
        raise Wrong(f"call {number}: ", *e.args, "\n" + r.stderr) from e
    return True


def try_all(case, scratch):
    pristine, model = scratch / "old", scratch / "new"
    name = type(case).__name__.lower()
    pristine.mkdir()
    case.before(pristine)
    shutil.copytree(pristine, model)
    good(model, *case.args)
    case.learn(pristine, model)
    for kind, errnum in CLASSES:
        tried = wrong = 0
        for number in numbers(kind):
            try:
                if not attempt(case, pristine, scratch / "now", kind, number,
                               errnum):
                    break
            except Wrong as e:
                print(*e.args)
                wrong += 1
                if not ALL:
                    break
            tried += 1
        print(f"FAIL faults/{name}-{kind} ({wrong} of {tried})" if wrong else
              f"ok faults/{name}-{kind} ({tried} tried)", flush=True)


for kind_of_case in (Init, Fmt, SavedPlan, Image, Apply):
    if len(sys.argv) < 3 or kind_of_case.__name__.lower() in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as d:
            try_all(kind_of_case(), pathlib.Path(d).resolve())
