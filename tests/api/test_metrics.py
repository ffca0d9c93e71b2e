"""/metrics is Prometheus' text format, as Prometheus' own parser reads it, and counts what was done."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from lumyn.api.prometheus import Family, text_of
from lumyn.api.traffic import CALL_BOUNDS, Traffic
from lumyn.metrics import Histogram
from lumyn.workspace import init
from tests.api.servers import serving
from tests.api.signing import SETTINGS, bearer, signed

ROOT = Path(__file__).parents[2]
REQUESTS = ROOT / "examples" / "starter" / "requests"
PAGE = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")

Samples = dict[str, list[Sample]]


def parsed(text: str) -> Samples:
    """Samples by name; each family has been said what it is before its first sample."""
    families = [*text_string_to_metric_families(text)]
    assert all(family.documentation and family.type != "unknown" for family in families)
    samples: Samples = {}
    for family in families:
        for sample in family.samples:
            samples.setdefault(sample.name, []).append(sample)
    return samples


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """For a service that nobody else calls."""
    workspace = init(tmp_path_factory.mktemp("metrics") / "shop")
    with (
        serving(workspace.folder, **SETTINGS, LUMYN_DEADLINE_SECONDS="30") as url,
        httpx.Client(base_url=url, headers=bearer()) as made,
    ):
        yield made


def scraped(client: httpx.Client) -> Samples:
    """What the service says."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return parsed(answer.text)


def post(client: httpx.Client, body: bytes) -> httpx.Response:
    """Ask for a decision."""
    return client.post("/v0/decide", content=body, headers={"Content-Type": "application/json"} | signed(body))


def of(samples: Samples, name: str, **labels: str) -> float:
    """The value of the one sample of these labels; 0 where there is none."""
    found = [sample.value for sample in samples.get(name, ()) if labels.items() <= sample.labels.items()]
    assert len(found) <= 1
    return found[0] if found else 0.0


def test_what_is_alerted_on_is_there_from_the_first_scrape(tmp_path: Path) -> None:
    """At 0: of a counter that begins at 1, no `rate` and no `increase` sees the first."""
    alerts = (ROOT / "docs" / "service.md").read_text("utf-8").partition("## What to alert on")[2].partition("\n## ")[0]
    named = re.findall(r"(lumyn_\w+)((?:\{[^}]*\})?)", alerts)
    workspace = init(tmp_path / "shop")
    with serving(workspace.folder) as url:
        samples = parsed(httpx.get(f"{url}/metrics").text)

    assert len(named) > 8
    for name, selector in named:
        labels = dict(re.findall(r'(\w+)="([^"]*)"', selector))
        if not name.endswith("_bucket"):
            of_name = samples.get(name) or samples[f"{name}_count"]
            assert [one for one in of_name if labels.items() <= one.labels.items()], (name, labels)
    verdicts = {one.labels["verdict"]: one.value for one in samples["lumyn_decisions_total"]}
    assert verdicts == dict.fromkeys(("TRUST", "ESCALATE", "QUERY", "ABSTAIN"), 0)
    reasons = {one.labels["reason_code"]: one.value for one in samples["lumyn_abstentions_total"]}
    assert reasons == {"STORAGE_UNAVAILABLE": 0, "GATEWAY_OVERLOADED": 0}
    calls = {
        (one.labels["method"], one.labels["route"], one.labels["status"])
        for one in samples["lumyn_http_requests_total"]
    }
    for method, route in (("POST", "/v0/decide"), ("GET", "/readyz"), ("GET", "/"), ("GET", "none")):
        assert {(method, route, status) for status in ("4xx", "5xx")} <= calls


def test_it_counts_decisions_refusals_and_calls(client: httpx.Client) -> None:
    """Each once, and those alone."""
    before = scraped(client)
    small = (REQUESTS / "refund-small.json").read_bytes()
    for body in (small, small, b"{}", b"no JSON"):
        post(client, body)
    client.post("/v0/decide", content=small)
    client.get("/nowhere/at/all")
    client.request("PURGE", "/v0/policy")
    after = scraped(client)

    def grown(name: str, **labels: str) -> float:
        return of(after, name, **labels) - of(before, name, **labels)

    assert grown("lumyn_decisions_total", verdict="TRUST") == 1
    assert grown("lumyn_replays_total") == 1
    assert grown("lumyn_refusals_total", reason_code="INVALID_REQUEST_SCHEMA") == 2
    assert grown("lumyn_commit_seconds_count") == 1
    decide = {"method": "POST", "route": "/v0/decide"}
    assert grown("lumyn_http_requests_total", **decide, status="2xx") == 2
    assert grown("lumyn_http_requests_total", **decide, status="4xx") == 3
    assert grown("lumyn_http_request_seconds_count", **decide) == 5
    assert grown("lumyn_http_requests_total", method="GET", route="none", status="4xx") == 1
    assert grown("lumyn_http_requests_total", method="other", route="none", status="4xx") == 1
    assert grown("lumyn_http_requests_total", route="/metrics", status="2xx") == 1
    assert of(after, "lumyn_log_size") >= 3
    assert of(after, "lumyn_fault", part="store") == 0
    (info,) = after["lumyn_info"]
    assert info.labels["policy_id"] == "lumyn-support"
    assert len({sample.labels["worker"] for samples in after.values() for sample in samples}) == 1


def test_every_metric_is_in_the_documentation_and_no_other(client: httpx.Client) -> None:
    """A histogram by the name that its three parts share."""
    post(client, b"{}")
    post(client, json.dumps({**json.loads((REQUESTS / "refund-small.json").read_bytes()), "request_id": "x"}).encode())
    said = {line.split()[2] for line in client.get("/metrics").text.splitlines() if line.startswith("# TYPE")}
    described = {word for word in PAGE.replace("`", " ").split() if word.startswith("lumyn_")}

    assert said <= {word.rstrip(",") for word in described}
    assert {word for word in described if word.isidentifier()} - said <= {"lumyn_checkpoint_size"}


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), max_size=20
)


@given(TEXTS, TEXTS, st.floats(allow_nan=False, allow_infinity=False))
def test_any_label_and_any_value_come_back_as_they_were(label: str, said: str, value: float) -> None:
    """Quotes, backslashes and line ends, too."""
    text = text_of([Family("some", "gauge", said if said.strip() else "?", [({"own": label}, value)])], {"worker": "1"})
    (sample,) = parsed(text)["some"]

    assert sample.labels == {"worker": "1", "own": label}
    assert sample.value == value


@given(st.lists(st.floats(0, 100), max_size=30))
def test_a_histogram_counts_every_call_in_each_bucket_that_it_fits(seconds: list[float]) -> None:
    """Up to the last one, which takes all of them."""
    traffic = Traffic()
    for one in seconds:
        traffic.answered("GET", "/x", 200, one)
    families = [
        Family(
            "some",
            "histogram",
            "?",
            [(dict(zip(("m", "r"), key, strict=True)), value) for key, value in traffic.durations().items()],
        )
    ]
    samples = parsed(text_of(families, {}))

    for sample in samples.get("some_bucket", ()):
        bound = math.inf if sample.labels["le"] == "+Inf" else float(sample.labels["le"])
        assert sample.value == sum(one <= bound for one in seconds)
    if seconds:
        assert len(samples["some_bucket"]) == len(CALL_BOUNDS) + 1
        assert of(samples, "some_count") == len(seconds)
        assert of(samples, "some_sum") == pytest.approx(sum(seconds))


def test_a_family_without_samples_says_nothing() -> None:
    """What can't be known is not 0."""
    histogram = Histogram((1.0,), (0, 0), 0.0)

    assert text_of([Family("some", "gauge", "?", [])], {}) == ""
    assert parsed(text_of([Family("some", "histogram", "?", [({}, histogram)])], {}))["some_count"][0].value == 0
