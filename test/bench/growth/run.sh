#!/bin/bash
# Cost of a run against size, for each dimension in which a user's data grows.
exec python3 "$(dirname "$0")/run.py"
