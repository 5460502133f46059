# What a BI client finds in a star, asked by SQLAlchemy's inspector: comments, primary and foreign keys. The
# package comes from PyPI into the test's own folder; where that is out of reach, the test is skipped.
use strict;
use warnings;
use Test::More;
use IPC::Run;
use PostgreSQL::Test::Utils;
use EltNode;

my $packages = PostgreSQL::Test::Utils::tempdir();
plan skip_all => 'SQLAlchemy and psycopg2 cannot be installed from PyPI'
  if system("timeout 120 python3 -m pip install --quiet --retries 1 --timeout 15 --target $packages sqlalchemy psycopg2-binary >$packages/log 2>&1") != 0;

my $node = start_node('star_clients', extension => 1);
$node->safe_psql('postgres', q{
	CREATE SCHEMA mart;
	CREATE TABLE customer (id int PRIMARY KEY, segment text);
	COMMENT ON COLUMN customer.segment IS 'what the customer is to us';
	CREATE TABLE sale (id int PRIMARY KEY, cust int, at date, amount numeric);
	SELECT elt.create_dimension('mart.dim_customer', 'customer', '{id}');
	SELECT elt.create_date_dimension('mart.dim_date', '2024-01-01');
	SELECT elt.create_fact('mart.fact_sale', 'sale', '{id}', '{"dim_customer": "cust"}', '{"dim_date": "at"}', '{amount}', store_keys => true)});

my $script = q{
import sys
from sqlalchemy import create_engine, inspect
i = inspect(create_engine(sys.argv[1]))
for view in sorted(i.get_view_names(schema="mart")):
    print("view", view, "|", i.get_table_comment(view, schema="mart")["text"])
for table in sorted(i.get_table_names(schema="mart")):
    print("table", table, i.get_pk_constraint(table, schema="mart")["constrained_columns"])
    for key in sorted(i.get_foreign_keys(table, schema="mart"), key=lambda k: k["constrained_columns"]):
        print("key", table, key["constrained_columns"], "->", key["referred_table"], key["referred_columns"])
for column in i.get_columns("fact_sale", schema="mart") + i.get_columns("dim_customer", schema="mart"):
    print("column", column["name"], "|", column["comment"])
};
local $ENV{PYTHONPATH} = $packages;
my ($out, $err) = ('', '');
my $ok = IPC::Run::run([ 'python3', '-', 'postgresql+psycopg2://@/postgres?host=' . $node->host . '&port=' . $node->port ],
	'<', \$script, '>', \$out, '2>', \$err);
ok($ok, 'the inspector reads the star') or diag($err);
like($out, qr/^view fact_sale \| transaction fact, grain: one row for each id/m, 'a fact says what its rows are');
like($out, qr/^view dim_customer \| grain: one member/m, 'and a dimension');
like($out, qr/^table fact_sale_rows \['id'\]/m, 'a stored fact has its grain as primary key');
like($out, qr/^key fact_sale_rows \['customer_key'\] -> dim_customer_members \['customer_key'\]/m, 'and refers to its dimension');
like($out, qr/^key fact_sale_rows \['date_key'\] -> dim_date_days \['date_key'\]/m, 'and to its days');
like($out, qr/^column segment \| what the customer is to us$/m, 'an attribute has the comment of its source');
like($out, qr/^column amount \| measure, additive: sum over any dimension$/m, 'a measure says over what it may be summed');
unlike($out, qr/^column .*\| None$/m, 'no column is without a comment');
$node->stop;
done_testing();
