"""A workspace with decisions of every sort, and its services: what tests of the page look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from lumyn.archive import Archive
from lumyn.workspace import Workspace, init, opened_gateway
from tests.api.servers import serving
from tests.api.signing import READ_TOKEN, SECRET
from tests.page.corpus import HOSTILE, event_of, request_of

__all__ = ["PRIVATE", "Shop", "opened_shop", "request"]

# What is taken out of a request.
PRIVATE = {"api_key": "sk-jane", "password": "hunter2"}
_PLAIN_COUNT = 120


@attrs.frozen
class Shop:
    """A workspace that is served twice: to everybody, and to whoever knows the read token.

    plain:   decisions without anything odd, the oldest first, by which verdict is asked for
    hostile: by name of the corpus, decisions with a hostile text in every field
    """

    workspace: Workspace
    url: str
    guarded_url: str
    plain: dict[str, str]
    hostile: dict[str, str]
    dry_run: str
    labelled: str
    redacted: str
    erased: str


@contextmanager
def opened_shop(folder: Path) -> Iterator[Shop]:
    """A shop in a folder that is empty or not there."""
    workspace = init(folder)
    with opened_gateway(workspace) as gateway:
        hostile = {}
        for number, (name, text) in enumerate(HOSTILE.items()):
            hostile[name] = gateway.decide(request_of(text, number)).decision_id
            gateway.append_event(hostile[name], event_of(text))
        for number in range(_PLAIN_COUNT):
            gateway.decide(request(number, "northwind"))
        dry_run = gateway.decide({**request(1_000), "hints": {"dry_run": True}}).decision_id
        redacted = gateway.decide(request(1_001, **PRIVATE)).decision_id
        erased = gateway.decide(request(1_002)).decision_id
        gateway.append_event(erased, {"type": "note", "actor": "on-call", "summary": "Asked for by the customer"})
        plain = {
            "TRUST": gateway.decide(request(2_000)).decision_id,
            "ESCALATE": gateway.decide(request(2_001, previous_refund_count_90d=3)).decision_id,
            "QUERY": gateway.decide(request(2_002, order_id=None)).decision_id,
            "ABSTAIN": gateway.decide(request(2_003, payment_instrument_risk="high")).decision_id,
        }
        labelled = plain["ABSTAIN"]
        gateway.label(labelled, "success", actor="bot")
        gateway.label(labelled, "failure", summary="The card was stolen.", actor="maria.lopez")
        gateway.append_event(labelled, {"type": "note", "actor": "on-call", "data": {"incident": "INC-311"}})
    with Archive.open(workspace.storage_url) as archive:
        archive.erase(erased, reason="The customer asked for it <b>", actor="dpo")
    secrets = {"LUMYN_SIGNING_SECRET": SECRET, "LUMYN_READ_TOKEN": READ_TOKEN}
    with serving(folder) as url, serving(folder, **secrets) as guarded_url:
        yield Shop(workspace, url, guarded_url, plain, hostile, dry_run, labelled, redacted, erased)


def request(number: int, tenant: str = "acme", **evidence: object) -> dict[str, Any]:
    """A small refund, which is trusted; evidence that is None is left out."""
    plain = {
        "ticket_id": f"T-{number}",
        "order_id": f"O-{number}",
        "customer_id": f"C-{number}",
        "payment_instrument_risk": "low",
        "chargeback_risk": 0.05,
        "account_takeover_risk": 0.1,
        "previous_refund_count_90d": 0,
        "customer_age_days": 400,
        "manual_approval": False,
    }
    return {
        "schema_version": "decision_request.v0",
        "request_id": f"r-{number}",
        "tenant": {"tenant_id": tenant},
        "subject": {"type": "agent", "id": "support-bot"},
        "action": {
            "type": "support.refund",
            "intent": f"Refund parcel {number}",
            "target": {"system": "stripe", "resource_type": "charge", "resource_id": f"ch_{number}"},
            "amount": {"value": 19.5, "currency": "USD"},
        },
        "evidence": {name: value for name, value in {**plain, **evidence}.items() if value is not None},
        "context": {"mode": "digest_only", "digest": "sha256:" + "ab" * 32},
    }
