"""The page in a real browser: nothing of a record acts there, and it can be used by keyboard alone, at any width."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page

from lumyn.archive import Archive
from lumyn.cli.terminal import escape
from tests.api.signing import READ_TOKEN
from tests.page.browser import opened_browser
from tests.page.corpus import HOSTILE, event_of
from tests.page.shop import Shop

# One worker opens the shop and the browser once for all of these.
pytestmark = pytest.mark.xdist_group("page")

_ACTS = """[
    'owned' in window,
    document.querySelectorAll(
        "script, style, img, svg, iframe, object, embed, base, meta[http-equiv], link:not([href^='/assets/style-'])"
    ).length,
]"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that is open."""
    with opened_browser() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window that remembers nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context.new_page()
    context.close()


def test_nothing_of_a_record_acts(shop: Shop, page: Page) -> None:
    """No script, no dialog, no request beyond the page and its style; and its texts are what the record says, escaped."""
    dialogs: list[str] = []
    requested: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("request", lambda asked: requested.append(asked.url))
    with Archive.open(shop.workspace.storage_url) as archive:
        records = {name: archive.record(decision_id).to_dict() for name, decision_id in shop.hostile.items()}
    for name, decision_id in shop.hostile.items():
        page.goto(f"{shop.url}/decisions/{decision_id}")
        _check_texts(page, name, records[name])
        assert page.url == f"{shop.url}/decisions/{decision_id}"
    for path in ("/", "/?dry_runs=shown&label=failure"):
        page.goto(shop.url + path)
        assert page.evaluate(_ACTS) == [False, 0]
        assert page.locator("form").count() == 1
    assert dialogs == []
    wanted = re.compile(re.escape(shop.url) + r"/(decisions/dec_\w+|assets/style-\w+\.css|(\?[\w&=]*)?)")
    assert [url for url in requested if not wanted.fullmatch(url)] == []


def _check_texts(page: Page, name: str, record: dict[str, Any]) -> None:
    said = page.evaluate(
        f"""() => ({{
            acts: {_ACTS},
            intent: document.querySelector('p.intent bdi').textContent,
            summary: document.querySelector('.events p.long bdi').textContent,
            actor: document.querySelector('.events bdi.long').textContent,
            request: document.querySelector('section[aria-labelledby=request] pre').textContent,
            title: document.title,
            text: document.body.textContent,
        }})"""
    )
    event = event_of(HOSTILE[name])
    assert said["acts"] == [False, 0]
    assert said["intent"] == escape(record["request"]["action"]["intent"])
    assert said["summary"] == escape(str(event["summary"]))
    assert said["actor"] == escape(str(event["actor"]))
    assert json.loads(said["request"]) == record["request"]
    assert said["title"] == f"{record['verdict']}, support.refund · Lumyn"
    assert said["text"].replace("\n", "").isprintable()


def test_texts_of_either_direction_stay_in_their_place(shop: Shop, page: Page) -> None:
    """What is written from right to left moves nothing beside it: an author, a tenant, a key and its value."""
    page.goto(f"{shop.url}/decisions/{shop.hostile['right to left']}")
    event = page.locator(".events p:first-child")
    tenant = page.locator("dt:text-is('Tenant') + dd bdi")
    member = page.locator("pre bdi", has_text=re.compile('^"')).and_(page.locator("bdi:has(+ bdi:text-is(':'))")).first

    _check_order(event.locator("strong"), event.locator("bdi"), event.locator("time"))
    _check_order(tenant.nth(0), tenant.nth(1))
    assert member.count() == 1
    _check_order(member, member.locator("xpath=following-sibling::bdi[2]"))


def _check_order(*parts: Locator) -> None:
    """From left to right, one beside the other."""
    boxes = [part.bounding_box() for part in parts]
    for one, other in pairwise(boxes):
        assert one is not None
        assert other is not None
        assert one["x"] + one["width"] <= other["x"]
        assert one["y"] < other["y"] + other["height"]


@pytest.mark.parametrize("width", [360, 1280])
def test_no_page_is_wider_than_its_window(shop: Shop, browser: Browser, width: int) -> None:
    """However long what is in it; on a phone every target is large enough, and nothing is hidden behind something else."""
    context = browser.new_context(viewport={"width": width, "height": 740})
    window = context.new_page()
    paths = ["/", "/?dry_runs=shown&label=failure", "/policy", "/?since=yesterday", "/decisions/dec_0"]
    paths += [f"/decisions/{shop.hostile[name]}" for name in ("long word", "combining", "ends of elements")]
    paths += [f"/decisions/{shop.erased}", f"/decisions/{shop.labelled}"]
    for path in paths:
        window.goto(shop.url + path)
        assert window.evaluate("document.documentElement.scrollWidth") <= width, path
        small = window.evaluate(
            """() => [...document.querySelectorAll('nav a, button, input, select, th a')]
                .filter(one => one.getClientRects()[0].height < 24).map(one => one.outerHTML)"""
        )
        assert small == [], path
    context.close()


def test_the_colours_follow_the_reader(shop: Shop, browser: Browser) -> None:
    """Light and dark."""
    grounds = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
        window = context.new_page()
        window.goto(shop.url)
        grounds.append(window.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()

    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 23, 26)"]


def test_it_works_without_scripts(shop: Shop, browser: Browser) -> None:
    """All of it: filters, pages, details."""
    context = browser.new_context(java_script_enabled=False)
    window = context.new_page()
    window.goto(shop.url)
    window.get_by_label("Tenant").fill("northwind")
    window.get_by_role("button", name="Search").click()
    window.get_by_role("link", name="Older").click()
    assert window.get_by_role("link", name="Newer").is_visible()
    window.get_by_role("row").nth(1).get_by_role("link").click()
    window.get_by_text("hashes that lead").click()
    assert window.locator(".hashes li").first.is_visible()
    context.close()


def test_a_screen_reader_finds_its_way(shop: Shop, browser: Browser) -> None:
    """The tree that it reads: landmarks, headings, a table with headers; on a phone, too, where the table is a list."""
    context = browser.new_context(viewport={"width": 360, "height": 740})
    window = context.new_page()
    window.goto(f"{shop.url}/?verdict=ABSTAIN&tenant=acme")
    tree = window.locator("body").aria_snapshot()
    context.close()

    for part in (
        "- banner:",
        '- navigation "Pages":',
        "- main:",
        '- heading "Decisions" [level=1]',
        '- search "Decisions":',
        '- combobox "Verdict":',
        '- textbox "Since (UTC)"',
        '- checkbox "Show dry runs"',
        '- columnheader "Last label"',
        "- rowheader",
        "- cell ",
    ):
        assert part in tree, tree


class Keys:
    """A reader without a mouse."""

    def __init__(self, window: Page) -> None:
        self._window = window

    def press(self, *keys: str) -> None:
        """One after the other."""
        for key in keys:
            self._window.keyboard.press(key)

    def type(self, text: str) -> None:
        """Into what has the focus."""
        self._window.keyboard.type(text)

    @property
    def focused(self) -> str:
        """What has the focus, by its name; it has to be seen that it has."""
        name, outline, is_seen = self._window.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
                const label = one.labels && one.labels[0] ? one.labels[0].textContent : '';
                const seen = box.width > 0 && box.left >= 0 && box.top >= 0 && box.top < innerHeight;
                return [label || one.getAttribute('aria-label') || one.textContent, style.outlineStyle, seen];
            }"""
        )
        assert (outline, is_seen) == ("solid", True), name
        return " ".join(name.split())

    def go(self, name: str) -> list[str]:
        """Tab until something has the focus; what had it on the way, that included."""
        passed: list[str] = []
        while not passed or not passed[-1].startswith(name):
            assert len(passed) < 100, passed
            self.press("Tab")
            passed.append(self.focused)
        return passed


def test_a_lead_finds_out_by_keyboard_alone(shop: Shop, page: Page) -> None:
    """Log in, filter, open a decision, read why and who labelled it, go to its policy, and log out."""
    keys = Keys(page)
    origins: list[str | None] = []
    page.on("request", lambda asked: origins.append(asked.headers.get("origin")) if asked.method == "POST" else None)
    page.goto(f"{shop.guarded_url}/?tenant=acme")
    assert page.title() == "Log in · Lumyn"
    assert keys.focused == "Read token"
    keys.type(READ_TOKEN)
    keys.press("Enter")
    page.wait_for_url(f"{shop.guarded_url}/?tenant=acme")
    assert origins == [shop.guarded_url]

    order = keys.go("Search")
    assert order == [
        *("Skip to the content", "Decisions", "Policy", "Log out", "Verdict", "Action type", "Reason code", "Tenant"),
        *("Target id", "Since (UTC)", "Until (UTC)", "Last label", "Decision id", "Show dry runs", "Search"),
    ]
    for _ in range(10):
        keys.press("Shift+Tab")
    assert keys.focused == "Verdict"
    keys.type("ABSTAIN")
    keys.go("Search")
    keys.press("Enter")
    page.wait_for_url(re.compile("verdict=ABSTAIN"))
    assert page.get_by_label("Tenant").input_value() == "acme"

    keys.go("Skip to the content")
    keys.press("Enter")
    assert keys.go("Decision of")[:1] == ["Verdict"]
    keys.press("Enter")
    page.wait_for_url(f"{shop.guarded_url}/decisions/{shop.labelled}")
    why = page.get_by_role("region", name="Why").inner_text()
    assert "The card or account that gets the money is high risk." in why
    assert "evidence.payment_instrument_risk = high" in why
    assert "failure by maria.lopez" in page.get_by_role("region", name="What was said of it since").inner_text()

    keys.go("the one that decides now")
    keys.press("Enter")
    page.wait_for_url(f"{shop.guarded_url}/policy")
    keys.go("support.refund")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.tagName + document.activeElement.textContent") == "H2support.refund"

    page.goto(f"{shop.guarded_url}/policy")
    keys.go("Log out")
    keys.press("Enter")
    page.wait_for_url(f"{shop.guarded_url}/login")
    page.goto(shop.guarded_url)
    assert page.title() == "Log in · Lumyn"
