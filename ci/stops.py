#!/usr/bin/env python3
"""Checks that a server ends its event streams and exits when the system asks it to stop.

Usage: ci/stops.py PATH PROGRAM [ARGUMENT...]

Starts the program, which has to print its address, and reads the stream at the path until its first event. Then it
sends SIGTERM, or Ctrl-Break on Windows. The stream has to end with a reconnection time, and the process with success.
"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request

WINDOWS = os.name == "nt"


def main(path, *command):
    # Ctrl-Break reaches a whole group of processes, to which this one must not belong.
    group = subprocess.CREATE_NEW_PROCESS_GROUP if WINDOWS else 0
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, creationflags=group)
    try:
        address = None
        while not address:
            line = server.stdout.readline()
            if not line:
                sys.exit(f"the server ended with {server.wait()} before it printed its address")
            address = re.search(r"http://[^\s/]+", line)
        stream = urllib.request.urlopen(address[0] + path, timeout=10)
        for line in stream:
            if line.startswith(b"data:"):
                break
        began = time.monotonic()
        server.send_signal(signal.CTRL_BREAK_EVENT if WINDOWS else signal.SIGTERM)
        rest = stream.read()
        status = server.wait(timeout=10)
        took = time.monotonic() - began
    finally:
        server.kill()
    if b"retry:" not in rest:
        sys.exit(f"the stream ended without a reconnection time: {rest}")
    if status != 0:
        sys.exit(f"the server ended with {status}")
    print(f"the stream ended with a reconnection time, and the server after {took:.2f} s")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
