"""Lumyn: decisions that can be explained, repeated and proved.

What is named here is loaded when it is first asked for, so that a command line which only compiles opens no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from lumyn.version import __version__

if TYPE_CHECKING:
    from lumyn.config import LumynConfig
    from lumyn.decision_record import DecisionRecord
    from lumyn.errors import RequestError
    from lumyn.gateway import Gateway
    from lumyn.process import decide
    from lumyn.settings import GatewaySettings

__all__ = [
    "DecisionRecord",
    "Gateway",
    "GatewaySettings",
    "LumynConfig",
    "RequestError",
    "__version__",
    "decide",
]

_HOMES: Final = {
    "DecisionRecord": "lumyn.decision_record",
    "Gateway": "lumyn.gateway",
    "GatewaySettings": "lumyn.settings",
    "LumynConfig": "lumyn.config",
    "RequestError": "lumyn.errors",
    "decide": "lumyn.process",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'lumyn' has no attribute {name!r}")
    found: object = getattr(import_module(home), name)
    # The next time it is simply there.
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
