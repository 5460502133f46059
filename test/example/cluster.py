"""A second server, for an example whose source is one: a copy of the cluster that tests start from."""
import os
import pathlib
import shutil
import subprocess
import tempfile

SETTINGS = """
listen_addresses = ''
unix_socket_directories = '%s'
shared_buffers = 16MB
fsync = off
timezone = 'UTC'
"""


class Cluster:
    """Found through a socket in its own directory, and gone at the end of the with statement."""

    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="elt_shop."))
        self.data = self.home / "data"
        bindir = subprocess.run([os.environ["PG_CONFIG"], "--bindir"], capture_output=True, text=True, check=True)
        self.bin = pathlib.Path(bindir.stdout.strip())

    def __enter__(self):
        shutil.copytree(pathlib.Path(os.environ["ELT_WORK"]) / "template", self.data)
        (self.data / "ready").unlink(missing_ok=True)
        self.data.chmod(0o700)
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(SETTINGS % self.home)
        self.control("-l", self.home / "log", "start")
        return self

    def __exit__(self, *_):
        self.control("-m", "immediate", "stop")
        shutil.rmtree(self.home)

    def control(self, *arguments):
        subprocess.run([self.bin / "pg_ctl", "-s", "-w", "-D", self.data, *arguments], check=True)

    def psql(self, *arguments, stdin=None):
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", self.home, "-d", "postgres", *arguments],
                              input=stdin, text=True, capture_output=True)
        if done.returncode:
            raise RuntimeError("psql %s\n%s" % (arguments, done.stderr))
        return done.stdout
