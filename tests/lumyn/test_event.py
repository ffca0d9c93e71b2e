"""What may be said of a decision, and what is answered where it may not."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.archive import Archive
from lumyn.errors import RequestError
from lumyn.event import mac_of
from lumyn.gateway import Gateway
from lumyn.workspace import init, opened_gateway
from tests.cli.workspaces import request

NOTE: dict[str, object] = {"type": "note", "actor": "kim"}
OTHER = "dec_01JZ1S7Y1NQ2A0D5JQK2Q2P3X4"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Of a workspace as `init` makes it."""
    with opened_gateway(init(tmp_path_factory.mktemp("shop"))) as opened:
        yield opened


def refused(gateway: Gateway, event: object) -> RequestError:
    """What is said of an event that is none, of a decision that is there; nothing is appended."""
    identity = gateway.decide(request()).decision_id
    with pytest.raises(RequestError) as caught:
        gateway.append_event(identity, event)  # type: ignore[arg-type]
    assert [*gateway.events(identity)] == []
    return caught.value


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ({**NOTE, "type": "praise"}, '/type: is none of "outcome", "label", "note", "override"'),
        ({**NOTE, "type": ["note"]}, '/type: is none of "outcome", "label", "note", "override"'),
        ({**NOTE, "type": "unacknowledged"}, '/type: is none of "outcome", "label", "note", "override"'),
        ({**NOTE, "decision_id": OTHER}, "/decision_id: is another decision"),
        ({**NOTE, "created_at": "2020-01-01T00:00:00.000Z"}, "/created_at: is said by the log"),
        ({**NOTE, "schema_version": "decision_event.v9"}, '/schema_version: is not "decision_event.v0"'),
        ({**NOTE, "summary": "\0"}, "/summary: "),
        ({}, "/actor: is missing"),
        ({}, "/type: is missing"),
        ([], "no object"),
        (b"[]", "no object"),
        (b"nonsense", "not JSON"),
        (7, "no object"),
        (None, "no object"),
    ],
)
def test_what_is_no_event_is_refused_as_an_event(gateway: Gateway, event: object, said: str) -> None:
    """Under the reason code of events, with its place, and naming what its caller may say alone."""
    error = refused(gateway, event)

    assert error.reason_code == "INVALID_EVENT_SCHEMA"
    assert said in str(error)
    assert '"unacknowledged"' not in str(error)


def test_all_that_is_wrong_is_named_at_once(gateway: Gateway) -> None:
    """So that nobody has to try again and again."""
    assert {problem.path for problem in refused(gateway, {"decision_id": OTHER, "summary": ""}).problems} == {
        "/actor",
        "/decision_id",
        "/summary",
        "/type",
    }


def test_the_decision_that_is_addressed_may_be_named_in_the_event(gateway: Gateway) -> None:
    """It is the same, with it or without; so is the version of the schema."""
    identity = gateway.decide(request()).decision_id
    said = {**NOTE, "event_id": "mine", "decision_id": identity, "schema_version": "decision_event.v0"}

    assert gateway.append_event(identity, said) == gateway.append_event(identity, {**NOTE, "event_id": "mine"})


def test_nothing_is_said_of_what_was_erased(tmp_path: Path) -> None:
    """Nobody could tell what it is about, and memory could not learn from it."""
    workspace = init(tmp_path)
    with opened_gateway(workspace) as gateway, Archive.open(workspace.storage_url) as archive:
        identity = gateway.decide(request()).decision_id
        archive.erase(identity, reason="DSR-7", actor="mia")

        with pytest.raises(RequestError, match=f"{identity} was erased") as caught:
            gateway.label(identity, "failure", actor="kim")

    assert caught.value.reason_code == "DECISION_ERASED"


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=5_000))
def test_a_mac_is_an_hmac(key: bytes, content: bytes) -> None:
    """HMAC-SHA256, as anybody can compute it."""
    assert mac_of(key, content) == hmac.digest(key, content, "sha256").hex()
