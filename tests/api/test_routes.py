"""What each route answers, by a real process and a real client, over a log that both have open."""

from __future__ import annotations

import copy
import html
import io
import json
import re
import signal
import string
import time
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from lumyn.archive import Archive
from lumyn.loaded_policy import lockdown_artifact
from lumyn.replay_pack import replay_pack
from lumyn.store.checkpoint import parse_checkpoint
from lumyn.store.merkle import is_consistent
from lumyn.workspace import Workspace, init
from tests.api.served import Service, served
from tests.api.signing import READ_TOKEN, SECRET, SETTINGS, bearer, signed, timestamped

ROOT = Path(__file__).parents[2]
REQUEST: dict[str, Any] = json.loads((ROOT / "examples" / "starter" / "requests" / "refund-small.json").read_bytes())
JSON = {"Content-Type": "application/json"}
NUMBERS = count()
del REQUEST["subject"]["tenant_id"]
UNKNOWN = "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9H"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """With a starter policy."""
    return init(tmp_path_factory.mktemp("routes") / "shop")


@pytest.fixture(scope="module")
def service(workspace: Workspace) -> Iterator[Service]:
    """With secrets, and all its log lines."""
    with served(workspace.folder, **SETTINGS, LUMYN_LOG_LEVEL="info", LUMYN_DEADLINE_SECONDS="30") as running:
        yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    """That reads."""
    with httpx.Client(base_url=service.url, headers=bearer()) as made:
        yield made


def request(**changes: object) -> dict[str, Any]:
    """One of its own that is trusted, but for what is changed; names are pointers with two lines for a slash."""
    made = {**copy.deepcopy(REQUEST), "request_id": f"r-{next(NUMBERS)}"}
    for pointer, value in changes.items():
        *above, name = pointer.split("__")
        inside = made
        for part in above:
            inside = inside.setdefault(part, {})
        inside[name] = value
    return made


def post(client: httpx.Client, path: str, said: object) -> httpx.Response:
    """Send an object, in a call that is signed as a whole."""
    body = json.dumps(said).encode()
    return client.post(path, content=body, headers=JSON | timestamped("POST", path, body))


def decide(client: httpx.Client, **changes: object) -> dict[str, Any]:
    """A record."""
    answer = post(client, "/v0/decide", request(**changes))
    assert answer.status_code == 200, answer.text
    record: dict[str, Any] = answer.json()
    return record


def reason(answer: httpx.Response, status: int) -> str:
    """Why a call was refused."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["status"] == status
    return str(problem["reason_code"])


@pytest.fixture(scope="module")
def records(client: httpx.Client) -> list[dict[str, Any]]:
    """Seven decisions of two tenants, of which one is a dry run, one is labelled and one is not trusted."""
    made = [decide(client, tenant__tenant_id="paged", trace__correlation_id=f"c-{number}") for number in range(4)]
    made.append(decide(client, tenant__tenant_id="paged", action__amount={"value": 5000, "currency": "USD"}))
    made.append(decide(client, tenant__tenant_id="paged", hints={"dry_run": True}))
    made.append(decide(client, tenant__tenant_id="other", action__target__resource_id="ch_other"))
    said = {"decision_id": made[0]["decision_id"], "type": "label", "label": "success", "actor": "lead"}
    assert post(client, f"/v0/decisions/{made[0]['decision_id']}/events", said).status_code == 201
    return made


def found(client: httpx.Client, **parameters: object) -> list[str]:
    """Ids of a page."""
    answer = client.get("/v0/decisions", params={name: str(value) for name, value in parameters.items()})
    assert answer.status_code == 200, answer.text
    return [one["decision_id"] for one in answer.json()["decisions"]]


def test_a_record_is_answered_in_the_bytes_that_are_stored(client: httpx.Client, workspace: Workspace) -> None:
    """When it is decided, and ever after."""
    decided = post(client, "/v0/decide", request())
    decision_id = decided.json()["decision_id"]
    read = client.get(f"/v0/decisions/{decision_id}")

    assert read.headers["content-type"] == "application/json"
    with Archive.open(workspace.storage_url) as archive:
        assert read.content == decided.content == archive.record(decision_id).content


@pytest.mark.parametrize(
    "name",
    [
        UNKNOWN,
        UNKNOWN.lower(),
        "dec_",
        "x",
        "%00",
        "%FF",
        "..%2F..%2Fetc",
        "blake3:0",
        "%F0%9F%8E%89",
        "a" * 5_000,
        f"{UNKNOWN}%0A",
    ],
)
@pytest.mark.parametrize("below", ["", "/events", "/pack"])
def test_there_is_no_decision_of_another_id(client: httpx.Client, name: str, below: str) -> None:
    """However it looks: a path that leads elsewhere is a path that is not there."""
    assert reason(client.get(f"/v0/decisions/{name}{below}"), 404) in {"DECISION_NOT_FOUND", "NOT_FOUND"}


@pytest.mark.parametrize("below", ["", "/events", "/pack"])
def test_an_id_that_is_unknown_is_told_from_what_is_none(client: httpx.Client, below: str) -> None:
    """Whoever has a good id looks in another log, and not at how it is spelled."""
    unknown = client.get(f"/v0/decisions/{UNKNOWN}{below}").json()["detail"]
    misspelled = client.get(f"/v0/decisions/{UNKNOWN.lower()}{below}").json()["detail"]

    assert "no decision of this log" in unknown
    assert "26" not in unknown
    assert "dec_ and 26 letters and digits" in misspelled


def test_of_an_erased_decision_nothing_is_answered_but_that(client: httpx.Client, workspace: Workspace) -> None:
    """Neither its record, nor its events, nor its pack, and nothing can be added."""
    decision_id = decide(client, request_id="to-be-erased")["decision_id"]
    with Archive.open(workspace.storage_url) as archive:
        archive.erase(decision_id, reason="asked for", actor="test")
    path = f"/v0/decisions/{decision_id}"

    for below in ("", "/events", "/pack"):
        assert reason(client.get(path + below), 410) == "DECISION_ERASED"
    said = {"decision_id": decision_id, "type": "note", "actor": "a"}
    assert reason(post(client, f"{path}/events", said), 410) == "DECISION_ERASED"
    assert reason(post(client, "/v0/decide", request(request_id="to-be-erased")), 410) == "DECISION_ERASED"
    assert decision_id not in found(client, limit=1000)


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"verdict": "TRUST"}, [0, 1, 2, 3]),
        ({"verdict": "ESCALATE"}, [4]),
        ({"reason_code": "REFUND_OVER_ESCALATION_LIMIT"}, [4]),
        ({"rule_id": "R999"}, []),
        ({"correlation_id": "c-2"}, [2]),
        ({"label": "success"}, [0]),
        ({"label": "failure"}, []),
        ({"has_dry_runs": "true"}, [0, 1, 2, 3, 4, 5]),
        ({"has_dry_runs": "false"}, [0, 1, 2, 3, 4]),
        ({"action_type": REQUEST["action"]["type"]}, [0, 1, 2, 3, 4]),
        ({"context_digest": REQUEST["context"]["digest"]}, [0, 1, 2, 3, 4]),
        ({"target": "ch_other"}, []),
        ({"tenant": "other"}, [6]),
        ({"tenant": "other", "target": "ch_other"}, [6]),
        ({"since": "2026-01-01", "until": "2999-01-01T00:00:00+02:00"}, [0, 1, 2, 3, 4]),
        ({"until": "2026-01-01"}, []),
    ],
)
def test_a_search_finds_what_every_filter_lets_through(
    client: httpx.Client, records: list[dict[str, Any]], parameters: dict[str, str], numbers: list[int]
) -> None:
    """In either order."""
    wanted = [records[number]["decision_id"] for number in numbers]

    assert found(client, **{"tenant": "paged", "order": "oldest", **parameters}) == wanted
    assert found(client, **{"tenant": "paged", **parameters}) == wanted[::-1]


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_hold_every_decision_once_whatever_is_decided_meanwhile(
    client: httpx.Client, records: list[dict[str, Any]], order: str
) -> None:
    """By the cursor of each for the next."""
    tenant = f"pages-{order}"
    wanted = [decide(client, tenant__tenant_id=tenant)["decision_id"] for _ in range(5)]
    parameters = {"tenant": tenant, "order": order, "limit": "2"}
    pages: list[list[str]] = []
    page = client.get("/v0/decisions", params=parameters).json()
    while True:
        pages.append([one["decision_id"] for one in page["decisions"]])
        if page["next"] is None:
            break
        late = decide(client, tenant__tenant_id=tenant)["decision_id"] if len(pages) == 1 else ""
        wanted += [late] if late and order == "oldest" else []
        page = client.get("/v0/decisions", params={**parameters, "cursor": page["next"]}).json()

    assert [one for page in pages for one in page] == (wanted if order == "oldest" else wanted[::-1])
    assert {len(page) for page in pages[:-1]} == {2}


def test_a_cursor_that_was_changed_is_none(client: httpx.Client, records: list[dict[str, Any]]) -> None:
    """Nor is one of another search."""
    parameters = {"tenant": "paged", "limit": "1"}
    cursor = client.get("/v0/decisions", params=parameters).json()["next"]
    alphabet = string.ascii_letters + string.digits + "-_"
    others = [
        cursor[:place] + alphabet[alphabet.find(cursor[place]) - 7] + cursor[place + 1 :]
        for place in range(len(cursor))
    ]
    others += [
        "x",
        "=",
        "é",
        "AAAA" * 8,
        cursor[:-1],
        cursor + "=",
        cursor + cursor,
        cursor.lower(),
        " " + cursor,
        "\0",
    ]
    for other in (one for one in others if one != cursor):
        answer = client.get("/v0/decisions", params={**parameters, "cursor": other})
        assert reason(answer, 400) == "INVALID_PARAMETER", other
    for changed in ({"tenant": "other"}, {"order": "oldest"}, {"verdict": "TRUST"}):
        answer = client.get("/v0/decisions", params={**parameters, **changed, "cursor": cursor})
        assert reason(answer, 400) == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("verdct=TRUST", "did you mean 'verdict'"),
        ("verdict=TRUSTED", "did you mean 'TRUST'"),
        ("verdict=trust", "TRUST"),
        ("label=fail", "failure"),
        ("order=newst", "did you mean 'newest'"),
        ("tenant=a&tenant=b", "tenant is given twice"),
        ("tenant=", "tenant is empty"),
        ("tenant", "tenant is empty"),
        ("limit=0", "limit is no whole number between 1 and 1,000"),
        ("limit=1001", "limit is no"),
        ("limit=-1", "limit is no"),
        ("limit=1.0", "limit is no"),
        ("limit=%D9%A1", "limit is no"),
        ("limit=" + "9" * 5_000, "limit is no"),
        ("has_dry_runs=1", "true"),
        ("since=yesterday", "since is not usable"),
        ("since=2026-01-31T12:00:00+01:00", "%2B"),
        ("until=0001-01-01T00:00:00%2B23:59", "until is not usable"),
        ("since=2026-02-01&until=2026-01-01", "nothing is between them"),
        ("tenant=%FF", "no UTF-8"),
        ("&".join(f"a{number}=1" for number in range(100)), "64 parameters"),
        ("=", "is no parameter"),
    ],
)
def test_a_parameter_that_is_not_usable_is_refused_and_the_nearest_named(
    client: httpx.Client, query: str, said: str
) -> None:
    """A filter that is misspelled would find what it should not."""
    answer = client.get(f"/v0/decisions?{query}")

    assert reason(answer, 400) == "INVALID_PARAMETER"
    assert said in answer.json()["detail"]


def test_other_routes_take_no_parameters_but_their_own(client: httpx.Client) -> None:
    """So that nobody believes in one."""
    for path in (
        "/v0/policy",
        f"/v0/decisions/{UNKNOWN}",
        "/v0/checkpoint",
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
    ):
        assert reason(client.get(f"{path}?verbose=1"), 400) == "INVALID_PARAMETER"


def test_an_event_is_stored_once_and_answered_as_it_is_stored(client: httpx.Client) -> None:
    """The same event under the same id gets the same answer; another one is refused."""
    decision_id = decide(client)["decision_id"]
    path = f"/v0/decisions/{decision_id}/events"
    said = {
        "decision_id": decision_id,
        "event_id": f"e-{decision_id}",
        "type": "outcome",
        "actor": "a",
        "data": {"paid": True},
    }
    first = post(client, path, said)

    assert first.status_code == 201
    assert {key: first.json()[key] for key in said} == said
    assert post(client, path, said).content == first.content
    assert reason(post(client, path, {**said, "data": {"paid": False}}), 409) == "EVENT_ID_REUSED"
    assert client.get(path).json() == {"decision_id": decision_id, "events": [first.json()]}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"type": "unacknowledged"}, "/type"),
        ({"created_at": "2026-01-31T12:34:56.789Z"}, "/created_at"),
        ({"event_id": "dec_1"}, "/event_id"),
        ({"actor": ""}, "/actor"),
        ({"label": "success"}, "/label"),
        ({"more": 1}, "/more"),
        ({"decision_id": "dec_01K9V6ZV7M8Q4X2C5D6E7F8G9J"}, "/decision_id"),
    ],
)
def test_what_is_no_event_is_refused_by_its_places(client: httpx.Client, changes: dict[str, object], path: str) -> None:
    """Also where the call as a whole is signed, so that its decision need not be named in the body."""
    decision_id = decide(client)["decision_id"]
    target = f"/v0/decisions/{decision_id}/events"
    body = json.dumps({"type": "note", "actor": "a", **changes}).encode()
    answer = client.post(target, content=body, headers=JSON | timestamped("POST", target, body))

    assert reason(answer, 422) == "INVALID_EVENT_SCHEMA"
    assert path in [problem["path"] for problem in answer.json()["problems"]]
    assert client.get(target).json()["events"] == []


def test_a_pack_replays_elsewhere(client: httpx.Client) -> None:
    """And is the same at the same size of the log."""
    decision_id = decide(client)["decision_id"]
    answer = client.get(f"/v0/decisions/{decision_id}/pack")

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == f'attachment; filename="{decision_id}.zip"'
    assert replay_pack(answer.content).is_same
    with zipfile.ZipFile(io.BytesIO(answer.content)) as pack:
        (name,) = (name for name in pack.namelist() if "checkpoint" in name)
        size = parse_checkpoint(pack.read(name)).size
    decide(client)
    assert client.get(f"/v0/decisions/{decision_id}/pack?at={size}").content == answer.content
    for at in (0, 1, 10**15, 10**30):
        assert reason(client.get(f"/v0/decisions/{decision_id}/pack?at={at}"), 400) == "INVALID_PARAMETER"


def test_a_checkpoint_is_of_the_log_and_goes_on_from_earlier_ones(client: httpx.Client, workspace: Workspace) -> None:
    """By a proof that holds."""
    before = client.get("/v0/checkpoint").json()
    for _ in range(3):
        decide(client)
    after = client.get(f"/v0/checkpoint?consistent_with={before['size']}").json()
    proof = [b64decode(one) for one in after["consistency"]["proof"]]

    assert after["consistency"]["size"] == before["size"] < after["size"]
    assert is_consistent(before["size"], b64decode(before["root"]), after["size"], b64decode(after["root"]), proof)
    with Archive.open(workspace.storage_url) as archive:
        checkpoint = archive.checkpoint()
    assert parse_checkpoint(after["checkpoint"].encode()) == checkpoint
    assert (after["store_id"], after["size"], b64decode(after["root"])) == (
        checkpoint.store_id,
        checkpoint.size,
        checkpoint.root,
    )
    too_large = client.get(f"/v0/checkpoint?consistent_with={after['size'] + 1}")
    assert reason(too_large, 400) == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 200),
        ({"Content-Type": "Application/JSON"}, 200),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": 'application/json;charset="UTF-8"'}, 200),
        ({"Content-Type": "application/json", "Content-Encoding": "identity"}, 200),
        ({}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "text/json"}, 415),
        ({"Content-Type": "application/jsonx"}, 415),
        ({"Content-Type": "application/problem+json"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": "application/json; version=1"}, 415),
        ({"Content-Type": "application/json, application/json"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "identity, br"}, 415),
    ],
)
def test_a_body_has_to_be_called_json_in_utf_8(client: httpx.Client, headers: dict[str, str], status: int) -> None:
    """Once it is seen that the call may be made."""
    body = json.dumps(request()).encode()
    answer = client.post("/v0/decide", content=body, headers=headers | signed(body))

    assert answer.status_code == status
    if status == 415:
        assert reason(answer, status) == "UNSUPPORTED_MEDIA_TYPE"
    assert client.post("/v0/decide", content=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "INVALID_JSON"),
        (b"{", 400, "INVALID_JSON"),
        (b"\xef\xbb\xbf{}", 400, "INVALID_JSON"),
        ("{}".encode("utf-16"), 400, "INVALID_JSON"),
        (b'{"a": "\xff"}', 400, "INVALID_JSON"),
        (b"{} {}", 400, "INVALID_JSON"),
        (b'{"a": NaN}', 400, "INVALID_JSON"),
        (b'{"a": 0.12345678901234567890, "b": }', 400, "INVALID_JSON"),
        (b"[]", 422, "INVALID_REQUEST_SCHEMA"),
        (b"null", 422, "INVALID_REQUEST_SCHEMA"),
        (b'{"a": 1, "a": 2}', 422, "INVALID_REQUEST_SCHEMA"),
        (b'{"a": "\\ud800"}', 422, "INVALID_REQUEST_SCHEMA"),
        (b"{}", 422, "INVALID_REQUEST_SCHEMA"),
    ],
)
def test_what_is_no_json_is_told_from_what_is_no_request(
    client: httpx.Client, body: bytes, status: int, code: str
) -> None:
    """And neither from what is not signed."""
    answer = client.post("/v0/decide", content=body, headers=JSON | signed(body))

    assert reason(answer, status) == code
    assert answer.json()["problems"]
    assert reason(client.post("/v0/decide", content=body, headers=JSON), 401) == "AUTH_REQUIRED"


def test_a_path_has_its_methods_and_no_others(client: httpx.Client) -> None:
    """HEAD wherever there is GET; no CORS; a slash more is another path."""
    events = f"/v0/decisions/{UNKNOWN}/events"
    allowed = {"/v0/policy": "GET, HEAD", "/v0/decide": "POST", "/v0/policy/refresh": "POST", events: "GET, HEAD, POST"}
    for path, methods in allowed.items():
        for method in ("OPTIONS", "PUT", "PATCH", "TRACE", "PROPFIND"):
            preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
            answer = client.request(method, path, headers=preflight)
            assert reason(answer, 405) == "METHOD_NOT_ALLOWED"
            assert answer.headers["allow"] == methods
            assert answer.json()["detail"].endswith(f" {methods}")
            assert not [name for name in answer.headers if name.startswith("access-control")]
    for path in ("/v0/policy/", "/v0/decide/", "/v0//policy", "/v0", "/V0/policy", "/nowhere"):
        for headers in ({}, {"Authorization": ""}):
            assert reason(client.get(path, headers=headers), 404) == "NOT_FOUND"
    head, get = client.head("/v0/policy"), client.get("/v0/policy")
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(get.content)))


def policy(number: int) -> str:
    """One that trusts nothing."""
    return f'policy swapped version "{number}"\ndefault ESCALATE because NO_MATCH_DEFAULT_ESCALATE\n'


def test_a_refresh_reaches_every_service_of_the_log(tmp_path: Path) -> None:
    """The one that is asked at once, the others within a second or so; what is refused changes none of them."""
    workspace = init(tmp_path / "shop")
    path = workspace.folder / "policy.lumyn"
    path.write_text(policy(1))
    settings = {**SETTINGS, "LUMYN_POLICY_PATH": "policy.lumyn"}
    target = "/v0/policy/refresh"
    with served(workspace.folder, **settings) as one, served(workspace.folder, **settings) as another:
        first, second = (httpx.Client(base_url=url, headers=bearer()) for url in (one.url, another.url))
        with first, second:

            def version(client: httpx.Client) -> str:
                return str(client.get("/v0/policy").json()["policy_version"])

            before = first.get("/v0/policy").json()
            assert {"policy_id", "policy_version", "policy_hash"} <= set(before)
            path.write_text(policy(2))
            assert version(first) == "1"
            answer = first.post(target, headers=timestamped("POST", target))
            assert answer.status_code == 200, answer.text
            swapped = answer.json()
            assert (swapped["former_policy"], swapped["is_changed"]) == (before, True)
            assert swapped["policy"] == first.get("/v0/policy").json()
            assert swapped["policy"]["policy_version"] == "2"
            end = time.monotonic() + 10
            while version(second) != "2" and time.monotonic() < end:
                time.sleep(0.05)
            assert version(second) == "2"
            for broken in ("policy", "", policy(3) + "stage NOWHERE\n", None):
                path.unlink()
                if broken is not None:
                    path.write_text(broken)
                refused = first.post(target, headers=timestamped("POST", target))
                assert reason(refused, 422) == "INVALID_POLICY"
                assert str(tmp_path) not in refused.text
                assert version(first) == "2"
            path.write_bytes(lockdown_artifact(()))
            assert reason(first.post(target, content=b"{}", headers=timestamped("POST", target, b"{}")), 413)
            assert reason(first.post(target, headers=bearer()), 401) == "AUTH_REQUIRED"


def test_it_is_ready_while_it_can_decide(tmp_path: Path) -> None:
    """And says which part can't, while it is alive all the time."""
    workspace = init(tmp_path / "shop")
    with served(workspace.folder) as service, httpx.Client(base_url=service.url) as client:
        end = time.monotonic() + 10
        while client.get("/readyz").status_code != 200 and time.monotonic() < end:
            time.sleep(0.05)
        answer = client.get("/readyz")
        assert answer.json() == {"is_ready": True, "parts": dict.fromkeys(("store", "queue", "policy", "memory"), "ok")}
        database = workspace.database.rename(tmp_path / "elsewhere.db")
        refused = client.get("/readyz")
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["parts"]["store"] == "failing"
        assert str(tmp_path) not in refused.text
        assert (client.get("/healthz").text, client.get("/healthz").status_code) == ("ok\n", 200)
        for path in ("/v0/decisions", f"/v0/decisions/{UNKNOWN}", "/v0/checkpoint"):
            refused = client.get(path)
            assert reason(refused, 503) == "STORAGE_UNAVAILABLE"
            assert refused.headers["retry-after"] == "1"
            assert str(tmp_path) not in refused.text
        decided = client.post("/v0/decide", json=request())
        assert (decided.status_code, decided.json()["verdict"]) == (503, "ABSTAIN")
        database.rename(workspace.database)


def test_a_refused_policy_is_seen_wherever_somebody_looks(tmp_path: Path) -> None:
    """However it was to be loaded; the last good one decides on, so the service stays ready."""
    workspace = init(tmp_path / "shop")
    good = workspace.policy_path.read_bytes()
    with (
        served(workspace.folder, **SETTINGS) as service,
        httpx.Client(base_url=service.url, headers=bearer()) as client,
    ):

        def seen() -> tuple[str, bool, bool]:
            ready = client.get("/readyz").json()
            fault = re.search(r'^lumyn_fault{.*part="policy".*} 1$', client.get("/metrics").text, re.MULTILINE)
            return (
                ready["parts"]["policy"],
                fault is not None,
                "can't be loaded" in html.unescape(client.get("/policy").text),
            )

        def eventually(wanted: tuple[str, bool, bool]) -> None:
            end = time.monotonic() + 10
            while seen() != wanted and time.monotonic() < end:
                time.sleep(0.05)
            assert seen() == wanted

        def refresh() -> int:
            target = "/v0/policy/refresh"
            return client.post(target, headers=timestamped("POST", target)).status_code

        eventually(("ok", False, False))
        workspace.policy_path.write_bytes(b"garbage")
        service.process.send_signal(signal.SIGHUP)
        eventually(("failing", True, True))
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["is_ready"]) == (200, True)
        assert str(tmp_path) not in client.get("/policy").text
        workspace.policy_path.write_bytes(good)
        service.process.send_signal(signal.SIGHUP)
        eventually(("ok", False, False))
        workspace.policy_path.write_bytes(b"garbage")
        assert refresh() == 422
        assert seen() == ("failing", True, True)
        assert decide(client)["verdict"] == "TRUST"
        workspace.policy_path.write_bytes(good)
        assert refresh() == 200
        assert seen() == ("ok", False, False)


def test_no_log_line_says_what_a_caller_sent(service: Service, client: httpx.Client) -> None:
    """But ids, and paths by their templates."""
    canary = "c4n4ry"
    body = json.dumps(request(evidence__note=canary, action__intent=f"Refund {canary}")).encode()
    decided = client.post("/v0/decide", content=body, headers=JSON | signed(body) | {"X-Canary": canary})
    decision_id = decided.json()["decision_id"]
    for path in (
        f"/v0/decisions?tenant={canary}",
        f"/v0/decisions?{canary}=1",
        f"/{canary}",
        f"/v0/decisions/{canary}",
    ):
        client.get(path)
    client.request("PURGE", f"/v0/policy?{canary}")
    client.post("/v0/decide", content=canary.encode(), headers=JSON | signed(canary.encode()))
    client.post("/v0/decide", content=canary.encode(), headers={"Content-Type": canary, **signed(canary.encode())})
    client.get("/v0/policy", headers={"Authorization": f"Bearer {canary}", "Cookie": canary})
    last = client.get(f"/v0/decisions/{decision_id}/events")
    service.await_said(last.headers["x-request-id"])
    lines = [json.loads(line) for line in service.said().splitlines() if line.startswith("{")]
    calls = {line["call_id"]: line for line in lines if line["event"] == "call"}

    assert {line["worker"] for line in calls.values()} == {service.process.pid}
    assert canary.lower() not in service.said().lower()
    assert SECRET not in service.said()
    assert READ_TOKEN not in service.said()
    told = calls[decided.headers["x-request-id"]]
    wanted = {"method": "POST", "route": "/v0/decide", "status": 200, "decision_id": decision_id}
    assert {key: told[key] for key in wanted} == wanted
    told = calls[last.headers["x-request-id"]]
    wanted = {"method": "GET", "route": "/v0/decisions/{decision_id}/events", "status": 200, "decision_id": decision_id}
    assert {key: told[key] for key in wanted} == wanted
    assert {"DECISION_NOT_FOUND", "INVALID_JSON", "INVALID_PARAMETER"} <= {
        line.get("reason_code") for line in calls.values()
    }
