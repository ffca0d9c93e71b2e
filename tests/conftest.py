"""The hypothesis profile, and the switch that rewrites golden files."""

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
