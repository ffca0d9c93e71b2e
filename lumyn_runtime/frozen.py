"""Objects that are set once and then shared: what a frozen dataclass is, without the import of dataclasses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

__all__ = ["Frozen", "Shared", "set_once"]

# An initialiser sets its fields with this, past the refusal of Shared.
set_once = object.__setattr__


class Shared:
    """Set once, by the initialiser. Fields are the slots of the subclass."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be set: it is shared")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be deleted: it is shared")

    def _fields(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[Callable[..., Shared], tuple[object, ...]]:
        return (_restored, (type(self), *self._fields()))


class Frozen(Shared):
    """A value: shared, equal when all fields are, and hashable."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Frozen) and type(other) is type(self) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())


def _restored(of: type[Shared], *fields: object) -> Shared:
    """A copy, as pickling and copying make one."""
    made = object.__new__(of)
    for name, field in zip(of.__slots__, fields, strict=True):
        set_once(made, name, field)
    return made
