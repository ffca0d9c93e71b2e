"""What a fresh process costs: its time from start to end, and its memory."""

import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

import attrs

__all__ = ["Cost", "costs_of"]

# What a child prints at its end. The kernel's own count is used where there is one, since a child that was forked from a
# large parent inherits the parent's `ru_maxrss`.
_REPORT = """
try:
    with open("/proc/self/status") as status:
        kib = {line.split(":")[0]: line.split()[1] for line in status if line.startswith("Vm")}
    print(kib["VmHWM"], kib["VmRSS"])
except OSError:
    import resource, sys
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
    print(peak, peak)
"""


@attrs.frozen
class Cost:
    """Medians over some runs of a program.

    seconds:      of the processor, from start to end
    peak_mib:     most memory that was resident at once
    resident_mib: memory that was resident at the end
    """

    seconds: float
    peak_mib: float
    resident_mib: float


def costs_of(programs: list[str], runs: int, folder: Path) -> list[Cost]:
    """Run Python programs in turns, each run in a process of its own."""
    taken: list[list[Cost]] = [[] for _ in programs]
    for run in range(runs + 1):
        for position, program in enumerate(programs):
            cost = _run(program, folder)
            if run > 0:  # the first fills the machine's caches
                taken[position].append(cost)
    return [
        Cost(
            seconds=median(cost.seconds for cost in costs),
            peak_mib=median(cost.peak_mib for cost in costs),
            resident_mib=median(cost.resident_mib for cost in costs),
        )
        for costs in taken
    ]


def _run(program: str, folder: Path) -> Cost:
    start = _children_seconds()
    ran = subprocess.run([sys.executable, "-c", program + _REPORT], cwd=folder, check=True, capture_output=True)
    seconds = _children_seconds() - start
    peak, resident = (int(kib) / 1024 for kib in ran.stdout.split())
    return Cost(seconds, peak, resident)


def _children_seconds() -> float:
    """Time of the processor that finished children took."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
