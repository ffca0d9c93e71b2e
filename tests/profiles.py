"""How many examples hypothesis tries, by LUMYN_PROFILE.

`dev`, the default, is quick; `ci` tries what is promised, and is what `make test` runs; `fuzz` tries fifty times as many.
The examples of `ci` are the same ones for the same code, so that a build that passed passes again; those of the other two
are new ones in every run.
"""

import os

from hypothesis import HealthCheck, settings

PROFILE = os.environ.get("LUMYN_PROFILE", "dev")

_USUAL_CI_EXAMPLES = 200


def examples(ci_count: int) -> int:
    """The number of examples for a property that `make test` must try `ci_count` times.

    use: @settings(max_examples=examples(2_000))
    """
    counts = {"dev": max(10, ci_count // 20), "ci": ci_count, "fuzz": 50 * ci_count}
    return counts[PROFILE]


def load_profile() -> None:
    """Make the chosen profile the default of every property.

    Time limits are off, because a busy machine is no bug; a failure prints the blob that reproduces it.
    """
    settings.register_profile(
        PROFILE,
        max_examples=examples(_USUAL_CI_EXAMPLES),
        deadline=None,
        derandomize=PROFILE == "ci",
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile(PROFILE)
