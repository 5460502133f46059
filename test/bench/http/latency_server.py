#!/usr/bin/env python3
"""Keep-alive answers after a fixed delay, from one thread.

GET /MS answers after MS milliseconds, /connections at once how many connections were made. With
--pages the answer is the page ?page=K of a list of so many pages, whose records are the body's, and
with --folder the file ?name=NAME of that folder.
"""
import argparse
import asyncio
import os
import ssl


class Connection(asyncio.Protocol):
    answer = b""
    body = b""
    pages = 0
    files = {}
    made = 0

    def connection_made(self, transport):
        Connection.made += 1
        self.transport = transport
        self.data = b""

    def data_received(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, _, self.data = self.data.partition(b"\r\n\r\n")
            self.respond(*head.split(b" ", 2)[1].lstrip(b"/").partition(b"?")[::2])

    def respond(self, path, query):
        if path == b"connections":
            self.send(whole(b"[%d]" % Connection.made))
            return
        delay = int(path) / 1000
        answer = self.files[query.rpartition(b"name=")[2]] if self.files else self.answer
        if self.pages:
            answer = page_of(self.body, self.pages, query)
        if delay:
            asyncio.get_running_loop().call_later(delay, self.send, answer)
        else:
            self.send(answer)

    def send(self, answer):
        if not self.transport.is_closing():
            self.transport.write(answer)


def whole(body):
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body)) + body


def page_of(records, pages, query):
    page = int(query.rpartition(b"page=")[2])
    more = b"null" if page == pages else b'"%d"' % (page + 1)
    return whole(b'{"page":%d,"pages":%d,"next":%s,"items":%s}' % (page, pages, more, records))


def tls(certificate):
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def read_options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port_file", help="receives the port once the server listens")
    parser.add_argument("--bytes", type=int, default=1000, help="size of a body of no meaning")
    parser.add_argument("--body", help="file that is sent instead")
    parser.add_argument("--folder", help="folder of files that are sent by name")
    parser.add_argument("--pages", type=int, default=0, help="of the list that the answers are")
    parser.add_argument("--cert", help="PEM file with key and certificate: serve https")
    return parser.parse_args()


async def main(options):
    body = b"x" * options.bytes
    if options.body:
        with open(options.body, "rb") as file:
            body = file.read()
    if options.folder:
        for entry in os.scandir(options.folder):
            with open(entry.path, "rb") as file:
                Connection.files[entry.name.encode()] = whole(file.read())
    Connection.answer = whole(body)
    Connection.body, Connection.pages = body, options.pages
    server = await asyncio.get_running_loop().create_server(
        Connection, "127.0.0.1", 0, backlog=200, ssl=tls(options.cert))
    with open(options.port_file + ".new", "w") as file:
        file.write("%d\n" % server.sockets[0].getsockname()[1])
    os.replace(options.port_file + ".new", options.port_file)
    await server.serve_forever()


asyncio.run(main(read_options()))
