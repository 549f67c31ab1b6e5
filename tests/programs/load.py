#!/usr/bin/env python3
"""load.py PORT REQUESTS CONNECTIONS PATH - keep a server busy.

All requests are answered with 200 and as long a body as the first one had.
Connections stay open where the server lets them, and are opened one after the
other: QEMU's own network takes them in with a queue of one, and a host that
drops what does not fit leaves its client waiting for seconds, or for good.
"""
import http.client
import sys
import threading

port, requests, connections = (int(a) for a in sys.argv[1:4])
path = sys.argv[4]
opening = threading.Lock()
counting = threading.Lock()
left = requests
length = None
mistakes = []


def ask(connection):
    """Is the connection still good afterwards?"""
    global length
    connection.request("GET", path)
    answer = connection.getresponse()
    body = len(answer.read())
    with counting:
        if length is None:
            length = body
    if answer.status != 200 or body != length:
        raise ValueError(f"{answer.status}, {body} bytes, not {length}")
    return not answer.will_close


def take():
    global left
    with counting:
        left -= 1
        return left >= 0


def work():
    connection = None
    try:
        while take():
            if connection is None:
                with opening:
                    connection = http.client.HTTPConnection(
                        "127.0.0.1", port, timeout=20)
                    good = ask(connection)
            else:
                good = ask(connection)
            if not good:
                connection.close()
                connection = None
    except (OSError, ValueError, http.client.HTTPException) as e:
        mistakes.append(f"{type(e).__name__}: {e}")


threads = [threading.Thread(target=work) for _ in range(connections)]
for t in threads:
    t.start()
for t in threads:
    t.join()
if mistakes:
    sys.exit("\n".join(mistakes))
