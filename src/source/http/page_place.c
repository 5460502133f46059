/*
 * page_place.c
 *	  Read the place of a value in a response, and the value there.
 */
#include "base/compat.h"
#include "source/http/page_place.h"

#include "source/options.h"

#define HEADER_PREFIX "header "

const char *
PagePlaceHeader(const char *text)
{
	size_t		length = strlen(HEADER_PREFIX);

	return strncmp(text, HEADER_PREFIX, length) == 0 ? text + length : NULL;
}

PagePlace
PagePlaceRead(List *options, const char *name)
{
	PagePlace	place = {OptionValue(options, name)};

	if (place.text == NULL)
		return place;
	place.header = PagePlaceHeader(place.text);
	if (place.header == NULL)
		place.path = PathParse(place.text, psprintf("option \"%s\"", name));
	return place;
}

char *
PageHeaderText(const FetchedPage *page, const char *name)
{
	const char *value = PageHeaderValue(page, name);

	return value == NULL || *value == '\0' ? NULL : pstrdup(value);
}

PageToken
PageFieldToken(const FieldWanted *field)
{
	if (!FieldIsPresent(field) || field->text == NULL || *field->text == '\0')
		return (PageToken) {NULL, false};
	return (PageToken) {field->text, field->token == JSON_NUMBER};
}

PageToken
PagePlaceToken(const PagePlace *place, WantedFields *wanted)
{
	const FieldWanted *field;

	if (place->header != NULL)
		return (PageToken) {PageHeaderText(wanted->page, place->header), false};
	field = place->path == NULL ? NULL : FieldFound(wanted, place->path);
	return field == NULL ? (PageToken) {NULL, false} : PageFieldToken(field);
}
