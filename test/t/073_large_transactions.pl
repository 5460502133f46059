# Transactions that the server sends while they are running: they land when they are committed, without what
# they have rolled back. ELT_SEED repeats the choices.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltReplica;

my $seed = $ENV{ELT_SEED} // ($ENV{ELT_SOAK} ? time() : 21);
my $rounds = $ENV{ELT_SOAK} ? 20 : 1;
my ($shop) = start_replicated('shop', conf => "logical_decoding_work_mem = 64kB\nwal_sender_timeout = 500ms\n");

there(q{
	CREATE TABLE items (id int PRIMARY KEY, round int, note text);
	CREATE TABLE parts (id int PRIMARY KEY, item int, note text);
	CREATE PUBLICATION elt FOR TABLE items, parts;
	CREATE PROCEDURE work(first int, size int, depth int, seed float8) LANGUAGE plpgsql AS $$
	DECLARE
		k int;
	BEGIN
		PERFORM setseed(seed);
		FOR i IN 1 .. size LOOP
			BEGIN
				k := first + (random() * 400)::int;
				CASE (random() * 5)::int
					WHEN 0 THEN DELETE FROM items WHERE id = k;
					WHEN 1 THEN UPDATE items SET note = repeat('long', (random() * 100)::int) WHERE id = k;
					WHEN 2 THEN INSERT INTO parts VALUES (k, i, 'part') ON CONFLICT (id) DO UPDATE SET item = i;
					WHEN 3 THEN
						IF depth > 0 THEN
							CALL work(first, 8, depth - 1, random());
						END IF;
					ELSE INSERT INTO items VALUES (k, i, repeat('x', (random() * 300)::int)) ON CONFLICT (id) DO UPDATE SET round = i;
				END CASE;
				IF random() < 0.2 THEN RAISE EXCEPTION 'no'; END IF;
			EXCEPTION WHEN raise_exception THEN NULL;
			END;
		END LOOP;
	END $$;
});
sql(qq{
	IMPORT FOREIGN SCHEMA public FROM SERVER shop INTO shop OPTIONS (publication 'elt', slot 'elt');
	SELECT elt.create_pipeline('items', source => 'shop.items', target => 'items', key => '{id}',
		options => '{"sequence_by": ["lsn", "position"], "delete_when": "op = ''delete''"}');
	SELECT elt.add_child('items', source => 'shop.parts', target => 'parts', key => '{id}',
		options => '{"sequence_by": ["lsn", "position"], "delete_when": "op = ''delete''"}');
});
run();

sub differences
{
	my $differ = '';

	for my $table ('items', 'parts')
	{
		my $there = there("SELECT row_to_json(t)::text FROM $table t ORDER BY id");
		my $here = sql("SELECT row_to_json(t)::text FROM (SELECT " . ($table eq 'items' ? 'id, round, note' : 'id, item, note') .
			" FROM ${table}_live ORDER BY id) t");

		$differ .= " $table: " . length($there) . ' ' . length($here) if $there ne $here;
	}
	return $differ;
}

# Several at a time, each of which touches rows of its own
srand($seed);
for my $round (1 .. $rounds)
{
	my @sessions = map { $shop->background_psql('postgres') } 0 .. 3;
	my @ends = map { rand() < 0.3 ? 'ROLLBACK' : 'COMMIT' } 0 .. 3;

	$ends[rand 4] = 'ROLLBACK';

	$sessions[$_]->query_safe("BEGIN; CALL work($_ * 1000, 300, 2, " . rand() . ')') for 0 .. 3;
	there('INSERT INTO items VALUES (' . (100000 + $round) . ', 0, NULL)');
	run() if $round == 1;
	$sessions[$_]->query_safe("SAVEPOINT s; CALL work($_ * 1000, 100, 1, " . rand() . '); ' .
		(rand() < 0.5 ? 'ROLLBACK TO s' : 'RELEASE s') . "; $ends[$_]") for 0 .. 3;
	$_->quit for @sessions;
	is(run() =~ /ERROR/ ? 'failed' : differences(), '', "transactions that ended with @ends, seed $seed");
}
cmp_ok(there('SELECT sum(stream_txns) FROM pg_stat_replication_slots'), '>', 0, 'came while they were running');

# A schema that changes within one
there(q{BEGIN; INSERT INTO items SELECT n, 1, repeat('a', 100) FROM generate_series(200000, 202000) AS n; ALTER TABLE items ADD extra int DEFAULT 7;
	INSERT INTO items SELECT n, 2, repeat('b', 100), 8 FROM generate_series(203000, 205000) AS n; ALTER TABLE items DROP extra; COMMIT});
unlike(run(), qr/ERROR/, 'a transaction that alters its table lands');
is(differences(), '', 'with all rows');

# All of it is rolled back
there(q{BEGIN; INSERT INTO items SELECT n, 1, repeat('a', 100) FROM generate_series(300000, 305000) AS n; ROLLBACK});
like(run(), qr/ 0 rows read/, 'nothing of one that was rolled back');
is(there('SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'is left there');
is(sql('SELECT count(*) FROM pg_ls_tmpdir()'), 0, 'or here');

# A landing that takes longer than the server waits for us
sql(q{
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); RETURN new; END';
	CREATE TRIGGER slow BEFORE INSERT ON items FOR EACH ROW WHEN (new.id = 400000) EXECUTE FUNCTION slow();
});
there(q{INSERT INTO items VALUES (400000, 1, 'slow')});
unlike(run(), qr/ERROR/, 'the server waits while rows land');
is(differences(), '', 'as long as it takes');

sql(q{ALTER SYSTEM SET temp_file_limit = '64kB'; SELECT pg_reload_conf()});
there(q{INSERT INTO items SELECT n, 1, repeat('a', 100) FROM generate_series(500000, 505000) AS n});
like(run(), qr/ERROR:  .*exceed temp_file_limit.*HINT:  Raise temp_file_limit/s, 'a spool without room');
sql(q{ALTER SYSTEM RESET temp_file_limit; SELECT pg_reload_conf()});
unlike(run(), qr/ERROR/, 'is tried again');
is(differences(), '', 'and nothing is lost');

# More than memory is for: the largest that the session of the run has ever had, beside what is shared
if ($ENV{ELT_SOAK})
{
	there(q{TRUNCATE parts; ALTER TABLE parts ALTER note SET STORAGE EXTERNAL});
	sql(q{ALTER FOREIGN TABLE shop.parts OPTIONS (ADD on_truncate 'apply')});
	run();
	there(q{INSERT INTO parts SELECT n, 1, repeat('0123456789', 1000) FROM generate_series(1, 105000) AS n});
	my $grown = sql(q{CREATE FUNCTION pg_temp.private() RETURNS bigint LANGUAGE sql AS $$
			SELECT sum(CASE WHEN line ~ '^VmHWM' THEN 1 ELSE -1 END * substring(line FROM '\d+')::bigint)
			FROM regexp_split_to_table(pg_read_file('/proc/' || pg_backend_pid() || '/status'), E'\n') AS line
			WHERE line ~ '^(VmHWM|RssShmem|RssFile)'$$;
		CALL elt.run('items');
		SELECT pg_temp.private()});
	cmp_ok($grown, '<', 64 * 1024, "a transaction of 1 GB in $grown kB");
	is(sql('SELECT count(*), sum(length(note)) FROM parts_live'), '105000|1050000000', 'lands');
}
done_testing();
