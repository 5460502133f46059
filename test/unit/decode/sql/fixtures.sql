-- Real pages, when they are there.
SELECT :'fixtures' = '' AS absent \gset
\if :absent
SELECT 'ok - captured pages # SKIP no captured responses';
\else
CREATE FUNCTION page(name text) RETURNS bytea LANGUAGE sql AS $$ SELECT pg_read_binary_file(current_setting('test.fixtures') || '/' || name) $$;
SELECT set_config('test.fixtures', :'fixtures', false) \g /dev/null
CREATE TEMP TABLE files AS WITH RECURSIVE d AS (
	SELECT '.' AS path, true AS isdir
	UNION ALL
	SELECT d.path || '/' || f, (pg_stat_file(:'fixtures' || '/' || d.path || '/' || f)).isdir FROM d, LATERAL pg_ls_dir(:'fixtures' || '/' || d.path) f WHERE d.isdir)
	SELECT path FROM d WHERE NOT isdir AND path ~ '\.jsonl?$' AND path !~ 'json_test_suite';
SELECT ok(count(*) > 50, 'there are captured pages') FROM files;

-- the root, whole, as jsonb reads it; in the reader's own chunks and one byte at a time
CREATE TYPE whole AS (v jsonb);
SELECT is((SELECT count(*)::text FROM decode_rows(NULL::whole, page(path), '$', '{v:path=$}', c) r WHERE r.v = convert_from(page(path), 'UTF8')::jsonb), '1', format('%s, chunk %s', path, c))
FROM files, unnest(ARRAY[0, 1, 1000]) c WHERE path ~ '\.json$' ORDER BY path, c;
SELECT is((SELECT count(*)::text FROM decode_rows(NULL::whole, page(path), '$', '{v:path=$,:framing=lines}', c) r),
	(SELECT count(*)::text FROM regexp_split_to_table(convert_from(page(path), 'UTF8'), E'\n') l WHERE l ~ '\S'), format('%s: lines, chunk %s', path, c))
FROM files, unnest(ARRAY[0, 1]) c WHERE path ~ '\.jsonl$' ORDER BY path, c;
SELECT ok(accepts_json(page(path), c, s), format('%s is accepted, chunk %s, skip %s', path, c, s)) FROM files, unnest(ARRAY[0, 1, 7]) c, unnest(ARRAY[true, false]) s WHERE path ~ '\.json$' AND c <> 7 ORDER BY 1;

-- public power: every value of every series, against jsonb, which knows no -0
SELECT is((SELECT md5(replace(string_agg(r::text, E'\n'), ',-0)', ',0)')) FROM decode_rows(NULL::series, page(path), '$.production_types[*]', '{ts:path=$.unix_seconds[*],ts:format=unix,mw:path=data[*]}', c, 997) r),
	(SELECT md5(string_agg(ROW(to_timestamp(t::float8), s ->> 'name', m::float8)::series::text, E'\n' ORDER BY so, o))
	 FROM (SELECT convert_from(page(path), 'UTF8')::jsonb AS j) p, jsonb_array_elements(j -> 'production_types') WITH ORDINALITY s(s, so),
	 LATERAL ROWS FROM (jsonb_array_elements_text(j -> 'unix_seconds'), jsonb_array_elements_text(s -> 'data')) WITH ORDINALITY e(t, m, o)), format('%s: the same rows as jsonb, chunk %s', path, c))
FROM files, unnest(ARRAY[0, 1]) c WHERE path ~ 'energy_charts/public_power_' ORDER BY path, c;
SELECT is((SELECT md5(replace(string_agg(r::text, E'\n'), ',-0)', ',0)')) FROM decode_rows(NULL::series, page(path), NULL, '{ts:path=unix_seconds[*],ts:format=unix,mw:path=price[*],name:path=unit}', c, 997) r),
	(SELECT md5(string_agg(ROW(to_timestamp(t::float8), j ->> 'unit', m::float8)::series::text, E'\n' ORDER BY o))
	 FROM (SELECT convert_from(page(path), 'UTF8')::jsonb AS j) p,
	 LATERAL ROWS FROM (jsonb_array_elements_text(j -> 'unix_seconds'), jsonb_array_elements_text(j -> 'price')) WITH ORDINALITY e(t, m, o)), format('%s: the same rows as jsonb, chunk %s', path, c))
FROM files, unnest(ARRAY[0, 1]) c WHERE path ~ 'energy_charts/price_' ORDER BY path, c;
CREATE TYPE installed AS (month date, name text, gw numeric);
SELECT is((SELECT string_agg(r::text, E'\n') FROM decode_rows(NULL::installed, page(path), '$.production_types[*]',
	ARRAY['month:path=$.time[*]', 'month:format=' || CASE WHEN path ~ 'monthly' THEN 'MM.YYYY' ELSE 'YYYY' END, 'gw:path=data[*]'], 0) r),
	(SELECT string_agg(ROW(to_date(t, CASE WHEN path ~ 'monthly' THEN 'MM.YYYY' ELSE 'YYYY' END), s ->> 'name', m::numeric)::installed::text, E'\n' ORDER BY so, o)
	 FROM (SELECT convert_from(page(path), 'UTF8')::jsonb AS j) p, jsonb_array_elements(j -> 'production_types') WITH ORDINALITY s(s, so),
	 LATERAL ROWS FROM (jsonb_array_elements_text(j -> 'time'), jsonb_array_elements_text(s -> 'data')) WITH ORDINALITY e(t, m, o)), path || ': the same rows as jsonb')
FROM files WHERE path ~ 'energy_charts/installed_power_' ORDER BY path;

-- positional, hourly columns, nested lists
CREATE TYPE state AS (icao text, callsign text, seen timestamptz, lon float8);
SELECT ok((SELECT count(*) FROM decode_rows(NULL::state, page('transport/opensky_states.json'), '$.states[*]', '{icao:path=[0],callsign:path=[1],seen:path=[4],seen:format=unix,lon:path=[5]}') WHERE icao IS NOT NULL)
	= (SELECT jsonb_array_length(convert_from(page('transport/opensky_states.json'), 'UTF8')::jsonb -> 'states')), 'positional records of OpenSky') WHERE (SELECT jsonb_typeof(convert_from(page('transport/opensky_states.json'), 'UTF8')::jsonb -> 'states')) = 'array';
CREATE TYPE hour AS (at timestamptz, temperature numeric, place float8);
SELECT is((SELECT format('%s %s', count(*), sum(temperature)) FROM decode_rows(NULL::hour, page('open_meteo/forecast_berlin.json'), '$', '{at:path=hourly.time[*],at:time_zone=Europe/Berlin,temperature:path=hourly.temperature_2m[*],place:path=latitude}')),
	(SELECT format('%s %s', count(*), sum(t::numeric)) FROM jsonb_array_elements_text(convert_from(page('open_meteo/forecast_berlin.json'), 'UTF8')::jsonb #> '{hourly,temperature_2m}') t), 'hourly arrays of Open-Meteo');

-- an object keyed by name, and CSV
CREATE TYPE unit AS (variable text, unit text);
SELECT is((SELECT jsonb_object_agg(variable, unit)::text FROM decode_rows(NULL::unit, page(path), '$.hourly_units.*', '{variable:key=,unit:path=$.hourly_units.*}', c)),
	(convert_from(page(path), 'UTF8')::jsonb -> 'hourly_units')::text, format('%s: units by name, chunk %s', path, c))
FROM files, unnest(ARRAY[0, 1]) c WHERE path ~ 'open_meteo/forecast' ORDER BY path, c;
\endif
