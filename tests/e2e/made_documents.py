"""made_documents.py - documents at random, from the JSON Schema and from the shipped files: right ones, and ones with one mistake."""
import copy
import json
import pathlib
import re

import yaml


class CoreLoader(yaml.SafeLoader):
    """YAML 1.2's core schema, as bunsen reads it: 1e-3 is a number, `no` is a word."""


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""])]:
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


def read(file):
    return yaml.load(pathlib.Path(file).read_text(), CoreLoader)


def scalar_text(value, rng):
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*|\$[a-z_]+", value) and value not in ("null", "true", "false")
    return value if is_plain and rng.random() < 0.8 else json.dumps(value)


def to_yaml(value, rng, indent=0):
    """Block or flow style by chance; keys as they are."""
    is_flow = not isinstance(value, (dict, list)) or not value or (indent > 0 and rng.random() < 0.4)
    if is_flow:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{scalar_text(k, rng)}: {to_yaml(v, rng, 99)}" for k, v in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(to_yaml(v, rng, 99) for v in value) + "]"
        return scalar_text(value, rng)
    if indent >= 99:
        return to_yaml(value, _Always(rng), 99)
    margin, lines = " " * indent, []
    items = [(scalar_text(k, rng) + ":", v) for k, v in value.items()] if isinstance(value, dict) else [("-", v) for v in value]
    for lead, item in items:
        text = to_yaml(item, rng, indent + 2)
        is_block = text.startswith(" " * (indent + 2))
        lines.append(f"{margin}{lead}\n{text}" if is_block else f"{margin}{lead} {text}")
    return "\n".join(lines)


class _Always:
    """Chance that always says flow."""

    def __init__(self, rng):
        self.choice = rng.choice

    @staticmethod
    def random():
        return 0.0


WORDS = ["alpha", "beta", "a b", "x-1", "7", "$$5", "\u00e9t\u00e9", "none"]


class Maker:
    """Makes values that a schema allows."""

    def __init__(self, schema, rng):
        self.schema, self.rng = schema, rng
        self.vars, self.names, self.has_variables = {}, 0, True

    def resolve(self, part):
        while "$ref" in part or ("allOf" in part and "type" not in part):
            part = self.schema["definitions"][part["$ref"].rpartition("/")[2]] if "$ref" in part else part["allOf"][0]
        return part

    def is_variable(self, part):
        return part.get("$ref") == "#/definitions/variable"

    def value(self, part, depth=0):
        rng = self.rng
        part = self.resolve(part)
        if "anyOf" in part:
            choices = [c for c in part["anyOf"] if not self.is_variable(c)]
            if len(choices) < len(part["anyOf"]) and self.has_variables and rng.random() < 0.05 and depth < 99:
                name = f"v{chr(97 + len(self.vars) % 26)}{chr(97 + len(self.vars) // 26)}"
                self.vars[name] = None
                self.vars[name] = self.value({"anyOf": [c for c in choices if c.get("type") != "null"]}, 99)
                return rng.choice([f"${name}", f"${{{name}}}"])
            return self.value(rng.choice(choices), depth)
        if "oneOf" in part and "properties" not in part:
            return rng.choice(part["oneOf"])["const"]
        if "enum" in part:
            return rng.choice(part["enum"])
        if "const" in part:
            return part["const"]
        kind = part.get("type", "string")
        if isinstance(kind, list):
            if "not" in part:
                self.names += 1
                return f"n{self.names}"
            return rng.choice([*WORDS, "text", "word", 5, 0.5, True])
        return getattr(self, "make_" + kind)(part, depth)

    def make_null(self, part, depth):
        return None

    def make_boolean(self, part, depth):
        return self.rng.random() < 0.5

    def make_integer(self, part, depth):
        low = part.get("minimum", -50)
        return self.rng.randint(low, min(part.get("maximum", low + 40), low + 40))

    def make_number(self, part, depth):
        low = part.get("minimum", part.get("exclusiveMinimum", -2))
        high = part.get("maximum", part.get("exclusiveMaximum", low + 3))
        if self.rng.random() < 0.2 and "minimum" in part:
            return low
        return round(low + (high - low) * self.rng.uniform(0.01, 0.98), 4) + 0.00001

    def make_array(self, part, depth):
        count = self.rng.randint(part.get("minItems", 0), min(part.get("maxItems", 3), 3))
        items = [self.value(part["items"], depth + 1) for _ in range(count)]
        if part.get("uniqueItems"):
            items = list(dict.fromkeys(items))
        return items

    def make_object(self, part, depth):
        properties = part.get("properties", {})
        required = part.get("required", [])
        if part.get("maxProperties") == 1:
            names = [n for n in properties if depth < 3 or n != "repeat"]
            name = self.rng.choice(names)
            return {name: self.value(properties[name], depth + 1)}
        share = 0.25 if depth == 0 else 0.4
        chosen = [k for k in properties if k in required or self.rng.random() < share]
        self.rng.shuffle(chosen)
        out = {k: self.value(properties[k], depth + 1) for k in chosen if k not in ("vars", "extends", "folder")}
        if not properties and isinstance(part.get("additionalProperties"), dict):
            for _ in range(self.rng.randint(0, 2)):
                out[self.rng.choice(["0", "n1", "conv*", "last"])] = self.value(part["additionalProperties"], depth + 1)
        return out

    def config(self):
        """A config that the schema allows."""
        self.vars, self.names = {}, 0
        made = self.value({"$ref": "#/definitions/config"})
        made["layers"] = made["layers"] if isinstance(made["layers"], str) else made["layers"] + ["flatten", {"linear": 2}]
        made.pop("version", None)
        if self.vars:
            made["vars"] = self.vars
        return made


    def over_a_base(self):
        """A base, and a config over it that leaves out much of what the base says, required or not."""
        self.has_variables = False  # bases are merged before it is known what a variable holds
        base = self.config()
        self.has_variables = True
        over = {}
        for key, value in base.items():
            if self.rng.random() < 0.6 and key != "vars":
                over[key] = self.part_of(value)
        return base, over

    def part_of(self, value):
        """Some keys of a map, at every level; a component stays what it is, and a list whole."""
        if not isinstance(value, dict):
            return copy.deepcopy(value)
        is_component = len(value) == 1
        return {k: self.part_of(v) for k, v in value.items() if is_component or self.rng.random() < 0.7}

    def experiment(self, base_text, base):
        """An experiment on a config: `base_text` is its file's name, or the config itself."""
        rng, paths = self.rng, self.schema["definitions"]["point"]
        self.vars, self.names = {}, 100
        possible = [p for p in paths["properties"] if can_be_set(base, p.split(".")) and p not in ("name", "seed", "version")]
        possible += [p for p in layer_paths(base, self.schema)]
        rng.shuffle(possible)
        chosen = []
        for path in possible:
            if not any(are_at_odds(path, other) for other in chosen):
                chosen.append(path)
            if len(chosen) == 5:
                break
        groups = [chosen[:2], chosen[2:3], chosen[3:5]]
        values = {path: [self.value(path_schema(paths, path), 99) for _ in range(2)] for path in chosen}
        out = {"base": base_text}
        if rng.random() < 0.7:
            out["set"] = {path: values[path][0] for path in groups[0]}
        if rng.random() < 0.8:
            out["axes"] = {path: values[path][:rng.randint(1, 2)] for path in groups[1]}
            if rng.random() < 0.3:
                out["axes"] = {path: {"choice": listed} for path, listed in out["axes"].items()}
            if "epochs" not in chosen and rng.random() < 0.4:
                out["axes"]["epochs"] = rng.choice([{"linear": [1, 3], "steps": 3}, {"steps": 2, "log": [1, 8]}, {"range": [1, 3]}, {"range": [2, 6], "step": 2}])
        if rng.random() < 0.3:
            out["together"] = [{path: values[path] for path in groups[2]}]
        if rng.random() < 0.6 or len(out) == 1:
            out["seeds"] = rng.choice([1, 2, [0, 5], [7]])
        if rng.random() < 0.4:
            out["method"] = rng.choice(["grid", {"grid": {}}, {"grid": None}, {"random": 3}, {"random": {"trials": 2, "seed": 5}}, {"sobol": {"trials": 4}},
                                        {"tpe": {"trials": 9, "startup_trials": 3, "joint": False}}])
        if rng.random() < 0.4:
            out["objective"] = rng.choice(["none", {"maximize": "train.accuracy"}, {"minimize": "train.loss"}, {"minimize": "train.loss", "maximize": "none"},
                                           {"minimize": "train.loss", "at": "best"}])
        if "objective" not in out or out["objective"] == "none" or isinstance(out.get("method"), dict) and "tpe" in out["method"]:
            out["objective"] = {"minimize": "train.loss"}
        add_a_few_keys(out, rng)
        if rng.random() < 0.3:
            out["question"] = rng.choice(["what is best?", "does it cost $5?", 5])
        return out


def add_a_few_keys(experiment, rng):
    """Keys that any experiment can have."""
    possible = {"prune": ["none", "asha", {"asha": {"min_epochs": 1, "reduction": 3}}, {"median": {"warmup_epochs": 1}}],
                "budget": [{}, {"trials": 5}, {"hours": 0.5, "target": -1, "trials": "none"}],
                "failures": ["continue", "stop", {"stop_after": 3}, {"stop_after": {"failures": 1}}],
                "trial_timeout_seconds": ["none", 5, 0.5], "keep_weights": ["best", "all", "none"]}
    for key, values in possible.items():
        if rng.random() < 0.15:
            experiment[key] = rng.choice(values)
    axes = experiment.get("axes", {})
    first = next((path for path, values in axes.items() if isinstance(values, list) and isinstance(values[0], (int, float))), None)
    if first and len(axes) == 1:
        if rng.random() < 0.3 and len(axes[first]) > 1 and axes[first][0] != axes[first][1]:
            experiment["exclude"] = [{first: rng.choice([axes[first][0], [axes[first][0]]])}]
        if rng.random() < 0.3 and "together" not in experiment:
            experiment["include"] = [{first: axes[first][0]}]
        if rng.random() < 0.3 and first != "seed" and "seed" not in experiment.get("set", {}) and not isinstance(experiment.get("seeds"), list):
            experiment["when"] = [{"if": {first: axes[first][0]}, "axes": {"seed": rng.choice([[1, 2], {"range": [1, 4]}])}}]
            experiment.pop("include", None)


COMPONENTS = ["dataset", "transform", "loss", "optimizer", "test.transform", "init.weight", "init.bias", "schedule",
              "schedule.warmup.then", "clip"]
# What is absent and has required keys is set as a whole: by a path of as many steps.
WHOLE = {"schedule": 2, "clip": 2, "early_stopping": 1}


def are_at_odds(path, other):
    """Does one of the paths replace what the other changes?"""
    if f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}."):
        return True
    return any(path.startswith(f"{place}.") and other.startswith(f"{place}.")
               and path.split(".")[place.count(".") + 1] != other.split(".")[place.count(".") + 1] for place in COMPONENTS)


def can_be_set(base, steps):
    """Does the path pass through the components that the base chooses?"""
    node, here = base, []
    for step in steps:
        is_component = ".".join(here) in COMPONENTS
        if isinstance(node, str) or (is_component and isinstance(node, dict)):
            name = node if isinstance(node, str) else next(iter(node))
            if not is_component or name != step:
                return False
        node = node.get(step) if isinstance(node, dict) else None
        if node is None:
            return len(steps) <= WHOLE.get(steps[0], len(steps))
        here.append(step)
    return not (isinstance(node, str) and node.startswith("$"))


def layer_paths(base, schema):
    layers = base["layers"] if isinstance(base["layers"], list) else []
    for index, layer in enumerate(layers):
        name = layer if isinstance(layer, str) else next(iter(layer))
        if name.startswith("$") or name == "repeat":
            continue
        yield f"layers.{index}"
        for key in schema["definitions"][f"layer.{name}"]["properties"]:
            if key != "name":
                yield f"layers.{index}.{name}.{key}"
    for name in base.get("vars", {}):
        if name == "depth":
            yield "vars.depth"


def path_schema(paths, path):
    if path == "vars.depth":
        return {"type": "integer", "minimum": 1}
    if path in paths["properties"]:
        return paths["properties"][path]
    return next(schema for pattern, schema in paths["patternProperties"].items() if re.search(pattern, path))


def places(document, path=()):
    """Every value of a document, with its path."""
    yield path, document
    items = document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def at(document, path):
    for step in path:
        document = document[step]
    return document


STRANGE = [None, True, -1, 0, 1.5, 1e30, -0.25, 12345678901234567890, "", "word", "$", "a$b", "${", "$1x", [], {}, [1, 2], [[1]], {"a": 1},
           ["relu"], "none", "auto", "relu", "adam", {"relu": None}, {"linear": 4, "relu": None}, "1e3", "2", {"log": [1, 2]}, [None]]


def overridden(document):
    """Keys of the base in which something is set: what is replaced is never read."""
    together = document.get("together")
    whens = document.get("when")
    inside = [when.get("axes") for when in (whens if isinstance(whens, list) else []) if isinstance(when, dict)]
    maps = [document.get("set"), document.get("axes"), *(together if isinstance(together, list) else []), *inside]
    return {path.split(".")[0] for paths in maps if isinstance(paths, dict) for path in paths}


def is_beyond(path, document):
    """Places whose mistakes show elsewhere, where no schema can see them: variables, files, what an axis takes from two ends."""
    if path == ("base",) or "extends" in path or (path[0] == "together" and len(path) == 3) or any(str(step).split(".")[0] == "vars" for step in path):
        return True
    if "base" in document and path[0] == "base" and path[1] in overridden(document):
        return True
    around = [at(document, path[:length]) for length in range(1, len(path))]
    return any(isinstance(value, dict) and {"log", "linear", "range"} & value.keys() for value in around)


def mutate(document, rng):
    """One change, most often a mistake; says which."""
    out = copy.deepcopy(document)
    all_places = [p for p, _ in places(out) if p and not is_beyond(p, out)]
    if not all_places:
        return out | {"epocs": 1}, "unknown key at the top"
    path = rng.choice(all_places)
    parent, key = at(out, path[:-1]), path[-1]
    kind = rng.choice(["strange", "strange", "strange", "unknown", "remove", "second", "rename", "wrap", "unwrap", "copy"])
    if kind == "unknown" and isinstance(parent, dict):
        parent[rng.choice(["epocs", "lrr", "nmae", "x"])] = rng.choice([1, "relu", None])
    elif kind == "remove":
        del parent[key]
    elif kind == "second" and isinstance(parent[key], dict):
        parent[key][rng.choice(["relu", "adam", "name", "size", "bias", "normal", "seeds"])] = rng.choice([1, "a", None, {}])
    elif kind == "rename" and isinstance(parent, dict):
        items = [(k if k != key else rng.choice([f"{k}s", k.upper(), f"{k}_", "relu", "lr"]), v) for k, v in parent.items()]
        parent.clear()
        parent.update(items)
    elif kind in ("wrap", "unwrap", "copy") and "$" not in json.dumps(parent[key]):  # a variable that moves may hold what fits nowhere else
        value = parent[key] if kind != "copy" else copy.deepcopy(at(out, rng.choice(all_places)))
        if kind == "wrap":
            value = rng.choice([[value], {"value": value}])
        elif kind == "unwrap" and isinstance(value, (list, dict)) and value:
            value = next(iter(value.values())) if isinstance(value, dict) else value[0]
        parent[key] = None if "$" in json.dumps(value) else value
    else:
        kind = "strange"
        parent[key] = copy.deepcopy(rng.choice(STRANGE))
    return out, f"{kind} at {'.'.join(map(str, path))}"


def beside_every_key(document):
    """The document with one unknown key more, beside each of its keys in turn."""
    for path, value in places(document):
        if not isinstance(value, dict) or (path and is_beyond(path, document)):
            continue
        for key in value:
            if str(key).startswith("vars."):
                continue  # which variables there are, no schema knows
            out = copy.deepcopy(document)
            at(out, path)[f"{key}_x"] = 1
            yield out, ".".join(map(str, (*path, key)))
