"""`lumyn policy`: commands about the policy of a workspace."""

from lumyn.cli.lazy import LazyGroup

__all__ = ["command"]

command = LazyGroup(
    name="policy",
    package="lumyn.cli.policy",
    help="Validate, convert and list policies, and lock down.",
    short_help="Validate, convert and list policies, and lock down.",
    helps={
        "validate": "Say whether the workspace's policy compiles.",
        "convert": "Translate a policy between YAML and .lumyn.",
        "history": "List the policies that decided.",
        "lockdown": "Let nothing through by itself, in an incident.",
    },
)
