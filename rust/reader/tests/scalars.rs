//! The types and values of scalars, by YAML 1.1 as PyYAML reads it. Every expectation was taken from PyYAML 6.0.

use nsmig_core::value::{Date, DateTime, Value};
use nsmig_reader::{Way, read_value};

fn read(scalar: &str) -> Value {
    let document = format!("- {scalar}\n");
    match read_value(document.as_bytes(), Way::Full) {
        Ok(Value::List(mut items)) => items.remove(0),
        other => panic!("{scalar:?}: {other:?}"),
    }
}

fn refused(scalar: &str) -> bool {
    read_value(format!("- {scalar}\n").as_bytes(), Way::Full).is_err()
}

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

#[test]
fn nulls_and_booleans() {
    for scalar in ["~", "null", "Null", "NULL", "", "!!null x"] {
        assert_eq!(read(scalar), Value::Null, "{scalar}");
    }
    for scalar in ["yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON", "!!bool 'oN'"] {
        assert_eq!(read(scalar), Value::Bool(true), "{scalar}");
    }
    for scalar in ["no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
        assert_eq!(read(scalar), Value::Bool(false), "{scalar}");
    }
    for scalar in ["y", "n", "Y", "N", "nULL", "tRUE", "oN", "'yes'", "\"null\"", "!!str yes"] {
        assert!(matches!(read(scalar), Value::Str(_)), "{scalar}");
    }
    assert!(refused("!!bool maybe"));
}

#[test]
fn integers() {
    let table = [
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("017", 15),
        ("-017", -15),
        ("0b101", 5),
        ("0x1F", 31),
        ("-0x1f", -31),
        ("1_000", 1000),
        ("0_7", 7),
        ("0_", 0),
        ("1:30", 90),
        ("-1:30", -90),
        ("190:20:30", 685230),
        ("1_0:5", 605),
        ("! '12'", 12),
        ("!!int ' 12 '", 12),
        ("!!int '0o17'", 15),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ];
    for (scalar, number) in table {
        assert_eq!(read(scalar), Value::Int(number), "{scalar}");
    }
    for scalar in ["0o17", "09", "1e5", "1:60", "0:5", "0xg", "1__", "_1", "--1", "12e03"] {
        match scalar {
            "1__" => assert_eq!(read(scalar), Value::Int(1)),
            _ => assert_eq!(read(scalar), text(scalar)),
        }
    }
    for scalar in ["0b_", "0x_", "!!int x", "!!int ''", "!!int '09'"] {
        assert!(refused(scalar), "{scalar}");
    }
    let longest = format!("0x{}", "f".repeat(3570));
    assert!(matches!(read(&longest), Value::BigInt(digits) if digits.len() == 4299));
    for long in ["9".repeat(4301), format!("0x{}", "f".repeat(4000)), format!("1{}", ":00".repeat(4000))] {
        let problem = read_value(long.as_bytes(), Way::Fastest).expect_err("too long").problem;
        assert_eq!(problem, "a whole number has more than 4300 digits; shorten it, or quote it as text");
        assert!(refused(&long));
    }
}

#[test]
fn big_integers() {
    let table = [
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("0xFFFFFFFFFFFFFFFFFFFF", "1208925819614629174706175"),
        ("123456789012345678901234567890:0", "7407407340740740734074074073400"),
        ("100000000000000000000000000001", "100000000000000000000000000001"),
    ];
    for (scalar, digits) in table {
        assert_eq!(read(scalar), Value::BigInt(digits.into()), "{scalar}");
    }
}

#[test]
fn floats() {
    let table = [
        ("1.", 1.0),
        ("1.5", 1.5),
        ("-1.5", -1.5),
        (".5", 0.5),
        ("1_0.2_5", 10.25),
        ("1.e+5", 1e5),
        ("1.0e-07", 1e-7),
        ("1.5E+3", 1500.0),
        ("-0.0", -0.0),
        ("1:30.5", 90.5),
        ("-190:20:30.15", -685230.15),
        ("1.0e+400", f64::INFINITY),
        (".inf", f64::INFINITY),
        ("-.INF", f64::NEG_INFINITY),
        (".nan", f64::NAN),
        (".NaN", f64::NAN),
        ("!!float 3", 3.0),
        ("!!float '1e5'", 1e5),
    ];
    for (scalar, number) in table {
        assert_eq!(read(scalar), Value::float(number), "{scalar}");
    }
    for scalar in ["1e5", "1.5e3", "-.5", "+.5", ".", ".e+5", "._5", ".iNF", "+.nan", "1.2.3", ".5:30"] {
        assert_eq!(read(scalar), text(scalar), "{scalar}");
    }
    assert!(refused("!!float x"));
}

#[test]
fn dates_and_times() {
    let date = |year, month, day| Date { year, month, day };
    let at = |hour, minute, second, microsecond, offset| {
        Value::DateTime(DateTime { date: date(2020, 1, 2), hour, minute, second, microsecond, offset })
    };
    assert_eq!(read("2020-01-02"), Value::Date(date(2020, 1, 2)));
    assert_eq!(read("2020-02-29"), Value::Date(date(2020, 2, 29)));
    assert_eq!(read("!!timestamp 2020-1-2"), Value::Date(date(2020, 1, 2)));
    let table = [
        ("2020-01-02 03:04:05", at(3, 4, 5, 0, None)),
        ("2020-1-2t3:04:05", at(3, 4, 5, 0, None)),
        ("2020-01-02T03:04:05.", at(3, 4, 5, 0, None)),
        ("2020-01-02 03:04:05.1", at(3, 4, 5, 100_000, None)),
        ("2020-01-02 03:04:05.12345678", at(3, 4, 5, 123_456, None)),
        ("2020-01-02 03:04:05Z", at(3, 4, 5, 0, Some(0))),
        ("2020-01-02 03:04:05 +01:30", at(3, 4, 5, 0, Some(5400))),
        ("2020-01-02 03:04:05-7", at(3, 4, 5, 0, Some(-25200))),
    ];
    for (scalar, value) in table {
        assert_eq!(read(scalar), value, "{scalar}");
    }
    for scalar in ["2020-1-2", "20-01-02", "2020-01-02 03:04", "2020-01-02x", "2020-01-02 03:04:05 z"] {
        assert_eq!(read(scalar), text(scalar), "{scalar}");
    }
    for scalar in ["2020-13-01", "2021-02-29", "0000-01-01", "2020-01-02 24:00:00", "2020-01-02 00:00:00+24:00"] {
        assert!(refused(scalar), "{scalar}");
    }
}

#[test]
fn binary() {
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.into());
    assert_eq!(read("!!binary aGVsbG8="), bytes(b"hello"));
    assert_eq!(read("!!binary 'aGVs bG8= ignored'"), bytes(b"hello"));
    assert_eq!(read("!!binary ''"), bytes(b""));
    assert!(refused("!!binary aGVsbG8"));
    assert!(refused("!!binary a"));
    assert!(refused("!!binary é"));
}

#[test]
fn signs_with_a_meaning() {
    for scalar in ["<<", "="] {
        assert!(refused(scalar), "{scalar}");
        assert_eq!(read(&format!("'{scalar}'")), text(scalar));
    }
}
