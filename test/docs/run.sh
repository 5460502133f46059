#!/bin/bash
# Every SQL example of README.md and docs/*.md, in the order of its page, against the replay
# server. Prints TAP. The harness gives a running server in PGHOST and ELT_REPLAY.
exec python3 "$(dirname "$0")/run.py"
