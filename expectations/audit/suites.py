"""Great Expectations suites made from contracts. The library is loaded on the first call: it takes seconds."""

import logging
import os
from typing import TYPE_CHECKING, Any

from expectations.audit.suite_description import Check, describe, suite_hash
from expectations.tables.contract import Severity, Table

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_SEVERITIES = {Severity.FAIL: "critical", Severity.QUARANTINE: "critical", Severity.WARN: "warning"}


def great_expectations() -> Any:
    """The library, loaded on the first call, silent and with its usage statistics off."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    import great_expectations as library  # noqa: PLC0415 seconds that only an audit should pay

    # What it logs beside its results is the engine's stack, once for each metric: the runner raises it once.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    return library


def suite_of(table: Table) -> "ExpectationSuite":
    """The suite of a table: same contract, same suite. Its `meta` carries the hash that commits carry."""
    library = great_expectations()
    expectations = [configuration(check).to_domain_obj() for check in describe(table)]
    return library.ExpectationSuite(
        name=table.name, expectations=expectations, meta={"suite_hash": suite_hash(table)}, notes=table.description
    )


def configuration(check: Check) -> "ExpectationConfiguration":
    """One expectation as Great Expectations keeps it; its `meta` carries the fault code."""
    great_expectations()
    from great_expectations.expectations.expectation_configuration import (  # noqa: PLC0415 see above
        ExpectationConfiguration,
    )

    return ExpectationConfiguration(
        type=check.type,
        kwargs=dict(check.arguments),
        meta={"code": check.code},
        notes=check.description,
        severity=_SEVERITIES[check.severity],
    )
