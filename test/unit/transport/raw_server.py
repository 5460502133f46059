#!/usr/bin/env python3
"""Answers that no HTTP library would send. The path names the answer."""
import gzip
import socket
import sys
import threading
import time
import zlib

BODY = b'{"value": 1}' * 100


def head(*lines, status="200 OK"):
    return ("HTTP/1.1 %s\r\n" % status + "".join(l + "\r\n" for l in lines) + "\r\n").encode()


def garbage(connection):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")


def empty(connection):
    pass


def hang(connection):
    time.sleep(600)


def half_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Ty")


def endless_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(100000):
        connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))


def one_huge_header(connection):
    connection.sendall(head("X-Big: " + "a" * 300000, "Content-Length: 2") + b"ok")


def odd_headers(connection):
    connection.sendall(head("Content-Type: Text/CSV ; header=present; Charset=\"ISO-8859-1\"",
                            "Link: <a>; rel=next", "LINK:<b>; rel=last", "X-Empty:",
                            "X-Folded: one,\r\n \t two;\r\n\tthree: 3", "X-Binary: a\xffb\x1b[0m",
                            "Retry-After: 1.5", "Content-Length: 2").replace(b"\xc3\xbf", b"\xff")
                       + b"ok")


def header_without_colon(connection):
    connection.sendall(head("no colon here", "Content-Length: 2") + b"ok")


def odd_body(connection):
    connection.sendall(head("Connection: close") + b"\xc3\xa4\xc3\xb6\n\x00\x1b\xc2\x9b\xff\xc3")


def interim(connection):
    connection.sendall(head("Link: <early>", status="103 Early Hints")
                       + head("Transfer-Encoding: chunked", "X-Final: yes")
                       + b"2\r\nok\r\n0\r\nX-Trailer: late\r\n\r\n")


def bad_chunk(connection):
    connection.sendall(head("Transfer-Encoding: chunked") + b"5\r\nhello\r\nzz\r\nworld\r\n")


def cut_chunked(connection):
    connection.sendall(head("Transfer-Encoding: chunked") + b"4b0\r\n" + BODY)


def damaged_gzip(connection):
    body = bytearray(gzip.compress(BODY))
    body[20:30] = b"\xff" * 10
    connection.sendall(head("Content-Encoding: gzip", "Content-Length: %d" % len(body)) + body)


def wrong_crc_gzip(connection):
    body = bytearray(gzip.compress(BODY))
    body[-8:-4] = b"\x00" * 4
    connection.sendall(head("Content-Encoding: gzip", "Content-Length: %d" % len(body)) + body)


def deflate(connection):
    body = zlib.compress(BODY)
    connection.sendall(head("Content-Encoding: deflate", "Content-Length: %d" % len(body)) + body)


def bare_deflate(connection):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = packer.compress(BODY) + packer.flush()
    connection.sendall(head("Content-Encoding: deflate", "Content-Length: %d" % len(body)) + body)


def two_gzip(connection):
    body = gzip.compress(BODY) + gzip.compress(BODY)
    connection.sendall(head("content-encoding:  X-GZIP ", "Connection: close") + body)


def gzip_and_more(connection):
    connection.sendall(head("Content-Encoding: gzip", "Connection: close") + gzip.compress(BODY) + b"more")


def unknown_coding(connection):
    connection.sendall(head("Content-Encoding: zebra", "Content-Length: 5") + b"bytes")


def packed_nothing(connection):
    connection.sendall(head("Content-Encoding: gzip", "Content-Length: 0"))


def bomb(connection):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    connection.sendall(head("Content-Encoding: gzip", "Connection: close"))
    block = b" " * (1 << 20)
    try:
        for _ in range(2000):
            connection.sendall(packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH))
    except OSError:
        pass


def cut_gzip(connection):
    """What came is valid JSON: only gzip's own end is missing."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    connection.sendall(head("Content-Encoding: gzip", "Connection: close")
                       + packer.compress(b"[]") + packer.flush(zlib.Z_SYNC_FLUSH))


def endless_chunks(connection):
    connection.sendall(head("Transfer-Encoding: chunked", "Content-Type: application/json"))
    while True:
        connection.sendall(b"4000\r\n" + b" " * 0x4000 + b"\r\n")


def unended_chunks(connection):
    connection.sendall(head("Transfer-Encoding: chunked") + b"4b0\r\n" + BODY + b"\r\n")
    time.sleep(600)


def latin_1(connection):
    body = b'[{"unit": "\xe9"}, {"unit": "e"}]'
    connection.sendall(head("Content-Type: application/json; charset=iso-8859-1",
                            "Content-Length: %d" % len(body)) + body)


def until_close(connection):
    connection.sendall(head("Connection: close") + BODY)


def http_1_0(connection):
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nold")


ANSWERS = {name: value for name, value in globals().items()
           if callable(value) and value.__module__ == __name__ and name != "head"}


def read_head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        got = connection.recv(65536)
        if not got:
            return ""
        data += got
    return data.split(b" ")[1].decode("latin-1").lstrip("/").split("?")[0]


def serve(connection):
    with connection:
        name = read_head(connection)
        if name in ANSWERS:
            try:
                ANSWERS[name](connection)
            except OSError:
                pass


def main(port_file):
    listener = socket.create_server(("127.0.0.1", 0), backlog=200)
    with open(port_file + ".new", "w") as file:
        file.write("%d\n" % listener.getsockname()[1])
    import os
    os.replace(port_file + ".new", port_file)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main(sys.argv[1])
