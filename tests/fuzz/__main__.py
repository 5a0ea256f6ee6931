"""`make fuzz`: each target for some seconds, in a separate process; what crashes it is kept in the corpus.

python -m tests.fuzz SECONDS [TARGET ...]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
FOUND = Path("build/fuzz")  # what covers something new; too much for the repository
SEEDS = {"text": Path("kairosfile-spec/cases")}  # what the fuzzer may begin with besides
SLOW_SECONDS = 10


def fuzz(name: str, options: list[str]) -> None:
    """Fuzz one target; libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 - an optional dependency

    assert "kairosfile" not in sys.modules, "what is imported before has no coverage, so nothing would guide the fuzzer"
    with atheris.instrument_imports(include=["kairosfile"]):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415

    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


def main(seconds: str, names: list[str]) -> int:
    """Fuzz targets one after the other; returns how many crashed."""
    from tests.fuzz.targets import MAX_BYTES, TARGETS  # noqa: PLC0415 - `fuzz` must be the first to import them

    crashed = 0
    for name in names or TARGETS:
        found, own = FOUND / name, CORPUS / name
        for folder in (found, own):
            folder.mkdir(parents=True, exist_ok=True)
        limits = [f"-max_total_time={seconds}", f"-max_len={MAX_BYTES}", f"-timeout={SLOW_SECONDS}"]
        options = [*limits, f"-artifact_prefix={own}/", str(found), str(own)]
        options += [str(SEEDS[name])] if name in SEEDS else []
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--one", name, *options], check=False)
        crashed += done.returncode != 0
    return crashed


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        fuzz(sys.argv[2], sys.argv[3:])
    sys.exit(main(sys.argv[1], sys.argv[2:]))
