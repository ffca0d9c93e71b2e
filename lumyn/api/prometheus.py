"""Prometheus' text format, version 0.0.4: families of samples → text."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import attrs

from lumyn.metrics import Histogram

__all__ = ["MEDIA_TYPE", "Family", "text_of"]

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

Labels = Mapping[str, str]


@attrs.frozen
class Family:
    """One metric.

    kind:    "counter", "gauge" or "histogram"
    samples: each with its labels; a Histogram where that is the kind
    """

    name: str
    kind: str
    help: str
    samples: Iterable[tuple[Labels, float | Histogram]]


def text_of(families: Iterable[Family], common: Labels) -> str:
    """The text; a family without samples is left out.

    common: labels that every sample has
    """
    return "".join(line for family in families for line in _lines(family, common))


def _lines(family: Family, common: Labels) -> Iterator[str]:
    samples = [*family.samples]
    if not samples:
        return
    escaped = family.help.replace("\\", "\\\\").replace("\n", "\\n")
    yield f"# HELP {family.name} {escaped}\n# TYPE {family.name} {family.kind}\n"
    for own, value in samples:
        labels = {**common, **own}
        if isinstance(value, Histogram):
            yield from _buckets(family.name, labels, value)
        else:
            yield _line(family.name, labels, value)


def _buckets(name: str, labels: Labels, histogram: Histogram) -> Iterator[str]:
    count = 0
    for bound, number in zip((*map(_number, histogram.bounds), "+Inf"), histogram.counts, strict=True):
        count += number
        yield _line(f"{name}_bucket", {**labels, "le": bound}, count)
    yield _line(f"{name}_sum", labels, histogram.sum_seconds)
    yield _line(f"{name}_count", labels, count)


def _line(name: str, labels: Labels, value: float) -> str:
    spelled = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{spelled}}} {_number(value)}\n" if spelled else f"{name} {_number(value)}\n"


def _number(value: float) -> str:
    return repr(int(value)) if value == int(value) else repr(value)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
