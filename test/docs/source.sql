-- The server and the foreign table of README.md, which most pages take for granted.
CREATE SERVER energy_charts FOREIGN DATA WRAPPER elt_http
    OPTIONS (url 'https://api.energy-charts.info', rate_limit '2/s');
CREATE FOREIGN TABLE public_power (
    country          text        OPTIONS (param 'country'),
    ts               timestamptz OPTIONS (path '$.unix_seconds[*]', format 'unix'),
    production_type  text        OPTIONS (path 'name'),
    power_mw         float8      OPTIONS (path 'data[*]')
) SERVER energy_charts OPTIONS (
    path '/public_power', query 'country={country}&start={window_start}&end={window_last}',
    records '$.production_types[*]',
    window '1 day', window_column 'ts', window_format 'YYYY-MM-DD',
    window_time_zone 'Europe/Berlin', not_yet_on '404 text/plain');
