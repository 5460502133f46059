-- Sales, step 6 of 6: reports.

\set ON_ERROR_STOP on
CREATE VIEW mart.daily_revenue AS
SELECT d.date AS day, p.category, p.product, c.segment, sum(f.quantity) AS pieces, sum(f.amount) AS revenue
FROM mart.fact_sales f
JOIN mart.dim_date d USING (date_key)
JOIN mart.dim_product p USING (product_key)
JOIN mart.dim_customer c USING (customer_key)
GROUP BY d.date, p.category, p.product, c.segment;
COMMENT ON VIEW mart.daily_revenue IS 'grain: one day, product and segment of customers, as it was at the time of the sale';

CREATE VIEW mart.basket AS
SELECT order_no, channel, date_key, sum(amount) AS amount, count(*) AS lines
FROM mart.fact_sales GROUP BY order_no, channel, date_key;
COMMENT ON VIEW mart.basket IS 'grain: one order';

CREATE VIEW mart.basket_percentiles AS
SELECT d.month_label AS month, b.channel, count(*) AS orders,
	percentile_cont(0.5) WITHIN GROUP (ORDER BY b.amount) AS median, percentile_cont(0.9) WITHIN GROUP (ORDER BY b.amount) AS p90
FROM mart.basket b JOIN mart.dim_date d USING (date_key)
GROUP BY d.month_label, b.channel;
COMMENT ON VIEW mart.basket_percentiles IS 'grain: one month and channel; the amount that half and nine tenths of the orders do not exceed';

-- Guests and unknown customers are nobody who could come again.
CREATE VIEW mart.cohort_repeat_rate AS
SELECT cohort, count(*) AS customers, count(*) FILTER (WHERE last_month > cohort) AS repeated,
	round(count(*) FILTER (WHERE last_month > cohort)::numeric / count(*), 4) AS repeat_rate
FROM (
	SELECT f.customer_durable_key, min(d.month_label) AS cohort, max(d.month_label) AS last_month
	FROM mart.fact_sales f JOIN mart.dim_date d USING (date_key)
	WHERE f.customer_durable_key > 0
	GROUP BY f.customer_durable_key
) c
GROUP BY cohort;
COMMENT ON VIEW mart.cohort_repeat_rate IS 'grain: the customers whose first order was in a month, and how many of them ordered in a later one';

CREATE VIEW mart.year_over_year AS
SELECT year, month, revenue, lag(revenue) OVER same_month AS revenue_before,
	round(100 * (revenue / lag(revenue) OVER same_month - 1), 1) AS percent
FROM (
	SELECT d.year, d.month, sum(f.amount) AS revenue
	FROM mart.fact_sales f JOIN mart.dim_date d USING (date_key)
	WHERE d.year IS NOT NULL
	GROUP BY d.year, d.month
) m
WINDOW same_month AS (PARTITION BY month ORDER BY year RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING);
COMMENT ON VIEW mart.year_over_year IS 'grain: one month; its revenue, and that of the same month a year before';
