"""What is cited can be read: a standard, a paper, a measurement, a file of this repository."""

import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import REPO, tracked

# Names of documents that are not in the repository, and numbers of their sections and entries.
ELSEWHERE = (
    r"\bDES" r"IGN(?:\.md)?\b",
    r"\bREQUIRE" r"MENTS(?:\.md)?\b",
    r"\bSTY" r"LE(?:\.md\b|,? (?:\d|section))",
    r"\bhouse st" r"yle\b",
    r"\bseed[_ ]err" r"ata\b",
    r"\b(?:source|seed) doc" r"uments?\b",
    r"\bnotes (?:on \w+ )?\(?\d",
    r"\bnotes/\w+\.md\b",
    r"\bthe notes (?:say|promise|on)\b",
    r"\bproduct own" r"er\b",
    r"\b[Rr]equire" r"ments? [A-J]\d",
    r"\breference case of the requ" r"irements\b",
    r"\b[Ii]ss" r"ues? #?\d",
    r"\bSource(?: of [\w ]+)?: [A-J]\d{1,2}\b",
)  # fmt: skip
CITED = re.compile("|".join(ELSEWHERE))


def citations(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each citation of something that a reader of the repository does not have."""
    for match in CITED.finditer(source):
        yield source.count("\n", 0, match.start()) + 1, match[0]


def test_nothing_cites_a_document_that_is_not_here() -> None:
    found = []
    for path in tracked():
        data = (REPO / path).read_bytes()
        if b"\0" not in data:
            found += [f"{path}:{line}: {text!r}" for line, text in citations(data.decode("utf-8", "replace"))]

    assert not found, "cite the standard, paper, measurement or record of docs/decisions itself:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        "Source: DES" "IGN 6.",
        "see REQUIRE" "MENTS.md",
        "(REQUIRE" "MENTS B2)",
        "STY" "LE 5 says so",
        "Source: E" "5, over ten",
        "Source of the defaults: B" "2.",
        "notes on gates, table of 3.3 and no" "tes 3.5",
        "the source doc" "ument's code",
        "requirement F" "1, at most",
        "as iss" "ue 10 asks",
        "Source: product own" "er; a day",
    ],
)  # fmt: skip
def test_a_citation_of_another_document_is_found(line: str) -> None:
    assert {number for number, _ in citations(f"first\n{line}")} == {2}


@pytest.mark.parametrize(
    "line",
    [
        "Source: RFC 8032 section 5.1.3.",
        "Source: EEMUA 191, deadband",
        "STYLE = {",
        "https://github.com/apache/airflow/issues/70368",
        "Source: ISO 20816-3, zone C",
        "it notes its call and each requirement of the lock",
        "Source: `docs/decisions/0036-whole-numbers.md`.",
    ],
)
def test_what_can_be_read_may_be_cited(line: str) -> None:
    assert not list(citations(line))
