"""Runs the examples of a page of documentation.

A page is read from top to bottom; its examples share one empty folder, and its Python blocks share their names. What a
fenced block is follows from its language, and from the words behind that:

    ```lumyn                 A policy; it has no errors. Without a `policy` statement it is a fragment: the page's frame (see
                             below) is put behind it, so that line numbers are those of the page. A block that begins
                             with no keyword of a statement is conditions, one a line.
    ```lumyn L203            … and gives this diagnostic, error or warning; several codes may be named. The example of a
                             code with `-`, ```lumyn -W104, gives no errors and not this warning.
    ```lumyn refund.lumyn    … and is written to that file, for the console blocks after it. Any block may name a file.
    ```yaml                  With a `schema_version`, a policy in its other spelling, as above.
    ```json                  JSON that can be read.
    ```diagnostic            What is said of the policy before it, as `lumyn check` prints it. The file is `policy.lumyn`
                             unless the policy names another.
    ```python                Is run and raises nothing. Lines with `>>>` are compared with what stands below them.
    ```console               Lines that begin with `$ ` are run by a shell; what they print, on both streams, is what
                             stands below them. They succeed, but for the last one of a block marked ```console fails.
                             A `cd` holds for the rest of the page, as it does for whoever types it: for its files and
                             its Python, too. `dec_…` in a command is the id of the decision that the page printed last.

In what is compared, a line of `…` stands for any lines, and `…` within a line for anything in it. Other languages are not
run. Two comments say more:

    <!-- frame … -->         From here on, this is what fragments stand in: a `policy` statement and declarations.
    <!-- not run: … -->      The next block is not run, for that reason.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from unittest.mock import patch

import attrs
from markdown_it import MarkdownIt

from lumyn_compiler.diagnostic import CompileError, Report
from lumyn_compiler.pipeline import Spelling, compile_text
from lumyn_compiler.render import render_text

__all__ = ["Block", "Page", "read_page"]

_DECISION_ID = re.compile(r"dec_[0-9A-Z]{26}")
_CODE = re.compile(r"[LW][0-9]{3}")
_STATEMENT = re.compile(r"(policy|mode|default|evidence|redact|reason|let|condition|stage|rule|never|always|test)\b")
_DEFAULT_FRAME = 'policy example version "1"\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\n'


@attrs.frozen
class Block:
    """A fenced block, or a comment that says something about the blocks after it.

    language: first word after the fence; "frame" and "not run" for comments
    words:    what follows it: codes, file names, "fails"
    line:     of the page, counted from 1, on which the block begins
    """

    language: str
    words: tuple[str, ...]
    text: str
    line: int

    @property
    def codes(self) -> frozenset[str]:
        """Diagnostics that the block gives."""
        return frozenset(word for word in self.words if _CODE.fullmatch(word))

    @property
    def barred(self) -> frozenset[str]:
        """Diagnostics that it does not give."""
        return frozenset(word[1:] for word in self.words if word.startswith("-"))

    @property
    def file(self) -> str | None:
        """The name of the file to write it to."""
        return next((word for word in self.words if "." in word), None)


def read_page(path: Path) -> Page:
    """The blocks of a page."""
    return Page(path, tuple(_blocks(path.read_text(encoding="utf-8"))))


def _blocks(text: str) -> Iterator[Block]:
    for token in MarkdownIt().parse(text):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            language, *words = token.info.split() or [""]
            yield Block(language, tuple(words), token.content, line)
        elif token.type == "html_block" and (
            found := re.fullmatch(r"<!-- (frame|not run:)(.*)-->\s*", token.content, re.DOTALL)
        ):
            yield Block(found[1].rstrip(":"), (), found[2].strip() + "\n", line)


@attrs.frozen
class Page:
    """A page with its examples."""

    path: Path
    blocks: tuple[Block, ...]

    def run(self, folder: Path, programs: Path) -> None:
        """Run every example. Raises AssertionError for one that does not do what the page says.

        folder:   an empty one, for the files that examples write
        programs: where shells find `lumyn`
        """
        run = _Run(folder, programs)
        skipped = False
        for block in self.blocks:
            if not skipped:
                with self._at(block):
                    run.block(block)
            skipped = block.language == "not run"

    @contextmanager
    def _at(self, block: Block) -> Iterator[None]:
        try:
            yield
        except BaseException as problem:
            problem.add_note(f"in the example at {self.path}:{block.line}")
            raise


class _Run:
    """What the examples of a page have done so far."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.working_folder = folder
        self.environment = _environment(programs)
        self.frame = _DEFAULT_FRAME
        self.names: dict[str, object] = {"__name__": "example"}
        self.report: Report | None = None
        self.decision_id = "dec_…"

    def block(self, block: Block) -> None:
        if block.file is not None:
            (self.working_folder / block.file).write_text(block.text, encoding="utf-8")
        match block.language:
            case "frame":
                self.frame = block.text
            case "lumyn":
                self.policy(block, Spelling.LUMYN, self.framed(block.text))
            case "yaml" if "schema_version" in block.text:
                self.policy(block, Spelling.YAML, block.text)
            case "diagnostic":
                assert self.report is not None, "no policy stands before this block"
                _compare(render_text(self.report), block.text)
            case "json":
                json.loads(block.text)
            case "python":
                self.python(block)
            case "console":
                self.console(block)
            case _:
                pass

    def framed(self, text: str) -> str:
        """A fragment in its frame."""
        if re.search(r"^policy\b", text, re.MULTILINE):
            return text
        first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
        if not _STATEMENT.match(first):
            text = "stage ESCALATIONS\n" + "".join(
                f"rule LINE-{number} for any action when {line}\n then ESCALATE because EXAMPLE\n"
                for number, line in enumerate(text.splitlines(), start=1)
                if line.strip()
            )
        return f"{text}\n{self.frame}"

    def policy(self, block: Block, spelling: Spelling, text: str) -> None:
        name = block.file or f"policy.{'lumyn' if spelling is Spelling.LUMYN else 'yml'}"
        try:
            self.report = compile_text(text, name, spelling).report
        except CompileError as error:
            self.report = error.report
        given = {found.code for found in self.report.diagnostics}
        shown = render_text(self.report)
        assert block.codes <= given, f"no {', '.join(block.codes - given)} here, but:\n{shown}"
        assert not block.barred & given, f"{', '.join(block.barred & given)} here:\n{shown}"
        if not block.codes:
            assert not self.report.errors, f"errors here:\n{shown}"

    def python(self, block: Block) -> None:
        with chdir(self.working_folder), patch.dict(os.environ, self.environment, clear=True):
            if ">>> " in block.text:
                self.session(block)
            else:
                exec(compile(block.text, "example", "exec"), self.names)  # noqa: S102  our own documentation

    def session(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(
            block.text.replace("…", "..."), self.names, "example", None, block.line
        )
        said: list[str] = []
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS, verbose=False)
        runner.run(test, out=said.append, clear_globs=False)
        self.names.update(test.globs)
        assert not runner.failures, "".join(said)

    def console(self, block: Block) -> None:
        commands = re.findall(r"^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE)
        assert commands, "a console block has a line that begins with `$ `"
        for position, (command, printed) in enumerate(commands):
            fails = "fails" in block.words and position == len(commands) - 1
            done = self.typed(command.replace("dec_…", self.decision_id))
            self.decision_id = [self.decision_id, *_DECISION_ID.findall(done.stdout)][-1]
            _compare(done.stdout, printed)
            assert bool(done.returncode) is fails, f"exit code {done.returncode} of: {command}\n{done.stdout}"

    def typed(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command where the one before it left the shell."""
        with NamedTemporaryFile() as left:
            done = subprocess.run(
                ["bash", "-c", f"trap 'pwd > {left.name}' EXIT\n{command}"],
                cwd=self.working_folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
                encoding="utf-8",
            )
            self.working_folder = Path(left.read().decode().removesuffix("\n"))
        return done


def _environment(programs: Path) -> dict[str, str]:
    """A reader's, who has set nothing of Lumyn's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LUMYN_")}
    return {**kept, "PATH": os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])}


def _compare(actual: str, expected: str) -> None:
    """Compare what was printed with what the page says, where `…` stands for anything."""
    lines = [
        ".*" if line.strip() == "…" else re.escape(line).replace("…", "[^\n]*") for line in expected.strip().split("\n")
    ]
    assert re.fullmatch("\n".join(lines), actual.strip(), re.DOTALL), f"it prints:\n{actual}"
