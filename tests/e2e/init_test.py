"""`bunsen init` writes a config that is right, says every key, and tells the truth about defaults."""
import json
import os
import re
import subprocess

import jsonschema
import pytest

import made_documents

BUNSEN = os.path.join(os.environ["BUNSEN_BIN"], "bunsen")
SCHEMA = json.loads(subprocess.run([BUNSEN, "schema"], capture_output=True, text=True, check=True).stdout)
(NAMED,) = [choice for choice in SCHEMA["definitions"]["dataset"]["anyOf"] if "properties" in choice]
DATASETS = list(NAMED["properties"])
MODELINE = "# yaml-language-server: $schema=bunsen.schema.json\n"


def uncommented(text):
    """Every default that stands there commented out, put into force."""
    return re.sub(r"^( {0,20})# ( *[a-z_0-9]+:(?: .*)?)$", r"\1\2", text.removeprefix(MODELINE), flags=re.MULTILINE)


def run_id(workplace, file):
    return re.search(r"^# run id (\w+)", workplace.bunsen("config", file).stdout).group(1)


@pytest.mark.parametrize("dataset", DATASETS)
def test_a_first_config_is_right_and_its_defaults_are_the_defaults(workplace, dataset):
    done = workplace.bunsen("init", "first.yaml", "--dataset", dataset)
    assert done.returncode == 0 and done.stdout == ""
    assert "bunsen check first.yaml\n  bunsen run first.yaml\n" in done.stderr
    text = (workplace.folder / "first.yaml").read_text()
    assert text.startswith(MODELINE) and text.isascii()
    assert max(map(len, text.splitlines())) <= 100
    assert workplace.bunsen("check", "first.yaml").returncode == 0
    jsonschema.Draft7Validator(SCHEMA).validate(made_documents.read(workplace.folder / "first.yaml"))

    everything = uncommented(text)
    workplace.write("everything.yaml", everything)
    assert everything.count("\n") < text.count("\n") and "# " + "seed" not in everything
    assert workplace.bunsen("check", "everything.yaml").returncode == 0
    assert run_id(workplace, "everything.yaml") == run_id(workplace, "first.yaml")
    said = made_documents.read(workplace.folder / "everything.yaml")
    assert said.keys() == SCHEMA["definitions"]["config"]["properties"].keys() - {"version", "extends", "vars"}
    for part in ("batch", "init", "test", "runtime"):
        assert said[part].keys() == SCHEMA["definitions"][f"config.{part}"]["anyOf"][0]["properties"].keys()


def test_a_first_config_trains(workplace):
    assert workplace.bunsen("init").returncode == 0
    done = workplace.bunsen("run", "config.yaml", "--json")
    assert done.returncode == 0, done.stderr
    assert workplace.result("config")["final"]["test"]["accuracy"] > 0.8


def test_a_first_config_for_ones_own_table_is_read_from_it(workplace):
    rows = [f"{number % 7},{'red' if number % 2 else 'white'},{0.5 * number},{'abc'[number % 3]}" for number in range(90)]
    workplace.write("wine.csv", "\n".join(["ash,colour,alcohol,kind", *rows]) + "\n")
    workplace.write("sub/keep", "")
    done = workplace.bunsen("init", "sub/wine.yaml", "--dataset", "wine.csv")
    assert done.returncode == 0, done.stderr
    config = made_documents.read(workplace.folder / "sub" / "wine.yaml")
    assert config["dataset"] == {"csv": {"file": "../wine.csv", "label": "kind", "categorical": {"colour": ["red", "white"]}}}
    assert config["layers"][-1] == {"linear": 3} and config["loss"] == "cross_entropy"
    assert workplace.bunsen("run", "sub/wine.yaml").returncode == 0

    workplace.write("house.csv", "rooms,price\n" + "".join(f"{number % 5},{number * 1.5}\n" for number in range(40)))
    assert workplace.bunsen("init", "house.yaml", "--dataset", "house.csv").returncode == 0
    config = made_documents.read(workplace.folder / "house.yaml")
    assert config["dataset"]["csv"]["task"] == "regression" and config["loss"] == "mse" and config["layers"][-1] == {"linear": 1}
    assert workplace.bunsen("check", "house.yaml").returncode == 0
    assert "nope.csv" in workplace.bunsen("init", "other.yaml", "--dataset", "nope.csv").stderr


def test_nothing_is_overwritten(workplace):
    workplace.write("config.yaml", "mine")
    done = workplace.bunsen("init")
    assert done.returncode == 2 and "is there already; name another file" in done.stderr
    assert (workplace.folder / "config.yaml").read_text() == "mine"
    assert not (workplace.folder / "bunsen.schema.json").exists()


def test_only_an_older_schema_of_bunsens_own_is_replaced(workplace):
    schema = workplace.folder / "bunsen.schema.json"
    assert "wrote bunsen.schema.json" in workplace.bunsen("init", "a.yaml").stderr
    current = schema.read_text()
    assert json.loads(current) == SCHEMA
    assert "kept bunsen.schema.json" in workplace.bunsen("init", "b.yaml").stderr
    schema.write_text(json.dumps({"title": "bunsen config", "type": "object"}))
    assert "replaced bunsen.schema.json" in workplace.bunsen("init", "c.yaml").stderr
    assert schema.read_text() == current
    for number, foreign in enumerate(['{"title": "theirs"}', "no JSON"]):
        schema.write_text(foreign)
        assert "left bunsen.schema.json alone" in workplace.bunsen("init", f"d{number}.yaml").stderr
        assert schema.read_text() == foreign
        assert "yaml-language-server" not in (workplace.folder / f"d{number}.yaml").read_text()


def test_a_first_config_can_be_printed(workplace):
    done = workplace.bunsen("init", "-")
    assert done.returncode == 0 and "yaml-language-server" not in done.stdout
    assert list(workplace.folder.iterdir()) == []
    assert workplace.bunsen("check", workplace.write("printed.yaml", done.stdout)).returncode == 0


def test_the_schema_lies_beside_the_config(workplace):
    (workplace.folder / "study").mkdir()
    done = workplace.bunsen("init", "study/deep.yaml", "--dataset", "mnist")
    assert done.returncode == 0 and "bunsen check study/deep.yaml" in done.stderr
    assert (workplace.folder / "study" / "bunsen.schema.json").exists()


def test_an_unknown_data_set_is_told_with_the_one_that_was_meant(workplace):
    done = workplace.bunsen("init", "--dataset", "fashion-mnst")
    assert done.returncode == 2 and "did you mean 'fashion_mnist'?" in done.stderr
