"""Hypothesis profiles and the switch that rewrites golden files.

Profiles, chosen by LUMYN_PROFILE: `dev` (the default) is quick, `ci` is what `make test` runs, `fuzz` is one long round of
`make fuzz`. A property that needs more examples than the others says so with `tests.profiles.examples`.
"""

import pytest

from tests.profiles import load_profile

load_profile()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make golden` rewrite the golden files."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files instead of comparing")


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """True when golden files are to be written anew."""
    return bool(request.config.getoption("--rewrite-golden"))
