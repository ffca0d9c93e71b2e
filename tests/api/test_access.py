"""Settings that would protect less than they seem to keep the service from starting."""

from __future__ import annotations

import pytest

from lumyn.api.access import Access, host_name
from lumyn.config import ConfigError, LumynConfig, read_config
from tests.api.signing import READ_TOKEN, SECRET

BAD: list[tuple[dict[str, str], str]] = [
    (
        {"signing_secret": "x" * 15},
        "signing_secret: has 15 bytes, and could be guessed; 16 are the least: make one with",
    ),
    ({"signing_secret": SECRET, "signing_secret_previous": "short"}, "signing_secret_previous: has 5 bytes"),
    ({"signing_secret": SECRET, "read_token": "short"}, "read_token: has 5 bytes"),
    ({"signing_secret": SECRET + "\n"}, "signing_secret: begins or ends with white space"),
    ({"signing_secret": "\udcff" * 16}, "signing_secret: is no UTF-8 text"),
    ({"signing_secret": SECRET, "read_token": "a token with blanks in it"}, "read_token: has to be visible ASCII"),
    ({"signing_secret": SECRET, "read_token": "ein-schlüssel-zum-lesen"}, "read_token: has to be visible ASCII"),
    ({"signing_secret": SECRET, "read_token": SECRET}, "read_token: is a signing secret"),
    (
        {"signing_secret": SECRET, "signing_secret_previous": READ_TOKEN, "read_token": READ_TOKEN},
        "read_token: is a signing secret",
    ),
    ({"read_token": READ_TOKEN}, "read_token: protects nothing without a signing_secret"),
    ({"signing_secret_previous": SECRET}, "signing_secret_previous: protects nothing without a signing_secret"),
    ({"allowed_hosts": ","}, "allowed_hosts: '' is no host name"),
    ({"allowed_hosts": "a.example,"}, "allowed_hosts: '' is no host name"),
    ({"allowed_hosts": "https://a.example"}, "'https://a.example' is no host name"),
    ({"allowed_hosts": "a.example:8000"}, "'a.example:8000' is no host name"),
    ({"allowed_hosts": "*.example"}, "'*.example' is no host name"),
    ({"allowed_hosts": "bücher.example"}, "'bücher.example' is no host name"),
    ({"allowed_hosts": "."}, "'.' is no host name"),
]


@pytest.mark.parametrize(("values", "said"), BAD)
def test_what_would_not_protect_is_refused(values: dict[str, str], said: str) -> None:
    """With the setting's name, and what to do; never with the secret itself."""
    with pytest.raises(ConfigError) as caught:
        Access.of(LumynConfig(**values))  # type: ignore[arg-type]
    assert said in str(caught.value)
    for name, value in values.items():
        assert name == "allowed_hosts" or value not in str(caught.value)


@pytest.mark.parametrize("name", ["signing_secret", "signing_secret_previous", "read_token", "allowed_hosts"])
@pytest.mark.parametrize("empty", ["", " ", "   ", "\n", "\t"])
def test_an_empty_one_is_an_error_wherever_it_is_set(name: str, empty: str) -> None:
    """A secret that somebody forgot to fill in is no secret."""
    with pytest.raises(ConfigError, match=f"LUMYN_{name.upper()}: is empty"):
        read_config(None, {f"LUMYN_{name.upper()}": empty})
    with pytest.raises(ConfigError, match=f"{name}: is empty"):
        LumynConfig(**{name: empty})  # type: ignore[arg-type]


def test_the_secrets_of_a_change_are_both_good_the_new_one_first() -> None:
    """And without any, the service is open."""
    access = Access.of(LumynConfig(signing_secret="n" * 16, signing_secret_previous="o" * 16, read_token=READ_TOKEN))

    assert access.secrets == (b"n" * 16, b"o" * 16)
    assert not access.is_open
    assert Access.of(LumynConfig()).is_open
    for secret in ("n" * 16, "o" * 16, READ_TOKEN):
        assert secret not in repr(access)


def test_hosts_are_names_without_case_ports_and_dots() -> None:
    """Addresses with brackets or without."""
    setting = " Lumyn.Example. , 10.0.0.1,[::1] ,fe80::1"

    named = {"lumyn.example", "10.0.0.1", "fe80::1"}
    assert Access.of(LumynConfig(allowed_hosts=setting)).hosts == named | {"localhost", "127.0.0.1", "::1"}
    assert Access.of(LumynConfig(), "Shop.example").hosts == {"shop.example", "localhost", "127.0.0.1", "::1"}
    assert Access.of(LumynConfig(allowed_hosts=" * ")).hosts == frozenset()
    assert Access.of(LumynConfig()).hosts == {"localhost", "127.0.0.1", "::1"}


HOSTS = {
    "lumyn.example": "lumyn.example",
    "LUMYN.example.": "lumyn.example",
    "lumyn.example.:8000": "lumyn.example",
    "lumyn.example:": "lumyn.example",
    "[::1]:8000": "::1",
    "[::1]": "::1",
    "10.0.0.1:65535": "10.0.0.1",
    "": None,
    ":8000": None,
    ".": None,
    "..": None,
    "::1": None,
    "[::1": None,
    "[lumyn.example]": None,
    "lumyn.example:80:80": None,
    "lumyn.example:x": None,
    "lumyn.example, evil.example": None,
    "user@lumyn.example": None,
    "http://lumyn.example": None,
    "lumyn.example/": None,
    "lumyn.example\n": None,
    " lumyn.example": None,
    "lumyn\x00.example": None,
    "lumyn.exampl\xe9": None,
    "lumyn.example:٣": None,
}


@pytest.mark.parametrize("text", HOSTS)
def test_the_name_of_a_host_header_is_read_strictly(text: str) -> None:
    """What is no host and port names nobody."""
    assert host_name(text) == HOSTS[text]
