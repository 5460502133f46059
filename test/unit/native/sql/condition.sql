-- What is to be native is, with the verdicts of the executor.
SELECT is(compare_condition('t', condition), 'same', condition) FROM unnest(ARRAY[
	'x IS NOT NULL', 'j IS NULL', 'b', 'NOT b', 'b IS NOT TRUE', 'i4 BETWEEN 0 AND 100', 'i2 < 99999999999',
	'f8 >= 0.1', 'f4 = float4 ''0.1''', 'f4 = 0.1', 'n BETWEEN 0 AND 10000', 'i4 <= 1e6', 'i8 > 6.5', 'i2 = 2.0', 'dom <> 1.5', 'i8 < ''NaN''::numeric', 'n <> ''NaN''', 'd >= ''2024-01-01''',
	'ts < ''infinity''', 'tz > ''2024-01-01 00:00:00+00''', 'x = ''ab''', 'x <> ''''', 'x IN (''a'', ''b'', NULL)',
	'x NOT IN (''a'', ''b'')', 'i8 IN (1, 2, 9223372036854775807)', 'n IN (1, 12.34)', 'd IN (''2024-01-01'', ''infinity'')',
	'x = ANY (''{}'')', 'xc < ''b''', 'xp BETWEEN ''a'' AND ''b''', 'x COLLATE "C" >= ''A''', 'length(x) < 5',
	'char_length(v) BETWEEN 1 AND 30', 'octet_length(x) <= 10', 'length(c) = 2', 'octet_length(c) >= 6',
	'starts_with(x, ''a'')', 'x ^@ ''é''', 'x LIKE ''a%''', 'x LIKE ''é%''', 'x NOT LIKE ''ab''', 'x LIKE ''a_b%0''',
	'x LIKE ''%a%b%''', 'x LIKE ''\%%''', 'c LIKE ''ab%''', 'c = ''ab''', 'c IN (''ab'', ''b'')', 'v ~ ''^[A-Z]{2}-[A-Z]+$''',
	'x ~ ''^S[0-9]{4}$''', 'x ~ ''^\d+(\.\d+)?$''', 'x ~ ''^(a|b|ab)*$''', 'x ~ ''a''', 'x !~ ''^\s*$''',
	'x ~ ''^[^a]+$''', 'c ~ ''^ab''', 'x SIMILAR TO ''(a|b)+''', 'regexp_like(x, ''^[[:alpha:]_]\w*$'')',
	'i4 <= i8', 'ts <= ts2', 'x = x2', 'xc < xp COLLATE "C"', 'f4 < f8', 'n > n2', 'c = c2', 'dom > 1', 'domx = ''a''',
	'i4 IS DISTINCT FROM 7', 'x IS NOT DISTINCT FROM x2', 'i4 > 0 OR x IS NULL AND NOT b', 'true', 'NULL',
	'(i4 > 0) IS UNKNOWN', 'x ~ ''^[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}$''', 'x ~ ''^$''', 'x ~ ''^.{0,10}$''']) condition;

-- What has no native form.
SELECT is(compare_condition('t', condition), NULL, 'not native: ' || condition) FROM unnest(ARRAY[
	'x < ''b'' COLLATE "en-x-icu"', 'upper(x) = ''A''', 'i4 + 1 > 0', 'ts < now()', 'd = ts', 'x ~ x2', 'x LIKE ''a\''',
	'x ~ ''(a)\1''', 'x ~ ''\ma''', 'x ~ ''(?i)a''', 'x ~ ''^(?=a)''', 'x ~ ''[''', 'x ~ ''a{300}''', 'x ~ ''***=a''', 'x ILIKE ''a''',
	'x ~ ''^(a{20}){20}(b{20}){20}(c{20}){20}$''', 'x ~ ''é''', 'x ~ ''a[[.hyphen.]]''', 'u = u', 'coalesce(i4, 0) > 0',
	'x = ''a'' COLLATE blind', 'x IN (''a'', ''b'') = b AND random() < 2']) condition
WHERE :icu OR condition NOT LIKE '%COLLATE%';

\if :{?soak}
\set conditions 200000
\else
\set conditions 4000
\endif
SELECT is(differences, '', :'conditions' || ' conditions: the verdicts of the executor') AS conditions,
	ok(native > :conditions / 3, native || ' were native') AS native,
	ok(telling > native / 4, telling || ' had rows on either side') AS telling
FROM compare_random('t', 'any', :seed, :conditions);
SELECT is(differences, '', :'conditions' || ' regular expressions: the verdicts of the executor') AS conditions,
	ok(native > :conditions / 3, native || ' were native') AS native,
	ok(telling > native / 4, telling || ' had rows on either side') AS telling
FROM compare_random('t', 'regex', :seed, :conditions);
