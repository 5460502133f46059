# Columns of a table that is replicated are added, dropped, renamed and retyped at random, between and within
# transactions, while it is written and read. Each time the pipeline stops, its message has a hint, which is
# followed; then the target has what the source has. ELT_SEED repeats the choices, ELT_SOAK makes more of them.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltReplica;

my $first = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 21);
my $seeds = $ENV{ELT_SOAK} ? 40 : 1;
my $rounds = $ENV{ELT_SOAK} ? 3 : 2;
my $transactions = $ENV{ELT_SOAK} ? 25 : 15;
my ($shop, $node) = start_replicated('shop', conf => "logical_decoding_work_mem = 64kB\nmax_replication_slots = 4\n");

there('CREATE PUBLICATION elt');

# ---- the source: its columns by name, each with its type and where it was begun ----

my (%columns, $names, $next_id);
# of each, also of those that are gone: where it was begun, and which names it has had since
my (%root_of, %had);

sub pick { return $_[ rand @_ ] }

sub fresh_name
{
	my ($root) = @_;
	my $name = 'c' . ++$names;

	$root_of{$name} = $root // $name;
	$had{ $root_of{$name} }{$name} = 1;
	return $name;
}

sub value
{
	my ($type) = @_;

	return 'NULL' if rand() < 0.1;
	return int(rand 1000) if $type eq 'int' || rand() < 0.5 && $type ne 'text';
	return 3000000000 + int(rand 1000) if $type eq 'bigint';
	return '12345678901234567890' . int(rand 1000) if $type eq 'numeric';
	return "'" . pick('a', "it''s", 'tab	', 'back\\slash', '', 'x' x 300) . int(rand 1000) . "'";
}

sub some_column { return pick(sort keys %columns) }

sub insert
{
	my @given = grep { rand() < 0.8 } sort keys %columns;
	my $rows = rand() < 0.1 ? 400 : 1 + int(rand 5);
	my $from = $next_id;

	$next_id += $rows;
	return "INSERT INTO items (" . join(', ', '{id}', @given) . ") SELECT " . join(', ', 'n', map { value($columns{$_}{type}) . ($columns{$_}{type} eq 'text' ? '::text' : '') } @given) .
		" FROM generate_series($from, " . ($next_id - 1) . ') AS n';
}

sub change
{
	my $column = some_column();
	my $part = 2 + int(rand 9);

	return "DELETE FROM items WHERE {id} % 11 = " . int(rand 11) if rand() < 0.15;
	return "UPDATE items SET $column = " . value($columns{$column}{type}) . " WHERE {id} % $part = " . int(rand $part);
}

# Values that are computed for rows that are there are not changes: all rows are touched
sub alter
{
	my $what = rand();
	my $column = pick(grep { $_ ne 'touched' } sort keys %columns);

	if ($what < 0.4 || keys %columns < 3)
	{
		my ($name, $type) = (fresh_name(), pick('int', 'bigint', 'text'));
		my $default = rand() < 0.3 ? ' DEFAULT ' . ($type eq 'text' ? q{'new'} : 7) : '';

		$columns{$name} = { type => $type };
		return ("ALTER TABLE items ADD $name $type$default", $default ? 'UPDATE items SET touched = touched + 1' : ());
	}
	if ($what < 0.55)
	{
		delete $columns{$column};
		return "ALTER TABLE items DROP $column";
	}
	if ($what < 0.8)
	{
		my $name = fresh_name($root_of{$column});

		$columns{$name} = delete $columns{$column};
		return "ALTER TABLE items RENAME $column TO $name";
	}
	my $wider = { int => 'bigint', bigint => 'numeric' }->{ $columns{$column}{type} };
	return change() unless $wider;
	$columns{$column}{type} = $wider;
	return "ALTER TABLE items ALTER $column TYPE $wider";
}

# Of one transaction. One that is rolled back leaves columns as they were.
sub transaction
{
	my %before = map { $_ => { %{ $columns{$_} } } } keys %columns;
	my @statements = map { rand() < 0.25 ? alter() : rand() < 0.5 ? insert() : change() } 1 .. 1 + int(rand 6);

	return @statements if @statements == 1;
	return ('BEGIN', @statements, 'COMMIT') if rand() < 0.8;
	%columns = %before;
	return ('BEGIN', @statements, 'ROLLBACK');
}

# ---- the target ----

# Its column, by the name with which one of the source was begun
my %target;

sub set_option
{
	my ($column, $option, $value) = @_;
	my $is_set = sql("SELECT count(*) FROM pg_attribute a, pg_options_to_table(attfdwoptions) WHERE attrelid = 'shop.items'::regclass AND attname = '$column' AND option_name = '$option'");

	sql("ALTER FOREIGN TABLE shop.items ALTER $column OPTIONS (" . ($is_set ? 'SET' : 'ADD') . " $option '$value')");
}

# The hint of a column that is not there: it has another name, or may be missing
sub other_names
{
	my ($column, $root) = @_;
	my $all = join('|', sort keys %{ $had{$root} });
	my $known = sql("SELECT coalesce((SELECT option_value FROM pg_attribute, pg_options_to_table(attfdwoptions)
		WHERE attrelid = 'shop.items'::regclass AND attname = '$column' AND option_name = 'column_name'), '$column')");

	return 0 if $known eq $all;
	set_option($column, 'column_name', $all);
	return 1;
}

sub field_of
{
	my ($name) = @_;

	for my $root (keys %target)
	{
		return ($target{$root}, $root) if $had{$root}{$name};
	}
	die "no column takes $name";
}

sub follow_hint
{
	my ($error) = @_;

	if ($error =~ /has no column "(\w+)"/)
	{
		my ($column, $root) = field_of($1);

		other_names($column, $root) || set_option($column, 'optional', 'true');
		return 1;
	}
	return 0 unless $error =~ /new fields? .* ha(s|ve) no column/;
	for my $field (split /\n/, sql(q{SELECT field FROM elt.drift WHERE pipeline = 'items' AND kind = 'new' AND proposal IS NOT NULL AND ended_at IS NULL}))
	{
		my $root = $root_of{$field} // die "unknown field $field";

		if ($target{$root})
		{
			other_names($target{$root}, $root);
		}
		else
		{
			$target{$root} = sql("SELECT elt.apply_drift('items', '$field')");
			other_names($target{$root}, $root);
		}
	}
	return 1;
}

# Until it succeeds: every message has a hint
sub run_until
{
	my ($what) = @_;

	for (1 .. 40)
	{
		my $error = run();

		return 1 unless $error =~ /ERROR/;
		next if $error =~ /HINT/ && follow_hint($error);
		return diag($what, $error), 0;
	}
	return diag("$what: no end"), 0;
}

# Rows with values that do not fit come again when the column is wider. Of several such values the first one is told, so the others
# are when the server sends the rows once more.
sub replay
{
	for (1 .. 8)
	{
		return if sql(q{SELECT count(*) FROM elt.rejects WHERE pipeline = 'items' AND state = 'new'}) eq '0';
		sql("SELECT elt.apply_drift('items', '$_')") for split /\n/, sql(q{SELECT field FROM elt.drift WHERE pipeline = 'items' AND kind = 'type' AND applied_at IS NULL});
		sql(q{SELECT count(*) FROM elt.replay_rejects('items')});
		there('UPDATE items SET touched = touched') if sql(q{SELECT count(*) FROM elt.rejects WHERE pipeline = 'items' AND state = 'new'}) ne '0';
		run_until('a run after a replay');
	}
}

sub differences
{
	my ($number) = @_;
	my @names = sort keys %columns;
	my $file = $node->basedir . "/items_$number";
	# a column that no row has had since it was added is not known here, and null there
	my $here = join(', ', 'id::text', map { ($target{ $root_of{$_} } // 'NULL') . "::text AS $_" } @names);

	there("COPY (SELECT " . join(', ', 'id', map { "$_\::text" } @names) . " FROM items) TO '$file'");
	sql("CREATE TABLE there_$number AS SELECT $here FROM items_live LIMIT 0; COPY there_$number FROM '$file'");
	return sql("SELECT string_agg(d::text, ' ') FROM ((SELECT 'there' AS side, t::text FROM (SELECT * FROM there_$number EXCEPT ALL SELECT $here FROM items_live ORDER BY 1) t LIMIT 3)
		UNION ALL (SELECT 'here', t::text FROM (SELECT $here FROM items_live EXCEPT ALL SELECT * FROM there_$number ORDER BY 1) t LIMIT 3)
		UNION ALL (SELECT 'rejected', r.reason || ' ' || r.raw FROM elt.rejects r WHERE pipeline = 'items' AND state = 'new' LIMIT 3)) d");
}

# ---- rounds ----

sub begin
{
	($names, $next_id) = (0, 1);
	%columns = (touched => { type => 'int' }, note => { type => 'text' });
	%target = %root_of = (touched => 'touched', note => 'note');
	%had = map { $_ => { $_ => 1 } } keys %target;
	there(q{CREATE TABLE items (id int PRIMARY KEY, touched int, note text); ALTER PUBLICATION elt ADD TABLE items});
	sql(q{
		CREATE FOREIGN TABLE shop.items (id int, touched int, note text, op text OPTIONS (lineage 'op'), lsn pg_lsn OPTIONS (lineage 'lsn'), n bigint OPTIONS (lineage 'position'))
			SERVER shop OPTIONS (relation 'items', publication 'elt', slot 'elt');
		SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{id}', options =>
			'{"sequence_by": ["lsn", "n"], "delete_when": "op = ''delete''", "on_new_field": "hold", "max_reject_percent": 100, "batch_rows": 300}');
	});
	there(join(';', map { insert() =~ s/\{id\}/id/r } 1 .. 5));
	return run_until('the first load');
}

sub end
{
	sql(q{SELECT elt.drop_pipeline('items'); DROP FOREIGN TABLE shop.items; DROP TABLE items CASCADE});
	there(q{SELECT pg_drop_replication_slot('elt'); DROP TABLE items});
}

for my $seed ($first .. $first + $seeds - 1)
{
	srand($seed);
	last unless ok(begin(), "seed $seed: a table is loaded");
	for my $round (1 .. $rounds)
	{
		my @statements = map { transaction() } 1 .. $transactions;
		my $file = $node->basedir . "/statements_${seed}_$round";
		my ($out, $err) = ('', '');

		append_to_file($file, join('', map { s/\{id\}/id/gr . ";\n" } @statements));
		my $writer = IPC::Run::start([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', $file, '-d', $shop->connstr('postgres') ], \undef, \$out, \$err);

		while ($writer->pumpable)
		{
			last unless run_until("seed $seed, round $round, while it is written");
			$writer->pump_nb;
		}
		$writer->finish;
		is($err, '', "seed $seed, round $round: the source is written");
		last unless ok(run_until("seed $seed, round $round"), "seed $seed, round $round: the pipeline goes on");
		replay();
		is(differences("${seed}_$round"), '', "seed $seed, round $round: the target has what the source has") || diag(slurp_file($file));
	}
	last unless Test::More->builder->is_passing;
	end();
}
done_testing();
