-- A rejected page has more rows than are written at a time: it lands, or a part that was written is undone.
CREATE SERVER replay_page FOREIGN DATA WRAPPER elt_http OPTIONS (url 'http://127.0.0.1:1', allow_private 'true');
CREATE FOREIGN TABLE page_source (id int, v int) SERVER replay_page;
SELECT elt.create_pipeline('paged', 'page_source', 'page_target', '{id}');
INSERT INTO elt_catalog.reject (pipeline_id, run_id, batch, stage, reason, message, form, raw)
SELECT p.id, 0, 1, 'parse', 'parse', 'no', 'page',
	(SELECT left(json_agg(json_build_object('id', i, 'v', i))::text, CASE page WHEN 1 THEN -1 ELSE 100000 END)
	 FROM generate_series(10000 * page + 1, 10000 * page + 2500) AS i)
FROM elt_catalog.pipeline p, generate_series(0, 2) AS page WHERE p.name = 'paged';
SELECT rejects, replayed, rejected FROM elt.replay_rejects('paged');
SELECT id / 10000 AS page, count(*), sum(v) FROM page_target GROUP BY 1 ORDER BY 1;
SELECT state, attempts, reason, count(*) FROM elt.rejects WHERE pipeline = 'paged' GROUP BY 1, 2, 3 ORDER BY 1;
-- What an undone page had counted is not: neither in checks nor in sets of values.
INSERT INTO elt_catalog.reject (pipeline_id, run_id, batch, stage, reason, message, form, raw)
SELECT p.id, 0, 1, 'parse', 'parse', 'no', 'page',
	(SELECT left(json_agg(json_build_object('id', 50000 + i, 'v', -i))::text, CASE page WHEN 1 THEN -1 ELSE 100000 END)
	 FROM generate_series(1, 2500) AS i)
FROM elt_catalog.pipeline p, generate_series(1, 2) AS page WHERE p.name = 'paged';
SELECT elt.add_check('paged', 'one_v', 'UNIQUE (v)', 'warn'), elt.add_check('paged', 'positive', 'v > 0', 'warn');
SELECT rejects, replayed, rejected FROM elt.replay_rejects('paged', 'attempts = 0');
SELECT check_name, rows_checked, rows_failed FROM elt.check_results WHERE pipeline = 'paged' AND run_id = (SELECT max(run_id) FROM elt.runs WHERE pipeline = 'paged') ORDER BY 1;
SELECT elt.drop_pipeline('paged');
DROP TABLE page_target;
SET client_min_messages = warning;
DROP SERVER replay_page CASCADE;
