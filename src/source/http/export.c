/*
 * export.c
 *	  Check and read the options of asynchronous exports.
 */
#include "base/compat.h"
#include "source/http/export.h"

#include "base/sql.h"
#include "base/sql_name.h"
#include "decode/path.h"
#include "source/http/http_option_checks.h"
#include "source/http/rules.h"
#include "source/option_read.h"
#include "source/options.h"

static bool
IsTemplate(const char *place)
{
	return place[0] == '/';
}

bool
CheckExportPlace(const char *value, const char **detail)
{
	return IsTemplate(value) ? CheckPathTemplate(value, detail) : CheckPagePlace(value, detail);
}

static ExportPlace
ReadPlace(List *options, const char *name)
{
	char	   *text = OptionValue(options, name);
	ExportPlace place = {NULL};

	if (text != NULL && IsTemplate(text))
		place.template = text;
	else
		place.named = PagePlaceRead(options, name);
	return place;
}

static void
CheckBelongs(List *options)
{
	static const char *const dependents[] = {"job_path", "poll_path", "ready_on", "download_path",
	"poll_interval", "poll_limit"};

	for (int i = 0; i < lengthof(dependents); i++)
		OptionNeeds(options, dependents[i], "submit_path",
					"Specify the path of the request that starts the job, such as '/exports'.");
}

/* Options that an export has no use for. */
static void
CheckExcluded(List *options)
{
	OptionsExclude(options, "submit_path", "path", "Option \"submit_path\" is the path of the first "
				   "request.");
	OptionsExclude(options, "submit_path", "paginate", "A download is one page.");
}

static bool
NamesJob(const ExportPlace *place)
{
	const char *problem;

	return place->template != NULL &&
		NamesContain(TemplateNames(place->template, &problem), JOB_NAME);
}

Export *
ExportRead(List *options)
{
	Export	   *export;
	char	   *ready = OptionValue(options, "ready_on");
	const char *problem = NULL;

	CheckBelongs(options);
	CheckExcluded(options);
	if (OptionValue(options, "submit_path") == NULL)
		return NULL;
	OptionRequire(options, "poll_path", "/exports/{job}");
	OptionRequire(options, "ready_on", "200 $.status=\"done\"");
	export = palloc0(sizeof(Export));
	export->job = PagePlaceRead(options, "job_path");
	export->poll = ReadPlace(options, "poll_path");
	export->downloads = OptionValue(options, "download_path") != NULL;
	export->download = ReadPlace(options, "download_path");
	export->ready = RulesParse(NIL, ready, ANSWER_SUCCESS, &problem);
	if (export->ready == NIL)
		OptionError("ready_on", ready, problem, NULL);
	export->interval_ms = OptionDuration(options, "poll_interval", 5000);
	export->limit_ms = OptionDuration(options, "poll_limit", 10 * 60 * 1000);
	if (export->job.text == NULL && (NamesJob(&export->poll) || NamesJob(&export->download)))
		OptionRequire(options, "job_path", "$.id");
	return export;
}

static List *
AddNames(List *names, const ExportPlace *place)
{
	const char *problem;
	ListCell   *lc;

	if (place->template == NULL)
		return names;
	foreach(lc, TemplateNames(place->template, &problem))
		if (strcmp(lfirst(lc), JOB_NAME) != 0 && !NamesContain(names, lfirst(lc)))
			names = lappend(names, lfirst(lc));
	return names;
}

List *
ExportNames(const Export *export)
{
	return export == NULL ? NIL : AddNames(AddNames(NIL, &export->poll), &export->download);
}
