-- Alerts: where messages go, conditions, what is firing, and what was sent.

CREATE TABLE elt_catalog.alert_channel (
	name text PRIMARY KEY CHECK (name <> ''),
	owner regrole NOT NULL,
	kind text NOT NULL,
	server text,
	destination text,
	template text,
	max_per_minute int CHECK (max_per_minute > 0)
);
COMMENT ON TABLE elt_catalog.alert_channel IS 'channels to which alerts are sent';
COMMENT ON COLUMN elt_catalog.alert_channel.owner IS 'role whose privileges and user mapping are used to send';
COMMENT ON COLUMN elt_catalog.alert_channel.server IS 'name of the elt_http server that messages are sent to';
COMMENT ON COLUMN elt_catalog.alert_channel.destination IS 'path of the server, channel of NOTIFY, or table';
COMMENT ON COLUMN elt_catalog.alert_channel.template IS 'body of the request, in place of that of the kind';
COMMENT ON COLUMN elt_catalog.alert_channel.max_per_minute IS 'messages beyond this are summed up in one; null: there is no limit';

CREATE TABLE elt_catalog.alert (
	id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name text NOT NULL UNIQUE CHECK (name <> ''),
	owner regrole NOT NULL,
	condition text NOT NULL,
	threshold text,
	channel text NOT NULL REFERENCES elt_catalog.alert_channel,
	pending_for interval NOT NULL DEFAULT '0',
	repeat_every interval,
	severity text NOT NULL DEFAULT 'error' CHECK (severity IN ('info', 'warning', 'error', 'critical')),
	pipelines text[] NOT NULL DEFAULT '{}',
	next_step text,
	silent_from timestamptz,
	silent_until timestamptz,
	silent_schedule text,
	silent_for interval,
	silent_time_zone text NOT NULL DEFAULT 'UTC'
);
COMMENT ON TABLE elt_catalog.alert IS 'conditions that somebody is told of';
COMMENT ON COLUMN elt_catalog.alert.owner IS 'role that evaluates the condition';
COMMENT ON COLUMN elt_catalog.alert.condition IS 'one of elt.alert_conditions, or a query';
COMMENT ON COLUMN elt_catalog.alert.silent_schedule IS 'when silence begins again and again, for silent_for each time';

CREATE TABLE elt_catalog.alert_incident (
	alert_id int NOT NULL REFERENCES elt_catalog.alert ON DELETE CASCADE,
	subject text NOT NULL,
	key uuid NOT NULL DEFAULT gen_random_uuid(),
	state text NOT NULL CHECK (state IN ('pending', 'firing')),
	since timestamptz NOT NULL DEFAULT clock_timestamp(),
	told_at timestamptz,
	message text NOT NULL,
	next_step text NOT NULL,
	PRIMARY KEY (alert_id, subject)
);
COMMENT ON TABLE elt_catalog.alert_incident IS 'subjects for which the condition of an alert holds; not dumped';
COMMENT ON COLUMN elt_catalog.alert_incident.key IS 'identifies it to receivers until it is resolved';
COMMENT ON COLUMN elt_catalog.alert_incident.told_at IS 'when its last message was queued';

CREATE TABLE elt_catalog.alert_delivery (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	alert text,
	channel text NOT NULL,
	subject text NOT NULL,
	event text NOT NULL CHECK (event IN ('firing', 'reminder', 'resolved', 'test', 'summary')),
	key uuid NOT NULL,
	facts jsonb NOT NULL,
	state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'summed_up')),
	attempts int NOT NULL DEFAULT 0,
	created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	tried_at timestamptz,
	next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
	sent_at timestamptz,
	http_status int,
	error text
);
CREATE INDEX alert_delivery_pending ON elt_catalog.alert_delivery (id) WHERE state = 'pending';
CREATE INDEX alert_delivery_tried ON elt_catalog.alert_delivery (tried_at);
CREATE INDEX alert_delivery_key ON elt_catalog.alert_delivery (key);
COMMENT ON TABLE elt_catalog.alert_delivery IS 'messages of alerts, and what became of each; not dumped';
COMMENT ON COLUMN elt_catalog.alert_delivery.facts IS 'values of the placeholders of a template';
COMMENT ON COLUMN elt_catalog.alert_delivery.attempts IS 'counted before each attempt, so that a crash counts too';
