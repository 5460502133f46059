"""The rows of a workbook by openpyxl's read-only mode as COPY text into psql; prints the processor time of both.

  copy_sheet.py WORKBOOK TABLE
"""
import datetime
import resource
import subprocess
import sys

import openpyxl


def text(value):
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def main(path, table):
    psql = subprocess.Popen(["psql", "-Xq", "-c", "COPY %s FROM STDIN" % table], stdin=subprocess.PIPE, text=True)
    rows = openpyxl.load_workbook(path, read_only=True).active.iter_rows(min_row=2, values_only=True)
    for row in rows:
        psql.stdin.write("\t".join(map(text, row)) + "\n")
    psql.stdin.close()
    if psql.wait() != 0:
        sys.exit(1)
    print(sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
