"""docs/configuration.md has every setting with its default, its range and an example, and no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import attrs
import pytest

from lumyn.config import SETTINGS, ConfigError, LumynConfig, read_config
from tests.docs.pages import read_page

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "configuration.md"
ROWS = {
    row[0]: row[1:]
    for row in re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
}
NUMBERS = [name for name in SETTINGS if isinstance(getattr(LumynConfig(), name), int | float)]
(EXAMPLE,) = (block.text for block in read_page(PAGE).blocks if block.file == "lumyn.toml")


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    """In the order of the code."""
    assert tuple(ROWS) == SETTINGS


@pytest.mark.parametrize("name", SETTINGS)
def test_a_row_says_the_default(name: str) -> None:
    """As it would be written in the file."""
    default = getattr(LumynConfig(), name)
    said = ROWS[name][0]

    assert said == "none" if default is None else tomllib.loads(f"it = {said.strip('`')}")["it"] == default


@pytest.mark.parametrize("name", NUMBERS)
def test_a_row_says_how_small_and_large_a_number_may_be(name: str) -> None:
    """Both are taken, and what is beyond them is not."""
    low, high = (float(bound.replace(",", "")) for bound in ROWS[name][1].split(" to "))
    variable = f"LUMYN_{name.upper()}"
    whole = isinstance(getattr(LumynConfig(), name), int)
    step = 1 if whole else 0.001

    for good in (low, high):
        assert getattr(read_config(None, {variable: f"{good:.0f}" if whole else str(good)}), name) == good
    for bad in (low - step, high + step):
        with pytest.raises(ConfigError, match=variable):
            read_config(None, {variable: f"{bad:.0f}" if whole else str(bad)})


@pytest.mark.parametrize("name", ["mode", "redaction_profile", "log_level"])
def test_a_row_says_which_words_there_are(name: str) -> None:
    """Each is taken, and the error for another one names no others."""
    words = re.findall(r'"(\w+)"', ROWS[name][1])
    for word in words:
        assert getattr(read_config(None, {f"LUMYN_{name.upper()}": word}), name) == word
    with pytest.raises(ConfigError) as caught:
        read_config(None, {f"LUMYN_{name.upper()}": "xyzzy"})
    assert caught.value.detail.endswith(f"there is {', '.join(words)}")


def test_the_example_has_every_setting_and_is_taken(tmp_path: Path) -> None:
    """With the values that it says."""
    (tmp_path / "lumyn.toml").write_text(EXAMPLE)

    assert attrs.asdict(read_config(tmp_path / "lumyn.toml", {})) == tomllib.loads(EXAMPLE)
    assert tuple(tomllib.loads(EXAMPLE)) == SETTINGS


@pytest.mark.parametrize("name", SETTINGS)
def test_the_environment_wins_over_the_file(name: str, tmp_path: Path) -> None:
    """By the variable that is called like the setting."""
    (tmp_path / "lumyn.toml").write_text(EXAMPLE)
    words = {"mode": "advisory", "redaction_profile": "off", "log_level": "error"}
    text = words.get(name, "7" if name in {"deadline_seconds", "shutdown_seconds"} else "7000")

    found = getattr(read_config(tmp_path / "lumyn.toml", {f"LUMYN_{name.upper()}": text}), name)

    assert found == (float(text) if name in NUMBERS else text)
