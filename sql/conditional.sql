-- Unchanged responses do not land again: by ETag, Last-Modified or a hash of the body. A response that
-- could land differently is requested without conditions.
\getenv replay ELT_REPLAY
\set VERBOSITY terse
SET datestyle = ISO;
SET timezone = 'UTC';
SET elt.retry_base = 1;
CREATE SCHEMA conditional;
SET search_path = conditional;

CREATE SERVER conditional FOREIGN DATA WRAPPER elt_http
	OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
CREATE FOREIGN TABLE script (id text OPTIONS (param 'id'), responses text OPTIONS (param 'responses'))
	SERVER conditional OPTIONS (path '/_control/script', query 'id={id}&responses={responses}');
CREATE FOREIGN TABLE requests (path text OPTIONS (param 'path'), headers jsonb)
	SERVER conditional OPTIONS (path '/_control/requests', query 'path={path}&last=1', records '$.requests[*]');
CREATE FUNCTION play(id text, VARIADIC answers jsonb[]) RETURNS void LANGUAGE sql AS $$
	SELECT FROM conditional.script s WHERE s.id = play.id AND s.responses = array_to_json(answers)::text $$;
-- The conditions of the last request
CREATE FUNCTION asked(id text) RETURNS TABLE (if_none_match text, if_modified_since text) LANGUAGE sql AS $$
	SELECT headers->>'if-none-match', headers->>'if-modified-since'
	FROM conditional.requests r WHERE r.path = '/script/' || id $$;
CREATE FUNCTION last_run() RETURNS TABLE (state text, landed bigint, unchanged bigint, failed bigint,
	read bigint, inserted bigint, updated bigint, same bigint) LANGUAGE sql AS $$
	SELECT state, slices_landed, slices_unchanged, slices_failed, rows_read, rows_inserted, rows_updated,
		rows_unchanged FROM elt.runs ORDER BY run_id DESC LIMIT 1 $$;

CREATE FOREIGN TABLE feed (id int, name text) SERVER conditional OPTIONS (path '/script/feed');
SELECT elt.create_pipeline('feed', 'conditional.feed', 'conditional.feed_rows', '{id}');

-- By a weak tag, as it is: no row is read, and the slice says when it was seen last
SELECT play('feed', '{"json": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}], "headers": {"ETag": "W/\"v1\""}}');
CALL elt.run('feed');
SELECT * FROM asked('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT * FROM last_run();
SELECT state, http_status, rows, unchanged_at >= landed_at AS seen_again FROM elt.slices WHERE pipeline = 'feed';
-- By a time, as the server wrote it; both are sent when both came
SELECT play('feed', '{"json": [{"id": 1, "name": "uno"}, {"id": 2, "name": "two"}],
	"headers": {"Last-Modified": "Tue, 02 Jan 2024 03:04:05 GMT"}}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT play('feed', '{"json": [{"id": 1, "name": "eins"}, {"id": 2, "name": "two"}],
	"headers": {"ETag": "\"v3\"", "Last-Modified": "Tue, 02 Jan 2024 03:04:06 GMT"}}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
-- A time that is no older than the answer does not tell two changes in a second apart
SELECT to_char(now() + interval '1 hour', 'Dy, DD Mon YYYY HH24:MI:SS "GMT"') AS soon \gset
SELECT play('feed', jsonb_build_object('json', '[{"id": 1, "name": "young"}]'::jsonb,
	'headers', jsonb_build_object('Last-Modified', :'soon')));
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
-- By its bytes, when the server says nothing
SELECT play('feed', '{"json": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}]}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT * FROM last_run();
SELECT id, name FROM feed_rows ORDER BY id;
-- A live SELECT sends no conditions
SELECT play('feed', '{"json": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}], "headers": {"ETag": "\"v4\""}}');
CALL elt.run('feed');
SELECT count(*) FROM feed;
SELECT * FROM asked('feed');
SELECT count(*) FROM elt.preview('feed');
SELECT * FROM asked('feed');

-- What may make the same bytes land otherwise: a check, a column, the server, the account, the target
CALL elt.run('feed');
SELECT elt.add_check('feed', 'short', 'name <> ''two''');
CALL elt.run('feed');
SELECT * FROM asked('feed');
-- and with rows kept back it stays so, since they may pass another time
CALL elt.run('feed');
SELECT elt.drop_check('feed', 'short');
CALL elt.run('feed');
SELECT * FROM last_run();
CALL elt.run('feed');
ALTER FOREIGN TABLE feed ALTER COLUMN name OPTIONS (ADD path '$[0].name');
CALL elt.run('feed');
CALL elt.run('feed');
ALTER FOREIGN TABLE feed ALTER COLUMN name OPTIONS (DROP path);
CALL elt.run('feed');
CALL elt.run('feed');
ALTER SERVER conditional OPTIONS (ADD headers 'X-Region: north');
CALL elt.run('feed');
CALL elt.run('feed');
CREATE USER MAPPING FOR CURRENT_USER SERVER conditional OPTIONS (auth 'bearer', token 'one-two-three');
CALL elt.run('feed');
CALL elt.run('feed');
ALTER USER MAPPING FOR CURRENT_USER SERVER conditional OPTIONS (SET token 'three-two-one');
CALL elt.run('feed');
CALL elt.run('feed');
DROP USER MAPPING FOR CURRENT_USER SERVER conditional;
CALL elt.run('feed');
TRUNCATE feed_rows;
CALL elt.run('feed');
SELECT * FROM last_run();
CALL elt.run('feed');
ALTER TABLE feed_rows ADD COLUMN note text;
CALL elt.run('feed');
CALL elt.run('feed');
SELECT elt.reset_pipeline('feed');
CALL elt.run('feed');
-- A crash empties an unlogged table behind everyone's back
ALTER TABLE feed_rows SET UNLOGGED;
CALL elt.run('feed');
CALL elt.run('feed');
ALTER TABLE feed_rows SET LOGGED;
CALL elt.run('feed');
CALL elt.run('feed');

-- A batch that is refused leaves what was known before it
SELECT play('feed', '{"json": [{"id": 1, "name": "bad"}], "headers": {"ETag": "\"v5\""}}');
SELECT elt.add_check('feed', 'not_bad', 'name <> ''bad''', action => 'fail');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT elt.drop_check('feed', 'not_bad');
CALL elt.run('feed');
CALL elt.run('feed');
-- In two steps: only the second one counts
SELECT play('feed', '{"json": [{"id": 1, "name": "one"}], "headers": {"ETag": "\"v6\""}}');
CALL elt.pull('feed');
CALL elt.pull('feed');
SELECT rows_read, rows_updated FROM elt.merge('feed');
CALL elt.pull('feed');
SELECT rows_read, rows_updated FROM elt.merge('feed');
SELECT state, unchanged_at IS NOT NULL AS seen_again FROM elt.slices WHERE pipeline = 'feed';

-- A failure forgets the answer
SELECT play('feed', '{"status": 410}', '{"json": [{"id": 1, "name": "one"}], "headers": {"ETag": "\"v6\""}}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
-- A 304 to a request without conditions is no answer
SELECT elt.reset_pipeline('feed');
SELECT play('feed', '{"status": 304}');
CALL elt.run('feed');
-- A server that lies
SELECT play('feed', '{"json": [{"id": 1, "name": "one"}], "headers": {"ETag": "\"always\""}}',
	'{"json": [{"id": 1, "name": "changed"}], "headers": {"ETag": "\"always\""}}');
CALL elt.run('feed');
CALL elt.run('feed');
ALTER SERVER conditional OPTIONS (ADD conditional 'false');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT name FROM feed_rows WHERE id = 1;
ALTER SERVER conditional OPTIONS (DROP conditional);
ALTER SERVER conditional OPTIONS (ADD conditional 'maybe');
-- The tag of a redirect's target is not asked with
SELECT play('moved', '{"json": [{"id": 1, "name": "far"}], "headers": {"ETag": "\"far\""}}');
SELECT play('feed', '{"status": 302, "headers": {"Location": "/script/moved"}}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT * FROM asked('moved');

-- Pages: all are fetched, without conditions, and compared as a whole
CREATE FOREIGN TABLE pages (id bigint, amount numeric) SERVER conditional OPTIONS (path '/items',
	query 'total=5', records '$.items[*]', paginate 'page_number', limit_param 'limit', page_size '2', pages_path '$.pages');
SELECT elt.create_pipeline('pages', 'conditional.pages', 'conditional.page_rows', '{id}');
CALL elt.run('pages');
CALL elt.run('pages');
SELECT requests, slices_landed, slices_unchanged, rows_read FROM elt.runs WHERE pipeline = 'pages' ORDER BY run_id;
-- A POST may change what it asks about
CREATE FOREIGN TABLE posted (id int, name text) SERVER conditional
	OPTIONS (path '/script/posted', method 'POST', body '{"all": true}');
SELECT elt.create_pipeline('posted', 'conditional.posted', 'conditional.posted_rows', '{id}');
SELECT play('posted', '{"json": [{"id": 1, "name": "one"}], "headers": {"ETag": "\"p1\""}}');
CALL elt.run('posted');
CALL elt.run('posted');
SELECT * FROM asked('posted');

-- Loads that remove what they lack see everything, each time
CREATE FOREIGN TABLE whole (id int, name text) SERVER conditional OPTIONS (path '/script/whole');
SELECT elt.create_pipeline('whole', 'conditional.whole', 'conditional.whole_rows', '{id}', options => '{"load": "full", "absent": "delete"}');
SELECT play('whole', '{"json": [{"id": 1, "name": "one"}, {"id": 2, "name": "two"}], "headers": {"ETag": "\"w1\""}}');
CALL elt.run('whole');
CALL elt.run('whole');
SELECT * FROM asked('whole');
CREATE FOREIGN TABLE swapped (id int, at timestamptz) SERVER conditional
	OPTIONS (path '/script/swapped', query 'day={window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('swapped', 'conditional.swapped', 'conditional.swapped_rows', strategy => 'replace_window',
	start_at => now());
SELECT play('swapped', jsonb_build_object('json', jsonb_build_array(jsonb_build_object('id', 1, 'at', now())),
	'headers', '{"ETag": "\"s1\""}'::jsonb));
CALL elt.run('swapped');
CALL elt.run('swapped');
SELECT * FROM asked('swapped');
SELECT count(*) FROM swapped_rows;
-- A request that goes on from where the last one ended is another one
CREATE FOREIGN TABLE since (id int, name text) SERVER conditional
	OPTIONS (path '/script/since', query 'after={cursor}', cursor_column 'id', cursor_start '0');
SELECT elt.create_pipeline('since', 'conditional.since', 'conditional.since_rows', '{id}');
SELECT play('since', '{"json": [], "headers": {"ETag": "\"e1\""}}');
CALL elt.run('since');
CALL elt.run('since');
SELECT * FROM asked('since');

-- A refresh token that rotates is the same account, another scope may not be
CREATE SERVER rotating FOREIGN DATA WRAPPER elt_http OPTIONS (url :'replay', allow_private 'true', rate_limit '10000/s');
SELECT :'replay' || '/oauth/conditional/token?rotates=1' AS token_url \gset
CREATE USER MAPPING FOR CURRENT_USER SERVER rotating OPTIONS (auth 'oauth2', "grant" 'refresh_token', token_url :'token_url',
	client_id 'me', refresh_token 'conditional-refresh-1');
CREATE FOREIGN TABLE expired (ignored text OPTIONS (path 'nothing')) SERVER conditional
	OPTIONS (path '/_control/oauth', query 'realm=conditional&expire=1', records '$');
CREATE FOREIGN TABLE items (id bigint, amount numeric) SERVER rotating OPTIONS (path '/oauth/conditional/items', query 'limit=2', records '$.items[*]');
SELECT elt.create_pipeline('rotated', 'conditional.items', 'conditional.item_rows', '{id}');
CALL elt.run('rotated');
SELECT count(*) FROM expired;
CALL elt.run('rotated');
SELECT 'refresh_token=conditional-refresh-3' = ANY (umoptions) AS rotated FROM pg_user_mappings WHERE srvname = 'rotating';
ALTER USER MAPPING FOR CURRENT_USER SERVER rotating OPTIONS (ADD scope 'more');
CALL elt.run('rotated');

-- A tag that repeats the secret is neither kept nor sent: the bytes tell.
CREATE USER MAPPING FOR CURRENT_USER SERVER conditional OPTIONS (auth 'bearer', token 's3cr3t-tag-91');
SELECT play('feed', '{"json": [{"id": 1, "name": "one"}], "headers": {"ETag": "\"of-s3cr3t-tag-91\""}}');
CALL elt.run('feed');
CALL elt.run('feed');
SELECT * FROM asked('feed');
SELECT * FROM last_run();
SELECT count(*) FROM elt_catalog.slice WHERE etag LIKE '%s3cr3t%';
DROP USER MAPPING FOR CURRENT_USER SERVER conditional;

-- Windows: those behind the cursor that are asked again, and one that ends meanwhile. Named ones are
-- asked for without conditions.
CREATE FOREIGN TABLE daily (id int, at timestamptz) SERVER conditional
	OPTIONS (path '/script/daily', query 'day={window_start}', window '1 day', window_column 'at', window_format 'YYYY-MM-DD');
SELECT elt.create_pipeline('daily', 'conditional.daily', 'conditional.daily_rows', '{id}',
	start_at => now() - interval '3 days', lookback => '2 days');
SELECT play('daily', jsonb_build_object('json', jsonb_build_array(jsonb_build_object('id', 1, 'at', now())),
	'headers', '{"ETag": "\"d1\""}'::jsonb));
CALL elt.run('daily');
CALL elt.run('daily');
SELECT window_end - date_trunc('day', now()) AS cursor FROM elt.cursors WHERE pipeline = 'daily';
UPDATE elt_catalog.slice s SET complete = false FROM elt_catalog.pipeline p WHERE p.id = s.pipeline_id
	AND p.name = 'daily' AND window_start = date_trunc('day', now()) - interval '1 day';
UPDATE elt_catalog.cursor c SET window_end = date_trunc('day', now()) - interval '1 day'
	FROM elt_catalog.pipeline p WHERE p.id = c.pipeline_id AND p.name = 'daily';
CALL elt.run('daily');
SELECT window_end - date_trunc('day', now()) AS cursor FROM elt.cursors WHERE pipeline = 'daily';
SELECT date_trunc('day', now()) - interval '1 day' AS yesterday, date_trunc('day', now()) AS today \gset
CALL elt.run('daily', :'yesterday', :'today');
SELECT * FROM asked('daily');

SELECT elt.drop_pipeline(name) FROM elt.pipelines ORDER BY name;
SET client_min_messages = warning;
DROP SCHEMA conditional CASCADE;
DROP SERVER conditional;
DROP SERVER rotating CASCADE;
