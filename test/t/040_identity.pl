# Two identities: whoever calls, source and target are touched with the owner's rights, and the
# caller is himself again after success, failure and cancel.
use strict;
use warnings;
use HTTP::Tiny;
use Test::More;
use EltNode;

my $replay = $ENV{ELT_REPLAY} or plan skip_all => 'the replay server is not running';
my $node = start_node('identity', preload => 1, extension => 1, conf => "elt.retry_base = 1\n");

sub control { HTTP::Tiny->new->get("$replay/_control/$_[0]")->{success} or die "control $_[0]" }
sub sql { my ($query) = @_; return $node->safe_psql('postgres', $query) }

# After a statement of operator's session: who is he, and where does he look for names?
sub after
{
	my ($call, $timeout) = @_;
	my (undef, $answer) = $node->psql('postgres', qq{
		SET ROLE operator;
		SET search_path = public, elt;
		SET statement_timeout = '$timeout';
		$call;
		SET statement_timeout = 0;
		SELECT current_user, current_setting('search_path'), current_setting('role')}, on_error_stop => 0);
	return $answer;
}

sql(qq{
	CREATE ROLE analyst;
	CREATE ROLE operator;
	GRANT elt_admin TO analyst;
	GRANT elt_operator TO operator;
	GRANT CREATE ON SCHEMA public TO analyst;
	CREATE SERVER replay FOREIGN DATA WRAPPER elt_http
		OPTIONS (url '$replay', allow_private 'true', rate_limit '10000/s', conditional 'false');
	GRANT USAGE ON FOREIGN SERVER replay TO analyst;
	SET ROLE analyst;
	CREATE FOREIGN TABLE items (id int, name text) SERVER replay
		OPTIONS (path '/echo', query 'body=[{{%22id%22:1,%22name%22:%22tea%22}},{{%22id%22:2,%22name%22:%22jam%22}}]');
	SELECT elt.create_pipeline('items', 'items', 'items_landed', '{id}');
	CREATE TABLE seen (who name, secure bool);
	CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \$\$
	BEGIN
		INSERT INTO public.seen VALUES (current_user, false);
		BEGIN
			SET ROLE postgres;
			UPDATE public.seen SET secure = false;
		EXCEPTION WHEN OTHERS THEN
			UPDATE public.seen SET secure = true;
		END;
		RETURN NEW;
	END \$\$;
	CREATE TRIGGER note BEFORE INSERT OR UPDATE ON items_landed
		FOR EACH ROW EXECUTE FUNCTION note();
	CREATE FUNCTION judge(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
		'BEGIN RETURN current_user = ''analyst''; END';
	SELECT elt.add_check('items', 'as_owner', 'public.judge(name)')});

my $himself = 'operator|public, elt|operator';
is(after(q{CALL elt.run('items')}, 0), $himself, 'after success');
is(sql(q{SELECT count(*) FROM items_landed}), '2', 'the rows landed');
is(sql(q{SELECT string_agg(DISTINCT who || ' ' || secure, ',') FROM seen}), 'analyst true',
	'a trigger of the target runs as the owner, who cannot become somebody else');
is(sql(q{SELECT count(*) FROM elt.rejects}), '0', 'a check runs as the owner too');
is(sql(q{SELECT relowner = (SELECT extowner FROM pg_extension WHERE extname = 'pg_elt')
	FROM pg_class WHERE oid = 'elt_staging.items'::regclass}), 't', 'the staging table is the extension\'s');

control('fault?path=/echo&status=404&times=1');
is(after(q{CALL elt.run('items')}, 0), $himself, 'after failure');
control('fault?path=/echo&hang=1&times=1');
is(after(q{CALL elt.run('items')}, 700), $himself, 'after cancel');
is(sql(q{SELECT string_agg(state, ' ' ORDER BY run_id) FROM elt.runs}),
	'succeeded failed cancelled', 'each is recorded');
is(after(q{CALL elt.run('items')}, 0), $himself, 'and the next run goes on');
is(sql(q{SELECT state FROM elt.runs ORDER BY run_id DESC LIMIT 1}), 'succeeded', 'well');

# The worker has the same two identities.
sql(q{UPDATE items_landed SET name = 'old'; TRUNCATE seen});
sql(q{SET ROLE operator; SELECT elt.enqueue('items')});
ok(wait_for($node, 'postgres', q{SELECT count(*) = 2 FROM items_landed WHERE name <> 'old'},
	'the worker'), 'a worker lands the rows');
is(sql(q{SELECT string_agg(DISTINCT who || ' ' || secure, ',') FROM seen}), 'analyst true',
	'as the owner');

# Privileges count when it runs.
sql(q{REVOKE USAGE ON FOREIGN SERVER replay FROM analyst});
is(sqlstate_of($node, 'postgres', q{CALL elt.run('items')}), '42501',
	'without USAGE on the server the owner\'s pipeline stops, whoever calls');
sql(q{GRANT USAGE ON FOREIGN SERVER replay TO analyst; ALTER TABLE items_landed OWNER TO postgres});
is(sqlstate_of($node, 'postgres', q{CALL elt.run('items')}), '42501',
	'without rights on the target as well');
is(sql(q{SELECT state FROM elt.runs ORDER BY run_id DESC LIMIT 1}), 'failed', 'and is recorded');
$node->stop;
done_testing();
