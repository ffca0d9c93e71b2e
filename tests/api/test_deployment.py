"""What lies in examples/service, and docs/service.md, checked as far as the machine allows."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import attrs
import click
import pytest

from lumyn.api.server import CLOSE_SECONDS, KEEP_ALIVE_SECONDS
from lumyn.cli import lumyn
from lumyn.cli.serve import command
from lumyn.config import SETTINGS, ConfigError, LumynConfig, read_config
from lumyn.version import __version__
from lumyn.workspace import init
from tests.api.servers import serving
from tests.docs.pages import Page, read_page
from tests.docs.test_links import links_of

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "service"
PAGE = ROOT / "docs" / "service.md"
UNIT = (FOLDER / "lumyn.service").read_text("utf-8")
PORT_URL = "http://127.0.0.1:8000"
CONTAINER = (FOLDER / "Containerfile").read_text("utf-8")


def _instruction(name: str) -> str:
    """The last one of a name in the container file, in one line."""
    found = re.findall(rf"^{name} (.*(?:\\\n.*)*)", CONTAINER, re.MULTILINE)
    return str(found[-1]).replace("\\\n", " ")


def _options(words: Sequence[str]) -> dict[str, object]:
    """What `lumyn serve` takes words for."""
    assert [Path(words[0]).name, words[1]] == ["lumyn", "serve"]
    # As a command of the group: a command keeps the help option that it was first made with.
    return command.make_context("serve", [*words[2:]], click.Context(lumyn, **lumyn.context_settings)).params


def _unit(key: str) -> str:
    (value,) = re.findall(rf"^{key}=(.*)$", UNIT, re.MULTILINE)
    return str(value)


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    """With the command where it is here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd here")
    unit = tmp_path / "lumyn.service"
    unit.write_text(UNIT.replace("/opt/lumyn/bin/lumyn", str(Path(sys.executable).with_name("lumyn"))))
    verified = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, check=False, encoding="utf-8")

    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_unit_starts_the_command_and_gives_it_time_to_end() -> None:
    """Its options are there, and no secret is among them."""
    options = _options(shlex.split(_unit("ExecStart")))

    assert options["port"] == 8000
    assert options["workers"] == 2
    assert float(_unit("TimeoutStopSec")) > LumynConfig().shutdown_seconds + CLOSE_SECONDS
    # One that listens to everybody in the group would take the signal as well, and be replaced.
    assert _unit("KillMode") == "mixed"


def test_the_variables_are_settings() -> None:
    """And hold nothing that could be used."""
    given = re.findall(r"^(LUMYN_\w+)=(.*)$", (FOLDER / "service.env").read_text("utf-8"), re.MULTILINE)
    names = [name for name, _ in given]

    assert names
    assert {name.removeprefix("LUMYN_").lower() for name in names} <= set(SETTINGS)
    assert {name for name in names if f"{name}" in UNIT} == set(names)
    assert {name: value for name, value in given if name != "LUMYN_ALLOWED_HOSTS"} == {
        "LUMYN_SIGNING_SECRET": "",
        "LUMYN_READ_TOKEN": "",
    }
    # Whoever forgets to fill them in is told so, and has no service that anybody can sign for.
    for name, value in given:
        if not value:
            with pytest.raises(ConfigError, match=name):
                read_config(None, {name: value})


def test_the_container_file_starts_the_command_as_nobody_special() -> None:
    """Its instructions are known, in their order, and the command gets options that it has."""
    instructions = re.findall(r"^([A-Z]+) ", CONTAINER, re.MULTILINE)
    options = _options([*json.loads(_instruction("ENTRYPOINT")), *json.loads(_instruction("CMD"))])

    assert instructions[0] == "FROM"
    assert set(instructions) <= {
        *("FROM", "ARG", "COPY", "RUN", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"),
        *("ENTRYPOINT", "CMD"),
    }
    assert instructions.index("RUN") < instructions.index("USER") < instructions.index("ENTRYPOINT")
    assert _instruction("USER") == "lumyn"
    assert str(options["port"]) == _instruction("EXPOSE")
    assert options["folder"] == "."
    assert _instruction("WORKDIR") == _instruction("VOLUME")


def test_the_health_check_of_the_container_is_a_program() -> None:
    """That asks the port which is served."""
    check = re.search(r"CMD (\[.*\])", _instruction("HEALTHCHECK"))
    assert check is not None
    python, dash, program = json.loads(check[1])

    assert (python, dash) == ("python", "-c")
    compile(program, "health check", "exec")
    assert f"http://127.0.0.1:{_instruction('EXPOSE')}/healthz" in program


def test_what_is_installed_is_a_wheel_of_this_version() -> None:
    """Of the name that building gives it; by its name alone, a package index would answer with another program."""
    wheel = f"lumyn-{__version__}-py3-none-any.whl"
    page = PAGE.read_text("utf-8")

    assert _instruction("ARG") == f"WHEEL={wheel}"
    assert re.search(r'pip install [^"]*"/tmp/\$\{WHEEL\}\[service,fast\]"', CONTAINER)
    assert f'pip install "./dist/{wheel}[service,fast]"' in page


def test_nothing_is_installed_by_its_name() -> None:
    """In no page, example or message."""
    texts = [ROOT / "README.md", ROOT / "Makefile"]
    texts += [path for folder in ("docs", "examples", "lumyn") for path in (ROOT / folder).rglob("*") if path.is_file()]
    by_name = re.compile(rb"pip install [^\n]*(?<![\w./-])lumyn(?![\w./-])|(?<![\w./-])lumyn\[")

    assert not [str(path) for path in texts if path.suffix != ".pyc" and by_name.search(path.read_bytes())]


def test_the_steps_of_the_container_are_commands_of_debian() -> None:
    """As far as this machine has them."""
    steps = [
        step.split()[0]
        for run in re.findall(r"^RUN ((?:.*\\\n)*.*)", CONTAINER, re.MULTILINE)
        for step in run.split("&&")
    ]

    assert steps == ["groupadd", "useradd", "install", "pip"]
    for step in steps:
        assert shutil.which(step) is not None or shutil.which("apt-get") is None


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_hands_on_what_is_checked_and_waits_long_enough(name: str) -> None:
    """It leads to where the service listens, bounds bodies as it does, and closes connections before it does."""
    text = (FOLDER / name).read_text("utf-8")
    size = re.search(r"(?:client_max_body_size|max_size) (\d+)(?:k|KiB)\b", text)
    kept = re.search(r"(?:keepalive_timeout|keepalive) (\d+)s", text)
    waited = re.search(r"(?:proxy_read_timeout|response_header_timeout) (\d+)s", text)

    assert text.count("{") == text.count("}")
    assert "127.0.0.1:8000" in text
    assert size is not None
    assert int(size[1]) * 1024 == LumynConfig().request_bytes_max
    assert kept is not None
    assert int(kept[1]) < KEEP_ALIVE_SECONDS
    assert waited is not None
    assert int(waited[1]) > LumynConfig().deadline_seconds + 10


def test_nginx_takes_its_configuration(tmp_path: Path) -> None:
    """With a certificate of our own."""
    if shutil.which("nginx") is None or shutil.which("openssl") is None:
        pytest.skip("there is no nginx here")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*made, "-subj", "/CN=decide.example.com"], check=True, capture_output=True)
    text = (FOLDER / "nginx.conf").read_text("utf-8")
    text = text.replace("/etc/ssl/private/decide.example.com.key", str(key))
    text = text.replace("/etc/ssl/decide.example.com.pem", str(certificate))
    file = tmp_path / "nginx.conf"
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    head = f"pid {tmp_path}/pid; error_log {tmp_path}/errors; events {{}}\nhttp {{ access_log off; {folders}\n"
    file.write_text(f"{head}{text}}}\n")

    tested = subprocess.run(["nginx", "-t", "-c", file], capture_output=True, check=False, encoding="utf-8")

    assert tested.returncode == 0, tested.stderr


def test_caddy_takes_its_configuration() -> None:
    """As it is."""
    if shutil.which("caddy") is None:
        pytest.skip("there is no Caddy here")
    options = ["--config", str(FOLDER / "Caddyfile"), "--adapter", "caddyfile"]
    validated = subprocess.run(["caddy", "validate", *options], capture_output=True, check=False, encoding="utf-8")

    assert validated.returncode == 0, validated.stderr


def test_the_page_leads_to_every_file_and_names_every_metric_rightly() -> None:
    """Metrics are those that docs/http-api.md has."""
    known = set(re.findall(r"`(lumyn_\w+)`", (ROOT / "docs" / "http-api.md").read_text("utf-8")))
    page = PAGE.read_text("utf-8")
    alerts = page.partition("## What to alert on")[2].partition("\n## ")[0]
    named = {re.sub("_bucket$", "", name) for name in re.findall(r"lumyn_\w+", alerts)}
    led_to = {(PAGE.parent / link.partition("#")[0]).resolve() for link in links_of(PAGE)}

    assert named <= known
    assert {path for path in FOLDER.iterdir() if path.name != "README.md"} <= led_to


def test_what_is_called_at_a_port_answers_as_the_page_says(tmp_path: Path) -> None:
    """At a port of its own, since that of the page may be taken."""
    page = read_page(PAGE)
    request = next(block for block in page.blocks if block.file == "request.json")
    (called,) = (block for block in page.blocks if block.language == "console" and f"{PORT_URL}/" in block.text)
    with serving(init(tmp_path / "shop").folder) as url:
        called = attrs.evolve(called, text=called.text.replace(PORT_URL, url))
        Page(PAGE, (request, called)).run(tmp_path, tmp_path)


def test_the_page_says_the_limits_as_they_are() -> None:
    """Those of settings, and those of the code."""
    limits = PAGE.read_text("utf-8").partition("## Limits")[2].partition("\n## ")[0]
    config = LumynConfig()

    assert f"`in_flight_max`, {config.in_flight_max}" in limits
    assert f"`deadline_seconds`, {config.deadline_seconds:g} s" in limits
    assert f"`request_bytes_max`, {config.request_bytes_max // 1024} KiB" in limits
    assert f"{KEEP_ALIVE_SECONDS} s" in limits


def test_a_command_line_with_a_secret_is_none_of_ours() -> None:
    """No option takes one."""
    assert not [
        option.name
        for option in command.params
        if isinstance(option, click.Option) and re.search("secret|token|key", option.name or "")
    ]
