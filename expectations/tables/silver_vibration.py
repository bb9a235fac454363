"""Silver: windows of vibration and their features."""

from domain.vibration.features import FEATURES
from domain.vibration.plan import REASONS
from expectations.tables.contract import Column, Rule, Severity, Table
from expectations.tables.shared import FACTORY_ID, MACHINE_ID, SENSOR_ID

CONFLICTING = "conflicting_samples"
NOT_COMPUTED = {CONFLICTING: "Records of one sensor and time hold different samples: none is taken"} | REASONS
SPEED_SOURCES = {
    "waveform": "The record of the window has it",
    "readings": "The last reading of the profile's speed metric before the window, of its machine",
    "master_data": "Attribute shaft_speed_rpm of the machine, as it was at the window",
}
_BAND = "RMS of the acceleration from {} to {} Hz, under a Hann window"
_LINE = "Squared envelope: mean over 3 harmonics of the {} line's peak by the median around it; noise is 1 to 3"
_MEANING = {
    "acceleration_rms_m_s2": ("RMS of the acceleration less its mean", "m/s2"),
    "acceleration_peak_m_s2": ("Largest distance from the mean", "m/s2"),
    "crest_factor": ("Peak by RMS; 1.41 for a sine", ""),
    "kurtosis": ("Fourth moment by the square of the second; 3 for Gaussian noise, more for strikes", ""),
    "skewness": ("Third moment by the second to the power of 1.5", ""),
    "velocity_rms_mm_s": ("RMS of the velocity from 10 to 1000 Hz, as ISO 20816 rates it", "mm/s"),
    **{
        f"acceleration_{low}_{high}_hz_m_s2": (_BAND.format(low, high), "m/s2")
        for low, high in ((10, 100), (100, 300), (300, 600), (600, 1000), (1000, 1600))
    },
    "spectral_centroid_hz": ("Frequency about which the energy from 10 Hz to 0.4 of the rate is balanced", "Hz"),
    "velocity_1x_mm_s": ("RMS of the velocity at the shaft's speed: unbalance", "mm/s"),
    "ratio_2x_1x": ("Velocity at twice the shaft's speed by that at the speed: misalignment", ""),
    "envelope_bpfo": (_LINE.format("outer ring's"), ""),
    "envelope_bpfi": (_LINE.format("inner ring's"), ""),
    "envelope_2bsf": (_LINE.format("rolling elements'"), ""),
    "envelope_ftf": (_LINE.format("cage's"), ""),
}

VIBRATION_WINDOWS = Table(
    "silver", "vibration_windows",
    "Features of each window of vibration samples, each window once",
    (
        SENSOR_ID, MACHINE_ID, FACTORY_ID,
        Column("started_at", "timestamp", "When the first sample was taken", unit="UTC", nullable=False),
        Column("sample_count", "bigint", "Number of samples", nullable=False, minimum=1),
        Column("rate_hz", "double", "Samples in a second", unit="Hz", nullable=False),
        *(Column(name, "double", f"{meaning}; null: see not_computed_reason", unit=unit)
          for name, (meaning, unit) in ((name, _MEANING[name]) for name in FEATURES)),
        Column("speed_rpm", "double", "Shaft's speed that was used; null: not known", unit="rpm"),
        Column("speed_source", "string", "Where the speed is from", allowed=tuple(SPEED_SOURCES)),
        Column(
            "not_computed_reason", "string", "Why a feature is null, the first of the reasons; null where none is",
            allowed=tuple(NOT_COMPUTED),
        ),
        Column("started_date", "date", "UTC date of the window", nullable=False),
    ),
    key=("factory_id", "machine_id", "sensor_id", "started_at"),
    partition_by=("started_date",),
    rules=(
        Rule(
            "null_without_reason",
            "not_computed_reason IS NOT NULL OR (" + " AND ".join(f"{name} IS NOT NULL" for name in FEATURES) + ")",
            Severity.FAIL, "A feature that is null has its reason",
        ),
        Rule(
            "speed_with_source", "(speed_rpm IS NULL) = (speed_source IS NULL)", Severity.FAIL,
            "A speed says where it is from",
        ),
    ),
    prunes=("started_at",),
    retention_days=30,
)  # fmt: skip
