"""A survey as a schema, and as the text of a schema file that says what had to be decided."""

from __future__ import annotations

from collections.abc import Iterator

from nsmig._core import Schema
from nsmig.database.survey import Survey, Verdict
from nsmig.yaml_file.schema_file import schema_text


def schema_of(survey: Survey) -> Schema:
    return Schema.from_dict(survey.content)


def text_of(survey: Survey) -> str:
    """A schema file. What had to be decided is in comments beside what it is about."""
    comments: dict[tuple[str, ...], list[str]] = {}
    for remark in survey.remarks:
        place = (f"{remark.kind.value}s", str(remark.type)) if remark.kind else ()
        comments.setdefault(place, []).append(remark.text)
    comments.setdefault((), []).extend(_beside(survey))
    return schema_text(schema_of(survey).to_dict(), comments)


def sentences(survey: Survey) -> Iterator[str]:
    """The same as the comments, where the schema is printed in a form that has none."""
    yield from map(str, survey.remarks)
    yield from _beside(survey)


def _beside(survey: Survey) -> Iterator[str]:
    """What is there and not in the schema."""
    yield from (f"left out: {each}" for each in survey.left_out)
    for each in survey.found:
        if each.verdict is not Verdict.TAKEN_OVER:
            yield f"not in the schema: {each.name} ({each.text}); {each.reason}"
