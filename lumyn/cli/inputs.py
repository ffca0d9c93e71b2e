"""Policies as commands are given them: an artifact or a source, from a file or standard input."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from lumyn.cli.endings import Refused, Unavailable
from lumyn.cli.terminal import escape
from lumyn.errors import FileError
from lumyn.files import STANDARD_STREAM, EndlessLineError, read_file, read_lines, write_files
from lumyn_runtime.errors import ArtifactError
from lumyn_runtime.limits import ARTIFACT_BYTES_MAX

if TYPE_CHECKING:
    from lumyn_compiler.pipeline import Analysis, Compilation, Spelling
    from lumyn_runtime import CompiledPolicy

__all__ = [
    "CHECKPOINTS_BYTES_MAX",
    "analyse_source",
    "compile_source",
    "file",
    "lines",
    "load_policy",
    "read",
    "read_source",
    "refuse_the_source_itself",
    "shown_name",
    "spelling_of",
    "spelling_option",
    "write",
]

# What a gateway writes in fifteen years, one a minute.
CHECKPOINTS_BYTES_MAX = 2**30

Command = TypeVar("Command", bound=Callable[..., object])


def file(name: str) -> str:
    """The type of an argument that names a file; "-" is standard input or output.

    An empty name is mostly a variable that a script never set, and no wish for the working directory.
    """
    if not name:
        raise click.BadParameter("it is empty; name a file, or - for the standard stream")
    return name


def spelling_option(command: Command) -> Command:
    """`--spelling`, which standard input needs when it holds YAML."""
    return click.option(
        "--spelling",
        type=click.Choice(["lumyn", "yaml"]),
        help="How the source is spelled; else its name tells, and standard input is .lumyn.",
    )(command)


def read(path: str, size_max: int) -> bytes:
    """At most `size_max` + 1 bytes of a file or, for "-", of standard input."""
    try:
        return read_file(path, size_max)
    except FileError as problem:
        raise Unavailable(f"can't read {escape(str(problem))}") from problem


def lines(path: str, size_max: int) -> Iterator[bytes]:
    """The lines of a file or, for "-", of standard input, each of at most `size_max` + 1 bytes."""
    try:
        yield from read_lines(path, size_max)
    except EndlessLineError as problem:
        raise Refused(f"{escape(shown_name(path))}: {problem.detail}, and reading stopped in it") from problem
    except FileError as problem:
        raise Unavailable(f"can't read {escape(str(problem))}") from problem


def write(*files: tuple[str, bytes]) -> None:
    """Replace files whole, all or none, in their order; "-" is standard output."""
    try:
        write_files(*files)
    except FileError as problem:
        raise Unavailable(f"can't write {escape(str(problem))}") from problem


def read_source(path: str) -> bytes:
    """A source; what is too large for one is still seen to be so."""
    content = read(path, ARTIFACT_BYTES_MAX)
    if _is_artifact(path, content):
        raise Refused(f"{escape(shown_name(path))} is an artifact; this needs the source that it was compiled from")
    return content


def shown_name(path: str) -> str:
    """How errors refer to a file."""
    return "<stdin>" if path == STANDARD_STREAM else path


def spelling_of(path: str, spelling: str | None) -> "Spelling":
    """The spelling that was asked for, else the one that the file's name stands for."""
    from lumyn_compiler import pipeline

    return pipeline.Spelling(spelling) if spelling else pipeline.spelling_of(path)


def refuse_the_source_itself(source: str, out: str, option: str = "-o") -> None:
    """Keep a command from writing over what it reads; `option` is what made it write there."""
    if STANDARD_STREAM in (source, out):
        return
    try:
        is_same = Path(out).exists() and Path(source).exists() and Path(out).samefile(source)
    except OSError:
        # A name that can't be looked at is told of where it is read or written.
        return
    if is_same:
        raise click.UsageError(f"{option} names the source itself")


def analyse_source(path: str, content: bytes, spelling: str | None) -> "Analysis":
    """Everything that `check` would say of a source, and what it was found on."""
    from lumyn_compiler.pipeline import analyse

    return analyse(content, shown_name(path), spelling_of(path, spelling))


def compile_source(path: str, content: bytes, spelling: str | None, form: str = "text") -> "Compilation":
    """Compile a source; what is found goes to standard error, and an error ends the command."""
    from lumyn.cli.findings import show
    from lumyn_compiler.diagnostic import CompileError
    from lumyn_compiler.pipeline import compile_text

    try:
        compilation = compile_text(content, shown_name(path), spelling_of(path, spelling))
    except CompileError as problem:
        show(problem.report, form=form, err=True)
        raise click.exceptions.Exit(1) from problem
    show(compilation.report, form=form, err=True)
    return compilation


def load_policy(path: str, spelling: str | None) -> "CompiledPolicy":
    """The policy of an artifact, or of a source that is compiled in memory."""
    import lumyn_runtime

    content = read(path, ARTIFACT_BYTES_MAX)
    artifact = content if _is_artifact(path, content) else compile_source(path, content, spelling).artifact
    try:
        return lumyn_runtime.load(artifact)
    except ArtifactError as problem:
        raise Refused(f"{escape(shown_name(path))}: {problem}; compile its policy again") from problem


def _is_artifact(path: str, content: bytes) -> bool:
    """Whether it means to be an artifact: its name decides, for a damaged one may hold anything; else its beginning."""
    return path.lower().endswith(".lpack") or content.startswith(b"lpack ")
