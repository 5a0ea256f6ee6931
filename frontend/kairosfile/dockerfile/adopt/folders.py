"""The parent folders that COPY, ADD and WORKDIR create, with their owner and mode.

A builder gives each missing folder the owner of the files, and since BuildKit 0.21 their mode. The steps `copy`, `file`
and `fetch` make folders as root with mode 0755, on every builder. Where that differs, a `run` step before them makes
what is missing.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from kairosfile.dockerfile.adopt.state import ROOT_USERS
from kairosfile.kairos.distributions import family_for
from kairosfile.sections.hooks.values import mode_bits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kairosfile.dockerfile.adopt.account import Entry
    from kairosfile.dockerfile.adopt.state import Adoption

USUAL_MODE = 0o755
_PERMISSIONS = 0o777
# Twice the characters of a folder and all above it: a step names each of them.
LONGEST_PATHS = 1 << 14
# Folders of a Dockerfile: each is compared with all before it.
MOST_FOLDERS = 300

# Folders that every Linux base has.
_ALWAYS_THERE = re.compile(
    r"/|/(?:bin|boot|dev|etc|home|lib|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp|usr|var)"
    r"|/usr/(?:bin|lib|sbin|share)|/var/(?:cache|lib|log|tmp)"
)
# Folders that a base with systemd has too.
_OF_SYSTEMD = re.compile(
    r"/usr/local(?:/s?bin|/lib|/share)?|(?:/etc|/lib|/usr/lib)/systemd(?:/system)?|/etc/(?:default|profile\.d)"
)
# Folders whose owner or mode `--link` would change, because it does not see that they are there.
_NOT_OPEN = re.compile(r"/(?:root|tmp|proc|sys|dev|run)|/var/tmp")
_SHELL_TEXT = re.compile(r"(?:[\w./@+:=,%-]|\$\{\w+\})+", re.ASCII)


def is_always_there(folder: str) -> bool:
    """Return whether every base has a folder."""
    return bool(_ALWAYS_THERE.fullmatch(folder))


def add_folders(adoption: Adoption, entry: Entry, folder: str, owner: str, mode: str) -> None:
    """Add the step that creates a folder and its parents with the owner and the mode of the copied files.

    `owner` and `mode` are those of the instruction, empty where it has none.
    """
    bits = USUAL_MODE if not mode else (mode_bits(mode) or 0) & _PERMISSIONS
    is_link = entry.instruction.flag("link") not in ("", "false")
    if is_link and bits != USUAL_MODE and adoption.ejected is None:
        is_link = False
        adoption.report_unsupported(
            entry, f"which folders above {folder} get the mode {mode} by --link, a builder decides"
        )
    is_plain = owner in ROOT_USERS and bits == USUAL_MODE
    is_much = len(folder) * folder.count("/") > LONGEST_PATHS or len(adoption.made_folders) >= MOST_FOLDERS
    if is_much:
        if is_link or not is_plain:
            why = "so long a path" if len(adoption.made_folders) < MOST_FOLDERS else f"more than {MOST_FOLDERS} paths"
            adoption.report_unsupported(entry, f"the folders above {why} are root's with mode 0755 in the Kairosfile")
        return
    missing = list(_missing(adoption, folder, is_link=is_link, is_plain=is_plain))
    adoption.made_folders[folder] = len(adoption.steps)
    if not missing or adoption.ejected is not None:
        return
    if not all(map(_SHELL_TEXT.fullmatch, [*missing, owner or "root"])):
        adoption.report_unsupported(entry, f"what is missing of {folder} is root's with mode 0755 in the Kairosfile")
        return
    line, owner = entry.instruction.line, _with_group(owner, adoption.scope.value(owner, entry).text)
    text = "\n".join(_command(path, owner, bits, is_link=is_link) for path in missing)
    name = f"folders of line {line} of the Dockerfile"
    adoption.add_step(entry, {"name": name, "run": text, "network": "none"})
    adoption.made_folders[folder] = len(adoption.steps)
    if bits != USUAL_MODE:
        adoption.account.notices.append(
            f"line {line}: where {folder} is missing, it is made with the mode {bits:04o} of the files, as BuildKit "
            "0.21 and newer do; older ones make it 0755, and Docker's own builder takes its umask off"
        )


def _missing(adoption: Adoption, folder: str, *, is_link: bool, is_plain: bool) -> Iterator[str]:
    """Yield the folders that a step may create differently, outermost first."""
    paths = _with_parents(folder)
    if is_link:
        yield from (path for path in paths if path != "/" and (not is_plain or _NOT_OPEN.fullmatch(path)))
        return
    if is_plain or _is_made(adoption, folder):
        return
    family = family_for(None, adoption.stages.base.start.text)
    has_systemd = family is not None and family.has_systemd
    for path in paths:
        is_there = is_always_there(path) or (has_systemd and _OF_SYSTEMD.fullmatch(path))
        if not is_there and not _is_made(adoption, path):
            yield path


def _with_parents(folder: str) -> list[str]:
    folders = [folder]
    while folders[0] != posixpath.dirname(folders[0]):
        folders.insert(0, posixpath.dirname(folders[0]))
    return folders


def _is_made(adoption: Adoption, folder: str) -> bool:
    """Return whether earlier instructions created a folder and no later command names it."""
    indexes = [at for path, at in adoption.made_folders.items() if path == folder or path.startswith(f"{folder}/")]
    later = adoption.steps[max(indexes) :] if indexes else []
    return bool(indexes) and not any(folder in str(record.data.get("run", "")) for record in later)


def _command(path: str, owner: str, bits: int, *, is_link: bool) -> str:
    """Return the command that creates a folder; with `--link` it also sets owner and mode of an existing one."""
    word = _quoted(path)
    if is_link:
        return f"mkdir -p {word} && chown {_quoted(owner or 'root:root')} {word} && chmod {bits:04o} {word}"
    command = f"mkdir -m {bits:04o} {word}"
    if owner not in ROOT_USERS:
        command = f"{{ {command} && chown {_quoted(owner)} {word}; }}"
    return f"[ -d {word} ] || {command}"


def _quoted(word: str) -> str:
    return f'"{word}"' if "$" in word else shlex.quote(word)


def _with_group(owner: str, default: str) -> str:
    """Return an owner with its group: BuildKit's default is the uid as gid, or the group with the user's name."""
    if owner in ROOT_USERS or ":" in default:
        return owner
    return f"{owner}:{owner if default.isdigit() else ''}"
