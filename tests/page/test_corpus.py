"""Whatever is in a record is text on the page: what was stored through a gateway, and what a parser makes of its page."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from lumyn.archive import Archive
from lumyn.cli.terminal import escape
from tests.page.corpus import HOSTILE, event_of
from tests.page.documents import Document, Element, read_document
from tests.page.shop import Shop
from tests.page.test_pages import facts, get, listed, rows, section

# One worker opens the shop once for all of these.
pytestmark = pytest.mark.xdist_group("page")


@pytest.fixture(params=HOSTILE)
def name(request: pytest.FixtureRequest) -> str:
    """Of a text of the corpus."""
    named: str = request.param
    return named


@pytest.fixture
def record(shop: Shop, name: str) -> dict[str, Any]:
    """The record that has it in every field."""
    with Archive.open(shop.workspace.storage_url) as archive:
        return archive.record(shop.hostile[name]).to_dict()


@pytest.fixture
def page(shop: Shop, open_client: httpx.Client, name: str) -> Document:
    """Its page."""
    return get(open_client, f"/decisions/{shop.hostile[name]}")


def test_a_page_has_the_same_elements_whatever_its_record_holds(
    shop: Shop, open_client: httpx.Client, page: Document
) -> None:
    """As one whose texts are all letters: none more, with no other attributes."""
    plain = get(open_client, f"/decisions/{shop.hostile['long word']}")

    assert _skeleton(page.root) == _skeleton(plain.root)


def test_every_field_is_shown_escaped(name: str, record: dict[str, Any], page: Document) -> None:
    """As the command line shows it; the event's too."""
    text = HOSTILE[name]
    request = record["request"]
    said = {key: value for key, value in _texts(facts(page)).items() if key in {"Asked by", "Correlation id", "Tags"}}
    event = event_of(text)
    events = section(page, "since")

    assert _bdi(page.one("p", class_="long intent")) == escape(request["action"]["intent"])
    assert said == _texts(
        {
            "Asked by": escape(f"agent {request['subject']['id']}"),
            "Correlation id": escape(request["trace"]["correlation_id"]),
            "Tags": escape(" ".join(request["action"]["tags"])),
        }
    )
    assert [_bdi(part) for part in events if part.attributes.get("class") == "long" and part.tag == "p"] == [
        escape(str(event["summary"]))
    ]
    assert [part.text for part in events if part.tag == "bdi" and part.attributes.get("class") == "long"] == [
        escape(str(event["actor"]))
    ]
    assert {row[0]: row[1] for row in rows(section(page, "saw"))}["evidence.ticket_id"] == _words(
        escape(f'"{request["evidence"]["ticket_id"]}"')
    )


def test_the_request_is_shown_as_json_that_means_the_same(record: dict[str, Any], page: Document) -> None:
    """Nothing in it is hidden."""
    shown = next(part for part in section(page, "request") if part.tag == "pre").text

    assert json.loads(shown) == record["request"]


def test_nothing_on_a_page_is_invisible(page: Document, open_client: httpx.Client) -> None:
    """Neither in its text nor in an attribute."""
    listing = get(open_client, "/?dry_runs=shown&label=failure")
    for element in (*page.root, *listing.root):
        for text in (*element.attributes.values(), *(part for part in element.parts if isinstance(part, str))):
            assert text.replace("\n", "").isprintable()


def test_the_list_shows_them_too(shop: Shop, open_client: httpx.Client, name: str) -> None:
    """Found by a tenant that is no name; cut where they are long."""
    tenant = HOSTILE[name][:256]
    page = read_document(open_client.get("/", params={"tenant": tenant}).text)
    line = next(iter(rows(page.one("table"))))

    assert shop.hostile[name] in listed(page)
    assert line[4] == _words(escape(tenant if len(tenant) <= 80 else f"{tenant[:79].rstrip()}…"))


def _skeleton(element: Element) -> object:
    """Elements and the names of their attributes; of JSON, which has isolates where it is not ASCII, the rest."""
    names = sorted(element.attributes)
    if element.tag == "pre":
        return [(part.tag, sorted(part.attributes)) for part in element if part.tag != "bdi" or part.attributes]
    inner = [_skeleton(part) for part in element.parts if isinstance(part, Element)]
    return (element.tag, names, inner)


def _bdi(element: Element) -> str:
    [found] = [part for part in element if part.tag == "bdi"]
    return found.text


def _words(text: str) -> str:
    """As `Element.words` has them."""
    return " ".join(text.split())


def _texts(texts: dict[str, str]) -> dict[str, str]:
    return {name: _words(text) for name, text in texts.items()}
