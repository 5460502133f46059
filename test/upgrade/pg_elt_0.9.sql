-- What an installation of pg_elt 0.9 dumped: pipelines of every strategy with what they had loaded, in
-- a database whose elt_catalog.home.id was 00000000-0000-4000-8000-000000000009. Its times are set back to
-- 2024, and it needs the role analyst with what 095_upgrade.pl grants.
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.answers(slice text, body text) RETURNS bigint
    LANGUAGE sql
    AS $$SELECT count(*) FROM script WHERE id = slice
		AND responses = jsonb_build_array(CASE body WHEN 'fails' THEN '{"status": 400}'
			ELSE jsonb_build_object('body', body) END)::text$$;
ALTER FUNCTION public.answers(slice text, body text) OWNER TO analyst;
CREATE SERVER files FOREIGN DATA WRAPPER elt_file OPTIONS (
    root '/tmp'
);
CREATE SERVER replay FOREIGN DATA WRAPPER elt_http OPTIONS (
    allow_private 'true',
    quota '1000/month',
    rate_limit '10000/s',
    url 'http://127.0.0.1:1'
);
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE UNLOGGED TABLE elt_staging.customers (
    id bigint,
    city text,
    changed_at timestamp with time zone,
    op text,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE UNLOGGED TABLE elt_staging."customers$affected" (
    id bigint,
    _lo timestamp with time zone,
    _pivot timestamp with time zone,
    _clip timestamp with time zone,
    _run_id bigint,
    _loaded_at timestamp with time zone
)
WITH (autovacuum_enabled='false');
CREATE UNLOGGED TABLE elt_staging."customers$event" (
    id bigint,
    city text,
    changed_at timestamp with time zone,
    op text,
    _deleted boolean,
    _hash bigint,
    _row_hash bigint,
    _run_id bigint,
    _loaded_at timestamp with time zone,
    _lost boolean,
    _fate text,
    _is_tie boolean
)
WITH (autovacuum_enabled='false');
CREATE UNLOGGED TABLE elt_staging."customers$had" (
    _sk bigint,
    id bigint,
    _hash bigint,
    valid_from timestamp with time zone,
    valid_to timestamp with time zone
)
WITH (autovacuum_enabled='false');
CREATE UNLOGGED TABLE elt_staging."customers$left" (
    id bigint,
    city text,
    changed_at timestamp with time zone,
    op text,
    _deleted boolean,
    _hash bigint,
    _row_hash bigint,
    _run_id bigint,
    _loaded_at timestamp with time zone,
    _lost boolean
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.customer_api (
    id bigint,
    city text,
    changed_at timestamp with time zone,
    op text
)
SERVER replay
OPTIONS (
    path '/script/customers'
);
ALTER FOREIGN TABLE public.customer_api OWNER TO analyst;
CREATE VIEW elt_staging."customers$source" AS
 SELECT
   FROM public.customer_api;
ALTER TABLE elt_staging."customers$source" OWNER TO analyst;
CREATE UNLOGGED TABLE elt_staging."customers$wanted" (
    _sk bigint,
    _is_new boolean,
    id bigint,
    city text,
    op text,
    _begins timestamp with time zone,
    valid_from timestamp with time zone,
    valid_to timestamp with time zone,
    _hash bigint,
    _deleted boolean,
    _run_id bigint,
    _loaded_at timestamp with time zone
)
WITH (autovacuum_enabled='false');
CREATE UNLOGGED TABLE elt_staging.events (
    id bigint,
    at timestamp with time zone,
    note text,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.event_api (
    id bigint,
    at timestamp with time zone,
    note text
)
SERVER replay
OPTIONS (
    path '/script/events'
);
ALTER FOREIGN TABLE public.event_api OWNER TO analyst;
CREATE VIEW elt_staging."events$source" AS
 SELECT
   FROM public.event_api;
ALTER TABLE elt_staging."events$source" OWNER TO analyst;
CREATE UNLOGGED TABLE elt_staging.orders (
    id bigint,
    amount numeric,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.order_file (
    id bigint,
    amount numeric
)
SERVER files
OPTIONS (
    glob '*.csv'
);
ALTER FOREIGN TABLE public.order_file OWNER TO analyst;
CREATE VIEW elt_staging."orders$source" AS
 SELECT
   FROM public.order_file;
ALTER TABLE elt_staging."orders$source" OWNER TO analyst;
CREATE UNLOGGED TABLE elt_staging.prices (
    zone text,
    ts timestamp with time zone,
    price numeric,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.price_api (
    zone text,
    ts timestamp with time zone,
    price numeric
)
SERVER replay
OPTIONS (
    not_yet_on '404 text/plain',
    path '/price',
    query 'bzn={bzn}&start={window_start}&end={window_last}',
    records '$',
    "window" '1 day',
    window_column 'ts',
    window_format 'YYYY-MM-DD',
    window_time_zone 'Europe/Berlin'
);
ALTER FOREIGN TABLE public.price_api ALTER COLUMN zone OPTIONS (
    param 'bzn'
);
ALTER FOREIGN TABLE public.price_api ALTER COLUMN ts OPTIONS (
    format 'unix',
    path '$.unix_seconds[*]'
);
ALTER FOREIGN TABLE public.price_api ALTER COLUMN price OPTIONS (
    path '$.price[*]'
);
ALTER FOREIGN TABLE public.price_api OWNER TO analyst;
CREATE VIEW elt_staging."prices$source" AS
 SELECT
   FROM public.price_api;
ALTER TABLE elt_staging."prices$source" OWNER TO analyst;
CREATE UNLOGGED TABLE elt_staging.readings (
    id bigint,
    version integer,
    value double precision,
    op text,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.reading_api (
    id bigint,
    version integer,
    value double precision,
    op text
)
SERVER replay
OPTIONS (
    path '/script/readings'
);
ALTER FOREIGN TABLE public.reading_api ALTER COLUMN op OPTIONS (
    optional 'true'
);
ALTER FOREIGN TABLE public.reading_api OWNER TO analyst;
CREATE VIEW elt_staging."readings$source" AS
 SELECT
   FROM public.reading_api;
ALTER TABLE elt_staging."readings$source" OWNER TO analyst;
CREATE UNLOGGED TABLE elt_staging.sales (
    country text,
    at timestamp with time zone,
    item text,
    price numeric,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.sale_api (
    country text,
    at timestamp with time zone,
    item text,
    price numeric
)
SERVER replay
OPTIONS (
    not_yet_on '404 text/plain',
    path '/script/sales-{country}-{window_start}',
    "window" '1 day',
    window_column 'at',
    window_format 'YYYY-MM-DD'
);
ALTER FOREIGN TABLE public.sale_api ALTER COLUMN country OPTIONS (
    param 'country'
);
ALTER FOREIGN TABLE public.sale_api OWNER TO analyst;
CREATE VIEW elt_staging."sales$source" AS
 SELECT
   FROM public.sale_api;
ALTER TABLE elt_staging."sales$source" OWNER TO analyst;
CREATE UNLOGGED TABLE elt_staging.stock (
    id bigint,
    item text,
    _run_id bigint NOT NULL,
    _loaded_at timestamp with time zone NOT NULL,
    _failed bigint
)
WITH (autovacuum_enabled='false');
CREATE UNLOGGED TABLE elt_staging."stock$absent" (
    id bigint,
    _key jsonb
)
WITH (autovacuum_enabled='false');
CREATE FOREIGN TABLE public.stock_api (
    id bigint,
    item text
)
SERVER replay
OPTIONS (
    path '/script/stock'
);
ALTER FOREIGN TABLE public.stock_api OWNER TO analyst;
CREATE VIEW elt_staging."stock$source" AS
 SELECT
   FROM public.stock_api;
ALTER TABLE elt_staging."stock$source" OWNER TO analyst;
CREATE TABLE public.dim_customer (
    _sk bigint NOT NULL,
    id bigint NOT NULL,
    city text,
    op text,
    _hash bigint,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    is_current boolean GENERATED ALWAYS AS ((valid_to = 'infinity'::timestamp with time zone)) STORED,
    _run_id bigint,
    _loaded_at timestamp with time zone,
    CONSTRAINT dim_customer_check CHECK ((valid_from < valid_to))
);
ALTER TABLE public.dim_customer OWNER TO analyst;
ALTER TABLE public.dim_customer ALTER COLUMN _sk ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.dim_customer__sk_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.dim_customer_observed (
    id bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    city text,
    op text,
    _deleted boolean NOT NULL,
    _hash bigint,
    _row_hash bigint NOT NULL,
    _run_id bigint,
    _loaded_at timestamp with time zone,
    _pruned boolean DEFAULT false NOT NULL
);
ALTER TABLE public.dim_customer_observed OWNER TO analyst;
CREATE TABLE public.dim_customer_restated (
    _batch bigint NOT NULL,
    id bigint NOT NULL,
    _old_sk bigint NOT NULL,
    _new_sk bigint NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    valid_to timestamp with time zone NOT NULL,
    _run_id bigint,
    _loaded_at timestamp with time zone
);
ALTER TABLE public.dim_customer_restated OWNER TO analyst;
CREATE TABLE public.event (
    id bigint NOT NULL,
    at timestamp with time zone,
    note text,
    _run_id bigint,
    _loaded_at timestamp with time zone
);
ALTER TABLE public.event OWNER TO analyst;
CREATE TABLE public.fact_order (
    order_id integer,
    id bigint,
    ordered_at timestamp with time zone,
    customer_sk bigint
);
ALTER TABLE public.fact_order OWNER TO analyst;
CREATE TABLE public.orders (
    id bigint NOT NULL,
    amount numeric,
    _run_id bigint,
    _loaded_at timestamp with time zone
);
ALTER TABLE public.orders OWNER TO analyst;
CREATE TABLE public.price (
    zone text NOT NULL,
    ts timestamp with time zone NOT NULL,
    price numeric,
    _run_id bigint,
    _loaded_at timestamp with time zone
)
PARTITION BY RANGE (ts);
ALTER TABLE public.price OWNER TO analyst;
CREATE TABLE public.price_p20240301 (
    zone text NOT NULL,
    ts timestamp with time zone NOT NULL,
    price numeric,
    _run_id bigint,
    _loaded_at timestamp with time zone
);
ALTER TABLE public.price_p20240301 OWNER TO analyst;
CREATE TABLE public.reading (
    id bigint NOT NULL,
    version integer,
    value double precision,
    op text,
    _run_id bigint,
    _loaded_at timestamp with time zone,
    _deleted boolean DEFAULT false NOT NULL
);
ALTER TABLE public.reading OWNER TO analyst;
CREATE VIEW public.reading_live AS
 SELECT reading.id,
    reading.version,
    reading.value,
    reading.op,
    reading._run_id,
    reading._loaded_at
   FROM public.reading
  WHERE (reading._deleted IS NOT TRUE);
ALTER TABLE public.reading_live OWNER TO analyst;
CREATE TABLE public.sale (
    country text,
    at timestamp with time zone,
    item text,
    price numeric,
    _run_id bigint,
    _loaded_at timestamp with time zone
);
ALTER TABLE public.sale OWNER TO analyst;
CREATE FOREIGN TABLE public.script (
    id text,
    responses text
)
SERVER replay
OPTIONS (
    path '/_control/script',
    query 'id={id}&responses={responses}'
);
ALTER FOREIGN TABLE public.script ALTER COLUMN id OPTIONS (
    param 'id'
);
ALTER FOREIGN TABLE public.script ALTER COLUMN responses OPTIONS (
    param 'responses'
);
ALTER FOREIGN TABLE public.script OWNER TO analyst;
CREATE TABLE public.stock (
    id bigint NOT NULL,
    item text,
    _run_id bigint,
    _loaded_at timestamp with time zone
);
ALTER TABLE public.stock OWNER TO analyst;
ALTER TABLE ONLY public.price ATTACH PARTITION public.price_p20240301 FOR VALUES FROM ('2024-02-29 23:00:00+00') TO ('2024-03-31 22:00:00+00');
COPY elt_catalog.pipeline (id, name, owner, source, target, key, strategy, load, params, params_query, start_at, lookback, publication_delay, not_yet_limit, cursor_column, fail_after, sequence_by, delete_when, tombstone_retention, update_columns, insert_only_columns, track_columns, deletes, first_valid_from, late_horizon, late_policy, absent, max_delete_percent, min_rows_percent, partition_by, max_future, max_new_partitions, batch_rows, batch_bytes, batch_seconds, max_reject_percent, on_missing_field, max_attempts, schedule, paused, definition_version, options, home, created_at, changed_at) FROM stdin;
1	prices	analyst	public.price_api	public.price	{zone,ts}	upsert	incremental	{"bzn": ["DE-LU", "FR"]}	\N	2024-03-01 00:00:00+00	1 day	24020:14:23.821677	2 days	\N	\N	{}	\N	\N	{}	{}	{}	close	event	\N	rebuild	ignore	10	50	ts	1 day	50	50	268435456	60	50	warn	3	5 0 * * *	f	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:23.821677+00	2024-06-03 20:14:23.821677+00
2	events	analyst	public.event_api	public.event	{id}	append	incremental	{}	\N	\N	00:00:00	00:00:00	\N	\N	\N	{}	\N	\N	{}	{}	{}	close	event	\N	rebuild	ignore	10	50	\N	1 day	50	200000	268435456	60	80	warn	5	\N	f	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:24.039685+00	2024-06-03 20:14:24.039685+00
3	customers	analyst	public.customer_api	public.dim_customer	{id}	scd2	incremental	{}	\N	\N	00:00:00	00:00:00	\N	\N	\N	{changed_at}	op = 'd'	\N	{}	{}	{city}	close	event	100 years	rebuild	ignore	10	50	\N	1 day	50	200000	268435456	60	50	warn	5	\N	f	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:24.154566+00	2024-06-03 20:14:24.154566+00
4	sales	analyst	public.sale_api	public.sale	{}	replace_window	incremental	{"country": ["de"]}	\N	2024-01-01 00:00:00+00	00:00:00	25472:14:24.453674	\N	\N	\N	{}	\N	\N	{}	{}	{}	close	event	\N	rebuild	ignore	10	50	\N	1 day	50	200000	268435456	60	50	warn	5	\N	f	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:24.453674+00	2024-06-03 20:14:24.453674+00
5	stock	analyst	public.stock_api	public.stock	{id}	upsert	full	{}	\N	\N	00:00:00	00:00:00	\N	\N	\N	{}	\N	\N	{}	{}	{}	close	event	\N	rebuild	delete	10	50	\N	1 day	50	200000	268435456	60	50	warn	5	\N	f	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:24.544214+00	2024-06-03 20:14:24.544214+00
6	readings	analyst	public.reading_api	public.reading	{id}	upsert	incremental	{}	\N	\N	00:00:00	00:00:00	\N	\N	\N	{version}	op = 'd'	100 years	{}	{op}	{}	close	event	\N	rebuild	ignore	10	50	\N	1 day	50	200000	268435456	60	50	warn	5	\N	t	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:24.688245+00	2024-06-03 20:14:24.688245+00
7	orders	analyst	public.order_file	public.orders	{id}	upsert	incremental	{}	\N	\N	00:00:00	00:00:00	\N	\N	\N	{}	\N	\N	{}	{}	{}	close	event	\N	rebuild	ignore	10	50	\N	1 day	50	200000	268435456	60	50	warn	5	\N	f	1	{}	00000000-0000-4000-8000-000000000009	2024-06-03 20:14:24.851926+00	2024-06-03 20:14:24.851926+00
\.
COPY elt_catalog.run (id, pipeline_id, kind, state, origin, requested_by, enqueued_at, not_before, postponed_at, attempt, retry_of, started_at, finished_at, pid, backend_start, window_from, window_to, batches, slices_landed, slices_unchanged, slices_not_yet, slices_failed, requests, bytes, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_deleted, rows_stale, rows_duplicate, rows_conflicting, rows_quarantined, rows_dropped, rows_held, rows_removed, partitions, max_event_time, wal_lsn, sqlstate, error, detail, hint) FROM stdin;
5	3	incremental	succeeded	call	analyst	2024-06-03 20:14:24.328767+00	\N	\N	1	\N	2024-06-03 20:14:24.329162+00	2024-06-03 20:14:24.440726+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	55	1	1	0	0	0	0	0	0	0	0	0	0	{}	\N	0/220D118	\N	\N	\N	\N
9	6	incremental	succeeded	call	analyst	2024-06-03 20:14:24.718153+00	\N	\N	1	\N	2024-06-03 20:14:24.718572+00	2024-06-03 20:14:24.776133+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	126	3	2	0	0	1	0	0	0	0	0	0	0	{}	\N	0/22390B0	\N	\N	\N	\N
6	4	incremental	succeeded	call	analyst	2024-06-03 20:14:24.488811+00	\N	\N	1	\N	2024-06-03 20:14:24.489292+00	2024-06-03 20:14:24.533521+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	1	0	2	156	2	2	0	0	0	0	0	0	0	0	0	0	{}	\N	0/221A5D0	\N	\N	\N	\N
1	1	incremental	succeeded	call	analyst	2024-06-03 20:14:23.866085+00	\N	\N	1	\N	2024-06-03 20:14:23.866883+00	2024-06-03 20:14:24.037848+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	3	6	0	0	0	6	3488	144	105	0	0	0	0	0	0	39	0	0	0	{"[2024-02-29 23:00:00+00, 2024-03-31 22:00:00+00)"}	\N	0/21D0CB8	\N	\N	\N	\N
2	2	incremental	succeeded	call	analyst	2024-06-03 20:14:24.068222+00	\N	\N	1	\N	2024-06-03 20:14:24.068747+00	2024-06-03 20:14:24.109445+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	97	3	2	0	0	0	0	0	0	1	0	0	0	{}	\N	0/21DD580	\N	\N	\N	\N
7	5	full	succeeded	call	analyst	2024-06-03 20:14:24.572623+00	\N	\N	1	\N	2024-06-03 20:14:24.573253+00	2024-06-03 20:14:24.609619+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	292	10	10	0	0	0	0	0	0	0	0	0	0	{}	\N	0/2225998	\N	\N	\N	\N
3	2	incremental	failed	call	analyst	2024-06-03 20:14:24.113778+00	\N	\N	1	\N	2024-06-03 20:14:24.114203+00	2024-06-03 20:14:24.150338+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	0	0	0	1	1	0	0	0	0	0	0	0	0	0	0	0	0	0	{}	\N	0/21DEEF0	EL006	pipeline "events": server "replay" returned HTTP 400 with an empty body	Slice {} was asked for with GET http://127.0.0.1:1/script/events. The answer is text/plain of 0 bytes.	The server refuses these params or this window: compare the URL with the API's documentation. SELECT * FROM elt.slices WHERE pipeline = 'events' AND status = 'failed' shows every failed slice; the next run asks for them again.
4	3	incremental	succeeded	call	analyst	2024-06-03 20:14:24.196553+00	\N	\N	1	\N	2024-06-03 20:14:24.197042+00	2024-06-03 20:14:24.313406+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	165	3	3	0	0	0	0	0	0	0	0	0	0	{}	\N	0/21F6000	\N	\N	\N	\N
10	6	incremental	succeeded	call	analyst	2024-06-03 20:14:24.796507+00	\N	\N	1	\N	2024-06-03 20:14:24.796979+00	2024-06-03 20:14:24.839394+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	511	20	17	2	0	0	1	0	0	0	0	0	0	{}	\N	0/223AAB8	\N	\N	\N	\N
8	5	full	succeeded	call	analyst	2024-06-03 20:14:24.623693+00	\N	\N	1	\N	2024-06-03 20:14:24.62421+00	2024-06-03 20:14:24.676939+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	174	6	0	0	6	0	0	0	0	0	0	4	0	{}	\N	0/22276F8	\N	\N	Deletion of 4 rows missing from the full load is held. 4 of 10 rows of the target are absent: 40 % is more than max_delete_percent (10).	SELECT elt.approve_deletes(8) deletes them; SELECT * FROM elt.pending_deletes shows them.
11	7	incremental	succeeded	call	analyst	2024-06-03 20:14:24.877281+00	\N	\N	1	\N	2024-06-03 20:14:24.87778+00	2024-06-03 20:14:24.913315+00	24099	2024-06-03 20:14:23.799065+00	\N	\N	1	1	0	0	0	1	23	2	2	0	0	0	0	0	0	0	0	0	0	{}	\N	0/22466E8	\N	\N	\N	\N
\.
COPY elt_catalog.check_result (run_id, batch, check_name, action, rows_checked, rows_failed, passed) FROM stdin;
1	1	cheap	quarantine	72	25	f
1	1	positive	warn	72	16	f
1	2	cheap	quarantine	72	14	f
1	2	positive	warn	72	40	f
1	3	cheap	quarantine	0	0	t
1	3	positive	warn	0	0	t
\.
COPY elt_catalog.check_rule (id, pipeline_id, name, expression, action, options, native, created_at) FROM stdin;
1	1	cheap	price < 80	quarantine	{}	t	2024-06-03 20:14:23.860202+00
2	1	positive	price >= 60	warn	{}	t	2024-06-03 20:14:23.865106+00
\.
COPY elt_catalog.complete_load (pipeline_id, run_id, rows, landed_at) FROM stdin;
5	7	10	2024-06-03 20:14:24.588725+00
\.
COPY elt_catalog.cursor (pipeline_id, params, "position", window_end, definition_version, run_id, moved_at) FROM stdin;
1	{"bzn": "DE-LU"}	2024-03-02 23:00:00+00	2024-03-02 23:00:00+00	1	1	2024-06-03 20:14:23.963801+00
1	{"bzn": "FR"}	2024-03-02 23:00:00+00	2024-03-02 23:00:00+00	1	1	2024-06-03 20:14:24.00099+00
4	{"country": "de"}	2024-01-02 00:00:00+00	2024-01-02 00:00:00+00	1	6	2024-06-03 20:14:24.53242+00
\.
COPY elt_catalog.delivered_field (pipeline_id, field, delivered_at) FROM stdin;
1	$.unix_seconds[*]	2024-06-03 20:14:23.948896+00
1	$.price[*]	2024-06-03 20:14:23.948896+00
2	id	2024-06-03 20:14:24.09421+00
2	at	2024-06-03 20:14:24.09421+00
3	id	2024-06-03 20:14:24.218274+00
3	city	2024-06-03 20:14:24.218274+00
3	changed_at	2024-06-03 20:14:24.218274+00
4	at	2024-06-03 20:14:24.511012+00
4	item	2024-06-03 20:14:24.511012+00
4	price	2024-06-03 20:14:24.511012+00
5	id	2024-06-03 20:14:24.588725+00
5	item	2024-06-03 20:14:24.588725+00
6	id	2024-06-03 20:14:24.763311+00
6	version	2024-06-03 20:14:24.763311+00
6	value	2024-06-03 20:14:24.763311+00
7	id	2024-06-03 20:14:24.89763+00
7	amount	2024-06-03 20:14:24.89763+00
\.
COPY elt_catalog.drift (pipeline_id, field, kind, first_seen, last_seen, ended_at, records, sample) FROM stdin;
6	value	missing	2024-06-03 20:14:24.822045+00	2024-06-03 20:14:24.822045+00	\N	20	{"id": 1, "version": 2}
\.
COPY elt_catalog.held_load (pipeline_id, run_id, started_at, rows, reason, held_at) FROM stdin;
5	8	2024-06-03 20:14:24.638334+00	6	4 of 10 rows of the target are absent: 40 % is more than max_delete_percent (10).	2024-06-03 20:14:24.641185+00
\.
COPY elt_catalog.partition (parent, name, lower_bound, upper_bound, state, archived_rows, archive, changed_at) FROM stdin;
public.price	price_p20240301	2024-02-29 23:00:00+00	2024-03-31 22:00:00+00	attached	\N	\N	2024-06-03 20:14:23.913578+00
\.
COPY elt_catalog.pending_delete (pipeline_id, key) FROM stdin;
5	{"id": 7}
5	{"id": 8}
5	{"id": 9}
5	{"id": 10}
\.
COPY elt_catalog.policy (relation, partition_column, partition_interval, time_zone, premake, retain, retain_action, lock_timeout, set_by, options, created_at) FROM stdin;
public.price	ts	1 mon	Europe/Berlin	2	100 years	drop	00:00:02	analyst	{}	2024-06-03 20:14:23.821677+00
\.
COPY elt_catalog.quota (server, period_start, spent, saved_at) FROM stdin;
replay	2024-06-01 00:00:00+00	25	2024-06-03 20:14:24.838662+00
\.
COPY elt_catalog.reject (id, pipeline_id, run_id, batch, params, window_start, window_end, stage, reason, checks, column_name, record, byte_offset, sqlstate, message, raw, rejected_at, status, attempts, resolved_run_id, resolved_at) FROM stdin;
1	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T05:00:00+00:00","price":92.64}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
2	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T06:00:00+00:00","price":102.74}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
3	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T07:00:00+00:00","price":92.24}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
4	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T15:00:00+00:00","price":82.61}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
5	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T16:00:00+00:00","price":97.51}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
6	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T17:00:00+00:00","price":111.14}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
7	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T18:00:00+00:00","price":107.5}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
8	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T19:00:00+00:00","price":98.03}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
9	1	1	1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-01T20:00:00+00:00","price":87.92}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
10	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T04:00:00+00:00","price":83.34}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
11	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T05:00:00+00:00","price":94.9}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
12	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T06:00:00+00:00","price":99.29}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
13	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T07:00:00+00:00","price":90.63}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
14	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T16:00:00+00:00","price":97.62}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
15	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T17:00:00+00:00","price":115.3}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
16	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T18:00:00+00:00","price":109.81}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
17	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T19:00:00+00:00","price":98.29}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
18	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T20:00:00+00:00","price":89.64}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
19	1	1	1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-01T21:00:00+00:00","price":84.63}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
20	1	1	1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-02T16:00:00+00:00","price":92.09}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
21	1	1	1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-02T17:00:00+00:00","price":114.59}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
22	1	1	1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-02T18:00:00+00:00","price":106.3}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
23	1	1	1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-02T19:00:00+00:00","price":96.62}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
24	1	1	1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-02T20:00:00+00:00","price":89.19}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
25	1	1	1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-02T21:00:00+00:00","price":84.32}	2024-06-03 20:14:23.948896+00	new	0	\N	\N
26	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T15:00:00+00:00","price":80.6}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
27	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T16:00:00+00:00","price":97.84}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
28	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T17:00:00+00:00","price":115.46}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
29	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T18:00:00+00:00","price":113.2}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
30	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T19:00:00+00:00","price":101.3}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
31	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T20:00:00+00:00","price":89.28}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
32	1	1	2	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-02T21:00:00+00:00","price":85.08}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
33	1	1	2	{"bzn": "DE-LU"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-03T05:00:00+00:00","price":91.83}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
34	1	1	2	{"bzn": "DE-LU"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-03T06:00:00+00:00","price":97.04}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
35	1	1	2	{"bzn": "DE-LU"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"DE-LU","ts":"2024-03-03T07:00:00+00:00","price":80.7}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
36	1	1	2	{"bzn": "FR"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-03T04:00:00+00:00","price":83.58}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
37	1	1	2	{"bzn": "FR"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-03T05:00:00+00:00","price":93.04}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
38	1	1	2	{"bzn": "FR"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-03T06:00:00+00:00","price":105.08}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
39	1	1	2	{"bzn": "FR"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	check	cheap	{cheap}	\N	\N	\N	\N	check "cheap" failed: price < 80	{"zone":"FR","ts":"2024-03-03T07:00:00+00:00","price":92.32}	2024-06-03 20:14:23.980045+00	new	0	\N	\N
40	2	2	1	{}	\N	\N	parse	parse	\N	id	2	32	22P02	invalid input syntax for type bigint: "one"	{"id": "one", "at": "2024-01-01"}	2024-06-03 20:14:24.09421+00	new	0	\N	\N
\.
COPY elt_catalog.restated_fact (pipeline_id, fact, sk_column, batch, applied_at) FROM stdin;
3	public.fact_order	customer_sk	3	2024-06-03 20:14:24.449328+00
\.
COPY elt_catalog.slice (pipeline_id, params, window_start, window_end, status, complete, definition_version, attempts, first_tried_at, tried_at, landed_at, unchanged_at, rows, rejected, bytes, http_status, etag, last_modified, body_hash, answer_key, sqlstate, error, unproven, failures, next_try_at, gone, run_id) FROM stdin;
1	{"bzn": "DE-LU"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	landed	t	1	1	2024-06-03 20:14:23.911432+00	2024-06-03 20:14:23.911432+00	2024-06-03 20:14:23.962619+00	\N	15	9	581	200	\N	\N	4151613af6b07fd1 581	\N	\N	\N	\N	0	\N	f	1
1	{"bzn": "DE-LU"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	landed	t	1	1	2024-06-03 20:14:23.911666+00	2024-06-03 20:14:23.911666+00	2024-06-03 20:14:23.96272+00	\N	18	6	582	200	\N	\N	ebc0051857d58b88 582	\N	\N	\N	\N	0	\N	f	1
1	{"bzn": "FR"}	2024-02-29 23:00:00+00	2024-03-01 23:00:00+00	landed	t	1	1	2024-06-03 20:14:23.911596+00	2024-06-03 20:14:23.911596+00	2024-06-03 20:14:23.962731+00	\N	14	10	581	200	\N	\N	918bc9a081a6f640 581	\N	\N	\N	\N	0	\N	f	1
1	{"bzn": "DE-LU"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	landed	f	1	1	2024-06-03 20:14:23.979029+00	2024-06-03 20:14:23.979029+00	2024-06-03 20:14:23.991463+00	\N	21	3	580	200	\N	\N	4c77672defc36034 580	\N	\N	\N	\N	0	\N	f	1
1	{"bzn": "FR"}	2024-03-01 23:00:00+00	2024-03-02 23:00:00+00	landed	t	1	1	2024-06-03 20:14:23.978922+00	2024-06-03 20:14:23.978922+00	2024-06-03 20:14:23.991497+00	\N	17	7	582	200	\N	\N	be7cc57164cc77dd 582	\N	\N	\N	\N	0	\N	f	1
1	{"bzn": "FR"}	2024-03-02 23:00:00+00	2024-03-03 23:00:00+00	landed	f	1	1	2024-06-03 20:14:23.979086+00	2024-06-03 20:14:23.979086+00	2024-06-03 20:14:23.991508+00	\N	20	4	582	200	\N	\N	3129050e9c05a49c 582	\N	\N	\N	\N	0	\N	f	1
2	{}	-infinity	infinity	failed	t	1	2	2024-06-03 20:14:24.093301+00	2024-06-03 20:14:24.136875+00	2024-06-03 20:14:24.099461+00	\N	0	0	0	400	\N	\N	\N	\N	EL006	server "replay" returned HTTP 400 with an empty body	\N	1	\N	f	3
3	{}	-infinity	infinity	landed	t	1	2	2024-06-03 20:14:24.217285+00	2024-06-03 20:14:24.349505+00	2024-06-03 20:14:24.421815+00	\N	1	0	55	200	\N	\N	76cd5075384676f8 55	b0a8eac3104b7c3172ffbc2ffaef683a	\N	\N	\N	0	\N	f	5
4	{"country": "de"}	2024-01-01 00:00:00+00	2024-01-02 00:00:00+00	landed	t	1	1	2024-06-03 20:14:24.509894+00	2024-06-03 20:14:24.509894+00	2024-06-03 20:14:24.525361+00	\N	2	0	111	200	\N	\N	6c98dc157d83bdf8 111	\N	\N	\N	\N	0	\N	f	6
4	{"country": "de"}	2024-01-02 00:00:00+00	2024-01-03 00:00:00+00	not_yet	f	1	1	2024-06-03 20:14:24.510054+00	2024-06-03 20:14:24.510054+00	\N	\N	0	0	45	404	\N	\N	\N	\N	\N	\N	\N	0	\N	f	6
5	{}	-infinity	infinity	landed	t	1	2	2024-06-03 20:14:24.587512+00	2024-06-03 20:14:24.640075+00	2024-06-03 20:14:24.670554+00	\N	6	0	174	200	\N	\N	4ec0bcf8bfb793a8 174	\N	\N	\N	\N	0	\N	f	8
6	{}	-infinity	infinity	landed	t	1	2	2024-06-03 20:14:24.7621+00	2024-06-03 20:14:24.821077+00	2024-06-03 20:14:24.837249+00	\N	20	0	511	200	\N	\N	2a5f3bc7c4226466 511	2deed36a4118bab4cd7454d921d5e55e	\N	\N	\N	0	\N	f	10
7	{"file": "orders.csv"}	-infinity	infinity	landed	t	1	1	2024-06-03 20:14:24.896693+00	2024-06-03 20:14:24.896693+00	2024-06-03 20:14:24.903221+00	\N	2	0	23	\N	\N	\N	49a0f4dd15e5a8e3 23	\N	\N	\N	\N	0	\N	f	11
\.
COPY elt_catalog.step (run_id, batch, step, started_at, finished_at, rows_in, rows_out, detail) FROM stdin;
1	1	pull	2024-06-03 20:14:23.892697+00	2024-06-03 20:14:23.913324+00	72	72	{}
1	1	prepare	2024-06-03 20:14:23.913579+00	2024-06-03 20:14:23.948812+00	0	1	{}
1	1	check	2024-06-03 20:14:23.949245+00	2024-06-03 20:14:23.952824+00	72	47	{}
1	1	merge	2024-06-03 20:14:23.95288+00	2024-06-03 20:14:23.961422+00	47	47	{}
1	2	pull	2024-06-03 20:14:23.969242+00	2024-06-03 20:14:23.979694+00	72	72	{}
1	2	prepare	2024-06-03 20:14:23.979786+00	2024-06-03 20:14:23.979984+00	0	0	{}
1	2	check	2024-06-03 20:14:23.987057+00	2024-06-03 20:14:23.989712+00	72	58	{}
1	2	merge	2024-06-03 20:14:23.989744+00	2024-06-03 20:14:23.990508+00	58	58	{}
1	3	pull	2024-06-03 20:14:24.001493+00	2024-06-03 20:14:24.017536+00	0	0	{}
1	3	prepare	2024-06-03 20:14:24.017614+00	2024-06-03 20:14:24.018013+00	0	0	{}
1	3	check	2024-06-03 20:14:24.018243+00	2024-06-03 20:14:24.018864+00	0	0	{}
1	3	merge	2024-06-03 20:14:24.018886+00	2024-06-03 20:14:24.019136+00	0	0	{}
2	1	pull	2024-06-03 20:14:24.080714+00	2024-06-03 20:14:24.093946+00	3	2	{}
2	1	prepare	2024-06-03 20:14:24.094018+00	2024-06-03 20:14:24.094174+00	0	0	{}
2	1	check	2024-06-03 20:14:24.094501+00	2024-06-03 20:14:24.095285+00	2	2	{}
2	1	merge	2024-06-03 20:14:24.095306+00	2024-06-03 20:14:24.098506+00	2	2	{}
3	1	pull	2024-06-03 20:14:24.124687+00	2024-06-03 20:14:24.137471+00	0	0	{}
3	1	prepare	2024-06-03 20:14:24.137541+00	2024-06-03 20:14:24.137651+00	0	0	{}
3	1	check	2024-06-03 20:14:24.137916+00	2024-06-03 20:14:24.138302+00	0	0	{}
3	1	merge	2024-06-03 20:14:24.13833+00	2024-06-03 20:14:24.138582+00	0	0	{}
4	1	pull	2024-06-03 20:14:24.205102+00	2024-06-03 20:14:24.217899+00	3	3	{}
4	1	prepare	2024-06-03 20:14:24.218075+00	2024-06-03 20:14:24.218224+00	0	0	{}
4	1	check	2024-06-03 20:14:24.218486+00	2024-06-03 20:14:24.219162+00	3	3	{}
4	1	merge	2024-06-03 20:14:24.219204+00	2024-06-03 20:14:24.294302+00	3	3	{"sequence_ties": 2}
5	1	pull	2024-06-03 20:14:24.331195+00	2024-06-03 20:14:24.35029+00	1	1	{}
5	1	prepare	2024-06-03 20:14:24.350395+00	2024-06-03 20:14:24.350512+00	0	0	{}
5	1	check	2024-06-03 20:14:24.350779+00	2024-06-03 20:14:24.35129+00	1	1	{}
5	1	merge	2024-06-03 20:14:24.351319+00	2024-06-03 20:14:24.403532+00	1	1	{"sequence_ties": 1}
6	1	pull	2024-06-03 20:14:24.491293+00	2024-06-03 20:14:24.510773+00	2	2	{}
6	1	prepare	2024-06-03 20:14:24.510857+00	2024-06-03 20:14:24.510978+00	0	0	{}
6	1	check	2024-06-03 20:14:24.511202+00	2024-06-03 20:14:24.511872+00	2	2	{}
6	1	merge	2024-06-03 20:14:24.511897+00	2024-06-03 20:14:24.518597+00	2	2	{}
7	1	pull	2024-06-03 20:14:24.575018+00	2024-06-03 20:14:24.588397+00	10	10	{}
7	1	prepare	2024-06-03 20:14:24.588472+00	2024-06-03 20:14:24.588676+00	0	0	{}
7	1	check	2024-06-03 20:14:24.58892+00	2024-06-03 20:14:24.590259+00	10	10	{}
7	1	merge	2024-06-03 20:14:24.590291+00	2024-06-03 20:14:24.591518+00	10	10	{}
8	1	pull	2024-06-03 20:14:24.625653+00	2024-06-03 20:14:24.640965+00	6	6	{}
8	1	prepare	2024-06-03 20:14:24.641033+00	2024-06-03 20:14:24.641153+00	0	0	{}
8	1	check	2024-06-03 20:14:24.641367+00	2024-06-03 20:14:24.653452+00	6	6	{}
8	1	merge	2024-06-03 20:14:24.653499+00	2024-06-03 20:14:24.669521+00	6	0	{}
9	1	pull	2024-06-03 20:14:24.725372+00	2024-06-03 20:14:24.76297+00	3	3	{}
9	1	prepare	2024-06-03 20:14:24.763135+00	2024-06-03 20:14:24.763272+00	0	0	{}
9	1	check	2024-06-03 20:14:24.763601+00	2024-06-03 20:14:24.768413+00	3	3	{}
9	1	merge	2024-06-03 20:14:24.768507+00	2024-06-03 20:14:24.772472+00	3	3	{}
10	1	pull	2024-06-03 20:14:24.80584+00	2024-06-03 20:14:24.821823+00	20	20	{}
10	1	prepare	2024-06-03 20:14:24.821884+00	2024-06-03 20:14:24.82201+00	0	0	{}
10	1	check	2024-06-03 20:14:24.822218+00	2024-06-03 20:14:24.825464+00	20	20	{}
10	1	merge	2024-06-03 20:14:24.825511+00	2024-06-03 20:14:24.826683+00	20	19	{}
11	1	pull	2024-06-03 20:14:24.889174+00	2024-06-03 20:14:24.897406+00	2	2	{}
11	1	prepare	2024-06-03 20:14:24.897488+00	2024-06-03 20:14:24.897599+00	0	0	{}
11	1	check	2024-06-03 20:14:24.8978+00	2024-06-03 20:14:24.898618+00	2	2	{}
11	1	merge	2024-06-03 20:14:24.898654+00	2024-06-03 20:14:24.902203+00	2	2	{}
\.
COPY public.dim_customer (_sk, id, city, op, _hash, valid_from, valid_to, _run_id, _loaded_at) FROM stdin;
1	2	Kiel	\N	-127460008290249564	2024-01-01 00:00:00+00	infinity	4	2024-06-03 20:14:24.216986+00
2	1	Ulm	\N	-1257135024444202303	2024-03-01 00:00:00+00	infinity	4	2024-06-03 20:14:24.216986+00
3	1	Bonn	\N	1517391041744755938	2024-01-01 00:00:00+00	2024-02-01 00:00:00+00	5	2024-06-03 20:14:24.349285+00
4	1	Jena	\N	5307610589369399693	2024-02-01 00:00:00+00	2024-03-01 00:00:00+00	5	2024-06-03 20:14:24.349285+00
\.
COPY public.dim_customer_observed (id, changed_at, city, op, _deleted, _hash, _row_hash, _run_id, _loaded_at, _pruned) FROM stdin;
2	2024-01-01 00:00:00+00	Kiel	\N	f	-127460008290249564	-3951260256997736484	4	2024-06-03 20:14:24.216986+00	f
1	2024-01-01 00:00:00+00	Bonn	\N	f	1517391041744755938	-8301109927041220770	4	2024-06-03 20:14:24.216986+00	f
1	2024-03-01 00:00:00+00	Ulm	\N	f	-1257135024444202303	-2077697610351168161	4	2024-06-03 20:14:24.216986+00	f
1	2024-02-01 00:00:00+00	Jena	\N	f	5307610589369399693	-1484768392934574061	5	2024-06-03 20:14:24.349285+00	f
\.
COPY public.dim_customer_restated (_batch, id, _old_sk, _new_sk, valid_from, valid_to, _run_id, _loaded_at) FROM stdin;
1	2	-1	1	2024-01-01 00:00:00+00	infinity	4	2024-06-03 20:14:24.216986+00
2	1	-1	3	2024-01-01 00:00:00+00	2024-03-01 00:00:00+00	4	2024-06-03 20:14:24.216986+00
2	1	-1	2	2024-03-01 00:00:00+00	infinity	4	2024-06-03 20:14:24.216986+00
3	1	3	4	2024-02-01 00:00:00+00	2024-03-01 00:00:00+00	5	2024-06-03 20:14:24.349285+00
\.
COPY public.event (id, at, note, _run_id, _loaded_at) FROM stdin;
1	2024-01-01 00:00:00+00	\N	2	2024-06-03 20:14:24.092851+00
2	2024-01-02 00:00:00+00	\N	2	2024-06-03 20:14:24.092851+00
\.
COPY public.fact_order (order_id, id, ordered_at, customer_sk) FROM stdin;
1	1	2024-02-15 00:00:00+00	4
\.
COPY public.orders (id, amount, _run_id, _loaded_at) FROM stdin;
1	10.50	11	2024-06-03 20:14:24.896491+00
2	20	11	2024-06-03 20:14:24.896491+00
\.
COPY public.price_p20240301 (zone, ts, price, _run_id, _loaded_at) FROM stdin;
DE-LU	2024-02-29 23:00:00+00	70.7	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 00:00:00+00	63.56	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 01:00:00+00	61.39	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 02:00:00+00	68.9	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 03:00:00+00	72.05	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 04:00:00+00	78.78	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 08:00:00+00	79.09	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 09:00:00+00	72.13	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 10:00:00+00	67.05	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 11:00:00+00	61.23	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 12:00:00+00	60.95	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 13:00:00+00	67.6	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 14:00:00+00	72.71	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 21:00:00+00	79.4	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 22:00:00+00	69.21	1	2024-06-03 20:14:23.911007+00
DE-LU	2024-03-01 23:00:00+00	58.68	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 00:00:00+00	50.65	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 01:00:00+00	51.71	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 02:00:00+00	45.05	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 03:00:00+00	47.86	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 04:00:00+00	55.65	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 05:00:00+00	67.11	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 06:00:00+00	71.31	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 07:00:00+00	63.66	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 08:00:00+00	45.32	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 09:00:00+00	36.9	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 10:00:00+00	38.13	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 11:00:00+00	33.29	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 12:00:00+00	37.98	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 13:00:00+00	40.61	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 14:00:00+00	54.3	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 15:00:00+00	72.52	1	2024-06-03 20:14:23.911617+00
DE-LU	2024-03-02 22:00:00+00	74.37	1	2024-06-03 20:14:23.911617+00
FR	2024-02-29 23:00:00+00	75.02	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 00:00:00+00	69.99	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 01:00:00+00	68.79	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 02:00:00+00	67.96	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 03:00:00+00	76.25	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 08:00:00+00	76.05	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 09:00:00+00	68.55	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 10:00:00+00	61.35	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 11:00:00+00	52.5	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 12:00:00+00	49.24	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 13:00:00+00	58.0	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 14:00:00+00	66.34	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 15:00:00+00	75.23	1	2024-06-03 20:14:23.911528+00
FR	2024-03-01 22:00:00+00	64.14	1	2024-06-03 20:14:23.911528+00
DE-LU	2024-03-02 23:00:00+00	71.12	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 00:00:00+00	67.46	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 01:00:00+00	68.73	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 02:00:00+00	64.09	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 03:00:00+00	69.3	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 04:00:00+00	78.94	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 08:00:00+00	60.49	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 09:00:00+00	42.64	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 10:00:00+00	34.26	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 11:00:00+00	26.28	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 12:00:00+00	17.01	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 13:00:00+00	15.68	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 14:00:00+00	22.21	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 15:00:00+00	25.33	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 16:00:00+00	39.9	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 17:00:00+00	57.71	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 18:00:00+00	53.07	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 19:00:00+00	38.74	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 20:00:00+00	30.31	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 21:00:00+00	29.98	1	2024-06-03 20:14:23.978977+00
DE-LU	2024-03-03 22:00:00+00	22.66	1	2024-06-03 20:14:23.978977+00
FR	2024-03-01 23:00:00+00	55.07	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 00:00:00+00	53.46	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 01:00:00+00	46.79	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 02:00:00+00	44.32	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 03:00:00+00	51.26	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 04:00:00+00	55.36	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 05:00:00+00	70.45	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 06:00:00+00	77.64	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 07:00:00+00	70.76	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 08:00:00+00	54.42	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 09:00:00+00	54.84	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 10:00:00+00	51.42	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 11:00:00+00	51.76	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 12:00:00+00	53.59	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 13:00:00+00	59.33	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 14:00:00+00	71.1	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 22:00:00+00	79.46	1	2024-06-03 20:14:23.978682+00
FR	2024-03-02 23:00:00+00	76.17	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 00:00:00+00	68.54	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 01:00:00+00	72.61	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 02:00:00+00	69.97	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 03:00:00+00	73.39	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 08:00:00+00	76.11	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 09:00:00+00	58.71	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 10:00:00+00	44.0	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 11:00:00+00	33.59	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 12:00:00+00	26.63	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 13:00:00+00	22.98	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 14:00:00+00	24.22	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 15:00:00+00	22.09	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 16:00:00+00	33.92	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 17:00:00+00	41.86	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 18:00:00+00	41.11	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 19:00:00+00	27.47	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 20:00:00+00	20.69	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 21:00:00+00	22.8	1	2024-06-03 20:14:23.979044+00
FR	2024-03-03 22:00:00+00	23.88	1	2024-06-03 20:14:23.979044+00
\.
COPY public.reading (id, version, value, op, _run_id, _loaded_at, _deleted) FROM stdin;
3	5	0	d	9	2024-06-03 20:14:24.761659+00	t
4	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
5	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
6	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
7	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
8	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
9	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
10	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
11	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
12	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
13	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
14	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
15	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
16	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
17	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
18	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
19	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
20	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
1	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
2	2	\N	\N	10	2024-06-03 20:14:24.820893+00	f
\.
COPY public.sale (country, at, item, price, _run_id, _loaded_at) FROM stdin;
de	2024-01-01 08:00:00+00	pear	1	6	2024-06-03 20:14:24.509672+00
de	2024-01-01 09:00:00+00	fig	2	6	2024-06-03 20:14:24.509672+00
\.
COPY public.stock (id, item, _run_id, _loaded_at) FROM stdin;
1	item 1	7	2024-06-03 20:14:24.587371+00
2	item 2	7	2024-06-03 20:14:24.587371+00
3	item 3	7	2024-06-03 20:14:24.587371+00
4	item 4	7	2024-06-03 20:14:24.587371+00
5	item 5	7	2024-06-03 20:14:24.587371+00
6	item 6	7	2024-06-03 20:14:24.587371+00
7	item 7	7	2024-06-03 20:14:24.587371+00
8	item 8	7	2024-06-03 20:14:24.587371+00
9	item 9	7	2024-06-03 20:14:24.587371+00
10	item 10	7	2024-06-03 20:14:24.587371+00
\.
SELECT pg_catalog.setval('elt_catalog.check_rule_id_seq', 2, true);
SELECT pg_catalog.setval('elt_catalog.pipeline_id_seq', 7, true);
SELECT pg_catalog.setval('elt_catalog.reject_id_seq', 40, true);
SELECT pg_catalog.setval('elt_catalog.run_id_seq', 11, true);
SELECT pg_catalog.setval('public.dim_customer__sk_seq', 4, true);
ALTER TABLE ONLY public.dim_customer
    ADD CONSTRAINT dim_customer_id_valid_to_key UNIQUE (id, valid_to) DEFERRABLE;
ALTER TABLE ONLY public.dim_customer_observed
    ADD CONSTRAINT dim_customer_observed_pkey PRIMARY KEY (id, changed_at);
ALTER TABLE ONLY public.dim_customer
    ADD CONSTRAINT dim_customer_pkey PRIMARY KEY (_sk);
ALTER TABLE ONLY public.dim_customer_restated
    ADD CONSTRAINT dim_customer_restated_pkey PRIMARY KEY (_batch, id, valid_from);
ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.price
    ADD CONSTRAINT price_pkey PRIMARY KEY (zone, ts);
ALTER TABLE ONLY public.price_p20240301
    ADD CONSTRAINT price_p20240301_pkey PRIMARY KEY (zone, ts);
ALTER TABLE ONLY public.reading
    ADD CONSTRAINT reading_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.stock
    ADD CONSTRAINT stock_pkey PRIMARY KEY (id);
CREATE INDEX dim_customer_observed_time ON public.dim_customer_observed USING btree (_pruned, changed_at);
CREATE INDEX reading__loaded_at_idx ON public.reading USING btree (_loaded_at) WHERE _deleted;
CREATE INDEX sale_at_idx ON public.sale USING btree (at);
ALTER INDEX public.price_pkey ATTACH PARTITION public.price_p20240301_pkey;
GRANT USAGE ON SCHEMA elt_staging TO analyst;
GRANT CREATE ON SCHEMA public TO analyst;
GRANT ALL ON FOREIGN SERVER files TO analyst;
GRANT ALL ON FOREIGN SERVER replay TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.customers TO analyst;
GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE elt_staging."customers$affected" TO analyst;
GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE elt_staging."customers$event" TO analyst;
GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE elt_staging."customers$had" TO analyst;
GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE elt_staging."customers$left" TO analyst;
GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE elt_staging."customers$wanted" TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.events TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.orders TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.prices TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.readings TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.sales TO analyst;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE elt_staging.stock TO analyst;
GRANT SELECT,INSERT,DELETE,TRUNCATE,UPDATE ON TABLE elt_staging."stock$absent" TO analyst;
