"""Write files that are unusual in size: limits.py DIRECTORY."""
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq

directory = pathlib.Path(sys.argv[1])
pq.write_table(pa.table({"c%d" % i: pa.array([i, None, -i], pa.int32()) for i in range(10000)}), directory / "wide.parquet")
pq.write_table(pa.table({"i": pa.array([], pa.int32()), "l": pa.array([], pa.list_(pa.string()))}), directory / "none.parquet")
large = ["x" * 3000000, None, "y", "z" * 3000000]
for dictionary in (True, False):
    pq.write_table(pa.table({"s": large, "l": [[v] for v in large]}), directory / ("large_%d.parquet" % dictionary),
                   use_dictionary=dictionary, compression="none")
many = ["a value that occurs once, number %d" % i for i in range(100000)]
pq.write_table(pa.table({"s": many}), directory / "dictionary.parquet", dictionary_pagesize_limit=100 * 2**20,
               row_group_size=len(many))
pq.write_table(pa.table({"s": pa.array([b"\0" * 100000000], pa.binary())}), directory / "bomb.parquet", compression="zstd",
               use_dictionary=False, write_statistics=False)
