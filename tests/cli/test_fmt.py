"""`lumyn fmt`: canonical text in place, to standard output, or only checked."""

from pathlib import Path

from lumyn_compiler import compile_text
from tests.cli.samples import POLICY, Run

UGLY = POLICY.replace("\n    when", "  when").replace(" = ", "=")


def test_a_policy_is_rewritten_in_place(workspace: Path, run: Run) -> None:
    """Another text, the same policy; a second run finds nothing to do."""
    (workspace / "policy.lumyn").write_text(UGLY)

    ended = run("fmt", "policy.lumyn")
    formatted = (workspace / "policy.lumyn").read_text()

    assert (ended.exit_code, ended.stdout, ended.stderr) == (0, "", "policy.lumyn: formatted\n")
    assert formatted != UGLY
    assert compile_text(formatted).policy_hash == compile_text(UGLY).policy_hash
    again = run("fmt", "policy.lumyn")
    assert (again.exit_code, again.stderr) == (0, "")
    assert (workspace / "policy.lumyn").read_text() == formatted


def test_standard_input_goes_to_standard_output(workspace: Path, run: Run) -> None:
    """As an editor wants it."""
    (workspace / "policy.lumyn").write_text(UGLY)
    ended = run("fmt", "-", stdin=UGLY)
    run("fmt", "policy.lumyn")

    assert ended.exit_code == 0
    assert ended.stdout == (workspace / "policy.lumyn").read_text()


def test_check_names_the_files_and_writes_nothing(workspace: Path, run: Run) -> None:
    """The names are the data; the exit code says that the answer is no."""
    (workspace / "ugly.lumyn").write_text(UGLY)
    (workspace / "policy.lumyn").write_text(run("fmt", "-", stdin=POLICY).stdout)

    ended = run("fmt", "--check", "policy.lumyn", "ugly.lumyn")

    assert (ended.exit_code, ended.stdout) == (1, "ugly.lumyn\n")
    assert (workspace / "ugly.lumyn").read_text() == UGLY
    assert run("fmt", "--check", "policy.lumyn").exit_code == 0


def test_a_file_that_cannot_be_parsed_is_left_alone(workspace: Path, run: Run) -> None:
    """Its errors are shown, and the other files are formatted all the same."""
    (workspace / "broken.lumyn").write_text("policy nonsense\n")
    (workspace / "ugly.lumyn").write_text(UGLY)

    ended = run("fmt", "broken.lumyn", "ugly.lumyn")

    assert ended.exit_code == 1
    assert ended.stderr.startswith("broken.lumyn:1:")
    assert "error[L101]" in ended.stderr
    assert (workspace / "broken.lumyn").read_text() == "policy nonsense\n"
    assert (workspace / "ugly.lumyn").read_text() != UGLY


def test_a_policy_whose_names_are_wrong_can_be_formatted(workspace: Path, run: Run) -> None:
    """Form and meaning are two things."""
    broken = POLICY.replace("evidence.risk", "evidence.rsk")

    assert run("fmt", "-", stdin=broken).exit_code == 0


def test_yaml_has_no_canonical_form(workspace: Path, run: Run) -> None:
    """The error says what translates it."""
    (workspace / "policy.yml").write_text("schema_version: policy.v0\n")

    ended = run("fmt", "policy.yml")

    assert ended.exit_code == 1
    assert "lumyn policy convert" in ended.stderr
