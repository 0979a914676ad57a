# SPDX-License-Identifier: ISC
"""A log daemon for tests: binds the UNIX datagram socket argv[1], appends each datagram to the file argv[2] as one
line, "PRIORITY text" (facility.level as two numbers), and says "ready" once it listens."""
import os
import re
import socket
import sys

s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open(sys.argv[2], "ab", buffering=0) as log:
    print("ready", flush=True)
    while True:
        data = s.recv(65536)
        # glibc: <PRI>Mon dd hh:mm:ss ident[pid]: text
        m = re.fullmatch(rb"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d (\S+)\[\d+\]: (.*?)\n?\0?", data, re.S)
        if m:
            pri = int(m[1])
            line = b"%d.%d %s: %s" % (pri >> 3, pri & 7, m[2], m[3].replace(b"\n", b"\\n"))
        else:
            line = b"odd: " + repr(data).encode()
        log.write(line + b"\n")
