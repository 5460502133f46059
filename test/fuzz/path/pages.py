"""The files of a directory over HTTP, in pieces of any size."""
import http.server
import os
import threading
import zlib


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    root = None

    def do_GET(self):
        with open(os.path.join(self.root, os.path.basename(self.path)), "rb") as file:
            data = file.read()
        size = zlib.crc32(data) % (len(data) + 1) + 1
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for at in range(0, len(data), size):
            piece = data[at:at + size]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *arguments):
        pass


def serve(root):
    """The server's URL."""
    handler = type("RootHandler", (Handler,), {"root": root})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "http://127.0.0.1:%d" % server.server_address[1]
