#!/usr/bin/env python3
"""parity.py - what a bunsen config means, written as a plain PyTorch script. docs/parity.md says how far the two are equal.

    bunsen config mlp.yaml --json > resolved.json
    python tests/parity/parity.py resolved.json          # trains it with PyTorch and prints its losses, metrics and weights
    python tests/parity/parity.py results/mlp/0540f72c48 # the same for the config of a run, and says what differs from the run

One function a family (`layer`, `initializer`, `loss_function`, `optimizer`, `schedule`, `clip`, `transform`) turns a word of the config into a call of PyTorch. An
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
        case "rmsprop":
            return torch.optim.RMSprop(parameters, **options)
        case "adagrad":
            return torch.optim.Adagrad(parameters, **options)
    raise NotImplementedError(f"optimizer {kind}")


def parameter_groups(model, patterns):
    """The optimizer's groups: first the parameters without numbers of their own. Of the patterns that name a layer or a parameter
    the last one wins, for each number."""
    groups = [{"params": []}]
    for layer_name, module in model.named_children():
        for name, parameter in module.named_parameters():
            own = {}
            for pattern, numbers in patterns.items():
                if fnmatch.fnmatchcase(layer_name, pattern) or fnmatch.fnmatchcase(f"{layer_name}.{name}", pattern):
                    own |= {number: value for number, value in numbers.items() if is_given(value)}
            if own:
                groups.append({"params": [parameter], **own})
            else:
                groups[0]["params"].append(parameter)
    return groups


def schedule(kind, options, steps, epochs):
    """A scheduler of the optimizer `steps`, whose step() is called after each epoch. `epochs`: of the run."""
    schedulers = torch.optim.lr_scheduler
    match kind:
        case "step":
            return schedulers.StepLR(steps, **options)
        case "multi_step":
            return schedulers.MultiStepLR(steps, **options)
        case "exponential":
            return schedulers.ExponentialLR(steps, **options)
        case "cosine":
            t_max = options.pop("t_max")
            return schedulers.CosineAnnealingLR(steps, T_max=epochs if t_max == "rest" else t_max, **options)
        case "linear":
            return schedulers.LinearLR(steps, **options)
        case "warmup":
            return warmup(steps, epochs, **options)
        case "reduce_on_plateau":
            return schedulers.ReduceLROnPlateau(steps, **options)
    raise NotImplementedError(f"schedule {kind}")


def warmup(steps, run_epochs, epochs, start_factor, then):
    rise = torch.optim.lr_scheduler.LinearLR(steps, start_factor=start_factor, end_factor=1.0, total_iters=epochs)
    if not is_given(then):
        return rise
    later = schedule(*typed(then), steps, run_epochs - epochs)
    return torch.optim.lr_scheduler.SequentialLR(steps, [rise, later], milestones=[epochs])


class Schedule:
    """Learning rates from epoch to epoch; one that watches a metric is told it."""

    def __init__(self, config, steps):
        self.scheduler, self.metric = None, None
        if is_given(config.get("schedule")):
            kind, options = typed(config["schedule"])
            if kind == "reduce_on_plateau":
                self.metric = options.pop("metric")
                options["mode"] = "max" if is_large_good(config, self.metric) else "min"
            self.scheduler = schedule(kind, options, steps, config["epochs"])

    def epoch_ended(self, epoch):
        if self.metric:
            self.scheduler.step(metric_of(epoch, self.metric))
        elif self.scheduler:
            self.scheduler.step()


def clip(kind, options, parameters):
    match kind:
        case "norm":
            return nn.utils.clip_grad_norm_(parameters, **options)
        case "value":
            return nn.utils.clip_grad_value_(parameters, **options)
    raise NotImplementedError(f"clip {kind}")


# --- which epoch is the best -------------------------------------------------------------------------------------------------------------

def metric_of(epoch, path):
    part, name = path.split(".")
    return epoch[part][name]


def objective_of(config):
    """The metric, and whether it should be large; None without one."""
    objective = config["objective"]
    if is_given(objective):
        ((way, metric),) = ((way, metric) for way, metric in objective.items() if is_given(metric))
        return metric, way == "maximize"
    if not is_given(config["validation"]):
        return None
    return ("validation.loss", False) if loss_of(config) == "mse" else ("validation.accuracy", True)


def is_large_good(config, metric):
    objective = objective_of(config)
    return objective[1] if objective and objective[0] == metric else metric.endswith(".accuracy")


def best_of(epochs, config):
    """The first of the best epochs; None without an objective."""
    objective = objective_of(config)
    if objective is None or not epochs:
        return None
    metric, is_large_good = objective
    best = (max if is_large_good else min)(epochs, key=lambda epoch: metric_of(epoch, metric))
    return {"epoch": best["epoch"], "metric": metric, "value": metric_of(best, metric)}


class EarlyStopping:
    """Keeps the best epoch's weights and says when the run has waited long enough for a better one."""

    def __init__(self, config, model):
        self.model, self.rule, self.kept = model, config.get("early_stopping"), None
        if is_given(self.rule):
            self.sign = -1 if is_large_good(config, self.rule["metric"]) else 1
            self.best = self.to_beat = math.inf
            self.waited = 0

    def is_over(self, epoch):
        if not is_given(self.rule):
            return False
        value = self.sign * metric_of(epoch, self.rule["metric"])
        if value < self.best:
            self.best = value
            self.kept = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        if value < self.to_beat - self.rule["min_delta"]:
            self.to_beat, self.waited = value, 0
        else:
            self.waited += 1
        return self.waited >= self.rule["patience"]

    def restore(self):
        if self.kept and self.rule["restore_best"]:
            self.model.load_state_dict(self.kept)


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


def train_epoch(model, criterion, steps, loader, config, losses, probes):
    """The epoch's training metrics; None: the loss was not finite."""
    mean, right, count = 0.0, 0, 0
    for step, (inputs, targets) in enumerate(loader, 1):
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
        if step == len(loader):
            probes.read_gradients()
        if is_given(config.get("clip")):
            clip(*typed(config["clip"]), model.parameters())
        steps.step()
    return metrics(mean, right, count)


class Probes:
    """What bunsen tells of each layer after an epoch, by hooks."""

    def __init__(self, model):
        self.model, self.gradients, self.outputs = model, {}, {}
        self.is_on = False
        for name, module in model.named_children():
            if not isinstance(module, (nn.Flatten, nn.Dropout)):
                module.register_forward_hook(lambda _, inputs, output, name=name: self.see(name, output))

    def see(self, name, output):
        if self.is_on:
            self.outputs.setdefault(name, []).append(output)

    def read_gradients(self):
        """At the epoch's last step, before they are clipped."""
        for name, module in self.model.named_children():
            gradients = [parameter.grad.double().flatten() for parameter in module.parameters()]
            if gradients:
                self.gradients[name] = torch.cat(gradients).norm().item()

    def values(self):
        """A unit (of an image: a channel) is dead that was 0 for every sample of the evaluated part."""
        found = {}
        for name, module in self.model.named_children():
            values = {"gradient_norm": self.gradients[name]} if name in self.gradients else {}
            if name in self.outputs:
                output = torch.cat(self.outputs[name])
                values["activation_mean"] = output.double().mean().item()
                values["activation_sd"] = output.double().std(correction=0).item()
                if isinstance(module, nn.ReLU):
                    values["dead_share"] = ((output.amax((0, 2, 3)) if output.dim() == 4 else output.amax(0)) == 0).double().mean().item()
            if values:
                found[name] = values
        self.outputs = {}
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
    kind, options = typed(config["optimizer"])
    steps = optimizer(kind, options, parameter_groups(model, options.pop("groups", {})))
    rates, stopping = Schedule(config, steps), EarlyStopping(config, model)
    loader = DataLoader(TensorDataset(*parts["train"]), batch_size=config["batch"]["size"],
                        shuffle=config["batch"]["shuffle"], drop_last=config["batch"]["drop_last"])
    probes = Probes(model)
    losses, epochs = [], []
    for epoch in range(1, config["epochs"] + 1):
        learning_rate = steps.param_groups[0]["lr"]
        found = train_epoch(model, criterion, steps, loader, config, losses, probes)
        if found is None:
            break
        record = {"epoch": epoch, "learning_rate": learning_rate, "train": found}
        for part in ("validation", "test"):
            if part in parts:
                probes.is_on = config["runtime"].get("probes", True) and (part == "validation" or "validation" not in parts)
                record[part] = evaluate(model, criterion, parts[part], config)
                probes.is_on = False
        record["layers"] = probes.values() if config["runtime"].get("probes", True) else {}
        epochs.append(record)
        rates.epoch_ended(record)
        if stopping.is_over(record):
            break
    stopping.restore()
    return {"status": "completed" if found else "diverged", "epochs": epochs, "losses": losses, "initial": initial, "final": model.state_dict(),
            "best": best_of(epochs, config), "weights": {"initial_sha256": initial_sha256, "final_sha256": weights_sha256(model)}}


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
