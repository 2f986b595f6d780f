"""Documents, their chunks, and two ways to find them: by words and by meaning."""

from __future__ import annotations

import struct
from zlib import crc32

import neo4j

DIMENSIONS = 32
DOCUMENTS = {
    "bees": ("Keeping bees", "Bees fly up to five kilometres for nectar.", "In winter a hive needs no care at all."),
    "bread": ("Baking bread", "Dough rises slowly in a cold kitchen.", "A hot oven gives bread its crust."),
    "boats": ("Sailing boats", "A keel keeps a boat upright.", "Reef the sails early when the wind rises."),
}
QUESTIONS = ("How far do bees fly?", "What makes the crust of bread?", "the wind in the sails")

LOAD = """\
MERGE (d:Document {id: $document}) SET d.title = $title
CREATE (c:Chunk {id: $id, text: $text, embedding: $embedding})-[:PART_OF]->(d)"""
BY_MEANING = "CALL db.index.vector.queryNodes('meanings', 2, $embedding) YIELD node RETURN node.id AS id"
BY_WORDS = "CALL db.index.fulltext.queryNodes('words', $words, {limit: 2}) YIELD node RETURN node.id AS id"


def embedded(text: str) -> list[float]:
    """A vector that is similar for similar texts: it counts the groups of three letters in the words."""
    counts = [0.0] * DIMENSIONS
    for word in text.lower().split():
        letters = f"<{word.strip('.,?!')}>"
        for at in range(len(letters) - 2):
            counts[crc32(letters[at : at + 3].encode()) % DIMENSIONS] += 1
    length = sum(count * count for count in counts) ** 0.5
    return [_single(count / length) for count in counts]


def _single(number: float) -> float:
    """The nearest number of 32 bits, which is what vector indexes hold."""
    (rounded,) = struct.unpack("f", struct.pack("f", number))
    return float(rounded)


def load(driver: neo4j.Driver) -> None:
    for document, (title, *chunks) in DOCUMENTS.items():
        for number, text in enumerate(chunks, 1):
            given = {"document": document, "title": title, "id": f"{document}-{number}", "text": text}
            driver.execute_query(LOAD, given, embedding=embedded(text))


def found(driver: neo4j.Driver, question: str) -> dict[str, list[str]]:
    """The chunks that answer a question best, by each index."""
    meanings = driver.execute_query(BY_MEANING, embedding=embedded(question)).records
    words = driver.execute_query(BY_WORDS, words=question.rstrip("?")).records
    return {"by meaning": [each["id"] for each in meanings], "by words": [each["id"] for each in words]}
