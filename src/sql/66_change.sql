-- Change logs: what landed and other changes of targets, for those who follow them.

CREATE FUNCTION elt.log_changes()
RETURNS trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_log_changes';
COMMENT ON FUNCTION elt.log_changes IS 'write changed rows to the change log of their table; the triggers of option change_log call it';

CREATE FUNCTION elt.follow_target()
RETURNS event_trigger
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_follow_target';
COMMENT ON FUNCTION elt.follow_target IS 'change the columns of a change log with those of its table; the event trigger of pg_elt calls it';

CREATE EVENT TRIGGER elt_follow_target ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'GRANT', 'REVOKE')
	EXECUTE FUNCTION elt.follow_target();
COMMENT ON EVENT TRIGGER elt_follow_target IS 'change the columns of a change log with those of its table';

CREATE FUNCTION elt.check_change_log(relation regclass, at timestamptz)
RETURNS boolean
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_check_change_log';
COMMENT ON FUNCTION elt.check_change_log IS 'raise an error unless the change log of a table goes back to a time; returns true';

CREATE FUNCTION elt.consumer(name text, target regclass, from_start boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_consumer';
COMMENT ON FUNCTION elt.consumer IS 'create a consumer of the changes of a table with a change log; from_start: it begins with the oldest change in the log instead of the next one; returns its name';

CREATE FUNCTION elt.drop_consumer(name text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_consumer';
COMMENT ON FUNCTION elt.drop_consumer IS 'drop a consumer, so that retention no longer waits for it; returns its name';

CREATE FUNCTION elt.next_changes(consumer text, row_type anyelement, max_rows int DEFAULT 10000)
RETURNS SETOF anyelement
LANGUAGE C VOLATILE ROWS 10000
AS 'MODULE_PATHNAME', 'elt_next_changes';
COMMENT ON FUNCTION elt.next_changes IS 'the next changes after the position of a consumer, at most max_rows; row_type is NULL::view, of the view of changes; the position stays, and other sessions wait until the transaction ends';

CREATE FUNCTION elt.advance(consumer text, change_id bigint)
RETURNS boolean
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_advance';
COMMENT ON FUNCTION elt.advance IS 'set the position of a consumer to the last change that it has processed; returns false if it is there already';

CREATE FUNCTION elt_catalog.changes_behind(relation regclass, change_id bigint)
RETURNS bigint
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_changes_behind';
COMMENT ON FUNCTION elt_catalog.changes_behind IS 'number of changes of a table behind a position';

CREATE FUNCTION elt_catalog.first_change_behind(relation regclass, change_id bigint)
RETURNS timestamptz
LANGUAGE C STABLE
AS 'MODULE_PATHNAME', 'elt_first_change_behind';
COMMENT ON FUNCTION elt_catalog.first_change_behind IS 'when the first change of a table behind a position was logged; null: there is none';
GRANT EXECUTE ON FUNCTION elt_catalog.changes_behind, elt_catalog.first_change_behind TO elt_admin, elt_operator, elt_reader;

CREATE VIEW elt.consumers AS
SELECT c.name AS consumer, c.relation AS target, l.changes, c.owner, c.position,
	elt_catalog.changes_behind(c.relation, c.position) AS lag_rows,
	pg_catalog.now() - elt_catalog.first_change_behind(c.relation, c.position) AS lag, c.advanced_at, c.created_at
FROM elt_catalog.consumer c
JOIN elt_catalog.change_log l ON l.relation = c.relation
JOIN pg_catalog.pg_class t ON t.oid = c.relation
ORDER BY c.name;
COMMENT ON VIEW elt.consumers IS 'consumers of changes, and what they have not read';
COMMENT ON COLUMN elt.consumers.consumer IS 'name of the consumer';
COMMENT ON COLUMN elt.consumers.target IS 'table whose changes it reads';
COMMENT ON COLUMN elt.consumers.changes IS 'view of these changes';
COMMENT ON COLUMN elt.consumers.owner IS 'role that created it and may advance it';
COMMENT ON COLUMN elt.consumers.position IS 'greatest _change_id that it has processed';
COMMENT ON COLUMN elt.consumers.lag_rows IS 'number of changes behind its position';
COMMENT ON COLUMN elt.consumers.lag IS 'age of the first change behind its position; null: there is none';
COMMENT ON COLUMN elt.consumers.advanced_at IS 'when it last advanced; null: never';
COMMENT ON COLUMN elt.consumers.created_at IS 'when it was created';
