"""Has schemathesis generate requests that can be decided, and signs what it generates once it is what will be sent."""

from __future__ import annotations

import os
from typing import Any

import requests
import schemathesis

from lumyn.canonical import canonical, digest_of
from lumyn.errors import JsonError
from tests.api.signing import timestamped

__all__ = ["Signing", "map_body"]

# Id and version of the policy that decides.
POLICY = dict(zip(("policy_id", "policy_version"), os.environ.get("LUMYN_TESTED_POLICY", "x 1").split(), strict=True))


class Signing(requests.auth.AuthBase):
    """Signs calls as a whole, by the timestamped form."""

    def __call__(self, call: requests.PreparedRequest) -> requests.PreparedRequest:
        """The call with the headers that it needs."""
        assert call.method is not None
        body = call.body or b""
        content = body.encode() if isinstance(body, str) else body
        assert isinstance(content, bytes), "what is generated is sent in one piece"
        call.headers.update(timestamped(call.method, call.path_url, content))
        return call


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:  # noqa: ANN401 - whatever is generated
    """A body whose parts agree with each other, which no schema can ask for; what violates the schema still does."""
    del context
    if not isinstance(body, dict):
        return body
    made = {**body}
    for part, values in (("context", _digest(body.get("context"))), ("policy", POLICY)):
        inside = body.get(part)
        if isinstance(inside, dict):
            agreed = {name: value for name, value in values.items() if isinstance(inside.get(name), str)}
            made[part] = {**inside, **agreed}
    tenant, subject = body.get("tenant"), body.get("subject")
    if isinstance(tenant, dict) and isinstance(subject, dict):
        wanted, found = tenant.get("tenant_id"), subject.get("tenant_id")
        if isinstance(wanted, str) and isinstance(found, str):
            made["subject"] = {**subject, "tenant_id": wanted}
    return made


def _digest(context: object) -> dict[str, str]:
    """Of what stands in a context."""
    inline = context.get("inline") if isinstance(context, dict) else None
    if not isinstance(inline, dict):
        return {}
    try:
        return {"digest": digest_of(canonical(inline))}
    except (JsonError, ValueError, TypeError):
        return {}


schemathesis.auth.set_from_requests(Signing())  # type: ignore[attr-defined]  # its annotation is that of the decorator
