"""Names under which a value is not kept, by profile: secrets and money by default, people and free text where it is strict."""

import re
from typing import Final

__all__ = ["NAMES", "is_named"]

# Without case and without what joins words. What gives access, or is money itself, is never kept by default.
_SECRETS: Final = frozenset(
    [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "pin",
        "secret",
        "clientsecret",
        "token",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "sessiontoken",
        "apikey",
        "privatekey",
        "signingkey",
        "authorization",
        "cookie",
        "setcookie",
        "credential",
        "credentials",
        "otp",
        "mfacode",
        "cvv",
        "cvc",
        "cvv2",
        "securitycode",
        "cardnumber",
        "creditcardnumber",
        "pan",
        "iban",
        "accountnumber",
        "bankaccount",
        "routingnumber",
        "ssn",
        "socialsecuritynumber",
        "taxid",
        "passportnumber",
    ]
)
# What tells who somebody is.
_PEOPLE: Final = frozenset(
    [
        "email",
        "emailaddress",
        "mail",
        "name",
        "fullname",
        "firstname",
        "lastname",
        "username",
        "phone",
        "phonenumber",
        "mobile",
        "address",
        "street",
        "streetaddress",
        "postcode",
        "postalcode",
        "zip",
        "zipcode",
        "birthdate",
        "dateofbirth",
        "dob",
        "ip",
        "ipaddress",
        "useragent",
        "deviceid",
        "latitude",
        "longitude",
        "geo",
        "location",
        "message",
        "body",
        "text",
        "comment",
        "comments",
        "note",
        "notes",
        "transcript",
    ]
)
NAMES: Final = {"off": frozenset[str](), "default": _SECRETS, "strict": _SECRETS | _PEOPLE}

# A word: capitals alone, or a capital or none and what follows it, digits too.
_WORD: Final = re.compile(r"[^\W_a-z]+(?![^\W_A-Z0-9])|[^\W_][^\W_A-Z]*")


def is_named(key: str, names: frozenset[str]) -> bool:
    """Whether a key ends in one of some names: `stripe_api_key`, `customerEmail` and `tokens` do.

    names: of NAMES
    """
    words = [word.lower() for word in _WORD.findall(key)]
    endings = ["".join(words[position:]) for position in range(len(words))]
    return any(ending in names or ending.removesuffix("s") in names for ending in endings)
