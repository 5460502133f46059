#!/usr/bin/env python3
"""A local HTTP server that plays the Energy-Charts API and scripted answers.

Order of a request: read, count, rate limit, fault rule, route, conditional GET,
write. /_control skips all but reading, routing and writing.
"""
import re
import sys

sys.dont_write_bytecode = True

import argparse
import os
import signal
import socketserver
import ssl
import threading
import time
import traceback
import urllib.parse
from http.server import BaseHTTPRequestHandler

import bulk
import energy
import faults
import oauth
import moving
import paged
import scripts
import sigv4
from control import Control
from state import State, parse_instant
from wire import (BadQuery, Disconnected, Request, Response, Sender, json_response, not_modified,
                  text_response)

PARENT_POLL_SECONDS = 0.5


class Application:
    """The parts of the server and the table of routes."""

    def __init__(self, state):
        self.state = state
        self.faults = faults.Faults(state.lock)
        self.scripts = scripts.Scripts(state.lock)
        self.oauth = oauth.Realms(state.lock)
        self.moving = moving.Moving(state.lock)
        self.control = Control(state, self.faults, self.scripts, self.oauth, self.moving)

    def answer(self, request):
        if not self.state.admits(request.path):
            return Response(429, [("Retry-After", self.state.rate.retry_after)],
                            b"Too Many Requests", "text/plain; charset=utf-8")
        fault = self.faults.take(request)
        response = faults.apply(fault, lambda: self.route(request))
        return not_modified(request, response)

    def route(self, request):
        if request.path in energy.ROUTES:
            return energy.answer(request, self.state)
        if request.path == "/echo":
            return scripts.echo(request)
        if request.path == "/reflect":
            return scripts.reflect(request)
        if request.path in ("/big", "/columnar"):
            return bulk.answer(request)
        if request.path == "/items":
            return paged.answer(request)
        if request.path.startswith("/script/"):
            return self.scripts.answer(request)
        if request.path.startswith("/moving/"):
            return self.moving.answer(request)
        if request.path.startswith("/oauth/"):
            return self.oauth.answer(request)
        if request.path.startswith("/sigv4/"):
            return sigv4.answer(request)
        return json_response({"detail": "Not Found"}, 404)


class Handler(BaseHTTPRequestHandler):
    """One connection: the base class only parses request lines and headers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 600
    counted = False

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (Disconnected, ConnectionError, TimeoutError, ssl.SSLError):
            self.close_connection = True

    def serve(self):
        request = self.read_request()
        if request.path == "/_control" or request.path.startswith("/_control/"):
            response = self.server.application.control.answer(request)
            Sender(self.connection, self.server.stopping).send(
                request, response, not self.close_connection)
            return
        state = self.server.application.state
        entry = state.request_started(request, not self.counted)
        self.counted = True
        sender = Sender(self.connection, self.server.stopping)
        status = 0
        try:
            response = self.safe_answer(request)
            status = response.status
            state.request_answered(entry, status)
            sender.send(request, response, not self.close_connection)
        finally:
            state.request_ended(entry, sender.sent)
            self.server.note(request, status, sender.sent)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = serve

    def safe_answer(self, request):
        try:
            return self.server.application.answer(request)
        except (faults.BadFault, BadQuery) as error:
            return text_response(str(error), 400)
        except Exception as error:
            traceback.print_exc()
            return text_response("the replay server failed: %r" % error, 500)

    def read_request(self):
        # who takes this server for a proxy sends the whole URL
        path, _, query = re.sub(r"^https?://[^/]*", "", self.path).partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, self.path, urllib.parse.unquote(path), query,
                       headers, self.read_body(headers),
                       "https" if self.server.tls else "http")

    def read_body(self, headers):
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        parts = []
        while (size := int(self.rfile.readline().split(b";")[0] or b"0", 16)):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(parts)

    def log_message(self, *_):
        """The server writes its own log."""


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address, application, log=None, certificate=None):
        self.application = application
        self.stopping = threading.Event()
        self.log = open(log, "a", buffering=1) if log else None
        self.tls = None
        if certificate:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(certificate)
        super().__init__(address, Handler)

    def get_request(self):
        connection, address = super().get_request()
        with self.application.state.lock:
            self.application.state.sockets_accepted += 1
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True,
                                              do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_):
        if not isinstance(sys.exc_info()[1], (OSError, Disconnected)):
            traceback.print_exc()

    def shutdown_request(self, request):
        """Plain close: an orderly shutdown would send FIN before a wanted RST."""
        self.close_request(request)

    def note(self, request, status, sent):
        if self.log:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.log.write("%s %s %s %s %d\n"
                           % (stamp, request.method, request.target, status, sent))

    def stop(self, *_):
        """shutdown() waits for the serving thread, so it runs beside it."""
        self.stopping.set()
        threading.Thread(target=self.shutdown, daemon=True).start()


def is_alive(pid):
    """False also for a zombie, which still takes signals."""
    try:
        with open("/proc/%d/stat" % pid) as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def watch_parent(pid, server):
    while not server.stopping.wait(PARENT_POLL_SECONDS):
        if not is_alive(pid):
            server.stop()


def write_whole(path, text):
    """Readers see the old file or the whole new one."""
    temporary = "%s.%d.tmp" % (path, os.getpid())
    with open(temporary, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def parse_arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--port-file", help="receives the port once the server listens")
    parser.add_argument("--fixed-now", help="ISO instant that the server takes as now")
    parser.add_argument("--rate", help="N/seconds, for example 2/1")
    parser.add_argument("--log", help="file that receives a line per request")
    parser.add_argument("--parent-pid", type=int, help="stop when this process is gone")
    parser.add_argument("--cert", help="PEM file with key and certificate: serve https")
    return parser.parse_args(argv)


def main(argv=None):
    options = parse_arguments(argv)
    fixed = parse_instant(options.fixed_now) if options.fixed_now else None
    application = Application(State(fixed, options.rate))
    with Server(("127.0.0.1", options.port), application, options.log,
                options.cert) as server:
        signal.signal(signal.SIGTERM, server.stop)
        signal.signal(signal.SIGINT, server.stop)
        if options.parent_pid:
            threading.Thread(target=watch_parent, args=(options.parent_pid, server),
                             daemon=True).start()
        port = server.server_address[1]
        if options.port_file:
            write_whole(options.port_file, "%d\n" % port)
        print("listening on 127.0.0.1:%d" % port, flush=True)
        server.serve_forever(poll_interval=0.1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
