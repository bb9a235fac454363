"""Where the engine's Python workers come from: pyspark's own daemon, relieved of archives and with libraries at hand.

Spark puts two archives before the installed packages. Before each task pyspark lets every importer forget what it
knows, and the archives' read their directories again: 0.1 s a task, as much as 100,000 records take (measured, pyspark
4.1.4). A worker is a fork of the daemon: what is loaded here is loaded once, and what is frozen, the collector skips.
"""

import gc
import sys
from importlib import import_module

_ARCHIVES = (".zip", ".jar")
_LIBRARIES = ("duckdb", "numpy", "pyarrow.compute", "pyarrow.parquet", "pyspark.worker")


def forget_archives() -> None:
    """Take archives off the path; the packages in them are installed too."""
    sys.path[:] = [place for place in sys.path if not place.endswith(_ARCHIVES)]
    for place in [place for place in sys.path_importer_cache if any(name in place for name in _ARCHIVES)]:
        del sys.path_importer_cache[place]


def load_libraries() -> None:
    """Load what most workers need."""
    for name in _LIBRARIES:
        import_module(name)
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    forget_archives()
    from pyspark.daemon import manager

    load_libraries()
    manager()
