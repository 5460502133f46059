#!/usr/bin/env python3
"""Keep-alive answers after a fixed delay, from one thread: latency_server.py PORT_FILE BYTES

GET /MS answers after MS milliseconds.
"""
import asyncio
import os
import sys


class Connection(asyncio.Protocol):
    answer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.data = b""

    def data_received(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, self.data = self.data.partition(b"\r\n\r\n")
            delay = int(head.split(b" ", 2)[1].lstrip(b"/")) / 1000
            if delay:
                asyncio.get_running_loop().call_later(delay, self.send)
            else:
                self.send()

    def send(self):
        if not self.transport.is_closing():
            self.transport.write(self.answer)


async def main(port_file, size):
    Connection.answer = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
                         % size) + b"x" * size
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=200)
    with open(port_file + ".new", "w") as file:
        file.write("%d\n" % server.sockets[0].getsockname()[1])
    os.replace(port_file + ".new", port_file)
    await server.serve_forever()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
