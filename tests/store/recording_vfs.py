"""What SQLite asks of the disk, recorded: a virtual file system of SQLite's, made with ctypes, around the one in use.

The store uses the sqlite3 module, and that links some SQLite library, of the system or of its own; a VFS that another
binding registers (apsw carries a library of its own) is unknown to it. So the functions are looked up through the module's
own shared object, which finds the very library that the store writes with, and the VFS registered there becomes its default:
the store's code, pragmas and threads are what they are in use. Every call goes on to the operating system; here it is only
noted. A preloaded C library would see the same calls, and would need a compiler.
"""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Callable
from ctypes import CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int, c_int64, c_void_p, cast, memmove, sizeof
from importlib import import_module
from typing import Any, Protocol

__all__ = ["DiskWatcher", "LibraryNotFoundError", "watch_sqlite"]

_OK = 0


class DiskWatcher(Protocol):
    """Hears what happens to the files of interest; may be called from many threads."""

    def is_watched(self, path: str) -> bool:
        """True for files of interest."""

    def opened(self, path: str) -> int:
        """A file was opened, and made where it was not there. Returns what stands for it from now on."""

    def written(self, file: int, offset: int, content: bytes) -> None:
        """Bytes were given to the operating system."""

    def truncated(self, file: int, size: int) -> None:
        """A file was cut off."""

    def sync_begins(self, file: int) -> None:
        """All that was written before is on its way to the disk."""

    def sync_ended(self, file: int) -> None:
        """What had been written when the sync began is on the disk."""

    def unlinked(self, path: str) -> None:
        """A file is about to be deleted."""

    def folder_synced(self) -> None:
        """What was made, renamed or deleted in the folder of the files is on the disk."""


class LibraryNotFoundError(Exception):
    """The SQLite library that the sqlite3 module uses gives its functions to nobody else."""


# Names are addresses here: SQLite keeps them, and has more behind their ends.
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
_CLOSE = CFUNCTYPE(c_int, c_void_p)
_WRITE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
_SYNC = CFUNCTYPE(c_int, c_void_p, c_int)
_OPEN_DIRECTORY = CFUNCTYPE(c_int, c_void_p, c_void_p)
_GET_SYSTEM_CALL = CFUNCTYPE(c_void_p, c_void_p, c_char_p)
_SET_SYSTEM_CALL = CFUNCTYPE(c_int, c_void_p, c_char_p, c_void_p)


_VFS_FUNCTIONS = (
    *("xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose", "xRandomness"),
    *("xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64"),
    *("xSetSystemCall", "xGetSystemCall", "xNextSystemCall"),
)
_FILE_FUNCTIONS = (
    *("xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock", "xCheckReservedLock"),
    *("xFileControl", "xSectorSize", "xDeviceCharacteristics"),
    *("xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap", "xFetch", "xUnfetch"),
)


class _Vfs(Structure):
    """sqlite3_vfs, version 3: see sqlite.org/c3ref/vfs.html."""

    _fields_ = (
        ("iVersion", c_int),
        ("szOsFile", c_int),
        ("mxPathname", c_int),
        ("pNext", c_void_p),
        ("zName", c_char_p),
        ("pAppData", c_void_p),
        *((name, c_void_p) for name in _VFS_FUNCTIONS),
    )


class _Methods(Structure):
    """sqlite3_io_methods, version 3: see sqlite.org/c3ref/io_methods.html."""

    _fields_ = (
        ("iVersion", c_int),
        *((name, c_void_p) for name in _FILE_FUNCTIONS),
    )


class _File(Structure):
    """sqlite3_file: what follows belongs to the VFS that opened it."""

    _fields_ = (("pMethods", POINTER(_Methods)),)


def watch_sqlite(watcher: DiskWatcher) -> None:
    """Tell the watcher of every change that any connection of this process makes from now on; it can't be undone.

    raises: LibraryNotFoundError
    """
    _Recording(watcher).register()


class _Recording:
    def __init__(self, watcher: DiskWatcher) -> None:
        library = _library()
        library.sqlite3_vfs_find.restype = POINTER(_Vfs)
        self._register: Callable[..., int] = library.sqlite3_vfs_register
        self._watcher = watcher
        self._below: _Vfs = library.sqlite3_vfs_find(None).contents
        self._above = _Vfs()
        memmove(byref(self._above), byref(self._below), sizeof(_Vfs))
        # Address of a sqlite3_file → what the watcher calls the file.
        self._files: dict[int, int] = {}
        # The methods that a file was opened with, by their address, and those that stand in for them.
        self._methods: dict[int, _Methods] = {}
        # ctypes keeps no callback alive, and SQLite calls them for ever.
        self._kept: list[Any] = []

    def register(self) -> None:
        self._above.zName = b"recording"
        self._above.pNext = None
        self._above.xOpen = self._callback(_OPEN, self._open)
        self._above.xDelete = self._callback(_DELETE, self._delete)
        self._watch_folders()
        assert self._register(byref(self._above), 1) == _OK
        self._kept.append(self)
        _KEPT.append(self)

    def _callback(self, prototype: Any, function: Callable[..., int]) -> int | None:  # noqa: ANN401
        callback = prototype(function)
        self._kept.append(callback)
        return cast(callback, c_void_p).value

    def _watch_folders(self) -> None:
        """SQLite opens a folder in order to sync it, and for nothing else."""
        assert self._below.iVersion >= 3
        get = _GET_SYSTEM_CALL(self._below.xGetSystemCall)
        put = _SET_SYSTEM_CALL(self._below.xSetSystemCall)
        below = _OPEN_DIRECTORY(get(byref(self._below), b"openDirectory"))

        def open_directory(name: int, descriptor: int) -> int:
            code: int = below(name, descriptor)
            if code == _OK and self._watcher.is_watched(_path(name)):
                self._watcher.folder_synced()
            return code

        replaced = put(byref(self._below), b"openDirectory", self._callback(_OPEN_DIRECTORY, open_directory))
        assert replaced == _OK

    def _open(self, vfs: int, name: int | None, address: int, flags: int, flags_out: int) -> int:
        code: int = _OPEN(self._below.xOpen)(vfs, name, address, flags, flags_out)
        if code == _OK and name is not None and self._watcher.is_watched(_path(name)):
            file = _File.from_address(address)
            below = cast(file.pMethods, c_void_p).value
            assert below is not None
            if below not in self._methods:
                self._methods[below] = self._watching(file.pMethods.contents)
            self._files[address] = self._watcher.opened(_path(name))
            file.pMethods = ctypes.pointer(self._methods[below])
        return code

    def _delete(self, vfs: int, name: int, is_synced: int) -> int:
        if self._watcher.is_watched(_path(name)):
            self._watcher.unlinked(_path(name))
        code: int = _DELETE(self._below.xDelete)(vfs, name, is_synced)
        return code

    def _watching(self, below: _Methods) -> _Methods:
        """Methods that tell the watcher and do what those below do."""
        close_below, write_below = _CLOSE(below.xClose), _WRITE(below.xWrite)
        truncate_below, sync_below = _TRUNCATE(below.xTruncate), _SYNC(below.xSync)

        def close(address: int) -> int:
            del self._files[address]
            code: int = close_below(address)
            return code

        def write(address: int, content: int, size: int, offset: int) -> int:
            code: int = write_below(address, content, size, offset)
            # Afterwards, so that a sync that another thread begins meanwhile is not taken to include it.
            self._watcher.written(self._files[address], offset, ctypes.string_at(content, size))
            return code

        def truncate(address: int, size: int) -> int:
            code: int = truncate_below(address, size)
            self._watcher.truncated(self._files[address], size)
            return code

        def sync(address: int, flags: int) -> int:
            file = self._files[address]
            self._watcher.sync_begins(file)
            code: int = sync_below(address, flags)
            if code == _OK:
                self._watcher.sync_ended(file)
            return code

        above = _Methods()
        memmove(byref(above), byref(below), sizeof(_Methods))
        above.xClose = self._callback(_CLOSE, close)
        above.xWrite = self._callback(_WRITE, write)
        above.xTruncate = self._callback(_TRUNCATE, truncate)
        above.xSync = self._callback(_SYNC, sync)
        return above


_KEPT: list[_Recording] = []


def _path(name: int) -> str:
    return os.fsdecode(ctypes.string_at(name))


def _library() -> Any:  # noqa: ANN401
    """The SQLite library that the sqlite3 module uses, be it a shared one or a part of the module or the interpreter."""
    module = import_module("_sqlite3")
    library = ctypes.CDLL(getattr(module, "__file__", None))
    try:
        library.sqlite3_libversion.restype = c_char_p
        version = library.sqlite3_libversion().decode()
    except AttributeError as error:
        raise LibraryNotFoundError(str(error)) from error
    if version != sqlite3.sqlite_version:
        raise LibraryNotFoundError(f"SQLite {version} was found, and the sqlite3 module uses {sqlite3.sqlite_version}")
    return library
