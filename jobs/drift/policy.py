"""The numbers of a plant's policy by which drift is measured."""

from collections.abc import Sequence
from typing import Any

from expectations.policy.file import PolicyNumber
from ml.policy import Policy


def policy_of(numbers: Sequence[PolicyNumber]) -> Policy:
    """The plant's numbers, the shipped ones where there are none; horizons of labels have no say in drift."""
    own: dict[str, Any] = {number.name: number.value for number in numbers}
    return Policy(**own)
