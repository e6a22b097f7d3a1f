"""`--diagnostics json|sarif` tells what the text tells: the same mistakes at the same places, in well-formed documents."""
import collections
import json
import os
import re
import shutil
import subprocess

import jsonschema
import pytest

from programs import BUNSEN, MLP, SOURCE

CASES = sorted(path.parent for path in (SOURCE / "tests/errors").glob("*/config.yaml"))
LINE = re.compile(r"^(?:(.+?):(\d+):(\d+): )?(error|warning)\[(BUN\d+)\]: (.*)$", re.MULTILINE)

# What SARIF 2.1.0 asks of the parts that are used here.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}, "additionalProperties": False}
REGION = {"type": "object", "required": ["startLine", "startColumn", "endLine", "endColumn"], "additionalProperties": False,
          "properties": {key: {"type": "integer", "minimum": 1} for key in ("startLine", "startColumn", "endLine", "endColumn")}}
ARTIFACT = {"type": "object", "required": ["uri"], "additionalProperties": False,
            "properties": {"uri": {"type": "string", "pattern": r"^(file:///)?([A-Za-z0-9._~/-]|%[0-9A-F]{2})+$"}}}
LOCATION = {
    "type": "object", "additionalProperties": False, "minProperties": 1,
    "properties": {
        "message": TEXT,
        "physicalLocation": {"type": "object", "required": ["artifactLocation"], "additionalProperties": False,
                             "properties": {"artifactLocation": ARTIFACT, "region": REGION}},
        "logicalLocations": {"type": "array", "items": {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": {
            "name": {"type": "string"}, "fullyQualifiedName": {"type": "string"}}}}}}
FIX = {"type": "object", "required": ["artifactChanges"], "additionalProperties": False, "properties": {
    "description": TEXT,
    "artifactChanges": {"type": "array", "minItems": 1, "items": {
        "type": "object", "required": ["artifactLocation", "replacements"], "additionalProperties": False, "properties": {
            "artifactLocation": ARTIFACT,
            "replacements": {"type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["deletedRegion"], "additionalProperties": False,
                "properties": {"deletedRegion": REGION, "insertedContent": TEXT}}}}}}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = {
    "type": "object", "required": ["version", "runs"], "additionalProperties": False, "properties": {
        "$schema": {"type": "string", "format": "uri"}, "version": {"const": "2.1.0"},
        "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {
            "type": "object", "required": ["tool", "results"], "additionalProperties": False, "properties": {
                "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
                    "type": "object", "required": ["name", "version", "rules"], "additionalProperties": False, "properties": {
                        "name": {"const": "bunsen"}, "version": {"type": "string", "minLength": 1},
                        "rules": {"type": "array", "uniqueItems": True, "items": {
                            "type": "object", "required": ["id"], "additionalProperties": False, "properties": {
                                "id": {"type": "string", "pattern": r"^BUN\d{3}$"}, "shortDescription": TEXT, "fullDescription": TEXT,
                                "help": TEXT, "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}}}}}}}}},
                "columnKind": {"const": "unicodeCodePoints"},
                "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"], "properties": {
                    "executionSuccessful": {"type": "boolean"},
                    "toolExecutionNotifications": {"type": "array", "items": {"type": "object", "required": ["message"], "properties": {
                        "message": TEXT, "level": LEVEL}}}}}},
                "results": {"type": "array", "items": {
                    "type": "object", "required": ["message", "ruleId", "ruleIndex", "level", "locations"], "additionalProperties": False,
                    "properties": {
                        "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0}, "level": LEVEL, "message": TEXT,
                        "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": LOCATION},
                        "relatedLocations": {"type": "array", "items": LOCATION}, "fixes": {"type": "array", "items": FIX}}}},
                "properties": {"type": "object"}}}}}}

NUMBER = {"type": ["integer", "null"], "minimum": 1}
WORDS = {"type": ["string", "null"], "minLength": 1}
PLACE = {"file": WORDS, "argument": WORDS, "line": NUMBER, "column": NUMBER, "end_line": NUMBER, "end_column": NUMBER}
ITEM = {**PLACE, "checked": {"type": "string"}, "severity": {"enum": ["error", "warning"]}, "code": {"type": "string", "pattern": r"^BUN\d{3}$"},
        "path": WORDS, "message": {"type": "string", "minLength": 1}, "hint": WORDS, "replacement": WORDS,
        "used_at": {"type": ["object", "null"], "required": list(PLACE), "properties": PLACE, "additionalProperties": False}}
COUNT = {"type": "integer", "minimum": 0}
COUNTS = {"errors": COUNT, "warnings": COUNT, "dropped": COUNT}
DOCUMENT = {
    "type": "object", "required": ["version", "tool", "summary", "files", "diagnostics"], "additionalProperties": False, "properties": {
        "version": {"const": 1}, "tool": {"type": "object", "required": ["name", "version"]},
        "summary": {"type": "object", "required": ["files", *COUNTS], "properties": {"files": COUNT, **COUNTS}},
        "files": {"type": "array", "items": {"type": "object", "required": ["file", *COUNTS], "properties": {"file": WORDS, **COUNTS}}},
        "diagnostics": {"type": "array", "items": {"type": "object", "required": list(ITEM), "properties": ITEM, "additionalProperties": False}}}}


def call(folder, *arguments):
    return subprocess.run([BUNSEN, *map(str, arguments)], cwd=folder, capture_output=True, text=True)


def document_of(done, schema):
    document = json.loads(done.stdout)
    jsonschema.validate(document, schema)
    return document


def arguments_of(case):
    file = case / "args"
    return [word for line in file.read_text().splitlines() for word in ("--set", line)] if file.exists() else []


def told_in_text(text):
    return collections.Counter((place or None, line and int(line), column and int(column), severity, code)
                               for place, line, column, severity, code, _ in (tuple(part or None for part in found) for found in LINE.findall(text)))


def told_in_json(document):
    return collections.Counter((item["line"] and (item["file"] or item["argument"]), item["line"], item["column"], item["severity"], item["code"])
                               for item in document["diagnostics"])


def told_in_sarif(document):
    counted = collections.Counter()
    (run,) = document["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        region = location.get("physicalLocation", {}).get("region", {})
        counted[region.get("startLine"), region.get("startColumn"), result["level"], result["ruleId"]] += 1
    return counted


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_every_form_tells_the_same(case):
    words = ["check", "config.yaml", *arguments_of(case)]
    plain, as_json, as_sarif = call(case, *words), call(case, *words, "--diagnostics", "json"), call(case, *words, "--diagnostics=sarif")
    assert plain.returncode == as_json.returncode == as_sarif.returncode
    assert as_json.stderr == as_sarif.stderr == ""
    text = told_in_text(plain.stderr)
    document = document_of(as_json, DOCUMENT)
    assert text and told_in_json(document) == text
    assert document["summary"]["errors"] == sum(count for key, count in text.items() if key[3] == "error")
    for item in document["diagnostics"]:
        assert item["message"] in plain.stderr and (item["hint"] or "") in plain.stderr
        if item["line"]:
            assert (item["line"], item["column"]) <= (item["end_line"], item["end_column"])
    in_files = collections.Counter()
    for item in document["diagnostics"]:
        is_in_file = item["argument"] is None
        in_files[item["line"] if is_in_file else None, item["column"] if is_in_file else None, item["severity"], item["code"]] += 1
    assert told_in_sarif(document_of(as_sarif, SARIF)) == in_files


def test_one_document_holds_all_files():
    folders = [str(path.relative_to(SOURCE)) for path in CASES]
    done = call(SOURCE, "check", "configs", *folders, "--diagnostics", "json")
    document = document_of(done, DOCUMENT)
    assert done.returncode == 2
    assert document["summary"]["files"] == len(document["files"]) > len(CASES)
    assert document["summary"]["errors"] == sum(file["errors"] for file in document["files"])
    assert {item["checked"] for item in document["diagnostics"]} <= {file["file"] for file in document["files"]}
    as_sarif = document_of(call(SOURCE, "check", "configs", *folders, "--diagnostics", "sarif"), SARIF)
    assert sum(told_in_sarif(as_sarif).values()) == len(document["diagnostics"])


def test_nothing_wrong_is_a_document_too(workplace):
    workplace.write("good.yaml", MLP)
    done = workplace.bunsen("check", "good.yaml", "--diagnostics", "json")
    assert done.returncode == 0 and document_of(done, DOCUMENT)["diagnostics"] == []
    assert document_of(workplace.bunsen("check", "good.yaml", "--diagnostics", "sarif"), SARIF)["runs"][0]["results"] == []


def with_replacements(text, items):
    lines = text.split("\n")
    for item in sorted(items, key=lambda item: (item["line"], item["column"]), reverse=True):
        assert item["line"] == item["end_line"]
        line = lines[item["line"] - 1]
        lines[item["line"] - 1] = line[: item["column"] - 1] + item["replacement"] + line[item["end_column"] - 1 :]
    return "\n".join(lines)


def test_replacements_settle_what_they_are_offered_for(tmp_path):
    offered = 0
    for case in CASES:
        folder = tmp_path / case.name
        shutil.copytree(case, folder)
        words = ["check", "config.yaml", *arguments_of(case), "--diagnostics", "json"]
        before = document_of(call(folder, *words), DOCUMENT)
        fixable = [item for item in before["diagnostics"] if item["replacement"] and item["file"] == "config.yaml"]
        if not fixable:
            continue
        offered += len(fixable)
        file = folder / "config.yaml"
        file.write_text(with_replacements(file.read_text(), fixable))
        after = {(item["line"], item["message"]) for item in document_of(call(folder, *words), DOCUMENT)["diagnostics"]}
        assert not after & {(item["line"], item["message"]) for item in fixable}, case.name
    assert offered >= 15


def test_other_commands_keep_standard_output_for_their_result(workplace):
    workplace.write("odd.yaml", MLP.replace("{linear: 2}]", "{linear: 2}, relu]"))
    for command in ("plan", "config", "run"):
        plain = workplace.bunsen(command, "odd.yaml", "--json")
        done = workplace.bunsen(command, "odd.yaml", "--json", "--diagnostics", "json")
        assert done.returncode == 0
        document = json.loads(done.stderr.splitlines()[0])
        jsonschema.validate(document, DOCUMENT)
        assert document["summary"]["warnings"] == 1
        if command != "run":
            assert done.stdout == plain.stdout
        else:
            assert json.loads(done.stdout)["status"] == "completed"
    workplace.write("sweep.yaml", "base: odd.yaml\naxes: {epochs: [1, two]}\n")
    done = workplace.bunsen("sweep", "sweep.yaml", "--diagnostics", "sarif")
    assert done.returncode == 2 and done.stdout == ""
    document = json.loads(done.stderr)
    jsonschema.validate(document, SARIF)
    assert [result["ruleId"] for result in document["runs"][0]["results"] if result["level"] == "error"] == ["BUN011"]


def test_run_tells_the_mistakes_of_all_files_in_one_document(workplace):
    for name in ("one", "two"):
        workplace.write(f"{name}.yaml", MLP.replace("adam", "adma"))
    done = workplace.bunsen("run", "one.yaml", "two.yaml", "--diagnostics", "json")
    document = json.loads(done.stderr)
    assert done.returncode == 2
    assert [item["checked"] for item in document["diagnostics"]] == ["one.yaml", "two.yaml"]


def test_warnings_fail_a_strict_check_only(workplace):
    workplace.write("odd.yaml", MLP.replace("{linear: 2}]", "{linear: 2}, relu]"))
    assert workplace.bunsen("check", "odd.yaml").returncode == 0
    assert workplace.bunsen("check", "odd.yaml", "--strict").returncode == 2


def test_the_page_shows_patterns_that_work():
    page = (SOURCE / "docs/diagnostics.md").read_text()
    block = next(block for block in re.findall(r"^```json\n(.*?)^```", page, re.DOTALL | re.MULTILINE) if "regexp" in block)
    pattern = re.compile(json.loads(block)["pattern"]["regexp"])
    folder = SOURCE / "tests/errors/many_mistakes"
    told = call(folder, "check", "config.yaml").stderr
    assert len([line for line in told.splitlines() if pattern.match(line)]) == sum(told_in_text(told).values()) > 1
