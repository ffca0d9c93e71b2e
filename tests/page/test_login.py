"""Who may read the page, and how they say so."""

from __future__ import annotations

from http.cookies import SimpleCookie

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumyn.api.page.reader import local_path
from tests.api.servers import serving
from tests.api.signing import READ_TOKEN, SECRET
from tests.page.documents import read_document
from tests.page.shop import Shop

# One worker opens the shop once for all of these.
pytestmark = pytest.mark.xdist_group("page")

ELSEWHERE = [
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "evil.example",
    "",
    "/%0d%0aSet-Cookie: a=b",
    "/ü",
    "/login",
    "/login?next=/login",
    "/logout",
    "/" + "x" * 3_000,
]


def log_in(
    client: httpx.Client, shop: Shop, token: str = READ_TOKEN, wanted: str = "/policy", **headers: str
) -> httpx.Response:
    """Send the form as the page does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post("/login", data={"token": token, "next": wanted}, headers={"Origin": shop.guarded_url, **named})


@pytest.mark.parametrize("path", ["/policy", "/decisions/dec_0", "/?verdict=TRUST&tenant=a%20b%26c"])
def test_a_reader_who_has_not_logged_in_is_led_there_and_back(
    shop: Shop, guarded_client: httpx.Client, path: str
) -> None:
    """To the very page that was asked for."""
    led = guarded_client.get(path)
    assert led.status_code == 303
    form = read_document(guarded_client.get(led.headers["location"]).text)
    wanted = form.one("input", name="next").attributes["value"]
    back = log_in(guarded_client, shop, wanted=wanted)

    assert (back.status_code, back.headers["location"]) == (303, path)
    assert guarded_client.get(path).status_code in {200, 404}


def test_what_is_not_shown_to_everybody_is_in_no_page_for_everybody(guarded_client: httpx.Client) -> None:
    """Neither the policy's name nor where to go."""
    for answer in (guarded_client.get("/login"), guarded_client.get("/", headers={"Authorization": "Bearer no"})):
        assert "lumyn-support" not in answer.text
        assert "Log out" not in answer.text


def test_the_session_is_a_cookie_that_no_script_and_no_other_site_has(shop: Shop, guarded_client: httpx.Client) -> None:
    """For eight hours; over https it is never sent otherwise."""
    answer = log_in(guarded_client, shop)
    [morsel] = SimpleCookie(answer.headers["set-cookie"]).values()

    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["max-age"]) == (True, "Strict", "/", "28800")
    assert READ_TOKEN not in answer.headers["set-cookie"]
    assert SECRET not in answer.headers["set-cookie"]


def test_a_session_ends_by_logging_out(shop: Shop, guarded_client: httpx.Client) -> None:
    """Which only whoever has it can do; another site's link ends none."""
    assert "set-cookie" not in guarded_client.get("/logout").headers
    log_in(guarded_client, shop)
    assert guarded_client.get("/policy").status_code == 200
    left = guarded_client.get("/logout")

    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert guarded_client.get("/policy").status_code == 303


def test_the_read_token_in_a_header_is_as_good(guarded_client: httpx.Client) -> None:
    """A wrong one is an error, and no way to the login."""
    assert guarded_client.get("/policy", headers={"Authorization": f"Bearer {READ_TOKEN}"}).status_code == 200
    assert guarded_client.get("/policy", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert guarded_client.get("/policy", headers={"X-Lumyn-Signature": "sha256:00"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "null", "Sec_Fetch_Site": "cross-site"}],
)
def test_a_form_of_another_site_is_refused(shop: Shop, guarded_client: httpx.Client, headers: dict[str, str]) -> None:
    """Whatever token it has."""
    refused = log_in(guarded_client, shop, **headers)

    assert refused.status_code == 403
    assert "set-cookie" not in refused.headers


def test_a_form_that_is_none_is_refused(shop: Shop, guarded_client: httpx.Client) -> None:
    """By what is wrong with it; none of them stops anything."""
    origin = {"Origin": shop.guarded_url}
    form = {**origin, "Content-Type": "application/x-www-form-urlencoded"}

    assert guarded_client.post("/login", json={"token": READ_TOKEN}, headers=origin).status_code == 415
    assert guarded_client.post("/login", content=b"token=" + b"x" * 4_096, headers=form).status_code == 413
    assert guarded_client.post("/login", content=b"token=\xff", headers=form).status_code == 400
    assert guarded_client.post("/login", content=b"&a=1&b=2&c=3&d=4&e=5", headers=form).status_code == 400
    assert guarded_client.post("/login", content=b"token=%ff%00&next=%ff", headers=form).status_code == 401
    assert guarded_client.put("/login", content=b"", headers=form).status_code == 405


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_the_login_leads_nowhere_else(wanted: str) -> None:
    """Nor in a circle."""
    assert local_path(wanted) == "/"


@given(st.text(max_size=30).map("/".__add__) | st.text(max_size=30))
def test_whatever_the_login_is_asked_to_lead_to_is_a_path_of_its_own(wanted: str) -> None:
    """As browsers read it, who take backslashes for slashes, and leave out tabs and line breaks."""
    path = local_path(wanted)
    assert path.startswith("/")
    assert path[1:2] not in {"/", "\\"}
    assert path.isascii()
    assert path.isprintable()
    assert not set(path) & {" ", "\\"}


def test_where_there_is_no_secret_there_is_no_login(shop: Shop, open_client: httpx.Client) -> None:
    """And nothing to log out of."""
    assert open_client.get("/login?next=/policy").headers["location"] == "/policy"
    answer = open_client.post("/login", data={"token": "x", "next": "/policy"}, headers={"Origin": shop.url})
    assert (answer.status_code, answer.headers["location"]) == (303, "/policy")
    assert "set-cookie" not in answer.headers
    assert "Log out" not in open_client.get("/").text


def test_guessing_is_slowed_down_and_a_service_without_a_token_says_so(shop: Shop) -> None:
    """On a service of its own, so that nobody else has to wait."""
    secrets = {"LUMYN_SIGNING_SECRET": SECRET, "LUMYN_READ_TOKEN": READ_TOKEN}
    folder = shop.workspace.folder
    with serving(folder, **secrets) as url, httpx.Client(base_url=url, trust_env=False) as client:
        origin = {"Origin": url}
        said = [client.post("/login", data={"token": "wrong"}, headers=origin) for _ in range(11)]
        assert [answer.status_code for answer in said] == [401] * 10 + [429]
        assert "This is not the read token." in said[0].text
        assert int(said[-1].headers["retry-after"]) > 0
        assert client.post("/login", data={"token": READ_TOKEN}, headers=origin).status_code == 429


def test_a_service_without_a_read_token_says_what_is_missing(shop: Shop) -> None:
    """Rather than ask for what nobody can have."""
    with (
        serving(shop.workspace.folder, LUMYN_SIGNING_SECRET=SECRET) as url,
        httpx.Client(base_url=url, trust_env=False) as client,
    ):
        page = read_document(client.get("/", follow_redirects=True).text)
        assert "LUMYN_READ_TOKEN" in page.one("main").words
        assert not page.all("form")
