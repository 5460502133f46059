/*
 * request_log_table.c
 *	  The log of HTTP requests: written in batches, deleted after a while.
 */
#include "base/compat.h"
#include "catalog/request_log_table.h"

#include "base/sql.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"

int			RequestLogRetention = 7 * 24 * 60;

int64
RequestLogInsert(const Pipeline *p, int64 run_id, const char *rows)
{
	Sql			q;

	SqlBeginKept(&q,
				 "insert into elt_catalog.request_log (pipeline_id, run_id, at, params,"
				 " window_start, window_end, page, attempt, method, url, http_status, verdict, failure,"
				 " error, bytes, redirects, dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms,"
				 " reused_connection, http_version)"
				 " select $1, $2, r.* from json_to_recordset($3::json) as r(at timestamptz,"
				 " params jsonb, window_start timestamptz, window_end timestamptz, page int,"
				 " attempt int, method text, url text, http_status int, verdict text, failure text,"
				 " error text, bytes bigint, redirects int, dns_ms real, connect_ms real,"
				 " tls_ms real, first_byte_ms real, total_ms real, reused_connection boolean,"
				 " http_version text)");
	SqlAddInt4(&q, p->id);
	SqlAddInt8(&q, run_id);
	SqlAddText(&q, rows);
	return SqlDo(&q, AsCatalog());
}

int64
RequestLogPrune(int64 at_most)
{
	Sql			q;

	if (RequestLogRetention == 0)
		return 0;
	SqlBeginParsed(&q,
				   "delete from elt_catalog.request_log where ctid = any (array("
				   " select ctid from elt_catalog.request_log"
				   " where at < clock_timestamp() - make_interval(mins => $1)"
				   " order by at limit $2 for update skip locked))");
	SqlAddInt4(&q, RequestLogRetention);
	SqlAddInt8(&q, at_most);
	return SqlDo(&q, AsCatalog());
}
