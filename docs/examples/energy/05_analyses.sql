-- Energy-Charts, step 5 of 5: three analyses as views, with a query for each.
--
-- All three have this in common:
--   * Days and times of day are local to the country. A day has 23 or 25 hours when the clock
--     changes, and every view shows how many hours its data covers.
--   * A null is a missing measurement: it adds neither energy nor hours, and is not zero.
--   * Sums of energy and averages of prices are exact decimals, so they do not depend on the order
--     of the rows. Correlations, medians and rolling features are float8.
--
-- Variable: country whose results are printed (default de).

\set ON_ERROR_STOP on

-- JIT compilation for every partition takes longer than the queries.
SET jit = off;

\if :{?country}
\else
	\set country de
\endif

-- ---------------------------------------------------------------------------------------------
-- Price against wind, by day

-- Each price weighs as long as it holds, so that a day of hours and quarter hours averages right.
-- Wind is the production of the zone's country; a country without wind at sea has NULL there.
CREATE OR REPLACE VIEW mart.daily_price_analysis AS
WITH prices AS (
	SELECT bidding_zone_key, country_key, bidding_zone, date_key, local_ts::date AS day,
		sum(price_eur_mwh * hours) / sum(hours) AS price_avg,
		min(price_eur_mwh) AS price_min,
		max(price_eur_mwh) AS price_max,
		sum(hours) AS price_hours
	FROM mart.fact_price
	CROSS JOIN LATERAL (SELECT CASE step WHEN interval '15 minutes' THEN 0.25 ELSE 1 END) h (hours)
	WHERE price_eur_mwh IS NOT NULL
	GROUP BY bidding_zone_key, country_key, bidding_zone, date_key, local_ts::date
), wind AS (
	SELECT country_key, local_ts::date AS day,
		sum(energy_mwh) FILTER (WHERE production_type = 'Wind onshore') AS onshore_mwh,
		sum(hours) FILTER (WHERE production_type = 'Wind onshore') AS onshore_hours,
		sum(energy_mwh) FILTER (WHERE production_type = 'Wind offshore') AS offshore_mwh,
		sum(hours) FILTER (WHERE production_type = 'Wind offshore') AS offshore_hours
	FROM mart.fact_generation
	CROSS JOIN LATERAL (SELECT CASE step WHEN interval '15 minutes' THEN 0.25 ELSE 1 END) h (hours)
	WHERE production_type IN ('Wind onshore', 'Wind offshore') AND energy_mwh IS NOT NULL
	GROUP BY country_key, local_ts::date
)
SELECT p.bidding_zone_key, p.country_key, p.date_key, p.bidding_zone, p.day,
	d.day_hours,
	p.price_hours, p.price_avg, p.price_min, p.price_max,
	w.onshore_hours, w.onshore_mwh, w.offshore_hours, w.offshore_mwh,
	coalesce(w.onshore_mwh + w.offshore_mwh, w.onshore_mwh, w.offshore_mwh) AS wind_mwh,
	coalesce(p.price_hours = d.day_hours
		AND coalesce(w.onshore_hours, w.offshore_hours) = d.day_hours
		AND coalesce(w.offshore_hours, w.onshore_hours) = d.day_hours, false) AS is_complete
FROM prices p
JOIN mart.dim_bidding_zone z USING (bidding_zone_key)
CROSS JOIN LATERAL (SELECT round(date_part('epoch',
	(p.day + 1)::timestamp AT TIME ZONE z.time_zone - p.day::timestamp AT TIME ZONE z.time_zone
	)::numeric / 3600, 2)) d (day_hours)
LEFT JOIN wind w ON w.country_key = p.country_key AND w.day = p.day;
COMMENT ON VIEW mart.daily_price_analysis IS 'grain: one bidding zone and local day; average price in EUR/MWh against the energy of wind, with the hours that each covers';
COMMENT ON COLUMN mart.daily_price_analysis.is_complete IS 'price and wind cover the whole day; not so when values are null or the day is not over';

-- A part of a day compares the price of some hours with the wind of others, so only complete
-- days count. corr needs two of them.
CREATE OR REPLACE VIEW mart.price_wind_correlation AS
SELECT bidding_zone_key, bidding_zone,
	date_trunc('month', day)::date AS month,
	count(*) AS days,
	corr(price_avg, onshore_mwh) AS price_onshore,
	corr(price_avg, offshore_mwh) AS price_offshore,
	corr(price_avg, wind_mwh) AS price_wind
FROM mart.daily_price_analysis
WHERE is_complete
GROUP BY GROUPING SETS ((bidding_zone_key, bidding_zone),
	(bidding_zone_key, bidding_zone, date_trunc('month', day)::date));
COMMENT ON VIEW mart.price_wind_correlation IS 'grain: one bidding zone and month, and one row with month NULL over all days: Pearson correlation of the day''s price with the day''s wind, complete days only';

-- ---------------------------------------------------------------------------------------------
-- Net energy by production type, by day

-- Power times step, summed. Generation is positive and consumption (pumping, charging) negative, so
-- adding both up gives what was produced net. Loads, net trade and shares are not production; a
-- series that dim_production_type does not know is not taken for production either: see
-- mart.unlisted_names.
CREATE OR REPLACE VIEW mart.daily_production_trend AS
SELECT g.country_key, g.production_type_key, g.date_key, g.country, g.production_type,
	t.category, g.day, g.net_energy_mwh, g.covered_hours, g.null_points, d.day_hours,
	g.covered_hours = d.day_hours AS is_complete
FROM (
	SELECT country_key, production_type_key, date_key, country, production_type,
		local_ts::date AS day,
		sum(energy_mwh) AS net_energy_mwh,
		coalesce(sum(CASE step WHEN interval '15 minutes' THEN 0.25 ELSE 1 END)
			FILTER (WHERE energy_mwh IS NOT NULL), 0) AS covered_hours,
		count(*) FILTER (WHERE energy_mwh IS NULL) AS null_points
	FROM mart.fact_generation
	GROUP BY country_key, production_type_key, date_key, country, production_type, local_ts::date
) g
JOIN mart.dim_production_type t USING (production_type_key)
JOIN mart.dim_country c USING (country_key)
CROSS JOIN LATERAL (SELECT round(date_part('epoch',
	(g.day + 1)::timestamp AT TIME ZONE c.time_zone - g.day::timestamp AT TIME ZONE c.time_zone
	)::numeric / 3600, 2)) d (day_hours)
WHERE t.category IN ('generation', 'consumption');
COMMENT ON VIEW mart.daily_production_trend IS 'grain: one country, production type and local day; net energy in MWh, NULL when the day has no value at all';
COMMENT ON COLUMN mart.daily_production_trend.covered_hours IS 'hours with a value; below day_hours the energy is that of a part of the day';

-- ---------------------------------------------------------------------------------------------
-- Underperformance, by half hour

-- The half hours of every generating series. Two quarter hours make one; an hour makes two with the
-- same power. A half hour that is not covered completely has no power: it is not evaluated, and
-- is not part of the history of others.
CREATE OR REPLACE VIEW mart.half_hourly_generation AS
SELECT g.country_key, g.production_type_key, g.country, g.production_type,
	g.interval_start, g.interval_start AT TIME ZONE c.time_zone AS local_ts,
	CASE WHEN g.covered_minutes = 30 THEN g.power_mw END AS power_mw
FROM (
	SELECT f.country_key, f.production_type_key, f.country, f.production_type,
		date_bin('30 minutes', f.ts + make_interval(mins => h.offset_minutes),
			timestamptz '2000-01-01 00:00+00') AS interval_start,
		avg(f.power_mw) AS power_mw,
		sum(CASE f.step WHEN interval '15 minutes' THEN 15 ELSE 30 END)
			FILTER (WHERE f.power_mw IS NOT NULL) AS covered_minutes
	FROM mart.fact_generation f
	JOIN mart.dim_production_type t USING (production_type_key)
	JOIN (VALUES (0), (30)) h (offset_minutes)
		ON h.offset_minutes = 0 OR f.step = interval '1 hour'
	WHERE t.category = 'generation'
	GROUP BY f.country_key, f.production_type_key, f.country, f.production_type, interval_start
) g
JOIN mart.dim_country c USING (country_key);
COMMENT ON VIEW mart.half_hourly_generation IS 'grain: one country, generating series and half hour; average power, NULL unless the half hour is covered whole';

-- Each half hour is compared with the same local time of day on the 28 days before its own: their
-- median is what to expect, and their median absolute deviation (MAD) is how far they scatter.
--
--   robust_z = (power - median) / scale
--   scale    = 1.4826 * MAD, the standard deviation that a normal distribution of this MAD has;
--              not less than 1 % of the median and not less than 1 MW, so that a constant
--              series is not evaluated by its last digit
--
-- It underperforms when robust_z <= -3. With fewer than 14 values in those 28 days, or
-- if the power is NULL, is_underperforming is NULL.
--
-- When the clock goes back, two half hours share a local time: both look at the same history, and
-- both are part of later ones. When it goes forward, a day has no such half hour.
--
-- The history comes from a window over (series, time of day) in order of the day, as an array of at
-- most some 30 values; PostgreSQL has no percentile over a moving window. Lags and rolling features
-- look back in time, not in rows: a gap gives NULL, not an older value.
CREATE OR REPLACE VIEW mart.underperformance AS
SELECT f.country_key, f.production_type_key,
	to_char(f.local_ts, 'YYYYMMDD')::int AS date_key, to_char(f.local_ts, 'HH24MISS')::int AS time_key,
	f.country, f.production_type, f.interval_start, f.local_ts,
	f.power_mw,
	e.history_values,
	e.expected_mw,
	m.mad_mw,
	f.power_mw - e.expected_mw AS deviation_mw,
	z.robust_z,
	CASE WHEN e.history_values >= 14 THEN z.robust_z <= -3 END AS is_underperforming,
	f.lag_30m_mw, f.lag_1h_mw, f.lag_1d_mw, f.lag_7d_mw,
	f.mean_3h_mw, f.mean_24h_mw, f.stddev_24h_mw, f.min_24h_mw, f.max_24h_mw
FROM (
	SELECT h.*,
		array_agg(power_mw) OVER (time_of_day RANGE BETWEEN '28 days' PRECEDING AND '1 day' PRECEDING) AS history,
		avg(power_mw) OVER (time_of_day RANGE BETWEEN '1 day' PRECEDING AND '1 day' PRECEDING) AS lag_1d_mw,
		avg(power_mw) OVER (time_of_day RANGE BETWEEN '7 days' PRECEDING AND '7 days' PRECEDING) AS lag_7d_mw,
		min(power_mw) OVER (series RANGE BETWEEN '30 minutes' PRECEDING AND '30 minutes' PRECEDING) AS lag_30m_mw,
		min(power_mw) OVER (series RANGE BETWEEN '1 hour' PRECEDING AND '1 hour' PRECEDING) AS lag_1h_mw,
		avg(power_mw) OVER (series RANGE BETWEEN '3 hours' PRECEDING AND '30 minutes' PRECEDING) AS mean_3h_mw,
		avg(power_mw) OVER last_day AS mean_24h_mw,
		stddev_samp(power_mw) OVER last_day AS stddev_24h_mw,
		min(power_mw) OVER last_day AS min_24h_mw,
		max(power_mw) OVER last_day AS max_24h_mw
	FROM mart.half_hourly_generation h
	WINDOW
		time_of_day AS (PARTITION BY country, production_type, local_ts::time ORDER BY local_ts::date),
		series AS (PARTITION BY country, production_type ORDER BY interval_start),
		last_day AS (series RANGE BETWEEN '24 hours' PRECEDING AND '30 minutes' PRECEDING)
) f
CROSS JOIN LATERAL (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v), count(v) FROM unnest(f.history) v
) e (expected_mw, history_values)
CROSS JOIN LATERAL (
	SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY abs(v - e.expected_mw)) FROM unnest(f.history) v
) m (mad_mw)
CROSS JOIN LATERAL (
	SELECT (f.power_mw - e.expected_mw) / greatest(1.4826 * m.mad_mw, 0.01 * abs(e.expected_mw), 1)
) z (robust_z);
COMMENT ON VIEW mart.underperformance IS 'grain: one country, generating series and half hour; power against the median of the same local time on the 28 days before, with features for a model';
COMMENT ON COLUMN mart.underperformance.robust_z IS 'deviation in units of the scatter of its own history; NULL without power or history';
COMMENT ON COLUMN mart.underperformance.is_underperforming IS 'robust_z <= -3, NULL with fewer than 14 values of history';
COMMENT ON COLUMN mart.underperformance.lag_1d_mw IS 'same local time on the day before; the mean of two when the clock went back';
COMMENT ON COLUMN mart.underperformance.mean_24h_mw IS 'over the half hours that began in the 24 hours before this one, itself left out; likewise the other _24h and _3h columns';

-- ---------------------------------------------------------------------------------------------
-- Query each analysis

\echo
\echo 'Average price against wind, the last 14 days'
SELECT bidding_zone, day, round(price_avg, 2) AS eur_mwh,
	round(onshore_mwh) AS onshore_mwh, round(offshore_mwh) AS offshore_mwh, is_complete
FROM mart.daily_price_analysis
JOIN mart.dim_country USING (country_key)
WHERE country = :'country'
ORDER BY day DESC, bidding_zone LIMIT 14;

\echo 'Correlation of the price with wind'
SELECT bidding_zone, coalesce(to_char(month, 'YYYY-MM'), 'all') AS month, days,
	round(price_onshore::numeric, 3) AS onshore, round(price_offshore::numeric, 3) AS offshore,
	round(price_wind::numeric, 3) AS wind
FROM mart.price_wind_correlation
ORDER BY bidding_zone, mart.price_wind_correlation.month NULLS LAST;

\echo 'Net energy of the last complete day, and the mean of the seven days before'
WITH trend AS (
	SELECT country, production_type, category, day, net_energy_mwh, is_complete,
		avg(net_energy_mwh) OVER (PARTITION BY country, production_type ORDER BY day
			RANGE BETWEEN '7 days' PRECEDING AND '1 day' PRECEDING) AS week_before
	FROM mart.daily_production_trend
)
SELECT day, production_type, category, round(net_energy_mwh) AS net_mwh,
	round(week_before) AS week_before, round(100 * net_energy_mwh / sum(net_energy_mwh) OVER (), 1) AS percent
FROM trend
WHERE country = :'country' AND day = (SELECT max(day) FROM trend WHERE country = :'country' AND is_complete)
ORDER BY net_energy_mwh DESC NULLS LAST;

\echo 'Half hours furthest below what was to be expected, the last 7 days'
SELECT production_type, to_char(local_ts, 'YYYY-MM-DD HH24:MI') AS local_time,
	round(power_mw::numeric, 1) AS power_mw, round(expected_mw::numeric, 1) AS expected_mw,
	round(robust_z::numeric, 1) AS robust_z, history_values
FROM mart.underperformance
WHERE country = :'country' AND is_underperforming
	AND interval_start >= (SELECT max(ts) - interval '7 days' FROM energy.public_power)
ORDER BY mart.underperformance.robust_z, local_ts LIMIT 14;

\echo 'Names in the data that no dimension lists: they are in no analysis'
SELECT * FROM mart.unlisted_names ORDER BY dimension, name;
