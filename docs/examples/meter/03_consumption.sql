-- Meter files, step 3 of 4: consumption, and how it differs from what was billed.

\set ON_ERROR_STOP on

-- A day is one of the customer: it has 23 or 25 hours when clocks change.
CREATE VIEW meter.consumption_source AS
SELECT customer_id, (start_time AT TIME ZONE time_zone)::date AS day, sum(usage_kwh) AS kwh,
	count(*) AS intervals, max(received_at) AS received_at
FROM meter.standard JOIN meter.customers USING (customer_id)
GROUP BY 1, 2;

SELECT elt.create_pipeline('consumption', source => 'meter.consumption_source', target => 'meter.consumption',
	key => '{customer_id,day}', options => '{"load": "full", "absent": "delete"}');

CREATE VIEW meter.consumption_difference AS
SELECT customer_id, day, c.kwh, b.kwh AS billed_kwh, coalesce(c.kwh, 0) - coalesce(b.kwh, 0) AS difference
FROM meter.consumption c FULL JOIN meter.billed b USING (customer_id, day)
WHERE c.kwh IS DISTINCT FROM b.kwh;
