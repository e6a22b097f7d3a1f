"""with_lightning.py - Lightning with a DataLoader over a TensorDataset, and all that it does beside training switched off."""
import logging
import time
import warnings

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import race

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning  # noqa: E402  (it logs while it is imported)


class Timer(lightning.Callback):
    def __init__(self):
        self.seconds = []

    def on_train_epoch_start(self, trainer, module):
        self.started, module.loss_sum = time.perf_counter(), 0.0

    def on_train_epoch_end(self, trainer, module):
        self.seconds.append(time.perf_counter() - self.started)


class Classifier(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        widths = race.WIDTHS[race.MODEL]
        layers = []
        for i in range(len(widths) - 1):
            layers += [nn.ReLU()] * (i > 0) + [nn.Linear(widths[i], widths[i + 1])]
        self.stack = nn.Sequential(*layers)

    def training_step(self, batch, _):
        loss = nn.functional.cross_entropy(self.stack(batch[0]), batch[1])
        self.loss_sum += loss.item()
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=race.LEARNING_RATE)


torch.set_num_threads(1)
torch.manual_seed(1)
loader = DataLoader(TensorDataset(torch.from_numpy(race.images()), torch.from_numpy(race.labels())), race.BATCH, shuffle=True)
timer, module = Timer(), Classifier()
trainer = lightning.Trainer(max_epochs=race.EPOCHS, accelerator="cpu", devices=1, logger=False, enable_checkpointing=False,
                            enable_progress_bar=False, enable_model_summary=False, callbacks=[timer])
trainer.fit(module, loader)
race.tell(timer.seconds, module.loss_sum / len(loader), f"Lightning {lightning.__version__}")
