-- What becomes of children when their parents are deleted, by a delete, by absence, or as versions of a history, and of
-- the children of children.
\getenv replay ELT_REPLAY
SET datestyle = ISO;
SET timezone = 'UTC';
SET client_min_messages = warning;

CREATE SERVER del_api FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE SCHEMA del_test;
SET search_path = del_test;
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER del_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION answers(body text) RETURNS bigint LANGUAGE sql AS
	$$SELECT count(*) FROM script WHERE id = 'del' AND responses = jsonb_build_array(jsonb_build_object('body', body))::text$$;
CREATE VIEW outcome AS
SELECT pipeline, rows_read AS read, rows_inserted AS ins, rows_updated AS upd, rows_unchanged AS unch,
	rows_deleted AS del, rows_stale AS stale, rows_duplicate AS dup, rows_quarantined AS quar, rows_removed AS removed
FROM elt.run_targets WHERE run_id = (SELECT max(run_id) FROM elt.runs);

-- Orders, lines, and the parcels of each line; notes of an order, which are only added.
CREATE FOREIGN TABLE order_api (id int, at timestamptz, op text) SERVER del_api OPTIONS (path '/script/del');
CREATE FOREIGN TABLE line_api (order_id int OPTIONS (path '$[*].id'), line_id int OPTIONS (path 'id'), sku text)
	SERVER del_api OPTIONS (path '/script/del', records '$[*].lines[*]');
CREATE FOREIGN TABLE parcel_api (line_id int OPTIONS (path '$[*].lines[*].id'), n int OPTIONS (lineage 'index'), weight numeric OPTIONS (path '$[*].lines[*].parcels[*]'))
	SERVER del_api OPTIONS (path '/script/del', records '$[*].lines[*].parcels[*]');
CREATE FOREIGN TABLE note_api (order_id int OPTIONS (path '$[*].id'), n int OPTIONS (lineage 'index'), text text OPTIONS (path '$[*].notes[*]'))
	SERVER del_api OPTIONS (path '/script/del', records '$[*].notes[*]');
SELECT elt.create_pipeline('del_orders', 'order_api', 'orders', '{id}', options => $${"sequence_by": ["at"], "delete_when": "op = 'd'"}$$);
SELECT elt.add_child('del_orders', 'line_api', 'lines', '{line_id}', '{order_id}');
SELECT elt.add_child('del_orders_lines', 'parcel_api', 'parcels', '{line_id,n}', '{line_id}');
SELECT elt.add_child('del_orders', 'note_api', 'notes', '{order_id,n}', '{order_id}', '{"strategy": "append"}');
SELECT answers('[
	{"id":1,"at":"2024-01-01","lines":[{"id":10,"sku":"a","parcels":[1.5,2]},{"id":11,"sku":"b","parcels":[3]}],"notes":["x","y"]},
	{"id":2,"at":"2024-01-01","lines":[{"id":20,"sku":"c","parcels":[4]},{"id":21,"sku":"d"}],"notes":["z"]}]') \gset
CALL elt.run('del_orders');
TABLE outcome;
SELECT line_id, n, weight FROM parcels ORDER BY 1, 2;
-- A line that vanishes takes its parcels along; one that moves to another order keeps them.
SELECT answers('[
	{"id":1,"at":"2024-01-02","lines":[{"id":10,"sku":"a","parcels":[1.5,2]}],"notes":["x"]},
	{"id":2,"at":"2024-01-02","lines":[{"id":11,"sku":"b","parcels":[3,3]},{"id":20,"sku":"c","parcels":[]}]}]') \gset
CALL elt.run('del_orders');
TABLE outcome;
SELECT order_id, line_id, sku FROM lines ORDER BY 1, 2;
SELECT line_id, n, weight FROM parcels ORDER BY 1, 2;
-- The same when the order that it leaves does not come.
SELECT answers('[{"id":1,"at":"2024-01-03","lines":[{"id":10,"sku":"a","parcels":[1.5,2]},{"id":11,"sku":"b","parcels":[3,3]}]}]') \gset
CALL elt.run('del_orders');
SELECT order_id, line_id FROM lines ORDER BY 1, 2;
-- A key that two orders have is the last one's.
SELECT answers('[{"id":1,"at":"2024-01-04","lines":[{"id":10,"sku":"a","parcels":[9]}]},{"id":3,"at":"2024-01-04","lines":[{"id":10,"sku":"z","parcels":[8]},{"id":10,"sku":"zz","parcels":[7]}]}]') \gset
CALL elt.run('del_orders');
TABLE outcome;
SELECT order_id, line_id, sku FROM lines ORDER BY 1, 2;
SELECT line_id, n, weight FROM parcels ORDER BY 1, 2;
-- A delete takes all along, and what is late does not bring it back.
SELECT answers('[{"id":3,"at":"2024-01-05","op":"d","lines":[{"id":10,"sku":"z","parcels":[8]}]}]') \gset
CALL elt.run('del_orders');
TABLE outcome;
SELECT answers('[{"id":3,"at":"2024-01-04T12:00Z","lines":[{"id":10,"sku":"z","parcels":[8]}],"notes":["late"]}]') \gset
CALL elt.run('del_orders');
TABLE outcome;
SELECT order_id, line_id, sku FROM lines ORDER BY 1, 2;
SELECT line_id, n, weight FROM parcels ORDER BY 1, 2;
SELECT order_id, text FROM notes ORDER BY 1, 2;
SELECT answers('[{"id":2,"at":"2024-01-06","op":"d"}]') \gset
CALL elt.run('del_orders');
TABLE outcome;
SELECT order_id, text FROM notes ORDER BY 1, 2;
SELECT elt.drop_pipeline('del_orders') \gset
DROP TABLE orders, lines, parcels, notes CASCADE;

-- A full load: orders that it lacks, at once and after they were approved; a foreign key holds all the time.
SELECT elt.create_pipeline('del_full', 'order_api', 'orders', '{id}', options => '{"load": "full", "absent": "delete", "max_delete_percent": 40}');
SELECT elt.add_child('del_full', 'line_api', 'lines', '{line_id}', '{order_id}');
SELECT elt.add_child('del_full_lines', 'parcel_api', 'parcels', '{line_id,n}', '{line_id}');
SELECT elt.add_child('del_full', 'note_api', 'notes', '{order_id,n}', '{order_id}', '{"strategy": "upsert"}');
ALTER TABLE lines ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE parcels ADD FOREIGN KEY (line_id) REFERENCES lines;
ALTER TABLE notes ADD FOREIGN KEY (order_id) REFERENCES orders;
SELECT answers('[{"id":1,"lines":[{"id":10,"parcels":[1]}],"notes":["a"]},{"id":2,"lines":[{"id":20,"parcels":[2,3]}],"notes":["b"]},{"id":3,"lines":[{"id":30,"parcels":[4]}],"notes":["c"]}]') \gset
CALL elt.run('del_full');
TABLE outcome;
SELECT answers('[{"id":1,"lines":[{"id":10,"parcels":[1]}],"notes":["a"]},{"id":3,"lines":[{"id":30,"parcels":[4]}],"notes":["c"]}]') \gset
CALL elt.run('del_full');
TABLE outcome;
SELECT answers('[{"id":1,"lines":[{"id":10,"parcels":[1]}],"notes":["a"]}]') \gset
SET client_min_messages = error;
CALL elt.run('del_full');
SET client_min_messages = warning;
TABLE outcome;
SELECT order_id, line_id FROM lines ORDER BY 1, 2;
SELECT elt.approve_deletes(max(run_id)) FROM elt.runs;
TABLE outcome;
SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM lines) AS lines, (SELECT count(*) FROM parcels) AS parcels, (SELECT count(*) FROM notes) AS notes;
SELECT elt.drop_pipeline('del_full') \gset
DROP TABLE orders, lines, parcels, notes CASCADE;

-- A history keeps its versions, and the lines of the current one.
CREATE FOREIGN TABLE dim_api (id int, at timestamptz, name text, op text) SERVER del_api OPTIONS (path '/script/del');
SELECT elt.create_pipeline('del_dim', 'dim_api', 'dim', '{id}', 'scd2', options => $${"sequence_by": ["at"], "delete_when": "op = 'd'"}$$);
SELECT elt.add_child('del_dim', 'line_api', 'lines', '{line_id}', '{order_id}');
SELECT answers('[{"id":1,"at":"2024-01-02","name":"b","lines":[{"id":10,"sku":"new"}]},{"id":1,"at":"2024-01-01","name":"a","lines":[{"id":10,"sku":"old"},{"id":11,"sku":"old"}]},
	{"id":2,"at":"2024-01-01","name":"a","lines":[{"id":20}]}]') \gset
CALL elt.run('del_dim');
TABLE outcome;
SELECT id, name, valid_from, is_current FROM dim ORDER BY 1, 3;
SELECT order_id, line_id, sku FROM lines ORDER BY 1, 2;
SELECT answers('[{"id":1,"at":"2024-01-01T12:00Z","name":"between","lines":[{"id":12,"sku":"late"}]},{"id":2,"at":"2024-01-05","op":"d","lines":[{"id":20}]}]') \gset
CALL elt.run('del_dim');
TABLE outcome;
SELECT id, name, valid_from, is_current FROM dim ORDER BY 1, 3;
SELECT order_id, line_id, sku FROM lines ORDER BY 1, 2;
-- The same version again, with other lines.
SELECT answers('[{"id":1,"at":"2024-01-02","name":"b","lines":[{"id":13,"sku":"more"}]}]') \gset
CALL elt.run('del_dim');
TABLE outcome;
SELECT order_id, line_id, sku FROM lines ORDER BY 1, 2;
SELECT elt.drop_pipeline('del_dim') \gset

DROP SCHEMA del_test CASCADE;
DROP SERVER del_api CASCADE;
