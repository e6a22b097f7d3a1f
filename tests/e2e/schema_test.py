"""The JSON Schema accepts what the parser accepts, in its resolved form, and refuses what it refuses."""
import json
import os
import pathlib
import subprocess

import jsonschema
import pytest

SOURCE = pathlib.Path(os.environ["BUNSEN_SOURCE_DIR"])
BUNSEN = os.path.join(os.environ["BUNSEN_BIN"], "bunsen")
CONFIGS = sorted((SOURCE / "configs").glob("*.yaml"))


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


@pytest.mark.parametrize("key", ["dataset", "epochs", "batch", "layers", "loss", "optimizer"])
def test_what_is_required_is_missed(validator, key):
    assert not validator.is_valid({k: v for k, v in SHORT.items() if k != key})
