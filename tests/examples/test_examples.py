"""Every folder under examples/ does what it says."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import jsonschema
import pytest

import lumyn
import lumyn_compiler
import lumyn_runtime
from lumyn_compiler.pipeline import Compilation
from lumyn_runtime.policy import RiskSignals
from tests import reference
from tests.examples.cases import EXAMPLE_NAMES, EXAMPLES, Expectation, expectations, request_of

CASES = [
    pytest.param(example, expectation, id=f"{example}: {expectation.label}".replace("`", ""))
    for example in EXAMPLE_NAMES
    for expectation in expectations(example)
]
EXAMPLE = pytest.mark.parametrize("example", EXAMPLE_NAMES)
SCHEMA = json.loads((Path(lumyn.__file__).parent / "schemas" / "decision_request.v0.json").read_bytes())


@cache
def compiled(example: str) -> Compilation:
    """An example's policy."""
    return lumyn_compiler.compile_file(EXAMPLES / example / "policy.lumyn")


@pytest.mark.parametrize(("example", "expectation"), CASES)
def test_the_table_says_what_the_example_promises(example: str, expectation: Expectation) -> None:
    """The compiled policy gives the verdict, reasons, rules, queries and obligations of expected.json."""
    policy = lumyn_runtime.load(compiled(example).artifact)
    risk = RiskSignals(failure_similarity=expectation.failure_similarity or 0.0)
    outcome = policy.evaluate(request_of(example, expectation), risk=risk)
    assert expectation.given(outcome) == expectation


@pytest.mark.parametrize(("example", "expectation"), CASES)
def test_the_oracle_says_the_same(example: str, expectation: Expectation) -> None:
    """The plain interpreter of the checked policy agrees with expected.json too."""
    request = request_of(example, expectation)
    outcome = reference.evaluate(compiled(example).policy, request, expectation.failure_similarity or 0.0)
    assert expectation.given(outcome) == expectation


@pytest.mark.parametrize(("example", "expectation"), CASES)
def test_every_request_is_a_decision_request(example: str, expectation: Expectation) -> None:
    """The requests fit the published schema, so they can be sent to the gateway as they are."""
    jsonschema.Draft202012Validator(SCHEMA).validate(request_of(example, expectation))


@EXAMPLE
def test_every_request_is_expected_to_be_something(example: str) -> None:
    """No request lies about that expected.json says nothing of."""
    files = {f"requests/{path.name}" for path in (EXAMPLES / example / "requests").iterdir()}
    assert files == {expectation.request for expectation in expectations(example)}


@EXAMPLE
def test_every_rule_matches_some_request(example: str) -> None:
    """An example shows all that its policy can do."""
    shown = {rule for expectation in expectations(example) for rule in expectation.matched_rules}
    assert {rule.rule_id for rule in compiled(example).policy.rules} <= shown


@EXAMPLE
def test_the_policy_is_free_of_findings(example: str) -> None:
    """What is shown to newcomers draws no warning."""
    assert [f"{found.code}: {found.message}" for found in compiled(example).warnings] == []


@EXAMPLE
def test_every_reason_has_its_sentence(example: str) -> None:
    """Whoever reads a record learns what its reasons mean."""
    policy = compiled(example).policy
    codes = {code for rule in policy.rules for code in rule.reason_codes}
    assert codes <= policy.reasons.keys()


@EXAMPLE
def test_the_readme_names_every_request_with_its_verdict(example: str) -> None:
    """The table in the README has the rows of expected.json, in their order."""
    text = (EXAMPLES / example / "README.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in text.splitlines() if line.startswith("| `")]
    assert rows == [[expectation.label, expectation.verdict] for expectation in expectations(example)]


@EXAMPLE
def test_the_commands_of_the_readme_run(example: str, tmp_path: Path) -> None:
    """Every command of the README succeeds in a copy of the folder, and `eval` prints what expected.json says."""
    folder = tmp_path / example
    shutil.copytree(EXAMPLES / example, folder)
    text = (folder / "README.md").read_text(encoding="utf-8")
    commands = "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)).splitlines()
    assert commands
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "lumyn"
        ran = subprocess.run(
            [Path(sys.executable).with_name("lumyn"), *arguments], cwd=folder, capture_output=True, check=False
        )
        assert (ran.returncode, ran.stderr.decode() if ran.returncode else "") == (0, ""), command
        if arguments[0] == "eval":
            _assert_printed(example, arguments, json.loads(ran.stdout))


def test_the_overview_lists_every_example() -> None:
    """examples/README.md links to each folder, and to what runs the service, which has no policy."""
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([a-z-]+)/README\.md\)", text)) == sorted([*EXAMPLE_NAMES, "service"])


def _assert_printed(example: str, arguments: list[str], printed: dict[str, object]) -> None:
    """What `eval` printed says the same as expected.json of that request and failure similarity."""
    given = dict(pairwise(arguments))
    request, similarity = given["--in"], float(given.get("--failure-similarity", "0"))
    expected = next(
        expectation
        for expectation in expectations(example)
        if (expectation.request, expectation.failure_similarity or 0.0) == (request, similarity)
    )
    assert printed["verdict"] == expected.verdict
    assert printed["reason_codes"] == expected.reason_codes
    assert printed["queries"] == expected.queries
    assert printed["obligations"] == expected.obligations
