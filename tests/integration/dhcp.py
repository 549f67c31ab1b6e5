"""dhcp.py - a DHCP server that is slow to answer, as dhcp.sh wants it.

The first DISCOVER is not heard. Then it gives 10.77.0.2/32 with a gateway that
is on the link all the same, an MTU of 1400 and a domain (RFC 2131, RFC 2132),
as clouds do. With the argument "routes" it gives a gateway that is not there,
and routes (RFC 3442) that count instead.
"""
import socket
import struct
import sys

HOST = bytes([10, 77, 0, 1])
GUEST = bytes([10, 77, 0, 2])
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5


def options(data):
    found, at = {}, 240
    while data[at] != 255:
        if data[at]:
            found[data[at]] = data[at + 2:at + 2 + data[at + 1]]
            at += data[at + 1] + 1
        at += 1
    return found


# Everything by a gateway that is not there; what the tests talk to, on the
# link and by a gateway that is.
ROUTES = (bytes([0, 10, 77, 0, 66]) + bytes([24, 10, 77, 0]) + bytes(4)
          + bytes([16, 10, 99, 10, 77, 0, 3])
          + bytes([32, 10, 98, 7, 1]) + bytes(4))


def answer(data, kind):
    head = struct.pack("!BBBB", 2, 1, 6, 0) + data[4:8] + bytes(8)
    head += GUEST + HOST + bytes(4) + data[28:44] + bytes(192)
    said = {53: bytes([kind]), 54: HOST, 51: struct.pack("!I", 3600),
            1: b"\xff" * 4, 3: HOST, 6: HOST, 26: struct.pack("!H", 1400),
            15: b"soup.example"}
    if "routes" in sys.argv:
        said[3] = bytes([10, 77, 0, 66])
        said[121] = ROUTES
    return head + b"\x63\x82\x53\x63" + b"".join(
        bytes([k, len(v)]) + v for k, v in said.items()) + b"\xff"


s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"tap0")
s.bind(("", 67))
discovers = 0
while True:
    data = s.recv(2048)
    asked = options(data)
    kind = asked[53][0]
    assert {15, 26, 121} <= set(asked.get(55, b"")), "a domain, an MTU, routes"
    if kind == DISCOVER:
        discovers += 1
        if discovers == 1:
            continue
    s.sendto(answer(data, OFFER if kind == DISCOVER else ACK),
             ("255.255.255.255", 68))
