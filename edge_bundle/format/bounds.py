"""How large a bundle's statements may be: what a device can work with, far above what any plant has needed.

A signature says who made a bundle, not that a device survives it. Every bound is here with its reason.
"""

MAX_KEY_BYTES = 128
"""UTF-8 bytes of a name that becomes a key of state: machines, factories, metrics. Longer ones are no names."""

MAX_TEXT = 1024
"""Characters of any other text: file patterns, templates, attributes, columns."""

MAX_METRICS = 256
"""The largest plant here has 41. Each machine keeps windows for each of them."""

MAX_UNITS = 64
"""Accepted units of a metric: a unit system knows some ten for one quantity."""

MAX_OVERRIDES = 5_000
"""Overrides of a metric's limits: each machine and metric looks through them once."""

MAX_FEATURES = 1024
"""As the kernel: its row lies on the stack. `model_blob.MAX_FEATURES`."""

MAX_PATTERNS = 64
"""Sets of windows that may be missing together: a plant has a few for each machine model."""

MAX_SOURCES = 256
"""Kinds of files; a plant has a handful."""

MAX_ENTRIES = 20_000
"""Entries of one table of a source: columns, sensors with their machines."""

MAX_MACHINE_RECORDS = 10_000
"""Records of master data: fifty times the 200 machines of a large gateway. Each costs the start and some kB of memory;
150,000 took minutes and hundreds of MB."""

MAX_ATTRIBUTES = 256
"""Attributes of a machine."""

RESOLUTIONS = (1e-9, 1e9)
"""Steps of a metric in its unit: with less, limits lie beyond 2^53 steps, where a float64 tells no steps apart."""

FACTORS = (1e-12, 1e12)
"""Sizes of unit factors and divisors: from pico to tera. Beyond, a product can overflow or vanish."""

MAX_QUANTITY = 1e15
"""Size of limits and offsets, in the metric's unit: no quantity of a plant has another order."""

MAX_STEPS = 2**53
"""Size of a limit in steps: as readings, which are refused beyond."""

MAX_BUCKET_S = 86_400
"""A bucket is at most a day: master data and shifts have days."""

MAX_SCORE_EVERY_S = 7 * 86_400
"""Scores come at least once a week."""

MAX_WINDOW_S = 400 * 86_400
"""A year and some weeks: what it spans is stored on the device."""

MAX_BUCKETS = 50_000
"""Buckets of one window, and from one score to the next: a month of minutes. A window looks at each once."""

MAX_AHEAD_S = 7 * 86_400
"""How wrong a sensor's clock may be; a week is no clock any more."""

TIMES_US = (-62_135_596_800_000_000, 253_402_300_799_000_000)
"""Years 1 to 9999: other times have no text in ISO 8601."""

MAX_DOCUMENT_BYTES = 4 * 1024 * 1024
"""Bytes of `features/pipeline.json`; sealed bundles have at most 2.3 MB. Parsing takes ten times that in memory."""

MAX_GOLDEN_NODES = 4_000_000
"""Steps through trees of all golden rows: a dozen times what 64 rows of 500 trees of depth 8 take. The slowest scorer,
plain Python on a small ARM, takes some seconds for it."""

MAX_REACH = float(2**24)
"""Largest sum of leaves that a row can come to: beyond, a float32 tells no whole numbers apart. A margin of 40 is a
probability of 1 already, a path length less than a hundred a tree."""

MAX_RESIDUAL_COLUMNS = 120
"""Columns of a residual model: its golden rows then stay within `MAX_GOLDEN_NODES`, and a score within some
milliseconds of plain Python."""

MAX_AXIS = 1e9
"""Size of an entry of its axes, and `MAX_DEVIATION` of a deviation: 120 products of both, squared and added 120 times,
are far below a float64's end."""

MAX_DEVIATION = 1e6

MAX_KNOTS = 4096
"""Knots of a calibration or a table of outlooks: isotonic regressions have some hundred."""

MAX_EPISODES = 2**31 - 1
"""Episodes of a bin: openings a horizon apart of all machines of a plant."""

MAX_HOURS = 1_000_000
"""Hours that a model predicts or that are left: 114 years."""

MAX_ALARM_S = 30 * 86_400
"""Time until an alarm of scores clears or is announced again, seconds: as far as the policy lets it."""

MAX_MODELS = 8
"""Models of a bundle: a handful of horizons and kinds. Each is walked for every score, and stays in memory."""

MAX_THRESHOLDS = 64
"""Thresholds of a bundle: each of four kinds for each model, twice over."""

MAX_LEVELS = 256
"""Machine models with a fit of their own in residual columns: a plant has a handful."""

MAX_PREDICTORS = 16
"""Predictors that predict one residual column: a machine's load has a few quantities."""

MAX_COEFFICIENT = 1e12
"""Size of a coefficient of residual columns and of one divided by a spread: times the square of a float32, sixteen
times added and divided, it is far below a float64's end."""
