#!/usr/bin/env python3
"""A name server that reads and never answers, and a port that never accepts: silent_network.py DIR

Writes DIR/port once both are there, and a line to DIR/asked for each question. With
--private-names the name server listens where the resolver of a namespace of its own looks for
it, which this sets up.
"""
import fcntl
import os
import socket
import struct
import subprocess
import sys
import threading

SIOCSIFFLAGS = 0x8914
IFF_UP_RUNNING = 0x41


def raise_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP_RUNNING))


def replace(directory, path, text):
    """For this mount namespace alone."""
    own = os.path.join(directory, os.path.basename(path))
    with open(own, "w") as file:
        file.write(text)
    subprocess.run(["mount", "--bind", own, path], check=True)


def listen_silently(directory):
    questions = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    questions.bind(("127.0.0.1", 53))

    def read():
        while True:
            questions.recv(4096)
            with open(os.path.join(directory, "asked"), "a") as file:
                file.write("asked\n")

    threading.Thread(target=read, daemon=True).start()


def full_port():
    """Its queue is full, so what connects hears nothing."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = [socket.socket() for _ in range(4)]
    for one in waiting:
        one.setblocking(False)
        one.connect_ex(listener.getsockname())
    return listener, waiting


def main(directory, private):
    if private:
        raise_loopback()
        replace(directory, "/etc/resolv.conf", "nameserver 127.0.0.1\n")
        replace(directory, "/etc/nsswitch.conf", "hosts: files dns\n")
        listen_silently(directory)
    held = full_port()
    with open(os.path.join(directory, "port.new"), "w") as file:
        file.write("%d\n" % held[0].getsockname()[1])
    os.replace(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
    threading.Event().wait()


main(sys.argv[1], "--private-names" in sys.argv)
