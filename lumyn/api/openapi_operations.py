"""One table of what the service answers: the OpenAPI document is made from it, and a test holds it to the routes."""

from typing import Any, Final

import attrs

from lumyn.api.checkpoint import CHECKPOINT
from lumyn.api.decide import DECIDE
from lumyn.api.decisions import DECISION, DECISIONS, FILTERS, LIMIT_DEFAULT, LIMIT_MAX, ORDERS
from lumyn.api.endpoint import Endpoint
from lumyn.api.events import ADD_EVENT, EVENTS
from lumyn.api.health import HEALTH, READY
from lumyn.api.metrics import METRICS
from lumyn.api.packs import PACK
from lumyn.api.policy import POLICY, REFRESH
from lumyn.api.prometheus import MEDIA_TYPE
from lumyn.labels import LABELS
from lumyn_runtime.vocabulary import VERDICTS

__all__ = ["OPERATIONS", "Answer", "Operation", "Parameter"]

JsonObject = dict[str, Any]


@attrs.frozen
class Parameter:
    """A parameter of the query; none has to be given."""

    name: str
    description: str
    schema: JsonObject


@attrs.frozen
class Answer:
    """What is answered where a call is not refused.

    media_type: without parameters
    schema:     a component's name, or a schema
    """

    status: int
    description: str
    media_type: str
    schema: str | JsonObject


@attrs.frozen
class Operation:
    """What one route does.

    body:     the component that its body is
    problems: reason codes of refusals beside those that its guard, its body and its parameters can have
    """

    route: Endpoint
    name: str
    summary: str
    answers: tuple[Answer, ...]
    problems: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    body: str | None = None
    description: str = ""


_JSON: Final = "application/json"
_TEXT: Final[JsonObject] = {"type": "string", "minLength": 1}
_TIME: Final[JsonObject] = {"type": "string", "format": "date-time"}
_SIZE: Final[JsonObject] = {"type": "integer", "minimum": 0, "maximum": 2**53}

_FILTERS: Final = {
    "since": Parameter("since", "From this time on: RFC 3339, or a date.", _TIME),
    "until": Parameter("until", "Before this time: RFC 3339, or a date.", _TIME),
    "tenant": Parameter("tenant", "Of this tenant.", _TEXT),
    "action_type": Parameter("action_type", "Of this action.", _TEXT),
    "verdict": Parameter("verdict", "With this verdict.", {"enum": list(VERDICTS)}),
    "reason_code": Parameter("reason_code", "For this reason, among others.", _TEXT),
    "rule_id": Parameter("rule_id", "Where this rule matched.", _TEXT),
    "target": Parameter("target", "On this resource, by its resource_id.", _TEXT),
    "correlation_id": Parameter("correlation_id", "With this trace.correlation_id.", _TEXT),
    "context_digest": Parameter("context_digest", "With this context.digest.", _TEXT),
    "label": Parameter("label", "Whose last label is this one.", {"enum": list(LABELS)}),
    "has_dry_runs": Parameter("has_dry_runs", "Dry runs too, which are left out else.", {"type": "boolean"}),
}
_PAGING: Final = (
    Parameter(
        "limit",
        "How many are listed at most.",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
    ),
    Parameter("order", "Of the list.", {"enum": list(ORDERS), "default": ORDERS[0]}),
    Parameter("cursor", "The `next` of the page before, of the same search.", _TEXT),
)

_OF_DECISION: Final = ("DECISION_NOT_FOUND", "DECISION_ERASED", "STORAGE_UNAVAILABLE")

OPERATIONS: Final = (
    Operation(
        DECIDE,
        "decide",
        "Decide a request, record the decision, and answer with the record.",
        (
            Answer(200, "The record, as it is stored.", _JSON, "DecisionRecord"),
            Answer(503, "Not known to be stored: a record that says ABSTAIN, and why.", _JSON, "DecisionRecord"),
        ),
        (
            "INVALID_REQUEST_SCHEMA",
            "REQUEST_ID_REUSED",
            "POLICY_MISMATCH",
            "DECISION_ERASED",
            "GATEWAY_OVERLOADED",
        ),
        body="DecisionRequest",
        description=(
            "Only `TRUST` lets the action through, or any verdict in advisory mode; whatever is not answered with 200 lets"
            " nothing through. The same request under the same `request_id` gets the same record."
        ),
    ),
    Operation(
        DECISIONS,
        "findDecisions",
        "Search decisions; whatever is given has to hold.",
        (Answer(200, "A page of them.", _JSON, "Page"),),
        ("STORAGE_UNAVAILABLE",),
        (*(_FILTERS[name] for name in FILTERS), *_PAGING),
    ),
    Operation(
        DECISION,
        "getDecision",
        "One record, in the very bytes that are stored.",
        (Answer(200, "Canonical JSON (RFC 8785).", _JSON, "DecisionRecord"),),
        _OF_DECISION,
    ),
    Operation(
        EVENTS,
        "getEvents",
        "What was said of a decision, in the order of the log.",
        (Answer(200, "All of it but what was erased.", _JSON, "Events"),),
        _OF_DECISION,
    ),
    Operation(
        ADD_EVENT,
        "addEvent",
        "Say what became of a decision.",
        (Answer(201, "The event, as it is stored.", _JSON, "DecisionEvent"),),
        (*_OF_DECISION, "INVALID_EVENT_SCHEMA", "EVENT_ID_REUSED", "GATEWAY_OVERLOADED"),
        body="NewDecisionEvent",
        description="The same event under the same `event_id` is stored once, and gets the same answer.",
    ),
    Operation(
        PACK,
        "getPack",
        "All that replaying a decision takes, for `lumyn replay`.",
        (Answer(200, "The decision pack.", "application/zip", {"type": "string", "format": "binary"}),),
        _OF_DECISION,
        (Parameter("at", "Of the log at this size; the same size gives the same bytes.", {**_SIZE, "minimum": 1}),),
    ),
    Operation(
        POLICY, "getPolicy", "Which policy decides.", (Answer(200, "Its id, version and hash.", _JSON, "Policy"),)
    ),
    Operation(
        REFRESH,
        "refreshPolicy",
        "Load the policy again: all or nothing.",
        (Answer(200, "What decides now, and what decided before.", _JSON, "Refreshed"),),
        ("INVALID_POLICY", "STORAGE_UNAVAILABLE"),
        description=(
            "The worker that answers decides by the policy of its answer. Every other worker of the log takes it over within"
            " a second, or says in its log lines why it does not."
        ),
    ),
    Operation(
        CHECKPOINT,
        "getCheckpoint",
        "What the log is now.",
        (Answer(200, "Its name, size and root.", _JSON, "Checkpoint"),),
        ("STORAGE_UNAVAILABLE",),
        (Parameter("consistent_with", "A former size, to prove that the log goes on from there.", _SIZE),),
    ),
    Operation(
        HEALTH,
        "getHealth",
        "Whether the process is alive.",
        (Answer(200, "It is.", "text/plain", {"const": "ok\n"}),),
    ),
    Operation(
        READY,
        "getReadiness",
        "Whether it can decide.",
        (
            Answer(200, "It can, by the last good policy where `policy` is failing.", _JSON, "Ready"),
            Answer(503, "It can't, and this part is why.", _JSON, "Ready"),
        ),
    ),
    Operation(
        METRICS,
        "getMetrics",
        "What to watch, of the worker that answers.",
        (Answer(200, "Prometheus' text format.", MEDIA_TYPE.partition(";")[0], {"type": "string"}),),
        ("STORAGE_UNAVAILABLE",),
    ),
)
