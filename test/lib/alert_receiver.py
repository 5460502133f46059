"""A receiver of webhooks that fails in many ways before it accepts: alert_receiver.py PORT_FILE LOG.

The first part of the path says how the first two requests to a path fail, or the first one of "stall"; the
next is accepted, and a request whose body says "resolved" always is. Each request is a line of JSON in LOG.
"""
import json
import socket
import sys
import threading
import time

lock = threading.Lock()
counts = {}


def read_request(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or exit()
    head, body = data.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536) or exit()
    return lines[0].split(" ")[1], headers, body.decode()


def answer(connection, status, *headers):
    connection.sendall(("HTTP/1.1 %s\r\n%s\r\n" % (status, "".join(h + "\r\n" for h in headers + ("Content-Length: 2",)))
                        ).encode() + b"no")


def fail(connection, way):
    if way == "500":
        answer(connection, "500 Internal Server Error")
    elif way == "404":
        answer(connection, "404 Not Found")
    elif way == "429":
        answer(connection, "429 Too Many Requests", "Retry-After: 1")
    elif way == "redirect":
        answer(connection, "302 Found", "Location: /ok/elsewhere")
    elif way == "garbage":
        connection.sendall(b"\x00\xff what?\r\n\r\n")
    elif way == "cut":
        connection.sendall(b"HTTP/1.1 200")
    elif way == "slow":
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: yes\r\n\r\n":
            connection.sendall(bytes([byte]))
            time.sleep(0.2)
    elif way in ("hang", "stall"):
        time.sleep(20)
    elif way == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


def serve(connection, log):
    try:
        path, headers, body = read_request(connection)
        way = path.split("/")[1]
        with lock:
            counts[path] = counts.get(path, 0) + 1
            accepted = way == "ok" or counts[path] > (1 if way == "stall" else 2) or '"state": "resolved"' in body
            log.write(json.dumps({"path": path, "headers": headers, "body": body, "accepted": accepted}) + "\n")
            log.flush()
        if accepted:
            answer(connection, "202 Accepted")
        else:
            fail(connection, way)
    except OSError:
        pass
    finally:
        connection.close()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)
    with open(sys.argv[1], "w") as file:
        file.write(str(listener.getsockname()[1]))
    log = open(sys.argv[2], "a")
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection, log), daemon=True).start()


main()
