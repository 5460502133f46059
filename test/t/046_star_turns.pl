# Facts, members, corrections, deletes, landings and refreshed days at random, in transactions of any order, from several
# sessions at once: nobody deadlocks, and at the end all keys, totals and groups are right.
use strict;
use warnings;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;
use EltRuns;

my $sessions = 6;
my $transactions = $ENV{ELT_SOAK} ? 400 : 30;
my $seed = $ENV{ELT_SEED} || int(rand(2**31));
note("ELT_SEED=$seed, $transactions transactions of $sessions sessions");
srand($seed);

my $db = 'postgres';
my $node = start_node('turns', preload => 1, extension => 1, conf => "deadlock_timeout = 100\nfsync = off\n");

sub sql { return $node->safe_psql($db, $_[0]) }

sql(q{
CREATE TABLE member (id int PRIMARY KEY, team text);
CREATE TABLE tariff (id int, price int, valid_from timestamptz, valid_to timestamptz, PRIMARY KEY (id, valid_from));
CREATE TABLE refund (id int PRIMARY KEY, member int, tariff int, at timestamptz, amount int);
CREATE TABLE feed (id int PRIMARY KEY, member int, tariff int, at timestamptz, amount int);
CREATE SEQUENCE n;
SELECT elt.create_pipeline('landed', source => 'feed', target => 'sale', key => '{id}');
SELECT elt.create_date_dimension('dim_date', '2024-01-01', '2024-01-20');
SELECT elt.create_dimension('dim_member', 'member', '{id}');
SELECT elt.create_dimension('dim_tariff', 'tariff', '{id}', type => 2);
SELECT elt.create_dimension('dim_amount', 'sale', '{amount}', distinct_values => true);
SELECT elt.create_fact('fact_sale', 'sale', '{id}', dates => '{"dim_date": "at"}', measures => '{amount}', store_keys => true,
	dimensions => '{"dim_member": ["member"], "dim_tariff": ["tariff"], "dim_amount": ["amount"]}');
SELECT elt.create_fact('fact_refund', 'refund', '{id}', dates => '{"dim_date": "at"}', measures => '{amount}', store_keys => true,
	dimensions => '{"dim_member": ["member"], "dim_tariff": ["tariff"]}', infer_members => false);
SELECT elt.create_aggregate('by_team', 'fact_sale', '{team,price}', '{"n": "count(*)", "total": "sum(amount)", "least": "min(amount)"}');
SELECT elt.create_aggregate('by_month', 'fact_refund', '{month_label,team}', '{"total": "sum(amount)"}');
});

# ---- what happens ----

sub one_of { return $_[ rand @_ ] }
sub at { return sprintf "'2024-01-%02d %02d:00Z'", 1 + rand 25, rand 24 }
sub row { return sprintf "nextval('n'), %d, %d, %s, %d", rand 12, rand 6, at(), rand 9 }

my @change = (
	sub { my $t = one_of('sale', 'refund'); return "INSERT INTO $t (id, member, tariff, at, amount) VALUES (" . row() . '), (' . row() . ')' },
	sub { my $t = one_of('sale', 'refund'); return "UPDATE $t SET amount = amount + 1, member = " . int(rand 12) . ' WHERE id = ' . int(1 + rand 200) },
	sub { my $t = one_of('sale', 'refund'); return "DELETE FROM $t WHERE id = " . int(1 + rand 200) },
	sub { return 'INSERT INTO member VALUES (' . int(rand 12) . ", 'a') ON CONFLICT (id) DO UPDATE SET team = chr(97 + " . int(rand 5) . ')' },
	sub { return 'DELETE FROM member WHERE id = ' . int(rand 12) },
	sub { return 'INSERT INTO tariff VALUES (' . int(rand 6) . ', ' . int(rand 9) . ', ' . at() . ", 'infinity') ON CONFLICT DO NOTHING" },
	sub { return 'DELETE FROM tariff WHERE id = ' . int(rand 6) . ' AND price = ' . int(rand 9) });

sub transaction
{
	my $kind = rand;

	return "SELECT elt.refresh_date_dimension('dim_date', '2024-01-" . int(20 + rand 10) . "');" if $kind < 0.03;
	return 'INSERT INTO feed VALUES (' . row() . "); CALL elt.run('landed');" if $kind < 0.1;
	return one_of(@change)->() . ';' if $kind < 0.4;
	return "DO \$\$BEGIN " . join(' ', map { one_of(@change)->() . ';' } 1 .. 3) . " END\$\$;" if $kind < 0.5;
	return 'BEGIN; ' . join(' ', map { one_of(@change)->() . ';' } 1 .. 1 + rand 4) . one_of(' COMMIT;', ' COMMIT;', ' ROLLBACK;');
}

my @script = map { join "\n", map { transaction() } 1 .. $transactions } 1 .. $sessions;
my @running;
for my $n (0 .. $#script)
{
	my $file = "$PostgreSQL::Test::Utils::tmp_check/turns_$n.sql";

	append_to_file($file, $script[$n]);
	my %b = (out => '', err => '');
	$b{run} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $node->connstr($db), '-f', $file ],
		'>', \$b{out}, '2>', \$b{err});
	push @running, \%b;
}
finish_background($_) for @running;

# A run that another session runs is meant.
my @errors = grep { /ERROR:/ && !/EL001/ } map { split /\n/, $_->{err} } @running;
is(join("\n", @errors), '', 'nobody has met an error, such as a deadlock');

# ---- what has come of it ----

cmp_ok(sql('SELECT count(*) FROM fact_sale'), '>', 10, 'there are facts');
is(sql('SELECT count(*) FROM elt.verify_star() WHERE NOT agrees'), 0, 'all totals are right');
is(sql("SELECT count(*) FROM elt.verify_aggregate('by_team')"), 0, 'and all groups');
is(sql("SELECT count(*) FROM elt.verify_aggregate('by_month')"), 0, 'of the other fact, too');
my $rows = 'SELECT md5(string_agg(f::text, chr(10) ORDER BY f.id)) FROM fact_sale f UNION ALL'
  . ' SELECT md5(string_agg(f::text, chr(10) ORDER BY f.id)) FROM fact_refund f';
my $kept = sql($rows);
sql("SELECT elt.rebuild_star('fact_sale'), elt.rebuild_star('fact_refund')");
is(sql($rows), $kept, 'keys are those of facts that are built again');

done_testing();
