"""Who may call the service: what the settings say of secrets, the read token and host names, checked as a whole."""

import re
from typing import Final

import attrs

from lumyn.config import ConfigError, LumynConfig
from lumyn.identity import Clock, system_clock

__all__ = ["Access", "host_name"]

_BYTES_MIN: Final = 16
_MAKE_ONE: Final = "make one with `openssl rand -hex 32`"
# What a service always answers to, and what stands in the place of names where it may answer to any.
_LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_ANY_HOST: Final = "*"
# What a header can carry as one word.
_TOKEN: Final = re.compile(r"[!-~]+")
_LABELS: Final = r"[0-9a-z_-]+(?:\.[0-9a-z_-]+)*"
_ADDRESS_6: Final = r"[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*"
_NAME: Final = re.compile(rf"(?:{_LABELS}|{_ADDRESS_6})", re.ASCII)
_HOST: Final = re.compile(rf"(?:\[({_ADDRESS_6})\]|({_LABELS})\.?)(?::[0-9]{{0,5}})?", re.ASCII)


@attrs.frozen
class Access:
    """Who may call. Without a secret everybody may, which is for loopback alone.

    secrets:    any of them signs, the current one first; several while they are being changed
    read_token: for whoever only reads; None where nobody may by a token
    hosts:      names that calls may be made to, in lower case, without ports and brackets; empty allows any
    clock:      what timestamps and sessions go by
    """

    secrets: tuple[bytes, ...] = attrs.field(default=(), repr=False)
    read_token: str | None = attrs.field(default=None, repr=False)
    hosts: frozenset[str] = frozenset()
    clock: Clock = attrs.field(default=system_clock, repr=False)

    @classmethod
    def of(cls, config: LumynConfig, bound_host: str | None = None) -> "Access":
        """As the settings say. Raises ConfigError for those that would not protect what they seem to.

        Beside the hosts that they name, it answers to those of this machine: a page of somebody else's, whose name was
        made to lead to 127.0.0.1, still can't have a browser call the service as if that were the page's own, since the
        browser then says that name.

        bound_host: that the service was told to listen on, and is called by as well
        """
        secrets = {"signing_secret": config.signing_secret, "signing_secret_previous": config.signing_secret_previous}
        for name, value in {**secrets, "read_token": config.read_token}.items():
            if value is not None:
                _check_secret(name, value)
                if name != "signing_secret" and config.signing_secret is None:
                    raise ConfigError(name, f"protects nothing without a signing_secret; {_MAKE_ONE}")
        if config.read_token is not None:
            if not _TOKEN.fullmatch(config.read_token):
                raise ConfigError("read_token", f"has to be visible ASCII without spaces; {_MAKE_ONE}")
            if config.read_token in secrets.values():
                raise ConfigError("read_token", f"is a signing secret, so whoever reads could sign; {_MAKE_ONE}")
        return cls(
            tuple(value.encode() for value in secrets.values() if value is not None),
            config.read_token,
            _hosts(config.allowed_hosts, bound_host),
        )

    @property
    def is_open(self) -> bool:
        """Whether everybody may do everything."""
        return not self.secrets

    @property
    def now_seconds(self) -> int:
        """Since 1970, UTC."""
        return self.clock() // 1000


def host_name(text: str) -> str | None:
    """The name in a Host header, as `Access.hosts` has it; None where it is no host and port."""
    found = _HOST.fullmatch(text.lower())
    return None if found is None else found[1] or found[2]


def _check_secret(name: str, value: str) -> None:
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise ConfigError(name, f"is no UTF-8 text; {_MAKE_ONE}") from None
    if value != value.strip():
        raise ConfigError(name, "begins or ends with white space, which callers would have to sign with; take it out")
    if size < _BYTES_MIN:
        raise ConfigError(name, f"has {size} bytes, and could be guessed; {_BYTES_MIN} are the least: {_MAKE_ONE}")


def _hosts(setting: str | None, bound_host: str | None) -> frozenset[str]:
    """The names of a setting. One that is no name is an error: it would match nothing, or all of them anything."""
    names = {*_LOOPBACK_HOSTS} if bound_host is None else {*_LOOPBACK_HOSTS, bound_host.lower()}
    if setting is None:
        return frozenset(names)
    if setting.strip() == _ANY_HOST:
        return frozenset()
    for part in setting.split(","):
        name = part.strip().lower().removesuffix(".")
        name = name[1:-1] if name.startswith("[") and name.endswith("]") else name
        if not _NAME.fullmatch(name):
            raise ConfigError(
                "allowed_hosts",
                f"{part.strip()!r} is no host name; write names or addresses, separated by commas, without schemes "
                "and ports, or `*` to allow any",
            )
        names.add(name)
    return frozenset(names)
