-- What data is like.

CREATE FUNCTION elt.profile(
	relation regclass,
	OUT column_name text,
	OUT data_type text,
	OUT row_count bigint,
	OUT null_count bigint,
	OUT distinct_count bigint,
	OUT distinct_method text,
	OUT min_value text,
	OUT max_value text,
	OUT mean double precision,
	OUT quantiles jsonb,
	OUT top_values jsonb,
	OUT pattern text,
	OUT pattern_share double precision)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_profile';
COMMENT ON FUNCTION elt.profile IS 'describe each column of a relation in one scan, with the caller''s privileges: counts, limits, mean, quantiles, most frequent values, and the pattern of most texts';
