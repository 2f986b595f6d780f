"""What is said of a turn before it is sent."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from nsmig.database.base import Role, Turn
from nsmig.running.events import Noted, OperationStarted, Report
from nsmig.running.tasks import Task


class Note(NamedTuple):
    """A note that a migration is given once: what it says of one, and of several."""

    one: str
    many: str


def announce(turn: Turn, task: Task, start: int, noted: Counter[Note], report: Report) -> None:
    """Report the operations of a turn, and its notes.

    :param start: the index of its first operation.
    :param noted: the notes of the task so far that are given with their count, when its last turn is announced.
    """
    for index, operation in enumerate(turn.operations, start):
        report(OperationStarted(task.name, index, len(task.operations), operation))
    notes = [each for each in turn.statements if each.role is Role.NOTE]
    for text in dict.fromkeys(each.text for each in notes if not each.many):
        report(Noted(task.name, text))
    noted.update(Note(each.text, each.many) for each in notes if each.many)
    if start + len(turn.operations) == len(task.operations):
        for (one, many), count in noted.items():
            report(Noted(task.name, one if count == 1 else many.format(count=count)))
