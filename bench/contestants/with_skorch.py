"""with_skorch.py - skorch's NeuralNetClassifier, without a held-out part."""
import skorch
import torch
from torch import nn

import race


class Stack(nn.Sequential):
    def __init__(self):
        widths, layers = race.WIDTHS[race.MODEL], []
        for i in range(len(widths) - 1):
            layers += [nn.ReLU()] * (i > 0) + [nn.Linear(widths[i], widths[i + 1])]
        super().__init__(*layers)


torch.set_num_threads(1)
torch.manual_seed(1)
net = skorch.NeuralNetClassifier(Stack, criterion=nn.CrossEntropyLoss, optimizer=torch.optim.Adam, lr=race.LEARNING_RATE,
                                 batch_size=race.BATCH, max_epochs=race.EPOCHS, iterator_train__shuffle=True, train_split=None, verbose=0)
net.fit(race.images(), race.labels())
race.tell(net.history[:, "dur"], net.history[-1, "train_loss"], f"skorch {skorch.__version__}")
