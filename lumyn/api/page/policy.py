"""`/policy`: the policy that decides now, as a decision table."""

from functools import partial
from itertools import groupby
from typing import Final

import attrs
from starlette.responses import Response

from lumyn.api.endpoint import Call
from lumyn.api.page.rendering import Frame, rendered
from lumyn.api.reading import off_loop
from lumyn.inspection import ActionView, RuleView, describe

__all__ = ["show_policy"]

_STAGES: Final = {
    "REQUIREMENTS": "what has to be there",
    "HARD_BLOCKS": "what must not be done",
    "ESCALATIONS": "what a person decides",
    "TRUST_PATHS": "what may go ahead",
}


@attrs.frozen
class SectionView:
    """What is decided for some actions.

    place:  of the section on the page
    stages: each with what it is for, and its rules in order
    """

    place: str
    actions: str
    reads: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, str, tuple[RuleView, ...]], ...]

    @classmethod
    def of(cls, number: int, view: ActionView) -> "SectionView":
        """Of one section of the table, by its number on the page."""
        stages = tuple(
            (stage, _STAGES.get(stage, ""), tuple(rules))
            for stage, rules in groupby(view.rules, lambda rule: rule.stage)
        )
        return cls(f"section-{number}", view.actions, view.reads, stages)


async def show_policy(call: Call) -> Response:
    """The policy that is loaded."""
    return await off_loop(partial(_rendered, call))


def _rendered(call: Call) -> Response:
    gateway = call.service.gateway
    policy = gateway.policy
    table = policy.table
    return rendered(
        "policy.html",
        Frame.of(call, "policy"),
        table=table,
        policy_hash=policy.policy_hash,
        mode=call.service.workspace.config.mode or table.mode,
        # What is wrong names files of the machine.
        has_fault=bool(gateway.metrics().policy_fault),
        sections=[SectionView.of(number, view) for number, view in enumerate(describe(table), 1)],
    )
