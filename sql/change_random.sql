-- Random histories of every strategy, with changes by hand between the landings: the rows as of the end of each
-- round are those that a copy kept, the changes replayed make the target, and so do those that a consumer reads.
\getenv seed ELT_SEED
\if :{?seed}
\else
\set seed 1
\endif
\set soak ''
\getenv soak ELT_SOAK
SELECT CASE WHEN :'soak' = '' THEN 5 ELSE 200 END AS rounds \gset
SET timezone = 'UTC';
-- which would compile the queries that compare, estimated far too high, for most of the time
SET jit = off;
SET datestyle = ISO;
SET client_min_messages = error;
CREATE SCHEMA replay_test;
SET search_path = replay_test;
CREATE TABLE incoming (id int, grp int, value numeric, note text, version int, gone boolean);
CREATE TABLE event (id int, city text, at timestamptz, gone boolean);
CREATE TABLE way (name text PRIMARY KEY, strategy text, key text[], options jsonb);
INSERT INTO way VALUES
	('c_upsert', 'upsert', '{id}', '{"sequence_by": ["version"], "delete_when": "gone"}'),
	('c_full', 'upsert', '{id}', '{"load": "full", "absent": "delete", "max_delete_percent": 100, "min_rows_percent": 0}'),
	('c_append', 'append', '{id,version}', '{}'),
	('c_replace', 'replace', '{id}', '{"replace_by": ["grp"]}'),
	('c_bag', 'replace', '{}', '{"replace_by": ["grp"]}');
SELECT count(elt.create_pipeline(name, 'incoming', name, key, strategy, options => options || '{"change_log": "7 days"}')) FROM way;
SELECT elt.create_pipeline('c_dim', 'event', 'c_dim', '{id}', 'scd2',
	options => '{"sequence_by": ["at"], "delete_when": "gone", "change_log": "7 days"}');
SELECT count(elt.consumer(name, name)) FROM way;

CREATE TABLE happened (LIKE event);
CREATE TABLE moment (round int PRIMARY KEY, at timestamptz);
CREATE TABLE kept (round int, name text, "row" jsonb);
CREATE TABLE fed (name text, id bigint, type text, "row" jsonb);

-- What comes in, and late events too; then some statements by hand.
CREATE FUNCTION arrive(round int, seed int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(((seed * 7919 + round * 104729) % 1000003) / 1000003.0);
	DELETE FROM incoming;
	INSERT INTO incoming SELECT i, ceil(random() * 3), floor(random() * 3), CASE WHEN random() < 0.2 THEN repeat('n', 3000) END,
		round + floor(random() * 3), random() < 0.2 FROM generate_series(1, 12) i WHERE random() < 0.6;
	DELETE FROM event;
	INSERT INTO event SELECT i, chr(65 + floor(random() * 3)::int), date '2024-01-01' + ceil(random() * 60)::int, random() < 0.2
	FROM generate_series(1, 5) i, generate_series(1, 2) WHERE random() < 0.4;
	DELETE FROM event e WHERE EXISTS (SELECT FROM happened h WHERE h.id = e.id AND h.at = e.at)
		OR EXISTS (SELECT FROM event o WHERE o.id = e.id AND o.at = e.at AND o.ctid < e.ctid);
	INSERT INTO happened TABLE event;
END $$;
CREATE FUNCTION by_hand(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF random() < 0.3 THEN
		EXECUTE format('UPDATE %I SET value = value + 1, grp = 2 WHERE id %% 3 = $1', name) USING floor(random() * 3);
	END IF;
	IF random() < 0.3 THEN
		EXECUTE format('DELETE FROM %I WHERE id %% 4 = $1', name) USING floor(random() * 4);
	END IF;
	IF random() < 0.3 THEN
		EXECUTE format('INSERT INTO %I (id, grp, version) SELECT 100 + count(*), 1, 1 FROM %1$I', name);
	END IF;
	IF random() < 0.05 THEN
		EXECUTE format('TRUNCATE %I', name);
	END IF;
EXCEPTION WHEN unique_violation THEN
END $$;
-- A few changes at a time, and sometimes none.
CREATE FUNCTION consume(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('INSERT INTO fed SELECT %L, c._change_id, c._change_type,
			jsonb_build_object(''id'', c.id, ''grp'', c.grp, ''value'', c.value, ''note'', c.note, ''version'', c.version)
		FROM elt.next_changes(%1$L, NULL::%2$I, max_rows => $1) c', name, name || '_changes')
	USING ceil(random() * 30)::int;
	PERFORM elt.advance(consume.name, max(id)) FROM fed f WHERE f.name = consume.name;
END $$;
CREATE FUNCTION keep(round int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	w way;
BEGIN
	INSERT INTO moment VALUES (round, clock_timestamp());
	FOR w IN TABLE way LOOP
		EXECUTE format('INSERT INTO kept SELECT $1, %L, to_jsonb(t) FROM %1$I t', w.name) USING round;
	END LOOP;
END $$;

SELECT unnest(array[format('SELECT arrive(%s, %s)', n, :seed), 'CALL elt.run(''c_dim'')']
	|| (SELECT array_agg(format('CALL elt.run(%L)', name)) || array_agg(format('SELECT by_hand(%L)', name))
		|| array_agg(format('SELECT consume(%L)', name)) FROM way)
	|| array[format('SELECT keep(%s)', n)]) FROM generate_series(1, :rounds) n
\o /dev/null
\set ECHO none
\gexec
SELECT format('SELECT consume(%L)', name) FROM way, generate_series(1, 2 * :rounds) \gexec
\o
\set ECHO all

-- Rows as of each round
CREATE FUNCTION differing(name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE format('SELECT count(*) FROM moment m, LATERAL (
			(SELECT to_jsonb(t) FROM %1$I(m.at) t EXCEPT ALL SELECT k.row FROM kept k WHERE k.round = m.round AND k.name = %2$L)
			UNION ALL (SELECT k.row FROM kept k WHERE k.round = m.round AND k.name = %2$L EXCEPT ALL SELECT to_jsonb(t) FROM %1$I(m.at) t)) d',
		name || '_as_of', name) INTO result;
	RETURN result;
END $$;
SELECT name, differing(name) FROM way ORDER BY 1;
SELECT count(*) > 5 * :rounds AS enough FROM kept;

-- Of a history, rows as of each day, whenever the events came
CREATE VIEW oracle AS
SELECT d.at, e.id, e.city FROM generate_series(timestamptz '2024-01-01', '2024-03-10', '12 hours') d(at)
CROSS JOIN LATERAL (SELECT DISTINCT ON (h.id) h.id, h.city, h.gone FROM happened h WHERE h.at <= d.at ORDER BY h.id, h.at DESC) e
WHERE e.gone IS NOT TRUE;
CREATE VIEW history AS
SELECT d.at, v.id, v.city FROM generate_series(timestamptz '2024-01-01', '2024-03-10', '12 hours') d(at), LATERAL c_dim_as_of(d.at) v;
SELECT count(*) > 100 AS enough FROM history;
SELECT count(*) FROM ((TABLE oracle EXCEPT ALL TABLE history) UNION ALL (TABLE history EXCEPT ALL TABLE oracle)) d;
-- Its changes replayed make it.
SELECT count(*) FROM (
	SELECT _sk, id, city, valid_from, valid_to FROM (SELECT DISTINCT ON (_sk) * FROM c_dim_changes ORDER BY _sk, _change_id DESC) c
	WHERE _change_type IN ('insert', 'update_postimage') EXCEPT ALL SELECT _sk, id, city, valid_from, valid_to FROM c_dim) d;

-- Changes replayed, those of the view and those of the consumer
CREATE FUNCTION replayed(name text, live text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
	result bigint;
BEGIN
	EXECUTE format('WITH added AS (SELECT "row" FROM fed WHERE name = %1$L AND type IN (''insert'', ''update_postimage'')),
		removed AS (SELECT "row" FROM fed WHERE name = %1$L AND type IN (''delete'', ''update_preimage'')),
		rest AS (TABLE added EXCEPT ALL TABLE removed),
		target AS (SELECT jsonb_build_object(''id'', id, ''grp'', grp, ''value'', value, ''note'', note, ''version'', version) AS "row" FROM %2$I)
		SELECT count(*) FROM ((TABLE rest EXCEPT ALL TABLE target) UNION ALL (TABLE target EXCEPT ALL TABLE rest)) d', name, live) INTO result;
	RETURN result;
END $$;
SELECT name, replayed(name, CASE name WHEN 'c_upsert' THEN 'c_upsert_live' ELSE name END) FROM way ORDER BY 1;
SELECT consumer, lag_rows FROM elt.consumers WHERE consumer LIKE 'c\_%';
-- The last change of each key says what it has become.
SELECT count(*) FROM (
	SELECT id, grp, value, version FROM (SELECT DISTINCT ON (id) * FROM c_upsert_changes ORDER BY id, _change_id DESC) c
	WHERE _change_type IN ('insert', 'update_postimage') EXCEPT ALL SELECT id, grp, value, version FROM c_upsert_live) d;
SELECT array_agg(DISTINCT type ORDER BY type) FROM fed;
SELECT count(*) FROM c_upsert_changes c WHERE NOT EXISTS (SELECT FROM fed f WHERE f.id = c._change_id);

-- The planner puts the query in place of the call, and the key reaches the indexes.
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE FUNCTION plan(query text) RETURNS TABLE (line text) LANGUAGE plpgsql AS $$
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS off) ' || query LOOP
		CONTINUE WHEN line !~ ' c_(full|dim)( |$)|\(id = 3\)|Function';
		line := trim(line, ' ->');
		RETURN NEXT;
	END LOOP;
END $$;
SELECT DISTINCT line FROM plan('SELECT * FROM c_full_as_of(now()) WHERE id = 3') ORDER BY 1;
SELECT DISTINCT line FROM plan('SELECT * FROM c_dim_as_of(''2024-02-01'') WHERE id = 3') ORDER BY 1;

SELECT count(elt.drop_consumer(name)) FROM way;
SELECT count(elt.drop_pipeline(name)) FROM elt.pipelines WHERE name LIKE 'c\_%';
DROP SCHEMA replay_test CASCADE;
