"""Log lines as JSON, one object a line, for hosts that have no logging of their own."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, TextIO

__all__ = ["LEVELS", "JsonLines", "write_logs"]

LEVELS: Final = ("off", "error", "warning", "info", "debug")


class JsonLines(logging.Formatter):
    """Formats a record of Lumyn's as one line of JSON: time, level, event, and its ids, numbers and hashes.

    names_worker: whether lines have the process id, as `worker`, since those of several processes stand in one place
    """

    def __init__(self, *, names_worker: bool = False) -> None:
        super().__init__()
        self._names_worker = names_worker

    def format(self, record: logging.LogRecord) -> str:
        """The line, in ASCII, without its end."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        facts = getattr(record, "lumyn", None)
        said = facts if isinstance(facts, dict) else {"event": record.getMessage()}
        worker = {"worker": record.process} if self._names_worker else {}
        return json.dumps({"time": moment, "level": record.levelname.lower(), **worker, **said}, default=str)


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that asking twice writes no line twice."""


def write_logs(level: str, stream: TextIO | None = None, *, names_worker: bool = False) -> None:
    """Write Lumyn's log lines as JSON; the last call counts.

    level:        one of LEVELS; "off" writes none
    stream:       standard error if None
    names_worker: as in JsonLines
    """
    logger = logging.getLogger("lumyn")
    for handler in [handler for handler in logger.handlers if isinstance(handler, _Handler)]:
        logger.removeHandler(handler)
    if level == "off":
        logger.setLevel(logging.NOTSET)
        return
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(JsonLines(names_worker=names_worker))
    logger.addHandler(handler)
    logger.setLevel(level.upper())
