"""Section 5: the lineage of one raw file, up to the bundle."""

from dataclasses import dataclass

from lakehouse.table_lineage import TableVersion
from report.facts import Facts
from report.formats import count, moment, plural, size
from report.queries.bundles import BundleFacts
from report.queries.lineage import Lineage, RawFile
from report.queries.model import ModelFacts


@dataclass(frozen=True, slots=True)
class Stop:
    """One stop of the lineage: its layer, name, what identifies it, and how it follows from the stop before."""

    layer: str
    name: str
    identity: str
    words: str
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class LineageSection:
    """What the template shows."""

    stops: tuple[Stop, ...]
    trained_on: tuple[tuple[str, str, str], ...]
    ask: str


def lineage_section(facts: Facts) -> LineageSection:
    """The drawn lineage, and the versions the model was trained on beside the current ones."""
    found = facts.lineage
    return LineageSection(
        stops=(*_data_stops(found), _model_stop(found.model), _bundle_stop(found.bundle, found)),
        trained_on=tuple(_trained(*each) for each in found.trained_on),
        ask=_ask(found.file),
    )


def _data_stops(found: Lineage) -> tuple[Stop, ...]:
    if found.file is None:
        return (Stop("raw", "no file", "", "The ledger bronze.files names no file that was read.", is_there=False),)
    file = found.file
    brought = f"{plural(file.records, 'record')}, {count(file.rows)} became rows"
    mapped = f"{size(file.size_bytes)}; {brought}, read by mapping {file.mapping}"
    ledger = "The ledger's row: every record of the file carries the file id."
    identity = f"bronze.files, ingested {moment(file.ingested_at)} UTC"
    return (
        Stop("raw", file.path, f"sha256 {file.sha256}", mapped),
        Stop("bronze", f"file {file.file_id}, batch {file.batch}", identity, ledger),
        *(_table_stop(each) for each in found.tables),
    )


def _table_stop(table: TableVersion) -> Stop:
    layer = table.table.partition(".")[0]
    identity = f"version {table.version}" + (f", code {table.code}" if table.code else "")
    return Stop(layer, table.table, identity, f"{table.why}; {plural(table.rows, 'row')} today")


def _model_stop(model: ModelFacts | None) -> Stop:
    if model is None:
        return Stop(
            "model", "no model", "", "Nothing has been trained on these tables yet: `assay train`.", is_there=False
        )
    versions = ", ".join(f"{name} version {number}" for name, number in model.data_versions.items())
    state = "champion" if model.champion_since else "not champion"
    return Stop(
        "model",
        f"model {model.version}",
        f"{state}, trained {moment(model.trained_at)} UTC, code {model.code_revision}",
        f"Trained on {versions}",
    )


def _bundle_stop(bundle: BundleFacts | None, found: Lineage) -> Stop:
    if bundle is None:
        words = "No bundle carries this model" if found.model else "A bundle needs a model"
        return Stop("bundle", "no bundle", "", f"{words}: `assay bundle build`.", is_there=False)
    if bundle.problem:
        return Stop("bundle", bundle.path, f"sha256 {bundle.sha256}", f"Refused: {bundle.problem}", is_there=False)
    signed = ", ".join(bundle.key_ids)
    words = (
        f"{size(bundle.size_bytes)}, {plural(bundle.trees, 'tree')}, {plural(bundle.features, 'feature')}, "
        f"{plural(bundle.golden_rows, 'golden row')}; carries model {', '.join(bundle.model_versions)}; "
        f"signatures and all digests hold, signed by key {signed}; "
        f"{plural(found.bundle_scores, 'score')} in gold.predictions name it"
    )
    return Stop("bundle", bundle.identity, f"sha256 {bundle.sha256}", words)


def _trained(name: str, number: int, now: int | None) -> tuple[str, str, str]:
    if now is None:
        return name, str(number), "not in this lake"
    return name, str(number), "the same" if now == number else f"{now}, {now - number} newer"


def _ask(file: RawFile | None) -> str:
    if file is None:
        return ""
    return f"SELECT * FROM bronze.readings WHERE _file_id = '{file.file_id}' LIMIT 20"  # noqa: S608  # shown to a person, not run
