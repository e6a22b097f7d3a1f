"""with_keras.py - Keras' fit() on arrays, without metrics; the backend is what KERAS_BACKEND says."""
import time

import keras

import race


class Timer(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seconds = []

    def on_epoch_begin(self, epoch, logs=None):
        self.started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.seconds.append(time.perf_counter() - self.started)


def dense(inputs, outputs, activation):
    bound = inputs ** -0.5
    draw = keras.initializers.RandomUniform(-bound, bound, seed=inputs + outputs)
    return keras.layers.Dense(outputs, activation=activation, kernel_initializer=draw, bias_initializer=draw)


if keras.backend.backend() == "torch":
    import torch
    torch.set_num_threads(1)
keras.utils.set_random_seed(1)
widths = race.WIDTHS[race.MODEL]
model = keras.Sequential([keras.Input((widths[0],))] + [
    dense(inputs, outputs, "relu" if i + 2 < len(widths) else None) for i, (inputs, outputs) in enumerate(zip(widths, widths[1:]))])
model.compile(optimizer=keras.optimizers.Adam(race.LEARNING_RATE, epsilon=1e-8),
              loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
timer = Timer()
history = model.fit(race.images(), race.labels(), batch_size=race.BATCH, epochs=race.EPOCHS, shuffle=True, verbose=0, callbacks=[timer])
race.tell(timer.seconds, history.history["loss"][-1], f"Keras {keras.__version__}, backend {keras.backend.backend()}")
