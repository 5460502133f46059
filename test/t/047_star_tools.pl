# What JDBC's metadata say of a star, and a dbt project that has its sources.yml. Both need programs from Debian, Maven's driver as
# Debian has it, and PyPI; where they are out of reach, the test is skipped. Only in the soak.
use strict;
use warnings;
use Test::More;
use IPC::Run;
use PostgreSQL::Test::Utils;
use EltNode;

plan skip_all => 'only in the soak' unless $ENV{ELT_SOAK};
my $node = start_node('star_tools', extension => 1, conf => "listen_addresses = '127.0.0.1'\n");
$node->append_conf('pg_hba.conf', "host all all 127.0.0.1/32 trust\n");
$node->reload;
my $port = $node->port;
my $user = $node->safe_psql('postgres', 'SELECT current_user');
$node->safe_psql('postgres', q{
	CREATE SCHEMA mart;
	CREATE TABLE customer (id int PRIMARY KEY, segment text);
	COMMENT ON COLUMN customer.segment IS 'what the customer is to us';
	CREATE TABLE sale (id int PRIMARY KEY, cust int, at date, amount numeric);
	INSERT INTO customer VALUES (1, 'home'), (2, 'office');
	INSERT INTO sale VALUES (1, 1, '2024-01-02', 10), (2, 2, '2024-01-02', 20), (3, NULL, NULL, 40);
	SELECT elt.create_dimension('mart.dim_customer', 'customer', '{id}');
	SELECT elt.create_date_dimension('mart.dim_date', '2024-01-01');
	SELECT elt.create_fact('mart.fact_sale', 'sale', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "at"}', '{amount}', store_keys => true)});

# The driver: installed, or unpacked from Debian's package.
sub driver
{
	my $installed = '/usr/share/java/postgresql.jar';
	my $unpacked = PostgreSQL::Test::Utils::tempdir();

	return $installed if -e $installed;
	return if $ENV{NO_INSTALL};
	system("cd $unpacked && timeout 60 apt-get download libpostgresql-jdbc-java >log 2>&1 && dpkg-deb -x *.deb .") == 0 or return;
	return "$unpacked/usr/share/java/postgresql.jar";
}

my $program = q{
import java.sql.*;
public class Metadata {
    static void print(ResultSet rows, String... columns) throws SQLException {
        while (rows.next()) {
            StringBuilder line = new StringBuilder();
            for (String column : columns)
                line.append(line.length() > 0 ? " " : "").append(rows.getString(column));
            System.out.println(line);
        }
    }
    public static void main(String[] args) throws SQLException {
        try (Connection connection = DriverManager.getConnection(args[0], args[1], "")) {
            DatabaseMetaData data = connection.getMetaData();
            print(data.getTables(null, "mart", "%", new String[] {"TABLE", "VIEW"}), "TABLE_TYPE", "TABLE_NAME", "REMARKS");
            print(data.getImportedKeys(null, "mart", "fact_sale_rows"), "FKTABLE_NAME", "FKCOLUMN_NAME", "PKTABLE_NAME", "PKCOLUMN_NAME");
            print(data.getPrimaryKeys(null, "mart", "dim_customer_members"), "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ");
            print(data.getColumns(null, "mart", "dim_customer", "segment"), "COLUMN_NAME", "TYPE_NAME", "REMARKS");
        }
    }
}
};
SKIP:
{
	my $jar = driver() or skip 'the JDBC driver is not installed and cannot be downloaded', 6;
	skip 'no Java compiler', 6 unless `java --list-modules 2>/dev/null` =~ /jdk\.compiler/;
	my $file = $node->basedir . '/Metadata.java';
	my ($out, $err) = ('', '');

	append_to_file($file, $program);
	ok(IPC::Run::run([ 'java', '-cp', $jar, $file, "jdbc:postgresql://127.0.0.1:$port/postgres", $user ], '>', \$out, '2>', \$err), 'JDBC reads the metadata')
	  or diag($err);
	like($out, qr/^VIEW fact_sale transaction fact, grain: one row for each id/m, 'a fact says what its rows are');
	like($out, qr/^fact_sale_rows customer_key dim_customer_members customer_key$/m, 'a key leads to the dimension');
	like($out, qr/^fact_sale_rows date_key dim_date_days date_key$/m, 'and another to its days');
	like($out, qr/^dim_customer_members customer_key 1$/m, 'which has a primary key');
	like($out, qr/^segment text what the customer is to us$/m, 'a column has its comment');
}

SKIP:
{
	my $packages = PostgreSQL::Test::Utils::tempdir();
	my $project = PostgreSQL::Test::Utils::tempdir();
	skip 'dbt cannot be installed from PyPI', 5
	  if system("timeout 400 python3 -m pip install --quiet --retries 1 --timeout 15 --only-binary :all: --target $packages 'dbt-core>=1.8,<1.10' 'dbt-postgres>=1.8,<1.10' >$packages/log 2>&1") != 0;
	mkdir "$project/models" or die $!;
	append_to_file("$project/dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\nmodel-paths: [models]\n");
	append_to_file("$project/profiles.yml", "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, host: 127.0.0.1, port: $port,"
		  . " user: $user, password: '', dbname: postgres, schema: built, threads: 1}\n");
	append_to_file("$project/models/sources.yml", $node->safe_psql('postgres', q{SELECT elt.describe_star('mart', format => 'dbt')}) . "\n");
	append_to_file("$project/models/revenue.sql", q{select segment, sum(amount) as amount from {{ source('mart', 'fact_sale') }}
join {{ source('mart', 'dim_customer') }} using (customer_key) group by segment});
	local $ENV{PYTHONPATH} = $packages;
	local $ENV{DO_NOT_TRACK} = 1;
	for my $command (qw(parse run test))
	{
		my ($out, $err) = ('', '');

		ok(IPC::Run::run([ 'python3', '-m', 'dbt.cli.main', $command, '--project-dir', $project, '--profiles-dir', $project ], '>', \$out, '2>', \$err),
			"dbt $command")
		  or diag($out . $err);
		unlike($out, qr/\[WARNING\]/, 'without a warning') if $command eq 'parse';
	}
	is($node->safe_psql('postgres', 'SELECT segment, amount FROM built.revenue ORDER BY 1'), "home|10\nmissing|40\noffice|20", 'a model reads the sources');
}
$node->stop;
done_testing();
