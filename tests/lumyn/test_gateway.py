"""The gateway decides, records before it answers, remembers, and never lets an action through that it should not."""

from __future__ import annotations

import asyncio
import copy
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import lumyn
from lumyn.canonical import canonical
from lumyn.decision import Decider
from lumyn.errors import RequestError
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.identity import system_clock
from lumyn.lockdown import lock_down
from lumyn.normal_json import Limits
from lumyn.record import RiskReport, SimilarityReport
from lumyn.replay import replay_record
from lumyn.replay_pack import replay_pack
from lumyn.store.errors import StoreError, StoreMissingError
from lumyn.store.search import Filters
from lumyn.store.verify import verify
from lumyn_compiler import compile_text
from lumyn_runtime import ArtifactError, load
from tests.lumyn.test_request import REQUEST

SCHEMAS = Path(lumyn.__file__).parent / "schemas"
POLICY = """
policy refunds version "1"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE
evidence order_id : text
evidence card     : text
evidence approved : boolean
redact evidence.card
stage REQUIREMENTS
  rule R1 for support.refund
    require evidence.order_id ask "Which order?"
    else QUERY because NO_ORDER
stage ESCALATIONS
  rule R2 for support.refund
    when risk.failure_similarity >= 0.8
    then ESCALATE because LIKE_A_FAILURE
stage TRUST_PATHS
  rule R3 for support.refund
    when amount_usd <= 25 and not evidence.card starts with "9"
    then TRUST because SMALL
"""


def request(number: int | None = None, value: float = 5, **evidence: object) -> dict[str, Any]:
    """A request of its own, or without a request_id."""
    made = copy.deepcopy(REQUEST)
    made["action"]["amount"]["value"] = value
    made["evidence"] = {"order_id": "82731", **evidence}
    del made["request_id"]
    return made if number is None else {**made, "request_id": f"r-{number}"}


def opened(folder: Path, settings: GatewaySettings | None = None, policy: str = "policy.lumyn") -> Gateway:
    """A gateway of the folder."""
    return Gateway.open(folder / policy, f"sqlite:{folder / 'lumyn.db'}", settings, create=True)


def test_a_decision_is_recorded_before_it_is_returned(gateway: Gateway, folder: Path) -> None:
    """The bytes returned are the bytes stored; they are canonical, and fit the published schema."""
    record = gateway.decide(request(value=12.5))
    assert (str(record.verdict), record.reason_codes, record.proceeds) == ("TRUST", ("SMALL",), True)
    stored = gateway.get(record.decision_id)
    assert stored == record
    assert canonical(record.to_dict()) == record.content
    schema = json.loads((SCHEMAS / "decision_record.v0.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(record.to_dict())
    gateway.close()
    assert list(verify(folder / "lumyn.db")) == []


def test_every_record_can_be_repeated(gateway: Gateway) -> None:
    """From its own bytes and the policy that it names."""
    policy = load(compile_text(POLICY).artifact)
    for made in (request(), request(card="4111"), request(card="9111"), request(value=-1), request(order_id=None)):
        record = gateway.decide(made)
        assert replay_record(record.content, policy) == ()
        assert "4111" not in record.to_json()
        changed = record.to_dict()
        changed["verdict"] = "TRUST" if changed["verdict"] != "TRUST" else "ABSTAIN"
        assert [str(d.path) for d in replay_record(canonical(changed), policy)] == ["/verdict"]


def test_the_same_request_gets_the_same_record(gateway: Gateway) -> None:
    """By its request_id within its tenant, whatever else was decided; another request under it is refused."""
    first = gateway.decide(request(1))
    assert gateway.decide(request(1)) == first
    assert gateway.decide(json.dumps(request(1), indent=3)) == first
    with pytest.raises(RequestError) as caught:
        gateway.decide(request(1, value=6))
    assert caught.value.reason_code == "REQUEST_ID_REUSED"
    other = {**request(1), "tenant": {"tenant_id": "other"}}
    assert gateway.decide(other) != first


def test_many_threads_on_one_request_id_make_one_record(gateway: Gateway) -> None:
    """And all get it."""
    with ThreadPoolExecutor(32) as pool:
        records = set(pool.map(lambda _: gateway.decide(request(7)), range(200)))
    assert len(records) == 1
    assert len(list(gateway.search())) == 1


def test_many_tasks_on_one_loop(gateway: Gateway) -> None:
    """A thousand at once, each recorded once, and the loop keeps turning."""

    async def decide_all() -> list[str]:
        records = await asyncio.gather(*(gateway.adecide(request(number)) for number in range(1_000)))
        return [record.decision_id for record in records]

    ids = asyncio.run(decide_all())
    assert len(set(ids)) == 1_000
    assert {record.decision_id for record in gateway.search()} == set(ids)


def test_a_caller_can_not_weaken_the_operator(folder: Path) -> None:
    """Modes and profiles are only ever raised."""
    with opened(folder) as enforcing:
        asked = {**request(value=500), "hints": {"mode": "advisory"}, "policy": {"mode": "advisory"}}
        record = enforcing.decide(asked)
        assert (record.mode, record.proceeds) == ("enforce", False)
    with opened(folder, GatewaySettings(mode="advisory", redaction_profile="strict")) as advising:
        record = advising.decide(request(value=500))
        assert (str(record.verdict), record.mode, record.proceeds) == ("ESCALATE", "advisory", True)
        raised = advising.decide({**request(value=500), "hints": {"mode": "enforce"}})
        assert (raised.mode, raised.proceeds) == ("enforce", False)
        laxer = request()
        laxer["context"]["redaction"] = {"profile": "off", "fields_removed": ["/evidence/token"]}
        said = advising.decide(laxer).to_dict()["request"]["context"]["redaction"]
        assert said == {"profile": "strict", "fields_removed": ["/action/intent", "/evidence/token"]}


def test_a_retry_goes_by_the_stricter_of_two_modes(folder: Path) -> None:
    """What advisory mode alone let through proceeds no more once a gateway enforces; the record stays what it was."""
    with opened(folder, GatewaySettings(mode="advisory")) as advising:
        escalated, trusted = advising.decide(request(1, value=500)), advising.decide(request(2))
        assert [(str(one.verdict), one.proceeds) for one in (escalated, trusted)] == [
            ("ESCALATE", True),
            ("TRUST", True),
        ]
        assert advising.decide(request(1, value=500)).proceeds
    with opened(folder, GatewaySettings(mode="enforce")) as enforcing:
        again = enforcing.decide(request(1, value=500))
        assert (again.content, again.mode, again.may_proceed, again.proceeds) == (
            escalated.content,
            "advisory",
            False,
            False,
        )
        assert enforcing.decide(request(2)).proceeds
        refused = enforcing.decide(request(3, value=500))
    with opened(folder, GatewaySettings(mode="advisory")) as advising:
        assert advising.decide(request(1, value=500)).proceeds
        assert advising.decide(request(3, value=500)) == refused
        assert not advising.decide(request(3, value=500)).proceeds


@pytest.mark.parametrize("mode", ["Advisory", "enforced", "", "x"])
def test_only_one_word_is_advisory(mode: str) -> None:
    """Whatever else a mode is holds callers to the verdict."""
    decider = Decider(
        load(compile_text(POLICY).artifact),
        mode=mode,
        profile="default",
        key=None,
        limits=Limits(),
        engine_version="0",
    )
    asked = decider.read(request(value=500))
    nothing = SimilarityReport(0.0, ())
    decision = decider.decide(asked, lambda *_: RiskReport(nothing, nothing, "x"), GatewaySettings().moment())
    assert decision.parts.policy.mode == "enforce"


def test_another_policy_than_the_loaded_one_is_refused(gateway: Gateway) -> None:
    """With the place."""
    assert gateway.decide({**request(), "policy": {"policy_id": "refunds", "policy_version": "1"}}).is_persisted
    with pytest.raises(RequestError, match="/policy/policy_version: 2 is asked for, and 1 is loaded") as caught:
        gateway.decide({**request(), "policy": {"policy_version": "2"}})
    assert caught.value.reason_code == "POLICY_MISMATCH"


def test_a_dry_run_is_recorded_and_never_proceeds(gateway: Gateway) -> None:
    """It is left out of the search unless it is asked for, and out of memory."""
    record = gateway.decide({**request(), "hints": {"dry_run": True}})
    assert str(record.verdict) == "TRUST"
    assert not record.proceeds
    assert list(gateway.search()) == []
    assert list(gateway.search(Filters(has_dry_runs=True))) == [record]
    gateway.label(record.decision_id, "failure", actor="kim")
    assert gateway.decide(request()).to_dict()["risk_signals"]["failure_similarity"]["score"] == 0


def test_a_labelled_failure_changes_a_later_verdict(gateway: Gateway) -> None:
    """In its own tenant and type of action; the last label counts."""
    first = gateway.decide(request())
    assert str(first.verdict) == "TRUST"
    gateway.label(first.decision_id, "failure", summary="It went wrong", actor="kim")
    second = gateway.decide(request())
    assert (str(second.verdict), second.reason_codes) == ("ESCALATE", ("LIKE_A_FAILURE", "SMALL"))
    assert second.to_dict()["risk_signals"]["failure_similarity"]["score"] == 1
    other = {**request(), "tenant": {"tenant_id": "other"}}
    assert str(gateway.decide(other).verdict) == "TRUST"
    gateway.label(first.decision_id, "success", actor="kim")
    third = gateway.decide(request())
    assert str(third.verdict) == "TRUST"
    assert third.to_dict()["risk_signals"]["uncertainty_score"] == 0
    assert [event["label"] for event in gateway.events(first.decision_id)] == ["failure", "success"]


def test_events_are_appended_under_the_same_rule(gateway: Gateway) -> None:
    """The same event under the same id is stored once; another is refused; records stay as they are."""
    record = gateway.decide(request())
    said: dict[str, object] = {"type": "outcome", "actor": "ledger", "event_id": "e-1", "data": {"paid": 5}}
    first = gateway.append_event(record.decision_id, said)
    assert gateway.append_event(record.decision_id, said) == first
    with pytest.raises(StoreError, match="another entry has the id"):
        gateway.append_event(record.decision_id, {**said, "data": {"paid": 6}})
    assert list(gateway.events(record.decision_id)) == [first]
    assert gateway.get(record.decision_id) == record
    odd_events: tuple[dict[str, object], ...] = (
        # Ids of the log's own: whoever took one would keep what it belongs to from being stored.
        {"type": "note", "actor": "x", "event_id": "dec_X"},
        {"type": "note", "actor": "x", "event_id": f"blake3:{'0' * 64}"},
        {"type": "note", "actor": "x", "event_id": "erasure:dec_X"},
        {"type": "note", "actor": "x", "event_id": f"unacknowledged:{record.decision_id}"},
        {"type": "label", "actor": "x"},
        {"type": "praise", "actor": "x"},
        {"type": "note"},
        {"type": "unacknowledged", "actor": "x"},
    )
    for odd in odd_events:
        with pytest.raises(RequestError):
            gateway.append_event(record.decision_id, odd)
    with pytest.raises(RequestError, match="there is no decision dec_X"):
        gateway.append_event("dec_X", said)


def test_a_pack_is_verified_and_repeated_elsewhere(gateway: Gateway) -> None:
    """The same bytes each time; every byte of it counts."""
    first = gateway.decide(request(card="9111"))
    gateway.label(first.decision_id, "failure", actor="kim")
    record = gateway.decide(request(card="9111"))
    gateway.append_event(record.decision_id, {"type": "note", "actor": "kim", "summary": "Looked at."})
    pack = gateway.pack(record.decision_id)
    assert pack == gateway.pack(record.decision_id)
    gateway.decide(request())
    report = replay_pack(pack)
    assert report.is_same
    assert report.decision_id == record.decision_id
    assert b"9111" not in pack
    assert gateway.pack(record.decision_id) != pack


def test_a_policy_is_replaced_whole_or_not_at_all(folder: Path) -> None:
    """The last good one stays, and the error says why."""
    compiled = compile_text(POLICY)
    (folder / "policy.lpack").write_bytes(compiled.artifact)
    with opened(folder, policy="policy.lpack") as gateway:
        assert gateway.refresh() is None
        (folder / "policy.lpack").write_bytes(compiled.artifact[:-1])
        assert isinstance(gateway.refresh(), ArtifactError)
        assert gateway.policy_hash == compiled.policy_hash
        other = compile_text(POLICY.replace("<= 25", "<= 1"))
        (folder / "policy.lpack").write_bytes(other.artifact)
        assert gateway.refresh() is None
        record = gateway.decide(request())
        assert (str(record.verdict), record.to_dict()["policy"]["policy_hash"]) == ("ESCALATE", other.policy_hash)


def test_a_refused_policy_is_a_fault_until_one_is_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked, monitoring sees it; the last good one decides meanwhile."""
    path = folder / "policy.lpack"
    compiled = compile_text(POLICY)
    path.write_bytes(compiled.artifact)
    with opened(folder, policy="policy.lpack") as gateway:
        assert gateway.metrics().policy_fault == ""
        path.write_bytes(b"garbage")
        assert isinstance(gateway.refresh(), ArtifactError)
        assert "not-an-artifact" in gateway.metrics().policy_fault
        # The watch looks meanwhile, and what it sees takes nothing back.
        time.sleep(1.2)
        assert "not-an-artifact" in gateway.metrics().policy_fault
        assert str(gateway.decide(request()).verdict) == "TRUST"
        path.write_bytes(compiled.artifact)
        assert gateway.refresh() is None
        assert gateway.metrics().policy_fault == ""

        def fail(*_: object) -> None:
            raise RecursionError

        with monkeypatch.context() as patched:
            patched.setattr("lumyn.gateway.ReadyPolicy.load", fail)
            with pytest.raises(RecursionError):
                gateway.refresh()
        assert gateway.metrics().policy_fault == "RecursionError"
        # A lockdown is taken over by the watch, which is a refresh as well.
        lock_down(path)
        end = time.monotonic() + 10
        while gateway.metrics().policy_fault and time.monotonic() < end:
            time.sleep(0.02)
        assert gateway.metrics().policy_fault == ""
        assert gateway.decide(request()).reason_codes == ("LOCKDOWN",)


def test_a_pinned_policy_is_the_only_one(folder: Path) -> None:
    """At open and at every refresh, for artifacts and sources."""
    expected = compile_text(POLICY).policy_hash
    with pytest.raises(ArtifactError):
        Gateway.open(
            folder / "policy.lumyn", f"sqlite:{folder / 'x.db'}", expected_policy_hash="blake3:" + "0" * 64, create=True
        )
    with opened(folder, GatewaySettings(expected_policy_hash=expected)) as gateway:
        (folder / "policy.lumyn").write_text(POLICY.replace("<= 25", "<= 1"))
        assert isinstance(gateway.refresh(), ArtifactError)
        assert gateway.policy_hash == expected


def test_a_store_is_only_made_where_that_is_asked_for(folder: Path) -> None:
    """A mistyped path is an error."""
    with pytest.raises(StoreMissingError):
        Gateway.open(folder / "policy.lumyn", f"sqlite:{folder / 'typo.db'}")
    assert not (folder / "typo.db").exists()


def test_a_store_that_hangs_ends_in_abstain(folder: Path) -> None:
    """Within the deadline, with nothing acknowledged; it heals when the fault goes."""
    import sqlite3
    import time

    with opened(folder, GatewaySettings(deadline_seconds=0.3)) as gateway:
        assert gateway.decide(request(1)).is_persisted
        blocker = sqlite3.connect(folder / "lumyn.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        record = gateway.decide(request(2))
        assert time.monotonic() - begun < 5
        assert (str(record.verdict), record.reason_codes) == ("ABSTAIN", ("STORAGE_UNAVAILABLE",))
        assert not record.proceeds
        said = record.to_dict()["extensions"]["lumyn"]
        assert said["persisted"] is False
        assert said["outcome"] in ("unknown", "not_stored")
        assert gateway.get(record.decision_id) is None
        schema = json.loads((SCHEMAS / "decision_record.v0.json").read_text())
        jsonschema.Draft202012Validator(schema).validate(record.to_dict())
        blocker.execute("ROLLBACK")
        blocker.close()
        healed = gateway.decide(request(3))
        assert healed.is_persisted
        assert healed.proceeds


def test_a_full_queue_answers_at_once(folder: Path) -> None:
    """With a reason of its own."""
    import sqlite3

    with opened(folder, GatewaySettings(deadline_seconds=2.0, queue_max=1)) as gateway:
        blocker = sqlite3.connect(folder / "lumyn.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(16) as pool:
            records = list(pool.map(lambda n: gateway.decide(request(n)), range(16)))
        blocker.execute("ROLLBACK")
        blocker.close()
        assert {str(record.verdict) for record in records} == {"ABSTAIN"}
        assert "GATEWAY_OVERLOADED" in {code for record in records for code in record.reason_codes}


def test_a_deleted_store_is_a_failure_and_not_an_empty_store(folder: Path) -> None:
    """Decisions end in ABSTAIN, and no new file appears."""
    with opened(folder, GatewaySettings(deadline_seconds=0.5)) as gateway:
        gateway.decide(request(1))
        for path in folder.glob("lumyn.db*"):
            if path.suffix not in (".search", ".key"):
                path.unlink()
        record = gateway.decide(request(2))
        assert record.reason_codes == ("STORAGE_UNAVAILABLE",)
        assert not (folder / "lumyn.db").exists()


def test_anything_is_decided_or_refused(gateway: Gateway) -> None:
    """Never a traceback of ours, never TRUST."""
    for odd in (b"", b"{}", b"null", b"[]", b"\xff", b'{"schema_version": "decision_request.v0"}', b"[" * 100_000):
        with pytest.raises(RequestError):
            gateway.decide(odd)
    assert list(gateway.search()) == []


def test_two_processes_worth_of_determinism(folder: Path) -> None:
    """The same clock and ids give the same records, byte for byte."""
    records = []
    for name in ("one", "two"):
        ticks = iter(range(1_700_000_000_000, 1_700_000_100_000))
        numbers = iter(range(10_000))
        lock = threading.Lock()

        def clock(ticks: Iterator[int] = ticks, lock: threading.Lock = lock) -> int:
            with lock:
                return next(ticks)

        def ids(numbers: Iterator[int] = numbers, lock: threading.Lock = lock) -> bytes:
            with lock:
                return next(numbers).to_bytes(10)

        settings = GatewaySettings(clock=clock, ids=ids)
        url = f"sqlite:{folder / name}.db"
        with Gateway.open(folder / "policy.lumyn", url, settings, create=True) as gateway:
            records.append([gateway.decide(request(number, value=number)).content for number in range(20)])
    stripped = [
        [{**json.loads(content), "decision_id": "", "created_at": ""} for content in contents] for contents in records
    ]
    assert stripped[0] == stripped[1]


def test_a_closed_gateway_lets_nothing_through(folder: Path) -> None:
    """Threads and event loops are answered, not hung up on; closing twice is closing once."""
    gateway = opened(folder)
    gateway.decide(request())
    gateway.close()
    gateway.close()
    for record in (gateway.decide(request()), asyncio.run(gateway.adecide(request()))):
        assert (record.reason_codes, record.is_persisted) == (("STORAGE_UNAVAILABLE",), False)


FORKING = """
import json, os, sys
from lumyn import Gateway

with Gateway.open(sys.argv[1], sys.argv[2], create=True) as gateway:
    request = json.loads(sys.argv[3])
    gateway.decide(request)
    child = os.fork()
    record = gateway.decide(request)
    if not child:
        sys.exit(0 if record.reason_codes == ("STORAGE_UNAVAILABLE",) and not record.is_persisted else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert record.is_persisted and gateway.decide(request).is_persisted
"""


def test_a_forked_process_can_not_use_the_gateway_of_its_parent(folder: Path) -> None:
    """It is answered ABSTAIN, and leaves the parent's files alone when it ends."""
    url = f"sqlite:{folder / 'lumyn.db'}"
    program = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKING, str(folder / "policy.lumyn"), url]
    ended = subprocess.run([*program, json.dumps(request())], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert list(verify(folder / "lumyn.db")) == []


def test_waiting_for_ones_turn_is_no_lateness(folder: Path) -> None:
    """Tasks are decided one after the other; each has its whole deadline to be stored."""
    slow = [1.5]

    def clock() -> int:
        time.sleep(slow.pop() if slow and is_slow.is_set() else 0.0)
        return system_clock()

    async def decide_two(gateway: Gateway) -> list[str]:
        records = await asyncio.gather(*(gateway.adecide(request(number)) for number in range(2)))
        return [str(record.verdict) for record in records]

    is_slow = threading.Event()
    with opened(folder, GatewaySettings(deadline_seconds=1.0, clock=clock)) as gateway:
        gateway.decide(request())
        is_slow.set()
        assert asyncio.run(decide_two(gateway)) == ["TRUST", "TRUST"]
    assert slow == []
