#!/bin/bash
# Debezium's events, compared with the same rows as JSON Lines and with Debezium's JDBC sink.
exec python3 "$(dirname "$0")/run.py"
