"""Write the seeds of the fuzzer: seeds.py DIRECTORY. They are small and kept in test/fuzz/parquet/seeds."""
import datetime
import decimal
import pathlib
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq


def table():
    n = 12
    return pa.table({
        "i": pa.array([None if i == 5 else i * 1000 for i in range(n)], pa.int32()),
        "l": pa.array([i * 10**15 for i in range(n)], pa.int64()),
        "f": pa.array([i / 3 for i in range(n)], pa.float64()),
        "b": pa.array([i % 3 == 0 for i in range(n)]),
        "s": pa.array([None if i % 4 == 3 else "text %d" % (i % 3) for i in range(n)]),
        "x": pa.array([b"%05d" % i for i in range(n)], pa.binary(5)),
        "d": pa.array([decimal.Decimal(i) / 100 for i in range(n)], pa.decimal128(20, 2)),
        "t": pa.array([datetime.datetime(2024, 1, 1 + i) for i in range(n)], pa.timestamp("us", "UTC")),
        "a": pa.array([None if i == 2 else list(range(i % 4)) for i in range(n)], pa.list_(pa.int32())),
        "m": pa.array([[("k%d" % i, i)] for i in range(n)], pa.map_(pa.string(), pa.int32())),
    })


def main():
    directory = pathlib.Path(sys.argv[1])
    rows = table()
    for column in rows.column_names:
        one = rows.select([column])
        pq.write_table(one, directory / ("plain_%s.parquet" % column), compression="none", use_dictionary=False)
        pq.write_table(one, directory / ("dictionary_%s.parquet" % column), compression="none",
                       data_page_version="2.0", row_group_size=7)
    for codec in ("snappy", "gzip", "zstd", "lz4", "brotli"):
        pq.write_table(rows.select(["i", "s", "a"]), directory / ("%s.parquet" % codec), compression=codec,
                       write_page_checksum=codec == "gzip", write_page_index=codec == "zstd")
    for column, encoding in (("i", "DELTA_BINARY_PACKED"), ("l", "DELTA_BINARY_PACKED"), ("f", "BYTE_STREAM_SPLIT"),
                             ("s", "DELTA_LENGTH_BYTE_ARRAY"), ("s", "DELTA_BYTE_ARRAY"), ("x", "DELTA_BYTE_ARRAY"),
                             ("b", "RLE")):
        pq.write_table(rows.select([column]), directory / ("%s_%s.parquet" % (encoding.lower(), column)), compression="none",
                       use_dictionary=False, column_encoding={column: encoding})
    pq.write_table(rows.select(["t"]), directory / "int96.parquet", use_deprecated_int96_timestamps=True,
                   compression="none")
    pq.write_table(rows.select(["i", "s", "a"]), directory / "index.parquet", compression="none", write_page_index=True,
                   write_batch_size=4, data_page_size=1)
    pq.write_table(rows.slice(0, 0), directory / "no_rows.parquet", compression="none")
    con = duckdb.connect()
    con.register("source", rows)
    con.execute("COPY (SELECT * FROM source) TO '%s/duckdb.parquet' (FORMAT parquet, PARQUET_VERSION V2)" % directory)


main()
