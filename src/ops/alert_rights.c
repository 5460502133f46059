/*
 * alert_rights.c
 *	  Privileges of alerts: members of elt_admin define them; conditions and channels act as their owner.
 */
#include "base/compat.h"
#include "ops/alert_rights.h"

#include "base/extension.h"
#include "base/identity.h"
#include "miscadmin.h"
#include "utils/acl.h"

void
CheckMayDefineAlerts(void)
{
	if (MayActFor(ExtensionOwner(), false))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to define alerts"),
			 errhint("Only members of elt_admin may do that.")));
}

void
CheckMayDoAs(Oid owner, const char *what)
{
	if (has_privs_of_role(GetUserId(), owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to change %s", what),
			 errdetail("It acts with the privileges of its owner \"%s\".",
					   GetUserNameFromId(owner, true)),
			 errhint("Only the owner and members of that role may do that; drop it and create it "
					 "again to become its owner.")));
}

Alert *
AlertNamed(const char *name)
{
	Alert	   *alert = AlertByName(name);

	if (alert == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("alert \"%s\" does not exist", name),
				 errhint("Use SELECT alert FROM elt.alerts to list the alerts.")));
	return alert;
}

AlertChannel *
AlertChannelNamed(const char *name)
{
	AlertChannel *channel = AlertChannelByName(name);

	if (channel == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("alert channel \"%s\" does not exist", name),
				 errhint("Use elt.set_alert_channel to create it, or SELECT channel FROM "
						 "elt.alert_channels to list the channels.")));
	return channel;
}
