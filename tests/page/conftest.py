"""One shop for all tests of the page."""

from collections.abc import Iterator

import httpx
import pytest

from tests.page.shop import Shop, opened_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A workspace with decisions of every sort, served."""
    with opened_shop(tmp_path_factory.mktemp("page") / "shop") as opened:
        yield opened


@pytest.fixture(scope="session")
def open_client(shop: Shop) -> Iterator[httpx.Client]:
    """A client of the service that has no secret."""
    with httpx.Client(base_url=shop.url, trust_env=False) as client:
        yield client


@pytest.fixture
def guarded_client(shop: Shop) -> Iterator[httpx.Client]:
    """A client of the service that has one, which has shown nothing."""
    with httpx.Client(base_url=shop.guarded_url, trust_env=False) as client:
        yield client
