"""`lumyn serve`: what it refuses before it listens, and what it says and answers once it does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from lumyn.cli import lumyn
from lumyn.workspace import init
from tests.api.served import served
from tests.api.signing import SECRET

REQUEST = (Path(__file__).parents[2] / "examples" / "starter" / "requests" / "refund-small.json").read_bytes()
_JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of Lumyn's is set."""
    for name in [name for name in os.environ if name.startswith("LUMYN_") and name != "LUMYN_PROFILE"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace for those who leave it as it is."""
    return init(tmp_path_factory.mktemp("made")).folder


def _refused(workspace: Path, *options: str, **environment: str) -> Result:
    """How the command ends, in this process: it has to before it serves."""
    ended = CliRunner().invoke(lumyn, ["serve", "--workspace", str(workspace), *options], env=environment)
    assert isinstance(ended.exception, SystemExit)
    return ended


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "0", "192.0.2.1", "::ffff:192.0.2.1"])  # noqa: S104
def test_it_does_not_let_other_machines_decide_unsigned(made: Path, host: str) -> None:
    """However the address is spelled."""
    ended = _refused(made, "--host", host)

    assert ended.exit_code == 2
    assert "no signing_secret is set; set LUMYN_SIGNING_SECRET" in ended.stderr
    assert "openssl rand -hex 32" in ended.stderr


def test_a_name_that_leads_beyond_this_machine_is_no_loopback(made: Path) -> None:
    """Its addresses count, and all of them."""
    name = socket.gethostname()
    try:
        addresses = {place[0] for *_, place in socket.getaddrinfo(name, 0)}
    except OSError:
        pytest.skip("this machine does not know its own name")
    if all(str(address).startswith(("127.", "::1")) for address in addresses):
        pytest.skip("this machine's name leads to itself alone")

    assert _refused(made, "--host", name).exit_code == 2


def test_where_it_listens_everywhere_it_needs_to_know_its_names(made: Path) -> None:
    """Otherwise it would refuse every call."""
    ended = _refused(made, "--host", "0.0.0.0", LUMYN_SIGNING_SECRET=SECRET)  # noqa: S104

    assert ended.exit_code == 2
    assert "set LUMYN_ALLOWED_HOSTS" in ended.stderr
    assert SECRET not in ended.output


def test_a_host_that_is_nowhere_is_said(made: Path) -> None:
    """By its name; and one without a name is wrong usage."""
    assert _refused(made, "--host", "").exit_code == 2
    ended = _refused(made, "--host", "nowhere.invalid")

    assert ended.exit_code == 3
    assert "nowhere.invalid: no address is known for it" in ended.stderr


@pytest.mark.parametrize("host", ["127.0.0.1:8071", "localhost:8071", "[::1]:8071"])
def test_a_port_behind_the_host_is_wrong_usage(made: Path, host: str) -> None:
    """With where it belongs."""
    ended = _refused(made, "--host", host)

    assert ended.exit_code == 2
    assert "--port 8071" in ended.stderr


@pytest.mark.parametrize("options", [("--port", "8015"), ("--host", "127.0.0.1"), ("--port", "8000")])
def test_a_unix_socket_has_neither_host_nor_port(made: Path, tmp_path: Path, options: tuple[str, str]) -> None:
    """Whoever names both expects to be served at both; a port that is the default one is named all the same."""
    ended = _refused(made, *options, "--uds", str(tmp_path / "x.sock"))

    assert ended.exit_code == 2
    assert f"{options[0]} and --uds" in ended.stderr


def test_a_setting_that_protects_nothing_is_said(made: Path) -> None:
    """As when it serves."""
    ended = _refused(made, LUMYN_SIGNING_SECRET="short")  # noqa: S106

    assert ended.exit_code == 2
    assert "signing_secret" in ended.stderr


def _no_store(folder: Path) -> None:
    (folder / ".lumyn" / "lumyn.db").unlink()


def _no_policy(folder: Path) -> None:
    (folder / ".lumyn" / "policy.lpack").unlink()


def _broken_policy(folder: Path) -> None:
    (folder / ".lumyn" / "policy.lpack").write_bytes(b"lpack 1 blake3:")


@pytest.mark.parametrize(
    ("harm", "code", "said"),
    [
        (_no_store, 3, "there is no store"),
        (_no_policy, 3, "can't read the policy"),
        (_broken_policy, 1, "the policy can't be used"),
    ],
)
def test_what_can_not_be_opened_is_said_before_anybody_is_let_in(
    tmp_path: Path, harm: object, code: int, said: str
) -> None:
    """As other commands say it. Not a socket is made."""
    assert callable(harm)
    harm(init(tmp_path).folder)
    path = tmp_path / "lumyn.sock"
    ended = _refused(tmp_path, "--uds", str(path))

    assert ended.exit_code == code
    assert said in ended.stderr
    assert not path.exists()


def test_a_port_that_is_taken_is_said(made: Path) -> None:
    """With what to do about it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        ended = _refused(made, "--port", str(other.getsockname()[1]))

    assert ended.exit_code == 3
    assert "something listens there already; stop it, or name another one" in ended.stderr


def test_a_file_is_not_replaced_by_a_socket(made: Path, tmp_path: Path) -> None:
    """Nor is a socket that somebody answers."""
    file = tmp_path / "precious"
    file.write_text("precious")
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "taken.sock"))
        other.listen()
        for path, said in ((file, "a file of another kind is there"), (tmp_path / "taken.sock", "something listens")):
            ended = _refused(made, "--uds", str(path))
            assert ended.exit_code == 3
            assert said in ended.stderr
            assert path.exists()

    assert file.read_text() == "precious"


def test_what_has_to_be_installed_is_said(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command for it."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    ended = _refused(made)

    assert ended.exit_code == 3
    assert 'pip install ".[service]" in the checkout' in ended.stderr


def test_it_is_imported_only_where_it_is_asked_for() -> None:
    """Importing the application does nothing, and no other command imports any of it."""
    program = (
        "import sys, lumyn.cli, lumyn.gateway\n"
        "assert not {'starlette', 'uvicorn', 'jinja2'} & sys.modules.keys()\n"
        "import lumyn.api.app, threading\n"
        "assert threading.active_count() == 1 and 'uvicorn' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd="/")


@pytest.fixture(scope="module")
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A path that a service listens at, where one that was killed had left its socket; by two workers."""
    folder = tmp_path_factory.mktemp("unix")
    path = folder / "lumyn.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    workspace = init(folder / "workspace").folder
    with served(workspace, "--uds", str(path), "--workers", "2", LUMYN_ALLOWED_HOSTS="shop.example") as service:
        said = service.said()
        assert "lumyn-support 0.1.0 blake3:" in said
        assert "No signing_secret is set" in said
        assert f"Serving {workspace} at unix:{path} with 2 workers. Ctrl-C ends it" in said
        yield path
        assert service.ended() == 0
    assert not path.exists()


def test_a_unix_socket_is_for_its_owner_and_its_group(socket_path: Path) -> None:
    """And calls through it are answered, under the names that are allowed."""
    assert socket_path.stat().st_mode & 0o777 == 0o660
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket_path)), base_url="http://shop.example") as client:
        decided = client.post("/v0/decide", content=REQUEST, headers=_JSON)
        assert decided.status_code == 200
        assert decided.json()["verdict"] == "TRUST"
        refused = client.post("/v0/decide", content=REQUEST, headers={**_JSON, "Host": "other.example"})
        assert refused.json()["reason_code"] == "HOST_NOT_ALLOWED"


def test_an_answer_does_not_say_what_serves(socket_path: Path) -> None:
    """No `Server`, once `Date`, and an id."""
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket_path)), base_url="http://shop.example") as client:
        headers = client.get("/healthz").headers

    assert "server" not in headers
    assert len(headers.get_list("date")) == 1
    assert headers["x-request-id"].startswith("req_")
