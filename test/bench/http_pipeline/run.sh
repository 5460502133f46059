#!/bin/bash
# Requests through a pipeline: how many a second against a bare libcurl loop and against one at a
# time, large bodies against the same files, memory by number of slices and of pages, pages asked for ahead,
# TLS connections.
exec python3 "$(dirname "$0")/run.py"
