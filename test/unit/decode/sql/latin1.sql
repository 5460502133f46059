-- A database that is not UTF-8: what it can hold arrives, what it cannot is a reject.
CREATE TYPE t1 AS (v text, "schön" int);
SELECT is((SELECT string_agg(ascii(v) || ',' || "schön", ' ') FROM decode_rows(NULL::t1, '\x5b7b2276223a22c3a4222c22736368c3b66e223a317d2c7b2276223a2278222c22736368c3b66e223a327d5d'::bytea)), '228,1 120,2', 'text and names are converted');
SELECT is((SELECT string_agg(concat_ws('|', record, "column", reason, sqlstate, raw), ' ') FROM decode_rejects(NULL::t1, '\x5b7b2276223a22e282ac227d2c7b2276223a2278227d5d'::bytea)), '1|v|parse|22P05|{"v":"???"}', 'a character that the database lacks');
