-- Alerts: channels, conditions, what is firing and what was sent.

CREATE VIEW elt_catalog.alert_template AS
SELECT v.kind, v.template
FROM (VALUES
	('webhook', '{"key": "{key}", "alert": "{alert}", "subject": "{subject}", "state": "{state}", "severity": "{severity}",
		"message": "{message}", "next_step": "{next_step}", "since": "{since}", "ended_at": "{ended_at}", "database": "{database}"}'),
	('slack', '{"text": "{title}", "blocks": [
		{"type": "header", "text": {"type": "plain_text", "text": "{title}"}},
		{"type": "section", "text": {"type": "plain_text", "text": "{text}"}}]}'),
	('teams', '{"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": {
		"type": "AdaptiveCard", "version": "1.4", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "body": [
		{"type": "TextBlock", "text": "{title}", "weight": "bolder", "color": "{color}", "wrap": true},
		{"type": "TextBlock", "text": "{text}", "wrap": true}]}}]}'),
	('pagerduty', '{"event_action": "{event_action}", "dedup_key": "{key}", "payload": {"summary": "{title}",
		"source": "{database}", "severity": "{severity}", "timestamp": "{since}", "component": "{subject}", "class": "{alert}",
		"custom_details": {"message": "{message}", "next_step": "{next_step}"}}}')
) v(kind, template);
COMMENT ON VIEW elt_catalog.alert_template IS 'bodies of the requests to each kind of receiver';

CREATE VIEW elt.alert_conditions AS
SELECT v.condition, v.threshold, v.meaning, v.query
FROM (VALUES
	('failure', '1', 'the last run has failed, and so many in a row', $$
		SELECT s.pipeline AS subject, format('run %s ended as %s: %s', r.run_id, r.state, coalesce(r.error, 'no error was recorded')) AS message,
			format('SELECT error, detail, hint FROM elt.runs WHERE run_id = %s', r.run_id) AS next_step
		FROM elt.pipeline_status s JOIN elt.runs r ON r.run_id = s.last_run_id
		WHERE r.state IN ('failed', 'partial', 'abandoned') AND greatest(s.failures, 1) >= $1::int$$),
	('staleness', '1 day', 'the last success is older than max_staleness, or than this where a pipeline has none', $$
		SELECT s.pipeline AS subject, format('the last success was at %s, longer ago than %s', coalesce(s.last_success_at::text, 'no time'),
			coalesce(s.max_staleness, $1::interval)) AS message,
			format('SELECT state, waits_for, error FROM elt.pipeline_status WHERE pipeline = %L', s.pipeline) AS next_step
		FROM elt.pipeline_status s WHERE s.state <> 'paused' AND coalesce(s.late, s.age > $1::interval, false)$$),
	('rejects', '5', 'more than this percentage of the rows of the last run went to quarantine', $$
		SELECT s.pipeline AS subject, format('%s of %s rows of run %s went to quarantine', s.rows_quarantined, s.rows_read, s.last_run_id) AS message,
			format('SELECT reason, message, raw FROM elt.rejects WHERE pipeline = %L ORDER BY rejected_at DESC LIMIT 10', s.pipeline) AS next_step
		FROM elt.pipeline_status s WHERE 100.0 * s.rows_quarantined > s.rows_read * $1::numeric$$),
	('drift', NULL, 'the source no longer delivers a declared field', $$
		SELECT d.pipeline AS subject, format('missing fields: %s', string_agg(d.field, ', ' ORDER BY d.field)) AS message,
			format('SELECT field, first_seen, records, sample FROM elt.drift WHERE pipeline = %L', d.pipeline) AS next_step
		FROM elt.drift d WHERE d.kind = 'missing' AND d.ended_at IS NULL GROUP BY d.pipeline$$),
	('new_field', NULL, 'the source delivers a field that no column reads', $$
		SELECT d.pipeline AS subject, format('fields without a column: %s', string_agg(d.field, ', ' ORDER BY d.field)) AS message,
			format('SELECT field, first_seen, records, sample, proposal FROM elt.drift WHERE pipeline = %L', d.pipeline) AS next_step
		FROM elt.drift d WHERE d.kind = 'new' AND d.ended_at IS NULL GROUP BY d.pipeline$$),
	('type_change', NULL, 'the type of a column refuses values of the source', $$
		SELECT d.pipeline AS subject, format('fields with values that their columns refuse: %s', string_agg(d.field, ', ' ORDER BY d.field)) AS message,
			format('SELECT field, first_seen, records, sample, proposal FROM elt.drift WHERE pipeline = %L', d.pipeline) AS next_step
		FROM elt.drift d WHERE d.kind = 'type' AND d.ended_at IS NULL GROUP BY d.pipeline$$),
	('lag', '1 day', 'the last loaded window ended longer ago', $$
		SELECT c.pipeline AS subject, format('the last loaded window ended at %s, longer ago than %s', min(c.window_end), $1) AS message,
			format('SELECT params, window_start, state, error FROM elt.slices WHERE pipeline = %L AND state <> %L', c.pipeline, 'landed') AS next_step
		FROM elt.cursors c WHERE c.window_end < clock_timestamp() - $1::interval GROUP BY c.pipeline$$),
	('volume', '50', 'the last successful run differs by more than this percentage from the median of the 20 before it, of which there are at least 5', $$
		SELECT s.pipeline AS subject, format('run %s read %s rows, usual are %s', r.run_id, r.rows_read, m.median) AS message,
			format('SELECT run_id, rows_read, requests FROM elt.runs WHERE pipeline = %L ORDER BY run_id DESC LIMIT 20', s.pipeline) AS next_step
		FROM elt.pipeline_status s JOIN elt.runs r ON r.run_id = s.last_run_id AND r.state = 'succeeded'
		CROSS JOIN LATERAL (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY b.rows_read) AS median, count(*) AS runs
			FROM (SELECT o.rows_read FROM elt.runs o WHERE o.pipeline = s.pipeline AND o.state = 'succeeded' AND o.run_id < r.run_id
				ORDER BY o.run_id DESC LIMIT 20) b) m
		WHERE m.runs >= 5 AND abs(r.rows_read - m.median) > m.median * $1::float8 / 100$$),
	('cost', '10000', 'more requests than this within a day', $$
		SELECT r.pipeline AS subject, format('%s requests and %s within a day', sum(r.requests), pg_size_pretty(sum(r.bytes))) AS message,
			format('SELECT run_id, requests, bytes FROM elt.runs WHERE pipeline = %L ORDER BY requests DESC LIMIT 10', r.pipeline) AS next_step
		FROM elt.runs r WHERE r.started_at > clock_timestamp() - interval '1 day' GROUP BY r.pipeline HAVING sum(r.requests) > $1::numeric$$),
	('health', NULL, 'elt.health has a row', $$
		SELECT concat_ws(': ', h.pipeline, h.subject) AS subject, h.message, h.statement AS next_step FROM elt.health h$$)
) v(condition, threshold, meaning, query);
COMMENT ON VIEW elt.alert_conditions IS 'ready conditions of alerts';
COMMENT ON COLUMN elt.alert_conditions.condition IS 'name for elt.add_alert';
COMMENT ON COLUMN elt.alert_conditions.threshold IS 'default of argument threshold; null: it takes none';
COMMENT ON COLUMN elt.alert_conditions.meaning IS 'when it fires, for each pipeline';
COMMENT ON COLUMN elt.alert_conditions.query IS 'its query, in which $1 is the threshold';

CREATE VIEW elt.alert_channels AS
SELECT c.name AS channel, c.kind, c.server, c.destination, c.template::jsonb AS template, c.max_per_minute, c.owner
FROM elt_catalog.alert_channel c
ORDER BY c.name;
COMMENT ON VIEW elt.alert_channels IS 'where alerts are sent';
COMMENT ON COLUMN elt.alert_channels.channel IS 'name of the channel';
COMMENT ON COLUMN elt.alert_channels.kind IS 'log, notify, table, webhook, slack, teams or pagerduty';
COMMENT ON COLUMN elt.alert_channels.server IS 'elt_http server that receives the messages; null: they stay in the database';
COMMENT ON COLUMN elt.alert_channels.destination IS 'path of the server, channel of NOTIFY, or table';
COMMENT ON COLUMN elt.alert_channels.template IS 'body of the requests; null: that of the kind';
COMMENT ON COLUMN elt.alert_channels.max_per_minute IS 'messages beyond this are summed up in one; null: there is no limit';
COMMENT ON COLUMN elt.alert_channels.owner IS 'role whose privileges and user mapping are used to send';

CREATE VIEW elt.alerts AS
SELECT a.name AS alert, coalesce(i.state, 'ok') AS state, i.subject, i.since, i.message, coalesce(nullif(i.next_step, ''), a.next_step) AS next_step,
	a.condition, a.threshold, a.channel, a.pending_for, a.repeat_every, a.severity, a.pipelines, a.silent_from, a.silent_until,
	a.silent_schedule, a.silent_for, a.silent_time_zone, a.owner
FROM elt_catalog.alert a LEFT JOIN elt_catalog.alert_incident i ON i.alert_id = a.id
ORDER BY a.name, i.subject;
COMMENT ON VIEW elt.alerts IS 'alerts, with a row for each subject of which the condition holds';
COMMENT ON COLUMN elt.alerts.alert IS 'name of the alert';
COMMENT ON COLUMN elt.alerts.state IS 'ok; pending: the condition holds, but not for as long as pending_for; firing';
COMMENT ON COLUMN elt.alerts.subject IS 'what it concerns, usually a pipeline; condition: the condition could not be evaluated; null: nothing';
COMMENT ON COLUMN elt.alerts.since IS 'since when the condition holds';
COMMENT ON COLUMN elt.alerts.message IS 'what is wrong';
COMMENT ON COLUMN elt.alerts.next_step IS 'what to do next';
COMMENT ON COLUMN elt.alerts.condition IS 'one of elt.alert_conditions, or a query';
COMMENT ON COLUMN elt.alerts.threshold IS 'threshold of the condition; null: the default';
COMMENT ON COLUMN elt.alerts.channel IS 'channel to which it is sent';
COMMENT ON COLUMN elt.alerts.pending_for IS 'how long the condition must hold';
COMMENT ON COLUMN elt.alerts.repeat_every IS 'after how long it is sent again while it is firing; null: never';
COMMENT ON COLUMN elt.alerts.severity IS 'info, warning, error or critical';
COMMENT ON COLUMN elt.alerts.pipelines IS 'pipelines that it is about; empty: all';
COMMENT ON COLUMN elt.alerts.silent_from IS 'start of a time in which nothing is sent';
COMMENT ON COLUMN elt.alerts.silent_until IS 'end of that time';
COMMENT ON COLUMN elt.alerts.silent_schedule IS 'when silence begins again and again; null: never';
COMMENT ON COLUMN elt.alerts.silent_for IS 'how long it lasts each time';
COMMENT ON COLUMN elt.alerts.silent_time_zone IS 'time zone of that schedule';
COMMENT ON COLUMN elt.alerts.owner IS 'role that evaluates the condition';

CREATE VIEW elt.alert_deliveries AS
SELECT d.id AS delivery_id, d.created_at, d.alert, d.subject, d.event, d.channel, d.state, d.attempts, d.next_try_at, d.sent_at,
	d.http_status, d.error, d.facts ->> 'message' AS message, d.facts ->> 'next_step' AS next_step, d.key
FROM elt_catalog.alert_delivery d
ORDER BY d.id;
COMMENT ON VIEW elt.alert_deliveries IS 'messages of alerts, and what became of each, oldest first';
COMMENT ON COLUMN elt.alert_deliveries.delivery_id IS 'ID of the message';
COMMENT ON COLUMN elt.alert_deliveries.created_at IS 'when it was queued';
COMMENT ON COLUMN elt.alert_deliveries.alert IS 'name of the alert; null: a test of the channel';
COMMENT ON COLUMN elt.alert_deliveries.subject IS 'what it concerns';
COMMENT ON COLUMN elt.alert_deliveries.event IS 'firing, reminder, resolved, test, or summary of others';
COMMENT ON COLUMN elt.alert_deliveries.channel IS 'name of the channel';
COMMENT ON COLUMN elt.alert_deliveries.state IS 'pending, sent, failed after the last attempt, or summed_up: a summary has been sent in its place';
COMMENT ON COLUMN elt.alert_deliveries.attempts IS 'number of attempts so far';
COMMENT ON COLUMN elt.alert_deliveries.next_try_at IS 'earliest time of the next attempt';
COMMENT ON COLUMN elt.alert_deliveries.sent_at IS 'when the receiver accepted it; null: not yet';
COMMENT ON COLUMN elt.alert_deliveries.http_status IS 'status of its last response; null: none';
COMMENT ON COLUMN elt.alert_deliveries.error IS 'error of the last attempt; null: none';
COMMENT ON COLUMN elt.alert_deliveries.message IS 'what is wrong';
COMMENT ON COLUMN elt.alert_deliveries.next_step IS 'what to do next';
COMMENT ON COLUMN elt.alert_deliveries.key IS 'identifies the firing, its reminders and its end to receivers';

CREATE FUNCTION elt.set_alert_channel(
	channel text,
	kind text,
	server text DEFAULT NULL,
	destination text DEFAULT NULL,
	template jsonb DEFAULT NULL,
	max_per_minute int DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_set_alert_channel';
COMMENT ON FUNCTION elt.set_alert_channel IS 'create or replace a channel of kind log, notify, table, webhook, slack, teams or pagerduty; messages beyond max_per_minute are summed up in one, by default those beyond 20 to slack and teams; returns its name';

CREATE FUNCTION elt.drop_alert_channel(channel text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_alert_channel';
COMMENT ON FUNCTION elt.drop_alert_channel IS 'drop a channel that no alert uses; returns its name';

CREATE FUNCTION elt.test_alert_channel(channel text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_test_alert_channel';
COMMENT ON FUNCTION elt.test_alert_channel IS 'send a test message to a channel; returns its ID in elt.alert_deliveries';

CREATE FUNCTION elt.add_alert(
	alert text,
	condition text,
	channel text,
	pending_for interval DEFAULT '0',
	threshold text DEFAULT NULL,
	severity text DEFAULT 'error',
	pipelines text[] DEFAULT '{}',
	repeat_every interval DEFAULT NULL,
	next_step text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_add_alert';
COMMENT ON FUNCTION elt.add_alert IS 'send a message to a channel when a condition has held for some time, and another when it ends; the condition is one of elt.alert_conditions or a query that returns a row with a column subject for each; returns the name of the alert';

CREATE FUNCTION elt.alter_alert(
	alert text,
	condition text DEFAULT NULL,
	channel text DEFAULT NULL,
	pending_for interval DEFAULT NULL,
	threshold text DEFAULT NULL,
	severity text DEFAULT NULL,
	pipelines text[] DEFAULT NULL,
	repeat_every interval DEFAULT NULL,
	next_step text DEFAULT NULL)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_alter_alert';
COMMENT ON FUNCTION elt.alter_alert IS 'change an alert; what is null stays, an empty text sets threshold or next_step back, and repeat_every 0 ends reminders; returns its name';

CREATE FUNCTION elt.drop_alert(alert text, if_exists boolean DEFAULT false)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_drop_alert';
COMMENT ON FUNCTION elt.drop_alert IS 'drop an alert; messages that are not sent yet are discarded; returns its name';

CREATE FUNCTION elt.silence_alert(
	alert text,
	silent_until timestamptz DEFAULT NULL,
	silent_from timestamptz DEFAULT now(),
	schedule text DEFAULT NULL,
	silent_for interval DEFAULT NULL,
	schedule_time_zone text DEFAULT 'UTC')
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_silence_alert';
COMMENT ON FUNCTION elt.silence_alert IS 'send no messages of an alert, * for all, until some time, or again and again for some time from each slot of a schedule; without either the silence ends; returns the alert';

CREATE PROCEDURE elt_catalog.send_alerts()
LANGUAGE C
AS 'MODULE_PATHNAME', 'elt_send_alerts';
COMMENT ON PROCEDURE elt_catalog.send_alerts IS 'evaluate the conditions of alerts and send their messages; commits as it goes; called by a background worker';

CREATE FUNCTION elt_catalog.alert_facts(alert text, severity text, subject text, message text, next_step text, since timestamptz, key uuid, event text)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('key', alert_facts.key, 'alert', alert_facts.alert, 'subject', alert_facts.subject, 'state', s.state,
		'severity', alert_facts.severity, 'message', alert_facts.message, 'next_step', alert_facts.next_step,
		'since', to_char(alert_facts.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
		'ended_at', CASE s.state WHEN 'resolved' THEN to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ELSE '' END,
		'database', current_database(),
		'title', left(format('%s: %s of %s in %s', upper(s.state), alert_facts.alert, alert_facts.subject, current_database()), 140),
		'text', CASE s.state WHEN 'resolved' THEN format('It has ended, after %s.', date_trunc('second', clock_timestamp() - alert_facts.since))
			ELSE concat_ws(E'\n', left(alert_facts.message, 2000), 'Next: ' || nullif(left(alert_facts.next_step, 500), '')) END,
		'event_action', CASE s.state WHEN 'resolved' THEN 'resolve' ELSE 'trigger' END,
		'color', CASE s.state WHEN 'resolved' THEN 'good' ELSE CASE alert_facts.severity WHEN 'info' THEN 'accent' WHEN 'warning' THEN 'warning'
			ELSE 'attention' END END)
	FROM (SELECT CASE alert_facts.event WHEN 'resolved' THEN 'resolved' WHEN 'test' THEN 'test' ELSE 'firing' END AS state) s;
END;
COMMENT ON FUNCTION elt_catalog.alert_facts IS 'values of the placeholders of templates';

CREATE FUNCTION elt_catalog.alert_summary(messages jsonb[], key uuid)
RETURNS jsonb
LANGUAGE sql STABLE
BEGIN ATOMIC
	SELECT jsonb_build_object('key', alert_summary.key, 'alert', 'summary', 'subject', format('%s messages', s.messages),
		'state', CASE WHEN s.firing > 0 THEN 'firing' ELSE 'resolved' END, 'severity', s.severity, 'message', s.lines,
		'next_step', 'SELECT alert, state, subject, message, next_step FROM elt.alerts', 'since', s.since, 'ended_at', '',
		'database', current_database(),
		'title', format('%s more messages: %s firing, %s resolved in %s', s.messages, s.firing, s.messages - s.firing, current_database()),
		'text', concat_ws(E'\n', s.lines, 'Next: SELECT alert, state, subject, message, next_step FROM elt.alerts'),
		'event_action', 'trigger', 'color', CASE WHEN s.firing > 0 THEN 'attention' ELSE 'good' END)
	FROM (SELECT count(*) AS messages, count(*) FILTER (WHERE m.fact ->> 'state' = 'firing') AS firing, min(m.fact ->> 'since') AS since,
			(ARRAY['info', 'warning', 'error', 'critical'])[max(array_position(ARRAY['info', 'warning', 'error', 'critical'],
				m.fact ->> 'severity'))] AS severity,
			concat_ws(E'\n', string_agg(left(m.fact ->> 'title', 100), E'\n' ORDER BY m.n) FILTER (WHERE m.n <= 20),
				CASE WHEN count(*) > 20 THEN format('and %s more', count(*) - 20) END) AS lines
		FROM unnest(alert_summary.messages) WITH ORDINALITY m(fact, n)) s;
END;
COMMENT ON FUNCTION elt_catalog.alert_summary IS 'values of the placeholders for a message that stands for others';

CREATE FUNCTION elt_catalog.alert_notice(delivery_id bigint, facts jsonb)
RETURNS jsonb
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
	SELECT jsonb_object_agg(f.key, left(f.value, CASE WHEN f.key IN ('message', 'next_step') THEN 400 ELSE 100 END)) || jsonb_build_object(
		'shortened', 'true', 'text', format('SELECT message, next_step FROM elt.alert_deliveries WHERE delivery_id = %s', alert_notice.delivery_id))
	FROM jsonb_each_text(alert_notice.facts) f;
END;
COMMENT ON FUNCTION elt_catalog.alert_notice IS 'values of a message that is too long for NOTIFY, shortened, and where to read the whole';
