"""Orders of which 0.9 % break one of ten checks; the tenth, uniqueness, is the user's to add."""
COLUMNS = ("order_id bigint, ts timestamptz, store text, product text, qty int, price numeric, "
           "currency text, customer text, channel text")
CHECKS = {
    "id_positive": "order_id > 0",
    "ts_range": "ts BETWEEN '2000-01-01' AND '2100-01-01'",
    "store_code": "store ~ '^S[0-9]{4}$'",
    "customer_code": "customer ~ '^C-[A-Z]{2}[0-9]{6}$'",
    "qty_range": "qty BETWEEN 1 AND 1000",
    "price_range": "price >= 0 AND price < 100000",
    "currency_set": "currency IN ('EUR', 'USD', 'GBP', 'CHF')",
    "product_length": "length(product) BETWEEN 1 AND 40",
    "channel_given": "channel IS NOT NULL",
}
# Each kind of fault in one row of a thousand.
ROWS = """
    SELECT CASE i %% 1000 WHEN 1 THEN i - 1 ELSE i END AS order_id,
        timestamptz '2024-01-01' + i * interval '1 second' AS ts,
        'S' || CASE i %% 1000 WHEN 2 THEN 'x' ELSE '' END || lpad((i * 7919 %% 10000)::text, 4, '0') AS store,
        CASE i %% 1000 WHEN 3 THEN '' ELSE 'product ' || i %% 977 END AS product,
        CASE i %% 1000 WHEN 4 THEN 0 ELSE 1 + i %% 9 END AS qty,
        CASE i %% 1000 WHEN 5 THEN -1 ELSE i * 31 %% 10000 END / 100.0 AS price,
        CASE i %% 1000 WHEN 6 THEN 'XXX' ELSE (ARRAY['EUR', 'USD', 'GBP', 'CHF'])[1 + i %% 4] END AS currency,
        'C-' || CASE i %% 1000 WHEN 7 THEN 'a' ELSE 'AB' END || lpad((i * 104729 %% 1000000)::text, 6, '0') AS customer,
        CASE i %% 1000 WHEN 8 THEN NULL ELSE (ARRAY['app', 'web', 'till', 'phone'])[1 + i %% 4] END AS channel
    FROM generate_series(1::bigint, %d) AS i"""
