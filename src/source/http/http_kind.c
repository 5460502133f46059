/*
 * http_kind.c
 *	  The kind of source for HTTP APIs.
 */
#include "base/compat.h"
#include "source/kinds.h"

#include "decode/decode_spec.h"
#include "source/http/auth.h"
#include "source/http/http_checks.h"
#include "source/http/http_explain.h"
#include "source/http/http_pull.h"
#include "source/http/http_settings.h"
#include "source/http/http_source.h"
#include "source/http/oauth_rotation.h"
#include "source/pull.h"
#include "source/slices.h"
#include "transport/page.h"
#include "utils/builtins.h"

/* A guess of what one answer holds. */
#define ROWS_PER_REQUEST 1000

static void
Authenticate(SourceDefinition *def, Oid role)
{
	HttpSource *http = def->own;

	http->auth = AuthRead(role, def->server);
}

static char *
Identity(const SourceDefinition *def)
{
	const HttpSource *http = def->own;

	return AuthIdentity(http->auth);
}

static char *
Mask(const SourceDefinition *def, const char *text)
{
	const HttpSource *http = def->own;

	return AuthMask(http->auth, text);
}

/*
 * A POST may change what it asks about, and a request that goes on from where the last one
 * ended is another one.
 */
static bool
AnswersRepeat(const SourceDefinition *def)
{
	const HttpSource *http = def->own;

	return http->conditional && http->body == NULL &&
		def->cursor_column == NULL && !def->resumes &&
		strcmp(http->method, "GET") == 0;
}

static void
SetFormat(const SourceDefinition *def, DecodeSpec *spec)
{
	PageFormatSet(&((const HttpSource *) def->own)->format, spec);
}

static char *
UnknownParamHint(const char *name)
{
	return psprintf("Omit it, or use {%s} in option \"path\", \"query\" or \"body\" of the "
					"foreign table.", name);
}

static char *
ParamOption(const char *name)
{
	return psprintf("param %s", quote_literal_cstr(name));
}

static void
TellPage(const SourceDefinition *def, const PulledSlice *pulled, const FetchedPage *page)
{
	errcontext("HTTP %d response (%s) for slice %s of foreign table \"%s\"",
			   pulled->http_status,
			   page->content_type ? page->content_type :
			   "no content type",
			   SourceMask(def, SliceText(def, pulled->slice)),
			   def->relation);
}

static double
GuessRows(const SourceDefinition *def, double requests)
{
	return requests * ROWS_PER_REQUEST;
}

const SourceKind HttpKind = {
	.wrapper = "elt_http",
	.imports = "openapi",
	.feed = &HttpFeed,
	.init = HttpInit,
	.read = HttpRead,
	.read_column = HttpReadColumn,
	.check = HttpCheck,
	.check_rights = HttpCheckRights,
	.authenticate = Authenticate,
	.rotation = &OAuthRotation,
	.identity = Identity,
	.mask = Mask,
	.answers_repeat = AnswersRepeat,
	.set_format = SetFormat,
	.unknown_param_hint = UnknownParamHint,
	.param_option = ParamOption,
	.tell_page = TellPage,
	.guess_rows = GuessRows,
	.explain = HttpExplain,
};
