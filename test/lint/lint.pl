# lint.pl TREE [NAME]: each lint over a source tree, as TAP; with NAME only that one, printing bare
# findings. A lint is a sub that returns findings, "path:line: what is wrong". test/lint/selftest
# proves that each can fail.
use strict;
use warnings;
use File::Basename;
use File::Find;
use File::Spec;
use JSON::PP ();

my ($tree, $only) = @ARGV;
my $here = dirname(File::Spec->rel2abs(__FILE__));

chdir $tree or die "lint: $tree: $!\n";

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
chomp(my $server_headers = `$pg_config --includedir-server`);

my @lints = (
	[layers => \&layers, 'a folder of src includes only folders above it'],
	[circles => \&circles, 'modules do not include each other in a circle'],
	[basenames => \&basenames, 'no two sources or headers have the same name'],
	[file_headers => \&file_headers, 'every source and header begins by saying what it is for'],
	[guards => \&guards, 'the guard of a header is named by its path'],
	[postgres_first => \&postgres_first, 'every .c begins with postgres.h'],
	[file_length => \&file_length, 'no file is longer than 700 lines'],
	[line_form => \&line_form, 'C is indented with tabs, lines are short, nothing trails'],
	[ereport_level => \&ereport_level, "ereport's first argument is a level"],
	[ereport_code => \&ereport_code, 'every error has a SQLSTATE'],
	[error_text => \&error_text, 'messages begin in lower case without a period; details and hints are sentences'],
	[unsafe_calls => \&unsafe_calls, 'no call that writes or parses without a bound'],
	[sql_text => \&sql_text, 'SQL is not assembled from bare names or values'],
	[sql_comments => \&sql_comments, 'every SQL object has a comment'],
	[public_grants => \&public_grants, 'nothing is granted to PUBLIC'],
	[placeholders => \&placeholders, 'nothing is left for later in the sources'],
	[expected_files => \&expected_files, 'every SQL test has expected output, every output a test'],
	[metadata => \&metadata, 'META.json is one that PGXN takes, and the version is the same everywhere'],
	[reserved_names => \&reserved_names, "a merge's own columns are refused in sources"],
	[exports => \&exports, 'the library shows only what SQL calls'],);

my ($number, $failed) = (0, 0);
for my $lint (@lints)
{
	my ($name, $sub, $says) = @$lint;

	next if $only && $name ne $only;
	my @findings = $sub->();
	if ($only)
	{
		print "$_\n" for @findings;
		next;
	}
	my @faults = grep { !/: warning: / } @findings;
	printf "%s %d - %s: %s\n", @faults ? 'not ok' : 'ok', ++$number, $name, $says;
	print "# $_\n" for @findings;
	$failed++ if @faults;
}
print "1..$number\n" unless $only;
exit($failed ? 1 : 0);

# Paths below the given folders whose name matches, sorted; samples that are meant to be bad, not.
sub files
{
	my ($pattern, @folders) = @_;
	my @found;

	@folders = grep { -d } @folders or return ();
	find({ no_chdir => 1,
		wanted => sub { push @found, $_ if -f && /$pattern/ && !m{test/lint/selftest/} } }, @folders);
	return sort @found;
}

sub text_of
{
	my ($path) = @_;

	open my $file, '<', $path or die "lint: $path: $!\n";
	local $/;
	return scalar <$file> // '';
}

sub lines_of
{
	return split /\n/, text_of(shift), -1;
}

# Comments become blanks, so that line numbers stay.
sub code_of
{
	my $text = text_of(shift);

	$text =~ s{("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|/\*(.*?)\*/|//[^\n]*}
		{ defined $1 ? $1 : join '', map { $_ eq "\n" ? "\n" : ' ' } split //, $& }gse;
	return $text;
}

sub line_at
{
	my ($text, $position) = @_;

	return 1 + (substr($text, 0, $position) =~ tr/\n//);
}

# Calls of one of the functions, as [line, whole call]; parentheses in strings do not count.
sub calls_of
{
	my ($text, $names) = @_;
	my @calls;

	while ($text =~ /\b(?:$names)\s*(\((?:[^()"']++|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?1))*\))/g)
	{
		push @calls, [ line_at($text, $-[0]), $& ];
	}
	return @calls;
}

sub layers
{
	my (%rank, @findings);

	for my $layer (grep { /\S/ } lines_of("$here/layers.txt"))
	{
		$rank{$layer} = 1 + keys %rank;
	}
	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		my ($folder, $kind) = $path =~ m{^src/([^/]+)/(?:([^/]+)/)?};
		my $number = 0;

		next unless defined $folder;
		push @findings, "$path:1: hides a header of the server" if -e "$server_headers/" . substr($path, 4);
		push @findings, "$path:1: folder $folder is not in test/lint/layers.txt" unless $rank{$folder};
		for my $line (lines_of($path))
		{
			$number++;
			next unless $line =~ /^\s*#\s*include\s+"([^"]+)"/;
			my $include = $1;
			my ($from, $room) = $include =~ m{^([^/]+)/(?:([^/]+)/)?};
			push @findings, "$path:$number: name the folder: \"$folder/$include\""
			  if !defined $from && -e "src/$folder/$include";
			next unless defined $from && $rank{$from} && -e "src/$include";
			push @findings, "$path:$number: $folder must not include $from"
			  if $rank{$from} > ($rank{$folder} // 0);
			# A room is entered through its registration alone.
			push @findings, "$path:$number: only the files of $from/$room and $from/kinds.c include it"
			  if defined $room && "$folder/" . ($kind // '') ne "$from/$room" && $path ne "src/$from/kinds.c";
		}
	}
	return @findings;
}

# A module is a source with its header, or what modules.txt declares to be one in several files.
sub circles
{
	my (%module, %edges, %state, @stack, @findings);

	# One module in several files is declared as "name: file file ...", paths without endings.
	for my $line (grep { /^\w/ } -e "$here/modules.txt" ? lines_of("$here/modules.txt") : ())
	{
		my ($name, @parts) = split /[:\s]+/, $line;
		$module{$_} = $name for @parts;
	}
	my @paths = files(qr/\.[ch]$/, 'src');
	my %known = map { $_ => 1 } @paths;
	for my $path (@paths)
	{
		my $from = module_of($path, \%module);
		for my $include (text_of($path) =~ /^\s*#\s*include\s+"([^"]+)"/mg)
		{
			next unless $known{"src/$include"};
			my $to = module_of("src/$include", \%module);
			$edges{$from}{$to} //= $path if $to ne $from;
		}
	}
	my $visit;
	$visit = sub {
		my ($node) = @_;

		$state{$node} = 1;
		push @stack, $node;
		for my $next (sort keys %{ $edges{$node} // {} })
		{
			if (!$state{$next}) { $visit->($next) }
			elsif ($state{$next} == 1)
			{
				my ($at) = grep { $stack[$_] eq $next } 0 .. $#stack;
				push @findings, "$edges{$node}{$next}:1: a circle: "
				  . join(' -> ', @stack[ $at .. $#stack ], $next);
			}
		}
		pop @stack;
		$state{$node} = 2;
	};
	for my $node (sort keys %edges) { $visit->($node) unless $state{$node} }
	return @findings;
}

# What a source and its header are together, or the declared module that they belong to.
sub module_of
{
	my ($path, $declared) = @_;

	$path =~ s{^src/}{};
	$path =~ s{\.[ch]$}{};
	return $declared->{$path} // $path;
}

sub basenames
{
	my (%first, @findings);

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		my $name = basename($path);
		push @findings, "$path:1: there is $first{$name} already" if $first{$name};
		$first{$name} //= $path;
	}
	return @findings;
}

# "/*", the file's own name, and at least one sentence.
sub file_headers
{
	my @findings;

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		my $name = quotemeta basename($path);
		push @findings, "$path:1: does not begin with its name and what it is for"
		  unless text_of($path) =~ m{\A/\*\n \* $name\n \*\t  \S[^\n]*\n};
	}
	return @findings;
}

# src/merge/shape.h: ELT_MERGE_SHAPE_H
sub guards
{
	my @findings;

	for my $path (files(qr/\.h$/, 'src'))
	{
		my $guard = 'ELT_' . uc($path =~ s{^src/}{}r =~ s{[/.]}{_}gr);
		push @findings, "$path:1: its guard is not $guard"
		  unless text_of($path) =~ /^#ifndef $guard\n#define $guard\n/m;
	}
	return @findings;
}

sub postgres_first
{
	my @findings;

	for my $path (files(qr/\.c$/, 'src'))
	{
		push @findings, "$path:1: the first include is not postgres.h" unless begins_with_postgres($path);
	}
	return @findings;
}

# Itself, or through a header of ours that begins with it.
sub begins_with_postgres
{
	my ($first) = map { /^\s*#\s*include\s+"([^"]+)"/ ? $1 : () } split /\n/, code_of(shift);

	return 0 unless defined $first;
	return $first eq 'postgres.h' || -e "src/$first" && begins_with_postgres("src/$first");
}

sub file_length
{
	my @findings;

	for my $path (files(qr/\.(?:[ch]|sql|sh|awk|p[lmy]|spec)$/, 'src', 'sql', 'test', 'docs'))
	{
		next if $path =~ m{/upgrade/};
		my $count = lines_of($path) - 1;
		push @findings, "$path:$count: $count lines, more than 700" if $count > 700;
		push @findings, "$path:$count: warning: $count lines, more than 600"
		  if $count > 600 && $count <= 700;
	}
	return @findings;
}

sub line_form
{
	my @findings;

	for my $path (files(qr/\.(?:[ch]|sql)$/, 'src'))
	{
		my $text = text_of($path);
		my $number = 0;

		push @findings, "$path:1: no newline at the end" if $text ne '' && $text !~ /\n\z/;
		for my $line (split /\n/, $text)
		{
			(my $wide = $line) =~ s/\t/    /g;
			$number++;
			push @findings, "$path:$number: indented with spaces" if $line =~ /^\t* {4,}\S/;
			push @findings, "$path:$number: blank at the end" if $line =~ /\s$/;
			push @findings, "$path:$number: " . length($wide) . " columns" if $path =~ /\.[ch]$/ && length $wide > 110;
		}
	}
	return @findings;
}

sub ereport_level
{
	my @findings;

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		for my $call (calls_of(code_of($path), 'ereport|elog'))
		{
			push @findings, "$path:$call->[0]: the first argument is not a level"
			  unless $call->[1] =~ /^\w+\s*\(\s*(?:DEBUG[1-5]|LOG|LOG_SERVER_ONLY|INFO|NOTICE|WARNING|WARNING_CLIENT_ONLY|ERROR|FATAL|PANIC|\w*level)\s*,/;
		}
	}
	return @findings;
}

sub ereport_code
{
	my @findings;

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		for my $call (calls_of(code_of($path), 'ereport'))
		{
			(my $text = $call->[1]) =~ s/"(?:\\.|[^"\\])*"//g;
			push @findings, "$path:$call->[0]: error without errcode"
			  if $text =~ /^\w+\s*\(\s*(?:ERROR|FATAL|PANIC|\w*level)\s*,/ && $text !~ /\berrcode/;
		}
	}
	return @findings;
}

sub error_text
{
	my @findings;

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		my $code = code_of($path);

		for my $call (calls_of($code, 'errmsg(?:_plural)?'))
		{
			my ($message) = $call->[1] =~ /^\w+\s*\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)/ or next;
			$message =~ s/"\s*"//g;
			push @findings, "$path:$call->[0]: the message begins with a capital"
			  if $message =~ /^"[A-Z][a-z]/;
			push @findings, "$path:$call->[0]: the message ends with a period or newline"
			  if $message =~ /(?:\.|\\n)"\s*$/ && $message !~ /\.\.\."\s*$/;
		}
		for my $call (calls_of($code, 'errdetail(?:_plural|_log)?|errhint(?:_plural)?'))
		{
			my ($message) = $call->[1] =~ /^\w+\s*\(\s*((?:(?:"(?:\\.|[^"\\])*"|U?INT64_FORMAT)\s*)+)/ or next;
			$message =~ s/"?\s*U?INT64_FORMAT\s*"?/%ld/g;
			$message =~ s/"\s*"//g;
			push @findings, "$path:$call->[0]: the sentence does not begin with a capital"
			  unless $message =~ /^"?(?:\\")?(?:[A-Z]|%)/;
			push @findings, "$path:$call->[0]: the sentence does not end with a period"
			  unless $message =~ /(?:\.|%\w+)"?\s*$/;
		}
	}
	return @findings;
}

sub unsafe_calls
{
	my @findings;

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		my $code = code_of($path);
		while ($code =~ /\b(sprintf|vsprintf|strcpy|strcat|strtok|gets|alloca|atoi|atol|setjmp|sleep|usleep|pg_usleep)\s*\(/g)
		{
			push @findings, "$path:" . line_at($code, $-[0]) . ": $1";
		}
	}
	return @findings;
}

# Two habits that break on names and values: %s inside quotes of SQL, and a bare name as argument
# of a format that is SQL.
# What statements of a merge call their own columns; the list of src/merge/reserved.c has them all.
sub reserved_names
{
	my $list = 'src/merge/reserved.c';
	my %known = map { $_ => 1 } -f $list ? text_of($list) =~ /"(_[a-z_]+)"/g : ();
	my @findings;

	for my $path (files(qr/\.c$/, 'src/merge'))
	{
		my $number = 0;

		for my $line (lines_of($path))
		{
			$number++;
			for my $string ($line =~ /"((?:\\.|[^"\\])*)"/g)
			{
				$string =~ s/\\[nt]/ /g;
				push @findings, "$path:$number: $_ is not in $list" for grep { !$known{$_}++ } $string =~ /(?<![\w%])(_[a-z_]+)\b/g;
			}
		}
	}
	return @findings;
}

sub sql_text
{
	my $sql = qr/\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|MERGE INTO|CREATE|ALTER|DROP|TRUNCATE|FROM|WHERE|JOIN)\b/;
	my $bare = qr/\b(?:NameStr|get_rel_name|get_attname|get_namespace_name|TextDatumGetCString|text_to_cstring)\s*\(|->\w*name\b/;
	my @findings;

	for my $path (files(qr/\.[ch]$/, 'src'))
	{
		for my $call (calls_of(code_of($path), 'appendStringInfo|psprintf|snprintf'))
		{
			my ($line, $text) = @$call;
			next unless $text =~ $sql && $text =~ /%s/;
			push @findings, "$path:$line: %s inside quotes of SQL" if $text =~ /'%s'|\\"%s\\"/;
			1 while $text =~ s/\b(?:quote_\w+|\w*Quote\w*)\s*(\((?:[^()"]++|"(?:\\.|[^"\\])*"|(?1))*\))//g;
			$text =~ s/"(?:\\.|[^"\\])*"//g;
			push @findings, "$path:$line: a name that is not quoted" if $text =~ $bare;
		}
	}
	return @findings;
}

sub sql_comments
{
	my (@objects, %comment, @findings);

	for my $path (files(qr/\.sql$/, 'src/sql'))
	{
		my $text = text_of($path);
		next if $path =~ m{/upgrade/};
		while ($text =~ /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:UNLOGGED\s+)?(SCHEMA|TABLE|VIEW|FUNCTION|PROCEDURE|TYPE|FOREIGN\s+DATA\s+WRAPPER)\s+([\w.]+)/mg)
		{
			push @objects, [ "$path:" . line_at($text, $-[0]), uc $1, $2 ];
		}
		$comment{ uc($1) . " $2" } = 1
		  while $text =~ /^COMMENT\s+ON\s+(SCHEMA|TABLE|VIEW|FUNCTION|PROCEDURE|TYPE|FOREIGN\s+DATA\s+WRAPPER)\s+([\w.]+)/mg;
	}
	for my $object (@objects)
	{
		my ($where, $kind, $name) = @$object;
		push @findings, "$where: \L$kind\E $name has no comment" unless $comment{"$kind $name"};
	}
	return @findings;
}

sub public_grants
{
	my @findings;

	for my $path (files(qr/\.sql$/, 'src/sql'))
	{
		my $text = text_of($path);
		while ($text =~ /\bGRANT\b[^;]*\bTO\b[^;]*\bPUBLIC\b/ig)
		{
			push @findings, "$path:" . line_at($text, $-[0]) . ": granted to PUBLIC";
		}
	}
	return @findings;
}

sub placeholders
{
	my @findings;

	for my $path (files(qr/\.(?:[ch]|sql)$/, 'src'))
	{
		my $number = 0;
		for my $line (lines_of($path))
		{
			$number++;
			push @findings, "$path:$number: $&" if $line =~ /\b(?:TODO|FIXME|XXX|HACK)\b|^#if 0/;
		}
	}
	return @findings;
}

sub expected_files
{
	my @findings;

	for my $pair ([ 'sql', 'sql', 'expected' ], [ 'test/isolation/specs', 'spec', 'test/isolation/expected' ])
	{
		my ($input, $suffix, $output) = @$pair;

		for my $path (glob "$input/*.$suffix")
		{
			my $name = basename($path, ".$suffix");
			push @findings, "$path:1: no $output/$name.out" unless -e "$output/$name.out";
		}
		for my $path (glob "$output/*.out")
		{
			(my $name = basename($path, '.out')) =~ s/_\d$//;
			push @findings, "$path:1: no $input/$name.$suffix" unless -e "$input/$name.$suffix";
		}
	}
	return @findings;
}

# What PGXN's specification of META.json demands, and the version that pg_elt.control, META.json and
# the newest heading of CHANGELOG.md name: "1.0" is "1.0.0" to PGXN.
sub metadata
{
	return () unless -e 'META.json';
	my $meta = eval { JSON::PP->new->decode(text_of('META.json')) };

	return "META.json:1: no JSON: " . ($@ =~ s/ at \S+ line \d+\.?\n//r) unless ref $meta eq 'HASH';
	return map { "META.json:1: $_" } metadata_fields($meta), metadata_versions($meta);
}

sub metadata_fields
{
	my ($meta) = @_;
	my %optional = map { $_ => 1 }
	  qw(description generated_by no_index prereqs release_status resources tags);
	my %required = map { $_ => 1 } qw(abstract license maintainer meta-spec name provides version);
	my @faults = map { "no $_" } grep { !$meta->{$_} } sort keys %required;

	push @faults, map { "PGXN knows no $_" } grep { !$required{$_} && !$optional{$_} && !/^x_/i } sort keys %$meta;
	push @faults, "release_status $meta->{release_status}"
	  unless ($meta->{release_status} // 'stable') =~ /^(?:stable|testing|unstable)$/;
	for my $name (sort keys %{ $meta->{provides} // {} })
	{
		push @faults, "provides $name without $_" for grep { !$meta->{provides}{$name}{$_} } qw(file version);
		push @faults, "provides $name from $_, which does not exist"
		  for grep { defined && !-e } @{ $meta->{provides}{$name} }{qw(file docfile)};
	}
	for my $phase (sort keys %{ $meta->{prereqs} // {} })
	{
		push @faults, "PGXN knows no phase $phase" unless $phase =~ /^(?:configure|build|test|runtime|develop)$/;
		push @faults, map { "PGXN knows no prerequisite that $_" }
		  grep { !/^(?:requires|recommends|suggests|conflicts)$/ } sort keys %{ $meta->{prereqs}{$phase} };
	}
	return @faults;
}

sub metadata_versions
{
	my ($meta) = @_;
	my ($version) = text_of('pg_elt.control') =~ /^default_version\s*=\s*'([^']*)'/m;
	my ($newest) = text_of('CHANGELOG.md') =~ /^## (\S+)/m;
	my @said = ([ version => $meta->{version} ],
		map { [ "version of $_" => $meta->{provides}{$_}{version} ] } sort keys %{ $meta->{provides} // {} });
	my @faults = map { "$_->[0] $_->[1] where pg_elt.control has $version" }
	  grep { defined $_->[1] && $_->[1] ne three_parts($version) } @said;

	push @faults, "CHANGELOG.md begins with $newest where pg_elt.control has $version" if $newest ne $version;
	return @faults;
}

sub three_parts
{
	my ($version) = @_;

	$version .= '.0' while ($version =~ tr/.//) < 2;
	return $version;
}

sub exports
{
	my @findings;

	for my $path (glob '*.so')
	{
		my @symbols = map { (split)[2] // () } split /\n/, `nm -D --defined-only $path`;
		my %shown = map { $_ => 1 } @symbols;

		for my $symbol (@symbols)
		{
			push @findings, "$path:0: $symbol is exported"
			  unless $symbol =~ /^(?:_PG_init|Pg_magic_func|(?:pg_finfo_)?elt_\w+)$/;
			# The postmaster finds a background worker's main function by its name.
			push @findings, "$path:0: $symbol is exported but not callable from SQL"
			  if $symbol =~ /^elt_/ && $symbol !~ /_main$/ && !$shown{"pg_finfo_$symbol"};
			push @findings, "$path:0: $symbol has no function"
			  if $symbol =~ /^pg_finfo_(.*)/ && !$shown{$1};
		}
	}
	return @findings;
}
