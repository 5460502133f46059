# indent.pl TREE: C that pg_bsd_indent, called as pgindent calls it, would write otherwise; as TAP.
# Lines may have 110 columns. Not judged are blank lines, the inside of comments, and what the
# versions of pg_bsd_indent disagree about: see even_out.
use strict;
use warnings;
use File::Find;
use File::Temp;

chdir shift or die "indent: $!\n";

my $pg_config = $ENV{PG_CONFIG} // 'pg_config';
my ($program) = grep { -x } map { "$_/pg_bsd_indent" } bindir(), split /:/, $ENV{PATH};
if (!$program)
{
	print "ok 1 # SKIP no pg_bsd_indent\n1..1\n";
	exit 0;
}

my @options = qw(-bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -nfcb -i4 -l110
  -lp -lpl -nip -npro -sac -tpg -ts4);
my $scratch = File::Temp->newdir;
my @paths = files(qr/\.[ch]$/, 'src');
my %typedef = map { $_ => 1 } typedefs();
my $faults = 0;

for my $path (@paths)
{
	my $text = text_of($path);
	my $indented = indented($path, $text);

	next if even_out($text) eq even_out($indented);
	$faults++;
	report($path, $text, $indented);
}
printf "%s 1 - C is indented as pgindent does it\n1..1\n", $faults ? 'not ok' : 'ok';
exit($faults ? 1 : 0);

sub bindir
{
	chomp(my $dir = `$pg_config --bindir`);
	return $dir;
}

sub files
{
	my ($pattern, @folders) = @_;
	my @found;

	find({ no_chdir => 1, wanted => sub { push @found, $_ if -f && /$pattern/ } }, grep { -d } @folders);
	return sort @found;
}

sub text_of
{
	my ($path) = @_;

	open my $file, '<', $path or die "indent: $path: $!\n";
	local $/;
	return scalar <$file> // '';
}

sub write_to
{
	my ($path, $text) = @_;

	open my $file, '>', $path or die "indent: $path: $!\n";
	print $file $text;
	close $file or die "indent: $path: $!\n";
}

# Names of types in the server's headers, in the libraries' and in ours.
sub typedefs
{
	chomp(my $server_headers = `$pg_config --includedir-server`);
	my @libraries = glob '/usr/include/{,*/}curl/*.h /usr/include/json-c/*.h /usr/include/libxml2/libxml/*.h /usr/include/unicode/{ucnv,ucnv_cb,ucnv_err,utypes,umachine}.h /usr/include/{zlib,zconf,zstd,bzlib,lz4frame,zip}.h /usr/include/lzma/*.h /usr/include/{,*/}libpq-f[e].h';
	my %found = map { $_ => 1 } qw(DIR FILE bool off_t pid_t regex_t size_t ssize_t time_t va_list __m128i
	  int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t);

	for my $path (@paths, files(qr/\.h$/, $server_headers), @libraries)
	{
		(my $text = text_of($path)) =~ s{/\*.*?\*/}{}gs;
		next unless $text =~ /\btypedef\b/;
		$found{$1} = 1 while $text =~ /\btypedef\b[^;{}()]*?\b(\w+)\s*(?:\[[^;]*\])?;/g;
		$found{$1} = 1 while $text =~ /\btypedef\b[^;{}]*\(\s*\*?\s*(\w+)\s*\)\s*\(/g;
		$found{$1} = 1 while $text =~ /\btypedef\b[^;{}()]*?\b(\w+)\s*\(/g;
		$found{$1} = 1 while $text =~ /^\}\s*(?:\w+\(\w*\)\s*)?(\w+)\s*;/mg;
	}
	# What pgindent leaves out for being names of variables too, and a type that is one with us.
	delete @found{qw(ANY FD_SET U abs allocfunc boolean date digit ilist interval iterator other pointer
		  printfunc reference string text timestamp type wrap list name)};
	return keys %found;
}

# Loops of the server are loops to the program, and a compound literal is a word.
sub indented
{
	my ($path, $text) = @_;
	my (@loops, @literals);
	my $loop = qr/foreach\w*|FOREACH_\w+|for_each_\w+|for(?:both|three|four|five)\w*/;

	$text =~ s!/\* +---!/*---X_X!g;
	$text =~ s{(\(\w+\) \{(?:[^{}\n]|\{[^{}\n]*\})*\})}{ push @literals, $1; literal($#literals, $1) }ge;
	$text =~ s{^(\t+)($loop)(?=\()|\bwhile(?= \()}{ push @loops, $2; ($1 // '') . 'while' . ($2 ? ' ' : '') }gme;
	write_to("$scratch/types", join '', map { "$_\n" } types_in($text));
	write_to("$scratch/in.c", $text);
	$text = `$program @options -U$scratch/types <$scratch/in.c 2>$scratch/said`;
	die "indent: $path: exit $?: ", text_of("$scratch/said") if $? != 0;
	$text =~ s{\bwhile (?=\()}{ shift(@loops) // 'while ' }ge;
	$text =~ s{\bCL(\d+)x+}{$literals[$1]}g;
	$text =~ s!/\*---X_X!/* ---!g;
	$text =~ s!\*/(/\*.*\*/)$!*/\t$1!gm;
	$text =~ s!^([A-Za-z_]\S*)[ \t]+\*$!$1 *!gm;
	$text =~ s!,\.(\w+ = )!, .$1!g;
	return $text;
}

sub literal
{
	my ($number, $text) = @_;
	my $word = "CL${number}x";

	return $word . 'x' x (length($text) - length $word);
}

# A name that the file gives to a function is not a type there.
sub types_in
{
	my ($text) = @_;
	my %word = map { $_ => 1 } $text =~ /\b([A-Za-z_]\w+)\b/g;

	delete @word{ $text =~ /^(\w+)\(/mg };
	return sort grep { $typedef{$_} } keys %word;
}

# What is compared. Before PostgreSQL 16 an initializer's further lines are pushed to the left.
sub even_out
{
	my ($text) = @_;
	my ($result, $initializer) = ('', 0);

	$text =~ s{/\*(?:(?!\*/).)*\n.*?\*/}{/* */}gs;
	for my $line (grep { /\S/ } split /\n/, $text)
	{
		(my $code = $line) =~ s{\s*/\*.*?\*/}{}g;
		$line =~ s/^\s+// if $initializer;
		$result .= "$line\n";
		$initializer = $code !~ /[;{}]$/ && ($initializer || $code =~ /\w = |\w =$/);
	}
	return $result;
}

sub report
{
	my ($path, $text, $indented) = @_;

	write_to("$scratch/is", even_out($text));
	write_to("$scratch/should", even_out($indented));
	print map { "# $path: $_" } grep { /^[-+](?![-+])/ } `diff -U0 $scratch/is $scratch/should`;
}
