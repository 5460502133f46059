-- Every file of csv_spectrum against what its JSON says.
\set ON_ERROR_STOP 1
CREATE FUNCTION spectrum(directory text, file text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	want jsonb := pg_read_file(format('%s/json/%s.json', directory, file));
	page bytea := pg_read_binary_file(format('%s/csvs/%s.csv', directory, file));
	got jsonb;
	chunk int;
BEGIN
	EXECUTE format('DROP TYPE IF EXISTS spectrum_row; CREATE TYPE spectrum_row AS (%s)',
		(SELECT string_agg(format('%I text', key), ', ') FROM jsonb_object_keys(want -> 0) key));
	FOREACH chunk IN ARRAY '{0,1,2,3,5,16,63,64,65}'::int[] LOOP
		EXECUTE 'SELECT jsonb_agg(to_jsonb(t)) FROM decode_rows(NULL::spectrum_row, $1, NULL, $2, $3, 3) t'
			INTO got USING page, ARRAY[':header=true', ':null=\N'], chunk;
		EXIT WHEN got IS DISTINCT FROM want;
	END LOOP;
	RETURN NEXT is(got::text, want::text, 'csv_spectrum: ' || file);
END $$;
\if :{?fixtures}
SELECT :'fixtures' <> '' AS at_hand \gset
\if :at_hand
SELECT spectrum(:'fixtures' || '/csv_spectrum', replace(file, '.csv', ''))
	FROM pg_ls_dir(:'fixtures' || '/csv_spectrum/csvs') file ORDER BY file COLLATE "C";
\else
SELECT 'ok - csv_spectrum # SKIP no captured responses';
\endif
\endif
