# Foreign tables of other wrappers as sources: file_fdw, mysql_fdw where it and MariaDB are installed, and
# tds_fdw as far as that can be seen without a server of its kind.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use EltNode;

my $db = 'postgres';
my $node = start_node('wrappers', extension => 1);

sub sql { return $node->safe_psql($db, $_[0]) }
sub run { return ($node->psql($db, "SET client_min_messages = notice;\n\\set ON_ERROR_STOP 0\nCALL elt.run('$_[0]');\n"))[2] }

# file_fdw
my $file = $node->basedir . '/meters.csv';
append_to_file($file, join('', map { "$_,2024-01-01 00:0$_+00," . $_ * 2 . "\n" } 1 .. 9));
sql(qq{
	CREATE EXTENSION file_fdw;
	CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
	CREATE FOREIGN TABLE meters (id int, at timestamptz, v int) SERVER files OPTIONS (filename '$file', format 'csv');
	SELECT elt.create_pipeline('meters', source => 'meters', target => 'meters_t', key => '{id}', options => '{"batch_rows": 4}');
	SELECT elt.create_pipeline('new_meters', source => 'meters', target => 'new_meters', key => '{id}', lookback => '2 minutes',
		options => '{"cursor_column": "at"}');
});
like(run('meters'), qr/9 rows read: 9 inserted/, 'file_fdw: a file lands in batches');
like(run('new_meters'), qr/9 inserted/, 'and by a cursor');
is(sql(q{SELECT late_rows FROM elt.explain_source('new_meters')}), 'transactions cannot be seen: use lookback', 'whose late rows need lookback');
append_to_file($file, "10,2024-01-01 00:10+00,1\n");
like(run('new_meters'), qr/4 rows read: 1 inserted, 3 unchanged/, 'which is read again');
append_to_file($file, "11,2024-01-01 00:11+00,many\n");
like(run('meters'), qr/ERROR:  .*invalid input syntax for type integer: "many"/s, 'a line that is no row fails the run');
append_to_file($file, join('', map { "$_,2024-01-01 00:12+00,1\n" } 12 .. 40));
$node->psql($db, q{CALL elt.run('meters')});
is(sql(q{SELECT sqlstate || ' ' || state FROM elt.runs WHERE pipeline = 'meters' ORDER BY run_id DESC LIMIT 1}), '22P02 failed',
	'soon, however many lines there are');
is(sql('SELECT count(*) FROM meters_t'), 9, 'and nothing of it lands');

# tds_fdw
SKIP:
{
	skip 'postgresql-15-tds-fdw is not installed', 3 unless sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'tds_fdw'});
	my $closed = PostgreSQL::Test::Cluster::get_free_port();
	sql(qq{
		CREATE EXTENSION tds_fdw;
		CREATE SERVER erp FOREIGN DATA WRAPPER tds_fdw OPTIONS (servername '127.0.0.1', port '$closed', database 'erp');
		CREATE USER MAPPING FOR CURRENT_USER SERVER erp OPTIONS (username 'reader', password 'secret');
		CREATE FOREIGN TABLE parts (id int, name text, changed_at timestamp) SERVER erp OPTIONS (schema_name 'dbo', table_name 'parts');
		SELECT elt.create_pipeline('parts', source => 'parts', target => 'parts_t', key => '{id}', options => '{"cursor_column": "changed_at"}');
	});
	is(sql(q{SELECT late_rows FROM elt.explain_source('parts')}), 'transactions cannot be seen: use lookback', 'tds_fdw: a pipeline is defined');
	like(run('parts'), qr/ERROR:  .*Unable to connect/, 'a server that is down is an error');
	is(sql(q{SELECT state || ' ' || sqlstate FROM elt.runs WHERE pipeline = 'parts'}), 'failed HV00N', 'of the connection');
}

# mysql_fdw
my $server = (grep { -x } map { "$_/mariadbd" } '/usr/sbin', '/usr/bin')[0];
my $wrapper = sql(q{SELECT count(*) FROM pg_available_extensions WHERE name = 'mysql_fdw'});
SKIP:
{
	skip 'mariadb-server or postgresql-15-mysql-fdw is not installed', 7 unless $server && $wrapper;
	my $home = $node->basedir . '/mariadb';
	my $port = PostgreSQL::Test::Cluster::get_free_port();
	mkdir $home;
	system_or_bail("mariadb-install-db --no-defaults --datadir=$home/data --auth-root-authentication-method=normal --skip-test-db > $home/install 2>&1");
	my @command = ($server, '--no-defaults', "--datadir=$home/data", "--socket=$home/s", "--pid-file=$home/pid", '--bind-address=127.0.0.1', "--port=$port");
	my $pid;
	my $start = sub
	{
		$pid = fork;
		if ($pid == 0) { open STDOUT, '>>', "$home/log"; open STDERR, '>>', "$home/log"; exec @command }
		my $deadline = time() + 180;
		sleep 1 while system("mariadb --no-defaults -u root -S $home/s -e 'SELECT 1' > /dev/null 2>&1") != 0 && time() < $deadline;
	};
	my $stop = sub { kill 'TERM', $pid; waitpid $pid, 0 };
	my $there = sub { system_or_bail('mariadb', '--no-defaults', '-u', 'root', '-S', "$home/s", '-e', $_[0]) };

	$start->();
	$there->(q{
		CREATE DATABASE shop; CREATE USER 'reader'@'%' IDENTIFIED BY 'secret'; GRANT ALL ON shop.* TO 'reader'@'%';
		CREATE TABLE shop.items (id int PRIMARY KEY, sku varchar(20), price decimal(10,2), changed_at timestamp NULL);});
	$there->(join '', "INSERT INTO shop.items VALUES ", join(', ', map { sprintf "(%d, '%s%d', %d.5, '2024-01-01 %02d:%02d:00')", $_, $_ % 2 ? 'a' : 'B', $_, $_, $_ / 60, $_ % 60 } 1 .. 500));
	sql(qq{
		CREATE EXTENSION mysql_fdw;
		CREATE SERVER shop FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port '$port');
		CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (username 'reader', password 'secret');
		CREATE FOREIGN TABLE items (id int, sku varchar(20), price numeric(10,2), changed_at timestamp) SERVER shop OPTIONS (dbname 'shop', table_name 'items');
		SELECT elt.create_pipeline('items', source => 'items', target => 'items_t', key => '{id}', options => '{"load": "full", "absent": "delete"}');
		SELECT elt.create_pipeline('items_by_id', source => 'items', target => 'items_by_id', key => '{id}', options => '{"batch_rows": 120, "cursor_column": "id"}');
		SELECT elt.create_pipeline('items_by_sku', source => 'items', target => 'items_by_sku', key => '{sku}', options => '{"batch_rows": 120}');
	});
	like(run('items'), qr/500 rows read: 500 inserted/, 'mysql_fdw: a table lands');
	like(run('items_by_id'), qr/500 inserted/, 'and by a cursor');
	is(sql(q{SELECT count(*) FROM elt.steps WHERE pipeline = 'items_by_id' AND step = 'pull'}), 5, 'in batches');
	note(sql('EXPLAIN (VERBOSE, COSTS off) ' . sql(q{SELECT statement FROM elt.explain_source('items_by_id')})));
	like(run('items_by_sku'), qr/500 inserted/, 'texts, which it orders otherwise, are no order');
	$there->('INSERT INTO shop.items VALUES (1000, \'new\', 1, NULL); DELETE FROM shop.items WHERE id = 1');
	like(run('items'), qr/1 inserted, 499 unchanged, 1 removed/, 'what has changed there is found');
	$stop->();
	like(run('items'), qr/ERROR:  .*failed to connect to MySQL/, 'a server that is down is an error');
	$start->();
	like(run('items_by_id'), qr/1 inserted, 1 unchanged/, 'until it is up again');
	$stop->();
}
done_testing();
