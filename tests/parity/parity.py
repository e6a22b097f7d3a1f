#!/usr/bin/env python3
"""parity.py - what a bunsen config means, written as a plain PyTorch script. docs/parity.md says how far the two are equal.

    bunsen config mlp.yaml --json > resolved.json
    python tests/parity/parity.py resolved.json          # trains it with PyTorch and prints its losses, metrics and weights
    python tests/parity/parity.py results/mlp/0540f72c48 # the same for the config of a run, and says what differs from the run

One function a family (`layer`, `initializer`, `loss`, `optimizer`, `transform`) turns a word of the config into a call of PyTorch. An
option goes to PyTorch under its own name, so that one which PyTorch does not have stops the script.
"""
import fnmatch
import hashlib
import json
import math
import pathlib
import sys
from collections import OrderedDict

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

import samples


def typed(node):
    """`relu` and `{linear: {out_features: 3}}` as a name and a copy of its options."""
    if isinstance(node, str):
        return node, {}
    ((name, options),) = node.items()
    return name, dict(options)


def is_given(node):
    return node is not None and node != "none"


# --- the model ---------------------------------------------------------------------------------------------------------------------------

def layer(kind, options, shape):
    """`shape`: of one sample in front of this layer. A config names only what comes out of a layer."""
    match kind:
        case "linear":
            return nn.Linear(math.prod(shape), **options)
        case "conv2d":
            return nn.Conv2d(shape[0], **options)
        case "max_pool2d":
            return nn.MaxPool2d(**pooling(**options))
        case "avg_pool2d":
            return nn.AvgPool2d(**pooling(**options))
        case "flatten":
            return nn.Flatten(**options)
        case "batch_norm1d":
            return nn.BatchNorm1d(shape[0], **options)
        case "batch_norm2d":
            return nn.BatchNorm2d(shape[0], **options)
        case "dropout":
            return nn.Dropout(**options)
        case "relu":
            return nn.ReLU(**options)
        case "leaky_relu":
            return nn.LeakyReLU(**options)
        case "sigmoid":
            return nn.Sigmoid(**options)
        case "tanh":
            return nn.Tanh(**options)
        case "gelu":
            return nn.GELU(**options)
        case "softmax":
            return nn.Softmax(dim=1, **options)
        case "log_softmax":
            return nn.LogSoftmax(dim=1, **options)
    raise NotImplementedError(f"layer {kind}")  # `repeat` is written out in a resolved config


def pooling(kernel_size, stride, padding):
    return {"kernel_size": kernel_size, "stride": None if stride == "kernel_size" else stride, "padding": padding}


def build(nodes, shape):
    """The layers in order: PyTorch draws each one's default initial weights when it is made."""
    modules = OrderedDict()
    for index, node in enumerate(nodes):
        kind, options = typed(node)
        name = options.pop("name", str(index))
        modules[name] = layer(kind, options, shape)
        with torch.no_grad():
            shape = modules[name].eval()(torch.zeros(1, *shape)).shape[1:]
        modules[name].train()
    return nn.Sequential(modules)


# --- initial weights ---------------------------------------------------------------------------------------------------------------------

def initializer(kind, options, tensor):
    match kind:
        case "normal":
            nn.init.normal_(tensor, **options)
        case "uniform":
            nn.init.uniform_(tensor, **options)
        case "constant":
            nn.init.constant_(tensor, **options)
        case "xavier_uniform":
            nn.init.xavier_uniform_(tensor, **options)
        case "xavier_normal":
            nn.init.xavier_normal_(tensor, **options)
        case "kaiming_uniform":
            nn.init.kaiming_uniform_(tensor, **options)
        case "kaiming_normal":
            nn.init.kaiming_normal_(tensor, **options)
        case "orthogonal":
            nn.init.orthogonal_(tensor, **options)
        case _:
            raise NotImplementedError(f"initializer {kind}")


def rule_for(init, name, module, parameter):
    """The last pattern of `init.layers` that says something of this tensor; else the overall one, for linear and convolution."""
    for pattern, rule in reversed(init.get("layers", {}).items()):
        if is_given(rule.get(parameter)) and fnmatch.fnmatchcase(name, pattern):
            return rule[parameter]
    return init[parameter] if isinstance(module, (nn.Linear, nn.Conv2d)) else None


def initialize(model, init):
    if init["generator"] != "cpu":
        raise NotImplementedError(f"init.generator {init['generator']}: the numbers that a GPU draws; PyTorch on a CPU has no such")
    for name, module in model.named_children():
        for parameter, tensor in module.named_parameters():
            rule = rule_for(init, name, module, parameter)
            if is_given(rule):
                initializer(*typed(rule), tensor)


# --- what moves the weights --------------------------------------------------------------------------------------------------------------

def loss_function(kind, options):
    match kind:
        case "cross_entropy":
            return nn.CrossEntropyLoss(**options)
        case "nll":
            return nn.NLLLoss(**options)
        case "mse":
            return nn.MSELoss(**options)
        case "bce_with_logits":
            return nn.BCEWithLogitsLoss(**options)
    raise NotImplementedError(f"loss {kind}")


def optimizer(kind, options, parameters):
    match kind:
        case "sgd":
            return torch.optim.SGD(parameters, **options)
        case "adam":
            return torch.optim.Adam(parameters, **options)
        case "adamw":
            return torch.optim.AdamW(parameters, **options)
    raise NotImplementedError(f"optimizer {kind}")


# --- the samples -------------------------------------------------------------------------------------------------------------------------

def transform(kind, options, training_inputs):
    """A function of a part's inputs. `training_inputs`: those of the samples that are trained on."""
    is_image = training_inputs.dtype == torch.uint8
    per_channel = (slice(None), None, None) if training_inputs.dim() == 4 else slice(None)

    def scale(inputs):
        return inputs.float().div(255) if is_image else inputs

    def normalize(mean, std):
        mean, std = (torch.as_tensor(numbers, dtype=torch.float32)[per_channel] for numbers in (mean, std))
        return lambda inputs: (scale(inputs) - mean) / std

    match kind:
        case "none":
            return lambda inputs: inputs.float()
        case "scale":
            return scale
        case "normalize":
            return normalize(**options)
        case "standardize":
            dimensions = {4: (0, 2, 3), 2: (0, 1) if is_image else (0,)}[training_inputs.dim()]
            values = training_inputs.double()
            mean, std = values.mean(dimensions), values.std(dimensions, correction=0)
            if is_image:
                mean, std = mean / 255, std / 255
            return normalize(mean.reshape(-1), torch.where(std > 0, std, 1.0).reshape(-1))
    raise NotImplementedError(f"transform {kind}")


def filled(inputs, training_inputs):
    """Values that a table lacks are the mean of those that the training samples have."""
    if inputs.dtype == torch.uint8:
        return inputs
    return torch.where(inputs.isnan(), training_inputs.double().nanmean(0).float(), inputs)


def prepared(config, loaded):
    """The parts `train`, `validation`, `test` that there are: name -> (inputs, targets)."""
    inputs, targets = loaded.train
    count = len(inputs)
    held_out = config["validation"]
    if is_given(held_out):
        held_out = math.floor(count * held_out) if held_out < 1 else held_out
        train, validation = random_split(range(count), [count - held_out, held_out],
                                         torch.Generator().manual_seed(config["seed"]))
    else:
        train, validation = range(count), []
    train, validation = torch.tensor(list(train)), torch.tensor(list(validation), dtype=torch.long)

    default = "scale" if loaded.is_image else "none"
    known = filled(inputs[train], inputs[train])
    for_training = transform(*typed(config.get("transform") or default), known)
    for_test = transform(*typed(config["test"]["transform"]), known)
    parts = {"train": (for_training(known), targets[train])}
    if len(validation) > 0:
        parts["validation"] = (for_training(filled(inputs[validation], inputs[train])), targets[validation])
    if loaded.test is not None:
        parts["test"] = (for_test(filled(loaded.test[0], inputs[train])), loaded.test[1])
    if loss_of(config) in ("mse", "bce_with_logits"):
        parts = {name: (inputs, targets.float()[:, None]) for name, (inputs, targets) in parts.items()}
    return parts


def loss_of(config):
    return typed(config["loss"])[0]


# --- training ----------------------------------------------------------------------------------------------------------------------------

def count_right(outputs, targets, kind):
    if kind == "mse":
        return None
    guessed = (outputs > 0) if kind == "bce_with_logits" else outputs.argmax(1)
    return (guessed == targets).sum().item()


def metrics(loss, right, count):
    return {"loss": loss} if right is None else {"loss": loss, "accuracy": right / count}


@torch.no_grad()
def evaluate(model, criterion, part, config):
    """The global generator is left alone: a DataLoader without a generator of its own would draw a number from it."""
    model.eval()
    total, right, count = 0.0, None if loss_of(config) == "mse" else 0, 0
    for inputs, targets in zip(*(tensor.split(config["test"]["batch_size"]) for tensor in part)):
        inputs = inputs.clone()  # a slice may begin anywhere in memory, and BLAS rounds otherwise where it is not aligned
        outputs = model(inputs)
        total += criterion(outputs, targets).item() * len(inputs)
        if right is not None:
            right += count_right(outputs, targets, loss_of(config))
        count += len(inputs)
    model.train()
    return metrics(total / count, right, count)


def train_epoch(model, criterion, steps, loader, config, losses):
    """The epoch's training metrics; None: the loss was not finite."""
    mean, right, count = 0.0, 0, 0
    for inputs, targets in loader:
        steps.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, targets)
        if not math.isfinite(loss.item()):
            return None
        losses.append(loss.item())
        mean += loss.item() / len(loader)
        right = None if loss_of(config) == "mse" else right + count_right(outputs, targets, loss_of(config))
        count += len(inputs)
        loss.backward()
        steps.step()
    return metrics(mean, right, count)


class Probes:
    """What bunsen tells of each layer after an epoch, by hooks."""

    def __init__(self, model):
        self.model, self.largest = model, {}
        self.is_on = False
        for name, module in model.named_children():
            if isinstance(module, nn.ReLU):
                module.register_forward_hook(lambda _, inputs, output, name=name: self.see(name, output))

    def see(self, name, output):
        if self.is_on:
            largest = output.flatten(2).amax(2).amax(0) if output.dim() > 2 else output.amax(0)
            self.largest[name] = torch.maximum(self.largest.get(name, largest), largest)

    def read(self):
        """Gradients are those of the last step; a unit is dead that was 0 for every sample of the evaluated part."""
        found = {}
        for name, module in self.model.named_children():
            gradients = [parameter.grad.double().flatten() for parameter in module.parameters()]
            if gradients:
                found.setdefault(name, {})["gradient_norm"] = torch.cat(gradients).norm().item()
            if name in self.largest:
                found.setdefault(name, {})["dead_share"] = (self.largest[name] == 0).double().mean().item()
        self.largest = {}
        return found


def weights_sha256(model):
    """Of each tensor: name, 0, type, 0, number of dimensions, sizes, values; layer by layer, parameters before buffers."""
    digest = hashlib.sha256()
    for name, module in model.named_children():
        for part, tensor in [*module.named_parameters(), *module.named_buffers()]:
            kind = {torch.float32: "Float", torch.int64: "Long"}[tensor.dtype]
            digest.update(f"{name}.{part}\0{kind}\0".encode())
            digest.update(b"".join(size.to_bytes(8, "little") for size in [tensor.dim(), *tensor.shape]))
            digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


def train(config, threads=1):
    """Trains a resolved config; what bunsen's result.json says of it, the losses of all steps, and the model."""
    torch.set_num_threads(threads)
    loaded = samples.load(*typed(config["dataset"]))
    parts = prepared(config, loaded)

    torch.manual_seed(config["seed"])
    model = build(config["layers"], parts["train"][0].shape[1:])
    initialize(model, config["init"])
    initial = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    initial_sha256 = weights_sha256(model)

    criterion = loss_function(*typed(config["loss"]))
    steps = optimizer(*typed(config["optimizer"]), model.parameters())
    loader = DataLoader(TensorDataset(*parts["train"]), batch_size=config["batch"]["size"],
                        shuffle=config["batch"]["shuffle"], drop_last=config["batch"]["drop_last"])
    probes = Probes(model)
    losses, epochs = [], []
    for epoch in range(1, config["epochs"] + 1):
        learning_rate = steps.param_groups[0]["lr"]
        found = train_epoch(model, criterion, steps, loader, config, losses)
        if found is None:
            break
        record = {"epoch": epoch, "learning_rate": learning_rate, "train": found}
        for part in ("validation", "test"):
            if part in parts:
                probes.is_on = part == "validation" or "validation" not in parts
                record[part] = evaluate(model, criterion, parts[part], config)
                probes.is_on = False
        record["layers"] = probes.read()
        epochs.append(record)
    status = "completed" if len(epochs) == config["epochs"] else "diverged"
    return {"status": status, "epochs": epochs, "losses": losses, "initial": initial, "final": model.state_dict(),
            "weights": {"initial_sha256": initial_sha256, "final_sha256": weights_sha256(model)}}


# --- as a script -------------------------------------------------------------------------------------------------------------------------

def shown(epoch):
    parts = [f"{part} " + " ".join(f"{name} {value!r}" for name, value in epoch[part].items())
             for part in ("train", "validation", "test") if part in epoch]
    return f"epoch {epoch['epoch']}: " + ", ".join(parts)


def differences(trained, result):
    """What result.json says otherwise: places, in order."""
    found = [f"weights.{name}" for name, value in trained["weights"].items() if result["weights"].get(name) != value]
    for ours, theirs in zip(trained["epochs"], result["epochs"]):
        found += [f"epoch {ours['epoch']}: {part}" for part in ("train", "validation", "test") if ours.get(part) != theirs.get(part)]
    return found


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    path = pathlib.Path(arguments[0])
    read = json.loads((path / "result.json" if path.is_dir() else path).read_text())
    result = read if "config" in read else None
    trained = train(result["config"], result["environment"]["threads"]) if result else train(read)
    for epoch in trained["epochs"]:
        print(shown(epoch))
    for name, value in trained["weights"].items():
        print(f"{name} {value}")
    if result is None:
        return 0
    found = differences(trained, result)
    print("\n".join(f"differs: {place}" for place in found) or "equal to the run, bit for bit")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
