"""memory.py - the most memory that a program and all that it starts take."""
import dataclasses
import os
import pathlib
import subprocess
import time

SECONDS_BETWEEN_LOOKS = 0.05


@dataclasses.dataclass
class Peaks:
    """In megabytes (10^6 bytes)."""
    largest: float = 0  # peak resident set of the process that has the largest
    all: float = 0      # most at any look, of all processes, a page that several share counted once


def field(pid, file, name):
    """Bytes; 0 for a process that has just ended."""
    try:
        for line in pathlib.Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(name + ":"):
                return 1024 * int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def family_of(pid):
    """The process and its descendants."""
    family = [pid]
    for member in family:
        try:
            for task in os.listdir(f"/proc/{member}/task"):
                family += map(int, pathlib.Path(f"/proc/{member}/task/{task}/children").read_text().split())
        except OSError:
            pass
    return family


def peaks(command, folder, environment):
    process = subprocess.Popen(list(map(str, command)), cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    found = Peaks()
    while process.poll() is None:
        family = family_of(process.pid)
        found.largest = max(found.largest, *(field(pid, "status", "VmHWM") / 1e6 for pid in family))
        found.all = max(found.all, sum(field(pid, "smaps_rollup", "Pss") for pid in family) / 1e6)
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if process.returncode != 0:
        raise SystemExit(f"bench: {command[0]} ended with {process.returncode}")
    return found
