/*
 * compat.h
 *	  The server versions that pg_elt supports, and every difference between them.
 */
#ifndef ELT_BASE_COMPAT_H
#define ELT_BASE_COMPAT_H

#include "postgres.h"
#include "fmgr.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

#if PG_VERSION_NUM < 150000 || PG_VERSION_NUM >= 190000
#error "pg_elt supports PostgreSQL 15 to 18"
#endif

/* Input functions that report a bad value instead of throwing it. */
#define HAVE_SOFT_INPUT_ERRORS (PG_VERSION_NUM >= 160000)

/* A MERGE into a partitioned table may put inserted rows among the updated ones that triggers see. */
#define MERGE_MIXES_TRANSITION_ROWS (PG_VERSION_NUM >= 180000)

/* ACL checks of servers, databases and schemas became generic in 16. */
#if PG_VERSION_NUM >= 160000
#define ForeignServerAclCheck(server, role, mode) \
	object_aclcheck(ForeignServerRelationId, server, role, mode)
#define OwnsDatabase(database, role) \
	object_ownercheck(DatabaseRelationId, database, role)
#define NamespaceAclCheck(schema, role, mode) \
	object_aclcheck(NamespaceRelationId, schema, role, mode)
#else
#define ForeignServerAclCheck(server, role, mode) \
	pg_foreign_server_aclcheck(server, role, mode)
#define OwnsDatabase(database, role) \
	pg_database_ownercheck(database, role)
#define NamespaceAclCheck(schema, role, mode) \
	pg_namespace_aclcheck(schema, role, mode)
#endif

/* Does this process hold the lock in exactly this mode? */
#if PG_VERSION_NUM >= 170000
#define LockHeldByMe_compat(tag, mode) LockHeldByMe(tag, mode, false)
#else
#define LockHeldByMe_compat(tag, mode) LockHeldByMe(tag, mode)
#endif

/* Raise an error unless the current user can become a role; since 16 by SET ROLE. */
#if PG_VERSION_NUM >= 160000
#define CheckCanBecome_compat(role) check_can_set_role(GetUserId(), role)
#else
#define CheckCanBecome_compat(role) check_is_member_of_role(GetUserId(), role)
#endif

/* Entry i, from 1, of this transaction's copy of the process list. */
#if PG_VERSION_NUM >= 160000
#define BackendStatusEntry(i) pgstat_get_local_beentry_by_index(i)
#else
#define BackendStatusEntry(i) pgstat_fetch_stat_local_beentry(i)
#endif

/* All rows of a top-level statement to one receiver. */
#if PG_VERSION_NUM >= 180000
#define PortalRunToEnd(portal, dest, qc) \
	PortalRun(portal, FETCH_ALL, true, dest, dest, qc)
#else
#define PortalRunToEnd(portal, dest, qc) \
	PortalRun(portal, FETCH_ALL, true, true, dest, dest, qc)
#endif

/* All rows of a query that the executor was started for. */
#if PG_VERSION_NUM >= 180000
#define ExecutorRunToEnd(query) ExecutorRun(query, ForwardScanDirection, 0)
#else
#define ExecutorRunToEnd(query) ExecutorRun(query, ForwardScanDirection, 0, true)
#endif

/* A wait set that its owner frees; 17 ties sets to resource owners instead of contexts. */
#if PG_VERSION_NUM >= 170000
#define CreateWaitEventSet_compat(cxt, nevents) CreateWaitEventSet(NULL, nevents)
#else
#define CreateWaitEventSet_compat(cxt, nevents) CreateWaitEventSet(cxt, nevents)
#endif

/* The role whose privileges a scan uses: the owner of the view that contains it, else the caller. */
#if PG_VERSION_NUM >= 160000
#define ForeignScanCheckAs(node) (((ForeignScan *) (node)->ss.ps.plan)->checkAsUser)
#else
#define ForeignScanCheckAs(node) \
	(exec_rt_fetch(((Scan *) (node)->ss.ps.plan)->scanrelid, (node)->ss.ps.state)->checkAsUser)
#endif
#define ForeignScanUser(node) \
	(OidIsValid(ForeignScanCheckAs(node)) ? ForeignScanCheckAs(node) : GetUserId())

/* A lexer of JSON in UTF-8, which need not be JSON. */
#if PG_VERSION_NUM >= 170000
#define NewJsonLexer(json, len) makeJsonLexContextCstringLen(NULL, json, len, PG_UTF8, false)
#else
#define NewJsonLexer(json, len) \
	makeJsonLexContextCstringLen(unconstify(char *, json), len, PG_UTF8, false)
#endif

/* Intervals have no infinity before 17. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) ((void) (interval), false)
#endif

/* Before 17 all extensions share one wait event. */
#if PG_VERSION_NUM >= 170000
#define NamedWaitEvent_compat(name) WaitEventExtensionNew(name)
#else
#define NamedWaitEvent_compat(name) PG_WAIT_EXTENSION
#endif

/* The path of a plain scan: 17 added restriction clauses, 18 the count of disabled nodes. */
#if PG_VERSION_NUM >= 180000
#define PlainForeignPath(root, rel, startup, total) \
	create_foreignscan_path(root, rel, NULL, (rel)->rows, 0, startup, total, NIL, \
							(rel)->lateral_relids, NULL, NIL, NIL)
#elif PG_VERSION_NUM >= 170000
#define PlainForeignPath(root, rel, startup, total) \
	create_foreignscan_path(root, rel, NULL, (rel)->rows, startup, total, NIL, \
							(rel)->lateral_relids, NULL, NIL, NIL)
#else
#define PlainForeignPath(root, rel, startup, total) \
	create_foreignscan_path(root, rel, NULL, (rel)->rows, startup, total, NIL, \
							(rel)->lateral_relids, NULL, NIL)
#endif

/* 18 split what extensions of EXPLAIN need into headers of their own. */
#if PG_VERSION_NUM >= 180000
#define EXPLAIN_FORMAT_HEADER "commands/explain_format.h"
#define EXPLAIN_STATE_HEADER "commands/explain_state.h"
#else
#define EXPLAIN_FORMAT_HEADER "commands/explain.h"
#define EXPLAIN_STATE_HEADER "commands/explain.h"
#endif

/* 18 has pg_noreturn instead. */
#if PG_VERSION_NUM >= 180000
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/*
 * Constants of newer versions of libcurl, by number, because older headers lack them: the error
 * for a header line over libcurl's limit (8.6), and the option not to wait for resolver threads
 * when a multi handle is closed (8.20; before, the option of the easy handle sufficed).
 */
#define CURLE_TOO_LARGE_compat ((CURLcode) 100)
#define CURLMOPT_QUICK_EXIT_compat ((CURLMoption) (CURLOPTTYPE_LONG + 21))

/* The btree strategy of an operator; 18 generalized the function to all ordering indexes. */
#if PG_VERSION_NUM >= 180000
#define OperatorInterpretations(operator) get_op_index_interpretation(operator)
#define OperatorInterpretation OpIndexInterpretation
#define InterpretationStrategy(meaning) ((int) (meaning)->cmptype)
#define INTERPRETATION_NE ((int) COMPARE_NE)
#else
#define OperatorInterpretations(operator) get_op_btree_interpretation(operator)
#define OperatorInterpretation OpBtreeInterpretation
#define InterpretationStrategy(meaning) ((meaning)->strategy)
#define INTERPRETATION_NE ROWCOMPARE_NE
#endif

/* Does a collation order by bytes? */
#if PG_VERSION_NUM >= 180000
#define CollationIsC(collation) (pg_newlocale_from_collation(collation)->collate_is_c)
#else
#define CollationIsC(collation) lc_collate_is_c(collation)
#endif

/* What is known of the files of a relation that are new in this transaction; 16 renamed it. */
#if PG_VERSION_NUM >= 160000
#define RelationTakeFileHistory(to, from) \
	((to)->rd_createSubid = (from)->rd_createSubid, \
	 (to)->rd_newRelfilelocatorSubid = (from)->rd_newRelfilelocatorSubid, \
	 (to)->rd_firstRelfilelocatorSubid = (from)->rd_firstRelfilelocatorSubid)
#define RelationAssumeNewFile(relation) RelationAssumeNewRelfilelocator(relation)
#else
#define RelationTakeFileHistory(to, from) \
	((to)->rd_createSubid = (from)->rd_createSubid, \
	 (to)->rd_newRelfilenodeSubid = (from)->rd_newRelfilenodeSubid, \
	 (to)->rd_firstRelfilenodeSubid = (from)->rd_firstRelfilenodeSubid)
#define RelationAssumeNewFile(relation) RelationAssumeNewRelfilenode(relation)
#endif

/* Before 17 a cached relation keeps the file that it has opened until somebody closes it. */
#if PG_VERSION_NUM >= 170000
#define RelationForgetFile(relid) ((void) (relid))
#else
#define RelationForgetFile(relid) RelationCloseSmgrByOid(relid)
#endif

/* In every file that has functions of SQL. */
#include "base/call_arguments.h"

#endif
