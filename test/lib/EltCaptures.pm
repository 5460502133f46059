# Captured answers of real APIs, played by the replay server through foreign tables, and which of
# them a test has played.
package EltCaptures;

use strict;
use warnings;
use Exporter 'import';
use File::Find;
use HTTP::Tiny;
use JSON::PP;
use Test::More;

our @EXPORT = qw(captures exchanges document part query_strings table rows_are fails_with sql json unplayed);

my ($node, $replay, $fixtures, %played, $tables);
my $json = JSON::PP->new->utf8->canonical->allow_bignum->allow_nonref;

sub json { return $json }

# captures(NODE, REPLAY URL, DIRECTORY)
sub captures
{
	($node, $replay, $fixtures) = @_;
	sql("CREATE SERVER api FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', max_attempts '2')");
}

sub sql
{
	my ($query) = @_;
	my $answer = $node->safe_psql('postgres', $query);
	utf8::decode($answer);
	return $answer;
}

sub text_of
{
	my ($name) = @_;
	open my $file, '<:raw', "$fixtures/$name" or die "$name: $!";
	local $/;
	return scalar <$file>;
}

# exchanges(FILE, NUMBERS): these responses of a file of exchanges, all without numbers. Each has a
# body that is text.
sub exchanges
{
	my ($name, @numbers) = @_;
	my $all = $json->decode(text_of($name))->{exchanges};

	@numbers = 0 .. $#$all unless @numbers;
	$played{"$name $_"} = 1 for @numbers;
	return map { { %$_, body => $_->{body_text} // (exists $_->{body} ? chars($_->{body}) : '') } }
		map { $all->[$_]{response} } @numbers;
}

# document(FILE): a file that is a body, as a response; json()->decode of its body is the document.
sub document
{
	my ($name) = @_;
	my $text = text_of($name);

	$played{$name} = 1;
	utf8::decode($text);
	return { status => 200, body => $text };
}

# part(FILE, MEMBER): a file whose members are bodies.
sub part
{
	my ($name, $member) = @_;
	$played{$name} = 1;
	return { status => 200, body => chars($json->decode(text_of($name))->{$member}) };
}

# JSON as characters, as the bodies of captured exchanges are.
sub chars
{
	my $text = $json->encode($_[0]);
	utf8::decode($text);
	return $text;
}

# What files hold that no test has asked for; folders of other things than answers left out.
sub unplayed
{
	my (@others) = @_;
	my @left;

	find({ no_chdir => 1, wanted => sub {
		my $name = $File::Find::name =~ s{^\Q$fixtures\E/?}{}r;
		return if $name !~ /\.json$/ || grep { $name =~ $_ } @others;
		my $found = $json->decode(text_of($name));
		my $list = ref $found eq 'HASH' && $found->{exchanges};
		push @left, $list ? grep { !$played{$_} } map { "$name $_" } 0 .. $#$list : grep { !$played{$_} } $name;
	} }, $fixtures);
	return sort @left;
}

# The responses as the answers of /script/ID, links leading back to it.
sub play
{
	my ($id, @responses) = @_;
	my @answers;

	for my $response (@responses)
	{
		my %headers = %{ $response->{headers} // {} };
		for my $name (grep { lc $_ eq 'link' } keys %headers)
		{
			$headers{$name} =~ s{<https://[^?>]*}{<$replay/script/$id}g;
		}
		delete $headers{$_} for grep { /^(content-(length|encoding)|transfer-encoding|connection|date)$/i } keys %headers;
		push @answers, $response->{hang} ? { hang => 30 }
			: { status => $response->{status}, headers => \%headers, content_type => $response->{type} // 'application/json',
				body => $response->{body} };
	}
	my $answer = HTTP::Tiny->new->post("$replay/_control/script", { headers => { 'Content-Type' => 'application/json' },
		content => $json->encode({ id => $id, responses => \@answers }) });
	die "script $id: $answer->{content}" unless $answer->{success};
}

# table(COLUMNS, OPTIONS, RESPONSES): the name of a foreign table that is answered with them.
sub table
{
	my ($columns, $options, @responses) = @_;
	my $name = 't' . ++$tables;

	play($name, @responses);
	sql("CREATE FOREIGN TABLE $name ($columns) SERVER api OPTIONS (path '/script/$name'" . ($options ? ", $options)" : ')'));
	return $name;
}

# What a table was asked with.
sub query_strings
{
	my ($table) = @_;
	my $seen = $json->decode(HTTP::Tiny->new->get("$replay/_control/requests?path=/script/$table")->{content});
	return map { $_->{url} =~ s/^[^?]*\??//r } @{ $seen->{requests} };
}

sub same
{
	my ($got, $want) = @_;
	return !defined $got && !defined $want unless defined $got && defined $want;
	return $json->encode($got) eq $json->encode($want) if ref($got) =~ /HASH|ARRAY/ || JSON::PP::is_bool($want);
	return "$got" eq "$want" || ("$got$want" =~ /^[-+0-9.e]+$/i && $got == $want);
}

# rows_are(TABLE, ROWS, WHAT): all rows, in order, against lists of values as JSON has them.
sub rows_are
{
	my ($table, $expected, $what) = @_;
	my $rows = sql("SELECT (SELECT json_agg(e.value ORDER BY e.n) FROM json_each(to_json(t)) WITH ORDINALITY e (name, value, n))
		FROM $table t");
	utf8::encode($rows);
	my @got = map { $json->decode($_) } split /\n/, $rows;
	my $alike = @got > 0 && @got == @$expected;

	for my $i (0 .. $#got)
	{
		$alike &&= @{ $got[$i] } == @{ $expected->[$i] } && !grep { !same($got[$i][$_], $expected->[$i][$_]) } 0 .. $#{ $got[$i] };
	}
	ok($alike, "$what: " . @got . ' rows') or diag(explain { got => \@got, expected => $expected });
}

# fails_with(TABLE, PATTERN, WHAT): no row, but an error that says so.
sub fails_with
{
	my ($table, $pattern, $what) = @_;
	my ($status, $rows, $error) = $node->psql('postgres', "SELECT * FROM $table");
	utf8::decode($error);
	like($error, $pattern, $what);
}

1;
