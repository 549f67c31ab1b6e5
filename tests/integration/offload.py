"""offload.py NAME - one test against the guest of offload.sh, from its host.

What goes through the guest's card comes back as it was, whoever sums and cuts.
"""
import os
import socket
import sys

FOUR, SIX, PORT = "10.77.0.2", "fe80::5054:ff:fe12:3456", 7


def stream(family, address, size, segment=None):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(20)
    if segment:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
    s.connect(address)
    sent, got = os.urandom(size), bytearray()
    s.sendall(sent)
    s.shutdown(socket.SHUT_WR)
    while part := s.recv(1 << 16):
        got += part
    assert got == sent, (len(got), size)


def datagram(family, address, size):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(5)
    sent = os.urandom(size)
    s.sendto(sent, address)
    assert s.recv(65536) == sent


def four():
    return socket.AF_INET, (FOUR, PORT)


def six():
    return socket.AF_INET6, (SIX, PORT, 0, socket.if_nametoindex("tap0"))


TESTS = {
    "megabytes_come_back": lambda: stream(*four(), 8 << 20),
    "megabytes_come_back_over_ipv6": lambda: stream(*six(), 8 << 20),
    "a_peer_that_takes_little_at_once_gets_that":
        lambda: stream(*four(), 1 << 20, segment=300),
    "odd_sizes_come_back":
        lambda: [stream(*four(), n) for n in (1, 1447, 14479, 14481, 65537)],
    "datagrams_come_back":
        lambda: [datagram(*to, n) for to in (four(), six())
                 for n in (1, 999, 1472)],
    "datagrams_in_parts_come_back":
        lambda: [datagram(*to, n) for to in (four(), six())
                 for n in (1500, 8001, 60001)],
}

if len(sys.argv) < 2:
    print(*TESTS)
else:
    TESTS[sys.argv[1]]()
