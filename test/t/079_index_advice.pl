# Advice on indexes from the queries that pg_stat_statements knows: those of the caller alone, since planning those of others would run
# their functions.
use strict;
use warnings;
use Test::More;
use EltNode;

my $node = start_node('index_advice', extension => 1, conf => "shared_preload_libraries = 'pg_stat_statements'\n");
my $sql = sub { return $node->safe_psql('postgres', $_[0], @_[1 .. $#_]) };

plan skip_all => 'pg_stat_statements is not installed'
  if $sql->(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_stat_statements'}) == 0;
$sql->(q{
	CREATE EXTENSION pg_stat_statements;
	CREATE ROLE analyst LOGIN;
	GRANT elt_admin TO analyst;
	CREATE TABLE visit (at date NOT NULL, id int NOT NULL, page text) PARTITION BY RANGE (at);
	CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
	INSERT INTO visit SELECT '2024-01-01', i, 'p' || i FROM generate_series(1, 10000) i;
	GRANT SELECT ON visit TO analyst;
	ANALYZE visit});

my $missing = q{SELECT reason, statement, bytes > 0 FROM elt.index_advice('visit') WHERE advice = 'missing'};

$sql->("SELECT count(*) FROM visit WHERE id = $_") for 1 .. 3;
$sql->(q{SELECT page FROM visit WHERE page = 'p7'}, extra_params => [ '-U', 'analyst' ]);
is($sql->($missing), '1 query filters a scan of the whole table by these columns|CREATE INDEX ON visit (id)|t', 'my queries');
is($sql->($missing, extra_params => [ '-U', 'analyst' ]),
	'1 query filters a scan of the whole table by these columns|CREATE INDEX ON visit (page)|t', 'those of somebody else');
$sql->('CREATE INDEX ON visit (id)');
is($sql->($missing), '', 'nothing is missing any more');
$node->stop;
done_testing();
