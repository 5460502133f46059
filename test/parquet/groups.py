"""Write sorted rows in ten row groups: groups.py FILE."""
import datetime
import decimal
import math
import sys

import pyarrow as pa
import pyarrow.parquet as pq

N = 10000


def maker(make):
    return [make(i) for i in range(N)]


table = pa.table({
    "id": pa.array(range(N), pa.int32()),
    "big": pa.array(maker(lambda i: (i - N // 2) * 10**14), pa.int64()),
    "un": pa.array(maker(lambda i: 2**64 - N + i), pa.uint64()),
    "ts": pa.array(maker(lambda i: datetime.datetime(2024, 1, 1) + datetime.timedelta(minutes=i)), pa.timestamp("us", "UTC")),
    "da": pa.array(maker(lambda i: datetime.date(2024, 1, 1) + datetime.timedelta(days=i // 100)), pa.date32()),
    "nan": pa.array(maker(lambda i: math.nan if i % 1000 == 7 else i / 8), pa.float64()),
    "price": pa.array(maker(lambda i: decimal.Decimal(i - 500) / 100), pa.decimal128(9, 2)),
    "name": pa.array(maker(lambda i: "%05d" % i if i % 5 else "%05d " % i)),
    "long": pa.array(maker(lambda i: "%04d" % (i // 10) + "x" * 300)),
    "few": pa.array(maker(lambda i: i if 3000 <= i < 4000 else None), pa.int32()),
    "list": pa.array(maker(lambda i: [i] * (i % 4) if i % 9 else None), pa.list_(pa.int32())),
    "pad": pa.array(maker(lambda i: (i * 7919) % 1000003), pa.int64()),
})
pq.write_table(table, sys.argv[1], row_group_size=1000, data_page_size=500, write_batch_size=64, write_page_index=True, compression="none",
               use_dictionary=["name"])
