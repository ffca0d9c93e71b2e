"""Compare table and oracle on policy after policy: `python -m tests.fuzz`, or `make fuzz`, until Ctrl-C.

A seed makes one policy and its requests, so a failure is repeated with `--seed N --policies 1`. Every so many policies are
also spelled out, in some odd layout, and have to compile to the same bytes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice

import attrs

from lumyn_compiler.pipeline import compile_text
from lumyn_compiler.policy import Policy
from tests.agreement import Disagreement, NotTabulated, disagreements, load_checked
from tests.generators.choices import Chance
from tests.generators.compiling import Pruned, prune
from tests.generators.policies import make_policy
from tests.generators.requests import Aim, Json
from tests.generators.spelling import spell

_REQUESTS_PER_POLICY = 40
_SPELLED_EVERY = 20
_PROGRESS_SECONDS = 5.0


@attrs.frozen
class Finding:
    """What went wrong, with the smallest policy and request that show it."""

    seed: int
    policy: Policy
    text: str

    def __str__(self) -> str:
        again = f"again: python -m tests.fuzz --seed {self.seed} --policies 1"
        return f"{self.text}\n\n{spell(self.policy)}\n{again}"


def main() -> int:
    """Run until told to stop; 1 when something was found."""
    arguments = _arguments()
    counts: Counter[str] = Counter()
    started = last = time.monotonic()
    try:
        for seed in islice(count(arguments.seed), arguments.policies):
            finding = try_seed(seed, arguments.requests, counts)
            if finding is not None:
                sys.stdout.write(f"\n{finding}\n")
                return 1
            if time.monotonic() - last >= _PROGRESS_SECONDS:
                last = time.monotonic()
                _print_progress(counts, last - started)
            if arguments.seconds is not None and time.monotonic() - started >= arguments.seconds:
                break
    except KeyboardInterrupt:
        sys.stdout.write("\nstopped\n")
    _print_progress(counts, time.monotonic() - started)
    sys.stdout.write(f"no disagreement; the next seed is {arguments.seed + counts['policies']}\n")
    return 0


def try_seed(seed: int, requests_count: int, counts: Counter[str]) -> Finding | None:
    """Make the policy of a seed, and compare."""
    choices = Chance(seed)
    pruned = prune(make_policy(choices))
    counts.update({"policies": 1, "rules": len(pruned.checked.rules), "refused rules": len(pruned.refused)})
    try:
        table = load_checked(pruned.checked)
    except NotTabulated as refusal:
        counts[f"too large ({', '.join(refusal.codes)})"] += 1
        return None
    aim = Aim(pruned.checked)
    requests = [(aim.request(choices), aim.similarity(choices)) for _ in range(requests_count)]
    counts["decisions"] += len(requests)
    for found in disagreements(pruned.checked, table, requests):
        return _reduced(seed, pruned, found)
    if seed % _SPELLED_EVERY == 0:
        counts["spelled out"] += 1
        compiled = compile_text(spell(pruned.policy, choices))
        if compiled.policy_hash != table.policy_hash:
            return Finding(seed, pruned.policy, f"spelled out it compiles to {compiled.policy_hash}")
    return None


def _reduced(seed: int, pruned: Pruned, found: Disagreement) -> Finding:
    """Drop rules and parts of the request for as long as the two still differ."""
    policy, smallest = pruned.policy, found
    shrinking = True
    while shrinking:
        shrinking = False
        for smaller in _smaller_policies(policy):
            still = _disagreement(smaller, smallest.request, smallest.risk)
            if still is not None:
                policy, smallest, shrinking = smaller, still, True
                break
        for request in _smaller_values(smallest.request):
            still = _disagreement(policy, request, smallest.risk)
            if still is not None:
                smallest, shrinking = still, True
                break
    return Finding(seed, policy, str(smallest))


def _disagreement(policy: Policy, request: Json, risk: float) -> Disagreement | None:
    checked = prune(policy).checked
    return next(iter(disagreements(checked, load_checked(checked), [(request, risk)])), None)


def _smaller_policies(policy: Policy) -> Iterator[Policy]:
    for position in range(len(policy.rules)):
        yield attrs.evolve(policy, rules=policy.rules[:position] + policy.rules[position + 1 :])
    if policy.redact or policy.reasons:
        yield attrs.evolve(policy, redact=(), reasons=())


def _smaller_values(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {other: kept for other, kept in value.items() if other != key}
            for smaller in _smaller_values(inner):
                yield {**value, key: smaller}


def _print_progress(counts: Counter[str], seconds: float) -> None:
    figures = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    rate = counts["policies"] / max(seconds, 0.001)
    sys.stdout.write(f"{seconds:7.0f} s  {figures}  ({rate:,.0f} policies/s)\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=time.time_ns() // 1_000_000, help="of the first policy")
    parser.add_argument("--policies", type=int, default=None, help="stop after so many")
    parser.add_argument("--seconds", type=float, default=None, help="stop after so long")
    parser.add_argument("--requests", type=int, default=_REQUESTS_PER_POLICY, help="decisions a policy")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
