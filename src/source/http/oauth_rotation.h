/*
 * oauth_rotation.h
 *	  A refresh token that its use may spend.
 */
#ifndef ELT_SOURCE_HTTP_OAUTH_ROTATION_H
#define ELT_SOURCE_HTTP_OAUTH_ROTATION_H

#include "source/token_rotation.h"

extern const TokenRotation OAuthRotation;

#endif
