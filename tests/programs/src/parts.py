"""parts.py - what Python's own library needs of a kernel, part by part."""
import asyncio
import concurrent.futures
import fcntl
import http.server
import mmap
import os
import queue
import signal
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request


def threads():
    work, out = queue.Queue(), []

    def worker():
        while (i := work.get()) is not None:
            out.append(i * i)

    team = [threading.Thread(target=worker) for _ in range(8)]
    for t in team:
        t.start()
    for i in [*range(1000), *[None] * len(team)]:
        work.put(i)
    for t in team:
        t.join()
    assert sorted(out) == [i * i for i in range(1000)]


def executors():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert list(pool.map(str, range(100))) == [str(i) for i in range(100)]


def coroutines():
    async def echo(reader, writer):
        writer.write(await reader.readline())
        await writer.drain()
        writer.close()

    async def ask(port, i):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"%d\n" % i)
        line = await reader.readline()
        writer.close()
        return int(line)

    async def all_of_them():
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        got = await asyncio.gather(*[ask(port, i) for i in range(50)])
        assert got == list(range(50))
        server.close()

    asyncio.run(all_of_them())


def database(journal):
    path = tempfile.mkdtemp(dir="/var/tmp") + "/x.db"
    one = sqlite3.connect(path)
    one.execute("pragma journal_mode=" + journal)
    one.execute("create table t(a, b)")
    one.executemany("insert into t values(?, ?)",
                    [(i, "x" * i) for i in range(500)])
    one.commit()
    two = sqlite3.connect(path, timeout=0.1)
    assert two.execute("select count(*) from t").fetchone() == (500,)
    one.execute("begin immediate")
    try:
        two.execute("begin immediate")
        raise AssertionError("two may write at once")
    except sqlite3.OperationalError as e:
        assert "locked" in str(e), e
    one.rollback()
    two.execute("begin immediate")
    two.rollback()


def databases():
    for journal in "wal", "delete", "truncate":
        database(journal)


class Secret(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"secret" * 10000)

    def log_message(self, *_):
        pass


def tls():
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain("/app/cert.pem", "/app/key.pem")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Secret)
    server.socket = ours.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    theirs = ssl.create_default_context(cafile="/app/cert.pem")
    url = "https://localhost:%d/" % server.server_address[1]
    for _ in range(5):
        got = urllib.request.urlopen(url, context=theirs).read()
        assert got == b"secret" * 10000
    server.shutdown()
    # Those of the host, where OpenSSL looks when nobody says where they are.
    assert len(ssl.create_default_context().get_ca_certs()) > 50


def mappings():
    with tempfile.TemporaryFile() as f:
        f.write(b"a" * 8192)
        f.flush()
        with mmap.mmap(f.fileno(), 8192) as m:
            m[0:4] = b"zzzz"
            m.flush()
        f.seek(0)
        assert f.read(6) == b"zzzzaa"


def timers():
    got = []
    signal.signal(signal.SIGALRM, lambda *_: got.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    end = time.monotonic() + 10
    while len(got) < 3 and time.monotonic() < end:
        time.sleep(0.01)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert len(got) >= 3


def locks():
    with open("/tmp/lock", "w") as one, open("/tmp/lock", "w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
            raise AssertionError("two have the lock")
        except BlockingIOError:
            pass
        fcntl.flock(one, fcntl.LOCK_UN)
        fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)


def attributes():
    os.setxattr("/var/tmp", "user.pig", b"some")
    assert os.getxattr("/var/tmp", "user.pig") == b"some"
    assert os.listxattr("/var/tmp") == ["user.pig"]
    os.removexattr("/var/tmp", "user.pig")


def seals():
    fd = os.memfd_create("m", os.MFD_ALLOW_SEALING)
    os.write(fd, b"abc")
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
    try:
        os.write(fd, b"x")
        raise AssertionError("it was written to")
    except PermissionError:
        os.close(fd)


def copies():
    with open("/var/tmp/a", "wb+") as a, open("/var/tmp/b", "wb+") as b:
        a.write(b"q" * 10000)
        a.flush()
        n = os.copy_file_range(a.fileno(), b.fileno(), 10000, 0, 0)
        assert n == 10000, n
        r, w = os.pipe()
        assert os.splice(a.fileno(), w, 1000, offset_src=5) == 1000
        assert os.read(r, 2000) == b"q" * 1000
        os.posix_fallocate(b.fileno(), 0, 50000)
        assert os.fstat(b.fileno()).st_size == 50000


def second_processes():
    for way in os.fork, lambda: subprocess.run(["/bin/true"], check=True):
        try:
            way()
            raise AssertionError("there is a second process")
        except OSError as e:
            assert e.errno == 38, e


def main():
    bad = 0
    for part in (threads, executors, coroutines, databases, tls, mappings,
                 timers, locks, attributes, seals, copies,
                 second_processes):
        try:
            part()
            print("ok", part.__name__)
        except Exception as e:
            bad += 1
            print("FAIL", part.__name__, type(e).__name__, e)
    print("some parts failed" if bad else "all parts work")
    return 1 if bad else 0


sys.exit(main())
