"""An autoencoder of windows: one layer reads a window into its last state, another writes the window from that alone.

The newest row is written first, for the last state knows it best. Source: Malhotra et al., LSTM-based Encoder-Decoder
for Multi-sensor Anomaly Detection, ICML workshop, 2016; a decoder that gets the code with every row, Cho et al.,
EMNLP 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.data.dataset import Float64
from ml.sequence.lstm import Cell, gradients, run


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of an autoencoder of c columns with h units.

    Attributes:
        encoder: Over the columns.
        decoder: Over the code.
        output: From the decoder's output to the columns, shape (c, h).
        output_bias: Shape (c,).
    """

    encoder: Cell
    decoder: Cell
    output: Float64
    output_bias: Float64

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.output_bias)

    @property
    def units(self) -> int:
        """Number of units of each layer."""
        return int(self.output.shape[1])


def size(columns: int, units: int) -> int:
    """Number of weights.

    >>> size(2, 3)
    164
    """
    return sum(int(np.prod(shape)) for shape in _shapes(columns, units))


def weights_of(flat: Float64, columns: int, units: int) -> Weights:
    """The weights as views of one vector, shape (`size`,)."""
    views, at = [], 0
    for shape in _shapes(columns, units):
        length = int(np.prod(shape))
        views.append(flat[at : at + length].reshape(shape))
        at += length
    return Weights(Cell(*views[:3]), Cell(*views[3:6]), views[6], views[7])


def starting_weights(columns: int, units: int, rng: np.random.Generator) -> Float64:
    """One vector of weights to start from: small and uniform, biases 0 but 1 for the forget gates.

    Source: Glorot & Bengio, AISTATS 2010; Jozefowicz, Zaremba & Sutskever, ICML 2015, for the forget gates.
    """
    flat = np.zeros(size(columns, units))
    weights = weights_of(flat, columns, units)
    for matrix in (*_matrices(weights.encoder), *_matrices(weights.decoder), weights.output):
        bound = np.sqrt(6.0 / (matrix.shape[1] + units))
        matrix[:] = rng.uniform(-bound, bound, matrix.shape)
    for cell in (weights.encoder, weights.decoder):
        cell.bias[units : 2 * units] = 1.0
    return flat


def reconstructed(weights: Weights, windows: Float64) -> Float64:
    """Windows as the autoencoder writes them, shape (n, length, c) to the same."""
    rows = np.ascontiguousarray(windows.transpose(1, 0, 2))
    code = run(weights.encoder, rows).hidden[-1]
    decoded = run(weights.decoder, np.broadcast_to(code, (len(rows), *code.shape))).hidden[1:]
    return np.asarray((decoded @ weights.output.T + weights.output_bias)[::-1].transpose(1, 0, 2))


def loss_gradient(weights: Weights, windows: Float64) -> tuple[float, Float64]:
    """Mean squared error of the reconstruction, and its gradient by the weights as one vector, shape (`size`,)."""
    rows = np.ascontiguousarray(windows.transpose(1, 0, 2))
    encoded = run(weights.encoder, rows)
    code = encoded.hidden[-1]
    decoded = run(weights.decoder, np.broadcast_to(code, (len(rows), *code.shape)))
    hidden = decoded.hidden[1:]
    off = hidden @ weights.output.T + weights.output_bias - rows[::-1]
    by_rows = off * (2.0 / off.size)
    flat = by_rows.reshape(-1, weights.columns)
    of_decoder, by_code = gradients(weights.decoder, decoded, by_rows @ weights.output)
    by_encoded = np.zeros_like(encoded.hidden[1:])
    by_encoded[-1] = by_code.sum(axis=0)
    of_encoder, _ = gradients(weights.encoder, encoded, by_encoded)
    of_output = (flat.T @ hidden.reshape(-1, weights.units), flat.sum(axis=0))
    found = (*_arrays(of_encoder), *_arrays(of_decoder), *of_output)
    return float((off * off).mean()), np.concatenate([each.ravel() for each in found])


def _shapes(columns: int, units: int) -> tuple[tuple[int, ...], ...]:
    return (
        (4 * units, columns), (4 * units, units), (4 * units,), (4 * units, units), (4 * units, units), (4 * units,),
        (columns, units), (columns,),
    )  # fmt: skip


def _matrices(cell: Cell) -> tuple[Float64, Float64]:
    return cell.inputs, cell.recurrent


def _arrays(cell: Cell) -> tuple[Float64, Float64, Float64]:
    return cell.inputs, cell.recurrent, cell.bias
