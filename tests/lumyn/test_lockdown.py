"""In an incident one command stops every TRUST, in gateways that run too, and nothing is kept that was not kept before."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

import lumyn
from lumyn.errors import FileError
from lumyn.gateway import Gateway, GatewaySettings
from lumyn.loaded_policy import LoadedPolicy, covering, is_lockdown, load_content, load_policy, lockdown_artifact
from lumyn.lockdown import LockdownError, former_path, lift, lock_down, lockdown_content
from lumyn.policy_watch import PolicyWatch
from lumyn.replay import replay_record
from lumyn_compiler import compile_file, compile_text
from lumyn_compiler.convert import to_yaml
from lumyn_compiler.pipeline import analyse
from lumyn_runtime import ArtifactError, load
from tests.lumyn.test_gateway import POLICY, opened, request

SHIPPED = Path(lumyn.__file__).parent / "starter" / "lockdown"
HASH = "blake3:378b8e5769b9eb87cdb83addf00886a32d4cae81b47a25bf8a4904bbb3f12d5f"
NAMES = ("policy.lpack", "policy.lumyn", "policy.yml")


def written(folder: Path, name: str, text: str = POLICY) -> Path:
    """A policy file, as its name says; YAML can't ask how a text begins, so it does without that."""
    plain = text.replace(' and not evidence.card starts with "9"', "")
    contents: dict[str, Callable[[], bytes]] = {
        "policy.lpack": lambda: compile_text(text).artifact,
        "policy.lumyn": text.encode,
        "policy.yml": lambda: str(to_yaml(analyse(plain).policy)[0]).encode(),  # type: ignore[arg-type]
    }
    path = folder / name
    path.write_bytes(contents[name]())
    return path


def seconds_until(condition: Callable[[], bool]) -> float:
    """How long it takes; a test fails after ten seconds."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < 10
        time.sleep(0.02)
    return time.monotonic() - begun


@pytest.mark.parametrize("spelling", ["policy.lumyn", "policy.yml"])
def test_the_shipped_policy_trusts_nothing(spelling: str) -> None:
    """Both spellings are one policy, whose hash is known; whatever is asked, a person decides."""
    compilation = compile_file(SHIPPED / spelling)
    assert compilation.policy_hash == HASH
    assert not compilation.report.diagnostics
    policy = load(compilation.artifact)
    assert is_lockdown(policy)
    for asked in (request(), {**request(), "action": {"type": "a.b"}}, {"action": {"type": "x"}}):
        outcome = policy.evaluate(asked)
        assert (str(outcome.verdict), outcome.reason_codes) == ("ESCALATE", ("LOCKDOWN",))


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_file_is_locked_down_and_back(tmp_path: Path, name: str) -> None:
    """Whatever it is; its bytes and its permissions come back, and doing either twice changes nothing."""
    path = written(tmp_path, name)
    path.chmod(0o600)
    before = path.read_bytes()

    made = lock_down(path)

    assert is_lockdown(load_policy(path).policy)
    assert made.former is not None
    assert (made.former.policy.policy_id, made.was_so) == ("refunds", False)
    assert load_policy(former_path(path)).policy.policy_hash == made.former.policy.policy_hash
    assert [file.stat().st_mode & 0o777 for file in tmp_path.iterdir()] == [0o600, 0o600]
    locked = path.read_bytes()
    again = lock_down(path)
    assert (again.was_so, path.read_bytes()) == (True, locked)
    assert lift(path).policy.policy_id == "refunds"
    assert [path.read_bytes()] == [before]
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(LockdownError, match="is not locked down: it holds refunds 1"):
        lift(path)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_redacted_stays_redacted(tmp_path: Path, name: str) -> None:
    """The log must not keep, because of an incident, what it may not keep otherwise."""
    names = 'evidence.card, evidence.a."odd name", subject.id'
    declared = 'evidence a."odd name" : number\nredact evidence.card'
    text = POLICY.replace("redact evidence.card", f"{declared.splitlines()[0]}\nredact {names}")
    path = written(tmp_path, name, text)
    expected = load_policy(path).policy.table.redact
    lock_down(path)
    assert load_policy(path).policy.table.redact == expected
    assert len(expected) == 3
    with opened(tmp_path, policy=name) as gateway:
        record = gateway.decide(request(card="canary", a={"odd name": 5}))
        assert "canary" not in record.to_json()
        assert replay_record(record.content, load_policy(path).policy) == ()


def test_it_is_the_shipped_policy() -> None:
    """Byte for byte the artifact that the shipped text and what the command writes compile to, without a compiler."""
    assert lockdown_artifact(()) == compile_file(SHIPPED / "policy.lumyn").artifact
    for names in ((), ("subject.id",), ("subject.id", 'evidence.a."odd name"', "evidence.card")):
        written_down = lockdown_content("policy.lumyn", names)
        assert (
            lockdown_content("policy.lpack", names) == lockdown_artifact(names) == compile_text(written_down).artifact
        )


@pytest.mark.parametrize("content", [None, b"", b"lpack 1 nonsense"])
def test_a_policy_that_can_not_decide_is_locked_down_all_the_same(tmp_path: Path, content: bytes | None) -> None:
    """An incident is no time to mend it; what was there is kept."""
    path = tmp_path / "policy.lpack"
    if content is not None:
        path.write_bytes(content)
    made = lock_down(path)
    assert made.former is None
    assert is_lockdown(load_policy(path).policy)
    with pytest.raises((LockdownError, ArtifactError)):
        lift(path)
    assert is_lockdown(load_policy(path).policy)
    assert (former_path(path).read_bytes() if former_path(path).exists() else None) == content


def test_gateways_that_run_follow_by_themselves(tmp_path: Path) -> None:
    """Within a second or so, without a refresh, and back; any other change of the file waits for one."""
    path = written(tmp_path, "policy.lpack")
    with opened(tmp_path, policy="policy.lpack") as one, opened(tmp_path, policy="policy.lpack") as other:
        assert str(one.decide(request()).verdict) == "TRUST"
        written(tmp_path, "policy.lpack", POLICY.replace("<= 25", "<= 1"))
        time.sleep(1.1)
        assert str(one.decide(request()).verdict) == "TRUST"
        lock_down(path)
        assert seconds_until(lambda: str(one.decide(request()).verdict) != "TRUST") < 3
        assert seconds_until(lambda: str(other.decide(request()).verdict) != "TRUST") < 3
        record = other.decide(request())
        assert (record.reason_codes, record.proceeds) == (("LOCKDOWN",), False)
        lift(path)
        assert seconds_until(lambda: one.decide(request()).reason_codes != ("LOCKDOWN",)) < 3


@pytest.mark.parametrize("name", ["policy.lpack", "policy.lumyn"])
def test_a_policy_that_is_written_over_a_lockdown_does_not_end_it(tmp_path: Path, name: str) -> None:
    """By a build or a deployment that knows of no incident: gateways that run stay locked down, and none is opened."""
    path = written(tmp_path, name)
    with opened(tmp_path, policy=name) as gateway:
        lock_down(path)
        seconds_until(lambda: gateway.decide(request()).reason_codes == ("LOCKDOWN",))
        written(tmp_path, name, POLICY.replace("<= 25", "<= 1000"))
        seconds_until(lambda: "was replaced during a lockdown" in gateway.metrics().policy_fault)
        assert isinstance(gateway.refresh(), LockdownError)
        assert gateway.decide(request()).reason_codes == ("LOCKDOWN",)
        with pytest.raises(LockdownError, match="was replaced during a lockdown"):
            opened(tmp_path, policy=name)
        with pytest.raises(LockdownError, match="was replaced during a lockdown"):
            lift(path)

        lock_down(path)
        lift(path)
        seconds_until(lambda: str(gateway.decide(request()).verdict) == "TRUST")
        assert not former_path(path).exists()


@pytest.mark.parametrize("name", ["policy.lpack", "policy.lumyn"])
def test_a_pinned_gateway_can_be_stopped_too(tmp_path: Path, name: str) -> None:
    """A pin keeps out what somebody could slip in; what can only stop things is not kept out, nor is the pinned policy."""
    path = written(tmp_path, name)
    settings = GatewaySettings(expected_policy_hash=compile_text(POLICY).policy_hash)
    with opened(tmp_path, settings, name) as gateway:
        lock_down(path)
        seconds_until(lambda: gateway.decide(request()).reason_codes == ("LOCKDOWN",))
    with opened(tmp_path, settings, name) as gateway:
        assert gateway.decide(request()).reason_codes == ("LOCKDOWN",)
        lift(path, settings.expected_policy_hash)
        seconds_until(lambda: str(gateway.decide(request()).verdict) == "TRUST")


def test_a_policy_that_only_calls_itself_so_is_none(tmp_path: Path) -> None:
    """It is taken by no gateway by itself, and where another one is pinned, by none at all."""
    text = POLICY.replace("policy refunds", "policy lumyn-lockdown").replace("<= 25", "<= 1000000")
    path = written(tmp_path, "policy.lpack")
    pinned = compile_text(POLICY).policy_hash
    with opened(tmp_path, policy="policy.lpack") as gateway:
        written(tmp_path, "policy.lpack", text)
        time.sleep(1.1)
        assert str(gateway.decide(request(value=500)).verdict) == "ESCALATE"
        assert gateway.policy_hash == pinned
    with pytest.raises(ArtifactError, match="hash-mismatch"):
        load_policy(path, pinned)


FAKES = {
    "in advisory mode": ("mode enforce", "mode advisory"),
    "of another version": ('"1.0.0"', '"1"'),
    "with another verdict": ("default ESCALATE", "default QUERY"),
    "with another sentence": ("a person has to decide", "all is well"),
    "with a rule": (
        "reason LOCKDOWN",
        "stage ESCALATIONS\n  rule A for any action\n    when subject.id is present\n    then ESCALATE because LOCKDOWN\n\nreason LOCKDOWN",
    ),
}


@pytest.mark.parametrize("fake", FAKES)
def test_under_a_pin_only_the_shipped_one_will_do(tmp_path: Path, fake: str) -> None:
    """Neither a gateway that runs nor one that opens takes what merely trusts nothing, such as one in advisory mode."""
    shipped = (SHIPPED / "policy.lumyn").read_text()
    changed = shipped.replace(*FAKES[fake])
    assert changed != shipped
    path = written(tmp_path, "policy.lpack")
    settings = GatewaySettings(expected_policy_hash=compile_text(POLICY).policy_hash)
    with opened(tmp_path, settings, "policy.lpack") as gateway:
        path.write_bytes(compile_text(changed).artifact)
        assert not is_lockdown(load_policy(path).policy)
        gateway._watch.look()
        assert isinstance(gateway.refresh(), ArtifactError)
        assert gateway.policy_hash == settings.expected_policy_hash
    with pytest.raises(ArtifactError, match="hash-mismatch"):
        opened(tmp_path, settings, "policy.lpack")


def test_a_pinned_policy_keeps_redacting_whatever_the_lockdown_says(tmp_path: Path) -> None:
    """A lockdown without its redactions is made to have them: by a gateway that runs, and by one that opens."""
    path = written(tmp_path, "policy.lpack")
    settings = GatewaySettings(expected_policy_hash=compile_text(POLICY).policy_hash)
    bare = lockdown_artifact(("subject.id",))
    with opened(tmp_path, settings, "policy.lpack") as gateway:
        gateway.decide(request())
        path.write_bytes(bare)
        gateway._watch.look()
        running = gateway.decide(request(card="canary"))
    # The log has the pinned policy.
    with opened(tmp_path, settings, "policy.lpack") as gateway:
        opening = gateway.decide(request(card="canary"))
        assert gateway.refresh() is None
        again = gateway.decide(request(card="canary"))
    expected = covering(load_policy(path), ("evidence.card",))
    for record in (running, opening, again):
        assert (record.reason_codes, record.proceeds) == (("LOCKDOWN",), False)
        assert "canary" not in record.to_json()
        assert record.policy_hash == expected.policy.policy_hash
        assert replay_record(record.content, expected.policy) == ()


def test_a_lockdown_of_an_unknown_pinned_policy_is_not_opened(tmp_path: Path) -> None:
    """What it would have to redact is known to nobody; the file that the command keeps is enough."""
    path = written(tmp_path, "policy.lpack")
    settings = GatewaySettings(expected_policy_hash=compile_text(POLICY).policy_hash)
    lock_down(path)
    kept = former_path(path).rename(tmp_path / "away")
    with pytest.raises(ArtifactError, match="redacts is not known"):
        opened(tmp_path, settings, "policy.lpack")
    kept.rename(former_path(path))
    with opened(tmp_path, settings, "policy.lpack") as gateway:
        assert gateway.decide(request()).reason_codes == ("LOCKDOWN",)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path)


BAD_FILES: dict[str, Callable[[Path], object]] = {
    "a pipe": _fifo,
    "a folder": Path.mkdir,
    "a link to itself": _loop,
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("kind", BAD_FILES)
def test_a_policy_file_that_can_not_be_read_holds_up_nobody(tmp_path: Path, kind: str) -> None:
    """The last good policy decides, the fault is seen while it lasts, and a gateway that opens says so at once."""
    path = written(tmp_path, "policy.lpack")
    with opened(tmp_path, policy="policy.lpack") as gateway:
        path.unlink()
        BAD_FILES[kind](path)
        begun = time.monotonic()
        assert str(gateway.decide(request()).verdict) == "TRUST"
        seconds_until(lambda: str(path) in gateway.metrics().policy_fault)
        assert isinstance(gateway.refresh(), OSError)
        assert str(gateway.decide(request()).verdict) == "TRUST"
        with pytest.raises(OSError, match=r"policy\.lpack"):
            opened(tmp_path, policy="policy.lpack")
        if kind != "nothing":
            with pytest.raises(FileError):
                lock_down(path)
        assert time.monotonic() - begun < 5
        path.rmdir() if kind == "a folder" else path.unlink(missing_ok=True)
        path.write_bytes(lockdown_artifact(()))
        seconds_until(lambda: gateway.decide(request()).reason_codes == ("LOCKDOWN",))
        seconds_until(lambda: gateway.metrics().policy_fault == "")


def test_no_decision_waits_for_the_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that is called like the lockdown is looked at beside the decisions, which go on meanwhile."""
    path = written(tmp_path, "policy.lumyn")
    looking, may_go_on = Event(), Event()

    def load_slowly(name: str, content: bytes) -> LoadedPolicy:
        looking.set()
        may_go_on.wait(10)
        return load_content(name, content)

    monkeypatch.setattr("lumyn.policy_watch.load_content", load_slowly)
    with opened(tmp_path) as gateway:
        path.write_text(POLICY.replace("policy refunds", "policy lumyn-lockdown"))
        assert looking.wait(10)
        assert str(gateway.decide(request()).verdict) == "TRUST"
        may_go_on.set()
        assert gateway.metrics().policy_fault == ""


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_called_so_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A compiler at work slows decisions down, so a policy that mentions the lockdown elsewhere is left alone."""
    path = written(tmp_path, name)
    loaded: list[str] = []

    def load_counted(name: str, content: bytes) -> LoadedPolicy:
        loaded.append(name)
        return load_content(name, content)

    monkeypatch.setattr("lumyn.policy_watch.load_content", load_counted)
    watch = PolicyWatch(path, lambda: False, lambda: None)
    if name == "policy.lpack":
        written(tmp_path, name, POLICY.replace('"1"', '"1 lumyn-lockdown"'))
    else:
        path.write_text(f"# policy lumyn-lockdown, policy_id: lumyn-lockdown\n{path.read_text()}")
    watch.look()
    assert (loaded, watch.fault) == ([], "")
    path.write_bytes(lockdown_content(name, ("evidence.card",)))
    watch.look()
    assert (loaded, watch.fault) == ([str(path)], "")


@pytest.mark.parametrize("error", [MemoryError(), RecursionError("too deep")])
def test_a_file_that_is_too_much_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The next one is looked at all the same."""
    path = written(tmp_path, "policy.lpack")

    def fail(name: str, content: bytes) -> LoadedPolicy:
        raise error

    with opened(tmp_path, policy="policy.lpack") as gateway:
        with monkeypatch.context() as patched:
            patched.setattr("lumyn.policy_watch.load_content", fail)
            path.write_bytes(b'"policy_id":"lumyn-lockdown"')
            seconds_until(lambda: gateway.metrics().policy_fault != "")
        path.write_bytes(lockdown_artifact(()))
        seconds_until(lambda: gateway.decide(request()).reason_codes == ("LOCKDOWN",))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_where_nobody_looks_any_more_that_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An end of the thread that nobody thought of must not look like a lockdown that nobody wants."""
    path = written(tmp_path, "policy.lpack")

    def fail(name: str, content: bytes) -> LoadedPolicy:
        raise ZeroDivisionError

    monkeypatch.setattr("lumyn.policy_watch.load_content", fail)
    with opened(tmp_path, policy="policy.lpack") as gateway:
        path.write_bytes(b'"policy_id":"lumyn-lockdown"')
        seconds_until(lambda: "nobody looks" in gateway.metrics().policy_fault)
        assert str(gateway.decide(request()).verdict) == "TRUST"


def test_a_broken_source_in_the_place_of_the_lockdown_is_said(tmp_path: Path) -> None:
    """The lockdown stays, and what is wrong is seen."""
    path = written(tmp_path, "policy.lumyn")
    with opened(tmp_path) as gateway:
        lock_down(path)
        seconds_until(lambda: gateway.decide(request()).reason_codes == ("LOCKDOWN",))
        path.write_text("policy ?")
        seconds_until(lambda: gateway.metrics().policy_fault != "")
        assert gateway.decide(request()).reason_codes == ("LOCKDOWN",)
        path.write_text(POLICY)
        seconds_until(lambda: "was replaced during a lockdown" in gateway.metrics().policy_fault)
        former_path(path).unlink()
        seconds_until(lambda: str(gateway.decide(request()).verdict) == "TRUST")
        seconds_until(lambda: gateway.metrics().policy_fault == "")


def test_what_was_decided_before_has_its_record_and_waits(tmp_path: Path) -> None:
    """A request_id has one record for good, but a retry must not do in an incident what nothing else may do."""
    path = written(tmp_path, "policy.lpack")
    with opened(tmp_path, policy="policy.lpack") as gateway:
        first = gateway.decide(request(1))
        assert first.proceeds
        lock_down(path)
        seconds_until(lambda: gateway.decide(request()).reason_codes == ("LOCKDOWN",))
        for again in (gateway.decide(request(1)), asyncio.run(gateway.adecide(request(1)))):
            assert (again.content, str(again.verdict)) == (first.content, "TRUST")
            assert (again.may_proceed, again.proceeds) == (False, False)
        assert json.loads(gateway.decide(request(2)).content)["verdict"] == "ESCALATE"
        lift(path)
        seconds_until(lambda: gateway.decide(request()).reason_codes != ("LOCKDOWN",))
        assert gateway.decide(request(1)).proceeds


def test_event_loops_follow_too(tmp_path: Path) -> None:
    """As threads do."""
    path = written(tmp_path, "policy.lpack")
    gateway: Gateway
    with opened(tmp_path, policy="policy.lpack") as gateway:
        lock_down(path)
        seconds_until(lambda: asyncio.run(gateway.adecide(request())).reason_codes == ("LOCKDOWN",))
