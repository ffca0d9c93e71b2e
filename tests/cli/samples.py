"""A policy and a request, and what runs commands on them."""

import subprocess
from collections.abc import Callable

from click.testing import Result

# Arguments of `lumyn` in this process; `stdin` is a keyword.
Run = Callable[..., Result]
# A line for a shell.
Shell = Callable[[str], "subprocess.CompletedProcess[str]"]

POLICY = """\
policy shop-refunds version "1.0.0"
mode enforce
default ESCALATE because NO_MATCH_DEFAULT_ESCALATE

evidence order_id : text
evidence risk : number from 0 to 1

reason MISSING_ORDER "The refund lacks an order."
reason RISKY "The refund is risky."
reason REFUND_SMALL "A small refund with low risk."

stage REQUIREMENTS
  rule R001 for shop.refund
    require evidence.order_id ask "Which order is it?"
    else QUERY because MISSING_ORDER

stage HARD_BLOCKS
  rule R010 for shop.refund
    when evidence.risk >= 0.7
    then ABSTAIN because RISKY

stage TRUST_PATHS
  rule R020 for shop.refund
    when amount_usd <= 25 and evidence.risk < 0.3
    then TRUST because REFUND_SMALL
    oblige log severity info "Say thank you."
"""

SMALL_REFUND = """\
{
  "action": {"type": "shop.refund", "amount": {"value": 12, "currency": "USD"}},
  "evidence": {"order_id": "82731", "risk": 0.05}
}
"""
