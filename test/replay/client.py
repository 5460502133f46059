#!/usr/bin/env python3
"""Start, stop and control a replay server from a shell or from Python.

  client.py start --dir D [server options]    prints the base URL
  client.py control --dir D [action] [key=value ...]
  client.py get --dir D /path?query           prints the body
  client.py stop --dir D

The action defaults to set: control --dir D now=2024-03-01T12:00Z
"""
import sys

sys.dont_write_bytecode = True

import argparse
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "server.py")
START_SECONDS = 20
STOP_SECONDS = 5
# Loopback must not go through a proxy that the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class ReplayError(Exception):
    pass


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except OSError:
        return ""


class Replay:
    """One server, known by its directory."""

    def __init__(self, directory):
        self.directory = os.path.abspath(directory)
        self.pid_file = os.path.join(self.directory, "replay.pid")
        self.port_file = os.path.join(self.directory, "replay.port")
        self.output = os.path.join(self.directory, "replay.out")
        self.process = None

    def pid(self):
        """The server's process id, or None when it does not run."""
        pid = read(self.pid_file)
        command = read("/proc/%s/cmdline" % pid) if pid else ""
        mine = SERVER in command and self.port_file in command
        return int(pid) if mine else None

    def base(self):
        port = read(self.port_file)
        if not port:
            raise ReplayError("no replay server runs in %s" % self.directory)
        return "http://127.0.0.1:%s" % port

    def start(self, *options):
        os.makedirs(self.directory, exist_ok=True)
        if self.pid():
            raise ReplayError("a replay server already runs in %s" % self.directory)
        if os.path.exists(self.port_file):
            os.unlink(self.port_file)
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, SERVER, "--port-file", self.port_file, *options],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, close_fds=True)
        with open(self.pid_file, "w") as file:
            file.write("%d\n" % self.process.pid)
        self.wait_for_port()
        return self.base()

    def wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS
        while not os.path.exists(self.port_file):
            if self.process.poll() is not None:
                raise ReplayError("the replay server ended: %s" % read(self.output)[-2000:])
            if time.monotonic() > deadline:
                self.process.kill()
                raise ReplayError("the replay server did not listen in %d s" % START_SECONDS)
            time.sleep(0.02)

    def stop(self):
        """True when a server was stopped; stopping twice is no error."""
        pid = self.pid()
        if pid:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while self.running(pid):
                if time.monotonic() > deadline:
                    os.kill(pid, signal.SIGKILL)
                    break
                time.sleep(0.02)
            if self.process:
                self.process.wait()
                self.process = None
        for path in (self.pid_file, self.port_file):
            if os.path.exists(path):
                os.unlink(path)
        return pid is not None

    def running(self, pid):
        """Reaps the server when it is our own child."""
        if self.process:
            self.process.poll()
        return self.pid() == pid

    def open(self, path, data=None):
        """Status, headers and body of a request; a 4xx or 5xx does not raise."""
        request = urllib.request.Request(self.base() + path, data)
        try:
            with OPENER.open(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read()

    def control(self, action="set", **arguments):
        status, _, body = self.open("/_control/" + action, json.dumps(arguments).encode())
        answer = json.loads(body)
        if status != 200:
            raise ReplayError(answer.get("error", body.decode()))
        return answer


def split_arguments(words):
    """An action, if the first word is one, and key=value pairs."""
    action = "set"
    if words and "=" not in words[0]:
        action, words = words[0], words[1:]
    pairs = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ReplayError("expected key=value, got %s" % word)
        pairs[key] = value
    return action, pairs


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("start", "stop", "control", "get", "url"))
    parser.add_argument("--dir", required=True)
    options, words = parser.parse_known_args(argv)
    replay = Replay(options.dir)
    try:
        if options.command == "start":
            print(replay.start(*words))
        elif options.command == "stop":
            replay.stop()
        elif options.command == "url":
            print(replay.base())
        elif options.command == "get":
            status, _, body = replay.open(words[0])
            sys.stdout.buffer.write(body)
            return 0 if status < 400 else 1
        else:
            action, pairs = split_arguments(words)
            print(json.dumps(replay.control(action, **pairs)))
    except (ReplayError, OSError) as error:
        print("replay: %s" % error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
