"""The figures that Lumyn must reach, one function per comparison."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import lumyn_compiler
import lumyn_runtime
from lumyn_runtime.outcome import Outcome
from lumyn_runtime.policy import CompiledPolicy
from lumyn_runtime.vocabulary import DEFAULT_RULE_ID
from tests.benchmarks.figures import Effort, Row, microseconds, milliseconds
from tests.benchmarks.gateway import many_callers, memory, one_caller, without_store
from tests.benchmarks.if_chain_bare import decide_bare
from tests.benchmarks.if_chain_whole import decide_whole
from tests.benchmarks.policy_generator import generated_requests, policy_source
from tests.benchmarks.processes import costs_of
from tests.benchmarks.requests import mixed_requests
from tests.benchmarks.service import service
from tests.benchmarks.starter import starter_artifact, starter_policy
from tests.benchmarks.timing import seconds_each, seconds_once

__all__ = ["COMPARISONS"]


def against_if_chains(effort: Effort) -> Iterator[Row]:
    """`evaluate` with the starter policy, 1,000 mixed requests, against hand-written if-chains."""
    requests = mixed_requests(1_000, seed=1)
    blocks = [requests] * effort.blocks
    evaluate = starter_policy().evaluate
    lumyn, whole, bare = seconds_each([evaluate, decide_whole, decide_bare], [blocks, blocks, blocks])
    what = "evaluate 1,000 mixed requests, against an if-chain"
    yield Row(f"{what} with the whole outcome", microseconds(lumyn), microseconds(whole), lumyn / whole, "×", 0.85)
    yield Row(f"{what} that is bare", microseconds(lumyn), microseconds(bare), lumyn / bare, "×", 1.25)


def many_actions(effort: Effort) -> Iterator[Row]:
    """Rules spread over many actions, ten each."""
    yield from _growth(effort, "over many actions", effort.rule_count // 10, limit=1.5)


def one_action(effort: Effort) -> Iterator[Row]:
    """Rules on one action."""
    yield from _growth(effort, "on one action", 1, limit=8.0)


def fresh_process(effort: Effort) -> Iterator[Row]:
    """Import, load and the first decision, over a bare interpreter."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy.lpack").write_bytes(starter_artifact())
        request = mixed_requests(1, seed=1)[0]
        program = f"import lumyn_runtime\nlumyn_runtime.load('policy.lpack').evaluate({request!r})\n"
        lumyn, bare = costs_of([program, ""], effort.runs, folder)
    what = "import, load and first decision in a fresh process, over a bare interpreter"
    yield Row(
        what, milliseconds(lumyn.seconds), milliseconds(bare.seconds), (lumyn.seconds - bare.seconds) * 1_000, "ms", 30
    )
    more = lumyn.peak_mib - bare.peak_mib
    yield Row(f"{what}: memory", _mib(lumyn.peak_mib), _mib(bare.peak_mib), more, "MiB", 8)


def compilation(effort: Effort) -> Iterator[Row]:
    """Time to compile 100, 1,000 and 10,000 rules, half of the policies on one action."""
    limits = {1_000: 3.0, 10_000: 30.0}
    lumyn_compiler.compile_text(policy_source(10, 1))  # the parser is built once a process
    for rule_count in (count for count in (100, 1_000, 10_000) if count <= effort.rule_count):
        for where, action_count in (("on one action", 1), ("over many actions", rule_count // 10)):
            source = policy_source(rule_count, action_count)
            run_count = 1 if rule_count == 10_000 else 3
            seconds = median(seconds_once(partial(lumyn_compiler.compile_text, source)) for _ in range(run_count))
            what = f"compile {rule_count:,} rules {where}, {len(source) / 1e6:.2f} MB"
            each = f"{seconds / rule_count * 1e3:.2f} ms a rule"
            yield Row(what, each, "", seconds, "s", limits.get(rule_count))


def large_artifact(effort: Effort) -> Iterator[Row]:
    """Size of an artifact of 10,000 rules on one action, and what loading it takes."""
    artifact = _artifact(effort.rule_count, 1)
    what = f"artifact of {effort.rule_count:,} rules on one action"
    yield Row(f"{what}: size", "", "", len(artifact) / 1e6, "MB", 4)
    seconds = median(seconds_once(lambda: lumyn_runtime.load(artifact)) for _ in range(3))
    yield Row(f"{what}: load", "", "", seconds, "s", 1)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "policy.lpack").write_bytes(artifact)
        request = generated_requests(effort.rule_count, 1, 1)[0]
        program = f"import lumyn_runtime\npolicy = lumyn_runtime.load('policy.lpack')\npolicy.evaluate({request!r})\n"
        loaded, bare = costs_of([program, ""], 1, folder)
    words = f"{loaded.peak_mib:.1f} MiB peak"
    yield Row(f"{what}: resident", words, _mib(bare.resident_mib), loaded.resident_mib * 1.048576, "MB", 100)


COMPARISONS: dict[str, Callable[[Effort], Iterator[Row]]] = {
    "the starter policy against if-chains": against_if_chains,
    "many rules over many actions": many_actions,
    "many rules on one action": one_action,
    "a fresh process": fresh_process,
    "compilation": compilation,
    "a large artifact": large_artifact,
    "the gateway without its store": without_store,
    "the gateway with one caller": one_caller,
    "the gateway with 64 callers": many_callers,
    "memory": memory,
    "the service": service,
}


def _growth(effort: Effort, where: str, action_count: int, limit: float) -> Iterator[Row]:
    """Cost of a decision with very many rules instead of ten, as it is, and with every outcome forgotten at once.

    Ten rules tell so few situations apart that all of them are soon remembered; very many rules do not. So only the
    second comparison says what a situation costs that was never met before.
    """
    large = lumyn_runtime.load(_artifact(effort.rule_count, action_count))
    small = lumyn_runtime.load(_artifact(10, 1))
    of_large = generated_requests(effort.rule_count, action_count, 1_000)
    of_small = generated_requests(10, 1, 1_000)
    hits = median(_hit_count(large.evaluate(request)) for request in of_large)
    what = f"{effort.rule_count:,} rules {where} instead of 10, {hits:g} hits"
    contestants: dict[str, list[Callable[[object], Outcome]]] = {
        what: [large.evaluate, small.evaluate],
        f"{what}, nothing remembered": [_forgetful(large), _forgetful(small)],
    }
    blocks = [[of_large] * effort.blocks, [of_small] * effort.blocks]
    for words, evaluate in contestants.items():
        of_many, of_ten = seconds_each(evaluate, blocks)
        yield Row(words, microseconds(of_many), microseconds(of_ten), of_many / of_ten, "×", limit)


def _forgetful(policy: CompiledPolicy) -> Callable[[object], Outcome]:
    """`evaluate`, with no outcome of an earlier request to fall back on."""
    forget = policy._evaluator._combiner.cache.outcomes.clear

    def evaluate(request: object) -> Outcome:
        forget()
        return policy.evaluate(request)

    return evaluate


def _hit_count(outcome: Outcome) -> int:
    return sum(matched.rule_id != DEFAULT_RULE_ID for matched in outcome.matched_rules)


def _artifact(rule_count: int, action_count: int) -> bytes:
    return lumyn_compiler.compile_text(policy_source(rule_count, action_count)).artifact


def _mib(mib: float) -> str:
    return f"{mib:.1f} MiB"
