/*
 * auth_options.h
 *	  Check the options of user mappings against each other.
 */
#ifndef ELT_SOURCE_HTTP_AUTH_OPTIONS_H
#define ELT_SOURCE_HTTP_AUTH_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"

/* Raise an error unless the options (DefElem *) are complete and valid for one kind of authentication. */
extern void AuthOptionsCheck(List *options);

extern bool CheckAuthKind(const char *value, const char **detail);
extern bool CheckSecretText(const char *value, const char **detail);
extern bool CheckUserName(const char *value, const char **detail);
extern bool CheckHeaderName(const char *value, const char **detail);
extern bool CheckQueryName(const char *value, const char **detail);
extern bool CheckCredentialsBody(const char *value, const char **detail);
extern bool CheckGrant(const char *value, const char **detail);
extern bool CheckTokenUrl(const char *value, const char **detail);
extern bool CheckClientAuth(const char *value, const char **detail);
extern bool CheckAwsName(const char *value, const char **detail);
extern bool CheckPem(const char *value, const char **detail);

/*
 * The members of a JSON object (text between its braces) and the texts of its strings
 * (char *), and the same members as a form. NULL when this is no object of plain values.
 */
extern char *JsonObjectMembers(const char *object, List **strings, char **form);

#endif
