-- Tokens of APIs from which the next run continues, several lists in a page, and lists that change.
CREATE SCHEMA sync_test;
SET search_path = sync_test;
SET timezone = 'UTC';
SET datestyle = ISO;
SET elt.retry_base = '2ms';
\getenv replay ELT_REPLAY
CREATE SERVER sync_api FOREIGN DATA WRAPPER elt_http OPTIONS (
	url :'replay', allow_private 'true', rate_limit '10000/s', max_attempts '3', concurrency '1');
CREATE FOREIGN TABLE control (ignored text OPTIONS (path 'nothing'), id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER sync_api OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FUNCTION plays(name text, answers jsonb) RETURNS bigint LANGUAGE sql AS
	'SELECT count(*) FROM sync_test.control WHERE id = $1 AND responses = $2::text';
CREATE FOREIGN TABLE sent (url text, method text, body text, path text OPTIONS (param 'path')) SERVER sync_api
	OPTIONS (path '/_control/requests', query 'path={path}', records '$.requests[*]');

-- Declared wrongly
\set VERBOSITY terse
CREATE FOREIGN TABLE refused (id int) SERVER sync_api OPTIONS (paginate 'cursor', cursor_path '$.c', resume_path '$.c');
CREATE FOREIGN TABLE refused (id int) SERVER sync_api OPTIONS (paginate 'page_number', stop_on 'empty_page', resume_path '$.c');
CREATE FOREIGN TABLE refused (id int) SERVER sync_api OPTIONS (paginate 'next_url', next_path '$.n', resume_path '$.c', cursor_column 'id');
CREATE FOREIGN TABLE refused (id int) SERVER sync_api OPTIONS (paginate 'next_url', next_path '$.n', resume_path '$.c', window '1 day', window_column 'id');
CREATE FOREIGN TABLE refused (id int) SERVER sync_api OPTIONS (records '$.a[*], $.b[');
CREATE FOREIGN TABLE refused (id int) SERVER sync_api OPTIONS (records '$.a[*], $.b[*]', paginate 'last_record', record_id_path 'id', stop_on 'empty_page');
CREATE FOREIGN TABLE refused (id int OPTIONS (lineage 'line')) SERVER sync_api;
CREATE FOREIGN TABLE refused (id int OPTIONS (lineage 'arrival', path 'id')) SERVER sync_api;
CREATE FOREIGN TABLE refused (id int OPTIONS (lineage 'records', param 'id')) SERVER sync_api;
CREATE FOREIGN TABLE refused (id int OPTIONS (lineage 'arrival')) SERVER sync_api;
SELECT * FROM refused;
DROP FOREIGN TABLE refused;

-- Several lists: all of the first, then all of the second; which one it was, and the order of arrival
CREATE FOREIGN TABLE lists (
	id int, of text OPTIONS (path '$.meta.of'), list text OPTIONS (lineage 'records'), nr bigint OPTIONS (lineage 'arrival'),
	name text OPTIONS (param 'name')
) SERVER sync_api OPTIONS (path '/script/{name}', records '$.old[*], $."new, and
shiny"[*].items[*], $.gone.keyvalue().value');
SELECT plays('lists', '[{"json": {"gone": {"x": {"id": 7}, "y": {"id": 8}}, "new, and\nshiny": [{"items": [{"id": 4}, {"id": 5}]}, {"items": [{"id": 6}]}],
	"old": [{"id": 1}, {"id": 2}, {"id": 3}], "meta": {"of": "page"}}}]');
SELECT id, of, list, nr > lag(nr) OVER () AS rises FROM lists WHERE name = 'lists';
SELECT plays('lists', '[{"json": {"gone": null, "new, and\nshiny": [], "old": [], "meta": {}}}]');
SELECT count(*) FROM lists WHERE name = 'lists';
SELECT plays('lists', '[{"json": {"gone": {}, "old": [], "meta": {}}}]');
SELECT count(*) FROM lists WHERE name = 'lists';
SELECT plays('lists', '[{"json": {"gone": {"x": {"id": "ten"}}, "new, and\nshiny": [{"items": [{"id": 1}]}], "old": [{"id": 2}], "meta": {}}}]');
SELECT * FROM lists WHERE name = 'lists';
\set VERBOSITY default

-- A feed of changes: added, modified, removed, and a cursor to go on from
CREATE FOREIGN TABLE feed (
	id text, amount numeric, change text OPTIONS (lineage 'records'), nr bigint OPTIONS (lineage 'arrival')
) SERVER sync_api OPTIONS (path '/script/feed', method 'POST', body '{"count": 2}',
	records '$.added[*], $.modified[*], $.removed[*]',
	paginate 'cursor', cursor_path '$.next_cursor', has_more_path '$.has_more', resume_path '$.next_cursor',
	restart_on '400 $.error_code="TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"', retry_on '400 $.error_code="PRODUCT_NOT_READY"');
SELECT elt.create_pipeline('feed', 'sync_test.feed', 'sync_test.landed', '{id}',
	options => $${"sequence_by": ["nr"], "delete_when": "change = 'removed'"}$$);
CREATE VIEW state AS SELECT id, amount, change, _deleted FROM landed ORDER BY id;
SELECT plays('feed', '[{"json": {"added": [{"id": "a", "amount": 1}, {"id": "b", "amount": 2}], "modified": [], "removed": [], "next_cursor": "c1", "has_more": true}},
	{"json": {"added": [{"id": "c", "amount": 3}], "modified": [{"id": "a", "amount": 1.5}], "removed": [], "next_cursor": "c2", "has_more": false}}]');
CALL elt.run('feed');
SELECT * FROM state;
SELECT params, position FROM elt.cursors WHERE pipeline = 'feed';
-- Nothing new: the same cursor again is no loop
SELECT plays('feed', '[{"json": {"added": [], "modified": [], "removed": [], "next_cursor": "c2", "has_more": false}}]');
CALL elt.run('feed');
-- Within a page what is removed is removed last; a row that comes back is back.
SELECT plays('feed', '[{"json": {"added": [{"id": "d", "amount": 4}], "modified": [{"id": "b", "amount": 2.5}], "removed": [{"id": "b"}, {"id": "c"}], "next_cursor": "c3", "has_more": true}},
	{"json": {"added": [{"id": "c", "amount": 30}], "modified": [], "removed": [], "next_cursor": "c4", "has_more": false}}]');
CALL elt.run('feed');
SELECT * FROM state;
SELECT body FROM sent WHERE path = '/script/feed';

-- The list changes while it is read: its first cursor again, and no row of the abandoned pages
SELECT plays('feed', '[{"json": {"added": [{"id": "ghost", "amount": 0}], "modified": [], "removed": [], "next_cursor": "x1", "has_more": true}},
	{"status": 400, "json": {"error_code": "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"}},
	{"json": {"added": [{"id": "e", "amount": 5}], "modified": [], "removed": [], "next_cursor": "x1", "has_more": true}},
	{"status": 400, "json": {"error_code": "PRODUCT_NOT_READY"}},
	{"json": {"added": [], "modified": [], "removed": [{"id": "a"}], "next_cursor": "c5", "has_more": false}}]');
CALL elt.run('feed');
SELECT * FROM state;
SELECT (body::json ->> 'cursor') AS asked FROM (SELECT body, row_number() OVER () AS n FROM sent WHERE path = '/script/feed') s WHERE n > 5;
-- max_attempts times in all
SELECT plays('feed', '[{"json": {"added": [{"id": "ghost", "amount": 0}], "modified": [], "removed": [], "next_cursor": "x1", "has_more": true}},
	{"status": 400, "json": {"error_code": "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"}}]');
\set VERBOSITY terse
CALL elt.run('feed');
\set VERBOSITY default
SELECT attempts, http_status, rows, error FROM elt.slices WHERE pipeline = 'feed';
SELECT count(*) FROM landed WHERE id = 'ghost';
-- Neither a failure nor a batch that is refused moves the cursor, and a page without one leaves it.
SELECT position FROM elt.cursors WHERE pipeline = 'feed';
SELECT elt.add_check('feed', 'known', 'amount < 100', action => 'fail');
SELECT plays('feed', '[{"json": {"added": [{"id": "f", "amount": 600}], "modified": [], "removed": [], "next_cursor": "c6", "has_more": false}}]');
\set VERBOSITY terse
CALL elt.run('feed');
\set VERBOSITY default
SELECT elt.drop_check('feed', 'known');
SELECT position FROM elt.cursors WHERE pipeline = 'feed';
SELECT plays('feed', '[{"json": {"added": [{"id": "f", "amount": 600}], "modified": [], "removed": [], "next_cursor": "", "has_more": false}}]');
CALL elt.run('feed');
SELECT position FROM elt.cursors WHERE pipeline = 'feed';
-- The cursor that was asked with is a page that was seen.
SELECT plays('feed', '[{"json": {"added": [], "modified": [], "removed": [], "next_cursor": "c5", "has_more": true}}]');
\set VERBOSITY terse
CALL elt.run('feed');
-- A SELECT begins with the first page.
SELECT plays('feed', '[{"json": {"added": [{"id": "g"}], "modified": [], "removed": [], "next_cursor": "c7", "has_more": false}}]');
SELECT id, change FROM feed;
SELECT body FROM sent WHERE path = '/script/feed' OFFSET (SELECT count(*) - 1 FROM sent WHERE path = '/script/feed');
SELECT elt.alter_pipeline('feed', start_at => '2024-01-01');
SELECT position FROM elt.cursors WHERE pipeline = 'feed';
SELECT elt.reset_pipeline('feed', '2024-01-01');
SELECT elt.reset_pipeline('feed');
SELECT count(*) FROM elt.cursors WHERE pipeline = 'feed';
SELECT elt.drop_pipeline('feed');

-- Delta links: pages by URL, and another URL to go on from; each combination of params has its own.
CREATE FOREIGN TABLE delta (id int, folder text OPTIONS (param 'folder')) SERVER sync_api OPTIONS (path '/script/{folder}', query 'top=2',
	records '$.value[*]', paginate 'next_url', next_path '$."@odata.nextLink"', resume_path '$."@odata.deltaLink"');
SELECT elt.create_pipeline('delta', 'sync_test.delta', 'sync_test.delta_rows', '{folder,id}', params => '{"folder": ["in", "out"]}');
SELECT plays('in', '[{"json": {"value": [{"id": 1}], "@odata.nextLink": "/script/in?skip=1"}}, {"json": {"value": [{"id": 2}], "@odata.deltaLink": "/script/in?delta=A"}}, {"json": {"value": [{"id": 3}], "@odata.deltaLink": "/script/in?delta=B"}}]');
SELECT plays('out', '[{"json": {"value": [], "@odata.deltaLink": "/script/out?delta=Z"}}]');
CALL elt.run('delta');
CALL elt.run('delta');
SELECT params, regexp_replace(position, '^http://[^/]*', 'replay') AS position FROM elt.cursors WHERE pipeline = 'delta';
SELECT substring(url FROM '[?].*') AS asked FROM sent WHERE path = '/script/in';
SELECT folder, id FROM delta_rows ORDER BY 1, 2;
-- The same bytes again are landed again: the request was another one.
CALL elt.run('delta');
-- What is kept can be read by all who may see elt.cursors: it must not repeat a secret.
CREATE USER MAPPING FOR CURRENT_USER SERVER sync_api OPTIONS (auth 'query', param 'key', value 's3cret/4711');
SELECT plays('in', '[{"json": {"value": [{"id": 4}], "@odata.deltaLink": "/script/in?delta=C&key=s3cret%2F4711"}}]');
CALL elt.run('delta');
SELECT count(*) FROM elt.cursors WHERE position LIKE '%s3cret%';
DROP USER MAPPING FOR CURRENT_USER SERVER sync_api;
-- What goes on where the last run ended is not all of a window, whenever the definition becomes such.
\set VERBOSITY default
SELECT elt.create_pipeline('days', 'sync_test.feed', 'sync_test.days_landed', strategy => 'replace_window', start_at => '2024-01-01');
\set VERBOSITY terse
CREATE FOREIGN TABLE days (at timestamptz, id text) SERVER sync_api OPTIONS (path '/script/days', query 'from={window_start}',
	records '$.items[*]', window '1 day', window_column 'at');
SELECT elt.create_pipeline('days', 'sync_test.days', 'sync_test.days_landed', strategy => 'replace_window', start_at => '2024-01-01');
SELECT plays('days', '[{"json": {"items": [{"at": "2024-01-01T01:00:00Z", "id": "a"}, {"at": "2024-01-01T02:00:00Z", "id": "b"}]}},
	{"json": {"items": [{"at": "2024-01-01T03:00:00Z", "id": "c"}], "next": "n", "more": false}}]');
CALL elt.run('days', '2024-01-01', '2024-01-02');
ALTER FOREIGN TABLE days OPTIONS (DROP window, DROP window_column, SET query 'count=2', ADD paginate 'cursor',
	ADD cursor_path '$.next', ADD has_more_path '$.more', ADD resume_path '$.next');
CALL elt.run('days');
CALL elt.pull('days');
ALTER FOREIGN TABLE days OPTIONS (DROP paginate, DROP cursor_path, DROP has_more_path, DROP resume_path, SET query 'from={cursor}',
	ADD cursor_column 'at');
\set VERBOSITY default
CALL elt.run('days');
\set VERBOSITY terse
SELECT id FROM days_landed ORDER BY at;
SELECT elt.drop_pipeline('days');
-- Never to another origin, whichever has changed
SELECT plays('in', '[{"json": {"value": [{"id": 4}], "@odata.deltaLink": "http://169.254.169.254/latest"}}]');
CALL elt.run('delta');
ALTER SERVER sync_api OPTIONS (SET url 'http://127.0.0.1:9');
DO $$
BEGIN
	PERFORM elt.preview('delta', 1);
EXCEPTION WHEN OTHERS THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, '127.0.0.1:\d\d+', 'replay');
END $$;
SELECT elt.drop_pipeline('delta');

DROP SERVER sync_api CASCADE;
DROP SCHEMA sync_test CASCADE;
