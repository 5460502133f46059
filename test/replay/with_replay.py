#!/usr/bin/env python3
"""Run a command beside a replay server of its own: with_replay.py COMMAND [ARGUMENT ...]

The command finds the base URL in ELT_REPLAY. The server ends with the command.
"""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

from client import Replay, ReplayError


def main(command):
    if not command:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="elt_replay.") as directory:
        replay = Replay(directory)
        try:
            base = replay.start("--parent-pid", str(os.getpid()))
            return subprocess.run(command, env={**os.environ, "ELT_REPLAY": base}).returncode
        except (ReplayError, OSError) as error:
            print("replay: %s" % error, file=sys.stderr)
            return 1
        finally:
            replay.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
