"""Settings come from a file, the environment and arguments, the later winning, and what is not known is an error."""

import math
import os
from pathlib import Path

import pytest

from lumyn.config import SETTINGS, ConfigError, LumynConfig, read_config
from lumyn.normal_json import Limits
from lumyn.redact import RedactionKey
from lumyn.setting_checks import NUMBERS
from lumyn.settings import GatewaySettings

# As the project page has them.
PAGE_VARIABLES = {
    "LUMYN_POLICY_PATH": ("policy_path", "p.lpack"),
    "LUMYN_STORAGE_URL": ("storage_url", "sqlite:.lumyn/lumyn.db"),
    "LUMYN_MODE": ("mode", "advisory"),
    "LUMYN_REDACTION_PROFILE": ("redaction_profile", "strict"),
    "LUMYN_SIGNING_SECRET": ("signing_secret", "do-not-show-me"),
}


def _file(folder: Path, text: str) -> Path:
    path = folder / "lumyn.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize("variable", PAGE_VARIABLES)
def test_every_variable_of_the_project_page_is_read(variable: str) -> None:
    """By its name, and it sets what it says."""
    key, value = PAGE_VARIABLES[variable]
    assert getattr(read_config(None, {variable: value}), key) == value


def test_the_environment_wins_over_the_file_and_arguments_over_both(tmp_path: Path) -> None:
    """Each setting by itself; what nobody sets has its default."""
    path = _file(tmp_path, 'mode = "advisory"\nqueue_max = 10\ndeadline_seconds = 1\n')
    assert read_config(path, {}) == LumynConfig(mode="advisory", queue_max=10, deadline_seconds=1.0)
    environment = {"LUMYN_MODE": "enforce", "LUMYN_QUEUE_MAX": "20", "HOME": "/"}
    assert read_config(path, environment) == LumynConfig(mode="enforce", queue_max=20, deadline_seconds=1.0)
    assert read_config(path, environment, queue_max=30) == LumynConfig(
        mode="enforce", queue_max=30, deadline_seconds=1.0
    )


def test_each_setting_can_come_from_each_side(tmp_path: Path) -> None:
    """With the same value, whoever says it."""
    values = {**dict.fromkeys(SETTINGS, "x"), "mode": "enforce", "redaction_profile": "off", "log_level": "info"}
    values |= {name: "3000" if name == "request_bytes_max" else "3" for name in NUMBERS}
    numbers = {key for key, value in values.items() if value.isdigit()}
    lines = [f"{key} = {value}" if key in numbers else f'{key} = "{value}"' for key, value in values.items()]
    expected = LumynConfig(**{key: float(value) if key in numbers else value for key, value in values.items()})  # type: ignore[arg-type]

    assert read_config(_file(tmp_path, "\n".join(lines)), {}) == expected
    assert read_config(None, {f"LUMYN_{key.upper()}": value for key, value in values.items()}) == expected


BAD_LINES = [
    ('mod = "enforce"', "lumyn.toml: mod: 'mod' is no setting; did you mean 'mode'?"),
    ('mode = "enforced"', "lumyn.toml: mode: 'enforced' is no value; did you mean 'enforce'?"),
    ('mode = "x"', "'x' is no value; there is"),
    ('redaction_profile = "stict"', "did you mean 'strict'?"),
    ('log_level = "warn"', "did you mean 'warning'?"),
    ("mode = 1", "1 is no text"),
    ('mode = " "', "is empty; leave it out, or give it a value"),
    ("queue_max = 1.5", "1.5 is no whole number; did you mean 2?"),
    ("queue_max = inf", "inf is no whole number"),
    ("queue_max = nan", "nan is no whole number"),
    ("queue_max = 0", "0 is not between 1 and 1,000,000"),
    ("deadline_seconds = true", "True is no number"),
    ('deadline_seconds = "2"', "'2' is no number"),
    ("deadline_seconds = nan", "nan is no number"),
    ("deadline_seconds = 1e9", "is not between 0.01 and 60"),
    ("checkpoint_seconds = 0", "0 is not between 1 and 86,400"),
    ("[server]\nport = 1", "'server' is no setting"),
    ("mode =", "no TOML"),
    ("mode = 'enforce'\nmode = 'advisory'", "no TOML"),
]


@pytest.mark.parametrize(("text", "said"), BAD_LINES)
def test_what_is_wrong_in_a_file_is_named_with_the_nearest_good_one(tmp_path: Path, text: str, said: str) -> None:
    """One error, with the place."""
    with pytest.raises(ConfigError) as caught:
        read_config(_file(tmp_path, text), {})
    assert said in str(caught.value)


BAD_VARIABLES = [
    ("LUMYN_MODES", "enforce", "LUMYN_MODES: there is no such setting; did you mean LUMYN_MODE?"),
    ("LUMYN_POLICY", "p", "did you mean LUMYN_POLICY_PATH?"),
    ("LUMYN_STORAGE", "p", "did you mean LUMYN_STORAGE_URL?"),
    ("LUMYN_MODE", "Enforce", "LUMYN_MODE: 'Enforce' is no value; did you mean 'enforce'?"),
    ("LUMYN_SIGNING_SECRET", "", "LUMYN_SIGNING_SECRET: is empty"),
    ("LUMYN_QUEUE_MAX", "many", "LUMYN_QUEUE_MAX: 'many' is no whole number"),
    ("LUMYN_DEADLINE_SECONDS", "inf", "is no number"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD_VARIABLES)
def test_what_is_wrong_in_the_environment_is_named(name: str, value: str, said: str) -> None:
    """Variables of others are left alone."""
    with pytest.raises(ConfigError) as caught:
        read_config(None, {name: value, "PATH": "", "LUMYNX": "1"})
    assert said in str(caught.value)


def test_arguments_and_values_in_code_are_checked_alike() -> None:
    """So a script is told what a file would be told."""
    with pytest.raises(ConfigError, match="argument mod: 'mod' is no setting; did you mean 'mode'"):
        read_config(None, {}, mod="enforce")
    with pytest.raises(ConfigError, match="LumynConfig: mode: 'enforced' is no value; did you mean 'enforce'"):
        LumynConfig(mode="enforced")
    with pytest.raises(ConfigError, match="LumynConfig: policy_path: None is no text"):
        LumynConfig(policy_path=None)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="LumynConfig: queue_max: 0 is not between"):
        LumynConfig(queue_max=0)


def test_a_secret_is_in_no_text_of_it() -> None:
    """Neither of the settings nor of an error."""
    assert "do-not-show-me" not in repr(LumynConfig(signing_secret="do-not-show-me"))  # noqa: S106
    with pytest.raises(ConfigError) as caught:
        LumynConfig(signing_secret=[b"do-not-show-me"])  # type: ignore[arg-type]
    assert "do-not-show-me" not in str(caught.value)


def test_a_file_that_can_not_be_read_is_the_systems_error(tmp_path: Path) -> None:
    """A missing one, a folder; one that is no text is no TOML."""
    with pytest.raises(FileNotFoundError):
        read_config(tmp_path / "absent.toml", {})
    with pytest.raises(IsADirectoryError):
        read_config(tmp_path, {})
    (tmp_path / "lumyn.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="no TOML"):
        read_config(tmp_path / "lumyn.toml", {})


BAD_GATEWAY_SETTINGS: list[tuple[str, object, str]] = [
    ("mode", "Enforce", "GatewaySettings: mode: 'Enforce' is no value; did you mean 'enforce'?"),
    ("mode", "enforced", "did you mean 'enforce'?"),
    ("mode", "advisory ", "did you mean 'advisory'?"),
    ("mode", "", "is empty"),
    ("mode", True, "True is no text"),
    ("redaction_profile", "Strict", "GatewaySettings: redaction_profile: 'Strict' is no value; did you mean 'strict'?"),
    ("redaction_profile", None, "None is no text"),
    ("deadline_seconds", None, "None is no number"),
    ("deadline_seconds", "2", "'2' is no number"),
    ("deadline_seconds", math.inf, "inf is no number"),
    ("deadline_seconds", math.nan, "nan is no number"),
    ("deadline_seconds", -1.0, "-1.0 is not between 0.01 and 60"),
    ("deadline_seconds", 10**400, "is not between 0.01 and 60"),
    ("queue_max", 0, "0 is not between 1 and 1,000,000"),
    ("queue_max", 1.5, "1.5 is no whole number; did you mean 2?"),
    ("queue_max", True, "True is no whole number"),
    ("checkpoint_seconds", 0.0, "0.0 is not between 1 and 86,400"),
    ("expected_policy_hash", "", "GatewaySettings: expected_policy_hash: is empty"),
    ("expected_policy_hash", b"blake3:", "is no text"),
    ("checkpoint_path", "checkpoints", "a str is no Path"),
    ("redaction_key", "do-not-show-me", "a str is no RedactionKey"),
    ("redaction_key", RedactionKey("k", b""), "a key has a name, as text, and a secret, as bytes"),
    ("limits", None, "a NoneType is no Limits"),
    ("limits", Limits(bytes_max=0), "limits.bytes_max: 0 is no whole number above 0"),
    ("listeners", [], "a list is no tuple"),
    ("clock", 0, "a int is no function"),
    ("ids", None, "a NoneType is no function"),
]


@pytest.mark.parametrize(("name", "value", "said"), BAD_GATEWAY_SETTINGS)
def test_what_a_host_sets_is_checked_as_well(name: str, value: object, said: str) -> None:
    """A mode that is misspelled must not be taken for advisory, nor a number for no limit at all."""
    with pytest.raises(ConfigError) as caught:
        GatewaySettings(**{name: value})  # type: ignore[arg-type]
    assert said in str(caught.value)
    assert "do-not-show-me" not in str(caught.value)


def test_a_host_may_leave_out_what_has_no_default() -> None:
    """And every good word is one."""
    for mode in (None, "enforce", "advisory"):
        for profile in ("off", "default", "strict"):
            made = GatewaySettings(mode=mode, redaction_profile=profile, checkpoint_path=None, deadline_seconds=1)
            assert (made.mode, made.redaction_profile) == (mode, profile)


def test_a_file_of_settings_that_is_a_pipe_or_has_no_end_is_refused(tmp_path: Path) -> None:
    """At once, as what is no TOML is."""
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="Not a regular file"):
        read_config(pipe, {})
    with pytest.raises(ConfigError, match="is longer than 1,048,576 bytes"):
        read_config(_file(tmp_path, "#" * 2_000_000), {})
    with pytest.raises(ConfigError, match="no TOML"):
        read_config(_file(tmp_path, f"queue_max = {'9' * 5_000}"), {})
