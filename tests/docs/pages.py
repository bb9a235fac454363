"""The pages that a user reads: README, guides, runbooks."""

from pathlib import Path

from tests.architecture.sources import REPO

PAGES = [Path("README.md"), *sorted(p.relative_to(REPO) for p in [*REPO.glob("docs/*.md"), *REPO.glob("dags/docs/*")])]
