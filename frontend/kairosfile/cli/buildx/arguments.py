"""The words of `docker buildx build`, and the same words as they may be shown: without the secrets in them."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HIDDEN = "***"

# Attributes of caches and outputs that are credentials, as in type=s3,secret_access_key=... or type=gha,token=...
_ATTRIBUTE = re.compile(r"((?:^|,)(?:[a-z_]*(?:token|secret|password)[a-z_]*|access_key_id)=)[^,]+", re.IGNORECASE)
_BUILD_ARG = re.compile(r"(.*(?:passwd|password|token|secret|api_?key|access_?key)[^=]*=).+", re.IGNORECASE | re.DOTALL)
_IN_ADDRESS = re.compile(r"(://[^\s/:@]+:)[^\s/@]+@")


@dataclass(frozen=True, slots=True)
class Request:
    """One build. `caches_from` and `caches_to` are written as buildx has them, such as `type=registry,ref=...`."""

    file: str
    context: str
    platforms: Sequence[str]
    tags: Sequence[str] = ()
    build_args: Mapping[str, str] | None = None
    outputs: Sequence[str] = ()
    caches_from: Sequence[str] = ()
    caches_to: Sequence[str] = ()
    push: bool = False
    load: bool = False
    more: Sequence[str] = ()
    attestations: Sequence[str] = ()

    def words(self, progress: str = "") -> list[str]:
        """Return the command line; `progress` is a kind of buildx's, its default where there is none."""
        words = ["docker", "buildx", "build"]
        for flag, values in self._flags(progress):
            words += [word for value in values for word in (flag, value)]
        words += [flag for flag, wanted in (("--push", self.push), ("--load", self.load)) if wanted]
        return [*words, *self.more, self.context]

    def _flags(self, progress: str) -> Iterator[tuple[str, Sequence[str]]]:
        yield "--progress", [progress] if progress else []
        yield "--file", [self.file]
        yield "--platform", [",".join(self.platforms)]
        yield "--tag", self.tags
        yield "--build-arg", [f"{name}={value}" for name, value in (self.build_args or {}).items()]
        yield "--cache-from", self.caches_from
        yield "--cache-to", self.caches_to
        yield "--output", self.outputs
        yield "--attest", self.attestations


def looks_secret(build_arg: str) -> bool:
    """Tell whether a build arg, `NAME=VALUE`, has the name of a secret."""
    return _BUILD_ARG.fullmatch(build_arg) is not None


def shown(words: Sequence[str]) -> str:
    """Return a command line for a shell, with `***` in place of what looks like a secret."""
    return shlex.join(_mask(before, word) for before, word in zip(["", *words], words, strict=False))


def _mask(before: str, word: str) -> str:
    flag, equals, value = word.partition("=")
    if flag.startswith("--") and equals:
        return f"{flag}={_mask(flag, value)}"
    if before == "--build-arg":
        word = _BUILD_ARG.sub(rf"\g<1>{HIDDEN}", word)
    elif before in {"--cache-from", "--cache-to", "--output", "-o"}:
        word = _ATTRIBUTE.sub(rf"\g<1>{HIDDEN}", word)
    return _IN_ADDRESS.sub(rf"\g<1>{HIDDEN}@", word)
