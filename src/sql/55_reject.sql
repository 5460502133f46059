-- Rejects: replay, fix, discard.

CREATE FUNCTION elt.replay_rejects(
	pipeline text,
	condition text DEFAULT NULL,
	preview boolean DEFAULT false,
	OUT run_id bigint,
	OUT rejects bigint,
	OUT replayed bigint,
	OUT superseded bigint,
	OUT rejected bigint)
RETURNS record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_replay_rejects';
COMMENT ON FUNCTION elt.replay_rejects IS 'decode, check and merge open rejects again under the current definition, in a run of kind replay; condition, on the columns of elt.rejects, selects them; preview changes nothing; returns the run and how many landed, were superseded by newer rows, or were rejected again';

CREATE FUNCTION elt.fix_reject(reject_id bigint, patch jsonb)
RETURNS text
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_fix_reject';
COMMENT ON FUNCTION elt.fix_reject IS 'replay a reject with other values, by column, or with a string in place of its raw text, which is kept; returns its state';

CREATE FUNCTION elt.discard_rejects(pipeline text, condition text, reason text)
RETURNS bigint
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_discard_rejects';
COMMENT ON FUNCTION elt.discard_rejects IS 'discard open rejects that will never land; condition, on the columns of elt.rejects, selects them, null selects all; returns their number';

CREATE FUNCTION elt.erase(
	pipeline text,
	key jsonb,
	OUT place text,
	OUT relation text,
	OUT rows bigint,
	OUT remark text)
RETURNS SETOF record
LANGUAGE C VOLATILE
AS 'MODULE_PATHNAME', 'elt_erase';
COMMENT ON FUNCTION elt.erase IS 'remove a key from the target, its history, children, staging tables and quarantine; key is a JSON object by column; returns how many rows were removed where, and, with rows null, where the key may still be';
