//! Whole documents as PyYAML's safe loader reads them: structure, tags, aliases, merges, keys, encodings, refusals.

use nsmig_core::value::Value;
use nsmig_reader::{Way, read_value};

fn read(document: &str) -> Value {
    read_value(document.as_bytes(), Way::Full).unwrap_or_else(|error| panic!("{document:?}: {error:?}"))
}

/// Line, column and message of the refusal.
fn refusal(document: &str) -> (usize, usize, String) {
    match read_value(document.as_bytes(), Way::Full) {
        Ok(value) => panic!("{document:?} was read as {value:?}"),
        Err(error) => (error.line, error.column, error.problem),
    }
}

fn text(text: &str) -> Value {
    Value::Str(text.into())
}

fn map<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Map(pairs.into_iter().map(|(key, value)| (text(key), value)).collect())
}

#[test]
fn no_document_is_null() {
    for document in ["", "# only a comment\n", "---\n", "\u{feff}", "\n\n"] {
        assert_eq!(read(document), Value::Null, "{document:?}");
    }
}

#[test]
fn encodings_and_line_ends() {
    let expected = map([("a", text("é")), ("b", Value::Int(2))]);
    let document = "a: é\r\nb: 2\r\n";
    let utf16: Vec<u16> = "\u{feff}".encode_utf16().chain(document.encode_utf16()).collect();
    let little: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    let with_mark = format!("\u{feff}{document}").into_bytes();
    for bytes in [document.as_bytes(), &with_mark, &little, &big, "a: é\u{85}b: 2\r".as_bytes()] {
        assert_eq!(read_value(bytes, Way::Full), Ok(expected.clone()), "{bytes:?}");
    }
    for bytes in [b"a: \xff".as_slice(), b"a: \xc3", b"\xff\xfea", b"\xff\xfe\x00\xd8", b"a: \x00", b"a: \x7f"] {
        assert!(read_value(bytes, Way::Full).is_err(), "{bytes:?}");
    }
    assert_eq!(refusal("a: 1\nbé\u{7}: 2\n").0, 2);
    assert_eq!(refusal("a: 1\nbé\u{7}: 2\n").1, 3);
}

#[test]
fn tags() {
    let set = Value::Set(vec![text("b"), text("c")]);
    assert_eq!(read("!!set {b, c, b}"), set);
    assert_eq!(read("!!set\nb:\nc: ~\n"), set);
    assert_eq!(read("%TAG !e! tag:yaml.org,2002:\n---\n!e!int '3'\n"), Value::Int(3));
    assert_eq!(read("!<tag:yaml.org,2002:str> 3"), text("3"));
    assert_eq!(read("!!str"), text(""));
    let pair = |key, value| Value::List(vec![text(key), Value::Int(value)]);
    assert_eq!(read("!!omap [a: 1, b: 2]"), Value::List(vec![pair("a", 1), pair("b", 2)]));
    assert_eq!(read("!!pairs [a: 1, a: 2]"), Value::List(vec![pair("a", 1), pair("a", 2)]));
    assert_eq!(read("!!str {=: x}"), text("x"));
    for document in
        ["!env X", "!!python/none ''", "!!seq {}", "!!map []", "!!map x", "!!set []", "!!str []", "!!omap {}"]
    {
        refusal(document);
    }
    refusal("%TAG !! tag:elsewhere,2000:\n---\n!!int 3\n");
    let (line, column, problem) = refusal("a:\n  b: !env HOME\n");
    assert_eq!((line, column), (2, 6));
    assert!(problem.contains("!env"), "{problem}");
}

#[test]
fn aliases_and_merges() {
    let two = map([("x", Value::Int(1)), ("y", Value::Int(2))]);
    assert_eq!(read("a: &b {x: 1, y: 2}\nc: *b\n"), map([("a", two.clone()), ("c", two.clone())]));
    let merged = read("- &b {x: 1, y: 2}\n- {<<: *b, x: 3}\n- {x: 3, <<: *b}\n- {<<: [{x: 5}, *b]}\n");
    let expected = [(1, 2), (3, 2), (3, 2), (5, 2)].map(|(x, y)| map([("x", Value::Int(x)), ("y", Value::Int(y))]));
    assert_eq!(merged, Value::List(expected.to_vec()));
    for document in ["*a", "[&a 1, &a 2]", "&a [*a]", "&a {b: *a}", "<<: 1", "<<: [1]", "&a {<<: *a}"] {
        refusal(document);
    }
}

#[test]
fn expansion_is_bounded() {
    let members: Vec<String> = (0..1_000).map(|number| format!("x{number}: 1")).collect();
    let members = members.join(", ");
    let lists = format!("- &a [{{{members}}}]\n") + &"- *a\n".repeat(1_100);
    let merges = format!("- &a {{{members}}}\n") + &"- {<<: *a}\n".repeat(1_100);
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..300 {
        deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(refusal(&lists).2.contains("aliases"));
    assert!(refusal(&merges).2.contains("aliases"));
    assert!(refusal(&deep).2.contains("nested"));
    refusal(&"[".repeat(300));
}

#[test]
fn keys_are_equal_where_python_holds_them_equal() {
    let only = |key, value| Value::Map(vec![(key, text(value))]);
    assert_eq!(read("{a: x, a: y}"), only(text("a"), "y"));
    assert_eq!(read("{1: x, 1.0: y, true: z}"), only(Value::Int(1), "z"));
    assert_eq!(read("{false: x, -0.0: y}"), only(Value::Bool(false), "y"));
    assert_eq!(read("{.nan: x, .nan: y}"), only(Value::float(f64::NAN), "y"));
    let moments = read("{2020-01-01 00:00:00Z: x, 2020-01-01 01:00:00+01:00: y, 2020-01-01 00:00:00: z}");
    assert!(matches!(moments, Value::Map(pairs) if pairs.len() == 2));
    let order = read("{b: 1, a: 2, b: 3}");
    assert_eq!(order, map([("b", Value::Int(3)), ("a", Value::Int(2))]));
    assert_eq!(read("=: 1"), map([("=", Value::Int(1))]));
    for document in ["{[a]: 1}", "? {a: 1}\n: 1", "!!set {[a]}"] {
        refusal(document);
    }
}

#[test]
fn what_pyyaml_refuses_is_refused() {
    let refused = [
        "a: 1\n---\nb: 1\n",
        "a: 1\n...\nb\n",
        "...\n",
        "...\na: 1\n",
        "%YAML 2.0\n---\na: 1\n",
        "\"\\ud83d\\ude00\"",
        "\ta: 1\n",
        "-\ta\n",
        "a:\n  \tb: 1\n",
        ": 1\n",
        "a: 1\n: 2\n",
        "{: 1}",
        "[a, :b]",
        "{a:? 1}",
        "{a\n b: 1}",
        "a: b: c\n",
        "a: - b\n",
        "a: @b\n",
        "a: [b\n",
        "a: 'b\n",
        "a: \"\\q\"\n",
        "a: 1\n b: 2\n",
    ];
    for document in refused {
        refusal(document);
    }
    let too_long = format!("{}: 1\n", "x".repeat(1030));
    refusal(&too_long);
}

#[test]
fn what_pyyaml_takes_is_taken() {
    assert_eq!(read("%YAML 1.3\n---\na: 1\n"), map([("a", Value::Int(1))]));
    assert_eq!(read("a: |\n  text"), map([("a", text("text"))]));
    assert_eq!(read("a: |+\n  text\n\n"), map([("a", text("text\n\n"))]));
    assert_eq!(read("a: [\n1\n]\n"), map([("a", Value::List(vec![Value::Int(1)]))]));
    assert_eq!(read("a:\t1\n"), map([("a", Value::Int(1))]));
    assert_eq!(read("? # why\n: x\n"), Value::Map(vec![(Value::Null, text("x"))]));
    assert_eq!(read("\"\\U0001F600\""), text("😀"));
    assert_eq!(read("{a\n b, c: 1}"), map([("a b", Value::Null), ("c", Value::Int(1))]));
    assert_eq!(read("a: 1\n...\n"), map([("a", Value::Int(1))]));
}

#[test]
fn what_aliases_stand_for_is_counted_and_what_is_written_is_not() {
    let long: String = (0..1_100_000).map(|number| format!("- {number}\n")).collect();
    assert!(matches!(read_value(long.as_bytes(), Way::Full), Ok(Value::List(items)) if items.len() == 1_100_000));
    let aliased = format!("- &a [{}]\n", ["x"; 1_000].join(", ")) + &"- *a\n".repeat(1_100);
    let refusal = read_value(aliased.as_bytes(), Way::Full).expect_err("more than 10^6 values");
    assert!(refusal.problem.contains("use fewer aliases"), "{refusal:?}");
}

#[test]
fn a_chain_of_default_values_ends() {
    let chain: String = (1..300).map(|number| format!("- &a{number} !!str {{=: *a{}}}\n", number - 1)).collect();
    let text = format!("- &a0 !!str {{=: x}}\n{chain}");
    assert!(read_value(text.as_bytes(), Way::Full).is_err());
    assert!(read_value(b"- &a !!str {=: x}\n- !!str {=: *a}\n", Way::Full).is_ok());
}

#[test]
fn lines_that_a_tab_starts() {
    for text in ["a: 1\n\t\nb: 2", "\t\na: 1", "a:\n\t\n- b", "- a\n\t\n- b", "a: [1]\n\t\n", "a: 1\n# c\n\t# d\nb: 2"]
    {
        assert!(read_value(text.as_bytes(), Way::Full).is_err(), "{text:?}");
    }
    for text in ["a: [ \t1]", "a: |\n  x\n\n  \ty\nb: 1", "a:\t1\nb: 2\t\n", "x\n\t"] {
        assert!(read_value(text.as_bytes(), Way::Full).is_ok(), "{text:?}");
    }
}

#[test]
fn odd_line_ends_and_their_places() {
    let value = |text: &str| format!("{:?}", read_value(text.as_bytes(), Way::Full));
    assert_eq!(value("x: 'b\r\u{85}c'"), value("x: 'b\n\nc'"));
    let place = |bytes: &[u8]| read_value(bytes, Way::Full).map_err(|error| (error.line, error.column)).expect_err("");
    assert_eq!(place(b"name: a\roperations: []\rx: \x01"), (3, 4));
    assert_eq!(place(b"\xef\xbb\xbfname: \xff"), (1, 7));
    assert!(read_value(b"[x, &a ?, *a]", Way::Full).is_err());
}
