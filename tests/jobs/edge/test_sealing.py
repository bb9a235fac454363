"""What a bundle says of its models is what their training wrote down."""

import pytest

from jobs.edge.sealing import trained_by


@pytest.mark.parametrize(
    ("training", "said"),
    [
        (b'{"libraries": {"xgboost": "2.0.1"}}', "xgboost 2.0.1"),
        (b"{}", "xgboost, version not on record"),
    ],
    ids=["the version it was trained with, not the installed one", "a folder from before versions were kept"],
)
def test_the_library_of_a_model_is_that_of_its_training(training: bytes, said: str) -> None:
    assert trained_by({"training.json": training}, "xgboost") == said
