/*
 * oauth_rotation.h
 *	  Rotation of refresh tokens.
 */
#ifndef ELT_SOURCE_HTTP_OAUTH_ROTATION_H
#define ELT_SOURCE_HTTP_OAUTH_ROTATION_H

#include "source/token_rotation.h"

extern const TokenRotation OAuthRotation;

#endif
