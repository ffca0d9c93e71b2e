"""Requests as a support agent makes them, and a story of what a gateway makes of them."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import attrs

from lumyn.decision_record import DecisionRecord
from lumyn.gateway import Gateway
from lumyn.replay_pack import replay_pack

__all__ = ["Story", "requests", "tell"]


@attrs.frozen
class Story:
    """What came of the story.

    records: before and after the label
    pack:    of the second decision
    is_same: whether replaying the pack gave the same record
    """

    records: tuple[DecisionRecord, DecisionRecord]
    pack: bytes = attrs.field(repr=False)
    is_same: bool


def requests() -> list[dict[str, Any]]:
    """A few requests for the starter policy `support`, of every verdict."""
    lines = (files("lumyn") / "starter" / "support" / "requests.jsonl").read_bytes().splitlines()
    return [json.loads(line) for line in lines]


def tell(gateway: Gateway, say: Callable[[str], object]) -> Story:
    """Decide, learn, decide otherwise, and prove it.

    say: gets a sentence for each step
    """
    request = requests()[0]
    first = gateway.decide(request)
    say(f"An agent asks for {_asked(request)}: {_said(first)} ({first.decision_id})")
    gateway.label(first.decision_id, "failure", summary="The parcel had arrived after all.", actor="support-lead")
    say("A support lead labels it a failure: the parcel had arrived after all.")
    like = json.loads(
        json.dumps(request).replace("82731", "82907").replace("ZD-1001", "ZD-1044").replace("C-9", "C-31")
    )
    second = gateway.decide(like)
    say(f"Another agent asks for {_asked(like)}: {_said(second)} ({second.decision_id})")
    pack = gateway.pack(second.decision_id)
    say(f"The second decision is exported: record, policy, what was remembered and proofs in {len(pack):,} bytes.")
    report = replay_pack(pack)
    same = "the same record, byte for byte" if report.is_same_bytes else "ANOTHER record"
    say(
        f"The pack alone is replayed, with no workspace: every digest and proof holds, and deciding again gives {same}."
    )
    return Story((first, second), pack, report.is_same)


def _asked(request: dict[str, Any]) -> str:
    action = request["action"]
    return f'{action["type"]}, "{action["intent"]}"'


def _said(record: DecisionRecord) -> str:
    return f"{record.verdict}, because of {', '.join(record.reason_codes)}"
