"""How a workspace is: what is looked at, one thing after the other, and how to mend what is wrong."""

import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs

from lumyn.archive import Archive
from lumyn.checkpoint_file import last_checkpoint
from lumyn.files import words_of
from lumyn.loaded_policy import SOURCE_ENDINGS, is_lockdown, load_policy
from lumyn.lockdown import LockdownError, check_lifted
from lumyn.ready_policy import pinned_policy
from lumyn.store.errors import (
    CheckpointError,
    DatabaseError,
    NewerSchemaError,
    SqliteTooOldError,
    StoreError,
    StoreKeyError,
)
from lumyn.store.schema import SCHEMA_VERSION
from lumyn.workspace import Workspace, WorkspaceError, redaction_key
from lumyn_runtime.errors import ArtifactError, LumynError

__all__ = ["PIN_MEND", "Check", "checks", "is_pinned_out"]

PIN_MEND: Final = "put the reviewed policy there, or change policy_hash"


_FREE_BYTES_MIN: Final = 256 * 2**20
# Of a log that was added to meanwhile.
_CHECKPOINT_SECONDS_MAX: Final = 86_400.0


@attrs.frozen
class Check:
    """One thing that was looked at.

    mend: what to do about it; empty where all is well
    """

    name: str
    detail: str
    mend: str = ""

    @property
    def is_ok(self) -> bool:
        """Whether all is well."""
        return not self.mend

    def to_dict(self) -> dict[str, object]:
        """As plain JSON values."""
        return {"name": self.name, "is_ok": self.is_ok, "detail": self.detail, "mend": self.mend}


def checks(workspace: Workspace) -> Iterator[Check]:
    """Look at everything; what is wrong with one thing keeps nothing else from being looked at."""
    settings = "lumyn.toml" if workspace.settings.exists() else "no lumyn.toml, so the defaults and the environment"
    yield Check("workspace", str(workspace.folder))
    yield Check("settings", settings)
    yield _privacy(workspace)
    yield _policy(workspace)
    yield from _source(workspace)
    yield _redaction(workspace)
    size = yield from _log(workspace)
    yield _disk(workspace)
    yield _checkpoints(workspace, size)


def _privacy(workspace: Workspace) -> Check:
    """Whether only the owner can read what records are kept in."""
    database = workspace.database
    paths = [workspace.inner, *workspace.inner.glob("*"), database, database.with_name(f"{database.name}.key")]
    open_to_others = sorted({str(path) for path in paths if path.exists() and path.stat().st_mode & 0o077})
    if not open_to_others:
        return Check("privacy", "only its owner can read it")
    return Check("privacy", f"others may read {open_to_others[0]}", f"chmod go= {' '.join(open_to_others)}")


def _policy(workspace: Workspace) -> Check:
    path, pin = workspace.policy_path, workspace.config.policy_hash
    try:
        loaded = load_policy(path, pin)
        policy = loaded.policy
        check_lifted(path, loaded)
    except LockdownError as error:
        return Check("policy", str(error), "lumyn policy lockdown, and then --undo")
    except FileNotFoundError:
        return Check("policy", f"{path} is missing", f"{_compiling(workspace)}, or set policy_path in lumyn.toml")
    except OSError as error:
        return Check("policy", f"{path}: {words_of(error)}", "mend that, or policy_path in lumyn.toml")
    except LumynError as error:
        mend = f"lumyn check {path}" if _is_source(path) else _compiling(workspace)
        return Check("policy", f"{path}: {error}", PIN_MEND if is_pinned_out(path, pin) else mend)
    if pin is not None and pin != policy.policy_hash and (detail := _why_unknown(workspace, pin)):
        return Check("policy", detail, PIN_MEND)
    mode = workspace.config.mode or policy.mode
    locked = "; nothing is trusted until `lumyn policy lockdown --undo`" if is_lockdown(policy) else ""
    return Check("policy", f"{policy.policy_id} {policy.policy_version} {policy.policy_hash}, {mode}{locked}")


def _is_source(path: Path) -> bool:
    return path.name.lower().endswith(SOURCE_ENDINGS)


def _compiling(workspace: Workspace) -> str:
    """The command that makes the artifact anew."""
    source = workspace.sources[0] if len(workspace.sources) == 1 else workspace.inner / "policy.lumyn"
    return f"lumyn compile {source} -o {workspace.policy_path}"


def _why_unknown(workspace: Workspace, pin: str) -> str:
    """Why no gateway opens under the lockdown of a pinned policy; empty where one does."""
    # What is wrong with the log is said where the log is looked at.
    with suppress(StoreError, OSError), Archive.open(workspace.storage_url) as archive:
        try:
            pinned_policy(workspace.policy_path, pin, archive.store)
        except ArtifactError as error:
            return error.detail
    return ""


def is_pinned_out(path: Path, pin: str | None) -> bool:
    """Whether a policy could decide, and is only not the one that the settings ask for."""
    if pin is None:
        return False
    try:
        return load_policy(path).policy.policy_hash != pin
    except (LumynError, OSError):
        return False


def _source(workspace: Workspace) -> Iterator[Check]:
    """Whether the artifact that decides is the source that people read."""
    path = workspace.policy_path
    if path.suffix != ".lpack" or len(workspace.sources) != 1:
        return
    (source,) = workspace.sources
    decides = None
    # What is wrong with the artifact is said where the policy is looked at.
    with suppress(LumynError, OSError):
        decides = load_policy(path).policy
    if decides is not None and is_lockdown(decides):
        return
    try:
        policy_hash = load_policy(source).policy.policy_hash
    except OSError:
        return
    except LumynError as error:
        yield Check("source", f"{source}: {error}", f"lumyn check {source}")
        return
    if decides is None:
        yield Check("source", f"{source} can be compiled")
    elif policy_hash == decides.policy_hash:
        yield Check("source", f"{source} is what decides")
    else:
        yield Check("source", f"{source} was changed, and another policy decides", f"lumyn compile {source} -o {path}")


def _redaction(workspace: Workspace) -> Check:
    """Whether a gateway finds the key that it replaces values with."""
    try:
        key = redaction_key(workspace)
    except WorkspaceError as error:
        detail, _, mend = str(error).rpartition("; ")
        return Check("redaction", detail, mend)
    keyed = "without a key" if key is None else f"with the key `{key.key_id}`"
    return Check("redaction", f"{workspace.config.redaction_profile}, {keyed}")


def _log(workspace: Workspace) -> Generator[Check, None, int | None]:
    """Returns how many entries there are; None where that can't be known."""
    try:
        archive = Archive.open(workspace.storage_url)
    except (StoreError, OSError) as error:
        yield Check("log", str(error), _mend(error))
        return None
    with archive:
        store = archive.store
        size = store.size()
        yield Check("log", f"{workspace.database}: {store.store_id}, {_count(size, 'entry')}")
        yield Check("schema", f"version {SCHEMA_VERSION}, which is the newest")
        try:
            archive.follow()
            counts = archive.counts()
        except (StoreError, DatabaseError, OSError) as error:
            beside = workspace.database.with_name(f"{workspace.database.name}.search")
            yield Check("search", str(error), f"delete {beside}; it is made anew from the log, and nothing is lost")
            return size
        lag = archive.search_lag_at_open
        behind = f"; it was {_count(lag, 'entry')} behind" if lag else ""
        yield Check("search", f"has followed the log to its end{behind}")
        by_verdict = ", ".join(f"{verdict} {number:,}" for verdict, number in sorted(counts.items()))
        policies = sum(1 for _ in archive.policies())
        said = f"{_count(sum(counts.values()), 'decision')}{f' ({by_verdict})' if by_verdict else ''}"
        erasures = _count(archive.erasure_count(), "erasure")
        yield Check("counts", f"{said}, {_count(policies, 'policy')}, {erasures}")
        late = archive.unacknowledged_count()
        listed = "; `lumyn log --unacknowledged` lists them, and a retry with the same request_id gets the record"
        yield Check(
            "unacknowledged", f"{_count(late, 'decision')} stored without the caller being told{listed if late else ''}"
        )
        return size


def _mend(error: Exception) -> str:
    match error:
        case NewerSchemaError():
            return "upgrade Lumyn"
        case SqliteTooOldError():
            return (
                "use a Python that comes with a newer SQLite, such as one of python.org's or of your system's packages"
            )
        case StoreKeyError():
            return "restore the key from a backup: `lumyn backup` writes it beside the copy"
        case _:
            return "restore it from a backup, or set storage_url in lumyn.toml"


def _disk(workspace: Workspace) -> Check:
    folder = next(path for path in workspace.database.parents if path.exists())
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:,.1f} GiB are free for {folder}"
    if free < _FREE_BYTES_MIN:
        return Check("disk", detail, "make room: a record that can't be stored is answered with ABSTAIN")
    return Check("disk", detail)


def _checkpoints(workspace: Workspace, size: int | None) -> Check:
    """Whether the workspace's own checkpoints are of this log, and how far they reach.

    size: of the log, where that is known
    """
    path = workspace.checkpoints
    try:
        last = last_checkpoint(path)
        written = path.stat().st_mtime if last is not None else 0.0
    except (CheckpointError, OSError) as error:
        return Check("checkpoints", f"{path}: {error}", f"move {path} away, and begin anew with `lumyn checkpoint`")
    if last is None:
        return Check("checkpoints", "none yet; `lumyn checkpoint` prints one to be kept elsewhere")
    age_seconds = max(0.0, time.time() - written)
    behind = 0 if size is None else size - last.size
    at = f"the last at {_count(last.size, 'entry')}, {_ago(age_seconds)}"
    if behind < 0:
        gone = f"{_count(-behind, 'entry')} {_be(-behind, 'is', 'are')} gone since"
        return Check("checkpoints", f"{at}; {gone}", "lumyn verify says what is missing")
    detail = f"{at}; {_count(behind, 'entry')} {_be(behind, 'was', 'were')} added since"
    if behind and age_seconds > _CHECKPOINT_SECONDS_MAX:
        return Check(
            "checkpoints", detail, "lumyn checkpoint makes one; gateways make theirs every minute and at their end"
        )
    return Check("checkpoints", detail)


def _count(number: int, noun: str) -> str:
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else many}"


def _be(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _ago(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{int(seconds / length)} {unit} ago"
    return f"{_count(int(seconds), 'second')} ago"
