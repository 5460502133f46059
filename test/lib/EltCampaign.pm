# Seven pipelines of all strategies over an API that misbehaves, each beside a quiet one that ran undisturbed:
# whatever is done to the server meanwhile, left alone they come to the same tables.
package EltCampaign;

use strict;
use warnings;
use IPC::Run;
use JSON::PP;
use Test::More;
use EltNode;
use EltRuns qw(control);

my $replay = $ENV{ELT_REPLAY};

# Histories of 200 keys in 12 answers, in no order: each event is in one or two of them.
sub answers
{
	my @answers = map { [] } 1 .. 12;

	for my $n (1 .. 900)
	{
		my %event = (id => 1 + int(rand(200)), city => (qw(Bonn Ulm Kiel Jena))[int(rand(4))], amount => int(rand(5)),
			changed_at => sprintf('2024-01-%02dT%02d:00:00Z', 1 + int(rand(28)), int(rand(24))), position => $n,
			op => rand() < 0.1 ? 'd' : 'u');
		push @{ $answers[int(rand(@answers))] }, \%event for 0 .. int(rand(2));
	}
	control('script', { id => "events$_", responses => [ { json => $answers[$_] } ] }) for 0 .. $#answers;
	return encode_json({ part => [ map { "$_" } 0 .. $#answers ] });
}

sub declare_sources
{
	my ($self) = @_;
	$self->sql(qq{
	CREATE SERVER api FOREIGN DATA WRAPPER elt_http OPTIONS (url '$replay', allow_private 'true',
		rate_limit '10000/s', concurrency '3', max_attempts '4', timeout '2s', stall_timeout '1s');
	CREATE FOREIGN TABLE event (part text OPTIONS (param 'part'), id int, city text, amount numeric,
		changed_at timestamptz, position bigint, op text) SERVER api OPTIONS (path '/script/events{part}');
	CREATE FOREIGN TABLE power (country text OPTIONS (param 'country'),
		ts timestamptz OPTIONS (path '\$.unix_seconds[*]', format 'unix'),
		production_type text OPTIONS (path 'name'), power_mw float8 OPTIONS (path 'data[*]')
	) SERVER api OPTIONS (path '/public_power', query 'country={country}&start={window_start}&end={window_last}',
		records '\$.production_types[*]', window '1 day', window_column 'ts',
		window_format 'YYYY-MM-DD', window_time_zone 'Europe/Berlin', not_yet_on '404 text/plain');
	CREATE FOREIGN TABLE item (id bigint) SERVER api OPTIONS (path '/items',
		query 'total=400&limit=400&since_id={cursor}', records '\$.items[*]', cursor_column 'id', cursor_start '0')});
}

sub pipelines
{
	my ($params) = @_;
	my $windows = q{params => '{"country": ["de", "fr"]}', start_at => '2024-03-25'};
	my $delay = q{'publication_delay', now() - '2024-03-29'};
	my $ordered = q{'sequence_by', ARRAY['changed_at', 'position'], 'delete_when', $$op = 'd'$$};
	my $power = 'country, ts, production_type, power_mw';
	return (
		{ name => 'appended', source => 'power', columns => $power, rest => "strategy => 'append', $windows",
			options => "'batch_rows', 2000, $delay" },
		{ name => 'parted', source => 'power', columns => $power, rest => "key => '{country,production_type,ts}',
			partition_by => 'ts', partition_interval => '1 day', lookback => '1 day', $windows",
			options => "'batch_rows', 3000, $delay" },
		{ name => 'replaced', source => 'power', columns => $power, rest => "strategy => 'replace_window', $windows",
			options => "'batch_rows', 3000, $delay" },
		{ name => 'upserted', source => 'event', columns => 'id, city, amount, changed_at, position, _deleted',
			rest => "key => '{id}', params => '$params'",
			options => "'batch_rows', 200, $ordered" },
		{ name => 'history', source => 'event', columns => 'id, city, amount, valid_from, valid_to',
			rest => "key => '{id}', strategy => 'scd2', params => '$params'",
			options => "'batch_rows', 200, $ordered, 'track_columns', ARRAY['city', 'amount']" },
		{ name => 'whole', source => 'event', columns => 'id, city, amount, changed_at, position',
			rest => "key => '{position}', params => '$params'",
			options => "'load', 'full', 'absent', 'delete'" },
		{ name => 'followed', source => 'item', columns => 'id', rest => "key => '{id}', strategy => 'append'" });
}

# EltCampaign->new(NODE, DATABASE): sources, pipelines and the tables that they must come to.
sub new
{
	my ($class, $node, $database) = @_;
	my $self = bless { node => $node, database => $database }, $class;

	control('reset');
	$self->{pipelines} = [ pipelines(answers()) ];
	$self->declare_sources;
	for my $p (@{ $self->{pipelines} })
	{
		$self->declare($p, $_) for $p->{name}, "quiet_$p->{name}";
		$self->sql("CALL elt.run('quiet_$p->{name}')");
		cmp_ok($self->sql("SELECT count(*) FROM quiet_$p->{name}"), '>', 100, "$p->{name}: an undisturbed run");
	}
	return $self;
}

sub sql
{
	my ($self, $query) = @_;
	return $self->{node}->safe_psql($self->{database}, $query);
}

# The same for a server that may not be there, or may refuse: what it answers, else ''.
sub try
{
	my ($self, $query) = @_;
	my ($status, $answer) = eval { $self->{node}->psql($self->{database}, $query) };
	return $answer // '';
}

sub declare
{
	my ($self, $p, $name) = @_;
	$self->sql("SET client_min_messages = warning;
		SELECT elt.create_pipeline('$name', '$p->{source}', '$name', $p->{rest},
			options => jsonb_build_object(@{[join ', ', q{'max_attempts', 1}, $p->{options} // ()]}))");
}

sub same
{
	my ($p) = @_;
	my ($new, $old) = map { "SELECT $p->{columns} FROM $_" } $p->{name}, "quiet_$p->{name}";
	return "NOT EXISTS (($new EXCEPT ALL $old) UNION ALL ($old EXCEPT ALL $new))";
}

# Each fault comes at a few of the next requests; retries may meet others.
sub misbehave
{
	my @faults = ({ status => 503 }, { status => 429, headers => { 'Retry-After' => 0 } }, { reset => JSON::PP::true },
		{ cut => 100 }, { truncate => 50 }, { status => 500, html => JSON::PP::true }, { delay => 0.2 }, { drip => 20000 });

	control('reset', { what => 'faults' });
	control('fault', { path => '/(public_power|script|items)', skip => int(rand(12)), times => 1 + int(rand(3)), %$_ }) for @faults;
	control('fault', { path => '/', delay => 0.02, times => -1 });
}

sub enqueue_all
{
	my ($self) = @_;
	my $names = join ',', map { "'$_->{name}'" } @{ $self->{pipelines} };
	$self->try("SELECT elt.enqueue(name) FROM elt.pipelines WHERE name IN ($names)");
}

# CALL elt.run of one of them in a session of its own, which end_sessions waits for.
sub run_in_session
{
	my ($self) = @_;
	my $p = $self->{pipelines}[int(rand(@{ $self->{pipelines} }))];
	my $said = '';

	push @{ $self->{sessions} }, IPC::Run::start([ 'psql', '-XAtq', '-d', $self->{node}->connstr($self->{database}),
			'-c', "CALL elt.run('$p->{name}')" ], '<', \undef, '>', \$said, '2>', \$said);
}

sub end_sessions
{
	my ($self) = @_;

	eval { $_->finish } for @{ $self->{sessions} // [] };
	$self->{sessions} = [];
}

# Left alone, the pipelines come to where the quiet ones are; true when they do.
sub settle
{
	my ($self) = @_;
	my $whole = join ' AND ', map { same($_) } @{ $self->{pipelines} };

	$self->end_sessions;
	control('reset', { what => 'faults' });
	for my $turn (1 .. 20)
	{
		$self->enqueue_all;
		wait_for($self->{node}, $self->{database},
			q{SELECT NOT EXISTS (SELECT FROM elt.runs WHERE state IN ('queued', 'running'))}, 'all runs to end') or return 0;
		return 1 if $turn > 1 && $self->sql("SELECT $whole") eq 't';
	}
	for my $p (@{ $self->{pipelines} })
	{
		diag("$p->{name} differs") unless $self->sql('SELECT ' . same($p)) eq 't';
	}
	return 0;
}

sub begin_again
{
	my ($self) = @_;

	for my $p (@{ $self->{pipelines} })
	{
		my $tables = $p->{name} eq 'history' && rand() < 0.5 ? 'history, history_observed, history_restated' : $p->{name};
		$self->sql("TRUNCATE $tables; SELECT elt.reset_pipeline('$p->{name}')");
	}
}

1;
