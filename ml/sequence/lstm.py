"""One layer of an LSTM: its states over time, and the gradients of a loss by its weights.

Source: Hochreiter & Schmidhuber, Neural Computation 9, 1997, with the forget gate of Gers, Schmidhuber & Cummins,
Neural Computation 12, 2000; gradients by back-propagation through time (Werbos, Proceedings of the IEEE 78, 1990). Time
is the first axis throughout: (t, n, ·) for t rows of n windows. The order of gates is input, forget, candidate, output.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Float64


@dataclass(frozen=True, slots=True)
class Cell:
    """Weights of a layer of h units over d inputs; each row belongs to one gate of one unit.

    Attributes:
        inputs: Shape (4h, d).
        recurrent: Shape (4h, h).
        bias: Shape (4h,).
    """

    inputs: Float64
    recurrent: Float64
    bias: Float64

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.recurrent.shape[1])


@dataclass(frozen=True, slots=True)
class States:
    """What a layer passed through.

    Attributes:
        inputs: What it was given, shape (t, n, d).
        gates: Gates after their functions, shape (t, n, 4h).
        memory: Cell states, the zeros before the first row included, shape (t + 1, n, h).
        hidden: Outputs, likewise.
    """

    inputs: Float64
    gates: Float64
    memory: Float64
    hidden: Float64


def run(cell: Cell, inputs: Float64) -> States:
    """The states of a layer that starts from zeros.

    Args:
        cell: Weights.
        inputs: Shape (t, n, d).
    """
    rows, windows, units = inputs.shape[0], inputs.shape[1], cell.units
    gates = inputs @ cell.inputs.T + cell.bias
    memory, hidden = np.zeros((rows + 1, windows, units)), np.zeros((rows + 1, windows, units))
    for at in range(rows):
        now = gates[at]
        now += hidden[at] @ cell.recurrent.T
        entry, forget, candidate, output = split(now)
        for gate in (entry, forget, output):
            gate[:] = logistic(gate)
        np.tanh(candidate, out=candidate)
        memory[at + 1] = forget * memory[at] + entry * candidate
        hidden[at + 1] = output * np.tanh(memory[at + 1])
    return States(inputs, gates, memory, hidden)


def gradients(cell: Cell, states: States, by_hidden: Float64) -> tuple[Cell, Float64]:
    """Gradients of a loss by the weights of a layer, and by its inputs.

    Args:
        cell: Weights.
        states: Of `run`.
        by_hidden: Gradients of the loss by each output itself, shape (t, n, h).

    Returns:
        Gradients in the form of the weights, and those by the inputs, shape (t, n, d).
    """
    by_gates = np.empty_like(states.gates)
    later_hidden, later_memory = np.zeros_like(by_hidden[0]), np.zeros_like(by_hidden[0])
    for at in range(len(by_hidden) - 1, -1, -1):
        entry, forget, candidate, output = split(states.gates[at])
        squashed = np.tanh(states.memory[at + 1])
        of_hidden = by_hidden[at] + later_hidden
        of_memory = later_memory + of_hidden * output * (1.0 - squashed * squashed)
        of_entry, of_forget, of_candidate, of_output = split(by_gates[at])
        of_entry[:] = of_memory * candidate * entry * (1.0 - entry)
        of_forget[:] = of_memory * states.memory[at] * forget * (1.0 - forget)
        of_candidate[:] = of_memory * entry * (1.0 - candidate * candidate)
        of_output[:] = of_hidden * squashed * output * (1.0 - output)
        later_hidden, later_memory = by_gates[at] @ cell.recurrent, of_memory * forget
    flat = by_gates.reshape(-1, by_gates.shape[2])
    before = states.hidden[:-1].reshape(-1, cell.units)
    given = states.inputs.reshape(-1, states.inputs.shape[2])
    return Cell(flat.T @ given, flat.T @ before, flat.sum(axis=0)), by_gates @ cell.inputs


def split(gates: Float64) -> tuple[Float64, Float64, Float64, Float64]:
    """Views of the four gates, shape (n, 4h) to (n, h) each."""
    units = gates.shape[1] // 4
    return gates[:, :units], gates[:, units : 2 * units], gates[:, 2 * units : 3 * units], gates[:, 3 * units :]


def logistic(values: Float64) -> Float64:
    """1 / (1 + exp(-x)) by the hyperbolic tangent, which never overflows.

    >>> logistic(np.array([0.0, 1e6, -1e6])).tolist()
    [0.5, 1.0, 0.0]
    """
    return 0.5 + 0.5 * np.tanh(0.5 * values)
