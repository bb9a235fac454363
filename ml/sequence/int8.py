"""The INT8 form of an autoencoder: 8-bit weights with a scale for each row, 16-bit states, the same bits everywhere.

Products of whole numbers are summed exactly, whatever the order and the library; all else is one operation after the
other in float64, or looked up (`ml.sequence.fixed_point`). So any engine that follows `scores` gives its bits.
Source: symmetric quantisation of the rows of a matrix, Krishnamoorthi, arXiv:1806.08342, 2018; wider states, for
recurrent layers keep what a window adds up. The decision record has what the form loses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.data.dataset import Float64
from ml.models.array_fields import fields_bytes, load_fields
from ml.models.pca import Int32
from ml.sequence.autoencoder import Weights
from ml.sequence.fit import AT_ONCE, Autoencoder, window_errors
from ml.sequence.fixed_point import LOGISTIC, TANH, UNIT, looked_up
from ml.sequence.standard import Standard

Int8 = NDArray[np.int8]
Float32 = NDArray[np.float32]

MOST, INPUT_UNIT = 127, 2048
"""Greatest weight, and the number that an input of one deviation is: `FARTHEST` of them fit into 16 bits."""


@dataclass(frozen=True, slots=True)
class Int8Form:
    """An autoencoder in whole numbers; a weight is its entry times the scale of its row.

    Attributes:
        columns: As `Standard`, shape (c,); so are the next two.
        centers: Shape (c,).
        scales: Shape (c,).
        encoder_inputs: int8, shape (4h, c).
        encoder_recurrent: int8, shape (4h, h).
        decoder_inputs: int8, shape (4h, h).
        decoder_recurrent: int8, shape (4h, h).
        output: int8, shape (c, h).
        row_scales: float32 scales of these five matrices, one behind the other, shape (16h + c,).
        biases: float32 biases of encoder, decoder and output, one behind the other, shape (8h + c,).
        length: Rows of a window.
        threshold: Score from which a window is unusual; none is before one was chosen.
    """

    columns: Int32
    centers: Float64
    scales: Float64
    encoder_inputs: Int8
    encoder_recurrent: Int8
    decoder_inputs: Int8
    decoder_recurrent: Int8
    output: Int8
    row_scales: Float32
    biases: Float32
    length: float
    threshold: float = np.inf

    @property
    def standard(self) -> Standard:
        """Columns in deviations."""
        return Standard(self.columns, self.centers, self.scales)

    def score(self, windows: Float64) -> Float64:
        """Scores of windows of deviations, shape (n, length, c) to (n,), as `Autoencoder.score`."""
        some = [windows[at : at + AT_ONCE] for at in range(0, len(windows), AT_ONCE)]
        return np.concatenate([np.zeros(0), *(window_errors(each, self._written(each)) for each in some)])

    def _written(self, windows: Float64) -> Float64:
        units = self.output.shape[1]
        ends = np.cumsum([4 * units] * 4)
        scales = np.split(self.row_scales.astype(np.float64), ends)
        biases = np.split(self.biases.astype(np.float64), [4 * units, 8 * units])
        whole = np.rint(windows.transpose(1, 0, 2) * INPUT_UNIT)
        given = [_product(rows, self.encoder_inputs, scales[0] / INPUT_UNIT) for rows in whole]
        code = _passed(given, self.encoder_recurrent, scales[1] / UNIT, biases[0])[-1]
        again = _product(code, self.decoder_inputs, scales[2] / UNIT)
        hidden = _passed([again] * len(whole), self.decoder_recurrent, scales[3] / UNIT, biases[1])
        written = [_product(each, self.output, scales[4] / UNIT) + biases[2] for each in hidden]
        return np.stack(written[::-1], axis=1)


def int8_form(trained: Autoencoder) -> Int8Form:
    """The INT8 form of a trained autoencoder."""
    weights, standard = trained.weights, trained.standard
    pairs = [_rounded(matrix) for matrix in _matrices(weights)]
    biases = (weights.encoder.bias, weights.decoder.bias, weights.output_bias)
    encoder_inputs, encoder_recurrent, decoder_inputs, decoder_recurrent, output = (whole for whole, _ in pairs)
    return Int8Form(
        columns=standard.columns,
        centers=standard.centers,
        scales=standard.scales,
        encoder_inputs=encoder_inputs,
        encoder_recurrent=encoder_recurrent,
        decoder_inputs=decoder_inputs,
        decoder_recurrent=decoder_recurrent,
        output=output,
        row_scales=np.concatenate([scale for _, scale in pairs]),
        biases=np.concatenate(biases).astype(np.float32),
        length=float(trained.length),
    )


def int8_bytes(form: Int8Form) -> bytes:
    """The form as an npz of plain arrays; the same form gives the same bytes."""
    return fields_bytes(form)


def load_int8(content: bytes) -> Int8Form:
    """A form from `int8_bytes`. Raises: as `load_fields`."""
    return load_fields(Int8Form, content)


def _matrices(weights: Weights) -> tuple[Float64, ...]:
    encoder, decoder = weights.encoder, weights.decoder
    return encoder.inputs, encoder.recurrent, decoder.inputs, decoder.recurrent, weights.output


def _rounded(matrix: Float64) -> tuple[Int8, Float32]:
    """Whole weights within ± `MOST`, and the scale of each row; a row of zeros has the scale 1."""
    greatest = np.abs(matrix).max(axis=1)
    scale = np.where(greatest > 0, greatest / MOST, 1.0).astype(np.float32)
    whole = np.clip(np.rint(matrix / scale[:, None]), -MOST, MOST)
    return whole.astype(np.int8), scale


def _product(whole: Float64, matrix: Int8, scale: Float64) -> Float64:
    """Whole numbers times a matrix of them, exact in float64, then scaled row by row; shape (n, d) to (n, rows)."""
    return (whole @ matrix.T.astype(np.float64)) * scale


def _passed(given: list[Float64], recurrent: Int8, scale: Float64, bias: Float64) -> list[Float64]:
    """Outputs of a layer after each row, as multiples of 1/`UNIT`, shape (n, h) each."""
    units = recurrent.shape[1]
    hidden, memory, found = np.zeros((len(given[0]), units)), np.zeros((len(given[0]), units)), []
    for now in given:
        gates = now + _product(hidden, recurrent, scale) + bias
        entry, forget, output = (looked_up(LOGISTIC, gates[:, at * units : (at + 1) * units]) for at in (0, 1, 3))
        candidate = looked_up(TANH, gates[:, 2 * units : 3 * units])
        memory = (forget / UNIT) * memory + (entry / UNIT) * (candidate / UNIT)
        hidden = np.rint((output / UNIT) * looked_up(TANH, memory))
        found.append(hidden)
    return found
