"""LadybugDB's column types."""

from __future__ import annotations

# A column type, values of it that are hard to preserve, and the corresponding property type.
COLUMNS: list[tuple[str, list[str], str | None]] = [
    ("INT8", ["cast(-128, 'INT8')", "cast(127, 'INT8')"], "INTEGER"),
    ("INT16", ["cast(-32768, 'INT16')"], "INTEGER"),
    ("INT32", ["cast(-2147483648, 'INT32')"], "INTEGER"),
    ("INT64", ["cast('-9223372036854775808', 'INT64')"], "INTEGER"),
    ("UINT8", ["cast(255, 'UINT8')"], "INTEGER"),
    ("UINT16", ["cast(65535, 'UINT16')"], "INTEGER"),
    ("UINT32", ["cast(4294967295, 'UINT32')"], "INTEGER"),
    ("UINT64", ["cast('18446744073709551615', 'UINT64')"], None),
    ("INT128", ["cast('-170141183460469231731687303715884105727', 'INT128')"], None),
    ("FLOAT", ["cast('1e-45', 'FLOAT')", "cast('-inf', 'FLOAT')", "cast(0.1, 'FLOAT')"], "FLOAT"),
    ("DOUBLE", ["1e-300", "cast('nan', 'DOUBLE')"], "FLOAT"),
    ("DECIMAL(38, 10)", ["cast('1234567890123456789012345678.0123456789', 'DECIMAL(38, 10)')"], None),
    ("BOOL", ["true", "false"], "BOOLEAN"),
    ("STRING", ["''", "'é|~0\\n'"], "STRING"),
    ("DATE", ["date('0001-01-01')", "date('9999-12-31')"], "DATE"),
    ("TIMESTAMP", ["timestamp('1582-10-10 03:04:05.000001')"], "DATETIME"),
    ("TIMESTAMP_NS", ["cast('2020-01-02 03:04:05.123456789', 'TIMESTAMP_NS')"], None),
    ("TIMESTAMP_MS", ["cast('2020-01-02 03:04:05.123', 'TIMESTAMP_MS')"], "DATETIME"),
    ("TIMESTAMP_SEC", ["cast('1900-01-02 03:04:05', 'TIMESTAMP_SEC')"], "DATETIME"),
    ("TIMESTAMP_TZ", ["cast('2020-01-02 01:04:05+02:00', 'TIMESTAMP_TZ')"], "DATETIME"),
    ("INTERVAL", ["interval('1 year 2 months 3 days 4 hours 5 seconds 6 us')"], "DURATION"),
    ("UUID", ["uuid('A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11')"], None),
    ("BLOB", ["BLOB('\\\\x00\\\\xFFa')"], None),
    ("INT64[]", ["[1, NULL, 3]", "cast([], 'INT64[]')"], "LIST_OF_INTEGERS"),
    ("INT64[3]", ["cast([1, NULL, 3], 'INT64[3]')"], "LIST_OF_INTEGERS"),
    ("FLOAT[4]", ["cast([0.1, 1e-10, -3, 0], 'FLOAT[4]')"], "LIST_OF_FLOATS"),
    ("STRING[][]", ["[['a'], ['b', 'c'], []]"], None),
    ("STRUCT(a INT32, b STRING)", ["{a: cast(1, 'INT32'), b: 'x'}"], None),
    ("STRUCT(a STRUCT(c DATE), b STRING[])", ["{a: {c: date('2020-01-01')}, b: ['x']}"], None),
    ("MAP(STRING, INT64)", ["map(['a', 'b'], [1, 2])"], None),
    ("JSON", ["'{\"a\": 1}'"], None),
]
