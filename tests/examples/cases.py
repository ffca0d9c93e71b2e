"""The folders under examples/, read strictly."""

import json
from pathlib import Path
from typing import Any

import attrs
import cattrs

from lumyn_runtime.outcome import Outcome

__all__ = ["EXAMPLES", "EXAMPLE_NAMES", "Expectation", "expectations", "request_of"]

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE_NAMES = sorted(path.parent.name for path in EXAMPLES.glob("*/policy.lumyn"))


@attrs.frozen
class Expectation:
    """What a policy must say of a request.

    request:            file, relative to the example's folder
    failure_similarity: what Experience Memory says of it
    matched_rules:      rule ids
    """

    request: str
    verdict: str
    reason_codes: list[str]
    matched_rules: list[str]
    queries: list[dict[str, str]]
    obligations: list[dict[str, str]]
    failure_similarity: float | None = None

    @property
    def label(self) -> str:
        """How the example's README names it."""
        name = f"`{Path(self.request).stem}`"
        return name if self.failure_similarity is None else f"{name} at {self.failure_similarity:g}"

    def given(self, outcome: Outcome) -> "Expectation":
        """This expectation with what an outcome really says in it."""
        return attrs.evolve(
            self,
            verdict=str(outcome.verdict),
            reason_codes=list(outcome.reason_codes),
            matched_rules=[matched.rule_id for matched in outcome.matched_rules],
            queries=[query.to_dict() for query in outcome.queries],
            obligations=[obligation.to_dict() for obligation in outcome.obligations],
        )


def expectations(example: str) -> list[Expectation]:
    """Everything that an example's expected.json says; a misspelt key is an error."""
    converter = cattrs.Converter(forbid_extra_keys=True)
    text = (EXAMPLES / example / "expected.json").read_text(encoding="utf-8")
    return converter.structure(json.loads(text), list[Expectation])


def request_of(example: str, expectation: Expectation) -> Any:  # noqa: ANN401 -- any JSON value
    """The request that an expectation is about."""
    return json.loads((EXAMPLES / example / expectation.request).read_text(encoding="utf-8"))
