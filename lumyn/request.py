"""A request as the gateway takes it: of the published schema, in normal form, and at one with itself."""

from typing import Any, Final

import attrs

from lumyn.canonical import canonical_of_normal, digest_of
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
    return _of_document(document)


def _of_document(document: Any) -> Request:  # noqa: ANN401 - what the schema says of it no type can
    """The request of a document that fits its schema."""
    context = document["context"]
    _check_digest(context)
    hints = document.get("hints", _NOTHING)
    wish, hint = document.get("policy", _NOTHING).get("mode"), hints.get("mode")
    return Request(
        document=document,
        tenant=_tenant(document),
        request_id=document.get("request_id"),
        action_type=document["action"]["type"],
        mode="enforce" if "enforce" in (wish, hint) else wish or hint,
        profile=context.get("redaction", _NOTHING).get("profile"),
        is_dry_run=hints.get("dry_run") is True,
    )


# For an object that is left out.
_NOTHING: Final[dict[str, Any]] = {}


def _tenant(document: dict[str, Any]) -> str | None:
    own: str | None = document.get("tenant", _NOTHING).get("tenant_id")
    of_subject: str | None = document.get("subject", _NOTHING).get("tenant_id")
    if own is not None and of_subject is not None and own != of_subject:
        raise RequestError([Problem("/subject/tenant_id", "is another tenant than /tenant/tenant_id")])
    return own or of_subject


def _check_digest(context: dict[str, Any]) -> None:
    """What stands in the request itself is what the digest is of."""
    inline = context.get("inline")
    if inline is not None and context["digest"] != (expected := digest_of(canonical_of_normal(inline))):
        detail = f"is not the digest of /context/inline, whose canonical JSON (RFC 8785) has {expected}"
        raise RequestError([Problem("/context/digest", detail)])
