"""race.py - what every contestant does alike: reads the same files, says the same things.

A contestant is called with MODEL EPOCHS FOLDER: `softmax` (784-10), `relu` (784-256-256-10) or `cnn` (configs/fashion_cnn.yaml), and a
folder with MNIST's files. It trains in steps of 100 with Adam, lr 1e-3 (cnn: 2e-3), in an order drawn anew each epoch, from weights drawn as
torch.nn.Linear draws them, and prints one line of JSON: the seconds of each epoch and the mean loss of the last one.
"""
import gzip
import json
import pathlib
import sys

import numpy

BATCH = 100
WIDTHS = {"softmax": (784, 10), "relu": (784, 256, 256, 10)}

MODEL, EPOCHS, FOLDER = sys.argv[1], int(sys.argv[2]), pathlib.Path(sys.argv[3])
LEARNING_RATE = 2e-3 if MODEL == "cnn" else 1e-3


def read_idx(name):
    with gzip.open(FOLDER / f"train-{name}-ubyte.gz") as file:
        data = file.read()
    sizes = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * len(sizes)).reshape(sizes)


def images():
    """float32 [n, 784], from 0 to 1."""
    pixels = read_idx("images-idx3")
    return (pixels.astype(numpy.float32) / numpy.float32(255)).reshape(len(pixels), -1)


def labels():
    return read_idx("labels-idx1").astype(numpy.int64)


def tell(seconds, loss, version):
    print(json.dumps({"seconds": [float(second) for second in seconds], "loss": float(loss), "version": version}))
