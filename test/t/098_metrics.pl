# Metrics through Debian's Prometheus: both exporters and the text are scraped, every query of the
# dashboard is asked, and the alert rules are checked. Without network or packages it is skipped.
use strict;
use warnings;
use Cwd 'abs_path';
use HTTP::Tiny;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $files = abs_path('docs/monitoring');
my %program = programs(qw(prometheus promtool prometheus-postgres-exporter prometheus-sql-exporter))
  or plan skip_all => 'Prometheus and its exporters are not installed and cannot be downloaded';
my $home = PostgreSQL::Test::Utils::tempdir();
my $http = HTTP::Tiny->new(timeout => 10);
my @children;

# name => path of each: installed, or unpacked from Debian's packages, which would start services.
sub programs
{
	my @names = @_;
	my $unpacked = "$ENV{ELT_WORK}/prometheus";
	my %found;

	unless (grep { -x "$unpacked/usr/bin/promtool" || -x "/usr/bin/$_" } 'promtool')
	{
		return if $ENV{NO_INSTALL} || !download("$unpacked.deb", $unpacked);
	}
	for my $name (@names)
	{
		($found{$name}) = grep { -x } "/usr/bin/$name", "$unpacked/usr/bin/$name";
		return unless $found{$name};
	}
	return %found;
}

sub download
{
	my ($packages, $to) = @_;
	my $said;

	mkdir $packages;
	return unless IPC::Run::run(['timeout', '60', 'apt-get', 'download', 'prometheus', 'prometheus-postgres-exporter',
		'prometheus-sql-exporter'], '>&', \$said, init => sub { chdir $packages or die });
	for my $package (glob "$packages/*.deb")
	{
		return unless IPC::Run::run([qw(dpkg-deb --fsys-tarfile), $package], '|', ['tar', '-C', $to, qw(-x --wildcards ./usr/bin/*)],
			init => sub { mkdir $to });
	}
	return 1;
}

sub start
{
	my ($name, @command) = @_;

	push @children, IPC::Run::start(\@command, '<', '/dev/null', '>&', "$home/$name.log");
}

sub write_file
{
	my ($name, $text) = @_;

	open my $file, '>', "$home/$name" or die;
	print $file $text;
	close $file;
	return "$home/$name";
}

sub contents { slurp_file("$files/$_[0]") }

sub promtool
{
	my ($what, @arguments) = @_;
	my $said;

	ok(IPC::Run::run([$program{promtool}, @arguments], '>&', \$said), $what) or diag $said;
	return $said;
}

# The rules.
promtool('Prometheus takes the scrape configuration', qw(check config), "$files/prometheus.yml");
my $checked = promtool('and the alert rules', qw(check rules), "$files/elt_rules.yml");
promtool('which fire when they should', qw(test rules), "$files/elt_rules_test.yml");
my @rules = contents('elt_rules.yml') =~ /alert: (\w+)/g;
my $tests = contents('elt_rules_test.yml');
is_deeply([grep { my @n = $tests =~ /alertname: $_$/mg; @n < 2 } @rules], [], 'and each is tested, firing and not');

# Something of everything to measure.
my $node = start_node('metrics', preload => 1, extension => 1);
$node->safe_psql('postgres', qq{
	CREATE ROLE monitor LOGIN IN ROLE elt_reader;
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', quota '1000/month');
	CREATE FOREIGN TABLE public_power (
		country text OPTIONS (param 'country'),
		ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'),
		production_type text OPTIONS (path 'name'),
		power_mw float8 OPTIONS (path 'data[*]')
	) SERVER replay OPTIONS (path '/public_power',
		query 'country={country}&start={window_start}&end={window_last}',
		records '\$.production_types[*]', window '1 day', window_column 'ts',
		window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin', not_yet_on '404 text/plain');
	SELECT elt.create_pipeline('power', 'public_power', 'power', '{country,production_type,ts}',
		params => '{"country": ["de"]}', start_at => '2024-03-01',
		options => jsonb_build_object('publication_delay', make_interval(secs => extract(epoch FROM now() - '2024-03-04')),
			'max_staleness', '1 day'),
		partition_by => 'ts', partition_interval => '1 month');
	SELECT elt.add_check('power', 'no_waste', 'production_type <> ''Waste''');
	SELECT elt.set_pool('api', 2);
	CREATE TABLE src (id int PRIMARY KEY);
	SELECT elt.create_pipeline('bad', 'src', 'bad', '{id}',
		options => '{"on_landed": "select 1 / 0", "pool": "api", "max_attempts": 2, "retry_period": "0.1 seconds"}')});
$node->safe_psql('postgres', q{CALL elt.run('power')});
$node->safe_psql('postgres', q{SELECT elt.enqueue('bad')});
wait_for($node, 'postgres', q{SELECT count(*) = 2 FROM elt.runs WHERE pipeline = 'bad' AND state = 'failed'}, 'both attempts');

# What has been counted is added up by the scheduler, and remains what it was.
my $counters = q{SELECT string_agg(concat_ws(' ', name, labels, value), E'\n' ORDER BY name, labels) FROM elt.metrics
	WHERE name ~ '_(total|bucket|count|sum)$'};
my $before = $node->safe_psql('postgres', $counters);
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM elt_catalog.run_tally'), '>', 2, 'each end of a run is a row');
$node->restart;
wait_for($node, 'postgres', 'SELECT count(*) = 2 FROM elt_catalog.run_tally', 'one row for each pipeline');
is($node->safe_psql('postgres', $counters), $before, 'until they are added up, which changes no counter');
$node->safe_psql('postgres', q{CALL elt.run('power', '2024-03-01', '2024-03-02')});

# Both exporters as they ship but for addresses and the interval, and the text from a small web server.
my %port = map { $_ => PostgreSQL::Test::Cluster::get_free_port() } qw(sql postgres text prometheus);
my $where = 'host=' . $node->host . ' port=' . $node->port . ' user=monitor dbname=postgres sslmode=disable';
my $url = 'postgres://monitor@/postgres?host=' . $node->host . '&port=' . $node->port . '&sslmode=disable';
(my $sql_exporter = contents('sql_exporter.yml')) =~ s{postgres://\S+}{$url};
$sql_exporter =~ s/interval: 15s/interval: 1s/;
start('sql', $program{'prometheus-sql-exporter'}, '-config.file', write_file('sql.yml', $sql_exporter),
	'-web.listen-address', "127.0.0.1:$port{sql}");
start('postgres', 'env', "DATA_SOURCE_NAME=$where", $program{'prometheus-postgres-exporter'},
	"--web.listen-address=127.0.0.1:$port{postgres}", "--extend.query-path=$files/postgres_exporter.yml",
	'--disable-default-metrics', '--disable-settings-metrics', '--no-collector.database', '--no-collector.bgwriter');
start('text', 'python3', '-c', <<"PYTHON");
import http.server, subprocess
class Text(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = subprocess.run(["psql", "-XAt", "-d", "$where", "-c", "SELECT elt.metrics_text()"], capture_output=True).stdout
        self.send_response(200)
        self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.end_headers()
        self.wfile.write(text)
http.server.ThreadingHTTPServer(("127.0.0.1", $port{text}), Text).serve_forever()
PYTHON
my $config = contents('prometheus.yml');
my ($job) = $config =~ /^scrape_configs:\n(.*)/ms;
$config =~ s/scrape_interval: 15s/scrape_interval: 1s\n  evaluation_interval: 1s/;
$config =~ s{elt_rules.yml}{$files/elt_rules.yml};
$config =~ s/^scrape_configs:\n\K.*//ms;
for my $name (qw(sql postgres text))
{
	$config .= $job =~ s/job_name: elt/job_name: $name/r =~ s/localhost:9237/127.0.0.1:$port{$name}/r;
}
start('prometheus', $program{prometheus}, '--config.file', write_file('prometheus.yml', $config),
	'--storage.tsdb.path', "$home/data", '--web.listen-address', "127.0.0.1:$port{prometheus}");

# Answers of Prometheus.
sub ask
{
	my ($query) = @_;
	my $answer = $http->get("http://127.0.0.1:$port{prometheus}/api/v1/query?" . $http->www_form_urlencode({query => $query}));

	return unless $answer->{success};
	return decode_json($answer->{content})->{data}{result};
}

sub number
{
	my $answer = ask(@_);

	return @{$answer // []} == 1 ? $answer->[0]{value}[1] : 'none';
}

sub wait_for_number
{
	my ($query, $number) = @_;
	my $deadline = time() + 180;

	sleep 0.1 until number($query) eq $number || time() > $deadline;
	is(number($query), $number, $query);
}

wait_for_number('sum(up)', 3);
$node->safe_psql('postgres', q{SELECT elt.enqueue('bad')});
for my $from (qw(sql postgres text))
{
	wait_for_number(qq{elt_pipeline_runs_total{job="$from", pipeline="bad", state="failed"}}, 4);
}
my $names = sub { join ' ', sort map { $_->{metric}{__name__} } @{ask(qq{count by (__name__) ({job="$_[0]", __name__=~"elt_.+"})})} };
is($names->($_), $names->('text'), "from exporter $_ come the same names") for qw(sql postgres);
is($names->('text'), $node->safe_psql('postgres', q{SELECT string_agg(name, ' ' ORDER BY name COLLATE "C")
	FROM (SELECT DISTINCT name FROM elt.metrics) m}),
	'which are those of elt.metrics');
for my $metric ('elt_pipeline_rows_total{pipeline="power", outcome="quarantined"}', 'elt_server_quota_left', 'elt_partitions_ahead',
	'elt_pipeline_run_duration_seconds_count{pipeline="power"}', 'elt_server_request_duration_seconds_bucket{le="30.0"}')
{
	is(number("count(count_values(\"value\", $metric))"), 1, "the same value from each of them: $metric");
}
is(number('sum(elt_server_requests_total{job="text"})'), $node->safe_psql('postgres', q{SELECT count(*) FROM elt.request_log}),
	'and that of the request log');

# The dashboard.
my $dashboard = decode_json(contents('grafana_dashboard.json'));
my @empty;
my $queries = 0;
for my $panel (@{$dashboard->{panels}})
{
	for my $target (@{$panel->{targets} // []})
	{
		my $query = $target->{expr} =~ s/\$__rate_interval/1m/gr =~ s/\$(job|pipeline)/.+/gr;
		my $answer = ask($query);

		$queries++;
		push @empty, "$panel->{title}: $query" unless $answer && @$answer;
	}
}
cmp_ok($queries, '>', 30, 'the dashboard asks');
is_deeply(\@empty, [], 'and every query of it is answered');
for my $variable (grep { $_->{type} eq 'query' } @{$dashboard->{templating}{list}})
{
	my ($series, $label) = $variable->{query}{query} =~ /^label_values\((.*), (\w+)\)$/;

	cmp_ok(scalar @{ask("group by ($label) ($series)" =~ s/\$job/.+/r)}, '>', 0, "there are values of variable $variable->{name}");
}

# Whatever runs and ends meanwhile, Prometheus sees no counter fall.
$node->safe_psql('postgres', join ';', (q{CALL elt.run('power', '2024-03-01', '2024-03-02')}) x 10);
my $landed = $node->safe_psql('postgres', q{SELECT value FROM elt.metrics WHERE name = 'elt_pipeline_runs_total' AND labels @> '{"pipeline": "power", "state": "succeeded"}'});
wait_for_number(qq{elt_pipeline_runs_total{job="$_", pipeline="power", state="succeeded"}}, $landed) for qw(sql postgres text);
my @counters = grep { /_(total|bucket|count|sum)$/ } split / /, $names->('text');
cmp_ok(scalar @counters, '>', 10, 'there are counters');
is_deeply([grep { number("sum(resets(${_}[5m]))") ne '0' } @counters], [], 'and none falls');

# The alerts that Prometheus has for this, and the statements that they name.
my $deadline = time() + 180;
my $alerts = q{count by (pipeline) (ALERTS{alertname="EltPipelineFailing", job="text"})};
sleep 0.1 until @{ask($alerts)} || time() > $deadline;
is(ask($alerts)->[0]{metric}{pipeline}, 'bad', 'the pipeline that fails is alerted');
my @statements = contents('elt_rules.yml') =~ /action: "(?:[^"]*, or see )?(SELECT [^"]*)"/g;
for my $statement (@statements)
{
	$statement =~ s/\{\{.*?\}\}/bad/g;
	is(sqlstate_of($node, 'postgres', $statement), '00000', $statement);
}

END
{
	my $status = $?;
	$_->kill_kill(grace => 2) for @children;
	$? = $status;
}

done_testing();
