"""queues.py MONITOR PAIRS CPUS alone|shared - the guest of queues.sh, from its
host: what its /proc/interrupts says, and how far QEMU is with each queue.
"""
import re
import socket
import sys

GUEST, TELLS, ECHOES = "10.77.0.2", 7, 100
FLOWS, ROUNDS = 4, 20
monitor, pairs, cpus = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
used = min(pairs, cpus)


def interrupts():
    """Name of an interrupt -> how often on each CPU."""
    s = socket.create_connection((GUEST, TELLS), timeout=20)
    text = b""
    while part := s.recv(1 << 16):
        text += part
    rows = {}
    for line in text.decode().splitlines()[1:]:
        words = line.split()
        rows[words[-1]] = [int(n) for n in words[1:1 + cpus]]
    return rows


def ask(command):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(20)
    s.connect(monitor)
    text = b""
    while not text.endswith(b"(qemu) "):
        text += s.recv(4096)
    s.sendall(command.encode() + b"\n")
    text = b""
    while not text.endswith(b"(qemu) "):
        text += s.recv(4096)
    s.close()
    return text.decode()


def taken(card, queue):
    """Buffers that QEMU has taken from a queue, so far."""
    text = ask(f"info virtio-queue-status {card} {queue}")
    found = re.search(r"last_avail_idx:\s+(\d+)", text)
    return int(found[1]) if found else 0


def talk(cpu):
    """A thread on that CPU answers; the host steers by where it does."""
    for _ in range(FLOWS):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(20)
        s.connect((GUEST, ECHOES + cpu))
        for n in range(ROUNDS):
            s.send(b"%d" % n)
            assert s.recv(100) == b"%d" % n


card = re.search(r"(/\S+) \[virtio-net\]", ask("info virtio"))[1]
for cpu in range(cpus):
    before = [taken(card, 2 * q + 1) for q in range(pairs)]
    talk(cpu)
    after = [taken(card, 2 * q + 1) for q in range(pairs)]
    sent = after[cpu] - before[cpu]
    assert sent >= FLOWS * ROUNDS, (cpu, before, after)
assert not any(taken(card, 2 * q + 1) for q in range(used, pairs))

rows = interrupts()
inputs = {k: v for k, v in rows.items() if "-input." in k}
if sys.argv[4] == "shared":
    assert not inputs, rows
    sys.exit()
assert len(inputs) == used, rows
for name, counts in inputs.items():
    mine = int(name.rsplit(".")[-1])
    assert counts[mine], rows
    assert sum(counts) == counts[mine], rows
