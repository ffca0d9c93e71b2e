"""Files are read within a limit and written whole or not at all."""

import os
import resource
import stat
from pathlib import Path

import pytest

from lumyn.errors import FileError
from lumyn.files import read_file, read_regular, write_files


def test_a_file_is_read_up_to_one_byte_past_the_limit(tmp_path: Path) -> None:
    """Whoever knows the limit can see that a file is too large, without all of it in memory."""
    path = tmp_path / "policy.lumyn"
    path.write_bytes(b"x" * 100)

    assert len(read_file(str(path), 10)) == 11
    assert len(read_file(str(path), 100)) == 100


def test_an_endless_device_ends_at_the_limit() -> None:
    """/dev/zero does not fill the memory."""
    assert read_file("/dev/zero", 3_000_000) == bytes(3_000_001)


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("absent.lumyn", "no such file or folder"),
        (".", "is a folder, not a file"),
        ("plain/inside.lumyn", "a part of its path is a file, not a folder"),
        ("n\0ul", "a name can't have a NUL in it"),
    ],
)
def test_what_cannot_be_read_is_named_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, detail: str
) -> None:
    """The error holds the path as the caller wrote it, and what is wrong."""
    monkeypatch.chdir(tmp_path)
    Path("plain").write_bytes(b"")

    with pytest.raises(FileError) as caught:
        read_file(name, 10)

    assert (caught.value.path, caught.value.detail) == (name, detail)
    assert str(caught.value) == f"{name}: {detail}"


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("absent/policy.lpack", "no such file or folder"),
        (".", "is a folder, not a file"),
        ("plain/policy.lpack", "a part of its path is a file, not a folder"),
        ("n\0ul", "a name can't have a NUL in it"),
    ],
)
def test_what_cannot_be_written_is_named_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, detail: str
) -> None:
    """A missing folder is an error; it is never made."""
    monkeypatch.chdir(tmp_path)
    Path("plain").write_bytes(b"")

    with pytest.raises(FileError) as caught:
        write_files((name, b"content"))

    assert (caught.value.path, caught.value.detail) == (name, detail)
    assert [path.name for path in tmp_path.iterdir()] == ["plain"]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """The new content is there, the permissions are the old ones, and nothing else is left in the folder."""
    path = tmp_path / "policy.lpack"
    path.write_bytes(b"old and longer than the new")
    path.chmod(0o640)

    write_files((str(path), b"new"))

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_usual_permissions(tmp_path: Path) -> None:
    """As the umask says, like any file that a program makes."""
    before = os.umask(0o027)
    try:
        write_files((str(tmp_path / "policy.lpack"), b"new"))
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "policy.lpack").stat().st_mode) == 0o640


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    """A write that ends half-way costs nothing that was there."""
    path = tmp_path / "policy.lpack"
    path.write_bytes(b"old")

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(FileError, match="file too large"):
            write_files((str(path), b"new" * 1000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """The file that it leads to is replaced."""
    target = tmp_path / "policy-1.lpack"
    target.write_bytes(b"old")
    link = tmp_path / "policy.lpack"
    link.symlink_to(target)

    write_files((str(link), b"new"))

    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_links_in_a_circle_can_not_be_written_to(tmp_path: Path) -> None:
    """And stay as they are."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    with pytest.raises(FileError):
        write_files((str(tmp_path / "a"), b"new"))

    assert (tmp_path / "a").is_symlink()


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    """`-o /dev/null` is a usual thing to say, and must not make a file of /dev/null."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_files((str(pipe), b"content"))
        assert os.read(reader, 100) == b"content"
    finally:
        os.close(reader)

    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("length", [200, 241, 242, 255])
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path, length: int) -> None:
    """The temporary file beside it has a short one."""
    path = tmp_path / ("n" * length)

    write_files((str(path), b"content"))

    assert path.read_bytes() == b"content"


def test_files_that_belong_together_are_replaced_together(tmp_path: Path) -> None:
    """All of them, and nothing else is left in the folder."""
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"old")

    write_files((str(one), b"1"), (str(other), b"2"))

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"one": b"1", "other": b"2"}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("bad", ["folder", "absent/file", "n" * 256, "n\0ul"])
def test_where_one_of_them_can_not_be_written_none_is(tmp_path: Path, position: int, bad: str) -> None:
    """Wherever it stands among them; the error names it."""
    (tmp_path / "folder").mkdir()
    paths = [tmp_path / "one", tmp_path / "other"]
    for path in paths:
        path.write_bytes(b"old")
    paths.insert(position, tmp_path / bad)

    with pytest.raises(FileError) as caught:
        write_files(*((str(path), b"new") for path in paths))

    assert caught.value.path == str(tmp_path / bad)
    assert {path.name for path in tmp_path.iterdir()} == {"folder", "one", "other"}
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes() == b"old"


def test_a_regular_file_is_read_within_its_limit(tmp_path: Path) -> None:
    """One byte past it at most, so that it is seen to be passed; through a link as well."""
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_bytes(b"12345")
    link.symlink_to(path)
    assert [read_regular(one, limit) for one in (path, str(link)) for limit in (9, 5, 3)] == [
        b"12345",
        b"12345",
        b"1234",
    ] * 2


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    """Nobody waits for a pipe that nobody writes to; no descriptor is left open."""
    pipe, loop = tmp_path / "pipe", tmp_path / "loop"
    os.mkfifo(pipe)
    loop.symlink_to(loop)
    before = len(list(Path("/dev/fd").iterdir()))
    for path, kind in (
        (pipe, OSError),
        (Path("/dev/zero"), OSError),
        (tmp_path, IsADirectoryError),
        (loop, OSError),
        (tmp_path / "absent", FileNotFoundError),
        (tmp_path / "n\0ul", OSError),
    ):
        with pytest.raises(kind):
            read_regular(path, 10)
    assert len(list(Path("/dev/fd").iterdir())) == before
