"""Scripted answers: a named list of responses, each call takes the next one.

The last response repeats. A response is an object with any of: status, headers,
body (text or JSON), json, content_type, template, and any fault of faults.py.
With template, {base} in the body becomes this server's address.
"""
import json

from faults import CONTENT_KEYS, WIRE_KEYS, BadFault, apply, check_keys
from wire import Response, json_response, text_response

ALLOWED = WIRE_KEYS + CONTENT_KEYS + ("template",)


def check_responses(value):
    """The list of responses; a value that is no object is a whole JSON body."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise BadFault("responses is not JSON: %s" % error) from error
    if not isinstance(value, list) or not value:
        raise BadFault("responses must be an array with at least one response")
    for response in value:
        if not isinstance(response, dict):
            raise BadFault("each response must be an object")
        check_keys(response, ALLOWED)
    return value


def fill_base(response, request, in_body):
    """{base} in headers always, in the body only when asked: JSON holds braces."""
    response.headers = [(name, value.replace("{base}", request.base))
                        for name, value in response.headers]
    if in_body and isinstance(response.body, bytes):
        response.body = response.body.replace(b"{base}", request.base.encode())
    return response


class Scripts:
    def __init__(self, lock):
        self.lock = lock
        self.stored = {}
        self.calls = {}

    def store(self, name, responses):
        with self.lock:
            self.stored[name] = check_responses(responses)
            self.calls[name] = 0

    def clear(self):
        with self.lock:
            self.stored, self.calls = {}, {}

    def describe(self):
        with self.lock:
            return [{"id": name, "calls": self.calls.get(name, 0),
                     "responses": len(self.stored.get(name, ()))}
                    for name in sorted(set(self.stored) | set(self.calls))]

    def next(self, name, inline):
        """The response that this call of the script gets, or None."""
        with self.lock:
            responses = check_responses(inline) if inline else self.stored.get(name)
            if responses is None:
                return None
            turn = self.calls.get(name, 0)
            self.calls[name] = turn + 1
            return responses[min(turn, len(responses) - 1)]

    def answer(self, request):
        name = request.path.removeprefix("/script/")
        try:
            spec = self.next(name, request.params().get("responses"))
        except BadFault as error:
            return text_response(str(error), 400)
        if spec is None:
            return text_response("no script is stored under %s" % name, 404)
        fault = {key: value for key, value in spec.items() if key != "template"}
        response = apply(fault, lambda: Response(body=b""))
        return fill_base(response, request, spec.get("template"))


def echo(request):
    """/echo: the body, status, type and headers that the query asks for."""
    response = Response()
    for key, value in request.pairs():
        if key == "body":
            response.body = value.encode()
        elif key == "status":
            response.status = request.number("status", 200)
        elif key == "type":
            response.content_type = value
        elif key == "header":
            name, _, content = value.partition(":")
            response.headers.append((name.strip(), content.strip()))
        elif key == "fault":
            fault = read_fault(value)
            check_keys(fault, WIRE_KEYS + CONTENT_KEYS)
            response = apply(fault, lambda made=response: made)
    return fill_base(response, request, False)


def read_fault(text):
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadFault("fault is not JSON: %s" % error) from error


def reflect(request):
    """/reflect: the request itself, so that a test sees what was sent."""
    return json_response({"method": request.method, "path": request.path,
                          "url": request.target, "query": request.params(),
                          "headers": request.headers,
                          "body": request.body.decode("utf-8", "replace")})
