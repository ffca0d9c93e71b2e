"""`lumyn export` and `lumyn replay`: a decision leaves the workspace, and is made again elsewhere."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from lumyn.export import ProvedLog
from lumyn.store.merkle import inclusion_proof, root_of
from tests.cli.samples import Run
from tests.cli.workspaces import decide, decide_id, request


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder that is no workspace."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def test_record_and_events_are_exported_as_json(home: Path, run: Run) -> None:
    """To standard output, or to a file."""
    record = decide(run)
    identity = record["decision_id"]
    run("label", identity, "--label", "failure")

    exported = run("export", identity)

    assert exported.exit_code == 0, exported.output
    assert json.loads(exported.stdout)["record"] == record
    assert [event["label"] for event in json.loads(exported.stdout)["events"]] == ["failure"]
    to_file = run("export", identity, "--out", "decision.json")
    assert (to_file.exit_code, to_file.stdout) == (0, "")
    assert Path("decision.json").read_text() == exported.stdout


def test_a_pack_is_replayed_where_there_is_no_workspace(
    home: Path, elsewhere: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exactly as the project page exports it."""
    run("label", decide_id(run), "--label", "failure")
    identity = decide_id(run)
    exported = run("export", identity, "--pack", "--out", "decision_pack.zip")
    assert exported.exit_code == 0, exported.output
    Path("decision_pack.zip").rename(elsewhere / "decision_pack.zip")
    monkeypatch.chdir(elsewhere)

    ended = run("replay", "decision_pack.zip")

    assert (ended.exit_code, ended.stdout) == (0, f"{identity}: ESCALATE: same record, byte for byte\n")
    assert "verified: what was remembered is what its record says: 1 situation" in ended.stderr
    assert json.loads(run("replay", "decision_pack.zip", "--json").stdout)["is_same"] is True
    assert [path.name for path in elsewhere.iterdir()] == ["decision_pack.zip"]


def test_the_same_decision_at_the_same_size_is_the_same_pack(home: Path, run: Run) -> None:
    """Whatever was decided since."""
    identity = decide_id(run)
    run("export", identity, "--pack", "--out", "one.zip")
    size = run("checkpoint").stdout.splitlines()[1]
    decide_id(run)

    run("export", identity, "--pack", "--out", "two.zip", "--at", size)

    assert Path("one.zip").read_bytes() == Path("two.zip").read_bytes()
    assert run("export", identity, "--pack", "--out", "three.zip", "--at", "99").exit_code == 1
    assert not Path("three.zip").exists()


def test_a_checkpoint_ties_a_pack_to_its_log(home: Path, run: Run, made: Path) -> None:
    """One of another log does not."""
    identity = decide_id(run)
    Path("own").write_text(run("checkpoint").stdout)
    Path("other").write_text(Path("own").read_text().replace("lumyn/", "lumyn/a"))
    run("export", identity, "--pack", "--out", "pack.zip")

    assert run("replay", "pack.zip", "--checkpoint", "own").exit_code == 0
    refused = run("replay", "pack.zip", "--checkpoint", "other")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert run("replay", "pack.zip", "--checkpoint", "pack.zip").exit_code == 1


def test_a_pack_that_was_changed_is_refused(home: Path, run: Run) -> None:
    """What it says is not what the log had."""
    run("export", decide_id(run, request("refund-over-limit")), "--pack", "--out", "pack.zip")
    content = Path("pack.zip").read_bytes()
    Path("pack.zip").write_bytes(content.replace(b'"ESCALATE"', b'"ESCALATF"'))

    ended = run("replay", "pack.zip")

    assert (ended.exit_code, ended.stdout) == (1, "")


@pytest.mark.parametrize("content", [b"", b"\0", b"#PK", b"PK", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\xff"])
def test_what_is_neither_a_pack_nor_a_record_is_said_to_be_so(home: Path, run: Run, content: bytes) -> None:
    """With its name, and the answer is no; a pack with something before it is none, too."""
    run("export", decide_id(run), "--pack", "--out", "pack.zip")
    for found in (content, content + Path("pack.zip").read_bytes()):
        Path("odd.zip").write_bytes(found)

        ended = run("replay", "odd.zip")

        if found != Path("pack.zip").read_bytes():
            assert (ended.exit_code, ended.stdout) == (1, "")
            assert ended.stderr.startswith("Error: odd.zip: ")


def test_a_record_is_replayed_with_its_policy(home: Path, run: Run) -> None:
    """However the record is spelled."""
    record = decide(run)
    Path("record.json").write_text(json.dumps(record, indent=4))

    ended = run("replay", "record.json", "--policy", ".lumyn/policy.lumyn")

    assert ended.exit_code == 0, ended.output
    same = "same verdict, rules, reasons, queries, obligations and digests"
    assert ended.stdout == f"{record['decision_id']}: TRUST: {same}\n"
    assert "not compared: determinism.memory_snapshot and risk_signals" in ended.stderr
    shown = json.loads(run("replay", "record.json", "--policy", ".lumyn/policy.lumyn", "--json").stdout)
    assert (shown["is_same"], shown["is_same_bytes"], len(shown["uncompared"])) == (True, False, 5)


def test_a_record_that_was_changed_differs(home: Path, run: Run) -> None:
    """In exactly what is named."""
    Path("record.json").write_text(json.dumps({**decide(run), "verdict": "ESCALATE"}))

    ended = run("replay", "record.json", "--policy", ".lumyn/policy.lpack")

    assert ended.exit_code == 1
    assert '/verdict: recorded "ESCALATE", found "TRUST"' in ended.stdout
    shown = json.loads(run("replay", "record.json", "--policy", ".lumyn/policy.lpack", "--json").stdout)
    assert shown["differences"] == [{"path": "/verdict", "recorded": "ESCALATE", "found": "TRUST"}]


def test_many_are_exported_at_once_with_the_checkpoint_that_proves_them(home: Path, run: Run) -> None:
    """Those that `lumyn log` finds by the same options, or by their ids; whatever is decided meanwhile."""
    found = [decide_id(run, request("refund-over-limit", target={"resource_id": "ch_9"})) for _ in range(3)]
    decide_id(run)
    run("label", found[0], "--label", "failure", "--actor", "mia")

    ended = run("export", "--target", "ch_9", "--since", "1h", "--pack", "--into", "incident")

    assert ended.exit_code == 0, ended.output
    assert ended.stdout.splitlines() == [f"incident/{identity}.zip" for identity in found]
    assert "3 decisions, and the checkpoint of 7 entries: incident/checkpoint.txt" in ended.stderr
    assert Path("incident").stat().st_mode & 0o077 == 0
    for identity in found:
        assert run("replay", f"incident/{identity}.zip", "--checkpoint", "incident/checkpoint.txt").exit_code == 0
        run("export", identity, "--pack", "--at", "7", "--out", "one.zip")
        assert Path("one.zip").read_bytes() == Path(f"incident/{identity}.zip").read_bytes()
    assert run("verify", "--checkpoint", "incident/checkpoint.txt").exit_code == 0
    assert run("export", *found[:2], found[0], "--into", "as-json").exit_code == 0
    assert sorted(path.name for path in Path("as-json").iterdir()) == [
        "checkpoint.txt",
        *(f"{one}.json" for one in found[:2]),
    ]
    assert json.loads(Path(f"as-json/{found[0]}.json").read_text())["events"][0]["actor"] == "mia"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--target", "x"), 2, "many decisions need a folder"),
        (("ID", "ID"), 2, "many decisions need a folder"),
        (("ID", "--target", "x", "--into", "new"), 2, "by their IDs, or by what"),
        (("--into", "new"), 2, "by their IDs, or by what"),
        (("ID", "--into", "new", "--out", "x"), 2, "choose one"),
        (("ID", "--into", ".lumyn"), 3, "it is there already; name a new one"),
        (("ID", "--into", "no/such"), 3, "can't make the folder no/such"),
        (("ID", "dec_X", "--into", "new"), 1, "there is no dec_X in this log"),
        (("ID", "--pack", "--at", "1", "--into", "new"), 1, "no pack can be at 1"),
        (("--target", "x", "--into", "new"), 0, "No decision was found."),
    ],
)
def test_many_need_a_folder_of_their_own(
    home: Path, run: Run, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """What can't be done is said before anything is written."""
    identity = decide_id(run)

    ended = run("export", *(identity if part == "ID" else part for part in arguments))

    assert (ended.exit_code, ended.stdout) == (code, ""), ended.output
    assert said in ended.stderr
    assert not Path("new").exists()


def test_a_log_proves_as_the_tree_of_all_leaves_does(home: Path, run: Run) -> None:
    """Whatever its size, and wherever an entry stands in it."""
    leaves = [bytes([number % 256]) * 32 for number in range(2_100)]
    store = SimpleNamespace(store_id="x", size=lambda: len(leaves), leaves=lambda start, stop: leaves[start:stop])
    for size in (1, 2, 3, 1_023, 1_024, 1_025, 2_048, 2_049, 2_100):
        log = ProvedLog(store, size)
        assert log.checkpoint.root == root_of(leaves[:size])
        for seq in {0, size // 2, size - 1}:
            proof = log.proved(SimpleNamespace(seq=seq)).proof  # type: ignore[arg-type]
            assert proof == inclusion_proof(lambda start, stop: leaves[start:stop], seq, size)


def test_several_are_replayed_and_each_gets_its_say(home: Path, run: Run) -> None:
    """One that is none hides no other; the worst is the exit code, and machines get a line each."""
    ids = [decide_id(run), decide_id(run, request("refund-over-limit"))]
    run("export", *ids, "--pack", "--into", "incident")
    packs = [f"incident/{identity}.zip" for identity in ids]

    ended = run("replay", *packs, "--checkpoint", "incident/checkpoint.txt")

    assert ended.exit_code == 0, ended.output
    assert [line.split(":")[0] for line in ended.stdout.splitlines()] == ids
    assert all(f"{pack}:\n" in ended.stderr for pack in packs)
    odd = run("replay", packs[0], "absent.zip", "lumyn.toml", packs[1])
    assert odd.exit_code == 3
    assert odd.stdout == ended.stdout
    shown = [json.loads(line) for line in run("replay", *packs, "--json").stdout.splitlines()]
    assert [(one["decision_id"], one["is_same"]) for one in shown] == [(identity, True) for identity in ids]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("export", "ID", "--at", "3"), 2),
        (("export", "ID", "--out", ""), 2),
        (("export", "ID", "--out", "no/such/folder"), 3),
        (("export",), 2),
        (("replay",), 2),
        (("replay", "absent.zip"), 3),
        (("replay", "record.json"), 2),
        (("replay", "record.json", "--policy", "absent.lpack"), 3),
        (("replay", "record.json", "--checkpoint", "record.json"), 2),
        (("replay", "lumyn.toml", "--policy", ".lumyn/policy.lpack"), 1),
        (("replay", "[]", "--policy", ".lumyn/policy.lpack"), 1),
        (("replay", "PK", "--policy", ".lumyn/policy.lpack"), 2),
        (("replay", "PK"), 1),
    ],
)
def test_wrong_arguments(home: Path, run: Run, arguments: tuple[str, ...], code: int) -> None:
    """Usage is 2, a file that is not there 3, what is no pack and no record 1."""
    record = decide(run)
    Path("record.json").write_text(json.dumps(record))
    Path("PK").write_bytes(b"PK\x03\x04")
    Path("[]").write_text("[]")

    ended = run(*(record["decision_id"] if part == "ID" else part for part in arguments))

    assert (ended.exit_code, ended.stdout) == (code, ""), ended.output
