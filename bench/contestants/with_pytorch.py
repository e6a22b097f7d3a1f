"""with_pytorch.py - plain PyTorch as a careful user writes it: all samples resident in tensors, no DataLoader. `fused`: Adam(fused=True)."""
import sys
import time

import torch
from torch import nn
from torch.nn import functional

import race


def network():
    if race.MODEL == "cnn":
        return nn.Sequential(nn.Unflatten(1, (1, 28, 28)),
                             nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
                             nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
    widths = race.WIDTHS[race.MODEL]
    layers = []
    for i in range(len(widths) - 1):
        layers += [nn.ReLU()] * (i > 0) + [nn.Linear(widths[i], widths[i + 1])]
    return nn.Sequential(*layers)


torch.set_num_threads(1)
torch.manual_seed(1)
images, labels = torch.from_numpy(race.images()), torch.from_numpy(race.labels())
model = network()
optimizer = torch.optim.Adam(model.parameters(), lr=race.LEARNING_RATE, fused=True if "fused" in sys.argv else None)
seconds = []
for epoch in range(race.EPOCHS):
    started = time.perf_counter()
    order, loss_sum = torch.randperm(len(images)), 0.0
    for chosen in order.split(race.BATCH):
        loss = functional.cross_entropy(model(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss_sum += loss.item()
    seconds.append(time.perf_counter() - started)
race.tell(seconds, loss_sum * race.BATCH / len(images), f"PyTorch {torch.__version__}")
