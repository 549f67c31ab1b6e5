#!/usr/bin/env python3
"""memcached.py PORT N - N values there and back, over eight connections."""
import socket
import sys

port, n = int(sys.argv[1]), int(sys.argv[2])
links = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(8)]


def ask(link, text, end):
    link.sendall(text)
    got = b""
    while not got.endswith(end):
        piece = link.recv(65536)
        assert piece, "it hung up after %r" % got[-80:]
        got += piece
    return got


for i in range(n):
    value = b"%d " % i * (i % 300 + 1)
    got = ask(links[i % 8], b"set key%d 0 0 %d\r\n%s\r\n" % (i, len(value), value),
              b"\r\n")
    assert got == b"STORED\r\n", got
for i in range(n):
    value = b"%d " % i * (i % 300 + 1)
    got = ask(links[(i + 3) % 8], b"get key%d\r\n" % i, b"END\r\n")
    assert got.split(b"\r\n", 1)[1] == value + b"\r\nEND\r\n", (i, got)
