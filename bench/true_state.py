"""Which share of the saving that the true state of the machines allows a failure model reaches, by its parameters.

`python -m bench.true_state` simulates three plants of fast wear, 24 machines over 120 days, and evaluates the leading
model of each by rolling origins: with the stated parameters, with the shallow alternative, with the cheaper of both in
the past of each block, all without residual columns; and with the shallow one without and with those that the profile
states, for boosters of three seeds each: one seed of a booster says little, for it moves the share by ten points.
All by the policy that the plant states; with residual columns also by the shipped times of alarms.

The true state is the damage that signals show, without noise; its threshold is the cheapest in hindsight. Failures that
no signal shows are missed by it, those that codes announce too. Beside all failures caught are those that something
announces: no alarm can be earned by the others. Probabilities are printed beside the best that the true state allows,
see `true_probability`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.measure import SMALL, machine_line
from bench.plant import SEEDS
from bench.simulated_frames import Announced, announced, damage_of, frames_of
from bench.true_probability import lines_of_probability
from expectations.features import features_of
from expectations.policy.file import load_policy
from expectations.residuals import residuals_of
from ml.data.dataset import Dataset, FeatureList, build_dataset
from ml.evaluation.booster_choice import Past, choose_boosters
from ml.evaluation.cross_fit import choose
from ml.evaluation.episodes import EpisodeEvaluator
from ml.evaluation.held_out import Evaluation, evaluate, held_out
from ml.evaluation.splits import Origin, rolling_origins
from ml.evaluation.threshold import CostCurve, cost_curve
from ml.models.booster_alternatives import in_words, options
from ml.models.failure_model import FailureParams
from ml.policy import Policy
from simulator.pace import FAST, at_pace
from simulator.plant import SimulationConfig
from simulator.world import build_world

BOOSTER_SEEDS = (FailureParams().seed, 1, 2)


@dataclass(frozen=True, slots=True)
class Plant:
    """One simulated plant.

    Attributes:
        rows: All of them.
        origins: Of its held-out blocks.
        policy: The plant's own.
        truth: What its true state costs on the held-out rows, over all thresholds.
        damage: True of each of these rows, float32, shape (n,).
        announced: Which of the failures that these rows test are announced.
    """

    rows: Dataset
    origins: tuple[Origin, ...]
    policy: Policy
    truth: CostCurve
    damage: NDArray[np.float32]
    announced: Announced


def simulated(config: SimulationConfig) -> Plant:
    """The data set of a simulation with its rolling origins."""
    world = build_world(config)
    profile, policy = world.profile, Policy.of(world.profile, numbers=load_policy(world.profile.name))
    features = FeatureList.of(features_of(profile), residuals=residuals_of(profile))
    rows = build_dataset(frames_of(world), features, policy)
    origins = rolling_origins(rows, policy, policy.embargo_us(features.longest_window_s))
    if not origins:
        raise SystemExit(f"{len(rows.failures)} failures are too few for a held-out block: simulate more days")
    held = rows.keep(sum((each.test(rows) for each in origins[1:]), start=origins[0].test(rows)))
    evaluator = EpisodeEvaluator(held, policy)
    damage = damage_of(world, held)
    truth = cost_curve(evaluator, damage, policy.costs)
    known = announced(world, evaluator.failures, policy.least_lead_h)
    return Plant(rows, origins, policy, truth, damage, known)


def evaluated(plant: Plant, offered: Sequence[FailureParams]) -> Evaluation:
    """Held-out figures of what each block takes of the parameters that are offered."""
    pasts = tuple(Past.of(plant.rows, each) for each in plant.origins)
    chosen = choose_boosters(plant.rows, pasts, offered, plant.policy)
    return evaluate(held_out(plant.rows, plant.origins, chosen), plant.origins, plant.policy)


def by_shipped_times(found: Evaluation, plant: Plant) -> Evaluation:
    """The same boosters with thresholds for alarms that clear and repeat as shipped, and these alarms."""
    shipped = Policy()
    policy = replace(plant.policy, alarm_clear_s=shipped.alarm_clear_s, alarm_repeat_s=shipped.alarm_repeat_s)
    boosters = tuple(replace(one, choice=choose(one.fitted, policy)) for one in found.held_out.boosters)
    return evaluate(replace(found.held_out, boosters=boosters), plant.origins, policy)


def lines_of(plant: Plant, params: FailureParams, seeds: Sequence[int]) -> Iterator[str]:
    """What each costs, and its share of the saving that the true state allows."""
    never, best = plant.truth.never, plant.truth.best
    yield (
        f"  {len(plant.rows):,} rows, {len(plant.origins)} held-out blocks; never alarming {never:,.0f}, true state "
        f"{best.cost:,.0f}: {best.caught:.0f} of {best.caught + best.missed:.0f} failures caught, "
        f"{best.false_alarms:.0f} false alarms; {plant.announced.by_signal.sum()} announced by a signal, "
        f"{(plant.announced.by_any & ~plant.announced.by_signal).sum()} more by codes known in time"
    )
    stated, shallow = options(params)
    plain = replace(plant, rows=replace(plant.rows, derived=None))
    for name, offered in (
        (f"stated, {in_words(stated)}", (stated,)),
        (f"shallow, {in_words(shallow)}", (shallow,)),
        ("the cheaper in each past", (stated, shallow)),
    ):
        yield f"  {name}: {_figures(evaluated(plain, offered), plain, shallow)}"
    for seed in seeds:
        turned = replace(shallow, seed=seed)
        for name, rows in (("without", plain), ("with", plant)):
            found = evaluated(rows, (turned,))
            yield f"  shallow, booster of seed {seed}, {name} residual columns: {_figures(found, rows, turned)}"
        yield from lines_of_probability(found, plant.damage, plant.policy)
        yield f"    the last by shipped times of alarms: {_figures(by_shipped_times(found, rows), rows, turned)}"


def _figures(found: Evaluation, plant: Plant, shallow: FailureParams) -> str:
    never, best, outcome = plant.truth.never, plant.truth.best, found.outcome
    cost, known = outcome.cost(plant.policy.costs), plant.announced.by_any
    took = sum(each.offered == shallow for each in found.held_out.boosters)
    saved, possible = never - cost, never - best.cost
    return (
        f"{100 * saved / possible:.0f} % of {possible:,.0f} saved, {outcome.caught.sum()} of {len(outcome.caught)} "
        f"failures caught, {(outcome.caught & known).sum()} of {known.sum()} announced ones; {outcome.false_episodes} "
        f"false alarms in {outcome.machine_years:.1f} machine-years: {outcome.false_alarms_per_machine_year:.1f} each; "
        f"shallow in {took} of {len(plant.origins)} blocks"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, and print lines for each seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help=SMALL)
    parser.add_argument("--seed", type=int, nargs="+", default=SEEDS, help="seeds of the plants; default: three")
    asked = parser.parse_args(argv)
    print(machine_line())
    params = FailureParams(rounds=10 if asked.small else FailureParams().rounds, alternatives=1)
    for seed in asked.seed[:1] if asked.small else asked.seed:
        size = SimulationConfig(days=70 if asked.small else 120, machines=12 if asked.small else 24, seed=seed)
        print(f"seed {seed}:")
        turned = BOOSTER_SEEDS[:1] if asked.small else BOOSTER_SEEDS
        for line in lines_of(simulated(at_pace(size, FAST)), params, turned):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
