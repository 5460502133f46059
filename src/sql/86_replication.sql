-- Replication: how far the server is ahead.

CREATE FUNCTION elt.replication_lag(
	pipeline text,
	OUT slot text,
	OUT state text,
	OUT landed_position text,
	OUT lag_bytes bigint,
	OUT lag interval,
	OUT retained_bytes bigint)
RETURNS SETOF record
LANGUAGE C VOLATILE ROWS 1
AS 'MODULE_PATHNAME', 'elt_replication_lag';
COMMENT ON FUNCTION elt.replication_lag IS 'ask the server how far its WAL is ahead of what a pipeline with a source of elt_postgres has landed; returns the slot, its state (new, loading, idle, active, unreserved, lost or missing), the position that has landed, bytes of WAL after it, time since it moved (0 when nothing is left) and bytes of WAL that the slot retains';
