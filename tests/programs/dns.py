#!/usr/bin/env python3
"""dns.py PORT NAME ADDRESS - asks for NAME, which must be ADDRESS."""
import socket
import struct
import sys

port, name, address = int(sys.argv[1]), sys.argv[2], sys.argv[3]
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.settimeout(1)
query = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0)
for label in name.split("."):
    query += bytes([len(label)]) + label.encode()
query += b"\0" + struct.pack(">HH", 1, 1)
link.sendto(query, ("127.0.0.1", port))
answer = link.recv(512)
assert answer.endswith(socket.inet_aton(address)), answer
