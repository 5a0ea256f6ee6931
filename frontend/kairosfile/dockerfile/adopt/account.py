"""The account of an adoption: the outcome of every instruction, and of every argument of each kairos-init call.

Each ends in exactly one class. `Account.check` holds at the end of an adoption: an instruction or a word without a
class is a bug of this program, which is reported by name and never ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kairosfile.dockerfile.reader import Instruction


class AccountError(Exception):
    """An instruction or an argument has no outcome."""


class Outcome(Enum):
    """The outcome of an instruction; of several outcomes, the first in this order counts."""

    LEFT_OVER = "left over"
    STEP = "step"
    FIELD = "field"
    NO_EFFECT = "without effect"

    @property
    def plural(self) -> str:
        """The outcome in the words of the summary."""
        return {"step": "steps", "field": "fields"}.get(self.value, self.value)


_ORDER = list(Outcome)


@dataclass(frozen=True, slots=True)
class Note:
    """One outcome of an instruction with its reason."""

    outcome: Outcome
    reason: str


@dataclass(slots=True)
class WordEntry:
    """An argument of a kairos-init call with its outcome."""

    word: str
    outcome: Outcome | None = None
    reason: str = ""


@dataclass(slots=True)
class Entry:
    """An instruction with its outcomes."""

    instruction: Instruction
    notes: list[Note] = field(default_factory=list)
    words: list[WordEntry] = field(default_factory=list)

    def add(self, outcome: Outcome, reason: str) -> None:
        """Record an outcome, without duplicates."""
        note = Note(outcome, reason)
        if note not in self.notes:
            self.notes.append(note)

    def field(self, reason: str) -> None:
        """Record that a field expresses the instruction."""
        self.add(Outcome.FIELD, reason)

    def step(self, reason: str) -> None:
        """Record that a step executes the instruction."""
        self.add(Outcome.STEP, reason)

    def no_effect(self, reason: str) -> None:
        """Record that the instruction has no effect on the machine."""
        self.add(Outcome.NO_EFFECT, reason)

    def left_over(self, reason: str) -> None:
        """Record that the Kairosfile does not express the instruction."""
        self.add(Outcome.LEFT_OVER, reason)

    @property
    def all_notes(self) -> list[Note]:
        """The outcomes of the instruction and of its arguments."""
        own = [Note(word.outcome, f"{word.word}: {word.reason}") for word in self.words if word.outcome is not None]
        return [*self.notes, *own]

    @property
    def outcome(self) -> Outcome | None:
        """The outcome that counts, or None."""
        outcomes = {note.outcome for note in self.all_notes}
        return next((outcome for outcome in _ORDER if outcome in outcomes), None)


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A part of the Dockerfile that the Kairosfile does not express, with the reason."""

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
        """Raise AccountError if an instruction or an argument has no outcome."""
        for entry in self.entries:
            location = f"line {entry.instruction.line}: {entry.instruction.shortened()}"
            for word in entry.words:
                if word.outcome is None:
                    raise AccountError(f"{location}: the word {word.word!r} has no account")
            if entry.outcome is None:
                raise AccountError(f"{location} has no account")

    @property
    def unsupported(self) -> list[Unsupported]:
        """The unsupported parts, in the order of their lines."""
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
        """Return the summary as one line."""
        order = (Outcome.FIELD, Outcome.STEP, Outcome.LEFT_OVER, Outcome.NO_EFFECT)
        counts = [(outcome, self.count(outcome)) for outcome in order]
        shown = ", ".join(f"{count} {_unit(outcome, count)}" for outcome, count in counts)
        total = len(self.entries)
        return f"{total} instruction{'' if total == 1 else 's'}: {shown}"

    def lines(self) -> Iterable[str]:
        """Yield the lines of the full account: each instruction with its outcome, its reasons and its arguments."""
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
