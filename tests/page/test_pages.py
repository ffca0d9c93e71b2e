"""The pages, as a service sends them."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from lumyn.archive import Archive
from lumyn.explain import explain_record
from lumyn.inspection import describe
from lumyn.loaded_policy import load_policy
from lumyn.lockdown import lift, lock_down
from lumyn.store.merkle import is_included
from lumyn.workspace import Workspace, init, opened_gateway
from tests.api.servers import serving
from tests.page.documents import Document, Element, read_document
from tests.page.shop import Shop, request

# One worker opens the shop once for all of these.
pytestmark = pytest.mark.xdist_group("page")

_TAGS = frozenset(
    {
        "a",
        "bdi",
        "body",
        "button",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "form",
        "h1",
        "h2",
        "h3",
        "head",
        "header",
    }
    | {"html", "input", "label", "li", "link", "main", "meta", "nav", "ol", "option", "p", "pre", "section", "select"}
    | {"span", "strong", "summary", "table", "tbody", "td", "th", "thead", "time", "title", "tr", "ul"}
)
_HREF = re.compile(
    r"#main|#section-[0-9]+|/|/policy|/logout|/login|/\?[!-~]*|/decisions/dec_[0-9A-Z]{26}"
    r"|/v0/decisions/dec_[0-9A-Z]{26}/pack|/assets/style-[0-9a-f]{16}\.css"
)


def get(client: httpx.Client, path: str, status: int = 200) -> Document:
    """A page of the service."""
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return read_document(answer.text)


def facts(document: Document) -> dict[str, str]:
    """What a page says in its lists of facts."""
    return {term.words: text.words for term, text in zip(document.all("dt"), document.all("dd"), strict=True)}


def section(document: Document, name: str) -> Element:
    """A part of a page, by the id of its heading."""
    return document.one("section", **{"aria-labelledby": name})


def listed(document: Document) -> list[str]:
    """The ids of the decisions in a list."""
    hrefs = (link.attributes["href"] for link in document.all("a"))
    return [href.removeprefix("/decisions/") for href in hrefs if href.startswith("/decisions/")]


def rows(table: Element) -> Iterator[tuple[str, ...]]:
    """What the rows of a table say, without those of its head."""
    for row in (element for element in table if element.tag == "tr"):
        if any(part.tag == "td" for part in row):
            yield tuple(part.words for part in row.parts if isinstance(part, Element))


# ------------------------------------------------------------------------------------------------ what holds of all pages


@pytest.fixture(
    params=[
        "list",
        "empty list",
        "bad query",
        "decision",
        "odd decision",
        "erased",
        "unknown",
        "policy",
        "login",
        "hosts",
    ]
)
def page(
    request: pytest.FixtureRequest, shop: Shop, open_client: httpx.Client, guarded_client: httpx.Client
) -> Document:
    """Every sort of page."""
    match request.param:
        case "list":
            return get(open_client, "/?dry_runs=shown")
        case "empty list":
            return get(open_client, "/?tenant=nobody")
        case "bad query":
            return get(open_client, "/?since=yesterday", 400)
        case "decision":
            return get(open_client, f"/decisions/{shop.labelled}")
        case "odd decision":
            return get(open_client, f"/decisions/{shop.hostile['ends of elements']}")
        case "erased":
            return get(open_client, f"/decisions/{shop.erased}", 410)
        case "unknown":
            return get(open_client, "/decisions/dec_0", 404)
        case "policy":
            return get(open_client, "/policy")
        case "login":
            return get(guarded_client, "/login")
        case _:
            return read_document(guarded_client.get("/", headers={"Authorization": "Bearer no"}).text)


def test_a_page_loads_its_style_and_nothing_else(page: Document) -> None:
    """And it links to this service alone, to places that it names itself."""
    assert {element.tag for element in page.root} - {""} <= _TAGS
    assert not [
        name
        for element in page.root
        for name in element.attributes
        if name.startswith("on") or name in {"style", "src"}
    ]
    for element in page.all("a", "link"):
        assert _HREF.fullmatch(element.attributes["href"]), element.attributes
    [link] = page.all("link")
    assert link.attributes["rel"] == "stylesheet"


def test_a_page_can_be_found_one_s_way_in(page: Document) -> None:
    """Landmarks, a title of its own, headings in order, ids that are unique, and a link past what all pages have."""
    headings = [int(element.tag[1]) for element in page.all("h1", "h2", "h3")]
    ids = [element.attributes["id"] for element in page.root if "id" in element.attributes]

    assert page.one("html").attributes["lang"] == "en"
    assert page.one("title").words.endswith(" · Lumyn")
    assert (len(page.all("header")), len(page.all("main")), headings.count(1), headings[0]) == (1, 1, 1, 1)
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert len(ids) == len(set(ids))
    assert page.all("a")[0].attributes["href"] == "#main"
    assert page.one("main").attributes["id"] == "main"
    referred = [element.attributes.get(name) for element in page.root for name in ("aria-labelledby", "for")]
    assert {name for name in referred if name is not None} <= set(ids)
    navs = [element.attributes["aria-label"] for element in page.all("nav")]
    assert len(navs) == len(set(navs))


def test_fields_have_labels_and_tables_have_headers(page: Document) -> None:
    """So that a screen reader can say what they are."""
    labelled = {element.attributes["for"] for element in page.all("label")}
    for field in page.all("input", "select"):
        assert field.attributes.get("type") == "hidden" or field.attributes["id"] in labelled
    for table in page.all("table"):
        header = [element for element in table if element.tag == "th"]
        assert header
        assert all(element.attributes.get("scope") in {"col", "row", "rowgroup"} for element in header)


def test_no_page_is_kept_and_no_page_runs_anything(shop: Shop, open_client: httpx.Client) -> None:
    """By its headers."""
    headers = open_client.get(f"/decisions/{shop.labelled}").headers

    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].split("; ")[:3] == [
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
    ]


def test_the_style_is_kept_for_a_year_under_a_name_of_its_own(open_client: httpx.Client) -> None:
    """Another style has another name, so none is kept for too long."""
    path = get(open_client, "/").one("link").attributes["href"]
    answer = open_client.get(path)

    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert open_client.get("/assets/style.css").status_code == 404
    assert open_client.get("/assets/../problems.py").status_code == 404


def test_only_the_login_takes_a_form(open_client: httpx.Client, shop: Shop) -> None:
    """Pages are read."""
    for path in ("/", "/policy", f"/decisions/{shop.labelled}", "/logout"):
        assert open_client.post(path, data={"a": "b"}).status_code in {405, 413}


# ---------------------------------------------------------------------------------------------------------------- the list


def test_the_list_shows_the_newest_first(shop: Shop, open_client: httpx.Client) -> None:
    """With what a lead asks first: when, the verdict by word and sign, what, why, whose, and who labelled it."""
    page = get(open_client, "/")
    found = [" ".join(row) for row in rows(page.one("table"))]

    assert listed(page)[:4] == [shop.plain[verdict] for verdict in ("ABSTAIN", "QUERY", "ESCALATE", "TRUST")]
    assert len(found) == 50
    assert re.search(
        r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d ✕ ABSTAIN support.refund 19.5 USD stripe ch_2003 Refund parcel 2003"
        r" PAYMENT_INSTRUMENT_HIGH_RISK acme failure by maria.lopez$",
        found[0],
    )
    assert "50 shown, the newest first; there are older ones. Times are UTC." in page.one("main").words


def test_dry_runs_are_left_out_until_they_are_asked_for_and_then_marked(shop: Shop, open_client: httpx.Client) -> None:
    """As `lumyn log` has it."""
    page = get(open_client, "/?dry_runs=shown&target=ch_1000")

    assert shop.dry_run not in listed(get(open_client, "/?target=ch_1000"))
    assert shop.dry_run in listed(page)
    assert "dry run" in page.one("table").words


@pytest.mark.parametrize(
    ("query", "verdicts"),
    [
        ("verdict=QUERY&tenant=acme", ["QUERY"]),
        ("reason=PAYMENT_INSTRUMENT_HIGH_RISK", ["ABSTAIN"]),
        ("label=failure&tenant=acme", ["ABSTAIN"]),
        ("label=success", []),
        ("action=support.close_ticket", []),
        ("target=ch_2001", ["ESCALATE"]),
        ("since=2020-01-01&until=2h", []),
        ("since=2h&target=ch_2000&verdict=TRUST&tenant=acme&action=support.refund", ["TRUST"]),
    ],
)
def test_filters_narrow_the_list(shop: Shop, open_client: httpx.Client, query: str, verdicts: list[str]) -> None:
    """All of them have to hold; the form keeps them."""
    page = get(open_client, f"/?{query}")

    assert listed(page) == [shop.plain[verdict] for verdict in verdicts]
    for name, value in httpx.QueryParams(query).items():
        [field] = [field for field in page.all("input", "select") if field.attributes.get("name") == name]
        chosen = [option.attributes["value"] for option in field if "selected" in option.attributes]
        assert (chosen or [field.attributes["value"]]) == [value]


def test_the_pages_of_the_list_have_every_decision_once(open_client: httpx.Client) -> None:
    """Older ones page by page, and back again."""
    seen: list[list[str]] = []
    page = get(open_client, "/?tenant=northwind")
    seen.append(listed(page))
    while older := _turned(page, "next"):
        page = get(open_client, older)
        seen.append(listed(page))
    back = get(open_client, _turned(page, "prev"))

    assert [len(page) for page in seen] == [50, 50, 20]
    assert len({one for page in seen for one in page}) == 120
    assert listed(back) == seen[1]
    assert listed(get(open_client, _turned(back, "prev"))) == seen[0]


def _turned(page: Document, rel: str) -> str:
    """Where the next page of the list is, or the one before; empty where there is none."""
    return next((link.attributes["href"] for link in page.all("a") if link.attributes.get("rel") == rel), "")


def test_a_few_newer_ones_are_shown_with_what_follows_them(shop: Shop, open_client: httpx.Client) -> None:
    """A page is never nearly empty at the top of the list."""
    second = listed(get(open_client, "/"))[1]
    with Archive.open(shop.workspace.storage_url) as archive:
        seq = archive.seq_of(second)

    assert listed(get(open_client, f"/?after={seq}")) == listed(get(open_client, "/"))


def test_an_id_in_the_form_leads_to_its_decision(shop: Shop, open_client: httpx.Client) -> None:
    """Whatever is typed there leads nowhere else."""
    assert open_client.get(f"/?decision={shop.labelled}&tenant=x").headers["location"] == f"/decisions/{shop.labelled}"
    odd = open_client.get("/", params={"decision": "/../..//evil.example/\r\nSet-Cookie: a=b"})
    assert odd.headers["location"] == "/decisions/%2F..%2F..%2F%2Fevil.example%2F%0D%0ASet-Cookie%3A%20a%3Db"
    assert "set-cookie" not in odd.headers


def test_a_query_that_is_not_usable_keeps_what_was_typed(open_client: httpx.Client) -> None:
    """And says what is wrong."""
    page = get(open_client, "/?since=yesterday&tenant=%22%3E%3Cb%3E", 400)

    assert "'yesterday' is no moment" in page.one("p", role="alert").words
    assert page.one("input", id="tenant").attributes["value"] == '"><b>'


# ------------------------------------------------------------------------------------------------------------ one decision


def test_a_decision_says_why_and_what_became_of_it(shop: Shop, open_client: httpx.Client) -> None:
    """In the words of `lumyn explain`, with who said what and when."""
    page = get(open_client, f"/decisions/{shop.labelled}")
    with Archive.open(shop.workspace.storage_url) as archive:
        record = archive.record(shop.labelled)
        explanation = explain_record(record.to_dict(), archive.policy_of(record))
        events = archive.events(shop.labelled)
    why, since = section(page, "why"), section(page, "since")

    assert page.one("h1").words == "✕ ABSTAIN support.refund"
    assert explanation.summary in page.one("main").words
    for match in explanation.matches:
        assert match.rule_id in why.words
        assert all(text in why.words for text in (*match.reason_codes, *match.sentences))
        assert all(clause in why.words for way in match.held for clause in way)
    assert list(rows(section(page, "saw"))) == list(explanation.saw)
    assert len(events) == 3
    for event in events:
        day, time_of_day = str(event["created_at"]).split("T")
        assert f"by {event['actor']}, {day} {time_of_day[:8]} UTC" in since.words
    assert "Labelled failure by maria.lopez" in page.one("main").words
    assert (
        json.loads(next(part for part in section(page, "request") if part.tag == "pre").text)
        == record.to_dict()["request"]
    )
    assert facts(page)["Policy"] == "lumyn-support 0.1.0 (the one that decides now)"


def test_a_decision_s_questions_and_redactions_are_shown(shop: Shop, open_client: httpx.Client) -> None:
    """Each with its field; and what was taken out is nowhere on the page."""
    asking = get(open_client, f"/decisions/{shop.plain['QUERY']}")
    redacted = get(open_client, f"/decisions/{shop.redacted}")

    assert facts(asking)["evidence.order_id"] == "Which order is this refund for?"
    assert [item.words for item in section(redacted, "removed") if item.tag == "li"] == [
        "/evidence/api_key",
        "/evidence/password",
    ]
    assert "jane" not in redacted.root.text
    assert "hunter2" not in redacted.root.text


def test_a_decision_s_place_in_the_log_is_proved(shop: Shop, open_client: httpx.Client) -> None:
    """By hashes that lead from its leaf to the root, which is that of the log."""
    page = get(open_client, f"/decisions/{shop.labelled}")
    said = facts(page)
    seq, size = map(int, re.findall("[0-9]+", said["Entry"])[:2])
    path = [bytes.fromhex(item.words) for item in page.one("ol", class_="hashes") if item.tag == "li"]
    with Archive.open(shop.workspace.storage_url) as archive:
        checkpoint = archive.proved_log(size).checkpoint
        assert seq == archive.seq_of(shop.labelled)

    assert said["Root now"] == checkpoint.root.hex()
    assert is_included(bytes.fromhex(said["Leaf"]), seq, size, path, checkpoint.root)
    assert f"✓ It is entry {seq} of this log, and its bytes are those" in section(page, "proof").words


def test_digests_are_computed_again(shop: Shop, open_client: httpx.Client) -> None:
    """Where the record holds what they are of."""
    plain = get(open_client, f"/decisions/{shop.labelled}")
    inline = get(open_client, f"/decisions/{shop.hostile['script']}")
    verdicts = [{name: said for name, _, said in rows(section(page, "digests"))} for page in (plain, inline)]

    assert verdicts[0] == {
        "Inputs": "✓ matches",
        "Context": "the context is not in the record",
        "Policy": "✓ matches",
        "Memory": "not computed here; lumyn replay does, from the pack",
    }
    assert verdicts[1]["Context"] == "✓ matches"


def test_a_dry_run_says_so(shop: Shop, open_client: httpx.Client) -> None:
    """Before anything else."""
    assert "Dry run. It was only asked" in get(open_client, f"/decisions/{shop.dry_run}").one("main").words


def test_an_erased_decision_says_who_erased_it_and_why(shop: Shop, open_client: httpx.Client) -> None:
    """It is proved that it was there; what was said of it stays."""
    page = get(open_client, f"/decisions/{shop.erased}", 410)

    assert facts(page)["By"] == "dpo"
    assert facts(page)["Because"] == "The customer asked for it <b>"
    assert "✓ It is entry" in section(page, "proof").words
    assert "note by on-call" in section(page, "since").words
    assert shop.erased not in listed(get(open_client, "/?target=ch_1002"))


@pytest.mark.parametrize("name", ["dec_0", "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9H", "blake3:0", "%3Cb%3E", "%00", "x" * 5_000])
def test_an_unknown_id_is_a_page_that_says_so(open_client: httpx.Client, name: str) -> None:
    """Whatever it is."""
    page = get(open_client, f"/decisions/{name}", 404)

    assert page.one("h1").words == "No decision has this id"
    assert "DECISION_NOT_FOUND" in page.one("main").words


# -------------------------------------------------------------------------------------------------------------- the policy


def test_the_policy_is_a_table_of_all_its_rules(shop: Shop, open_client: httpx.Client) -> None:
    """By action type and stage, in order, in the words of `lumyn inspect`."""
    page = get(open_client, "/policy")
    policy = load_policy(shop.workspace.policy_path).policy
    views = describe(policy.table)

    assert facts(page)["Hash"] == policy.policy_hash
    assert facts(page)["Mode"] == "enforce (only TRUST goes ahead)"
    assert facts(page)["Lockdown"] == "no"
    assert [link.words for link in page.one("nav", **{"aria-label": "Action types"}) if link.tag == "a"] == [
        "any other action" if view.actions == "*" else view.actions for view in views
    ]
    for number, view in enumerate(views, 1):
        said = list(rows(section(page, f"section-{number}")))
        assert [row[0] for row in said] == [rule.rule_id for rule in view.rules]
        for row, rule in zip(said, view.rules, strict=True):
            words = [*rule.reason_codes, rule.verdict, *(query.text for query in rule.queries)]
            words += [clause for way in rule.when for clause in way] or ["always"]
            assert all(word in " ".join(row) for word in words), row


@pytest.fixture
def apart(tmp_path: Path) -> Workspace:
    """A workspace with one decision, for tests that change it."""
    workspace = init(tmp_path / "apart")
    with opened_gateway(workspace) as gateway:
        gateway.decide(request(1))
    return workspace


def test_a_lockdown_an_advisory_mode_and_another_policy_are_said(apart: Workspace) -> None:
    """On every page, in words; and a decision says that another policy decides now."""
    lock_down(apart.policy_path)
    with serving(apart.folder) as url, httpx.Client(base_url=url, trust_env=False) as client:
        page = get(client, "/")
        decision = get(client, f"/decisions/{listed(page)[0]}")
        assert "Locked down. Nothing goes through by itself" in page.one("p", role="status", class_="notice bad").words
        assert facts(get(client, "/policy"))["Lockdown"] == "locked down"
        assert facts(decision)["Policy"] == "lumyn-support 0.1.0 (another one decides now)"
        assert "because" in section(decision, "why").words
    with serving(apart.folder, LUMYN_MODE="advisory") as url, httpx.Client(base_url=url, trust_env=False) as client:
        page = get(client, "/policy")
        assert "callers go on all the same" in page.root.text
        assert "callers are not bound to verdicts" in facts(page)["Mode"]
    lift(apart.policy_path)


def test_a_policy_file_that_can_t_be_loaded_is_said_beside_the_one_that_stays(apart: Workspace) -> None:
    """Where a lead looks for the policy; not which file of the machine it is."""
    with serving(apart.folder) as url, httpx.Client(base_url=url, trust_env=False) as client:
        assert "can't be loaded" not in get(client, "/policy").root.text
        apart.policy_path.unlink()
        end = time.monotonic() + 10
        while "can't be loaded" not in (page := get(client, "/policy")).root.text:
            assert time.monotonic() < end
            time.sleep(0.1)
        assert facts(page)["Lockdown"] == "no"
        assert str(apart.folder) not in page.root.text


def test_an_entry_that_was_altered_is_said_to_be(apart: Workspace) -> None:
    """The list goes on without it, and nothing is shown of what somebody else wrote."""
    with closing(sqlite3.connect(apart.database, isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        changed = "CAST(replace(payload, 'CHARGEBACK', 'NONSENSE') || ' ' AS BLOB)"
        connection.execute(
            f"UPDATE payloads SET payload = {changed} WHERE seq = (SELECT seq FROM entries WHERE kind = 'record')"  # noqa: S608
        )
    with serving(apart.folder) as url, httpx.Client(base_url=url, trust_env=False) as client:
        page = get(client, "/")
        [decision_id] = listed(page)
        assert "altered in the log" in page.one("table").words
        altered = get(client, f"/decisions/{decision_id}", 503).one("main").words
        assert "its bytes are not those that the log committed to" in altered
