"""A survey as a schema, and as the text of a schema file with comments on the decisions that were made."""

from __future__ import annotations

from collections.abc import Iterator

from nsmig._core import Schema
from nsmig.database.survey import Survey, Verdict
from nsmig.yaml_file.schema_file import schema_text


def schema_of(survey: Survey) -> Schema:
    return Schema.from_dict(survey.content)


def text_of(survey: Survey) -> str:
    """The text of a schema file, with each decision in a comment next to its subject."""
    comments: dict[tuple[str, ...], list[str]] = {}
    for remark in survey.remarks:
        place = (f"{remark.kind.value}s", str(remark.type)) if remark.kind else ()
        comments.setdefault(place, []).append(remark.text)
    comments.setdefault((), []).extend(_beside(survey))
    return schema_text(schema_of(survey).to_dict(), comments)


def sentences(survey: Survey) -> Iterator[str]:
    """The content of the comments, for forms of a schema that have none."""
    yield from map(str, survey.remarks)
    yield from _beside(survey)


def _beside(survey: Survey) -> Iterator[str]:
    """Things that exist but are not in the schema."""
    yield from (f"left out: {each}" for each in survey.left_out)
    for each in survey.found:
        if each.verdict is not Verdict.TAKEN_OVER:
            yield f"not in the schema: {each.name} ({each.text}); {each.reason}"
