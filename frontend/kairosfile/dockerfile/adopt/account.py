"""The account of an adoption: what became of every instruction, and of every word of each call of kairos-init.

Each ends in exactly one class. `Account.check` holds at the end of an adoption: an instruction or a word without a
class is a fault of this program, which is reported by name and never passed over in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.dockerfile.reader import Instruction


class AccountError(Exception):
    """An instruction or a word has no class."""


class Outcome(Enum):
    """What became of an instruction; of several outcomes the first of this order counts."""

    LEFT_OVER = "left over"
    STEP = "step"
    FIELD = "field"
    NO_EFFECT = "without effect"

    @property
    def plural(self) -> str:
        """The outcome as it is counted."""
        return {"step": "steps", "field": "fields"}.get(self.value, self.value)


_ORDER = list(Outcome)


class Note(NamedTuple):
    """One outcome of an instruction, and why."""

    outcome: Outcome
    reason: str


@dataclass(slots=True)
class WordEntry:
    """A word of a call of kairos-init, and what became of it."""

    word: str
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(slots=True)
class Entry:
    """An instruction, and what became of it."""

    instruction: Instruction
    notes: list[Note] = field(default_factory=list)
    words: list[WordEntry] = field(default_factory=list)

    def add(self, outcome: Outcome, reason: str) -> None:
        """Note an outcome, once."""
        note = Note(outcome, reason)
        if note not in self.notes:
            self.notes.append(note)

    def field(self, reason: str) -> None:
        """Note that a field says it."""
        self.add(Outcome.FIELD, reason)

    def step(self, reason: str) -> None:
        """Note that a step does it."""
        self.add(Outcome.STEP, reason)

    def no_effect(self, reason: str) -> None:
        """Note that it has no effect on the machine."""
        self.add(Outcome.NO_EFFECT, reason)

    def left_over(self, reason: str) -> None:
        """Note that the Kairosfile does not say it."""
        self.add(Outcome.LEFT_OVER, reason)

    @property
    def all_notes(self) -> list[Note]:
        """The outcomes of the instruction and of its words."""
        own = [Note(word.outcome, f"{word.word}: {word.reason}") for word in self.words if word.outcome is not None]
        return [*self.notes, *own]

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that counts, or None."""
        outcomes = {note.outcome for note in self.all_notes}
        return next((outcome for outcome in _ORDER if outcome in outcomes), None)


class Unsupported(NamedTuple):
    """A part of the Dockerfile that the Kairosfile does not say, and why."""

    line: int
    text: str
    reason: str


class Account:
    """The entries of all instructions of a Dockerfile, in their order."""

    def __init__(self, instructions: Sequence[Instruction]) -> None:
        self.entries = [Entry(each) for each in instructions]
        self._by_id = {id(entry.instruction): entry for entry in self.entries}
        self.notices: list[str] = []

    def of(self, instruction: Instruction) -> Entry:
        """Return the entry of an instruction."""
        return self._by_id[id(instruction)]

    def check(self) -> None:
        """Raise AccountError if an instruction or a word has no class."""
        for entry in self.entries:
            place = f"line {entry.instruction.line}: {entry.instruction.shortened()}"
            for word in entry.words:
                if word.outcome is None:
                    raise AccountError(f"{place}: the word {word.word!r} has no account")
            if entry.outcome is None:
                raise AccountError(f"{place} has no account")

    @property
    def unsupported(self) -> list[Unsupported]:
        """What is left over, in the order of the lines."""
        return [
            Unsupported(entry.instruction.line, entry.instruction.shortened(), note.reason)
            for entry in self.entries
            for note in entry.all_notes
            if note.outcome is Outcome.LEFT_OVER
        ]

    def count(self, outcome: Outcome) -> int:
        """Return the number of instructions with an outcome."""
        return sum(entry.outcome is outcome for entry in self.entries)

    def summary(self) -> str:
        """Return the sum on one line."""
        order = (Outcome.FIELD, Outcome.STEP, Outcome.LEFT_OVER, Outcome.NO_EFFECT)
        counts = [(outcome, self.count(outcome)) for outcome in order]
        shown = ", ".join(f"{count} {_unit(outcome, count)}" for outcome, count in counts)
        total = len(self.entries)
        return f"{total} instruction{'' if total == 1 else 's'}: {shown}"

    def lines(self) -> Iterable[str]:
        """Yield the account in full: each instruction with its class, then its reasons and words."""
        for entry in self.entries:
            outcome = entry.outcome.value if entry.outcome else "?"
            yield f"{entry.instruction.line}: {outcome}: {entry.instruction.shortened()}"
            for note in entry.notes:
                yield f"    {note.outcome.value}: {note.reason}"
            for word in entry.words:
                yield f"    {word.word}: {word.outcome.value if word.outcome else '?'}: {word.reason}"

    def to_data(self) -> dict[str, object]:
        """Return the account as data for JSON."""
        return {
            "summary": {outcome.value: self.count(outcome) for outcome in Outcome},
            "notices": self.notices,
            "instructions": [
                {
                    "line": entry.instruction.line,
                    "text": entry.instruction.shortened(),
                    "class": entry.outcome.value if entry.outcome else None,
                    "reasons": [{"class": note.outcome.value, "reason": note.reason} for note in entry.notes],
                    "words": [
                        {"word": word.word, "class": word.outcome and word.outcome.value, "reason": word.reason}
                        for word in entry.words
                    ],
                }
                for entry in self.entries
            ],
        }


def _unit(outcome: Outcome, count: int) -> str:
    return outcome.value if count == 1 else outcome.plural
