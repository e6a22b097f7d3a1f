"""doctor_test.py - `bunsen doctor` on machines that are well and on some that are not."""
import json
import os
import shutil
import stat

import pytest

from programs import BIN, SOURCE

WORKER = BIN / "bunsen-worker"

# Facts of a busy or odd machine may be doubtful; a run works here all the same, since every other test makes some.
TOPICS = ["worker", "LibTorch", "BLAS", "OpenMP", "malloc", "CPU", "cores", "memory", "training", "environment", "data", "results", "cache", "tools"]


def diagnosis(workplace, *arguments, **environment):
    done = workplace.bunsen("doctor", "--json", *arguments, **environment)
    return done.returncode, json.loads(done.stdout)


def findings_on(topic, document):
    return [finding for finding in document["findings"] if finding["topic"] == topic]


def script(workplace, text):
    path = workplace.write("worker.sh", "#!/bin/sh\n" + text + "\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    """Shared libraries of the worker, by the beginning of their names."""
    from programs import Workplace
    code, document = diagnosis(Workplace(tmp_path_factory.mktemp("doctor")))
    assert code == 0, document["findings"]
    return {os.path.basename(path).split(".")[0]: path for path in document["facts"]["worker"]["libraries"]}


def test_a_machine_on_which_runs_work_is_told_topic_by_topic(workplace):
    done = workplace.bunsen("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.startswith("runs will work here")
    lines = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert all(line.split()[0] in ("ok", "warn") for line in lines)
    told = [line.split()[1] for line in lines]
    assert [topic for topic in TOPICS if topic not in told] == []


def test_json_has_the_findings_and_the_facts_they_rest_on(workplace):
    code, document = diagnosis(workplace)
    assert code == 0
    assert document["doctor_version"] == 1
    assert document["verdict"] in ("ok", "warn")
    facts = document["facts"]
    assert facts["worker"]["devices"][0] == "cpu"
    assert any("libtorch_cpu.so" in path for path in facts["worker"]["libraries"])
    assert facts["front"]["version"] == facts["worker"]["version"]
    assert facts["trial"]["same_bits"] is True
    assert all(training["gflops"] > 0 for training in facts["trial"]["trainings"])
    assert facts["cores"]["usable"] >= 1
    assert facts["results"]["lock_kept"] is True


def test_every_fact_stands_in_the_documentation(workplace):
    _, document = diagnosis(workplace)
    page = (SOURCE / "docs" / "doctor.md").read_text()

    def keys(node, path=""):
        if isinstance(node, list):
            node = node[0] if node and isinstance(node[0], dict) else {}
        for key, value in node.items() if isinstance(node, dict) and not path.startswith("facts.variables") else []:
            yield path + key
            yield from keys(value, path + key + ".")
    undocumented = [key for key in keys(document) if f"`{key.rpartition('.')[2]}`" not in page]
    assert undocumented == []


def test_nothing_is_left_behind(workplace):
    assert workplace.bunsen("doctor", "--results", workplace.folder / "deep" / "results").returncode == 0
    left = [path for path in workplace.folder.rglob("*") if path.name != "home" and "home" not in path.parts]
    assert left == []


def test_a_missing_worker_is_bad_and_all_else_is_still_told(workplace):
    done = workplace.bunsen("doctor", BUNSEN_WORKER_PROGRAM="/nowhere/bunsen-worker")
    assert done.returncode == 3
    assert done.stdout.startswith("bad   worker")
    assert "-> " in done.stdout.splitlines()[1]
    assert "ok    cores" in done.stdout or "warn  cores" in done.stdout
    assert "LibTorch" not in "".join(line for line in done.stdout.splitlines() if not line.startswith(" "))
    assert done.stderr.startswith("runs will not work here")


def test_a_worker_that_crashes_is_bad_and_what_it_said_is_told(workplace):
    worker = script(workplace, "echo 'error while loading shared libraries: libtorch.so' >&2; kill -SEGV $$")
    code, document = diagnosis(workplace, BUNSEN_WORKER_PROGRAM=str(worker))
    assert code == 3
    (finding,) = findings_on("worker", document)
    assert finding["verdict"] == "bad"
    assert "was killed by signal 11" in finding["text"]
    assert "error while loading shared libraries" in finding["text"]
    assert finding["way_out"]


def test_a_worker_that_dies_in_its_training_is_bad(workplace):
    # The true worker answers; a limit on memory ends its first training, or its start.
    worker = script(workplace, f'ulimit -f 0; exec "{WORKER}" "$@"')
    code, document = diagnosis(workplace, BUNSEN_WORKER_PROGRAM=str(worker))
    assert code == 3
    assert [finding["verdict"] for finding in findings_on("training", document)] == ["bad"]


def test_a_second_openmp_runtime_in_the_worker_is_named(workplace, libraries, tmp_path):
    second = tmp_path / "libiomp5.so"
    shutil.copy(libraries["libcsv"], second)
    code, document = diagnosis(workplace, LD_PRELOAD=str(second))
    assert code == 0
    (finding,) = findings_on("OpenMP", document)
    assert finding["verdict"] == "warn"
    assert str(second) in finding["text"]
    assert document["facts"]["variables"]["LD_PRELOAD"] == str(second)


def test_openblas_with_threads_of_its_own_is_named_with_the_package_to_install(workplace, libraries, tmp_path):
    blas = tmp_path / "openblas-pthread" / "libopenblasp-r0.3.21.so"
    blas.parent.mkdir()
    shutil.copy(libraries["libcsv"], blas)
    _, document = diagnosis(workplace, LD_PRELOAD=str(blas))
    (finding,) = findings_on("BLAS", document)
    assert finding["verdict"] == "warn"
    assert str(blas) in finding["text"]
    assert "libopenblas0-openmp" in finding["way_out"]


def test_a_results_folder_that_can_not_be_made_is_bad(workplace):
    workplace.write("file", "")
    code, document = diagnosis(workplace, "--results", "file/results")
    assert code == 3
    (finding,) = findings_on("results", document)
    assert finding["verdict"] == "bad"
    assert "--results" in finding["way_out"]


def test_files_that_never_answer_are_given_up(workplace):
    folder = workplace.folder / "data" / "mnist"
    folder.mkdir(parents=True)
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        os.mkfifo(folder / name)
    code, document = diagnosis(workplace)
    assert code == 0
    (finding,) = findings_on("data", document)
    assert finding["verdict"] == "warn"
    assert "did not answer" in finding["text"]


def test_it_fits_a_terminal_of_80_columns_and_is_colored_there_only(workplace):
    shown, code = workplace.on_terminal("doctor")
    assert code == 0
    assert "\x1b[" in shown
    plain = [line.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "") for line in shown.splitlines()]
    # A path longer than the room ends its line.
    room = 80 - len("warn  environment  -> ")
    assert [line for line in plain if len(line) > 80 and len(line.split()[-1]) <= room] == []
    assert "\x1b[" not in workplace.bunsen("doctor").stdout
