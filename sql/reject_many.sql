-- A batch of which all rows but one are rejected, and the replay of them all: each is counted once, in
-- bounded memory. ELT_SOAK makes a million of them.
\getenv soak ELT_SOAK
\set rows 20000
\if :{?soak}
SELECT CASE WHEN :'soak' = '' THEN 20000 ELSE 1000000 END AS rows \gset
\endif
SET timezone = 'UTC';
SET client_min_messages = error;
SELECT current_setting('data_directory') || '/elt_reject_many' AS root \gset
\setenv ROOT :root
\! mkdir -p "$ROOT"
CREATE SCHEMA reject_many;
SET search_path = reject_many;
CREATE SERVER many_files FOREIGN DATA WRAPPER elt_file OPTIONS (root :'root');
COPY (SELECT format('{"id": %s, "v": %s, "s": "%s"}', i, CASE WHEN i = 0 THEN '1' WHEN i % 2 = 0 THEN '-1' ELSE '1000000' END, repeat('s', i % 50)) FROM generate_series(0, :rows) i)
	TO PROGRAM 'cat > elt_reject_many/rows.jsonl';
CREATE DOMAIN small AS int CONSTRAINT small CHECK (VALUE < 1000000);
CREATE FOREIGN TABLE many (id int, v small, s text) SERVER many_files OPTIONS (glob 'rows.jsonl', settle '0', on_change 'merge', format 'jsonl');
SELECT elt.create_pipeline('many', 'many', 'many_target', '{id}', options => '{"max_reject_percent": 100, "max_rejects_kept": 10000000}');
SELECT elt.add_check('many', 'positive', 'v > 0');

-- Memory of the session alone, in MB, at its highest so far, without what it shares with others.
CREATE FUNCTION highest() RETURNS int LANGUAGE sql AS $$
	SELECT ((regexp_match(s, 'VmHWM:\s+(\d+)'))[1]::int - (regexp_match(s, 'RssShmem:\s+(\d+)'))[1]::int) / 1024 FROM pg_read_file('/proc/self/status') s
$$;
\c -
SET search_path = reject_many;
SET client_min_messages = error;
CALL elt.run('many');
SELECT CASE WHEN highest() < 200 THEN 'less than 200 MB' ELSE highest() || ' MB' END AS run;
SELECT state, rows_read = :rows + 1 AS read, rows_inserted, rows_quarantined = :rows AS quarantined, rejects_not_kept FROM elt.runs WHERE pipeline = 'many';
SELECT stage, reason, count(*) * 2 = :rows AS half, count(DISTINCT raw) * 2 = :rows AS each_once FROM elt.rejects WHERE pipeline = 'many' GROUP BY 1, 2 ORDER BY 1;
-- Most are rejected again, then all land.
SELECT elt.alter_check('many', 'positive', 'v > 0 OR id % 10 = 0');
\c -
SET search_path = reject_many;
SET client_min_messages = error;
SELECT rejects = :rows AS rejects, replayed * 10 = :rows AS replayed, superseded, rejected * 10 = :rows * 9 AS rejected FROM elt.replay_rejects('many');
SELECT CASE WHEN highest() < 200 THEN 'less than 200 MB' ELSE highest() || ' MB' END AS replay;
SELECT elt.drop_check('many', 'positive');
ALTER DOMAIN small DROP CONSTRAINT small;
\c -
SET search_path = reject_many;
SET client_min_messages = error;
SELECT rejected, superseded FROM elt.replay_rejects('many');
SELECT CASE WHEN highest() < 200 THEN 'less than 200 MB' ELSE highest() || ' MB' END AS replay;
SELECT count(*) = :rows + 1 AS landed, count(DISTINCT id) = :rows + 1 AS once FROM many_target;
SELECT state, attempts, count(*) > 0 AS some FROM elt.rejects WHERE pipeline = 'many' GROUP BY 1, 2 ORDER BY 2;
SELECT elt.drop_pipeline('many');
\! rm -r "$ROOT"
DROP SCHEMA reject_many CASCADE;
DROP SERVER many_files CASCADE;
