"""Proofs of a log that grows, each of which reads what the ones before it did not."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import pytest

import lumyn.export
from lumyn.api.page.proof import Proofs
from lumyn.export import ProvedLog
from lumyn.workspace import init, opened_gateway
from tests.page.shop import request


def test_a_proof_is_the_same_whatever_was_read_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every size of a log, of its first entry, its last and one between; what is kept grows with the log alone."""
    # So that a small log has subtrees that are kept.
    monkeypatch.setattr(lumyn.export, "_LEAVES_AT_ONCE", 2)
    proofs = Proofs()
    with opened_gateway(init(tmp_path / "log")) as gateway:
        store = gateway.archive.store
        for number in range(40):
            gateway.decide(request(number))
            size = store.size()
            for seq in (0, size // 2, size - 1):
                entry = store.entry(seq)
                assert entry is not None
                proof = proofs.of(store, entry)
                fresh = ProvedLog(store)
                assert proof is not None
                assert (proof.is_included, proof.is_committed) == (True, True)
                assert proof.path == tuple(step.hex() for step in fresh.proved(entry).proof)
                assert (proof.size, proof.root) == (size, fresh.checkpoint.root.hex())
        assert all((stop - start).bit_count() == 1 for start, stop in proofs._complete)
        assert len(proofs._complete) < store.size()


def test_nobody_waits_long_for_a_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is shown without it; what was begun goes on, and the next page has it."""
    monkeypatch.setattr("lumyn.api.page.proof._WAIT_SECONDS", 0.05)
    proofs = Proofs()
    is_over = Event()
    with opened_gateway(init(tmp_path / "log")) as gateway:
        store = gateway.archive.store
        entry = store.entry(0)
        assert entry is not None
        blocking = proofs._worker.submit(is_over.wait, 30)
        assert proofs.of(store, entry) is None
        is_over.set()
        assert blocking.result(30)
        monkeypatch.setattr("lumyn.api.page.proof._WAIT_SECONDS", 30.0)
        assert proofs.of(store, entry) is not None


def test_another_log_is_proved_by_its_own_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that was kept of one serves the other."""
    monkeypatch.setattr(lumyn.export, "_LEAVES_AT_ONCE", 1)
    proofs = Proofs()
    for name in ("one", "other"):
        with opened_gateway(init(tmp_path / name)) as gateway:
            for number in range(4):
                gateway.decide(request(number))
            entry = gateway.archive.store.entry(3)
            assert entry is not None
            proof = proofs.of(gateway.archive.store, entry)
            assert proof is not None
            assert proof.is_included
