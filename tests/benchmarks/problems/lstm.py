"""The loss of ADBench's long short-term memory, whose weight matrices are diagonal.

A character x of `width` bits goes through layers with hidden state h and cell state s,

    s = s * sigmoid(w0 x + b0) + sigmoid(w1 h + b1) * tanh(w3 h + b3),
    h = sigmoid(w2 x + b2) * tanh(s),

where h is what the next layer gets; after the last one y = h * out_weight + out_bias predicts the
next character, and the loss is the mean of - next * (y - log(2 + sum exp y)).  Every layer has two
rows of `main`, the weights (w0, w1, w2, w3) and the biases, and two of `state`, h and s.  The rows
of `extra` are the weight of the input and the weight and the bias of the output.

Formula: the description of the problem in ADBench (github.com/microsoft/ADBench) and GradBench.

Sizes: 2 layers with 1 024 characters and 4 layers with 4 096, 14 bits wide.  The adjoint keeps the
gates, tanh(s), s and the softmax of the output of every step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

WRT = (0, 1)
KIND = "gradient"
SIZES = {
    "2 layers 1 024 characters": {"layers": 2, "characters": 1024},
    "4 layers 4 096 characters": {"layers": 4, "characters": 4096},
    "small": {"layers": 2, "characters": 6, "width": 3},
}


def arguments(layers: int, characters: int, width: int = 14) -> tuple[Any, ...]:
    """main (2 layers, 4 width), extra (3, width), state (2 layers, width), sequence of bits."""
    rng = np.random.default_rng(2)
    main = rng.normal(size=(2 * layers, 4 * width))
    extra = rng.normal(size=(3, width))
    state = rng.normal(size=(2 * layers, width))
    return main, extra, state, rng.integers(0, 2, size=(characters, width)).astype(float)


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_layer(weight, bias, hidden, cell, x):
    n = len(x)
    forget = sigmoid(x * weight[:n] + bias[:n])
    ingate = sigmoid(hidden * weight[n : 2 * n] + bias[n : 2 * n])
    outgate = sigmoid(x * weight[2 * n : 3 * n] + bias[2 * n : 3 * n])
    change = np.tanh(hidden * weight[3 * n :] + bias[3 * n :])
    cell = cell * forget + ingate * change
    return outgate * np.tanh(cell), cell


def lstm(main, extra, state, sequence):
    state = state.copy()
    total = 0.0
    for t in range(len(sequence) - 1):
        x = sequence[t] * extra[0]
        for i in range(0, len(main), 2):
            state[i], state[i + 1] = lstm_layer(main[i], main[i + 1], state[i], state[i + 1], x)
            x = state[i]
        predicted = x * extra[1] + extra[2]
        normal = predicted - np.log(2.0 + np.sum(np.exp(predicted)))
        total += np.sum(sequence[t + 1] * normal)
    return -total / sequence[1:].size


FUNCTION = lstm


# ---- by hand ------------------------------------------------------------------------------------


@njit(error_model="numpy", nogil=True)
def primal(main, extra, state, sequence):
    characters, n = sequence.shape
    state = state.copy()
    x, predicted = np.empty(n), np.empty(n)
    forget, ingate, outgate, change = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    total = 0.0
    for t in range(characters - 1):
        for j in range(n):
            x[j] = sequence[t, j] * extra[0, j]
        for i in range(0, main.shape[0], 2):
            weight, bias, hidden, cell = main[i], main[i + 1], state[i], state[i + 1]
            for j in range(n):
                forget[j] = np.exp(-(x[j] * weight[j] + bias[j]))
                ingate[j] = np.exp(-(hidden[j] * weight[n + j] + bias[n + j]))
                outgate[j] = np.exp(-(x[j] * weight[2 * n + j] + bias[2 * n + j]))
                change[j] = np.tanh(hidden[j] * weight[3 * n + j] + bias[3 * n + j])
            for j in range(n):
                cell[j] = cell[j] / (1.0 + forget[j]) + change[j] / (1.0 + ingate[j])
            for j in range(n):
                change[j] = np.tanh(cell[j])
            for j in range(n):
                hidden[j] = change[j] / (1.0 + outgate[j])
                x[j] = hidden[j]
        norm = 2.0
        for j in range(n):
            predicted[j] = x[j] * extra[1, j] + extra[2, j]
            norm += np.exp(predicted[j])
        norm = np.log(norm)
        for j in range(n):
            total += sequence[t + 1, j] * (predicted[j] - norm)
    return -total / ((characters - 1) * n)


GATES = 6
"""What is kept of a unit in a step: forget, ingate, outgate, change, tanh of the cell, the cell."""


@njit(error_model="numpy", nogil=True)
def forward(main, extra, state, sequence, kept, softmax):
    """Keeps what the backward sweep reads; of the output its softmax."""
    characters, n = sequence.shape
    state = state.copy()
    x = np.empty(n)
    for t in range(characters - 1):
        for j in range(n):
            x[j] = sequence[t, j] * extra[0, j]
        for i in range(0, main.shape[0], 2):
            weight, bias, hidden, cell = main[i], main[i + 1], state[i], state[i + 1]
            gates = kept[t, i // 2]
            for j in range(n):
                gates[0, j] = np.exp(-(x[j] * weight[j] + bias[j]))
                gates[1, j] = np.exp(-(hidden[j] * weight[n + j] + bias[n + j]))
                gates[2, j] = np.exp(-(x[j] * weight[2 * n + j] + bias[2 * n + j]))
                gates[3, j] = np.tanh(hidden[j] * weight[3 * n + j] + bias[3 * n + j])
            for j in range(n):
                gates[0, j] = 1.0 / (1.0 + gates[0, j])
                gates[1, j] = 1.0 / (1.0 + gates[1, j])
                gates[2, j] = 1.0 / (1.0 + gates[2, j])
                cell[j] = cell[j] * gates[0, j] + gates[1, j] * gates[3, j]
                gates[5, j] = cell[j]
            for j in range(n):
                gates[4, j] = np.tanh(cell[j])
            for j in range(n):
                hidden[j] = gates[2, j] * gates[4, j]
                x[j] = hidden[j]
        norm = 2.0
        for j in range(n):
            softmax[t, j] = np.exp(x[j] * extra[1, j] + extra[2, j])
            norm += softmax[t, j]
        for j in range(n):
            softmax[t, j] /= norm


@njit(error_model="numpy", nogil=True)
def adjoint(main, extra, state, sequence):
    characters, n = sequence.shape
    layers = main.shape[0] // 2
    kept = np.empty((characters - 1, layers, GATES, n))
    softmax = np.empty((characters - 1, n))
    forward(main, extra, state, sequence, kept, softmax)
    main_bar, extra_bar = np.zeros_like(main), np.zeros_like(extra)
    state_bar, x_bar = np.zeros_like(state), np.empty(n)
    scale = -1.0 / ((characters - 1) * n)
    for t in range(characters - 2, -1, -1):
        count = 0.0
        for j in range(n):
            count += sequence[t + 1, j]
        last = kept[t, layers - 1]
        for j in range(n):
            y_bar = scale * (sequence[t + 1, j] - count * softmax[t, j])
            extra_bar[1, j] += y_bar * last[2, j] * last[4, j]
            extra_bar[2, j] += y_bar
            x_bar[j] = y_bar * extra[1, j]
        for layer in range(layers - 1, -1, -1):
            before = kept[t - 1, layer] if t > 0 else kept[t, layer]
            below = kept[t, layer - 1] if layer > 0 else kept[t, layer]
            h_before, s_before, x = state[2 * layer], state[2 * layer + 1], sequence[t]
            backward(
                main, kept[t, layer], before, below, t > 0, layer, h_before, s_before,
                x, extra[0], main_bar, state_bar, x_bar
            )  # fmt: skip
        for j in range(n):
            extra_bar[0, j] += x_bar[j] * sequence[t, j]
    return main_bar, extra_bar


@njit(error_model="numpy", nogil=True)
def backward(
    main, gates, before, below, later, layer, first_hidden, first_cell,
    character, in_weight, main_bar, state_bar, x_bar
):  # fmt: skip
    """A layer in one step; x_bar holds the cotangent of its output, then that of its input."""
    n = x_bar.shape[0]
    weight, weight_bar, bias_bar = main[2 * layer], main_bar[2 * layer], main_bar[2 * layer + 1]
    hidden_bar, cell_bar = state_bar[2 * layer], state_bar[2 * layer + 1]
    for j in range(n):
        forget, ingate, outgate = gates[0, j], gates[1, j], gates[2, j]
        change, tanh_cell = gates[3, j], gates[4, j]
        hidden = before[2, j] * before[4, j] if later else first_hidden[j]
        cell = before[5, j] if later else first_cell[j]
        x = below[2, j] * below[4, j] if layer > 0 else character[j] * in_weight[j]
        h_bar = hidden_bar[j] + x_bar[j]
        s_bar = cell_bar[j] + h_bar * outgate * (1.0 - tanh_cell * tanh_cell)
        a0 = s_bar * cell * forget * (1.0 - forget)
        a1 = s_bar * change * ingate * (1.0 - ingate)
        a2 = h_bar * tanh_cell * outgate * (1.0 - outgate)
        a3 = s_bar * ingate * (1.0 - change * change)
        cell_bar[j] = s_bar * forget
        hidden_bar[j] = a1 * weight[n + j] + a3 * weight[3 * n + j]
        x_bar[j] = a0 * weight[j] + a2 * weight[2 * n + j]
        weight_bar[j] += a0 * x
        weight_bar[n + j] += a1 * hidden
        weight_bar[2 * n + j] += a2 * x
        weight_bar[3 * n + j] += a3 * hidden
        bias_bar[j] += a0
        bias_bar[n + j] += a1
        bias_bar[2 * n + j] += a2
        bias_bar[3 * n + j] += a3


# ---- the peers ----------------------------------------------------------------------------------


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def f(main, extra, state, sequence):
        n = sequence.shape[1]
        main = main.reshape(-1, 2, 4, n)

        def step(state, characters):
            character, following = characters
            x = character * extra[0]
            new = []
            for (w, b), (h, s) in zip(main, state, strict=True):
                forget, outgate = jax.nn.sigmoid(x * w[0::2] + b[0::2])
                ingate = jax.nn.sigmoid(h * w[1] + b[1])
                s = s * forget + ingate * jnp.tanh(h * w[3] + b[3])
                x = outgate * jnp.tanh(s)
                new.append(jnp.stack([x, s]))
            predicted = x * extra[1] + extra[2]
            normal = predicted - jnp.log(2.0 + jnp.sum(jnp.exp(predicted)))
            return jnp.stack(new), jnp.sum(following * normal)

        state = state.reshape(-1, 2, n)
        losses = jax.lax.scan(step, state, (sequence[:-1], sequence[1:]))[1]
        return -jnp.sum(losses) / sequence[1:].size

    return f


def of_lists(log: Any, exp: Any, tanh: Any, total_of: Any) -> Callable[..., Any]:
    """The loss without writes, for tools that take lists of arrays."""

    def sigmoid(x):
        return 1.0 / (1.0 + exp(-x))

    def f(main, extra, state, sequence):
        characters, n = sequence.shape
        weights = [[row[k * n : (k + 1) * n] for k in range(4)] for row in main]
        state = list(state)
        total = 0.0
        for t in range(characters - 1):
            x = sequence[t] * extra[0]
            for i in range(0, len(weights), 2):
                w, b = weights[i], weights[i + 1]
                forget, ingate = sigmoid(x * w[0] + b[0]), sigmoid(state[i] * w[1] + b[1])
                outgate, change = sigmoid(x * w[2] + b[2]), tanh(state[i] * w[3] + b[3])
                state[i + 1] = state[i + 1] * forget + ingate * change
                x = state[i] = outgate * tanh(state[i + 1])
            predicted = x * extra[1] + extra[2]
            normal = predicted - log(2.0 + total_of(exp(predicted)))
            total = total + total_of(sequence[t + 1] * normal)
        return -total / ((characters - 1) * n)

    return f


def in_torch() -> Callable[..., Any]:
    import torch

    return of_lists(torch.log, torch.exp, torch.tanh, torch.sum)


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    return of_lists(anp.log, anp.exp, anp.tanh, anp.sum)
