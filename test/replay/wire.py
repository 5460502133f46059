"""Requests and responses, and how a response goes onto the socket.

A response carries `wire`, a dict of transport faults (delay, hang, drip, cut,
reset, gzip, chunked, close_after). Faults that change the content are in faults.py.
"""
import dataclasses
import gzip
import json
import select
import socket
import struct
import time
import urllib.parse
import zlib

HANG_SECONDS = 3600.0
NO_BODY = (204, 304)


class Disconnected(Exception):
    """The connection must end here, on purpose or because the client left."""


class BadQuery(ValueError):
    """A parameter of this server's own endpoints makes no sense."""


@dataclasses.dataclass
class Request:
    method: str
    target: str                 # path and query as they were sent
    path: str
    query: str
    headers: dict               # names in lower case
    body: bytes
    scheme: str = "http"

    @property
    def base(self):
        return self.scheme + "://" + self.headers.get("host", "127.0.0.1")

    def pairs(self):
        return urllib.parse.parse_qsl(self.query, keep_blank_values=True)

    def params(self):
        """The last value of each query parameter."""
        return dict(self.pairs())

    def number(self, name, default):
        try:
            return int(self.params().get(name, default))
        except ValueError as error:
            raise BadQuery("%s must be a whole number" % name) from error

    def json_body(self):
        return json.loads(self.body) if self.body.strip() else {}


@dataclasses.dataclass
class Response:
    status: int = 200
    headers: list = dataclasses.field(default_factory=list)
    body: object = b""          # bytes, or an iterator of bytes when streamed
    content_type: str = "application/json"
    wire: dict = dataclasses.field(default_factory=dict)

    def header(self, name):
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def json_response(value, status=200, headers=()):
    return Response(status, list(headers), compact(value))


def text_response(text, status):
    return Response(status, [], text.encode(), "text/plain; charset=utf-8")


def holds(request, response):
    """Does the client say that it has this response? A time counts only when no tag is sent."""
    etag = response.header("ETag")
    known = request.headers.get("if-none-match")
    if known is None:
        time = response.header("Last-Modified")
        return time is not None and request.headers.get("if-modified-since") == time
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    return etag is not None and (etag.removeprefix("W/") in tags or "*" in tags)


def not_modified(request, response):
    """304 for a 200 that the client already holds."""
    if response.status != 200 or not holds(request, response):
        return response
    return Response(304, response.headers, b"", response.content_type, response.wire)


class Sender:
    """Writes one response to one connection, breaking it as told."""

    def __init__(self, connection, stopping):
        self.connection = connection
        self.stopping = stopping
        self.sent = 0

    def send(self, request, response, keep_alive):
        wire = response.wire
        self.wait(float(wire.get("delay") or 0))
        while wire.get("gate") and not wire["gate"].is_set():
            self.wait(0.02)
        if wire.get("hang"):
            hang = wire["hang"]
            self.wait(HANG_SECONDS if hang is True else float(hang))
        cut = wire.get("cut")
        if wire.get("reset") and cut is None:
            self.reset()
        headers, chunks = self.frame(request, response, keep_alive)
        self.connection.sendall(headers)
        if request.method == "HEAD" or response.status in NO_BODY:
            return
        self.send_body(chunks, cut, float(wire.get("drip") or 0), bool(wire.get("reset")))
        if wire.get("close_after"):
            raise Disconnected("close_after")

    def frame(self, request, response, keep_alive):
        """The header block, and the body as an iterator of framed bytes."""
        wire = response.wire
        lines = list(response.headers)
        body = response.body
        streamed = not isinstance(body, bytes)
        if wants_gzip(request, wire):
            lines.append(("Content-Encoding", "gzip"))
            body = gzip_stream(body) if streamed else gzip.compress(body, 6, mtime=0)
        if response.status not in NO_BODY and response.header("Content-Type") is None:
            lines.append(("Content-Type", response.content_type))
        if response.status in NO_BODY:
            chunks = iter(())
        elif streamed or wire.get("chunked"):
            lines.append(("Transfer-Encoding", "chunked"))
            chunks = chunk_stream(body, wire.get("chunked"))
        else:
            if response.header("Content-Length") is None:
                lines.append(("Content-Length", str(len(body))))
            chunks = iter((body,))
        lines.append(("Connection", "keep-alive" if keep_alive else "close"))
        head = "HTTP/1.1 %d %s\r\n" % (response.status, reason(response.status))
        head += "".join("%s: %s\r\n" % line for line in lines)
        return (head + "\r\n").encode("latin-1", "replace"), chunks

    def send_body(self, chunks, cut, drip, reset):
        limit = None if cut is None else int(cut)
        for chunk in chunks:
            if limit is not None and self.sent + len(chunk) >= limit:
                self.write(chunk[:limit - self.sent], drip)
                if reset:
                    self.reset()
                raise Disconnected("cut")
            self.write(chunk, drip)

    def write(self, chunk, drip):
        if not drip:
            self.connection.sendall(chunk)
            self.sent += len(chunk)
            return
        piece = max(1, int(drip / 20))
        for start in range(0, len(chunk), piece):
            part = chunk[start:start + piece]
            self.connection.sendall(part)
            self.sent += len(part)
            self.wait(len(part) / drip)

    def wait(self, seconds):
        """Sleep, but end at once when the client leaves or the server stops."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self.stopping.is_set():
                raise Disconnected("stopping")
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.2))
            if readable:
                if not self.peek():
                    raise Disconnected("client left")
                time.sleep(min(left, 0.02))

    def peek(self):
        try:
            return self.connection.recv(1, socket.MSG_PEEK)
        except (ValueError, OSError):
            return b"?" if hasattr(self.connection, "pending") else b""

    def reset(self):
        """Close with RST instead of FIN."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        raise Disconnected("reset")


def wants_gzip(request, wire):
    wanted = wire.get("gzip")
    if wanted == "accept":
        return "gzip" in request.headers.get("accept-encoding", "")
    return bool(wanted)


def gzip_stream(chunks):
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    for chunk in chunks:
        packed = packer.compress(chunk)
        if packed:
            yield packed
    yield packer.flush()


def chunk_stream(body, size):
    """HTTP/1.1 chunks; `size` splits a whole body (True: 4096 bytes)."""
    parts = body
    if isinstance(body, bytes):
        size = 4096 if size is True or not size else max(1, int(size))
        parts = (body[at:at + size] for at in range(0, len(body), size))
    for part in parts:
        if part:
            yield b"%x\r\n%s\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content",
           206: "Partial Content", 301: "Moved Permanently", 302: "Found",
           303: "See Other", 304: "Not Modified", 307: "Temporary Redirect",
           308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
           403: "Forbidden", 404: "Not Found", 409: "Conflict", 410: "Gone",
           422: "Unprocessable Entity", 429: "Too Many Requests",
           500: "Internal Server Error", 502: "Bad Gateway",
           503: "Service Unavailable", 504: "Gateway Timeout"}


def reason(status):
    return REASONS.get(status, "Status")
