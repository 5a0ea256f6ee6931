"""Mend the theme's search, which fails for some words of any text that has many numbers.

Its index (lunr 2.3.9) merges nodes that have equal keys. A key lists the edges of a node, each as a letter and a node's
number: the edges "1" to node 2 and "3" to node 4 give 1234, as does one edge "1" to node 234. So different nodes are
merged, a query that meets one throws, and the reader gets no result. A separator makes the keys unambiguous.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.exceptions import PluginError

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig

WORKERS = "assets/javascripts/workers/search.*.min.js"
AMBIGUOUS, SEPARATED = "e=e+s+o.id}", 'e=e+s+o.id+","}'


def on_post_build(*, config: MkDocsConfig) -> None:
    """MkDocs has written the site. Raises PluginError if the theme has another search than the one that is known."""
    (worker,) = Path(config.site_dir).glob(WORKERS)
    code = worker.read_text("utf-8")
    if code.count(AMBIGUOUS) != 1:
        raise PluginError(
            f"{worker.name} is not the search that {Path(__file__).name} patches: check whether it is still necessary"
        )
    worker.write_text(code.replace(AMBIGUOUS, SEPARATED), "utf-8")
