# What a change log promises where sessions and servers end in their own ways: prepared transactions, a crash,
# notifications, partitions that go, and times that are no longer covered.
use strict;
use warnings;
use Test::More;
use EltNode;

my $node = start_node('changes', extension => 1, conf => "max_prepared_transactions = 2\nrestart_after_crash = on\n");
sub sql { return $node->safe_psql('postgres', $_[0]) }
sub changes
{
	return sql(q{SELECT coalesce(string_agg(concat_ws(' ', _change_type, id, name), ', ' ORDER BY _change_id), '') FROM } . $_[0]);
}
my $next = q{elt.next_changes('reader', NULL::item_changes)};
sub advance { return sql("SELECT elt.advance('reader', max(_change_id)) FROM $next") }

sql(q{CREATE TABLE incoming (id int, name text);
	SELECT elt.create_pipeline('item', 'incoming', 'item', '{id}', options => '{"change_log": "7 days"}')});
sql(q{SELECT elt.consumer('reader', 'item')});

# Who listens is told of the run, and of others.
sql(q{INSERT INTO incoming VALUES (1, 'a'), (2, 'b')});
my $heard = sql(q{LISTEN elt_changes; CALL elt.run('item')});
my $run = sql('SELECT max(run_id) FROM elt.runs');
like($heard, qr/"elt_changes" with payload "\{"target": "public.item", "run_id": $run\}"/, 'a landing notifies');
$heard = sql(q{LISTEN elt_changes; BEGIN; UPDATE item SET name = 'c' WHERE id = 2; DELETE FROM item WHERE id = 2; COMMIT});
is(() = $heard =~ /"run_id": null/g, 1, 'so does another transaction, once');
unlike(sql(q{LISTEN elt_changes; BEGIN; DELETE FROM item; ROLLBACK; SELECT 1}), qr/elt_changes/, 'but not what is rolled back');
unlike(sql(q{LISTEN elt_changes; BEGIN; SAVEPOINT s; DELETE FROM item; ROLLBACK TO s; COMMIT; SELECT 1}), qr/elt_changes/, 'nor to a savepoint');
is(changes('item_changes'), 'insert 1 a, insert 2 b, update_preimage 2 b, update_postimage 2 c, delete 2 c', 'the changes');
is(sql("SELECT count(DISTINCT _committed_at) FROM item_changes"), '2', 'have one time for a transaction');
is(advance(), 't', 'and are read');

# A prepared transaction holds back its consumers, over a crash, too.
sql(q{BEGIN; UPDATE item SET name = 'prepared' WHERE id = 1; PREPARE TRANSACTION 'p'; INSERT INTO item (id, name) VALUES (3, 'later')});
is(changes($next), '', 'what is prepared is waited for');
$node->kill9;
start_again($node);
wait_for($node, 'postgres', 'SELECT true', 'the server after its recovery');
is(changes($next), '', 'after a crash, too');
sql(q{COMMIT PREPARED 'p'});
is(changes($next), 'update_preimage 1 a, update_postimage 1 prepared, insert 3 later', 'then all is there, in order');
advance();

# Sessions that write, roll back and commit in any order, while two read with one consumer: each change is read
# once, and what was read makes the target. ELT_SOAK asks for many.
sql(q{CREATE TABLE none (id int, n int);
	SELECT elt.create_pipeline('busy', 'none', 'busy', '{id}', options => '{"change_log": "1 day"}');
	CREATE TABLE fed (change_id bigint PRIMARY KEY, type text, id int, n int)});
sql(q{SELECT elt.consumer('busy', 'busy', from_start => true)});
my $read = q{INSERT INTO fed SELECT _change_id, _change_type, id, n FROM elt.next_changes('busy', NULL::busy_changes, max_rows => 40)};
my %script = (write => q{\set low random(1, 20)
\set high random(21, 40)
\set way random(1, 4)
BEGIN;
INSERT INTO busy (id, n) VALUES (:low, 1) ON CONFLICT (id) DO UPDATE SET n = busy.n + 1;
SAVEPOINT s;
DELETE FROM busy WHERE id = :high;
\if :way = 1
ROLLBACK TO s;
\endif
INSERT INTO busy (id, n) VALUES (:high, 1) ON CONFLICT (id) DO UPDATE SET n = busy.n + 1;
\if :way = 2
ROLLBACK;
\else
COMMIT;
\endif
}, read => qq{BEGIN;
$read;
SELECT elt.advance('busy', max(change_id)) FROM fed;
COMMIT;
});
my $directory = PostgreSQL::Test::Utils::tempdir();
PostgreSQL::Test::Utils::append_to_file("$directory/$_", $script{$_}) for keys %script;
$node->command_ok([ 'pgbench', '-n', '-c', '6', '-j', '2', '-t', $ENV{ELT_SOAK} ? 5000 : 150,
		'-f', "$directory/write\@4", '-f', "$directory/read\@1", 'postgres' ], 'writers and readers');
cmp_ok(sql('SELECT count(*) FROM fed'), '>', 100, 'which read meanwhile');
1 while sql("$read RETURNING 1; SELECT elt.advance('busy', max(change_id)) FROM fed") =~ /1/;
is(sql(q{SELECT count(*) FROM busy_changes c FULL JOIN fed f ON f.change_id = c._change_id
	WHERE c._change_type IS DISTINCT FROM f.type OR c.id <> f.id OR c.n <> f.n}), '0', 'each change was read once');
is(sql(q{WITH last AS (SELECT id, n FROM (SELECT DISTINCT ON (id) * FROM fed ORDER BY id, change_id DESC) l
		WHERE type IN ('insert', 'update_postimage'))
	SELECT count(*) FROM ((TABLE last EXCEPT SELECT id, n FROM busy) UNION ALL (SELECT id, n FROM busy EXCEPT TABLE last)) d}), '0',
	'and the last one of each key is its row');
is(sql(q{SELECT count(*) FROM (SELECT f.*, lag(n) OVER (PARTITION BY id ORDER BY change_id) AS before FROM fed f) f
	WHERE type IN ('update_preimage', 'delete') AND before <> n}), '0', 'in the order in which they were made');

# Row-level security keeps others from the changes.
sql(q{CREATE ROLE reader; GRANT SELECT ON item TO reader});
is(sql(q{SELECT has_table_privilege('reader', 'item_changes', 'SELECT')}), 't', 'a reader of the target reads its changes');
sql(q{ALTER TABLE item ENABLE ROW LEVEL SECURITY});
is(sql(q{SELECT has_table_privilege('reader', 'item_changes', 'SELECT')}), 'f', 'not with row-level security');
is(sql(q{SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a WHERE c.relname LIKE 'item\_change%' AND a.grantee = 0}), '0',
	'and nothing is granted to PUBLIC');

# A partition that goes is no change; moves between partitions are updates.
sql(q{CREATE TABLE dated (id int, at timestamptz);
	INSERT INTO dated SELECT 1, '2024-01-15' UNION ALL SELECT 2, now();
	SELECT elt.create_pipeline('parted', 'dated', 'parted', '{id,at}', partition_by => 'at', partition_interval => '1 month',
		options => '{"change_log": "7 days"}')});
sql(q{CALL elt.run('parted')});
my $at = sql('SELECT clock_timestamp()');
sql(q{UPDATE parted SET at = '2024-01-16' WHERE id = 2});
sql(q{SELECT elt.alter_pipeline('parted', options => '{"retain": "1 year"}')});
is(sql(q{SELECT count(*) FROM elt.apply_retention('parted') WHERE action = 'dropped'}), '1', 'a partition goes');
is(sql(q{SELECT string_agg(_change_type, ', ' ORDER BY _change_id) FROM parted_changes}),
	'insert, insert, update_preimage, update_postimage', 'which is no change');
is(sql("SELECT string_agg(id::text, ', ') FROM parted_as_of('$at')"), '2', 'its rows are in no earlier state');

# Times that are not covered are refused: before the log, and where a long transaction has lost a part of its changes.
my $covers = sub { return sqlstate_of($node, 'postgres', "SELECT count(*) FROM item_as_of('$_[0]')") };
sql(q{UPDATE elt_catalog.change_log SET started_at = '2020-01-01' WHERE relation = 'item'::regclass});
my $since = sql(q{SELECT min(lower_bound) FROM elt.partitions WHERE relation = 'item_change_log'::regclass});
is($covers->($since), '00000', 'the time of the oldest partition is covered');
is($covers->(sql("SELECT timestamptz '$since' - interval '1 second'")), '55000', 'what was before is refused');
sql("UPDATE item_change_commits SET _began_at = timestamptz '$since' - interval '1 hour' WHERE _committed_at = (SELECT max(_committed_at) FROM item_change_commits)");
is($covers->($since), '55000', 'so is a time within a transaction whose first changes are gone');
is($covers->('infinity'), '00000', 'but not what is behind it');
sql(q{INSERT INTO item_change_commits VALUES (0, '2021-01-01', '2021-01-01')});
sql('CALL elt_catalog.maintain()');
is(sql(q{SELECT count(*) FROM item_change_commits WHERE _commit_id = 0}), '0', 'maintenance forgets the times of changes that are gone');
my $middle = sql(q{SELECT partition FROM elt.partitions WHERE relation = 'item_change_log'::regclass ORDER BY lower_bound LIMIT 1});
sql("DROP TABLE $middle");
is($covers->('now'), '55000', 'a partition that somebody has dropped is missed');
sql(q{INSERT INTO item (id) VALUES (9)});
is($covers->('infinity'), '00000', 'and made again with the next change');

$node->stop;
done_testing();
