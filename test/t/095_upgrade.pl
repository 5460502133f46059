# ALTER EXTENSION UPDATE from every version that has an update script: its objects are refused until
# then, and those of a new installation afterwards.
use strict;
use warnings;
use Test::More;
use PostgreSQL::Test::Utils;
use EltNode;
use EltRuns;

my $node = start_node('upgrade', preload => 1);
my $update = 'ALTER EXTENSION pg_elt UPDATE';

sub sql { return $node->safe_psql('postgres', $_[0]) }

# What the extension consists of, a fact a line.
sub objects
{
	my ($database) = @_;
	my ($status, $facts, $error) = $node->psql($database, slurp_file('test/upgrade/objects.sql'), on_error_die => 1);

	return $facts;
}

# The lines that only one of two texts has.
sub difference
{
	my ($left, $right) = @_;
	my (%left, %right);

	@left{ split /\n/, $left } = ();
	@right{ split /\n/, $right } = ();
	return join "\n", (map { "- $_" } grep { !exists $right{$_} } sort keys %left),
	  map { "+ $_" } grep { !exists $left{$_} } sort keys %right;
}

# A call of every routine that works on the extension's objects, with an argument of each type.
my $calls = q{
	SELECT format('%s %I.%I(%s)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, n.nspname, p.proname,
		(SELECT string_agg(quote_literal(CASE t.typname
				WHEN 'text' THEN 'warn' WHEN 'name' THEN 'x' WHEN 'jsonb' THEN '{}' WHEN '_text' THEN '{}'
				WHEN 'regclass' THEN 'pg_class' WHEN 'regrole' THEN current_user::text WHEN 'bool' THEN 'true'
				WHEN 'interval' THEN '1 day' WHEN 'timestamptz' THEN '2024-01-0' || a.n ELSE '1' END)
			|| '::' || format_type(t.oid, NULL), ', ' ORDER BY a.n)
		 FROM unnest(p.proargtypes) WITH ORDINALITY AS a(type, n) JOIN pg_type t ON t.oid = a.type))
	FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
	WHERE n.nspname IN ('elt', 'elt_catalog') AND l.lanname = 'c' AND p.prorettype <> 'fdw_handler'::regtype
	  AND p.proname !~ 'validator$' AND p.proname <> 'wake'
	ORDER BY 1};

sql('CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION pg_elt');
my $fresh = objects('fresh');
cmp_ok(scalar(split /\n/, $fresh), '>', 500, 'a new installation has facts to compare with');
ok(wait_pid($node, 'fresh', 'elt scheduler'), 'and its scheduler works');

my $newest = $node->safe_psql('fresh', q{SELECT extversion FROM pg_extension WHERE extname = 'pg_elt'});
my @versions = split /\n/, sql(qq{SELECT source FROM pg_extension_update_paths('pg_elt')
	WHERE target = '$newest' AND path IS NOT NULL ORDER BY 1});
cmp_ok(scalar(@versions), '>', 0, 'there are versions to update from');

for my $version (@versions)
{
	sql("CREATE EXTENSION pg_elt VERSION '$version'");
	isnt(difference(objects('postgres'), $fresh), '', "version $version differs");
	for my $call (split /\n/, sql($calls))
	{
		my ($status, $out, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\n$call");

		like($error, qr/ERROR:\s+55000: .*has version \Q$version\E.*HINT:\s+Run ALTER EXTENSION pg_elt UPDATE/s, "$version: $call");
	}

	# Its scheduler leaves, with a warning, and comes when it is updated.
	$node->restart;
	ok(wait_pid($node, 'fresh', 'elt scheduler'), 'after a restart a scheduler works where the version fits');
	ok($node->wait_for_log(qr/WARNING:  .*has version \Q$version\E/), "not where it is $version, with a warning");
	is(pid_of($node, 'postgres', 'elt scheduler'), '', 'which is all');
	sql($update);
	ok(wait_pid($node, 'postgres', 'elt scheduler'), 'it works when the extension has been updated');
	is(difference(objects('postgres'), $fresh), '', "an updated $version is a new installation");
	sql('DROP EXTENSION pg_elt');
}

# Views of one's own are not dropped behind one's back.
sql("CREATE EXTENSION pg_elt VERSION '$versions[0]'; CREATE VIEW mine AS SELECT * FROM elt.runs");
my ($status, $out, $error) = $node->psql('postgres', $update);
like($error, qr/ERROR:  cannot drop view elt.runs.*DETAIL:  view public.mine depends on view elt.runs/s, 'an update names what depends on a view');
is(sql(q{SELECT extversion FROM pg_extension WHERE extname = 'pg_elt'}), $versions[0], 'and changes nothing');
sql("DROP VIEW mine; $update; DROP EXTENSION pg_elt; CREATE EXTENSION pg_elt VERSION '$versions[0]'; DROP EXTENSION pg_elt");
is(sql(q{SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'elt%'}), '0', 'an old version can be dropped');
$node->stop;
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'nobody died');
done_testing();
