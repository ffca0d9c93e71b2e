"""A workspace: a folder with `lumyn.toml` and `.lumyn/`, where policy, log and key lie together."""

import os
import shutil
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import attrs

from lumyn.config import LumynConfig, read_config
from lumyn.files import read_regular, words_of
from lumyn.gateway import Gateway
from lumyn.identity import Moment, system_clock, system_ids
from lumyn.logs import write_logs
from lumyn.normal_json import Limits
from lumyn.redact import RedactionKey
from lumyn.settings import GatewaySettings
from lumyn.store.opening import open_store, path_of
from lumyn_runtime.errors import LumynError

__all__ = [
    "SETTINGS_FILE",
    "STARTERS",
    "Workspace",
    "WorkspaceError",
    "find",
    "init",
    "opened_gateway",
    "redaction_key",
]

STARTERS: Final = ("support", "billing", "account")

SETTINGS_FILE: Final = "lumyn.toml"
_FOLDER: Final = ".lumyn"
_SOURCES: Final = {"lumyn": "policy.lumyn", "yaml": "policy.yml"}

_TOML: Final = """\
# Settings of this workspace. Paths are relative to this folder. The environment wins: LUMYN_MODE and so on.
policy_path = ".lumyn/policy.lpack"
storage_url = "sqlite:.lumyn/lumyn.db"

# mode = "advisory"            # replaces the policy's mode: "enforce" or "advisory"
# redaction_profile = "strict" # "off", "default" or "strict"
# deadline_seconds = 2.0       # until a record must be stored; then the answer is ABSTAIN
# log_level = "info"           # JSON lines on standard error: "off", "error", "warning", "info" or "debug"
"""


class WorkspaceError(LumynError):
    """A folder that is no workspace, or that can't become one.

    folder: as the caller named it
    detail: what is wrong, and what to do about it
    """

    folder: str
    detail: str

    def __init__(self, folder: str, detail: str) -> None:
        super().__init__(folder, detail)
        self.folder = folder
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.folder}: {self.detail}"


@attrs.frozen
class Workspace:
    """A folder, and the settings that hold in it.

    folder: absolute
    """

    folder: Path
    config: LumynConfig

    @property
    def inner(self) -> Path:
        """The folder in the folder, which nobody else may look into."""
        return self.folder / _FOLDER

    @property
    def settings(self) -> Path:
        """The file of settings; it may be missing."""
        return self.folder / SETTINGS_FILE

    @property
    def policy_path(self) -> Path:
        """What decides: an artifact, or a source."""
        return self.folder / self.config.policy_path

    @property
    def sources(self) -> tuple[Path, ...]:
        """The sources that lie where `init` puts them."""
        return tuple(path for name in _SOURCES.values() if (path := self.inner / name).is_file())

    @property
    def database(self) -> Path:
        """The file of the log. Raises StorageUrlError."""
        return self.folder / path_of(self.config.storage_url)

    @property
    def storage_url(self) -> str:
        """Of the log, wherever the caller works. Raises StorageUrlError."""
        return f"sqlite:{self.database}"

    @property
    def checkpoints(self) -> Path:
        """Checkpoints of the log, the oldest first; it may be missing."""
        return self.inner / "checkpoints"


def init(folder: Path, starter: str = "support", spelling: str = "lumyn") -> Workspace:
    """Make a workspace: a starter policy, its artifact, and an empty log. It is there whole or not at all.

    folder:   made where it is not there
    starter:  one of STARTERS
    spelling: of the policy, "lumyn" or "yaml"
    errors:   WorkspaceError where one is already; OSError, StoreError
    """
    # Whoever only reads records does without the compiler.
    from lumyn_compiler import compile_text  # noqa: PLC0415
    from lumyn_compiler.pipeline import spelling_of  # noqa: PLC0415

    for name in (SETTINGS_FILE, _FOLDER):
        if (folder / name).exists():
            raise WorkspaceError(
                str(folder), f"there is a {name} already, and nothing is overwritten; name another folder"
            )
    name = _SOURCES[spelling]
    source = (files("lumyn") / "starter" / starter / name).read_bytes()
    artifact = compile_text(source, name, spelling_of(name)).artifact
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{_FOLDER}.{os.urandom(8).hex()}.tmp"
    made.mkdir(mode=0o700)
    try:
        _write(made / name, source)
        _write(made / "policy.lpack", artifact)
        open_store(
            f"sqlite:{made / 'lumyn.db'}",
            create=True,
            queue_limit=1,
            clock=lambda: Moment.now(system_clock, system_ids).created_at,
            unacknowledged=lambda draft: draft,
        ).close()
        _write(folder / SETTINGS_FILE, _TOML.encode())
        made.rename(folder / _FOLDER)
    except BaseException:
        if made.exists():
            shutil.rmtree(made)
            (folder / SETTINGS_FILE).unlink(missing_ok=True)
        raise
    return Workspace(folder.absolute(), read_config(folder / SETTINGS_FILE, {}))


def find(folder: Path, environment: Mapping[str, str]) -> Workspace:
    """The workspace of a folder. Nothing is made.

    errors: WorkspaceError where there is none; ConfigError, OSError
    """
    if not folder.is_dir():
        what = "is a file, not a folder" if folder.exists() else "there is no such folder"
        raise WorkspaceError(str(folder), f"{what}; name a workspace with --workspace, or make one with `lumyn init`")
    if not _is_workspace(folder):
        above = next((parent for parent in folder.absolute().parents if _is_workspace(parent)), None)
        near = "" if above is None else f"; there is one in {above}"
        detail = f"is no workspace: it has neither {SETTINGS_FILE} nor {_FOLDER}{near}"
        raise WorkspaceError(str(folder), f"{detail}. Name one with --workspace, or make one with `lumyn init`")
    settings = folder / SETTINGS_FILE
    return Workspace(folder.absolute(), read_config(settings if settings.exists() else None, environment))


def opened_gateway(workspace: Workspace, policy: Path | None = None, *, is_worker: bool = False) -> Gateway:
    """A gateway with the settings of a workspace; to be closed.

    policy:    another one than the workspace's
    is_worker: whether others may write their log lines to the same place, so that these name their process
    errors:    those of Gateway.open
    """
    config = workspace.config
    write_logs(config.log_level, names_worker=is_worker)
    settings = GatewaySettings(
        expected_policy_hash=config.policy_hash,
        mode=config.mode,
        redaction_profile=config.redaction_profile,
        redaction_key=redaction_key(workspace),
        limits=Limits(bytes_max=config.request_bytes_max),
        deadline_seconds=config.deadline_seconds,
        queue_max=config.queue_max,
        checkpoint_path=workspace.checkpoints,
        checkpoint_seconds=config.checkpoint_seconds,
    )
    return Gateway.open(policy or workspace.policy_path, workspace.storage_url, settings)


def _is_workspace(folder: Path) -> bool:
    return (folder / SETTINGS_FILE).is_file() or (folder / _FOLDER).is_dir()


def redaction_key(workspace: Workspace) -> RedactionKey | None:
    """The key of the file that the settings name; the file's name, without its ending, names the key in records.

    errors: WorkspaceError where there is no such file, or its key is too short
    """
    name = workspace.config.redaction_key_file
    if name is None:
        return None
    path = workspace.folder / name
    try:
        secret = read_regular(path, _KEY_BYTES_MAX)
    except OSError as error:
        detail = f"the redaction key can't be read: {words_of(error)}; {_KEY_MEND}"
        raise WorkspaceError(str(path), detail) from error
    if not _KEY_BYTES_MIN <= len(secret.strip()) <= len(secret) <= _KEY_BYTES_MAX:
        size = f"{_KEY_BYTES_MIN} bytes at least, and {_KEY_BYTES_MAX:,} at most"
        raise WorkspaceError(str(path), f"a redaction key has {size}; {_KEY_MEND}")
    return RedactionKey(path.stem, secret.strip())


_KEY_BYTES_MIN: Final = 16
_KEY_BYTES_MAX: Final = 2**16
_KEY_MEND: Final = "make one with `openssl rand -hex 32`, or mend redaction_key_file"


def _write(path: Path, content: bytes) -> None:
    """A new file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(descriptor)
