-- Sketches: how many values are distinct, and which number is at a fraction, from few bytes that can be merged.

CREATE TYPE elt.distinct_sketch;

CREATE FUNCTION elt_catalog.distinct_sketch_in(digits cstring) RETURNS elt.distinct_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_sketch_in';
COMMENT ON FUNCTION elt_catalog.distinct_sketch_in IS 'input of elt.distinct_sketch: hexadecimal digits, which are checked';

CREATE FUNCTION elt_catalog.distinct_sketch_out(sketch elt.distinct_sketch) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_sketch_out';
COMMENT ON FUNCTION elt_catalog.distinct_sketch_out IS 'output of elt.distinct_sketch: hexadecimal digits';

CREATE FUNCTION elt_catalog.distinct_sketch_recv(message internal) RETURNS elt.distinct_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_sketch_recv';
COMMENT ON FUNCTION elt_catalog.distinct_sketch_recv IS 'binary input of elt.distinct_sketch, which is checked';

CREATE FUNCTION elt_catalog.distinct_sketch_send(sketch elt.distinct_sketch) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_sketch_send';
COMMENT ON FUNCTION elt_catalog.distinct_sketch_send IS 'binary output of elt.distinct_sketch';

-- The bytes are those of hashes, which do not compress.
CREATE TYPE elt.distinct_sketch (
	INPUT = elt_catalog.distinct_sketch_in,
	OUTPUT = elt_catalog.distinct_sketch_out,
	RECEIVE = elt_catalog.distinct_sketch_recv,
	SEND = elt_catalog.distinct_sketch_send,
	STORAGE = external);
COMMENT ON TYPE elt.distinct_sketch IS 'which values a set has, so far as counting them approximately needs';

CREATE FUNCTION elt_catalog.distinct_add(state internal, value anyelement) RETURNS internal
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_add';
COMMENT ON FUNCTION elt_catalog.distinct_add IS 'transition of elt.sketch_distinct';

CREATE FUNCTION elt_catalog.distinct_merge(state internal, sketch elt.distinct_sketch) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_merge';
COMMENT ON FUNCTION elt_catalog.distinct_merge IS 'transition of elt.merge_distinct';

CREATE FUNCTION elt_catalog.distinct_combine(state internal, other internal) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_combine';
COMMENT ON FUNCTION elt_catalog.distinct_combine IS 'combination of what parallel workers have';

CREATE FUNCTION elt_catalog.distinct_serial(state internal) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_serial';
COMMENT ON FUNCTION elt_catalog.distinct_serial IS 'what a parallel worker has, as bytes';

CREATE FUNCTION elt_catalog.distinct_deserial(bytes bytea, state internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_deserial';
COMMENT ON FUNCTION elt_catalog.distinct_deserial IS 'what a parallel worker had';

CREATE FUNCTION elt_catalog.distinct_final(state internal) RETURNS elt.distinct_sketch
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_final';
COMMENT ON FUNCTION elt_catalog.distinct_final IS 'result of elt.sketch_distinct and elt.merge_distinct';

CREATE AGGREGATE elt.sketch_distinct(value anyelement) (
	SFUNC = elt_catalog.distinct_add,
	STYPE = internal,
	SSPACE = 1024,
	FINALFUNC = elt_catalog.distinct_final,
	COMBINEFUNC = elt_catalog.distinct_combine,
	SERIALFUNC = elt_catalog.distinct_serial,
	DESERIALFUNC = elt_catalog.distinct_deserial,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE elt.sketch_distinct(anyelement) IS 'the distinct values that are not null, as a sketch of at most 12 kB for elt.distinct_count; of no rows it is empty, not null';

CREATE AGGREGATE elt.merge_distinct(sketch elt.distinct_sketch) (
	SFUNC = elt_catalog.distinct_merge,
	STYPE = internal,
	SSPACE = 16384,
	FINALFUNC = elt_catalog.distinct_final,
	COMBINEFUNC = elt_catalog.distinct_combine,
	SERIALFUNC = elt_catalog.distinct_serial,
	DESERIALFUNC = elt_catalog.distinct_deserial,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE elt.merge_distinct(elt.distinct_sketch) IS 'the sketch of the values of all sketches';

CREATE FUNCTION elt.union_distinct(sketch elt.distinct_sketch, other elt.distinct_sketch) RETURNS elt.distinct_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_union_distinct';
COMMENT ON FUNCTION elt.union_distinct IS 'the sketch of the values of two sketches';

CREATE FUNCTION elt.distinct_count(sketch elt.distinct_sketch) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_count';
COMMENT ON FUNCTION elt.distinct_count IS 'about how many distinct values a sketch has: exact for a few thousand, from then on with a standard error of 0.81 %';

CREATE TYPE elt.distinct_counts;

CREATE FUNCTION elt_catalog.distinct_counts_in(digits cstring) RETURNS elt.distinct_counts
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_in';
COMMENT ON FUNCTION elt_catalog.distinct_counts_in IS 'input of elt.distinct_counts: hexadecimal digits, which are checked';

CREATE FUNCTION elt_catalog.distinct_counts_out(sketch elt.distinct_counts) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_sketch_out';
COMMENT ON FUNCTION elt_catalog.distinct_counts_out IS 'output of elt.distinct_counts: hexadecimal digits';

CREATE FUNCTION elt_catalog.distinct_counts_recv(message internal) RETURNS elt.distinct_counts
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_recv';
COMMENT ON FUNCTION elt_catalog.distinct_counts_recv IS 'binary input of elt.distinct_counts, which is checked';

CREATE FUNCTION elt_catalog.distinct_counts_send(sketch elt.distinct_counts) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_sketch_send';
COMMENT ON FUNCTION elt_catalog.distinct_counts_send IS 'binary output of elt.distinct_counts';

-- Distances between hashes do not compress.
CREATE TYPE elt.distinct_counts (
	INPUT = elt_catalog.distinct_counts_in,
	OUTPUT = elt_catalog.distinct_counts_out,
	RECEIVE = elt_catalog.distinct_counts_recv,
	SEND = elt_catalog.distinct_counts_send,
	STORAGE = external);
COMMENT ON TYPE elt.distinct_counts IS 'which values rows have, so far as counting them approximately needs, with numbers of rows so that rows can be removed';

CREATE FUNCTION elt_catalog.distinct_counts_add(state internal, value anyelement, n integer) RETURNS internal
LANGUAGE C STABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_add';
COMMENT ON FUNCTION elt_catalog.distinct_counts_add IS 'transition of elt.sketch_distinct_counts';

CREATE FUNCTION elt_catalog.distinct_counts_combine(state internal, other internal) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_combine';
COMMENT ON FUNCTION elt_catalog.distinct_counts_combine IS 'combination of what parallel workers have';

CREATE FUNCTION elt_catalog.distinct_counts_serial(state internal) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_serial';
COMMENT ON FUNCTION elt_catalog.distinct_counts_serial IS 'what a parallel worker has, as bytes';

CREATE FUNCTION elt_catalog.distinct_counts_deserial(bytes bytea, state internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_deserial';
COMMENT ON FUNCTION elt_catalog.distinct_counts_deserial IS 'what a parallel worker had';

CREATE FUNCTION elt_catalog.distinct_counts_final(state internal) RETURNS elt.distinct_counts
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_distinct_counts_final';
COMMENT ON FUNCTION elt_catalog.distinct_counts_final IS 'result of elt.sketch_distinct_counts';

CREATE AGGREGATE elt.sketch_distinct_counts(value anyelement, n integer) (
	SFUNC = elt_catalog.distinct_counts_add,
	STYPE = internal,
	SSPACE = 16384,
	FINALFUNC = elt_catalog.distinct_counts_final,
	COMBINEFUNC = elt_catalog.distinct_counts_combine,
	SERIALFUNC = elt_catalog.distinct_counts_serial,
	DESERIALFUNC = elt_catalog.distinct_counts_deserial,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE elt.sketch_distinct_counts(anyelement, integer) IS 'the distinct values that are not null with their rows, each row counted n times: 1 for one that came, -1 for one that went; a sketch for elt.counted_distinct';

CREATE FUNCTION elt.add_distinct_counts(sketch elt.distinct_counts, other elt.distinct_counts) RETURNS elt.distinct_counts
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_add_distinct_counts';
COMMENT ON FUNCTION elt.add_distinct_counts IS 'add two sketches; one of them may have rows to be removed, which were counted -1 times';

CREATE FUNCTION elt.counted_distinct(sketch elt.distinct_counts) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_counted_distinct';
COMMENT ON FUNCTION elt.counted_distinct IS 'about how many distinct values rows have, as elt.distinct_count; null if more rows were removed than had been added, or if so few of many values are left that the sketch must be built again';

CREATE FUNCTION elt.counted_rows(sketch elt.distinct_counts) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_counted_rows';
COMMENT ON FUNCTION elt.counted_rows IS 'how many rows a sketch of distinct values counts';

CREATE TYPE elt.quantile_sketch;

CREATE FUNCTION elt_catalog.quantile_sketch_in(digits cstring) RETURNS elt.quantile_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_sketch_in';
COMMENT ON FUNCTION elt_catalog.quantile_sketch_in IS 'input of elt.quantile_sketch: hexadecimal digits, which are checked';

CREATE FUNCTION elt_catalog.quantile_sketch_out(sketch elt.quantile_sketch) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_sketch_out';
COMMENT ON FUNCTION elt_catalog.quantile_sketch_out IS 'output of elt.quantile_sketch: hexadecimal digits';

CREATE FUNCTION elt_catalog.quantile_sketch_recv(message internal) RETURNS elt.quantile_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_sketch_recv';
COMMENT ON FUNCTION elt_catalog.quantile_sketch_recv IS 'binary input of elt.quantile_sketch, which is checked';

CREATE FUNCTION elt_catalog.quantile_sketch_send(sketch elt.quantile_sketch) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_sketch_send';
COMMENT ON FUNCTION elt_catalog.quantile_sketch_send IS 'binary output of elt.quantile_sketch';

CREATE TYPE elt.quantile_sketch (
	INPUT = elt_catalog.quantile_sketch_in,
	OUTPUT = elt_catalog.quantile_sketch_out,
	RECEIVE = elt_catalog.quantile_sketch_recv,
	SEND = elt_catalog.quantile_sketch_send,
	STORAGE = extended);
COMMENT ON TYPE elt.quantile_sketch IS 'how numbers are distributed, as counts by buckets whose ends are 2 % apart';

CREATE FUNCTION elt_catalog.quantile_add(state internal, value double precision) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_add';
COMMENT ON FUNCTION elt_catalog.quantile_add IS 'transition of elt.sketch_quantiles';

CREATE FUNCTION elt_catalog.quantile_remove(state internal, value double precision) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_remove';
COMMENT ON FUNCTION elt_catalog.quantile_remove IS 'inverse transition of elt.sketch_quantiles, for moving frames';

CREATE FUNCTION elt_catalog.quantile_merge(state internal, sketch elt.quantile_sketch) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_merge';
COMMENT ON FUNCTION elt_catalog.quantile_merge IS 'transition of elt.merge_quantiles';

CREATE FUNCTION elt_catalog.quantile_unmerge(state internal, sketch elt.quantile_sketch) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_unmerge';
COMMENT ON FUNCTION elt_catalog.quantile_unmerge IS 'inverse transition of elt.merge_quantiles, for moving frames';

CREATE FUNCTION elt_catalog.quantile_combine(state internal, other internal) RETURNS internal
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_combine';
COMMENT ON FUNCTION elt_catalog.quantile_combine IS 'combination of what parallel workers have';

CREATE FUNCTION elt_catalog.quantile_serial(state internal) RETURNS bytea
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_serial';
COMMENT ON FUNCTION elt_catalog.quantile_serial IS 'what a parallel worker has, as bytes';

CREATE FUNCTION elt_catalog.quantile_deserial(bytes bytea, state internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_deserial';
COMMENT ON FUNCTION elt_catalog.quantile_deserial IS 'what a parallel worker had';

CREATE FUNCTION elt_catalog.quantile_final(state internal) RETURNS elt.quantile_sketch
LANGUAGE C IMMUTABLE PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_final';
COMMENT ON FUNCTION elt_catalog.quantile_final IS 'result of elt.sketch_quantiles and elt.merge_quantiles';

CREATE AGGREGATE elt.sketch_quantiles(value double precision) (
	SFUNC = elt_catalog.quantile_add,
	STYPE = internal,
	SSPACE = 4096,
	FINALFUNC = elt_catalog.quantile_final,
	COMBINEFUNC = elt_catalog.quantile_combine,
	SERIALFUNC = elt_catalog.quantile_serial,
	DESERIALFUNC = elt_catalog.quantile_deserial,
	MSFUNC = elt_catalog.quantile_add,
	MINVFUNC = elt_catalog.quantile_remove,
	MSTYPE = internal,
	MSSPACE = 4096,
	MFINALFUNC = elt_catalog.quantile_final,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE elt.sketch_quantiles(double precision) IS 'the distribution of the numbers that are not null, as a sketch for elt.quantile; of no rows it is empty, not null';

CREATE AGGREGATE elt.merge_quantiles(sketch elt.quantile_sketch) (
	SFUNC = elt_catalog.quantile_merge,
	STYPE = internal,
	SSPACE = 4096,
	FINALFUNC = elt_catalog.quantile_final,
	COMBINEFUNC = elt_catalog.quantile_combine,
	SERIALFUNC = elt_catalog.quantile_serial,
	DESERIALFUNC = elt_catalog.quantile_deserial,
	MSFUNC = elt_catalog.quantile_merge,
	MINVFUNC = elt_catalog.quantile_unmerge,
	MSTYPE = internal,
	MSSPACE = 4096,
	MFINALFUNC = elt_catalog.quantile_final,
	PARALLEL = SAFE);
COMMENT ON AGGREGATE elt.merge_quantiles(elt.quantile_sketch) IS 'the sketch of the numbers of all sketches';

CREATE FUNCTION elt.add_quantiles(sketch elt.quantile_sketch, other elt.quantile_sketch) RETURNS elt.quantile_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_add_quantiles';
COMMENT ON FUNCTION elt.add_quantiles IS 'the sketch of the numbers of two sketches';

CREATE FUNCTION elt.subtract_quantiles(sketch elt.quantile_sketch, other elt.quantile_sketch) RETURNS elt.quantile_sketch
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_subtract_quantiles';
COMMENT ON FUNCTION elt.subtract_quantiles IS 'the sketch of the numbers of one sketch without those of another; what the first does not have is counted negatively, until it is added';

CREATE FUNCTION elt.quantile(sketch elt.quantile_sketch, p double precision) RETURNS double precision
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile';
COMMENT ON FUNCTION elt.quantile IS 'the number at fraction p, from 0 to 1, within 1 % of what percentile_disc finds; null of an empty sketch';

CREATE FUNCTION elt.quantile_count(sketch elt.quantile_sketch) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'elt_quantile_count';
COMMENT ON FUNCTION elt.quantile_count IS 'how many numbers a sketch has';
