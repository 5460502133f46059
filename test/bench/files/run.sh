#!/bin/bash
# What the ledger of files costs.
exec python3 "$(dirname "$0")/run.py"
