"""The options of a training, for the commands that train."""

import argparse


def add_training_arguments(parser: argparse.ArgumentParser) -> None:
    """Horizon, the parameters that people turn, who says yes, and why."""
    parser.add_argument(
        "--horizon", action="append", metavar="HORIZON",
        help="how far ahead the failure model looks: one of the profile's label horizons, default 24h; given again, "
        "further ones get models in the same version, in place of those that the profile names in [labels] models",
    )  # fmt: skip
    parser.add_argument(
        "--rounds", type=_whole_or_default, help="trees of the failure model; default, and where it is empty: the "
        "policy's booster_rounds",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, help="seed of both models")
    parser.add_argument(
        "--set", action="append", default=[], metavar="MODEL.PARAMETER=VALUE",
        help="another parameter, as failure.max_depth=4; repeatable, or with commas between; an unknown one lists all",
    )  # fmt: skip
    parser.add_argument(
        "--search", type=float, metavar="MINUTES",
        help="try other depths and steps of the failure model for so many minutes, and take those whose alarms would "
        "have cost least on the rows before each held-out block; then the training begins. At most 120: other "
        "runs wait for the lake meanwhile",
    )  # fmt: skip
    parser.add_argument("--approved-by", metavar="NAME", help="a person's yes, for a plant with too few failures")
    parser.add_argument("--reason", help="why this training was started, for the registry")


def _whole_or_default(text: str) -> int | None:
    """A form that is left empty hands on nothing."""
    try:
        return int(text) if text.strip() else None
    except ValueError as exc:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no whole number; legal: one, or nothing for the policy's"
        ) from exc
