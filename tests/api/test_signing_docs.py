"""The programs of docs/signing.md sign as the service wants it, and a secret is changed as that page says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lumyn.workspace import init
from tests.api.servers import serving
from tests.api.signing import SECRET, SETTINGS, signed
from tests.docs.pages import read_page

PAGE = Path(__file__).parents[2] / "docs" / "signing.md"
FILES = {block.file: block.text for block in read_page(PAGE).blocks if block.file is not None}
WRONG_SECRET = "a secret that is not the service's"  # noqa: S105
JSON = {"Content-Type": "application/json"}

# Program, file, and what else has to be there.
PROGRAMS = [
    ([sys.executable, "call.py"], ()),
    (["bash", "call.sh"], ("bash", "curl", "openssl")),
    (["node", "call.mjs"], ("node",)),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service with secrets."""
    with serving(init(tmp_path_factory.mktemp("docs") / "shop").folder, **SETTINGS) as found:
        yield found


@pytest.fixture(scope="module")
def unsigned_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a service without secrets."""
    with serving(init(tmp_path_factory.mktemp("docs") / "shop").folder) as found:
        yield found


def need(programs: tuple[str, ...]) -> None:
    """Skip the test where one of them is not installed."""
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")


def without_types(text: str) -> str:
    """TypeScript as JavaScript, where types stand as the page says."""
    text = re.sub(r"^type .*;\n", "", text, flags=re.MULTILINE)
    return re.sub(r"^(const \w+): \w+ =", r"\1 =", text, flags=re.MULTILINE)


def run(folder: Path, command: list[str], url: str, secret: str | None = SECRET) -> subprocess.CompletedProcess[str]:
    """Run a program of the page in a folder of its own.

    secret: None has it sign nothing
    """
    for name, text in {**FILES, "call.mjs": without_types(FILES["call.mts"])}.items():
        (folder / name).write_text(text, "utf-8")
    environment = {"PATH": os.environ["PATH"], "LUMYN_URL": url}
    if secret is not None:
        environment["LUMYN_SIGNING_SECRET"] = secret
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False, encoding="utf-8"
    )


@pytest.mark.parametrize(("command", "needed"), PROGRAMS, ids=["python", "curl", "typescript"])
def test_a_program_of_the_page_makes_its_four_calls(
    command: list[str], needed: tuple[str, ...], url: str, tmp_path: Path
) -> None:
    """It prints what the page says; with another secret, or none, it is refused and says why."""
    need(needed)

    done = run(tmp_path, command, url)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert done.stdout == FILES["expected.txt"]

    for secret, why in ((WRONG_SECRET, json.loads(FILES["answer.json"])["detail"]), (None, "X-Lumyn-Signature")):
        refused = run(tmp_path, command, url, secret)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "401" in refused.stderr
        assert why in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(("command", "needed"), PROGRAMS, ids=["python", "curl", "typescript"])
def test_without_a_secret_on_either_side_nothing_is_signed(
    command: list[str], needed: tuple[str, ...], unsigned_url: str, tmp_path: Path
) -> None:
    """It prints the same."""
    need(needed)

    done = run(tmp_path, command, unsigned_url, None)

    assert (done.returncode, done.stderr, done.stdout) == (0, "", FILES["expected.txt"])


def test_a_node_that_strips_types_runs_the_program_as_it_is(url: str, tmp_path: Path) -> None:
    """By the command of the page."""
    need(("node",))
    asked = ["node", "--print", "process.features.typescript === 'strip'"]
    if subprocess.run(asked, capture_output=True, check=True).stdout != b"true\n":
        pytest.skip("this Node strips no types by itself")

    done = run(tmp_path, ["node", "call.mts"], url)

    assert (done.returncode, done.stdout) == (0, FILES["expected.txt"]), done.stderr


def test_a_refusal_looks_as_the_page_shows_it(url: str) -> None:
    """But for the id of the call."""
    body = FILES["request.json"].encode()
    answer = httpx.post(f"{url}/v0/decide", content=body, headers=JSON | signed(body + b" "))

    shown = json.loads(FILES["answer.json"])
    assert answer.status_code == shown["status"]
    assert answer.json() == {**shown, "request_id": answer.json()["request_id"]}


def test_a_secret_is_changed_step_by_step(tmp_path: Path) -> None:
    """The old one is good until the page's last step, and not after it; the new one from the second on."""
    folder = init(tmp_path / "shop").folder
    new, old = "the new secret of the service", "the old secret of the service"
    body = FILES["request.json"].encode()
    for settings, is_old_good, is_new_good in (
        ({"LUMYN_SIGNING_SECRET": old}, True, False),
        ({"LUMYN_SIGNING_SECRET": new, "LUMYN_SIGNING_SECRET_PREVIOUS": old}, True, True),
        ({"LUMYN_SIGNING_SECRET": new}, False, True),
    ):
        with serving(folder, **settings) as url:
            for secret, is_good in ((old, is_old_good), (new, is_new_good)):
                answer = httpx.post(f"{url}/v0/decide", content=body, headers=JSON | signed(body, secret))
                assert answer.status_code == (200 if is_good else 401)


def test_the_service_does_not_start_with_secrets_that_protect_nothing(tmp_path: Path) -> None:
    """It says why, and not with what."""
    folder = init(tmp_path / "shop").folder
    with (
        pytest.raises(AssertionError, match="signing_secret: has 9 bytes, and could be guessed") as caught,
        serving(
            folder,
            LUMYN_SIGNING_SECRET="too-short",  # noqa: S106
        ),
    ):
        pass
    assert "too-short" not in str(caught.value)
