# The extension is created with and without preload, dropped, dumped and restored; every procedure
# takes NULL for every argument.
use strict;
use warnings;
use Test::More;
use PostgreSQL::Test::Utils;
use EltNode;

my $null_calls = q{
	SELECT format('CALL %I.%I(%s)', n.nspname, p.proname,
		(SELECT string_agg('NULL::' || format_type(t.oid, NULL), ', ' ORDER BY t.ord)
		 FROM unnest(p.proargtypes) WITH ORDINALITY AS t(oid, ord)))
	FROM pg_depend d
	JOIN pg_proc p ON p.oid = d.objid AND d.classid = 'pg_proc'::regclass
	JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND p.prokind = 'p'
	  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_elt')
	ORDER BY 1};

my $objects = q{
	SELECT count(*) FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
	  AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_elt')};

for my $preload (0, 1)
{
	my $how = $preload ? 'preloaded' : 'not preloaded';
	my $node = start_node($preload ? 'preload' : 'plain', preload => $preload);

	$node->safe_psql('postgres', 'CREATE EXTENSION pg_elt');
	is($node->safe_psql('postgres', q{SELECT extversion FROM pg_extension WHERE extname = 'pg_elt'}),
		'1.0', "created, $how");

	for my $call (split /\n/, $node->safe_psql('postgres', $null_calls))
	{
		unlike(sqlstate_of($node, 'postgres', $call), qr/^(dead|XX)/, "$call, $how");
	}

	$node->safe_psql('postgres', 'CREATE DATABASE copied');
	command_ok(
		[
			'bash', '-c',
			'set -o pipefail; pg_dump -p "$1" -h "$2" postgres -N cron --exclude-table-data="cron.*"'
			  . ' | sed "/pg_cron/d" | psql -qX -v ON_ERROR_STOP=1 -p "$1" -h "$2" copied',
			'dump', $node->port, $node->host
		],
		"dumped and restored, $how");
	is($node->safe_psql('copied', $objects), $node->safe_psql('postgres', $objects),
		"the restored database has every object, $how");

	$node->safe_psql('postgres', 'DROP EXTENSION pg_elt');
	is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'elt%'}),
		'0', "dropped without a trace, $how");
	$node->stop;
	unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, "nobody died, $how");
}

done_testing();
