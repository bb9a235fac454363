"""The small feeds, each with its table and with what makes a record impossible."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.feeds import ANSWERS
from expectations.tables.arrow_columns import Flags
from expectations.tables.silver_feeds import ALARM_ANSWERS, ANSWERS_GIVEN
from silver.small_feed import SmallFeed


def _is_unknown_answer(rows: pa.Table) -> Flags:
    known: Flags = pc.is_in(rows.column("answer"), pa.array(ANSWERS_GIVEN)).to_numpy()
    return np.logical_not(known)


SMALL_FEEDS = (SmallFeed(ANSWERS, ALARM_ANSWERS, "answer", {"unknown_answer": _is_unknown_answer}),)
