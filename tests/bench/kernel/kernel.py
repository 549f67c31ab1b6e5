"""kernel.py OUT [ROW...] - our kernel against Linux, as `make bench` shows it.

Every figure is a ratio of two guests that ran in turn, minutes apart at most,
on this machine: more is better for us. Instructions are what the guest
executed for one request, counted by a plugin, so a busy neighbour does not
change them. Goals are those of KERNEL.md's table.

ROUNDS=n (2) measures each ratio n times and takes the median.
"""
import json
import os
import re
import subprocess
import sys

from guests import ADDRESS, KINDS, Program

OUT = os.path.abspath(sys.argv[1])
ONLY = sys.argv[2:]
ROUNDS = int(os.environ.get("ROUNDS", "2"))
SECONDS = os.environ.get("SECONDS_EACH", "3")

NGINX = b"""daemon off; master_process off; user root;
error_log stderr crit; pid /tmp/pid; worker_rlimit_nofile 4096;
events { worker_connections 1024; }
http {
 access_log off; keepalive_requests 10000000; %s
 client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
 uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
 server { listen 80; root /www; }
}
"""
MOSQUITTO = (b"user root\nlistener 1883 0.0.0.0\nallow_anonymous true\n"
             b"log_dest none\nmax_queued_messages 0\n")
SQL = b"""PRAGMA journal_mode=WAL;
.timer on
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
BEGIN;
INSERT INTO t SELECT value, hex(value * 7919) FROM generate_series(1, 30000);
COMMIT;
CREATE INDEX i ON t(b);
SELECT count(*), sum(length(b)) FROM t WHERE b > '5';
UPDATE t SET b = b || 'x' WHERE a %% 3 = 0;
DELETE FROM t WHERE a %% 5 = 0;
SELECT 'done';
""".replace(b"%%", b"%")


def run(*command, timeout=120):
    return subprocess.run(command, check=True, text=True, timeout=timeout,
                          capture_output=True).stdout


def ab(path, clients):
    def load(_):
        text = run("ab", "-q", "-k", "-t", SECONDS, "-n", "10000000", "-c",
                   str(clients), f"http://{ADDRESS}/{path}")
        if not re.search(r"Failed requests:\s+0\b", text):
            raise SystemExit(text)
        return float(re.search(r"Requests per second:\s+([\d.]+)",
                               text).group(1))
    return load


def redis(what, pipeline):
    def load(_):
        text = run("redis-benchmark", "-h", ADDRESS, "-t", what, "-P",
                   str(pipeline), "-n", str(8000 * pipeline), "-c", "50",
                   "--csv")
        return float(text.splitlines()[-1].split('","')[1])
    return load


def iperf(*options):
    """The server listens anew for each test, and says so."""
    def load(machine):
        machine.rounds = getattr(machine, "rounds", 0) + 1
        machine.says(rb"(?s)(?:listening.*){%d}" % machine.rounds)
        text = run("iperf3", "-c", ADDRESS, "-J", "-t", SECONDS, *options)
        said = json.loads(text)
        if "error" in said:
            raise SystemExit(f"iperf3: {said['error']}")
        return said["end"]["sum_received"]["bits_per_second"] / 1e6
    return load


def mqtt(_):
    return float(run(f"{OUT}/bench/mqtt", ADDRESS, SECONDS).split()[0])


def printed(pattern):
    """The program measures itself; the sum of what it says, upside down."""
    def load(machine):
        machine.says(rb"done|seconds [\d.]+ ")
        found = re.findall(pattern, machine.console)
        return 1 / sum(map(float, found))
    return load


def programs():
    www = {"/www/small": b"x" * 612, "/www/big": os.urandom(1 << 20),
           "/www/page": os.urandom(100 << 10)}
    nginx = "/usr/sbin/nginx"
    conf = ["-c", "/etc/n.conf", "-p", "/tmp"]
    files = {"/etc/n.conf": NGINX % b"", **www}
    sendfile = {"/etc/n.conf": NGINX % b"sendfile on; tcp_nopush on;", **www}
    return {
        "nginx": (Program(OUT, nginx, conf, files), 80),
        "sendfile": (Program(OUT, nginx, conf, sendfile), 80),
        "redis": (Program(OUT, "/usr/bin/redis-server",
                          ["--bind", "0.0.0.0", "--protected-mode", "no",
                           "--save", "", "--appendonly", "no"]), 6379),
        "mosquitto": (Program(OUT, "/usr/sbin/mosquitto", ["-c", "/etc/m"],
                              {"/etc/m": MOSQUITTO}), 1883),
        "iperf": (Program(OUT, "/usr/bin/iperf3", ["-s", "--forceflush"]),
                  rb"listening"),
        "cpu": (Program(OUT, f"{OUT}/bench/cpu"), rb"begin"),
        "sqlite": (Program(OUT, "/usr/bin/sqlite3",
                           ["/tmp/t.db", ".read /sql"], {"/sql": SQL}), rb"Run Time"),
    }


# program: (what, load, goal), in the order they are run
LOADS = {
    "nginx": [("nginx, 612 bytes, 1 connection", ab("small", 1), 1.8),
              ("nginx, 612 bytes, 64 connections", ab("small", 64), 1.8)],
    "sendfile": [
        ("nginx sendfile tcp_nopush, 612 bytes, 64", ab("small", 64), 1.5),
        ("nginx sendfile tcp_nopush, 100 KiB, 8", ab("page", 8), 1.5),
        ("nginx sendfile tcp_nopush, 1 MiB, 8", ab("big", 8), 1.5)],
    "redis": [("redis SET, pipeline 1", redis("set", 1), 1.5),
              ("redis GET, pipeline 1", redis("get", 1), 1.5),
              ("redis SET, pipeline 16", redis("set", 16), 1.2),
              ("redis GET, pipeline 16", redis("get", 16), 1.2)],
    "mosquitto": [("MQTT QoS 0 stream", mqtt, 1.2)],
    "iperf": [("bulk TCP out of the guest", iperf("-R"), 0.9),
              ("bulk TCP into the guest", iperf(), 0.9)],
    "cpu": [("CPU-bound", printed(rb"seconds ([\d.]+) "), 1.0)],
    "sqlite": [("SQLite", printed(rb"real ([\d.]+) "), 1.0)],
}


def count_ab(n):
    run("ab", "-q", "-k", "-n", str(n), "-c", "8", f"http://{ADDRESS}/small")


def count_redis(n):
    run("redis-benchmark", "-h", ADDRESS, "-t", "set", "-n", str(n), "-c", "8",
        "-q")


def count_mqtt(_):
    return int(run(f"{OUT}/bench/mqtt", ADDRESS, "2").split()[1])


# program: (what, load that takes a number and may return another, goal)
INSTRUCTIONS = {
    "nginx": ("nginx request", count_ab, 35e3),
    "redis": ("redis SET", count_redis, 20e3),
    "mosquitto": ("MQTT message", count_mqtt, 30e3),
}


BOOT = "QEMU's start until %s is ready"


def median(v):
    return sorted(v)[len(v) // 2]


def wait(machine, ready):
    """For a port that answers, or for what the console says; seconds."""
    if isinstance(ready, int):
        return machine.answers(ready)
    return machine.says(ready)[1]


def measure(name, program, ready):
    """what -> kind -> values, each kind in turn"""
    whats = [BOOT % name, *(what for what, _, _ in LOADS[name])]
    found = {what: {k: [] for k in KINDS} for what in whats}
    for _ in range(ROUNDS):
        for kind in KINDS:
            with program.start(kind) as machine:
                seconds = wait(machine, ready)
                found[BOOT % name][kind].append(1 / seconds)
                for what, load, _ in LOADS[name]:
                    found[what][kind].append(load(machine))
    return found


def count(program, ready, load, cpus=1):
    """kind -> (instructions, those of the kernel) for one request"""
    found = {}
    for kind in KINDS:
        with program.start(kind, counted=True, cpus=cpus) as machine:
            wait(machine, ready)
            load(300)
            before = machine.counts.read()
            n = load(2000) or 2000
            after = machine.counts.read()
            found[kind] = [(b - a) / n for a, b in zip(before, after)]
    return found


SCALE = ("faults", "round trips", "reads", "opens", "datagrams", "messages",
         "sockets")
SCALE_CPUS = [n for n in (1, 2, 4) if n <= (os.cpu_count() or 1)]
NODE = b"""require('http').createServer((q, r) => r.end('x'.repeat(600)))
.listen(80, () => console.log('listening'));
"""


def does(machine, what):
    text, _ = machine.says(what.encode() + rb" (\d+) a second")
    return float(text.group(1))


def node():
    """An http server; None where there is no node."""
    if not os.path.exists("/usr/bin/node"):
        return None
    return Program(OUT, "/usr/bin/node", ["/n.js"], {"/n.js": NODE},
                   memory="512M", disk=256)


def node_requests(n):
    run("ab", "-q", "-n", str(n), "-c", "16", f"http://{ADDRESS}/")


def scale(cpus):
    """
    what -> kind -> values a second, of all of `cpus` processors together. It
    takes a host with nothing else to do. Each is done for a while before it is
    measured (node compiles what it does often).
    """
    program, server = Program(OUT, f"{OUT}/bench/scale", [SECONDS]), node()
    found = {what: {k: [] for k in KINDS} for what in (*SCALE, "node")}
    for _ in range(ROUNDS):
        for kind in KINDS:
            with program.start(kind, cpus=cpus) as machine:
                for what in SCALE:
                    found[what][kind].append(does(machine, what))
            if not server:
                continue
            with server.start(kind, cpus=cpus) as machine:
                machine.says(rb"listening")
                node_requests(500)
                found["node"][kind].append(ab("", 16)(machine))
    return found


def count_node(cpus):
    """What a request to node's server costs, instructions of the kernel: also
    those that wait for other processors, which is where it shows."""
    server = node()
    if not server:
        return []
    found = count(server, rb"listening", node_requests, cpus)
    (miso, ours), (linux, theirs) = (found[k] for k in KINDS)
    print(f"{f'node request, {cpus} CPUs: instructions (in the kernel)':56} "
          f"{miso / 1e3:6.1f} k ({ours / 1e3:.1f} k)  Linux "
          f"{linux / 1e3:.1f} k ({theirs / 1e3:.1f} k)", flush=True)
    return [{"what": "node request: instructions", "cpus": cpus, "miso": miso,
             "linux": linux, "miso_kernel": ours, "linux_kernel": theirs}]


def measure_scale():
    """Each figure on 1 and more processors, and what it was on one."""
    rows, alone = [], {}
    for cpus in SCALE_CPUS:
        rows += count_node(cpus)
        for what, values in scale(cpus).items():
            if not values["miso"]:
                continue
            miso, linux = (median(values[k]) for k in KINDS)
            first = alone.setdefault(what, (miso, linux))
            rows.append({"what": what, "cpus": cpus, "miso": miso,
                         "linux": linux, "ratio": miso / linux,
                         "samples": values})
            print(f"{what + ', ' + str(cpus) + ' CPUs':48} "
                  f"{miso / linux:6.2f} x Linux  {miso / first[0]:.2f} x and "
                  f"{linux / first[1]:.2f} x one CPU", flush=True)
    return rows


def main():
    rows = []
    scaling = measure_scale() if not ONLY or "scale" in ONLY else []
    for name, (program, ready) in programs().items():
        if ONLY and name not in ONLY:
            continue
        found = measure(name, program, ready)
        for what, goal in [(BOOT % name, 1), *(
                (what, goal) for what, _, goal in LOADS[name])]:
            miso, linux = (median(found[what][k]) for k in KINDS)
            rows.append({"what": what, "miso": miso, "linux": linux,
                         "ratio": miso / linux, "goal": goal,
                         "met": miso / linux >= goal,
                         "samples": found[what]})
            print(f"{what:48} {miso / linux:6.2f} x Linux  goal {goal:<4g} "
                  f"{'ok' if miso / linux >= goal else 'MISSED'}", flush=True)
        if name not in INSTRUCTIONS:
            continue
        what, load, goal = INSTRUCTIONS[name]
        found = count(program, ready, load)
        (miso, ours), (linux, theirs) = (found[k] for k in KINDS)
        rows.append({"what": f"{what}: instructions", "miso": miso,
                     "linux": linux, "miso_kernel": ours,
                     "linux_kernel": theirs, "goal": goal,
                     "met": miso <= goal})
        print(f"{what + ': instructions (in the kernel)':48} "
              f"{miso / 1e3:6.1f} k ({ours / 1e3:.1f} k)  Linux "
              f"{linux / 1e3:.1f} k ({theirs / 1e3:.1f} k)  goal "
              f"{goal / 1e3:g} k {'ok' if miso <= goal else 'MISSED'}",
              flush=True)
    path = f"{OUT}/bench.json"
    try:
        with open(path) as f:
            all_rows = json.load(f)
    except OSError:
        all_rows = {}
    if rows:
        all_rows["against_linux"] = rows
    if scaling:
        all_rows["scaling"] = scaling
    with open(path, "w") as f:
        json.dump(all_rows, f, indent=1)
    print(f"written: {path}")


main()
