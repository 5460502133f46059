CREATE TYPE page AS (
    n int, status int, failure text, error text, content_type text, charset text, etag text,
    last_modified text, retry_after_ms bigint, bytes bigint, hash bigint, md5 text,
    spooled boolean, reused boolean, http_version int, redirects int, excerpt text,
    headers text, total_ms float8, first_byte_ms float8, connect_ms float8);

CREATE FUNCTION get_pages(urls text[], page_memory bigint = 8388608, method text = 'GET',
                      headers text[] = NULL, body text = NULL,
                      connect_timeout_ms int = 0, total_timeout_ms int = 0,
                      stall_timeout_ms int = 0, max_bytes bigint = 0,
                      allow_private boolean = true, max_redirects int = 5, ca text = NULL)
    RETURNS SETOF page AS 'transport_test' LANGUAGE c;

CREATE FUNCTION excerpt(url text, maxlen int) RETURNS text AS 'transport_test' LANGUAGE c;
CREATE FUNCTION fetch_many(url text, count int, in_flight int) RETURNS int
    AS 'transport_test' LANGUAGE c;

CREATE FUNCTION session_submit(url text, page_memory bigint = 8388608, method text = 'GET',
                               headers text[] = NULL, body text = NULL,
                               connect_timeout_ms int = 0, total_timeout_ms int = 0,
                               stall_timeout_ms int = 0, max_bytes bigint = 0,
                               allow_private boolean = true, max_redirects int = 5,
                               ca text = NULL)
    RETURNS int AS 'transport_test' LANGUAGE c;
CREATE FUNCTION session_wait(timeout_ms int) RETURNS int AS 'transport_test' LANGUAGE c;
CREATE FUNCTION session_page(number int) RETURNS SETOF page AS 'transport_test' LANGUAGE c;
CREATE FUNCTION session_close() RETURNS void AS 'transport_test' LANGUAGE c;

CREATE FUNCTION url_encode(value text) RETURNS text AS 'transport_test' LANGUAGE c STRICT;
CREATE FUNCTION url_join(base text, path text, query text) RETURNS text
    AS 'transport_test' LANGUAGE c;
CREATE FUNCTION url_check(url text) RETURNS void AS 'transport_test' LANGUAGE c STRICT;
CREATE FUNCTION url_origin(url text) RETURNS text AS 'transport_test' LANGUAGE c STRICT;
CREATE FUNCTION url_resolve(base text, location text) RETURNS text
    AS 'transport_test' LANGUAGE c STRICT;
CREATE FUNCTION address_is_public(address text) RETURNS boolean
    AS 'transport_test' LANGUAGE c STRICT;

-- Descriptors of this backend, the one that lists them not counted.
CREATE FUNCTION open_files() RETURNS bigint LANGUAGE sql AS
    $$ SELECT count(*) FROM pg_ls_dir('/proc/self/fd') $$;
-- Resident memory of this backend.
CREATE FUNCTION resident_kb() RETURNS bigint LANGUAGE sql AS
    $$ SELECT split_part(pg_read_file('/proc/self/statm', 0, 200), ' ', 2)::bigint * 4 $$;
CREATE FUNCTION context_bytes() RETURNS bigint LANGUAGE sql AS
    $$ SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts $$;
CREATE FUNCTION temporary_files() RETURNS bigint LANGUAGE sql AS
    $$ SELECT count(*) FROM pg_ls_tmpdir() $$;
