"""compile.py - `tools/bench compile`: how long a file of many declared types takes to compile."""
import argparse
import os
import pathlib
import resource
import subprocess
import time

TREE = pathlib.Path(__file__).resolve().parent.parent
SOURCE = TREE / "bench" / "component_types.cpp"
TARGET_SECONDS = 15


def main(arguments):
    parser = argparse.ArgumentParser(prog="tools/bench compile", description=__doc__)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    parser.add_argument("--runs", default=3, type=int)
    options = parser.parse_args(arguments)
    command = [options.compiler, "-std=c++20", "-Isrc", "-O2", "-c", SOURCE.relative_to(TREE), "-o", "/dev/null"]
    print(" ".join(map(str, command)))
    least = None
    for _ in range(options.runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        if subprocess.run(command, cwd=TREE).returncode != 0:
            return 3
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = min(processor, least or processor)
        print(f"{wall:6.1f} s, {processor:5.1f} s of CPU, load {os.getloadavg()[0]:.1f}")
    print(f"least {least:.1f} s of CPU, target below {TARGET_SECONDS} s")
    return 0 if least < TARGET_SECONDS else 1
