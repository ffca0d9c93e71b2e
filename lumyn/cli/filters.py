"""What decisions are looked for: the options of the commands that list them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import TYPE_CHECKING

import click

from lumyn.labels import LABELS
from lumyn.times import spell_time, time_text

if TYPE_CHECKING:
    from lumyn.store.search import Filters

__all__ = ["filter_options"]

_AGO = re.compile("([0-9]{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_VERDICTS = ("TRUST", "ESCALATE", "QUERY", "ABSTAIN")


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options, which the command gets as one value, `filters`."""

    @wraps(command)
    def with_filters(**given: object) -> None:
        filters = {name: given.pop(name) for name in _NAMES}
        command(filters=_filters(filters), **given)

    decorated: Callable[..., None] = with_filters
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated


def _time(text: str) -> str:
    """A moment as records have it, from RFC 3339, a date, or how long ago it was."""
    ago = _AGO.fullmatch(text)
    try:
        if ago is not None:
            return spell_time(datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        return time_text(text)
    except (ValueError, OverflowError) as problem:
        raise click.BadParameter(f"{text!r} is no time; write 2026-01-13, 2026-01-13T14:12:05Z, or 2h") from problem


_OPTIONS = (
    click.option(
        "--since", type=_time, metavar="TIME", help="From then on: 2026-01-13, 2026-01-13T14:12:05Z, 2h or 7d."
    ),
    click.option("--until", type=_time, metavar="TIME", help="Before then."),
    click.option("--tenant", metavar="ID", help="Of this tenant."),
    click.option("--action", "action_type", metavar="TYPE", help="Of this action type."),
    click.option("--verdict", type=click.Choice(_VERDICTS, case_sensitive=False), help="With this verdict."),
    click.option("--reason", "reason_code", metavar="CODE", help="For this reason, among others."),
    click.option("--rule", "rule_id", metavar="ID", help="Where this rule matched."),
    click.option("--target", metavar="ID", help="On this resource, by its resource_id."),
    click.option("--correlation", "correlation_id", metavar="ID", help="With this trace.correlation_id."),
    click.option("--context", "context_digest", metavar="DIGEST", help="With this context.digest."),
    click.option("--label", type=click.Choice(LABELS), help="Whose last label is this one."),
    click.option("--dry-runs", "has_dry_runs", is_flag=True, help="Dry runs too, which are left out else."),
)
_NAMES = (
    "since",
    "until",
    "tenant",
    "action_type",
    "verdict",
    "reason_code",
    "rule_id",
    "target",
    "correlation_id",
    "context_digest",
    "label",
    "has_dry_runs",
)


def _filters(given: dict[str, object]) -> "Filters":
    from lumyn.store.search import Filters

    filters = Filters(**given)  # type: ignore[arg-type]
    if filters.since is not None and filters.until is not None and filters.since >= filters.until:
        raise click.UsageError(
            f"--since is {filters.since} and --until is {filters.until}: nothing is between them; --since is the earlier one"
        )
    return filters
