"""Write the reading matrix: matrix.py DIRECTORY.

One table in every variant that pyarrow and DuckDB write, below matrix/; its rows as text for COPY in rows.tsv;
and the columns of a table for it in columns.sql.
"""
import pathlib
import sys

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

import values

CODECS = ["none", "snappy", "gzip", "zstd", "lz4", "brotli"]


def escaped(text):
    if text is None:
        return "\\N"
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def write_rows(directory, columns):
    with open(directory / "rows.tsv", "w", encoding="utf-8") as out:
        for row in range(values.ROWS):
            out.write("\t".join([str(row + 1)] + [escaped(texts[row]) for _, _, _, texts in columns]) + "\n")
    with open(directory / "columns.sql", "w") as out:
        out.write(", ".join("%s %s" % (name, declared) for name, declared, _, _ in columns))


def write_arrow(directory, table, name, **options):
    pq.write_table(table, directory / ("%s.parquet" % name), row_group_size=1100, data_page_size=3000,
                   dictionary_pagesize_limit=3000, **options)


def write_codecs(directory, table):
    for codec in CODECS:
        for version in ("1.0", "2.6"):
            for page in ("1.0", "2.0"):
                for dictionary in (True, False):
                    write_arrow(directory, table, "arrow_%s_v%s_page%s_%s" % (
                        codec, version, page, "dictionary" if dictionary else "plain"),
                        compression=codec, version=version, data_page_version=page, use_dictionary=dictionary,
                        write_page_checksum=codec == "zstd", write_page_index=codec == "snappy")


def encodings(table, numbers, texts):
    """By leaf: lists have names of their own."""
    chosen = {}
    for field in table.schema:
        if pa.types.is_integer(field.type):
            chosen[field.name] = numbers
        elif pa.types.is_floating(field.type):
            chosen[field.name] = "BYTE_STREAM_SPLIT"
        elif pa.types.is_string(field.type) or pa.types.is_binary(field.type):
            chosen[field.name] = texts
        elif pa.types.is_fixed_size_binary(field.type):
            chosen[field.name] = texts if texts == "DELTA_BYTE_ARRAY" else "BYTE_STREAM_SPLIT"
        elif pa.types.is_boolean(field.type):
            chosen[field.name] = "RLE"
    return chosen


def write_encodings(directory, table):
    for page in ("1.0", "2.0"):
        for numbers, texts in (("DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY"),
                               ("BYTE_STREAM_SPLIT", "DELTA_BYTE_ARRAY")):
            chosen = encodings(table, numbers, texts)
            if numbers == "BYTE_STREAM_SPLIT":
                for name in ("i8", "i16", "u8", "u16"):
                    chosen[name] = "DELTA_BINARY_PACKED"
            write_arrow(directory, table, "arrow_%s_page%s" % (texts.lower(), page), compression="zstd",
                        use_dictionary=False, data_page_version=page, column_encoding=chosen)
    write_arrow(directory, table, "arrow_int96", use_deprecated_int96_timestamps=True)


def write_duckdb(directory, table):
    con = duckdb.connect()
    con.execute("SET timezone = 'UTC'")
    con.register("source", table)
    con.execute("CREATE TABLE source_table AS SELECT * FROM source")
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw", "brotli"):
        for version in ("V1", "V2"):
            con.execute("COPY source_table TO '%s/duckdb_%s_%s.parquet' (FORMAT parquet, COMPRESSION %s, ROW_GROUP_SIZE 2048, "
                        "PARQUET_VERSION %s)" % (directory, codec, version, codec, version))


def main():
    directory = pathlib.Path(sys.argv[1])
    columns = values.columns()
    table = pa.table({name: array for name, _, array, _ in columns})
    table = table.cast(pa.schema([field.with_nullable(field.name not in ("req", "many")) for field in table.schema]))
    write_rows(directory, columns)
    (directory / "matrix").mkdir()
    write_codecs(directory / "matrix", table)
    write_encodings(directory / "matrix", table)
    write_duckdb(directory / "matrix", table)


main()
