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
        "pwd",
        "pin",
        "pincode",
        "secret",
        "secretkey",
        "clientsecret",
        "token",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "sessiontoken",
        "bearer",
        "jwt",
        "apikey",
        "accesskey",
        "accountkey",
        "masterkey",
        "encryptionkey",
        "sshkey",
        "privatekey",
        "signingkey",
        "authorization",
        "cookie",
        "setcookie",
        "credential",
        "credentials",
        "creds",
        "connectionstring",
        "dsn",
        "otp",
        "totp",
        "recoverycode",
        "backupcode",
        "mfacode",
        "cvv",
        "cvc",
        "cvv2",
        "securitycode",
        "cardnumber",
        "creditcardnumber",
        "cardno",
        "cardnum",
        "ccnumber",
        "ccnum",
        "pan",
        "iban",
        "accountnumber",
        "accountno",
        "accountnum",
        "bankaccount",
        "routingnumber",
        "ssn",
        "socialsecuritynumber",
        "taxid",
        "nationalid",
        "passportnumber",
        "passportno",
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


# What says which of several values it is, which part of one, or how it is spelled; it stands behind the name.
_WHICH: Final = frozenset(
    [
        "first",
        "last",
        "full",
        "part",
        "value",
        "plain",
        "plaintext",
        "raw",
        "encoded",
        "base64",
        "b64",
        "hex",
        "pem",
        "old",
        "new",
        "current",
        "previous",
    ]
)
_LETTERS_MAX: Final = max(map(len, _SECRETS | _PEOPLE))


def is_named(key: str, names: frozenset[str]) -> bool:
    """Whether a key ends in one of some names: `stripe_api_key`, `customerEmail`, `tokens` and `card_number_1` do.

    names: of NAMES
    cost:  in the length of the key
    """
    words = [word.lower() for word in _WORD.findall(key)]
    while words:
        last = words.pop()
        bare = last.rstrip("0123456789")
        if bare and (_ends_in(names, words, last) or _ends_in(names, words, bare)):
            return True
        # In `password_1` and `ssn_last4` the name stands before that.
        if bare and bare not in _WHICH:
            return False
    return False


def _ends_in(names: frozenset[str], words: list[str], last: str) -> bool:
    """Whether some words, and a last one behind them, end in a name."""
    ending = last
    for word in (*reversed(words[-_LETTERS_MAX:]), ""):
        if ending in names or ending.removesuffix("s") in names:
            return True
        if len(ending) > _LETTERS_MAX:
            return False
        ending = word + ending
    return False
