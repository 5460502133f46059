-- Difficult keys: too long for an index, and composite values with a null field.
\getenv replay ELT_REPLAY
SET client_min_messages = warning;
SET timezone = 'UTC';
\set SHOW_CONTEXT never
CREATE SCHEMA keys_test;
SET search_path = keys_test;
CREATE SERVER keys_api FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
SELECT current_setting('data_directory') || '/elt_keys_test' AS root \gset
SELECT format('cat >/dev/null; mkdir -p %s', :'root') AS mkdir, :'root' || '/words.csv' AS words \gset
COPY (SELECT 1) TO PROGRAM :'mkdir';
CREATE SERVER keys_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FOREIGN TABLE word_api (word text, n int, at timestamptz) SERVER keys_files OPTIONS (glob 'words.csv', settle '0', on_change 'merge');
CREATE TYPE place AS (country text, city text);
CREATE DOMAIN known_place AS place;
CREATE FOREIGN TABLE place_api (place place, known known_place, n int, at timestamptz) SERVER keys_api OPTIONS (path '/echo', query 'body=');
CREATE FUNCTION answer(api text, body text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('ALTER FOREIGN TABLE %I OPTIONS (SET query %L)', api,
		'body=' || regexp_replace(encode(convert_to(body, 'UTF8'), 'hex'), '(..)', '%\1', 'g'));
END $$;
CREATE VIEW outcome AS
SELECT pipeline, state, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_duplicate AS dup, rows_quarantined AS quar FROM elt.runs WHERE pipeline ~ '^(word|place)_' ORDER BY run_id;
-- What no compression makes short
CREATE FUNCTION noise(length int, seed int) RETURNS text LANGUAGE sql AS
	$$SELECT left(string_agg(md5(seed || ' ' || i), ''), length) FROM generate_series(1, length / 32 + 1) i$$;

SELECT elt.create_pipeline('word_upsert', 'word_api', 'words', '{word}', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('word_append', 'word_api', 'added', '{n,word}', 'append');
SELECT elt.create_pipeline('word_scd2', 'word_api', 'versions', '{word}', 'scd2', options => '{"sequence_by": ["at"]}');
COPY (SELECT word, n, '2024-01-01' AS at FROM (VALUES ('short', 1), (noise(20000, 1), 2), (repeat('a', 20000), 3),
	(noise(6000, 2), 4), (noise(2600, 3), 5), (NULL, 6)) v(word, n)) TO :'words' (FORMAT csv, HEADER);
CALL elt.pull('word_upsert');
SELECT class, rows FROM elt.preview_merge('word_upsert', 0);
CALL elt.run('word_upsert');
SELECT elt.reload_file('word_upsert', 'words.csv');
CALL elt.run('word_upsert');
CALL elt.run('word_append');
SELECT elt.reload_file('word_append', 'words.csv');
CALL elt.run('word_append');
CALL elt.run('word_scd2');
SELECT elt.reload_file('word_scd2', 'words.csv');
CALL elt.run('word_scd2');
SELECT * FROM outcome;
SELECT n, length(word) FROM words ORDER BY n;
SELECT n, length(word) FROM added ORDER BY n;
SELECT n, length(word) FROM versions ORDER BY n;
SELECT DISTINCT pipeline, reason, message FROM elt.rejects WHERE pipeline LIKE 'word_%' ORDER BY 1, 2;

-- A composite value with NULL in its fields is a value.
SELECT elt.create_pipeline('place_upsert', 'place_api', 'places', '{place,known}', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('place_append', 'place_api', 'place_log', '{place,known}', 'append');
SELECT elt.create_pipeline('place_scd2', 'place_api', 'place_history', '{place}', 'scd2', options => '{"sequence_by": ["at"]}');
SELECT elt.create_pipeline('place_all', 'place_api', 'place_all', '{place}', options => '{"load": "full", "absent": "delete", "max_delete_percent": 100}');
SELECT elt.add_check('place_all', 'once', 'UNIQUE (place)', 'quarantine');
SELECT answer('place_api', jsonb_agg(jsonb_build_object('place', place, 'known', '(x,)', 'n', n, 'at', '2024-01-01'))::text)
FROM (VALUES ('(,)', 1), ('(de,)', 2), ('(,Paris)', 3), ('(de,Bonn)', 4), (NULL, 5)) v(place, n);
CALL elt.run('place_upsert');
CALL elt.run('place_upsert');
CALL elt.run('place_append');
CALL elt.run('place_append');
CALL elt.run('place_scd2');
CALL elt.run('place_scd2');
CALL elt.run('place_all');
CALL elt.run('place_all');
CALL elt.pull('place_append');
SELECT class, rows FROM elt.preview_merge('place_append', 0);
SELECT answer('place_api', '[{"place": "(,)", "known": "(x,)", "n": 1}, {"place": "(de,)", "known": "(x,)", "n": 9}, {"place": "(de,)", "n": 9}]');
CALL elt.run('place_all');
SELECT * FROM outcome WHERE pipeline LIKE 'place%';
SELECT place, n FROM places ORDER BY n;
SELECT place, n FROM place_log ORDER BY n;
SELECT place, n FROM place_history ORDER BY n;
SELECT place, n FROM place_all ORDER BY n;

SELECT count(elt.drop_pipeline(name)) FROM elt.pipelines WHERE name ~ '^(word|place)_';
DROP SCHEMA keys_test CASCADE;
DROP SERVER keys_api CASCADE;
DROP SERVER keys_files CASCADE;
