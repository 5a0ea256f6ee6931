"""`make fuzz`: each target for some seconds, in a separate process; what crashes it is kept in the corpus.

python -m tests.fuzz SECONDS [TARGET ...] [--into FOLDER] [--crashes FOLDER]
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
FINDINGS = Path("build/fuzz")  # inputs with new coverage; too many for the repository
SLOW_SECONDS = 10
SHORT_BYTES = 2 << 10
LONG_SHARE = 10  # a tenth of the time is for inputs of any length
ALLOCATIONS = 50_000  # before the collector of garbage runs


def fuzz(name: str, crashes: str, options: list[str]) -> None:
    """Fuzz one target; libFuzzer ends the process."""
    import atheris  # noqa: PLC0415 - an optional dependency

    from tests.fuzz.guide import Guide  # noqa: PLC0415

    assert "kairosfile" not in sys.modules, "what is imported before has no coverage, so nothing would guide the fuzzer"
    imports = atheris.instrument_imports(include=["kairosfile"])
    imports._trace_dataflow = False  # each comparison would cost a call into C++; the words do instead
    with imports:  # until the end: the frontend imports as it goes
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415

        guide = Guide(TARGETS[name], atheris._trace_branch, Path(crashes))
        atheris._trace_branch = guide.take
        atheris.Setup([sys.argv[0], *options], guide.run)
        gc.freeze()
        gc.set_threshold(ALLOCATIONS)
        atheris.Fuzz()


def run(name: str, seconds: int, max_bytes: int, into: Path, crashes: Path) -> int:
    """Fuzz one target with inputs of a length at most; returns the exit status of its process."""
    from tests.fuzz import seeds  # noqa: PLC0415 - `fuzz` must be the first to import the targets

    folder = into / f"{name}-{max_bytes}"
    (folder / "found").mkdir(parents=True, exist_ok=True)
    crashes.mkdir(parents=True, exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={max_bytes}", f"-timeout={SLOW_SECONDS}"]
    words = f"-dict={seeds.write(name, folder, max_bytes)}"
    inputs = [str(each) for each in (folder / "found", CORPUS / name, crashes, folder / "seeds") if each.is_dir()]
    command = [sys.executable, "-m", "tests.fuzz", "--one", name, str(crashes), *limits, words]
    return subprocess.run([*command, f"-artifact_prefix={crashes}/", *inputs], check=False).returncode


def main() -> int:
    """Fuzz targets one after the other; returns how many crashed."""
    from tests.fuzz.targets import MAX_BYTES, TARGETS  # noqa: PLC0415 - `fuzz` must be the first to import them

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", type=int)
    parser.add_argument("names", nargs="*", metavar="TARGET", choices=[[], *TARGETS], default=list(TARGETS))
    parser.add_argument("--into", type=Path, default=FINDINGS, help="where the inputs go that cover something new")
    parser.add_argument("--crashes", type=Path, default=CORPUS, help="where those go that crash")
    options = parser.parse_args()
    crashed = 0
    for name in options.names:
        crashes = options.crashes / name
        before = set(crashes.glob("*"))
        long = options.seconds // LONG_SHARE
        lengths = ((options.seconds - long, SHORT_BYTES), (long, MAX_BYTES))
        failed = [run(name, *each, options.into, crashes) for each in lengths if each[0]]
        crashed += any(failed) or set(crashes.glob("*")) != before
    return crashed


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fuzz(sys.argv[2], sys.argv[3], sys.argv[4:])
    sys.exit(main())
