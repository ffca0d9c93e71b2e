"""Where the service listens: addresses, whether they are of this machine alone, and sockets."""

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from stat import S_ISSOCK
from typing import Any, Final

import attrs

__all__ = ["Address", "addresses_of", "bound", "bound_to_path"]

_BACKLOG: Final = 2_048
# What is said of an address family that this machine does not have.
_NOT_HERE: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@attrs.frozen
class Address:
    """One that a host name leads to.

    place: as the socket takes it
    """

    family: socket.AddressFamily
    place: tuple[Any, ...]

    @property
    def is_loopback(self) -> bool:
        """Whether this machine alone can reach it."""
        address = ip_address(str(self.place[0]).partition("%")[0])
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return (mapped or address).is_loopback


def addresses_of(host: str, port: int) -> list[Address]:
    """All that a host name leads to. Raises OSError where it leads nowhere."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys(Address(family, place) for family, _, _, _, place in found))


def bound(addresses: Sequence[Address]) -> list[socket.socket]:
    """Sockets that listen. A port 0 becomes one that is free, the same for all. Raises OSError."""
    listening: list[socket.socket] = []
    missing: OSError | None = None
    try:
        for address in addresses:
            host, port, *rest = address.place
            # asyncio sends small answers at once only where the socket says that it is TCP.
            made = socket.socket(address.family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            listening.append(made)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if address.family == socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                made.bind((host, port or (listening[0].getsockname()[1] if len(listening) > 1 else 0), *rest))
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                missing = error
                listening.pop().close()
                continue
            made.listen(_BACKLOG)
        if missing is not None and not listening:
            raise missing
    except OSError:
        for made in listening:
            made.close()
        raise
    return listening


def bound_to_path(path: Path) -> socket.socket:
    """A Unix socket that listens, for its owner and its group. One that nobody listens to any more is replaced.

    errors: OSError; of the kind EADDRINUSE where somebody does, and EEXIST where another kind of file is there
    """
    with suppress(FileNotFoundError):
        if not S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
        if _is_answered(path):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        path.unlink()
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o117)
    try:
        made.bind(str(path))
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            return False
    return True
