"""`kairosfile new`: questions where there is a person to ask, and files that were not there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

from kairosfile import spec
from kairosfile.cli.new_files import CI_FILES, FIRST_VERSION, Answers, files
from kairosfile.cli.stop import StopError
from kairosfile.kairos.names import VERSION
from kairosfile.kairos.proposals import BASES, GENERIC, PROVIDERS, TRUSTED, distributions_for, models
from kairosfile.spec.diagnostics import did_you_mean, listing

NONE = "none"
EXECUTABLE = 0o755


class Wanted(NamedTuple):
    """What the flags say; None is for what they leave open."""

    distribution: str | None = None
    model: str | None = None
    provider: str | None = None
    version: str | None = None
    trusted_boot: bool | None = None
    ci: str | None = None


def start(folder: str, wanted: Wanted, *, ask: bool, force: bool) -> int:
    """Write the files of a new image; returns the exit status. Raises StopError, and then writes nothing."""
    asks = ask and sys.stdin.isatty() and sys.stdout.isatty()
    answers = _answers(_asked(wanted) if asks else wanted)
    texts = files(answers)
    _hold_to_the_rules(texts["Kairosfile"])
    _write(Path(folder), texts, force=force)
    where = "" if folder == "." else f"cd {folder} && "
    sys.stdout.write(f"The next step: {where}kairosfile build\n")
    return 0


def _answers(wanted: Wanted) -> Answers:
    """Return what is to be written, with defaults for what is open; raises StopError for what does not fit."""
    model = _known("model", wanted.model or GENERIC, models())
    fitting = distributions_for(model)
    distribution = _known("distro", wanted.distribution or fitting[0], list(BASES))
    provider = _known("provider", wanted.provider or NONE, [NONE, *PROVIDERS])
    ci = _known("ci", wanted.ci or NONE, [NONE, *CI_FILES])
    version = wanted.version or FIRST_VERSION
    if not VERSION.fullmatch(version):
        raise StopError(f"--version {version} is none that kairos-init can parse; write one such as {FIRST_VERSION}")
    if distribution not in fitting:
        raise StopError(f"there is no {distribution} for the model {model}; choose --distro {listing_or(fitting)}")
    return Answers(
        _base(distribution, model, trusted_boot=bool(wanted.trusted_boot)),
        model,
        "" if provider == NONE else provider,
        version,
        bool(wanted.trusted_boot),
        "" if ci == NONE else ci,
    )


def _base(distribution: str, model: str, *, trusted_boot: bool) -> str:
    if not trusted_boot:
        return BASES[distribution][model]
    if model != GENERIC or distribution not in TRUSTED:
        names = listing_or(list(TRUSTED))
        raise StopError(f"Trusted Boot is for the model {GENERIC} and --distro {names}")
    return TRUSTED[distribution]


def _known(flag: str, word: str, known: list[str]) -> str:
    if word not in known:
        hint = did_you_mean(word, known) or f"known are {listing(known)}"
        raise StopError(f'--{flag} "{word}" is unknown; {hint}')
    return word


def listing_or(words: list[str]) -> str:
    """Return `a, b or c`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _asked(wanted: Wanted) -> Wanted:
    """Ask for what the flags leave open; each question offers what goes with the answers before it."""
    from rich.prompt import Confirm, Prompt  # noqa: PLC0415 - only a person is asked

    def choose(question: str, given: str | None, choices: list[str]) -> str:
        return given or str(Prompt.ask(question, choices=choices, default=choices[0]))

    model = choose("Board", wanted.model, models())
    distribution = choose("Distribution", wanted.distribution, distributions_for(model) or list(BASES))
    provider = choose("Kubernetes", wanted.provider, [NONE, *PROVIDERS])
    version = wanted.version or Prompt.ask("Version of your image", default=FIRST_VERSION)
    trusted = wanted.trusted_boot
    if trusted is None and model == GENERIC and distribution in TRUSTED:
        trusted = Confirm.ask("Trusted Boot", default=False)
    return Wanted(distribution, model, provider, version, trusted, choose("CI", wanted.ci, [NONE, *CI_FILES]))


def _hold_to_the_rules(text: str) -> None:
    """Raise StopError where the file would have a fault or a warning, such as a version without its v."""
    try:
        found = spec.read(spec.Source("Kairosfile", text)).warnings
    except spec.KairosfileError as error:
        found = error.diagnostics
    if found:
        raise StopError(found[0].sentence)


def _write(folder: Path, texts: dict[str, str], *, force: bool) -> None:
    there = [path for path in texts if (folder / path).exists()]
    if there and not force:
        raise StopError(f"{listing(there)} would be overwritten in {folder}; --force does it. Nothing was written")
    try:
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
            if text.startswith("#!"):
                (folder / path).chmod(EXECUTABLE)
            sys.stdout.write(f"wrote {folder / path}\n")
    except OSError as error:
        raise StopError(f"{error.filename} cannot be written: {error.strerror}") from error
