"""Opens a Kairosfile for every command: a path, `-`, a folder, or a file in a git revision.

With it come its build context, its lock file and the platforms to plan it for. `.dockerignore` is not applied to the
build context: the build says what it hides.
"""

from __future__ import annotations

import os
import platform as machine
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kairosfile import language, sections
from kairosfile.cli.errors import CliError
from kairosfile.cli.files import ContextFolder, RevisionFiles, is_revision, lock_in_revision, read_file, read_revision
from kairosfile.cli.options import FILE
from kairosfile.cli.output import say
from kairosfile.kairos.releases import MODEL_ARCHITECTURE, MODELS_FOR_ANY_PLATFORM
from kairosfile.language import lockfile
from kairosfile.language.files import clean
from kairosfile.language.renderers import Checked, render_text
from kairosfile.oci import Platform
from kairosfile.plan.resolve import resolve
from kairosfile.plan.targets import TargetError, select
from kairosfile.untrusted import MAX_COMPANION, RefusedFileError, too_large

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kairosfile.language.lockfile import Lock
    from kairosfile.plan import Plan
    from kairosfile.sections import Document

STANDARD_INPUT = "-"
EXIT_OK, EXIT_ERRORS = 0, 1


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """Inputs to a load other than the file: build args, platforms, build context.

    Attributes:
        build_args: By name.
        platforms: The requested ones, such as `linux/arm64`; empty for those of the file, its board or this machine.
        context: The folder of the build context; None for the folder that the file is in.
    """

    build_args: Mapping[str, str] = field(default_factory=dict)
    platforms: Sequence[str] = ()
    context: str | None = None

    @classmethod
    def parse(
        cls,
        build_args: Iterable[str] | None = None,
        platforms: Iterable[str] | str | None = None,
        context: str | None = None,
    ) -> Self:
        """Return the options of a command line.

        Args:
            build_args: Each `NAME=VALUE`, or `NAME` for the value of the environment, as docker reads them.
            platforms: Each a platform, or several separated by commas.
            context: The folder of the build context.

        Raises:
            CliError: One of them is malformed.
        """
        pairs = dict(pair for text in build_args or () if (pair := _build_arg(text)))
        listed = [platforms] if isinstance(platforms, str) else platforms or ()
        return cls(pairs, [_platform(part) for text in listed for part in text.split(",")], context)


def _build_arg(text: str) -> tuple[str, str] | None:
    name, equals, value = text.partition("=")
    if not name:
        raise CliError(f'invalid --build-arg "{text}": write NAME=VALUE, or NAME to take it from the environment')
    if equals:
        return name, value
    if name in os.environ:
        return name, os.environ[name]
    say(f"warning: --build-arg {name} has no value: the environment has no variable {name}")
    return None


def _platform(text: str) -> str:
    """Return a platform as BuildKit spells it; an architecture alone is one of Linux, as in docker."""
    try:
        return str(Platform.parse(text if "/" in text else _of_one_word(text)).normalized())
    except ValueError as error:
        raise CliError(f'invalid --platform "{text}": write OS/ARCH, such as linux/arm64') from error


def _of_one_word(text: str) -> str:
    return here() if text == "linux" else f"linux/{text}"


def locate(
    argument: str | None, file_option: str | None, load_options: LoadOptions | None = None
) -> tuple[str, LoadOptions]:
    """Return the Kairosfile that a command line names, and the options with the build context that it names.

    Args:
        argument: The positional one. A folder has the file `Kairosfile`; beside `file_option` it is the build context,
            as in `docker buildx build -f FILE FOLDER`.
        file_option: That of `-f`.
        load_options: Those of the other options.

    Raises:
        CliError: Both name a file.
    """
    load_options = load_options or LoadOptions()
    if argument is None or file_option is None:
        return in_folder(argument or file_option or FILE), load_options
    if not Path(argument).is_dir():
        raise CliError(f"two files are named, -f {file_option} and {argument}: leave one of them out")
    context = argument if load_options.context is None else load_options.context
    return in_folder(file_option), replace(load_options, context=context)


def in_folder(name: str) -> str:
    """Return the Kairosfile of a folder; any other name as it is."""
    return str(Path(name) / FILE) if name != STANDARD_INPUT and Path(name).is_dir() else name


def on_disk(file: str, command: str) -> str:
    """Return the name of a file; raises CliError for one that a command cannot use."""
    if file == STANDARD_INPUT or is_revision(file):
        raise CliError(f"{command} needs a file on disk (not stdin or REVISION:FILE)")
    return file


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A Kairosfile that was read: its bytes, its text, its build context and its lock file."""

    data: bytes
    source: language.Source
    files: language.Files
    lock: Lock | None


def open_file(name: str, load_options: LoadOptions) -> OpenedFile:
    """Return a file by its name; raises KairosfileError and CliError."""
    in_revision = is_revision(name)
    data = read_revision(name) if in_revision else read_bytes(name)
    source = language.decode("<stdin>" if name == STANDARD_INPUT else name, data)
    if not in_revision:
        return OpenedFile(data, source, files_of(name, load_options), lock_of(name))
    files = RevisionFiles(name) if load_options.context is None else files_of(name, load_options)
    return OpenedFile(data, source, files, lock_in_revision(name))


def read_document(opened: OpenedFile, load_options: LoadOptions) -> Document:
    """Return the document of a file that was opened; raises KairosfileError."""
    return sections.read(
        opened.source,
        load_options.build_args,
        platforms=load_options.platforms,
        files=opened.files,
        lock=opened.lock,
    )


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file on the platform of its plan, with its bytes and the requested name."""

    name: str
    document: Document
    plan: Plan
    data: bytes = b""


def load(name: str, load_options: LoadOptions, target: str | None = None) -> Loaded:
    """Return a file with its plan for one platform.

    Args:
        name: A path, `-`, a folder or REVISION:FILE.
        load_options: The first of its platforms counts; without one it is the first that the file names, else its
            board's, else this machine's.
        target: What `--target` names, all of the plan for None.

    Raises:
        KairosfileError: The file has errors.
        CliError: It cannot be read, or has no such target.
    """
    (loaded,) = _load(name, load_options, 1)
    return replace(loaded, plan=of_target(loaded.plan, target))


def load_all(name: str, load_options: LoadOptions) -> list[Loaded]:
    """Return a file with its plan for each platform, in their order; raises KairosfileError and CliError."""
    return _load(name, load_options, None)


def _load(name: str, load_options: LoadOptions, count: int | None) -> list[Loaded]:
    opened = open_file(in_folder(name), load_options)
    document = read_document(opened, load_options)
    platforms = platforms_of(document, load_options.platforms)[:count]
    plans, documents = resolve(document, platforms), document.for_platforms(platforms)
    return [
        Loaded(document.source.filename, own, plan, opened.data) for own, plan in zip(documents, plans, strict=True)
    ]


def of_target(plan: Plan, target: str | None) -> Plan:
    """Return the plan of what `--target` names, all of the plan for None; raises CliError."""
    try:
        return plan if target is None else select(plan, target)
    except TargetError as error:
        raise CliError(str(error)) from error


def report_errors(error: language.KairosfileError) -> int:
    """Write the errors of a file to standard error; returns the exit status."""
    sys.stderr.write(render_text([Checked.of(error.source, error.diagnostics)]))
    return EXIT_ERRORS


def platforms_of(document: Document, platforms: Sequence[str]) -> list[str]:
    """Return the requested platforms, else those of the file, else its board's, else this machine's.

    This machine runs the command: no daemon is requested.
    """
    return list(platforms or document.model.platforms or [for_board(document.model.model)])


def for_board(model: str) -> str:
    """Return the platform of a board; if it may be any, that of this machine."""
    return here() if model in MODELS_FOR_ANY_PLATFORM else f"linux/{MODEL_ARCHITECTURE}"


def here() -> str:
    """Return the platform of this machine; BuildKit builds for Linux whatever the machine runs."""
    return str(Platform.parse(f"linux/{machine.machine()}").normalized())


def lock_of(file: str, shown: str = "") -> Lock | None:
    """Return the lock file beside a file, None without one; raises KairosfileError and CliError.

    Diagnostics name it beside `shown`, the file as it is named to the reader, by default as it was opened.
    """
    beside = Path(file + lockfile.SUFFIX)
    if file == STANDARD_INPUT or ContextFolder(beside.parent).resolve(beside.name) is None:
        return None
    return lockfile.read((shown or file) + lockfile.SUFFIX, read_bytes(str(beside)))


def files_of(file: str, load_options: LoadOptions) -> FolderFiles:
    """Return the build context of a file: the requested one, else the folder of the file."""
    return FolderFiles(Path(context_of(file, load_options)))


def context_of(file: str, load_options: LoadOptions) -> str:
    """Return the path of the build context of a file."""
    if load_options.context is not None:
        return load_options.context
    return str(Path() if file == STANDARD_INPUT else Path(file).parent)


def read_bytes(file: str) -> bytes:
    """Return the content of a file or of standard input; raises CliError."""
    try:
        return _standard_input() if file == STANDARD_INPUT else read_file(file)
    except RefusedFileError as error:
        raise CliError(str(error)) from error
    except OSError as error:
        raise CliError(f"{file} cannot be read: {error.strerror}{_hint(file)}") from error


def _hint(file: str) -> str:
    return "; name a file, or write one with `kairosfile new`" if file == FILE and not Path(file).exists() else ""


def _standard_input() -> bytes:
    data = sys.stdin.buffer.read(MAX_COMPANION + 1)
    if reason := too_large(len(data)):
        raise RefusedFileError("<stdin>", reason.replace("has", "has at least"))
    return data


class FolderFiles:
    """Files below a folder, as the language reads them; raises CliError for one that is there and cannot be read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = ContextFolder(root)

    def load(self, paths: Iterable[str]) -> None:
        """Do nothing: the folder has them all."""

    def read(self, path: str) -> bytes | None:
        """Return the content of a file, or None; raises RefusedFileError for what no build reads."""
        try:
            return self._folder.read(clean(path))
        except (OSError, ValueError) as error:
            raise CliError(f"cannot read {path}: {error}") from error

    def names(self, path: str) -> list[str] | None:
        """Return the same as `list`: nothing is transferred."""
        return self.list(path)

    def list(self, path: str) -> list[str] | None:
        """Return the names of the files directly in a folder, sorted; None if the folder is missing."""
        names = self._folder.list(clean(path))
        return None if names is None else [*names]

    def folders(self, path: str) -> Sequence[str]:
        """Return the names of the folders directly in a folder, sorted."""
        return self._folder.folders(clean(path))

    def below(self, path: str) -> Sequence[str]:
        """Return the paths of all files below a folder; links are not followed."""
        return self._folder.below(clean(path))

    def exists(self, path: str) -> bool:
        """Return whether there is a file or a folder at a path; links are followed within the folder."""
        return not clean(path) or self._folder.resolve(clean(path)) is not None
