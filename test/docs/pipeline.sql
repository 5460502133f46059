-- The pipeline of README.md. Nothing has landed yet.
SELECT elt.create_pipeline('power', source => 'public_power', target => 'power',
    key => '{country,production_type,ts}', params => '{"country": ["de", "fr"]}',
    start_at => '2024-01-01', lookback => '3 days',
    partition_by => 'ts', partition_interval => '1 month');
