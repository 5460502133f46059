"""An API that answers after a time that the path names; see http/latency_server.py."""
import atexit
import pathlib
import subprocess
import sys
import time

SCRIPT = pathlib.Path(__file__).resolve().parent / "http/latency_server.py"


class LatencyServer:
    """Runs as a process of its own, with these options of the script; with --cert it speaks TLS."""

    def __init__(self, home, name, *options):
        options = [str(option) for option in options]
        port_file = home / (name + ".port")
        self.process = subprocess.Popen([sys.executable, str(SCRIPT), str(port_file)] + options, stdin=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        deadline = time.monotonic() + 20
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the latency server does not listen")
            time.sleep(0.05)
        self.url = "%s://127.0.0.1:%s" % ("https" if "--cert" in options else "http", port_file.read_text().strip())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
