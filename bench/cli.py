"""cli.py - `tools/bench cli`: how long a user waits for each command that trains nothing."""
import argparse
import os
import pathlib
import resource
import statistics
import subprocess
import tempfile
import time

import made_inputs

TREE = pathlib.Path(__file__).resolve().parent.parent
PYTHON = "/usr/bin/python3"


class Case:
    def __init__(self, name, command, target=None, is_slow=False):
        self.name, self.command, self.target, self.is_slow = name, command, target, is_slow
        self.wall, self.processor = [], []

    def run(self, folder):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        done = subprocess.run(self.command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)
        self.wall.append(1000 * (time.perf_counter() - started))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
        if done.returncode != 0:
            raise SystemExit(f"bench: {' '.join(map(str, self.command))} ended with {done.returncode}:\n{done.stderr.decode()}")


def cases(bunsen, folder):
    (folder / "long.yaml").write_text(made_inputs.long_config())
    made_inputs.write_configs(folder / "configs", 1000)
    made_inputs.write_runs(folder / "runs", 1000, made_inputs.example_run(TREE))
    return [
        Case("/bin/true", ["/bin/true"]),
        Case("python3 -c pass", [PYTHON, "-c", "pass"]),
        Case("bunsen --version", [bunsen, "--version"], 10),
        Case("bunsen check, 200 lines", [bunsen, "check", "long.yaml"], 20),
        Case("bunsen config --origin, 200 lines", [bunsen, "config", "long.yaml", "--origin"], 20),
        Case("bunsen plan, 200 lines", [bunsen, "plan", "long.yaml"], 20),
        Case("bunsen explain optimizer.adam", [bunsen, "explain", "optimizer.adam"], 10),
        Case("bunsen explain --page", [bunsen, "explain", "--page"], 20),
        Case("bunsen schema", [bunsen, "schema"], 20),
        Case("TAB behind `bunsen run --set opt`", [bunsen, "complete", "run", "long.yaml", "--set", "opt"], 20),
        Case("bunsen check, 1,000 files", [bunsen, "check", "configs"], 1000, is_slow=True),
        Case("bunsen list, 1,000 runs", [bunsen, "list", "--results", "runs"], 1000, is_slow=True),
    ]


def table(measured):
    by_name = {case.name: case for case in measured}
    # Of CPU time: other programs on the machine change it least.
    floor, python = (statistics.median(by_name[name].processor) for name in ("/bin/true", "python3 -c pass"))
    head = f"{'command':<34} {'target':>7} {'median':>7} {'least':>7} {'CPU':>7} {'x true':>7} {'x python':>8}"
    lines = [head, "-" * len(head)]
    for case in measured:
        least, processor = min(case.wall), statistics.median(case.processor)
        target = f"< {case.target}" if case.target else ""
        lines.append(f"{case.name:<34} {target:>7} {statistics.median(case.wall):>7.1f} {least:>7.1f} "
                     f"{processor:>7.1f} {processor / floor:>7.1f} {processor / python:>8.2f}")
    return "\n".join(lines)


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench cli", description=__doc__)
    parser.add_argument("--bunsen", default=TREE / "build" / "bin" / "bunsen", type=pathlib.Path, help="the program to measure")
    parser.add_argument("--runs", default=40, type=int, help="runs of each command (default 40; the slow ones half)")
    options = parser.parse_args(arguments)
    bunsen = options.bunsen.resolve()
    if not os.access(bunsen, os.X_OK):
        raise SystemExit(f"bench: no program {bunsen}; build it with tools/build")
    with tempfile.TemporaryDirectory(prefix="bunsen-bench-") as name:
        folder = pathlib.Path(name)
        measured = cases(bunsen, folder)
        for case in measured:
            case.run(folder)  # files into the cache
            case.wall.clear(), case.processor.clear()
        # In turn, so that a busy minute falls on all of them.
        for turn in range(options.runs):
            for case in measured:
                if not case.is_slow or turn % 2 == 0:
                    case.run(folder)
    print(f"milliseconds; {options.runs} runs of each command, the slow ones half as many; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(table(measured))
    missed = [case.name for case in measured if case.target and min(case.wall) >= case.target]
    if missed:
        print("missed its target: " + ", ".join(missed))
    return 1 if missed else 0
