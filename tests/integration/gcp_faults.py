#!/usr/bin/env python3
"""gcp_faults.py OUT SCENARIO - the real miso on a cloud that goes wrong.

Each scenario runs in the folder it stands in, with clouds of its own. For one
that "loops over calls" the n-th request of an apply is spoilt, for every n that
there is, and afterwards the world must be what an apply without trouble makes.
"""
import collections
import json
import os
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request

OUT = sys.argv[1]
WORKERS = 3  # clouds that are tried at the same time
END = time.monotonic() + 600

HEAD = """
version: 1
name: test
providers:
  cloud: {type: gcp, project: test-project-1, zone: us-west2-a,
          bucket: test-bucket, endpoint: URL, access_token_file: ./token}
images:
  probe: {program: ../probe, disk: 4Mi}
"""
STACK = HEAD + """firewalls:
  open: {allow: [tcp/80], sources: [0.0.0.0/0]}
addresses:
  one: {provider: cloud}
instances:
  one: {provider: cloud, image: "${image.probe}", tags: [open],
        address: "${address.one}"}
  many: {provider: cloud, image: "${image.probe}", tags: [open], count: 2}
"""

ANSWERS = [(429, "rateLimitExceeded"), (500, "backendError"),
           (502, "badGateway"), (503, "backendError"),
           (403, "rateLimitExceeded")]


class Failure(Exception):
    pass


def check(good, *what):
    if not good:
        raise Failure(" ".join(str(w) for w in what))


class Cloud:
    """A tests/gce, and the folder of a stack that is applied to it."""

    def __init__(self, name, stack=STACK, args=()):
        self.dir = os.path.abspath(name)
        os.makedirs(self.dir + "/bytes")
        self.gce = subprocess.Popen(
            [OUT + "/gce", "--dir", self.dir + "/bytes", "--no-guests",
             "--open", "--until-eof", "--op-ms", "5", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=open(self.dir + "/gce.log", "w", encoding="utf-8"))
        self.url = self.gce.stdout.readline().split()[1]
        self.write("miso.yaml", stack.replace("URL", self.url))
        self.write("token", "t\n")
        self.env = dict(os.environ, MISO_HOME=self.dir + "/home")

    def close(self):
        self.gce.stdin.close()
        check(self.gce.wait(20) == 0, "the cloud ended badly")

    def write(self, name, text):
        with open(self.dir + "/" + name, "w", encoding="utf-8") as f:
            f.write(text)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode() if body else None,
            {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def control(self, what, body):
        self.ask("POST", "/control/" + what, body)

    def fault(self, **what):
        self.control("faults", what)

    def forget(self):
        self.ask("DELETE", "/control/log")
        self.ask("DELETE", "/control/faults")

    def log(self):
        return self.ask("GET", "/control/log")

    def calls(self, method, status=0):
        return sum(c["id"] == method and status in (0, c["status"])
                   for c in self.log())

    def start(self, *args, fault=None):
        """A miso that begins once `fault` knows its pid."""
        p = subprocess.Popen(
            ["bash", "-c", 'read -r _; exec "$@"', "-", OUT + "/miso", *args],
            cwd=self.dir, env=self.env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if fault:
            self.fault(pid=p.pid, **fault)
        p.stdin.write("\n")
        p.stdin.close()
        p.stdin = None
        return p

    def miso(self, *args, fault=None):
        p = self.start(*args, fault=fault)
        said, _ = p.communicate(timeout=240)
        return p.returncode, said

    def apply(self, fault=None):
        return self.miso("apply", "--yes", fault=fault)

    def must(self, *args):
        status, said = self.miso(*args)
        check(status == 0, "miso", *args, "ended with", status, "\n" + said)
        return said

    def world(self):
        """What is there; members and templates by their group alone."""
        state = self.ask("GET", "/control/state")
        return (sorted(re.sub(r"(/test-default-many)-\w+$", r"\1-", path)
                       for path in state["resources"]),
                sorted(state["objects"]))

    def images(self):
        resources = self.ask("GET", "/control/state")["resources"]
        return {p: r for p, r in resources.items() if "/images/" in p}

    def expect(self, world, about, died=False):
        """A run that died has left a record, and the next one wrote another."""
        resources, objects = self.world()
        records = [world[1]]
        if died:
            records.append(world[1] + [
                world[1][0].replace("/1.json", "/2.json")])
        check(resources == world[0] and objects in records,
              about + ": it is", resources, objects, "and not", *world)
        status, said = self.miso("plan", "--detailed-exitcode")
        check(status == 0, about + ": a plan still has something\n" + said)


def in_parallel(jobs, work):
    """work(cloud, job) for all jobs; the first failure is told."""
    left, failures = list(reversed(jobs)), []

    def run(number):
        cloud = Cloud(f"cloud-{number}")
        try:
            while left and not failures:
                work(cloud, left.pop())
            cloud.close()
        except Exception as e:  # whatever it is, it is told below
            failures.append(e)
            cloud.gce.kill()

    threads = [threading.Thread(target=run, args=(i,)) for i in range(WORKERS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]


class Reference:
    """What an apply without trouble makes: once without an image, once with."""

    def __init__(self):
        cloud = Cloud("reference")
        cloud.must("apply", "--yes")
        calls = collections.Counter(c["id"] for c in cloud.log())
        self.world = cloud.world()
        cloud.control("reset", {"but": "images"})
        self.images = cloud.images()
        cloud.must("apply", "--yes")
        rest = collections.Counter(c["id"] for c in cloud.log())
        self.nr_rest = rest.total()
        # Each request of a method that making an image needs.
        self.making = [(name, i + 1) for name, n in calls.items()
                       if n > rest[name] for i in range(n)]
        check(cloud.world() == self.world, "with an image it is",
              cloud.world(), "and not", self.world)
        cloud.must("destroy", "--yes")
        names, _ = cloud.world()
        check(not names, "destroy left", names)
        cloud.close()

    def fresh(self, cloud, image):
        """As before the first apply, or as if the image were there."""
        cloud.control("reset", {"but": "images"})
        for path, resource in self.images.items():
            if image:
                cloud.control("put", {"path": path, "resource": resource})
            else:
                cloud.control("drop", {"path": path})


def spoilt(ref, image=True):
    def work(cloud, job):
        fault, about = job
        ref.fresh(cloud, image)
        status, said = cloud.apply(fault=fault)
        check(status == 0, about, "\n" + said)
        cloud.forget()
        cloud.expect(ref.world, about)
    return work


def killed(ref, image=True):
    def work(cloud, job):
        fault, about = job
        ref.fresh(cloud, image)
        status, said = cloud.apply(fault=fault)
        check(status in (0, -9), about, "status", status, "\n" + said)
        cloud.forget()
        status, said = cloud.apply()
        check(status == 0, about, "and then\n" + said)
        cloud.expect(ref.world, about, died=True)
        cloud.must("destroy", "--yes")
        names, _ = cloud.world()
        check(not names, about + ": destroy left", names)
    return work


def jobs(n, faults):
    return [(dict(match="", nth=i, **fault), f"{fault} at call {i}")
            for i in range(1, n + 1) for fault in faults]


def image_jobs(making, faults):
    return [(dict(match=name, nth=i, **fault), f"{fault} at {name} {i}")
            for name, i in making for fault in faults]


STATUSES = [dict(action="status", status=s, reason=r, retry_after="0")
            for s, r in ANSWERS]
CUTS = [dict(action=a) for a in ("cut_before", "cut_after")]
DEATHS = [dict(action=a) for a in ("kill_before", "kill_after")]


def every_answer_at_each_call():
    ref = Reference()
    in_parallel(jobs(ref.nr_rest, STATUSES), spoilt(ref))


def every_cut_at_each_call():
    ref = Reference()
    in_parallel(jobs(ref.nr_rest, CUTS), spoilt(ref))


def death_at_each_call():
    ref = Reference()
    in_parallel(jobs(ref.nr_rest, DEATHS), killed(ref))


def trouble_at_each_call_that_makes_an_image():
    """That takes seconds: each call gets another of the answers."""
    ref = Reference()
    work = []
    for i, call in enumerate(ref.making):
        work += image_jobs([call], [STATUSES[i % len(STATUSES)]] + CUTS)
    in_parallel(work, spoilt(ref, False))


def death_at_each_call_that_makes_an_image():
    ref = Reference()
    in_parallel(image_jobs(ref.making, DEATHS), killed(ref, False))


def lease_file(cloud):
    return "/storage/v1/b/test-bucket/o/" + urllib.parse.quote(
        "miso/test/default/lease", safe="")


def until(good, what):
    """Wait for it to be so; a test's own time is the limit."""
    while not good():
        time.sleep(0.1)
        check(time.monotonic() < END, "not in time:", what)


def a_lost_lease_ends_an_apply():
    """Somebody breaks it while the instance is being made."""
    cloud = Cloud("cloud", args=("--op-ms", "0"))
    p = cloud.start("apply", "--yes",
                    fault=dict(match="compute.instances.insert",
                               action="status", status=503,
                               retry_after="300"))
    until(lambda: cloud.calls("compute.instances.insert"), "the instance")
    cloud.ask("DELETE", lease_file(cloud))
    said, _ = p.communicate(timeout=120)
    check(p.returncode == 1, "status", p.returncode, said)
    check("the lease was lost" in said, "it is not said:", said)
    check(cloud.calls("compute.instances.insert") == 1, "it went on:", said)
    # What it had made carries its mark, so that the next one goes on with it.
    cloud.must("apply", "--yes")
    inserts = cloud.calls("compute.addresses.insert", 200)
    check(inserts == 1, inserts, "addresses were made")
    cloud.must("destroy", "--yes")
    check(cloud.world() == ([], []), "it left", cloud.world())
    cloud.close()


def two_applies_at_once_are_one():
    """The second finds the first's lease; it may go on when that one is gone."""
    cloud = Cloud("cloud", args=("--op-ms", "0"))
    first = cloud.start("apply", "--yes",
                        fault=dict(match="compute.instances.insert",
                                   action="status", status=503,
                                   retry_after="300"))
    until(lambda: cloud.calls("compute.instances.insert"), "the instance")
    other = dict(cloud.env, MISO_HOME=cloud.dir + "/other-home")
    cloud.env, own = other, cloud.env
    before = cloud.world()
    status, said = cloud.apply()
    check(status == 1 and "another apply of this stack is running" in said
          and f"process {first.pid}" in said, status, said)
    check(cloud.world() == before, "the second one changed", cloud.world())
    # Its process is gone: nobody waits until its lease is over.
    first.kill()
    first.communicate(timeout=20)
    cloud.must("apply", "--yes")
    cloud.env = own
    status, said = cloud.miso("plan", "--detailed-exitcode")
    check(status == 0, "status", status, said)
    check(cloud.calls("compute.addresses.insert", 200) == 1, cloud.log())
    cloud.must("destroy", "--yes")
    check(cloud.world() == ([], []), "it left", cloud.world())
    cloud.close()


def clocks_that_differ_do_not_matter():
    """The cloud's clock is hours away from ours, either way."""
    for hours in (-7, 7):
        cloud = Cloud(f"cloud{hours}")
        cloud.control("clock", {"advance_ms": hours * 3600 * 1000})
        # A lease that somebody elsewhere holds is respected for its time...
        holder = {"user": "u", "host": "elsewhere", "pid": 1, "ttl_ms": 60000}
        cloud.ask("POST", "/upload/storage/v1/b/test-bucket/o?uploadType=media"
                  "&name=miso/test/default/lease", holder)
        status, said = cloud.apply()
        check(status == 1 and "u@elsewhere" in said, status, said)
        # ...by the cloud's clock.
        cloud.control("clock", {"advance_ms": 61000})
        cloud.must("apply", "--yes")
        status, said = cloud.miso("plan", "--detailed-exitcode")
        check(status == 0, status, said)
        cloud.must("destroy", "--yes")
        check(cloud.world() == ([], []), "it left", cloud.world())
        cloud.close()


THOUSAND = HEAD + """instances:
  one: {provider: cloud, image: "${image.probe}", for_each: "${range(1000)}"}
"""


def a_thousand_instances():
    """With 50 ms for each request and the quotas that there are."""
    cloud = Cloud("cloud", stack=THOUSAND, args=("--latency-ms", "50"))
    cloud.control("options", {"reads_minute": 1500, "writes_minute": 1500})
    cloud.must("apply", "--yes", "--parallelism", "32")
    calls = collections.Counter(
        (c["id"], c["status"]) for c in cloud.log() if c["id"])
    refused = sum(n for (_, status), n in calls.items() if status >= 400
                  and status != 404)
    check(refused == 0, "refused:", calls)
    check(calls["compute.instances.insert", 200] == 1000, calls)
    # An insert, a wait and a look for each; all else does not grow with them.
    check(calls.total() < 3 * 1000 + 60, calls.total(), "requests:", calls)
    cloud.forget()
    said = cloud.must("plan", "--detailed-exitcode")
    check(len(cloud.log()) < 20, len(cloud.log()), "requests to see", said)
    cloud.forget()
    cloud.must("destroy", "--yes", "--parallelism", "32")
    check(len(cloud.log()) < 2 * 1000 + 60, len(cloud.log()), "to destroy")
    check(cloud.world() == ([], []), "it left", cloud.world())
    cloud.close()


SCENARIOS = {f.__name__: f for f in (
    every_answer_at_each_call, every_cut_at_each_call, death_at_each_call,
    trouble_at_each_call_that_makes_an_image,
    death_at_each_call_that_makes_an_image, a_lost_lease_ends_an_apply,
    two_applies_at_once_are_one,
    clocks_that_differ_do_not_matter, a_thousand_instances)}

if __name__ == "__main__":
    try:
        SCENARIOS[sys.argv[2]]()
    except Failure as e:
        sys.exit(f"-- {e}")
