"""A request as the gateway takes it: of the published schema, in normal form, and at one with itself."""

import attrs

from lumyn.canonical import canonical, digest_of
from lumyn.errors import Problem, RequestError
from lumyn.normal_json import Limits, read_normal_json
from lumyn.schema import schema
from lumyn.strict_json import JsonValue

__all__ = ["Request", "read_request"]

JsonObject = dict[str, JsonValue]


@attrs.frozen
class Request:
    """A request that can be decided.

    document:    all of it, in normal form; not to be changed
    tenant:      whose decision it is; None is a scope of its own
    request_id:  key under which the same request gets the same record
    mode:        what the caller wishes for, the stricter of two wishes
    profile:     of redaction, likewise
    """

    document: JsonObject
    tenant: str | None
    request_id: str | None
    action_type: str
    mode: str | None
    profile: str | None
    is_dry_run: bool


def read_request(source: bytes | str | dict[str, object], limits: Limits) -> Request:
    """The request in what a caller gave. Raises RequestError, which names the places."""
    document = read_normal_json(source, limits)
    published = schema("decision_request.v0")
    if not published.fits(document):
        raise RequestError(published.problems(document))
    assert isinstance(document, dict)
    _check_digest(_object(document, "context"))
    policy, hints = _object(document, "policy"), _object(document, "hints")
    wishes = {wish for wish in (policy.get("mode"), hints.get("mode")) if isinstance(wish, str)}
    return Request(
        document=document,
        tenant=_tenant(document),
        request_id=_text(document.get("request_id")),
        action_type=str(_object(document, "action")["type"]),
        mode="enforce" if "enforce" in wishes else next(iter(wishes), None),
        profile=_text(_object(_object(document, "context"), "redaction").get("profile")),
        is_dry_run=hints.get("dry_run") is True,
    )


def _tenant(document: JsonObject) -> str | None:
    own = _text(_object(document, "tenant").get("tenant_id"))
    of_subject = _text(_object(document, "subject").get("tenant_id"))
    if own is not None and of_subject is not None and own != of_subject:
        raise RequestError([Problem("/subject/tenant_id", "is another tenant than /tenant/tenant_id")])
    return own or of_subject


def _check_digest(context: JsonObject) -> None:
    """What stands in the request itself is what the digest is of."""
    inline = context.get("inline")
    if inline is not None and context["digest"] != (expected := digest_of(canonical(inline))):
        detail = f"is not the digest of /context/inline, whose canonical JSON (RFC 8785) has {expected}"
        raise RequestError([Problem("/context/digest", detail)])


def _object(parent: JsonObject, key: str) -> JsonObject:
    """An object that may be left out."""
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None
