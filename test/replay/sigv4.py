"""/sigv4/...: an API that takes only requests signed with AWS Signature Version 4.

The signature is computed anew from what came over the wire, by AWS's own description; a request
that is not signed so is refused as AWS refuses it, with the canonical request in the answer.

  token=T   in the path's query: the request must carry this session token, signed
"""
import datetime
import hashlib
import hmac
import re
import urllib.parse

from wire import Response, json_response

SECRETS = {"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
                           r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})")
MAX_SKEW = datetime.timedelta(minutes=5)


class Refused(Exception):
    """Why the request is not taken, in AWS's words."""


def encoded(text, safe=""):
    return urllib.parse.quote(text, safe="-._~" + safe)


def canonical_path(path, service):
    """The path as it was sent, encoded once more except for S3."""
    return path if service == "s3" else encoded(path or "/", "/")


def canonical_query(query):
    pairs = []
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        pairs.append((encoded(urllib.parse.unquote(name)), encoded(urllib.parse.unquote(value))))
    return "&".join("%s=%s" % pair for pair in sorted(pairs))


def canonical_request(method, target, headers, signed, body_hash, service):
    path, _, query = target.partition("?")
    lines = ["%s:%s" % (name, " ".join(headers.get(name, "").split())) for name in signed]
    return "\n".join([method, canonical_path(path, service), canonical_query(query), *lines, "",
                      ";".join(signed), body_hash])


def signature(secret, stamp, region, service, canonical):
    scope = "/".join([stamp[:8], region, service, "aws4_request"])
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def check_time(stamp, day):
    try:
        at = datetime.datetime.strptime(stamp, "%Y%m%dT%H%M%SZ")
    except ValueError as error:
        raise Refused("IncompleteSignature: X-Amz-Date is %r" % stamp) from error
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    if stamp[:8] != day or abs(now - at) > MAX_SKEW:
        raise Refused("RequestExpired: signed at %s for %s" % (stamp, day))


def check_headers(request, signed):
    """What a request must not be able to change after it was signed."""
    needed = ["host"] + [name for name in request.headers if name.startswith("x-amz-")]
    missing = [name for name in needed if name not in signed]
    if missing or signed != sorted(signed):
        raise Refused("SignatureDoesNotMatch: signed are %s, missing %s" % (signed, missing))
    token = request.params().get("token")
    if request.headers.get("x-amz-security-token") != token:
        raise Refused("InvalidClientTokenId: the session token is not %s" % token)


def body_hash(request):
    actual = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-amz-content-sha256", actual) != actual:
        raise Refused("XAmzContentSHA256Mismatch: the body has %s" % actual)
    return actual


def check(request):
    found = AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if not found:
        raise Refused("MissingAuthenticationToken: Authorization is %r"
                      % request.headers.get("authorization", ""))
    key, day, region, service, names, given = found.groups()
    if key not in SECRETS:
        raise Refused("InvalidClientTokenId: there is no key %s" % key)
    stamp = request.headers.get("x-amz-date", "")
    check_time(stamp, day)
    signed = names.split(";")
    check_headers(request, signed)
    canonical = canonical_request(request.method, request.target, request.headers, signed,
                                  body_hash(request), service)
    if signature(SECRETS[key], stamp, region, service, canonical) != given:
        raise Refused("SignatureDoesNotMatch: the canonical request is\n" + canonical)
    return {"key": key, "region": region, "service": service, "signed": signed}


def answer(request):
    try:
        who = check(request)
    except Refused as error:
        return Response(403, [], ("%s" % error).encode(), "text/plain; charset=utf-8")
    return json_response({"who": who, "method": request.method, "query": request.params(),
                          "body": request.body.decode("utf-8", "replace")})
