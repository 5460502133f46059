/*
 * file_policy_options.h
 *	  The options of a foreign table about how pipelines load its files.
 */
#ifndef ELT_SOURCE_FILE_FILE_POLICY_OPTIONS_H
#define ELT_SOURCE_FILE_FILE_POLICY_OPTIONS_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "source/file_policy.h"
#include "source/options.h"

#define FOLDER_HINT "Specify a folder below the root of the server, such as 'processed'."

/* Among those (SourceOption) of the wrapper. */
#define FILE_POLICY_OPTIONS \
	{"settle", ForeignTableRelationId, CheckSettle, \
	"Specify a number with a unit, such as '10s' or '1min', or '0'."}, \
	{"done_file", ForeignTableRelationId, CheckDoneFile, \
	"Specify a name with {name} for that of the file, such as '{name}.done'."}, \
	{"on_change", ForeignTableRelationId, CheckOnChange, \
	"Valid values are 'reload', 'merge', 'ignore' and 'fail'."}, \
	{"order", ForeignTableRelationId, CheckFileOrder, "Valid values are 'name' and 'modified'."}, \
	{"max_files", ForeignTableRelationId, CheckMaxFiles, \
	"Specify a whole number from 1 to 1000000."}, \
	{"max_bytes", ForeignTableRelationId, CheckBytesOption, \
	"Specify a number with a unit, such as '500MB' or '20GB'."}, \
	{"reject_file", ForeignTableRelationId, CheckShare, \
	"Specify a percentage such as '5%', or '0%' if one bad record suffices."}, \
	{"after_load", ForeignTableRelationId, CheckAfterLoad, \
	"Valid values are 'keep', 'move' and 'delete'."}, \
	{"loaded_to", ForeignTableRelationId, CheckFolder, FOLDER_HINT}, \
	{"on_reject", ForeignTableRelationId, CheckOnReject, "Valid values are 'keep' and 'move'."}, \
	{"rejected_to", ForeignTableRelationId, CheckFolder, FOLDER_HINT}

extern bool CheckSettle(const char *value, const char **detail);
extern bool CheckDoneFile(const char *value, const char **detail);
extern bool CheckOnChange(const char *value, const char **detail);
extern bool CheckFileOrder(const char *value, const char **detail);
extern bool CheckMaxFiles(const char *value, const char **detail);

extern bool CheckShare(const char *value, const char **detail);
extern bool CheckAfterLoad(const char *value, const char **detail);
extern bool CheckFolder(const char *value, const char **detail);
extern bool CheckOnReject(const char *value, const char **detail);

/* Raise an error when options of a table contradict each other, or the user may not set them. */
extern void FilePolicyCheckOptions(List *options);

extern FilePolicy *FilePolicyRead(List *options);

/* Is this the name of a file that says that another one is complete? */
extern bool FilePolicyIsMarker(const FilePolicy *policy, const char *name);

/* Is this the name of a file that was moved there? */
extern bool FilePolicyHasMoved(const FilePolicy *policy, const char *name);

#endif
