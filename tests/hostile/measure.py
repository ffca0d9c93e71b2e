"""Compile one source in a process of its own, and print what it took: `python -m tests.hostile.measure NAME < SOURCE`."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from lumyn_compiler.diagnostic import CompileError
from lumyn_compiler.pipeline import compile_text

_MEMORY_BYTES_MAX = 2 * 2**30
_CPU_SECONDS_MAX = 120


def main() -> None:
    """Print codes, CPU seconds of the compilation alone, and the peak of resident memory in MiB."""
    name = sys.argv[1]
    data = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    _compile(b"", name)  # what only the first compilation of a process costs
    started = time.process_time()
    codes, text = _compile(data, name)
    seconds = time.process_time() - started
    figures = {"codes": codes, "error": text[:300], "seconds": round(seconds, 3), "mib": round(_peak_mib(), 1)}
    sys.stdout.write(json.dumps(figures))


def _compile(data: bytes, name: str) -> tuple[list[str], str]:
    try:
        compile_text(data, name=name)
    except CompileError as error:
        return sorted({found.code for found in error.report.errors}), str(error)
    return [], ""


def _peak_mib() -> float:
    # Linux hands `ru_maxrss` on to a child from the process that started it; VmHWM is the child's own.
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    main()
