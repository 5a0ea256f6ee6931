"""Make pages of the site from files that live elsewhere in the repository, and links that work in both places.

A page is written to be read in the repository too, where links lead to files. On the site, a link to a file that
is a page becomes a link to that page, and one to any other file leads to the repository. MkDocs' strict mode
judges what is left: a link to nothing stays as it is, and fails.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
ADDED = {
    "reference.md": "kairosfile-spec/reference.md",
    "kairosfile.schema.json": "kairosfile-spec/kairosfile.schema.json",
    "conformance.md": "kairosfile-spec/README.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "llb.md": "examples/llb/README.md",
}
TUTORIAL = "examples/*/Kairosfile"
LINK = re.compile(r"(?<=\]\()(?P<path>[^)\s#:]+)(?P<anchor>#[^)\s]*)?(?=\))")
FENCE = re.compile(r"^ *```")


def added() -> dict[str, Path]:
    """Return the files from outside of docs/, by their places on the site."""
    places = {place: ROOT / path for place, path in ADDED.items()}
    pages = [kairosfile.with_name("README.md") for kairosfile in ROOT.glob(TUTORIAL)]
    return places | {f"tutorial/{page.parent.name}.md": page for page in pages if page.exists()}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """MkDocs asks for the files of the site."""
    for place, path in added().items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """MkDocs has read a page, and looks at its links next."""
    places = {Path(file.abs_src_path): file.src_uri for file in files if file.abs_src_path}
    source = Path(page.file.abs_src_path or page.file.src_uri)

    def link(match: re.Match[str]) -> str:
        target = (source.parent / match["path"]).resolve()
        place = places.get(target) or places.get(target / "README.md")
        if place is None:
            return _in_repository(target, config.repo_url) or match[0]
        return posixpath.relpath(place, posixpath.dirname(page.file.src_uri)) + (match["anchor"] or "")

    return "\n".join(LINK.sub(link, line) if prose else line for line, prose in _lines(markdown))


def _in_repository(target: Path, address: str | None) -> str | None:
    """Return the address of a file or a folder of the repository, if it is one."""
    if not (target.exists() and target.is_relative_to(ROOT)):
        return None
    return f"{address}/{'tree' if target.is_dir() else 'blob'}/main/{target.relative_to(ROOT)}"


def _lines(markdown: str) -> list[tuple[str, bool]]:
    """Return the lines of a page, and whether they are prose; code is not."""
    lines, prose = [], True
    for line in markdown.split("\n"):
        fence = bool(FENCE.match(line))
        prose = prose != fence
        lines.append((line, prose and not fence))
    return lines
