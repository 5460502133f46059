"""A DuckDB that has the database of PGHOST and PGUSER as pg."""
import pathlib
import sysconfig

import duckdb


def postgres():
    database = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    extension = next(pathlib.Path(sysconfig.get_paths()["purelib"]).rglob("postgres_scanner.duckdb_extension*"), None)
    if extension is None:
        database.execute("INSTALL postgres; LOAD postgres")
    else:
        database.execute("LOAD '%s'" % extension)
    database.execute("ATTACH '' AS pg (TYPE postgres)")
    return database
