"""drawn.py - configs drawn at random, to be trained by both: whatever table.yaml did not think of."""
import random

GREY = {"idx": {"images": "grey.idx.gz", "labels": "grey-labels.idx", "test_images": "grey-test.idx.gz", "test_labels": "grey-test-labels.idx"}}
COLOR = {"idx": {"images": "color.idx", "labels": "color-labels.idx", "test_images": "color-test.idx", "test_labels": "color-test-labels.idx"}}
PEOPLE = {"csv": {"file": "people.csv", "label": "class", "test_file": "people-test.csv", "categorical": {"color": ["red", "green", "blue"]}}}
PRICES = {"csv": {"file": "regression.csv", "label": "price", "test_file": "regression-test.csv", "task": "regression"}}


def draw_config(seed):
    return Draw(random.Random(seed)).config()


class Draw:
    def __init__(self, drawn):
        self.drawn = drawn

    def maybe(self, share):
        return self.drawn.random() < share

    def number(self, low, high):
        return float(f"{self.drawn.uniform(low, high):.3g}")

    def config(self):
        dataset, shape, outputs, samples = self.dataset()
        loss = self.loss(dataset, outputs)
        layers = self.layers(shape, 1 if loss in ("mse", "bce_with_logits") else outputs)
        if loss == "nll":
            layers.append("log_softmax")
        needs_pairs = any("batch_norm" in str(layer) for layer in layers)
        config = {"seed": self.drawn.randrange(2**40), "epochs": self.drawn.randint(1, 3), "dataset": dataset, "layers": layers, "loss": loss,
                  "batch": {"size": self.drawn.randint(2 if needs_pairs else 1, 40), "shuffle": not self.maybe(0.2),
                            "drop_last": needs_pairs or self.maybe(0.3)},
                  "optimizer": self.optimizer(layers), "transform": self.transform(shape, dataset)}
        if self.maybe(0.5):
            config["validation"] = self.drawn.choice([0.1, 0.25, self.drawn.randint(1, samples // 4)])
        if self.maybe(0.4):
            config["test"] = {"batch_size": self.drawn.randint(1, 50)}
        if self.maybe(0.7):
            config["init"] = self.init()
        if self.maybe(0.3):
            config["clip"] = self.clip()
        if self.maybe(0.4):
            config["epochs"] = self.drawn.randint(2, 8)
            config["schedule"] = self.schedule(config["epochs"])
        if self.maybe(0.2):
            config["early_stopping"] = {"patience": self.drawn.randint(1, 2), "metric": "train.loss", "min_delta": self.number(0, 0.1),
                                        "restore_best": self.maybe(0.7)}
        return config

    def dataset(self):
        """With the shape of a sample, the number of classes, the number of samples."""
        kind = self.drawn.choice(["synthetic", "synthetic", "grey", "color", "people", "prices"])
        if kind == "grey":
            return GREY, [1, 8, 8], 4, 130
        if kind == "color":
            return COLOR, [3, 6, 6], 4, 90
        if kind == "people":
            return PEOPLE, [6], 3, 110
        if kind == "prices":
            return PRICES, [3], 1, 100
        pattern = self.drawn.choice(["blobs", "spirals", "xor"])
        classes = 2 if pattern == "xor" else self.drawn.randint(2, 6)
        features = 2 if pattern == "spirals" else self.drawn.randint(2, 9)
        samples = self.drawn.randint(60, 200)
        return {"synthetic": {"pattern": pattern, "classes": classes, "features": features, "samples": samples,
                              "test_samples": self.drawn.randint(1, 80), "seed": self.drawn.randrange(1000)}}, [features], classes, samples

    def loss(self, dataset, outputs):
        if dataset is PRICES:
            return "mse"
        return self.drawn.choice(["cross_entropy", "cross_entropy", "nll"] + ["bce_with_logits"] * (outputs == 2))

    def transform(self, shape, dataset):
        is_image = len(shape) == 3
        kind = self.drawn.choice(["scale" if is_image else "none", "standardize", "normalize"])
        if dataset is PRICES or dataset is PEOPLE:
            return "standardize"  # else the losses of the first steps are thousands
        if kind != "normalize":
            return kind
        count = self.drawn.choice([1, shape[0]])
        return {"normalize": {"mean": [self.number(-1, 1) for _ in range(count)], "std": [self.number(0.2, 2) for _ in range(count)]}}

    def activation(self):
        return self.drawn.choice(["relu", "relu", "leaky_relu", {"leaky_relu": self.number(0, 0.5)}, "sigmoid", "tanh", "gelu", {"gelu": {"approximate": "tanh"}}])

    def layers(self, shape, outputs):
        layers = []
        if len(shape) == 3:
            layers = self.image_layers(shape) + ["flatten"]
        for _ in range(self.drawn.randint(0, 3)):
            layers.append({"linear": {"out_features": self.drawn.randint(1, 70), "bias": not self.maybe(0.2)}})
            if self.maybe(0.3):
                layers.append({"batch_norm1d": {"affine": not self.maybe(0.3), "momentum": self.number(0, 1), "eps": self.number(1e-6, 1e-2)}})
            layers.append(self.activation())
            if self.maybe(0.3):
                layers.append({"dropout": self.number(0, 0.9)})
        return layers + [{"linear": outputs}]

    def image_layers(self, shape):
        layers, (channels, height, _) = [], shape
        for _ in range(self.drawn.randint(0, 3)):
            kind = self.drawn.choice(["conv2d", "conv2d", "max_pool2d", "avg_pool2d"])
            window = self.drawn.randint(1, min(3, height))
            padding = self.drawn.randint(0, window // 2)
            if kind != "conv2d":
                stride = self.drawn.randint(1, 2)
                layers.append({kind: {"kernel_size": window, "stride": stride, "padding": padding}})
            else:
                stride = self.drawn.randint(1, 2)
                groups = channels if self.maybe(0.2) else 1
                channels = groups * self.drawn.randint(1, 6)
                layers.append({kind: {"out_channels": channels, "kernel_size": window, "stride": stride, "padding": padding,
                                      "groups": groups, "bias": not self.maybe(0.2)}})
                if self.maybe(0.3):
                    layers.append({"batch_norm2d": {"affine": not self.maybe(0.3)}})
                layers.append(self.activation())
            height = (height + 2 * padding - window) // stride + 1
            if self.maybe(0.2):
                layers.append({"dropout": self.number(0, 0.6)})
        return layers

    def initializer(self, of_matrix):
        kind = self.drawn.choice(["normal", "uniform", "constant"] + of_matrix * ["xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal"])
        if kind == "normal":
            return {kind: {"mean": self.number(-0.1, 0.1), "std": self.number(0, 0.5)}}
        if kind == "uniform":
            return {kind: {"a": self.number(-0.5, 0), "b": self.number(0, 0.5)}}
        if kind == "constant":
            return {kind: self.number(-0.2, 0.2)}
        if kind.startswith("kaiming"):
            return {kind: {"a": self.number(0, 1), "mode": self.drawn.choice(["fan_in", "fan_out"]),
                           "nonlinearity": self.drawn.choice(["linear", "sigmoid", "tanh", "relu", "leaky_relu"])}}
        return {kind: self.number(0.5, 2)}

    def init(self):
        init = {}
        if self.maybe(0.8):
            init["weight"] = self.initializer(True)
        if self.maybe(0.5):
            init["bias"] = self.initializer(False)
        return init

    def optimizer(self, layers):
        kind = self.drawn.choice(["sgd", "adam", "adamw", "rmsprop", "adagrad"])
        options = self.numbers(kind) | {"maximize": self.maybe(0.1)}
        if kind != "rmsprop":
            options["fused"] = self.maybe(0.5)
        if kind == "sgd":
            options["nesterov"] = options["momentum"] > 0 and options["dampening"] == 0 and self.maybe(0.5)
        elif kind == "rmsprop":
            options["centered"] = self.maybe(0.4)
        elif kind == "adagrad":
            options["initial_accumulator_value"] = self.drawn.choice([0, self.number(0, 0.5)])
        else:
            options["amsgrad"] = self.maybe(0.3)
        if self.maybe(0.3):
            options["groups"] = {pattern: self.group(kind, options) for pattern in self.patterns(layers)}
        return {kind: options}

    def numbers(self, kind):
        numbers = {"lr": self.number(1e-4, 0.03), "weight_decay": self.drawn.choice([0, self.number(0, 0.1)])}
        if kind == "sgd":
            return numbers | {"momentum": self.drawn.choice([0, self.number(0.1, 0.95)]), "dampening": self.drawn.choice([0, self.number(0, 0.9)])}
        numbers["eps"] = self.number(1e-9, 1e-4)
        if kind == "rmsprop":
            return numbers | {"alpha": self.number(0.3, 0.999), "momentum": self.drawn.choice([0, self.number(0.1, 0.95)])}
        if kind == "adagrad":
            return numbers | {"lr_decay": self.drawn.choice([0, self.number(0, 0.1)])}
        return numbers | {"betas": [self.number(0, 0.99), self.number(0.5, 0.999)]}

    def group(self, kind, options):
        """Some numbers of one's own. (Nesterov's momentum ties two of them.)"""
        own = {name: value for name, value in self.numbers(kind).items() if self.maybe(0.5)} or {"lr": 0.01}
        return {name: value for name, value in own.items() if not (options.get("nesterov") and name in ("momentum", "dampening"))} or {"lr": 0.01}

    def patterns(self, layers):
        """Each names some parameter; the last layer is linear and is called by its index."""
        with_weights = [str(i) for i, layer in enumerate(layers) if isinstance(layer, dict) and set(layer) & {"linear", "conv2d"}]
        return self.drawn.sample(["*.weight", "*", self.drawn.choice(with_weights), f"{with_weights[-1]}.bias"], self.drawn.randint(1, 3))

    def clip(self):
        if self.maybe(0.5):
            return {"value": self.number(0.001, 0.5)}
        return {"norm": {"max_norm": self.number(0.01, 5), "norm_type": self.drawn.choice([2, 1, self.number(0.5, 4)])}}

    def schedule(self, epochs, is_part_of_another=False):
        kinds = ["step", "multi_step", "exponential", "cosine", "linear"] + ["warmup", "reduce_on_plateau"] * (not is_part_of_another)
        kind = self.drawn.choice(kinds)
        if kind == "step":
            return {kind: {"step_size": self.drawn.randint(1, 3), "gamma": self.number(0.1, 1)}}
        if kind == "multi_step":
            return {kind: {"milestones": sorted(self.drawn.randint(1, 5) for _ in range(3)), "gamma": self.number(0.1, 1)}}
        if kind == "exponential":
            return {kind: self.number(0.3, 1)}
        if kind == "cosine":
            return {kind: {"t_max": self.drawn.randint(1, 8), "eta_min": self.number(0, 1e-4)}}
        if kind == "linear":
            return {kind: {"start_factor": self.number(0.01, 1), "end_factor": self.number(0, 1), "total_iters": self.drawn.randint(1, 6)}}
        if kind == "warmup":
            then = {"then": self.schedule(epochs, True)} if self.maybe(0.7) else {}
            return {kind: {"epochs": self.drawn.randint(1, epochs - 1), "start_factor": self.number(0.01, 1)} | then}
        return {kind: {"metric": "train.loss", "factor": self.number(0.1, 0.9), "patience": self.drawn.randint(0, 2), "threshold": self.number(0, 0.3),
                       "threshold_mode": self.drawn.choice(["rel", "abs"]), "cooldown": self.drawn.randint(0, 2)}}
