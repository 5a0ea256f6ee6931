"""The checks of cloud-configs and of stage extensions: files of the image, of artifacts and for kairos-init.

Kairos merges all files of /system/oem, /oem and /usr/local/cloud-config. It skips a file that does not begin with one
of three headers, unless the file has `stages`, which yip reads in any case; so a missing header goes unnoticed until
the machine boots.

With `template: true`, args are put into the file of a cloud-config. AuroraBoot expands its own templates, `[[[ .name
]]]`, in files of its command line; cloud-configs are put into images and artifacts unchanged here, so they would not
be expanded.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from kairosfile.kairos.releases import Release
from kairosfile.language import parser, rules, templates
from kairosfile.language.diagnostics import MAX_GUESSES, Diagnostic, KairosfileError, did_you_mean, nearest
from kairosfile.language.files import clean, leaves_context
from kairosfile.language.nodes import Position, Range, Source
from kairosfile.language.parser import decode
from kairosfile.named_tuple import NamedTuple
from kairosfile.paths import join
from kairosfile.patterns import compile_later
from kairosfile.sections.cloud_config.extensions import check_extension, is_extension
from kairosfile.sections.cloud_config.schema import FOLDER, HEADERS, NO_GIT, WITH_HEADER, Header, Reader, header_of
from kairosfile.sections.cloud_config.tree import check_tree, names_of, whole_folder
from kairosfile.sections.lint.secrets import secrets_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.language.files import Files
    from kairosfile.language.nodes import Node, Path
    from kairosfile.sections.document import Document


HINT = "paths start at the root of the build context; check the name, and .dockerignore"
_NAME = compile_later(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*\.ya?ml")

# What is known of the programs that read a cloud-config begins with those of this release: what they refuse is only a
# warning for older ones.
FIRST_KNOWN_READERS = Release(0, 5, 0, "rc", 1)
_BY_READERS = frozenset({rules.CLOUD_CONFIG, rules.CLOUD_CONFIG_TYPE, rules.CLOUD_CONFIG_AFTER})

STAGES = "stages"
_LIMITS = "it is not checked here"
MOST_REPORTED = 100  # of one text; it may have hundreds of thousands

_OF_AURORABOOT = compile_later(r"\[\[\[-?[ \t]*\.\w[^\n]{0,200}?\]\]\]")


def names(document: Document) -> Iterator[Diagnostic]:
    """Each has a unique file name that Kairos reads."""
    names: set[str] = set()
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index, "name")
        if not _NAME.fullmatch(item.name):
            message = f'"{item.name}" is not a file that Kairos reads'
            yield document.diagnostic(
                rules.CLOUD_CONFIG, path, message, "write a name such as 90_custom.yaml, without folder"
            )
        elif item.name in names:
            message = f'there is another cloud-config "{item.name}" above'
            yield document.diagnostic(rules.CLOUD_CONFIG, path, message, "give each a different name")
        names.add(item.name)


class NamedFile(NamedTuple):
    """A file of the build context that a field at `path` names as a cloud-config; a template gets args."""

    path: Path
    name: str
    is_template: bool


def contents(document: Document) -> Iterator[Diagnostic]:
    """Each has one content, and Kairos can read it."""
    for index, item in enumerate(document.model.cloud_config):
        path = ("cloud_config", index)
        has_content = "content" in document.root.find(path).fields
        if has_content == (item.from_ is not None):
            what = "both content and from" if has_content else "neither content nor from"
            message = f'the cloud-config "{item.name}" has {what}'
            yield document.diagnostic(
                rules.CLOUD_CONFIG, path, message, "write the content here, or name a file, not both"
            )
        elif has_content:
            yield from _proven(document, _content(document, (*path, "content"), _reader(document, index)))
        else:
            named = NamedFile((*path, "from"), str(item.from_), item.template)
            yield from _proven(document, diagnostics_of_file(document, named, _reader(document, index)))


def _proven(document: Document, diagnostics: Iterator[Diagnostic]) -> Iterator[Diagnostic]:
    is_known = document.model.kairos_init.release >= FIRST_KNOWN_READERS
    for diagnostic in diagnostics:
        yield diagnostic if is_known or diagnostic.rule not in _BY_READERS else diagnostic.weakened()


def _reader(document: Document, index: int) -> Reader:
    """Return the reader of one of the files, with the names of the steps of the others."""
    names: dict[str, frozenset[str]] = {}
    for other, item in enumerate(document.model.cloud_config):
        root = _root(document, other) if other != index else None
        for stage, step_names in names_of(root, f"{FOLDER}/{item.name}").items() if root else ():
            names[stage] = names.get(stage, frozenset()) | step_names
    path = f"{FOLDER}/{document.model.cloud_config[index].name}"
    return Reader("image", document.model.kairos_init.release, path, names)


def _root(document: Document, index: int) -> Node | None:
    """Return the tree of one of the files, None if it cannot be read."""
    node = document.root.find(("cloud_config", index)).fields
    content, name = node.get("content"), document.model.cloud_config[index].from_
    if content is not None and isinstance(content.value, dict):
        return content
    text = content.value if content is not None else _text(document, name)
    try:
        return parser.parse(Source("", text)) if isinstance(text, str) else None
    except KairosfileError:
        return None


def _text(document: Document, name: str | None) -> str | None:
    data = document.files.read(name) if document.files and name and not leaves_context(name) else None
    return data.decode(errors="replace") if data is not None else None


def _content(document: Document, path: Path, reader: Reader) -> Iterator[Diagnostic]:
    node = document.root.find(path)
    if isinstance(node.value, dict):
        yield from check_tree(node, WITH_HEADER, reader)
        yield from _unfilled_values(node)
    elif isinstance(node.value, str):
        file = node.range.source or document.source
        # An inserted value of several lines moves the text after it.
        is_moved = bool(node.set_by) and any("\n" in value for value in document.args.values())
        shift = None if is_moved else shift_of_block(file, node)
        text = Source(file.filename, node.value)
        for diagnostic in (*unfilled(text), *check_text(text, reader)):
            if shift is None:
                yield diagnostic._replace(range=node.range, fix=None)
            else:
                yield diagnostic.placed(lambda range_: shifted(range_, shift, node.range.source))
    else:
        message = "the content of a cloud-config is a text or a mapping"
        yield document.diagnostic(rules.WRONG_TYPE, path, message, "write `content: |` and the file below it")


def _unfilled_values(node: Node) -> Iterator[Diagnostic]:
    if isinstance(node.value, str):
        yield from (diagnostic._replace(range=node.range) for diagnostic in unfilled(Source("", node.value)))
    for child in (*node.fields.values(), *node.items):
        yield from _unfilled_values(child)


def diagnostics_of_file(document: Document, file: NamedFile, reader: Reader) -> Iterator[Diagnostic]:
    """Yield the diagnostics of a file that is used as a cloud-config."""
    if leaves_context(file.name):
        message = f'"{file.name}" leaves the build context'
        yield document.diagnostic(rules.PATH, file.path, message, "move the file into the context")
    elif document.files is not None:
        data = document.files.read(file.name)
        if data is None:
            yield document.diagnostic(rules.MISSING_FILE, file.path, f'there is no file "{file.name}"', HINT)
        else:
            yield from _of_file(document, file, data, reader)


def _of_file(document: Document, file: NamedFile, data: bytes, reader: Reader) -> Iterator[Diagnostic]:
    try:
        source = decode(file.name, data)
    except KairosfileError as error:
        yield from (diagnostic.placed(error.source.hold) for diagnostic in error.diagnostics)
        return
    if data.startswith(codecs.BOM_UTF8):
        message = "a byte order mark precedes the first line, so Kairos does not recognise the header"
        range_ = source.hold(Range.of(1, 1, max(1, len(source.line(1)))))
        yield Diagnostic(rules.CLOUD_CONFIG, range_, message, "save the file as UTF-8 without a byte order mark")
    text, diagnostics = fill(document, source) if file.is_template else (source, [])
    for diagnostic in (*diagnostics, *unfilled(source), *check_text(text, reader), *secrets_of_text(source)):
        yield diagnostic.placed(source.hold)


def folder(document: Document) -> Iterator[Diagnostic]:
    """kairos-init can read every stage extension; it would silently ignore the others."""
    path, files = document.model.stage_extensions, document.files
    if path is None or files is None or leaves_context(path) or not clean(path):
        return
    names = files.list(path)
    if names is None:
        yield document.diagnostic(rules.MISSING_FILE, ("stage_extensions",), f'there is no folder "{path}"', HINT)
        return
    extensions = [name for name in names if is_extension(name)]
    if not extensions:
        message = f'no file directly in "{path}" is a stage extension'
        hint = "give extensions names that end in .yaml or .yml"
        yield document.diagnostic(rules.STAGE_EXTENSION, ("stage_extensions",), message, hint)
    for name in extensions:
        yield from _file(document, files, join(path, name))


def _file(document: Document, files: Files, path: str) -> Iterator[Diagnostic]:
    data = files.read(path)
    if data is None:
        return
    try:
        source = decode(path, data)
        yield from check_extension(source, document.model.kairos_init.release)
        yield from (diagnostic.placed(source.hold) for diagnostic in secrets_of_text(source))
    except KairosfileError as error:
        yield from (diagnostic.placed(error.source.hold) for diagnostic in error.diagnostics)


def check_text(source: Source, reader: Reader) -> list[Diagnostic]:
    """Return the diagnostics of the text of a cloud-config, with ranges in the text."""
    header = header_of(source.text, below_comments=reader.finds_late_headers)
    try:
        root = parser.parse(source)
    except KairosfileError as error:
        return [_not_read(diagnostic, header, reader) for diagnostic in error.diagnostics]
    diagnostics = []
    if isinstance(root.value, dict) and not header.line and (STAGES not in root.fields or reader.place == "iso"):
        diagnostics.append(_no_header(source))
        header = WITH_HEADER
    return [*diagnostics, *check_tree(root, header, reader)]


def _no_header(source: Source) -> Diagnostic:
    range_ = Range.of(1, 1, max(1, len(source.line(1))))
    message = "Kairos skips a cloud-config that does not say what it is"
    return Diagnostic(rules.CLOUD_CONFIG, range_, message, f"begin it with the line {HEADERS[0]}")


def _not_read(diagnostic: Diagnostic, header: Header, reader: Reader) -> Diagnostic:
    """Return the effect of a parser diagnostic on the machine, whose parser accepts more texts than this one."""
    if diagnostic.rule is rules.TOO_LARGE:
        return diagnostic._replace(rule=rules.CLOUD_CONFIG_EFFECT, message=f"{diagnostic.message}: {_LIMITS}")
    if diagnostic.rule is rules.DUPLICATE_KEY and not header.cloud_init and reader.release < NO_GIT:
        return diagnostic._replace(
            rule=rules.CLOUD_CONFIG_EFFECT, message=f"{diagnostic.message}: only the last one counts"
        )
    message = f"this is not a cloud-config: {diagnostic.message}; {whole_folder(reader)}"
    return Diagnostic(rules.CLOUD_CONFIG, diagnostic.range, message, diagnostic.hint)


def shift_of_block(file: Source, node: Node) -> tuple[int, int] | None:
    """Return the offset in lines and columns of a text in the file; None unless it is a literal block."""
    start = node.range.start
    if not file.line(start.line)[start.column - 1 :].startswith("|"):
        return None
    lines = str(node.value).split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    line = file.line(start.line + 1 + first)
    return (start.line, len(line) - len(lines[first])) if line.endswith(lines[first]) else None


def shifted(range_: Range, by: tuple[int, int], source: Source | None) -> Range:
    """Return a range in the text of a block as a range in its file."""
    start, end = (Position(it.line + by[0], it.column + by[1]) for it in (range_.start, range_.end))
    return Range(start, end, source)


def unfilled(source: Source) -> Iterator[Diagnostic]:
    """Yield an error for each of AuroraBoot's templates in a text, at most MOST_REPORTED."""
    return (diagnostic for diagnostic, _ in zip(_unfilled(source), range(MOST_REPORTED), strict=False))


def _unfilled(source: Source) -> Iterator[Diagnostic]:
    for number, line in enumerate(source.text.split("\n"), 1):
        for match in _OF_AURORABOOT.finditer(line):
            message = f"nothing expands {match[0]} here: it would stay in the file unchanged"
            hint = "write `template: true` beside the file or its content, and ${NAME} of an arg here"
            yield Diagnostic(
                rules.CLOUD_CONFIG_TEMPLATE, Range.of(number, match.start() + 1, len(match[0])), message, hint
            )


def fill(document: Document, source: Source) -> tuple[Source, list[Diagnostic]]:
    """Return the text of a file with the args of a document inserted, and diagnostics of unresolved references."""
    text, gaps = templates.fill_text(source.text, document.args)
    return Source(source.filename, text), [_diagnostic(document, source, gap) for gap in gaps[:MOST_REPORTED]]


def filled_text(document: Document, path: Path, name: str) -> str:
    """Return the expanded text of the file that the field at `path` names; raises KairosfileError without the file."""
    data = document.files.read(name) if document.files else None
    if data is None:
        message = f'the template "{name}" cannot be filled: the build context is not here'
        diagnostic = document.diagnostic(rules.MISSING_FILE, path, message, "give the folder that is the build context")
        raise KairosfileError(document.source, [diagnostic])
    return templates.fill_text(data.decode("utf-8-sig"), document.args)[0]


def args_of_file(document: Document, name: str) -> tuple[str, ...]:
    """Return the fields of the args that a file names."""
    data = document.files.read(name) if document.files else None
    return args_of(document, (data or b"").decode(errors="replace"))


def args_of(document: Document, text: str) -> tuple[str, ...]:
    """Return the fields of the args that a text names."""
    return tuple(f"args.{name}" for name in templates.args_named_in(text) if name in document.model.args)


def _diagnostic(document: Document, source: Source, gap: templates.Gap) -> Diagnostic:
    before = source.text[: gap.start]
    start = Position(before.count("\n") + 1, gap.start - before.rfind("\n"))
    range_ = Range(start, Position(start.line, start.column + gap.end - gap.start))
    if not gap.name:
        hint = "write ${NAME} or ${NAME:-default}, and $$ for a dollar"
        return Diagnostic(rules.INTERPOLATION, range_, 'a "${" begins no arg', hint)
    suggestion = nearest(gap.name, document.args) if len(document.args) < MAX_GUESSES else ""
    hint = did_you_mean(suggestion) or f"declare it: `args: {{{gap.name}: a default}}`, or write $$"
    return Diagnostic(rules.UNDEFINED_ARG, range_, f'there is no arg "{gap.name}"', hint)


RULES = (names, contents, folder)
