# Another PostgreSQL server as a source: what it is asked, rows that commit late, and what may happen
# to it. ELT_SOAK makes the rounds of late commits long, ELT_SEED repeats their choices.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use IPC::Open2;
use Test::More;
use EltNode;

my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 18);
my $rounds = $ENV{ELT_SOAK} ? 2000 : 3;
my $db = 'postgres';
my $shop = start_node('shop', conf => "max_prepared_transactions = 2\n");
my $node = start_node('warehouse', preload => 1, extension => 1);
my ($host, $port) = ($shop->host, $shop->port);

# A session that stays, because each new one reads the catalogues anew. What it says is all that psql prints.
{
	package Session;

	sub new
	{
		my ($class, $node) = @_;
		my $self = bless {}, $class;

		$self->{pid} = IPC::Open2::open2($self->{out}, $self->{in}, 'exec psql -XqAt -d "' . $node->connstr('postgres') . '" 2>&1');
		return $self;
	}

	sub begin
	{
		my ($self, $statements) = @_;

		print { $self->{in} } "$statements;\n\\echo done\n";
		$self->{in}->flush;
	}

	sub result
	{
		my ($self) = @_;
		my $text = '';

		while (defined(my $line = readline $self->{out}))
		{
			last if $line eq "done\n";
			$text .= $line;
		}
		chomp $text;
		return $text;
	}

	sub say
	{
		my ($self, $statements) = @_;

		$self->begin($statements);
		return $self->result;
	}

	sub end
	{
		my ($self) = @_;

		close $self->{in};
		waitpid $self->{pid}, 0;
	}
}

my $beyond = Session->new($shop);
my $here;

# Without waiting for what is left open on purpose.
sub connect_anew
{
	$here->end if $here;
	$here = Session->new($node);
	$here->say(q{SET elt.settle_timeout = '20ms'});
}

connect_anew();

sub checked
{
	my ($answer) = @_;

	die $answer if $answer =~ /^ERROR: /m;
	return $answer;
}

sub sql { return checked($here->say("SET client_min_messages = warning;\n$_[0]")) }
sub there { return checked($beyond->say("SET client_min_messages = warning;\n$_[0]")) }
sub run { return $here->say("SET client_min_messages = notice;\nCALL elt.run('$_[0]')") }
sub state_of { return sql("SELECT state FROM elt.runs WHERE pipeline = '$_[0]' ORDER BY run_id DESC LIMIT 1") }

there(q{
	CREATE ROLE reader LOGIN;
	CREATE SCHEMA sales;
	CREATE TABLE sales.orders (id serial PRIMARY KEY, customer text, amount numeric(10,2), changed_at timestamptz DEFAULT now());
	INSERT INTO sales.orders (customer, amount, changed_at)
	SELECT 'c' || n % 10, n, '2024-01-01'::timestamptz + n * interval '1 min' FROM generate_series(1, 1000) AS n;
	CREATE INDEX ON sales.orders (changed_at, id);
	GRANT USAGE ON SCHEMA sales TO reader;
	GRANT SELECT ON ALL TABLES IN SCHEMA sales TO reader;
});
sql(qq{
	CREATE EXTENSION postgres_fdw;
	CREATE SERVER shop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$host', port '$port', dbname '$db', fetch_size '10000');
	CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (user 'reader');
	CREATE SCHEMA shop;
	IMPORT FOREIGN SCHEMA sales FROM SERVER shop INTO shop;
	SELECT elt.create_pipeline('by_id', source => 'shop.orders', target => 'by_id', key => '{id}',
		options => '{"cursor_column": "id", "batch_rows": 300}');
	SELECT elt.create_pipeline('by_time', source => 'shop.orders', target => 'by_time', key => '{id}',
		options => '{"cursor_column": "changed_at", "batch_rows": 300}');
	SELECT elt.create_pipeline('whole', source => 'shop.orders', target => 'whole', key => '{id}',
		options => '{"load": "full", "absent": "delete", "max_delete_percent": 100}');
});

# What the other server is asked
my $statement = sql(q{SELECT statement FROM elt.explain_source('by_time')});
like(sql("EXPLAIN (VERBOSE, COSTS off) $statement"),
	qr/Remote SQL: SELECT .* FROM sales\.orders .*IS NOT NULL.* ORDER BY changed_at ASC NULLS LAST, id ASC NULLS LAST LIMIT 300::bigint/,
	'order and limit of a batch are pushed down');
like(run('by_time'), qr/1000 rows read: 1000 inserted/, 'all rows land');
is(sql(q{SELECT count(*) FROM elt.steps WHERE pipeline = 'by_time' AND step = 'pull'}), 4, 'in batches');
$statement = sql(q{SELECT statement FROM elt.explain_source('by_time')});
like(sql("EXPLAIN (VERBOSE, COSTS off) $statement"), qr/Remote SQL: SELECT .* WHERE .*\(\(changed_at >= '2024-01-01 16:40:00\+00'\)\) ORDER BY/,
	'and so is where the next one begins');
like(run('by_id'), qr/1000 inserted/, 'by a number too');
like(run('whole'), qr/1000 inserted/, 'and as a whole');
is(sql(q{SELECT string_agg(DISTINCT late_rows, ',') FROM unnest('{by_id,by_time}'::text[]) p, elt.explain_source(p)}),
	'waits for transactions of the servers', 'late rows are waited for');

sql(q{SELECT elt.create_pipeline('ranges', source => 'shop.orders', target => 'ranges', key => '{id}', options => '{"key_ranges": 3}')});
$statement = sql(q{SELECT statement FROM elt.explain_source('ranges')});
like(sql("EXPLAIN (VERBOSE, COSTS off) $statement"), qr/Remote SQL: SELECT .* FROM sales\.orders WHERE \(\(id < 334\)\)$/m, 'a range of the key is pushed down, without an order');
like(run('ranges'), qr/1000 inserted/, 'and all of them are read');

# A transaction that stays open on the other server
sub missing
{
	my ($target) = @_;

	return sql("SELECT count(*) FROM (SELECT * FROM shop.orders EXCEPT SELECT id, customer, amount, changed_at FROM $target) m");
}

my $writer = Session->new($shop);
$writer->say("BEGIN; INSERT INTO sales.orders (customer) VALUES ('late')");
there("INSERT INTO sales.orders (customer) VALUES ('early')");
run($_) for 'by_id', 'by_time';
is(missing('by_id') + missing('by_time'), 0, 'what is committed lands at once');
$writer->say('COMMIT');
run($_) for 'by_id', 'by_time';
is(missing('by_id') + missing('by_time'), 0, 'and what commits late is not missed');

# A prepared one has no session.
$writer->say("BEGIN; INSERT INTO sales.orders (customer) VALUES ('prepared'); PREPARE TRANSACTION 'p'");
there("INSERT INTO sales.orders (customer) VALUES ('early')");
run($_) for 'by_id', 'by_time';
$writer->say("COMMIT PREPARED 'p'");
run($_) for 'by_id', 'by_time';
is(missing('by_id') + missing('by_time'), 0, 'nor one that was prepared');
$writer->end;

# A window is not complete while a transaction runs that began before its end.
sql(q{
	SELECT elt.create_pipeline('windows', source => 'shop.orders', target => 'windows', key => '{changed_at,id}', strategy => 'replace_window',
		start_at => date_trunc('second', now()), options => '{"window_interval": "1 second", "window_column": "changed_at"}')});
$writer = Session->new($shop);
$writer->say("BEGIN; INSERT INTO sales.orders (customer) VALUES ('late in a window')");
there("INSERT INTO sales.orders (customer) VALUES ('early in a window')");
wait_for($shop, $db, q{SELECT bool_and(clock_timestamp() >= date_trunc('second', changed_at) + interval '1 second') FROM sales.orders WHERE customer = 'early in a window'}, 'the end of a window');
like(run('windows'), qr/rows? read/, 'windows are read while they are not complete');
is(sql(q{SELECT string_agg(customer, ',') FROM windows WHERE customer ~ 'in a window'}), 'early in a window', 'as far as is committed');
$writer->say('COMMIT');
run('windows');
is(sql(q{SELECT count(*) FROM windows WHERE customer ~ 'in a window'}), 2, 'and again when a transaction has committed late');
$writer->end;

# Two writers with random open transactions, there and here
sql(q{
	CREATE TABLE public.local_orders (LIKE shop.orders);
	ALTER TABLE local_orders ADD PRIMARY KEY (id), ALTER changed_at SET DEFAULT now();
	CREATE SEQUENCE local_ids;
	ALTER TABLE local_orders ALTER id SET DEFAULT nextval('local_ids');
	SELECT elt.create_pipeline('local_id', source => 'local_orders', target => 'local_id', key => '{id}',
		options => '{"cursor_column": "id", "batch_rows": 7}');
	SELECT elt.create_pipeline('local_time', source => 'local_orders', target => 'local_time', key => '{id}',
		options => '{"cursor_column": "changed_at", "batch_rows": 7}');
});
srand($seed);
my %side = (
	'sales.orders' => [ map { Session->new($shop) } 1, 2 ],
	'local_orders' => [ map { Session->new($node) } 1, 2 ]);
my %open;
for my $round (1 .. $rounds)
{
	for my $table (sort keys %side)
	{
		for my $n (0, 1)
		{
			my $writer = $side{$table}[$n];
			my $choice = int(rand(5));

			if ($choice == 0) { $writer->say('BEGIN') unless $open{"$table$n"}; $open{"$table$n"} = 1 }
			elsif ($choice == 1) { $writer->say(rand(1) < 0.8 ? 'COMMIT' : 'ROLLBACK') if $open{"$table$n"}; $open{"$table$n"} = 0 }
			elsif ($choice == 2) { $writer->say("UPDATE $table SET amount = $round, changed_at = now() WHERE id % 2 = $n AND id IN (SELECT id FROM $table WHERE id % 2 = $n ORDER BY random() LIMIT 2)") }
			else { $writer->say("INSERT INTO $table (customer) VALUES ('r$round')") }
		}
	}
	run($_) for qw(by_id by_time windows local_id local_time);
}
for my $table (keys %side) { $_->say('COMMIT'), $_->end for @{ $side{$table} } }
run($_) for qw(by_id by_time windows local_id local_time);
is(missing('by_time'), 0, "seed $seed: $rounds rounds of open transactions there: nothing is missed");
is(sql('SELECT count(*) FROM (SELECT * FROM shop.orders WHERE changed_at >= (SELECT start_at FROM elt.pipelines WHERE name = \'windows\') EXCEPT SELECT id, customer, amount, changed_at FROM windows) m'),
	0, 'by windows neither');
is(sql('SELECT count(*) FROM shop.orders o WHERE NOT EXISTS (SELECT FROM by_id t WHERE t.id = o.id)'), 0, 'by a number neither');
is(sql('SELECT count(*) FROM (SELECT * FROM local_orders EXCEPT SELECT id, customer, amount, changed_at FROM local_time) m'), 0, 'nor here');
is(sql('SELECT count(*) FROM local_orders o WHERE NOT EXISTS (SELECT FROM local_id t WHERE t.id = o.id)'), 0, 'by a number neither');

# Faults of the other server
there(q{ALTER ROLE reader SET statement_timeout = '200ms'});
connect_anew();
my $holder = Session->new($shop);
$holder->say('BEGIN; LOCK sales.orders');
like(run('whole'), qr/ERROR:  .*canceling statement due to statement timeout/, 'a timeout there is an error');
is(state_of('whole'), 'failed', 'not a cancel of the run');
there(q{ALTER ROLE reader RESET statement_timeout});
connect_anew();
$here->begin(q{CALL elt.run('whole')});
wait_for($shop, $db, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'}, 'a run that waits for a lock there');
$node->safe_psql($db, q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query ~ '^CALL elt.run'});
$here->result;
is(state_of('whole'), 'cancelled', 'a run that waits for a lock there can be cancelled');
$holder->say('COMMIT');
$holder->end;

# The server goes away between two runs of a session, for a while, and in the middle of a statement.
sub restart_shop
{
	my ($how) = @_;

	$beyond->end;
	$shop->$how;
	$beyond = Session->new($shop) unless $how eq 'stop';
}

run('whole');
restart_shop('restart');
run('whole');
is(state_of('whole'), 'succeeded', 'a session goes on after the other server was restarted');
$beyond->end;
$shop->stop;
run('by_id');
is(state_of('by_id'), 'failed', 'while it is down a run fails');
like(sql(q{SELECT sqlstate || coalesce(error, '') FROM elt.runs WHERE pipeline = 'by_id' ORDER BY run_id DESC LIMIT 1}), qr/^08/, 'which says so');
my $queued = sql(q{SELECT elt.enqueue('by_id')});
wait_for($node, $db, "SELECT bool_or(state = 'queued' AND not_before > clock_timestamp()) FROM elt_catalog.run WHERE retry_of = $queued", 'a run of the queue is repeated later');
sql(q{SELECT elt.cancel(run_id) FROM elt.runs WHERE state = 'queued'});
$shop->start;
$beyond = Session->new($shop);
run('by_id');
is(state_of('by_id'), 'succeeded', 'and the next one succeeds');
there(q{CREATE FUNCTION sales.slow(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN IF $1 = 700 THEN PERFORM pg_sleep(60); END IF; RETURN $1; END';
	CREATE VIEW sales.slow_orders AS SELECT sales.slow(id) AS id FROM sales.orders; GRANT SELECT ON sales.slow_orders TO reader});
sql(q{IMPORT FOREIGN SCHEMA sales LIMIT TO (slow_orders) FROM SERVER shop INTO shop;
	SELECT elt.create_pipeline('slow', source => 'shop.slow_orders', target => 'slow', key => '{id}')});
$here->begin(q{CALL elt.run('slow')});
wait_for($shop, $db, q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}, 'a statement there');
restart_shop('restart');
$here->result;
is(state_of('slow'), 'failed', 'a restart in the middle fails the run');
is(sql(q{SELECT count(*) FROM slow}), 0, 'and nothing of it lands');
there(q{CREATE OR REPLACE FUNCTION sales.slow(int) RETURNS int LANGUAGE sql AS 'SELECT $1'});
run('slow');
is(state_of('slow'), 'succeeded', 'the same session reads it again');

# Columns
there('ALTER TABLE sales.orders DROP COLUMN amount');
like(run('whole'), qr/column "amount" does not exist/, 'a column that is gone there is an error');
sql('ALTER FOREIGN TABLE shop.orders DROP COLUMN amount');
like(run('whole'), qr/rows read/, 'until it is dropped here too');
there(q{ALTER TABLE sales.orders ALTER customer TYPE int USING 1; UPDATE sales.orders SET customer = id});
sql(q{ALTER FOREIGN TABLE shop.orders ALTER customer TYPE date});
like(run('whole'), qr/invalid input syntax|field value out of range/, 'a column of another type is one too');

# What is made for a pipeline goes with it.
sql(q{SELECT elt.drop_pipeline(name) FROM elt.pipelines});
is(sql(q{SELECT count(*) FROM pg_class WHERE relnamespace = 'elt_staging'::regnamespace}), 0, 'nothing is left behind');
done_testing();
