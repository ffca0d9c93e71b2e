"""Calls that schemathesis makes of /openapi.json, against a service that runs, and what it found wrong with the answers.

It holds each answer to the document: its status, media type, headers and body have to be in it, what violates a schema has to be
refused, methods that are not in it as well, and calls that are not signed; and no answer is a 5xx. Seldom, a 503 is the designed
one, of a machine that is too busy to commit in time.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs

from lumyn.loaded_policy import load_policy
from lumyn.workspace import Workspace
from tests.api.served import Service
from tests.api.signing import SETTINGS

__all__ = ["GENERATED_SETTINGS", "Generated", "generate"]

ROOT = Path(__file__).parents[2]
_HERE = Path(__file__).parent
# A commit that takes long is no fault that is looked for here.
GENERATED_SETTINGS = {**SETTINGS, "LUMYN_DEADLINE_SECONDS": "30", "LUMYN_LOG_LEVEL": "error"}


@attrs.frozen
class Generated:
    """A run.

    is_fine: whether every answer was as it has to be
    said:    what schemathesis wrote
    """

    call_count: int
    is_fine: bool
    said: str


def generate(service: Service, workspace: Workspace, seed: int, *options: str) -> Generated:
    """Make calls.

    seed:    the same one makes the same calls of the same document
    options: more of schemathesis', such as the phases and how many examples each operation gets
    """
    policy = load_policy(workspace.policy_path).policy
    done = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"),
            "--no-color",
            "--config-file",
            _HERE / "schemathesis.toml",
            "run",
            f"{service.url}/openapi.json",
            "--checks",
            "all",
            # What no schema can say is refused all the same: a digest of something else, a time before another.
            "--exclude-checks",
            "positive_data_acceptance",
            "--seed",
            str(seed),
            *options,
        ],
        cwd=workspace.folder,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.api.schemathesis_hooks",
            "LUMYN_TESTED_POLICY": f"{policy.policy_id} {policy.policy_version}",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        encoding="utf-8",
    )
    found = re.search(r"([0-9]+) generated", done.stdout)
    return Generated(int(found[1]) if found else 0, done.returncode == 0, done.stdout)
