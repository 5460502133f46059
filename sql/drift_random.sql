-- Random sources and changes of them, in several formats, against a model.
SET timezone = 'UTC';
SET datestyle = 'ISO';
CREATE SCHEMA drift_random;
SET search_path = drift_random;
SELECT current_setting('data_directory') || '/elt_random_drift' AS root \gset
CREATE SERVER random_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
CREATE FUNCTION put(name text, content text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('COPY (SELECT %L) TO PROGRAM %L', replace(encode(convert_to(content, 'UTF8'), 'base64'), E'\n', ''),
		format('mkdir -p %1$s/elt_random_drift && base64 -d >%1$s/elt_random_drift/%2$s', current_setting('data_directory'), name));
END $$;
SELECT put('random.none', '');
SET client_min_messages = error;

-- What a field of a record has; in formats of texts as a text.
CREATE FUNCTION value_of(field text, id int) RETURNS jsonb LANGUAGE sql AS $$
	SELECT CASE field WHEN 'f1' THEN to_jsonb(id * 7) WHEN 'f2' THEN to_jsonb((id || '.50')::numeric) WHEN 'f3' THEN to_jsonb('text ' || id)
		WHEN 'f4' THEN to_jsonb('2024-01-01'::date + id) WHEN 'f5' THEN to_jsonb(id % 2 = 0) WHEN 'f6' THEN jsonb_build_object('k', id) ELSE to_jsonb(id) END $$;
-- A page of these records, of which the first has the fields of all if a header names them.
CREATE FUNCTION page(format text, records jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	fields text[] := ARRAY(SELECT k FROM jsonb_object_keys(records -> 0) k ORDER BY k DESC);
BEGIN
	RETURN CASE format
		WHEN 'json' THEN records::text
		WHEN 'jsonl' THEN (SELECT string_agg(r::text, E'\n') FROM jsonb_array_elements(records) r)
		WHEN 'xml' THEN (SELECT '<all>' || string_agg('<one>' || (SELECT string_agg(format('<%1$s>%2$s</%1$s>', key, value), '') FROM jsonb_each_text(r)) || '</one>', '') || '</all>' FROM jsonb_array_elements(records) r)
		WHEN 'csv' THEN (SELECT array_to_string(fields, ',') || E'\n' || string_agg((SELECT string_agg('"' || replace(r ->> f, '"', '""') || '"', ',' ORDER BY n) FROM unnest(fields) WITH ORDINALITY u(f, n)), E'\n') FROM jsonb_array_elements(records) r)
		ELSE (SELECT (jsonb_build_array(to_jsonb(fields)) || jsonb_agg((SELECT jsonb_agg(r -> f ORDER BY n) FROM unnest(fields) WITH ORDINALITY u(f, n))))::text FROM jsonb_array_elements(records) r) END;
END $$;

-- The model: what the first batch had, what is new, and the values that should have landed.
CREATE TABLE known (field text);
CREATE TABLE model_new (field text, records int, since int, applied boolean DEFAULT false);
CREATE TABLE landed (id int, record jsonb);
CREATE FUNCTION run_model(mode text, batch int, added int, records jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF mode = 'add' THEN
		UPDATE model_new SET applied = true WHERE field IN (SELECT n.field FROM model_new n WHERE NOT n.applied ORDER BY n.since, n.field
			LIMIT greatest(added - (SELECT count(*) FROM model_new WHERE applied), 0));
	END IF;
	INSERT INTO landed SELECT (r ->> 'id')::int, (SELECT jsonb_object_agg(key, value) FROM jsonb_each(r) WHERE key IN ('id', 'a') OR key IN (SELECT field FROM model_new WHERE applied))
	FROM jsonb_array_elements(records) r;
	IF mode = 'ignore' THEN
		RETURN;
	ELSIF batch = 1 THEN
		INSERT INTO known SELECT DISTINCT k FROM jsonb_array_elements(records) r, jsonb_object_keys(r) k;
	END IF;
	WITH seen AS (SELECT k AS field, count(*) AS records FROM jsonb_array_elements(records) r, jsonb_object_keys(r) k WHERE k NOT IN (TABLE known) GROUP BY k),
		more AS (UPDATE model_new n SET records = n.records + s.records FROM seen s WHERE s.field = n.field AND NOT n.applied)
	INSERT INTO model_new SELECT s.field, s.records, batch FROM seen s WHERE s.field NOT IN (SELECT field FROM model_new);
END $$;
CREATE FUNCTION compare(mode text, before text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	added text[] := ARRAY(SELECT field FROM model_new WHERE applied ORDER BY field);
	difference text;
BEGIN
	SELECT string_agg(format('drift of %s: %s', field, d), ', ') INTO difference FROM (
		SELECT coalesce(m.field, d.field) AS field, format('%s, the model %s', d, m) AS d FROM (SELECT field, records::bigint, applied FROM model_new) m
		FULL JOIN (SELECT field, records, applied_at IS NOT NULL AS applied FROM elt.drift WHERE kind = 'new') d USING (field)
		WHERE (m.records, m.applied) IS DISTINCT FROM (d.records, d.applied)) x;
	IF difference IS NOT NULL THEN
		RETURN difference;
	END IF;
	SELECT string_agg(format('columns of %s: %s', t, c), ', ') INTO difference FROM (VALUES ('source'), ('target')) x(t),
		LATERAL (SELECT array_agg(attname::text ORDER BY attnum) FILTER (WHERE attname NOT LIKE '\_%') AS c FROM pg_attribute WHERE attrelid = t::regclass AND attnum > 0) y
	WHERE c[:cardinality(before)] <> before OR ARRAY(SELECT unnest(c[cardinality(before) + 1:]) ORDER BY 1) <> added;
	IF difference IS NOT NULL THEN
		RETURN difference;
	END IF;
	RETURN (SELECT coalesce(string_agg(format('%s is %s', l.id, to_jsonb(t)), ', '), 'as the model') FROM landed l FULL JOIN target t USING (id)
		WHERE l.id IS NULL OR t.id IS NULL OR EXISTS (SELECT FROM unnest('{id,a}'::text[] || added) f WHERE to_jsonb(t) ->> f IS DISTINCT FROM l.record ->> f));
END $$;
CREATE PROCEDURE try_once(seed float8, INOUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
	form text;
	mode text;
	added int;
	records jsonb;
	present text[];
	has_header boolean;
	before text[] := '{id,a}';
BEGIN
	PERFORM setseed(seed);
	form := (ARRAY['json', 'jsonl', 'xml', 'csv', 'header'])[1 + floor(random() * 5)::int];
	mode := (ARRAY['ignore', 'record', 'add', 'add'])[1 + floor(random() * 4)::int];
	added := 1 + floor(random() * 4)::int;
	has_header := form IN ('csv', 'header');
	TRUNCATE known, model_new, landed;
	EXECUTE format('CREATE FOREIGN TABLE source (id int, a int) SERVER random_files OPTIONS (glob %L, settle ''0'', on_change ''merge'', format %L%s)', 'random.' || form,
		CASE form WHEN 'header' THEN 'json' ELSE form END, CASE form WHEN 'xml' THEN $q$, records '$.all.one[*]'$q$ WHEN 'header' THEN ', header ''true''' ELSE '' END);
	PERFORM elt.create_pipeline('random', 'source', 'target', '{id}', options => jsonb_build_object('on_new_field', mode, 'max_new_columns', added));
	FOR batch IN 1..5 LOOP
		present := ARRAY(SELECT f FROM unnest('{f1,f2,f3,f4,f5,f6}'::text[]) f WHERE random() < 0.15 + 0.1 * batch);
		SELECT jsonb_agg((SELECT jsonb_object_agg(f, CASE WHEN form IN ('json', 'jsonl') THEN value_of(f, i) ELSE to_jsonb(value_of(f, i) #>> '{}') END)
			FROM unnest('{id,a}'::text[] || present) f WHERE f IN ('id', 'a') OR has_header OR random() + 0 * i < 0.6)) INTO records
		FROM generate_series(batch * 100, batch * 100 + floor(random() * 6)::int) i;
		PERFORM put('random.' || form, page(form, records));
		CALL elt.run('random');
		PERFORM run_model(mode, batch, added, records);
	END LOOP;
	outcome := compare(mode, before);
	IF outcome <> 'as the model' THEN
		outcome := format('seed %s, %s, %s %s: %s', seed, form, mode, added, outcome);
	END IF;
	PERFORM elt.drop_pipeline('random');
	DROP TABLE target;
	DROP FOREIGN TABLE source;
	COMMIT;
END $$;
CREATE TABLE outcomes (outcome text);
CREATE PROCEDURE try_all(cases int) LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	FOR i IN 1..cases LOOP
		CALL try_once((i * 7919 % 100003) / 100003.0, outcome);
		INSERT INTO outcomes VALUES (outcome);
	END LOOP;
END $$;
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' IN ('', ':soak') THEN 15 ELSE 2000 END AS cases \gset
CALL try_all(:cases);
SELECT outcome, count(*) = :cases AS "all" FROM outcomes GROUP BY outcome;

-- Values that a type refuses: what is proposed, and what apply_drift does, are those of the model.
CREATE FUNCTION fits(value text, type text) RETURNS boolean LANGUAGE sql AS $$
	SELECT CASE type WHEN 'character varying(3)' THEN length(value) <= 3 WHEN 'text' THEN true
		WHEN 'numeric' THEN value ~ '^-?[0-9.]+$'
		ELSE value ~ '^-?[0-9]+$' AND value::numeric BETWEEN -(2::numeric ^ (CASE type WHEN 'smallint' THEN 15 WHEN 'integer' THEN 31 ELSE 63 END)) AND 2::numeric ^ (CASE type WHEN 'smallint' THEN 15 WHEN 'integer' THEN 31 ELSE 63 END) - 1 END $$;
-- The type that takes all refused values and keeps what is stored.
CREATE FUNCTION wider(type text, refused text[]) RETURNS text LANGUAGE sql AS $$
	SELECT CASE WHEN type IN ('numeric', 'text') THEN NULL WHEN type = 'character varying(3)' THEN 'text'
		WHEN EXISTS (SELECT FROM unnest(refused) v WHERE v !~ '^-?[0-9.]+$') THEN NULL
		WHEN type = 'bigint' OR EXISTS (SELECT FROM unnest(refused) v WHERE NOT fits(v, 'bigint')) THEN 'numeric' ELSE 'bigint' END $$;
CREATE FUNCTION types_are(type text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT bool_and(format_type(atttypid, atttypmod) = type) FROM pg_attribute WHERE attname = 'n' AND attrelid IN ('source'::regclass, 'target'::regclass));
END $$;
CREATE PROCEDURE try_types(seed float8, INOUT outcome text) LANGUAGE plpgsql AS $$
DECLARE
	type text;
	first_type text;
	proposed text;
	applied boolean := false;
	is_open boolean := false;
	told bigint := 0;
	vals text[];
	refused text[];
	d record;
	answer text;
BEGIN
	PERFORM setseed(seed);
	first_type := (ARRAY['smallint', 'integer', 'bigint', 'character varying(3)'])[1 + floor(random() * 4)::int];
	type := first_type;
	outcome := 'as the model';
	EXECUTE format('CREATE FOREIGN TABLE source (id int, n %s) SERVER random_files OPTIONS (glob ''types.json'', settle ''0'', on_change ''merge'', format ''json'')', type);
	PERFORM elt.create_pipeline('random', 'source', 'target', '{id}', options => '{"max_reject_percent": 100}');
	FOR batch IN 1..6 LOOP
		vals := '{1}' || ARRAY(SELECT CASE WHEN random() < 0.7 THEN (1 + floor(random() * 9)::int)::text ELSE (CASE WHEN type IN ('character varying(3)', 'text')
			THEN ARRAY['abcd', 'ab'] ELSE ARRAY['40000', '3000000000', '18446744073709551616', '1.5', 'word', '-7'] END)[1 + floor(random() * 4 + (batch % 3))::int] END FROM generate_series(1, 5));
		vals := ARRAY(SELECT coalesce(v, '2') FROM unnest(vals) v);
		refused := ARRAY(SELECT v FROM unnest(vals) v WHERE NOT fits(v, type));
		PERFORM put('types.json', (SELECT '[' || string_agg(format('{"id": %s, "n": %s}', batch * 10 + i, CASE WHEN v ~ '^-?[0-9.]+$' AND type NOT IN ('character varying(3)', 'text') THEN v ELSE to_json(v)::text END), ',') || ']' FROM unnest(vals) WITH ORDINALITY u(v, i)));
		CALL elt.run('random');
		-- the model
		IF cardinality(refused) > 0 THEN
			told := CASE WHEN is_open THEN told ELSE 0 END + cardinality(refused);
			proposed := coalesce(wider(type, refused), CASE WHEN NOT applied THEN proposed END);
			applied := false;
		END IF;
		is_open := cardinality(refused) > 0;
		SELECT x.records, x.ended_at IS NULL AS is_open, substring(x.proposal FROM 'to (\w+), ') AS proposed INTO d FROM elt.drift x WHERE x.kind = 'type';
		IF (coalesce(d.records, 0), coalesce(d.is_open, false), CASE WHEN NOT applied THEN d.proposed END) IS DISTINCT FROM (told, is_open, CASE WHEN NOT applied THEN proposed END)
				OR NOT types_are(type) OR (SELECT count(*) FROM target WHERE id / 10 = batch) <> cardinality(vals) - cardinality(refused) THEN
			outcome := format('seed %s, batch %s of %s: %s, the model (%s,%s,%s)', seed, batch, first_type, d, told, is_open, proposed);
			EXIT;
		END IF;
		CONTINUE WHEN random() < 0.6;
		answer := NULL;
		BEGIN
			answer := elt.apply_drift('random', 'n');
		EXCEPTION WHEN undefined_object OR object_not_in_prerequisite_state THEN
			NULL;
		END;
		IF (answer IS NOT NULL) <> (proposed IS NOT NULL AND NOT applied AND told > 0) THEN
			outcome := format('seed %s, batch %s of %s: apply_drift %s, the model %s', seed, batch, first_type, answer, proposed);
			EXIT;
		ELSIF answer IS NOT NULL THEN
			type := proposed;
			applied := true;
			is_open := false;
		END IF;
		IF NOT types_are(type) THEN
			outcome := format('seed %s, batch %s of %s: the type is not %s', seed, batch, first_type, type);
			EXIT;
		END IF;
	END LOOP;
	PERFORM elt.drop_pipeline('random');
	DROP TABLE target;
	DROP FOREIGN TABLE source;
	COMMIT;
END $$;
TRUNCATE outcomes;
SELECT :cases / 2 AS cases \gset
CREATE PROCEDURE try_all_types(cases int) LANGUAGE plpgsql AS $$
DECLARE
	outcome text;
BEGIN
	FOR i IN 1..cases LOOP
		CALL try_types((i * 7919 % 100003) / 100003.0, outcome);
		INSERT INTO outcomes VALUES (outcome);
	END LOOP;
END $$;
CALL try_all_types(:cases);
SELECT outcome, count(*) = :cases AS "all" FROM outcomes GROUP BY outcome;

DROP SCHEMA drift_random CASCADE;
DROP SERVER random_files;
