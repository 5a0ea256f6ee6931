"""Compare the schema with the checker on generated documents: `python -m tests.fuzz.schema DOCUMENTS [SEED]`.

A document is a valid conformance case with one value replaced, or two. First come all replacements of one value, in
random order. The schema must accept what the checker accepts; each disagreement is printed once for each kind.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Any

import yaml

from tests.unit.sections.test_schema import CASES, VALIDATOR, VALUES, changed, is_taken, places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Case = tuple["Path", dict[str, Any]]
# In addition to those of the unit test: values of other types, and texts that YAML or a number could be mistaken for.
MORE = [
    "true",
    "no",
    "~",
    "0x1F",
    "1e3",
    "-",
    "a b",
    "/x",
    "x" * 300,
    2**63,
    10**40,
    1e300,
    -0.0,
    [1],
    [["x"]],
    {"a": {}},
]


def documents(seed: int) -> Iterator[Case]:
    """Yield changed documents, each with the case that it is made of."""
    chosen = random.Random(seed)  # noqa: S311 - reproducible
    loaded = {case: yaml.safe_load(case.read_bytes()) for case in CASES}
    values = [*dict.fromkeys(map(repr, VALUES)), *map(repr, MORE)]
    texts = {repr(value): value for value in (*VALUES, *MORE)}
    single = [(case, place, value) for case, it in loaded.items() for place in places(it) for value in values]
    chosen.shuffle(single)
    for case, place, value in single:
        yield case, changed(loaded[case], place, texts[value])
    while True:
        case = chosen.choice(CASES)
        document = loaded[case]
        for _ in range(2):
            document = changed(document, chosen.choice([*places(document)]), texts[chosen.choice(values)])
        yield case, document


def compare(generated: Iterator[Case]) -> tuple[Counter[bool], Counter[str]]:
    """Return how many documents the checker accepts and refuses, and the disagreements by kind; prints one of each."""
    accepted, kinds = Counter[bool](), Counter[str]()
    for case, document in generated:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        is_valid = is_taken(text, case)
        accepted[is_valid] += 1
        if not is_valid or VALIDATOR.is_valid(document):
            continue
        error = next(iter(VALIDATOR.iter_errors(document)))
        kind = re.sub(r"\.\d+", "[]", ".".join(map(str, error.absolute_path)))
        if not kinds[kind]:
            print(f"{case.name}: {kind}: {error.message[:200]}", text, sep="\n")
        kinds[kind] += 1
    return accepted, kinds


if __name__ == "__main__":
    accepted, kinds = compare(islice(documents(int((*sys.argv, "1", "1")[2])), int(sys.argv[1])))
    print(f"{accepted.total()} documents, {accepted[True]} accepted by the checker")
    print(f"{kinds.total()} disagreements of {len(kinds)} kinds")
    sys.exit(bool(kinds))
