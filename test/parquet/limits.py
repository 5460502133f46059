"""Write files that are unusual in size: limits.py DIRECTORY."""
import base64
import pathlib
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe


class Keys(pe.KmsClient):
    """Keys that are not wrapped."""

    def __init__(self, config):
        pe.KmsClient.__init__(self)

    def wrap_key(self, key, name):
        return base64.b64encode(key)

    def unwrap_key(self, key, name):
        return base64.b64decode(key)


directory = pathlib.Path(sys.argv[1])
pq.write_table(pa.table({"c%d" % i: pa.array([i, None, -i], pa.int32()) for i in range(10000)}), directory / "wide.parquet")
pq.write_table(pa.table({"i": pa.array([], pa.int32()), "l": pa.array([], pa.list_(pa.string()))}), directory / "none.parquet")
large = ["x" * 3000000, None, "y", "z" * 3000000]
for dictionary in (True, False):
    pq.write_table(pa.table({"s": large, "l": [[v] for v in large]}), directory / ("large_%d.parquet" % dictionary),
                   use_dictionary=dictionary, compression="none")
pq.write_table(pa.table({"i": pa.array([1], pa.int32()), "l": [["a"]]}).slice(0, 0), directory / "no_rows_in_a_group.parquet")
keys = pe.CryptoFactory(lambda _: Keys(pe.KmsConnectionConfig()))
pq.write_table(pa.table({"open": [1], "shut": [2]}), directory / "encrypted_column.parquet",
               encryption_properties=keys.file_encryption_properties(pe.KmsConnectionConfig(), pe.EncryptionConfiguration(
                   footer_key="key", column_keys={"key": ["shut"]}, plaintext_footer=True)))
con = duckdb.connect()
con.execute("COPY (SELECT i AS number, 'text ' || i %% 100 AS name FROM range(20000) r(i)) TO '%s/bloom.parquet' (FORMAT parquet)" % directory)
if pq.ParquetFile(directory / "bloom.parquet").metadata.row_group(0).column(1).bloom_filter_offset is None:
    sys.exit("DuckDB has written no bloom filter")
many = ["a value that occurs once, number %d" % i for i in range(100000)]
pq.write_table(pa.table({"s": many}), directory / "dictionary.parquet", dictionary_pagesize_limit=100 * 2**20,
               row_group_size=len(many))
pq.write_table(pa.table({"s": pa.array([b"\0" * 100000000], pa.binary())}), directory / "bomb.parquet", compression="zstd",
               use_dictionary=False, write_statistics=False)
