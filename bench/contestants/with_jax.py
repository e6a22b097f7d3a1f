"""with_jax.py - JAX at its best: one compiled function an epoch, a scan over the steps, Adam inside it, samples resident."""
import functools
import time

import jax
import numpy
from jax import numpy as jnp

import race

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8


def drawn_weights(random_numbers):
    widths, weights = race.WIDTHS[race.MODEL], []
    for inputs, outputs in zip(widths, widths[1:]):
        bound = inputs ** -0.5
        weights.append((random_numbers.uniform(-bound, bound, (inputs, outputs)).astype(numpy.float32),
                        random_numbers.uniform(-bound, bound, outputs).astype(numpy.float32)))
    return weights


def loss_of(weights, images, labels):
    value = images
    for i, (weight, bias) in enumerate(weights):
        value = value @ weight + bias
        if i + 1 < len(weights):
            value = jax.nn.relu(value)
    return -jnp.take_along_axis(jax.nn.log_softmax(value), labels[:, None], 1).mean()


def step(images, labels, state, chosen):
    weights, first, second, count = state
    loss, gradient = jax.value_and_grad(loss_of)(weights, images[chosen], labels[chosen])
    count = count + 1
    first = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, first, gradient)
    second = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, second, gradient)
    step_size, correction = race.LEARNING_RATE / (1 - BETA1 ** count), jnp.sqrt(1 - BETA2 ** count)
    weights = jax.tree.map(lambda p, m, v: p - step_size * m / (jnp.sqrt(v) / correction + EPS), weights, first, second)
    return (weights, first, second, count), loss


@functools.partial(jax.jit, donate_argnums=0)
def epoch(state, order, images, labels):
    state, losses = jax.lax.scan(functools.partial(step, images, labels), state, order.reshape(-1, race.BATCH))
    return state, losses.mean()


random_numbers = numpy.random.default_rng(1)
images, labels = jnp.asarray(race.images()), jnp.asarray(race.labels().astype(numpy.int32))
weights = jax.tree.map(jnp.asarray, drawn_weights(random_numbers))
state = (weights, jax.tree.map(jnp.zeros_like, weights), jax.tree.map(jnp.zeros_like, weights), jnp.float32(0))
seconds = []
for _ in range(race.EPOCHS):
    started = time.perf_counter()
    order = jnp.asarray(random_numbers.permutation(len(images)).astype(numpy.int32))
    state, loss = jax.block_until_ready(epoch(state, order, images, labels))
    seconds.append(time.perf_counter() - started)
race.tell(seconds, loss, f"JAX {jax.__version__}")
