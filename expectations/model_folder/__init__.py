"""What a model folder holds: the contract between the training that writes it and all that read it.

| file | holds |
|---|---|
| ``models.json`` | `Models`: each trained model, its kind, horizon and files |
| ``failure_<horizon>.json`` | a booster, XGBoost's JSON |
| ``anomaly.npz`` | an isolation forest, plain arrays (`edge_bundle.compiler.isolation_forest`) |
| ``residual_<statistic>.npz`` | a projection of deviations, plain arrays (`edge_bundle.compiler.residual_model`) |
| ``features.json`` | `Features`: ordered features with unit, telemetry or not, range in training |
| ``calibration.json`` | `Calibrations`: maps from margin to probability |
| ``outlook.json`` | `Outlooks`: time to the next failure by margin; no table where failures were too few |
| ``thresholds.json`` | `Thresholds`: scores at which something is requested |
| ``reference.json`` | histograms of features and scores with frozen edges, sealed as it is |
| ``failure_<horizon>_held_out.npz`` | `HELD_OUT_ARRAYS`: scores of held-out rows with the threshold in force |
| ``golden.npz`` | `GOLDEN_ROWS`, float64, and an array of scores for each model (`Model.golden`) |
| ``metrics.json`` | `Metrics`: every figure and the readiness report |
| ``training.json`` | `Training`: policy, parameters, times of the rows, versions of the libraries |
| ``pictures.json`` | `Pictures`: the numbers behind the pictures; none without a failure model |
| ``model_card.html`` | the card for people, where the caller adds it |

The fields of the dataclasses in `documents` are the keys. `ml.training.artifact` writes the files,
`edge_bundle.compiler.model_folder` reads them. They are plain data: no pickle, no clock. A folder older than
``models.json`` names its models by its files. An older folder holds one failure model, with its held-out scores in
``held_out.npz`` and the array ``margins`` in ``golden.npz``.

The gate's answer depends on the champion of the day, so it is no part of the folder's digest, and neither are the card,
which shows it, and the numbers of its pictures.
"""
