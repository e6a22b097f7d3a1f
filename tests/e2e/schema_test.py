"""The JSON Schema accepts what the checker accepts, and refuses what it refuses."""
import collections
import json
import os
import pathlib
import random
import re
import subprocess

import jsonschema
import pytest

import made_documents

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
BUNSEN = os.path.join(os.environ["BUNSEN_BIN"], "bunsen")
CONFIGS = sorted((SOURCE / "configs").rglob("*.yaml"))
EXPERIMENTS = sorted((SOURCE / "experiments").rglob("*.yaml"))


def printed(*arguments):
    return json.loads(subprocess.run([BUNSEN, *map(str, arguments)], capture_output=True, text=True, check=True).stdout)


@pytest.fixture(scope="module")
def validator():
    schema = printed("schema")
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


SHORT = {"dataset": "mnist", "epochs": 2, "batch": 100, "layers": ["flatten", {"linear": 10}, {"dropout": None}, {"max_pool2d": [2, 3]},
         {"repeat": {"times": "$depth", "layers": [{"linear": {"out_features": "${width}", "name": "hidden"}}, "$activation"]}}],
         "loss": "cross_entropy", "optimizer": {"sgd": 0.1}, "validation": 0.1, "vars": {"depth": 2}}


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_a_resolved_config_is_valid(validator, config):
    validator.validate(printed("config", config, "--json"))


def test_short_forms_and_variables_are_valid(validator):
    validator.validate(SHORT)


def test_a_config_with_a_base_needs_nothing_else(validator):
    validator.validate({"extends": "base.yaml", "epochs": 3})


@pytest.mark.parametrize("change", [
    {"epocs": 3}, {"epochs": 0}, {"epochs": "two"}, {"batch": {"size": 10, "sise": 1}}, {"batch": {}}, {"layers": []},
    {"layers": ["lineer"]}, {"layers": ["linear"]}, {"layers": [{"linear": 4, "relu": None}]}, {"layers": [{"linear": {"out_feature": 4}}]},
    {"layers": [{"dropout": 1.5}]}, {"optimizer": {"adam": {"lrr": 1}}}, {"optimizer": {"adam": {"betas": [0.9]}}}, {"loss": {}},
    {"optimizer": {"sgd": {"nesterov": "yes"}}}, {"init": {"weight": "norml"}}, {"runtime": {"device": "gpu"}},
], ids=json.dumps)
def test_a_mistake_is_refused(validator, change):
    assert not validator.is_valid(SHORT | change)


@pytest.mark.parametrize("change", [
    {"axes": {"epochs": 3}}, {"axes": {"epochs": []}}, {"axes": {"epochs": [0]}}, {"axes": {"epocs": [1]}}, {"axes": {"optimizer.adam.lrr": [1]}},
    {"axes": {"optimizer.adam.lr": {"log": [1, 2]}}}, {"axes": {"optimizer.adam.lr": {"log": [1, 2], "linear": [1, 2], "steps": 2}}},
    {"axes": {"layers.0.linear.out_feature": [1]}}, {"axes": {"layers.0.linear": [0]}}, {"set": {"dropout": 1}}, {"seeds": 0}, {"seeds": [1, 1]},
    {"seeds": []}, {"base": {"epochs": 2}}, {"method": "random"}, {"objective": {"maximise": "validation.loss"}}, {"layers": ["relu"]},
    {"question": None}, {"together": {"epochs": [1]}}, {"axes": {"optimizer": {"log": [1, 2], "steps": 3}}},
    {"axes": {"epochs": {"range": [1, 2, 3]}}}, {"axes": {"epochs": {"range": [1.5, 2]}}}, {"axes": {"epochs": {"range": [1, 4], "steps": 2}}},
    {"axes": {"epochs": {"log": [1, 4], "steps": 2, "step": 2}}}, {"axes": {"epochs": {"choice": []}}}, {"axes": {"optimizer": {"choice": ["adamm"]}}},
    {"when": {"if": {"epochs": 1}, "axes": {"epochs": [1]}}}, {"when": [{"axes": {"epochs": [1]}}]}, {"when": [{"if": {"epochs": 1}}]},
    {"when": [{"if": {"epocs": 1}, "axes": {"batch": [1]}}]}, {"when": [{"if": {"batch": 10}, "axes": {"epochs": {"log": [1, 4]}}}]},
    {"exclude": [{"epochs": None}]}, {"exclude": [{"epocs": 1}]}, {"exclude": {"batch": 10}}, {"include": [{"optimizer": "adamm"}]}, {"method": {"random": {}}}, {"method": "sobol"},
    {"method": {"tpe": {"trials": 0}}}, {"method": {"csv": None}}, {"together": [{"epochs": {"log": [1, 4]}}], "method": {"random": 3}},
    {"prune": {"asha": {"reduction": 1}}}, {"prune": "hyperband"}, {"budget": {"hours": 0}}, {"failures": "ignore"}, {"failures": "stop_after"},
    {"trial_timeout_seconds": 0}, {"keep_weights": "some"}, {"objective": {"maximize": "validation.loss", "at": "first"}},
], ids=json.dumps)
def test_a_mistake_in_an_experiment_is_refused(validator, change):
    experiment = {"base": "base.yaml", "axes": {"batch": [10, 20], "layers.hidden2.linear": [64], "vars.depth": [1, "$depth"]}, "seeds": 3}
    validator.validate(experiment)
    assert not validator.is_valid(experiment | change)


@pytest.mark.parametrize("change", [
    {"method": {"random": 5}, "axes": {"optimizer.adam.lr": {"log": [1, 2]}}}, {"axes": {"epochs": {"range": [1, 9], "step": 2}}},
    {"axes": {"optimizer": {"choice": ["adam", {"sgd": 0.1}]}}}, {"when": [{"if": {"vars.depth": [1, 2], "batch": 10}, "axes": {"epochs": [1, 2]}}]},
    {"exclude": [{"batch": [10, 20]}, {"layers.hidden2.linear": 64}], "include": [{"batch": 30, "vars.depth": "x"}]},
    {"method": {"tpe": {"trials": 50, "seed": 1}}, "prune": {"asha": {"min_epochs": 2, "reduction": 3}}, "budget": {"trials": 200, "hours": 2, "target": 0.91},
     "failures": {"stop_after": 3}, "trial_timeout_seconds": 600, "keep_weights": "none", "objective": {"maximize": "validation.accuracy", "at": "best"}},
    {"method": {"csv": "points.csv"}},
], ids=json.dumps)
def test_what_an_experiment_can_say_is_valid(validator, change):
    validator.validate({"base": "base.yaml", "axes": {"batch": [10, 20], "layers.hidden2.linear": [64], "vars.depth": [1]}} | change)


@pytest.mark.parametrize("key", ["dataset", "epochs", "batch", "layers", "loss", "optimizer"])
def test_what_is_required_is_missed(validator, key):
    assert not validator.is_valid({k: v for k, v in SHORT.items() if k != key})


@pytest.mark.parametrize("file", CONFIGS + EXPERIMENTS, ids=lambda path: path.stem)
def test_a_shipped_file_is_valid_and_names_its_schema(validator, file):
    validator.validate(made_documents.read(file))
    (named,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", file.read_text().split("\n")[0])
    assert (file.parent / named).samefile(SOURCE / "docs" / "bunsen.schema.json")


# What no schema can see: how values fit together, which names there are twice.
RELATION = re.compile(r"BUN016|BUN03\d|two layers are named|once `repeat` is written out")
# The same, but whatever else is wrong may not have been looked at.
UNDECIDED = re.compile("there is no item|no layer is named|the [a-z_]+ is '|no such file|is also named by|moves together with|"
                       "no point has this axis|is not measured|no axis is called|never has the value|is itself an axis of this|has no value for|has no axis|"
                       "no point is left|two `when`s give|names others|there is no objective|are drawn from|method.csv|lies above the last")


def mistakes_of(folder):
    """File -> its errors."""
    done = subprocess.run([BUNSEN, "check", folder, "--diagnostics", "json"], capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert told["summary"]["dropped"] == 0
    found = collections.defaultdict(list)
    for item in told["diagnostics"]:
        if item["severity"] == "error":
            found[pathlib.Path(item["checked"]).name].append(f"{item['code']}: {item['path']}: {item['message']}")
    return found


def may_come_from_elsewhere(mistake, document):
    """What is required may be the base's to say, or lie below what an experiment sets."""
    code, path, _ = mistake.split(": ", 2)
    return code == "BUN014" and ("extends" in document or path.split(".")[0] in made_documents.overridden(document))


def check_says(mistakes, document):
    """True, False, or None where only what a schema cannot see is wrong and hides the rest."""
    told = [mistake for mistake in mistakes if not RELATION.search(mistake)]
    hides = [mistake for mistake in told if UNDECIDED.search(mistake) or may_come_from_elsewhere(mistake, document)]
    return None if hides and len(hides) == len(told) else not told


def made(validator, rng, bases):
    """Documents with what was done to them; `bases` is the folder for the configs that they name."""
    maker = made_documents.Maker(validator.schema, rng)
    shipped = [made_documents.read(file) for file in CONFIGS]
    mlp = made_documents.read(SOURCE / "configs" / "fashion_mlp.yaml")
    (bases / "mlp.yaml").write_text(made_documents.to_yaml(mlp, rng) + "\n")
    for number in range(150):
        document = maker.config()
        yield document, "made"
        yield made_documents.mutate(document, rng)
        yield made_documents.mutate(rng.choice(shipped), rng)
        base, over = maker.over_a_base()
        (bases / f"base_{number}.yaml").write_text(made_documents.to_yaml(base, rng) + "\n")
        over["extends"] = f"../bases/base_{number}.yaml"
        yield over, "made, over a base"
        yield made_documents.mutate(over, rng)
        in_place = maker.config()
        for base, config in (("../bases/mlp.yaml", mlp), (in_place, in_place)):
            experiment = maker.experiment(base, config)
            yield experiment, "made experiment"
            yield made_documents.mutate(experiment, rng)
    for file in CONFIGS + EXPERIMENTS:
        document = made_documents.read(file)
        if "base" in document:
            document["base"] = "../bases/mlp.yaml"
        for change, key in made_documents.beside_every_key(document):
            yield change, f"unknown key beside {key} of {file.name}"


def test_check_and_schema_agree_on_made_documents(validator, tmp_path):
    rng = random.Random(int(os.environ.get("BUNSEN_TEST_SEED", "1")))
    folder, bases = tmp_path / "made", tmp_path / "bases"
    folder.mkdir()
    bases.mkdir()
    documents = list(made(validator, rng, bases))
    for number, (document, _) in enumerate(documents):
        (folder / f"{number:04}.yaml").write_text(made_documents.to_yaml(document, rng) + "\n")
    mistakes = mistakes_of(folder)
    counts, reports = collections.Counter(), []
    for number, (document, story) in enumerate(documents):
        name = f"{number:04}.yaml"
        is_right, is_valid = check_says(mistakes[name], document), validator.is_valid(document)
        is_undecided = is_right is None and is_valid
        is_right = bool(is_right)
        counts["undecided" if is_undecided else (is_right, is_valid)] += 1
        if "unknown key" in story:
            assert not is_right and not is_valid, story
        if is_right != is_valid and not is_undecided:
            said = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(document)]
            reports.append("\n".join([f"== {name}: {story}", (folder / name).read_text(), *mistakes[name], *said]))
    print(f"{len(documents)} documents: both accept {counts[True, True]}, both refuse {counts[False, False]}, "
          f"only check accepts {counts[True, False]}, only the schema accepts {counts[False, True]}, undecided {counts['undecided']}")
    assert len(documents) >= 500 and min(counts[True, True], counts[False, False]) >= 200 and counts["undecided"] < 100
    assert not reports, "\n\n".join(reports[:10])
