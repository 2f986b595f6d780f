//! The canonical scanner against the full parser: both read what it accepts the same, and it accepts what nodestream
//! writes.

use nsmig_core::name::Interner;
use nsmig_reader::{Way, read_migration_by, read_value};
use proptest::prelude::*;

/// Texts as PyYAML writes them: names, quoted ones, numbers, and texts that only look like numbers.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z_][A-Za-z0-9_]{0,12}",
        2 => "'([ -&(-~]|''){0,10}'",
        1 => "-?[0-9]{1,4}(\\.[0-9]{0,3})?(e[+-][0-9])?",
        1 => "[!-~]([ -~]{0,8}[!-~])?",
        1 => prop::sample::select(vec!["null", "[]", "{}", "yes", "2020-01-02", "1:30", "~", "''", ".inf", "'20240101'"])
            .prop_map(String::from),
    ]
}

/// Documents in PyYAML's style, with values that may break it.
fn document() -> impl Strategy<Value = String> {
    let set = prop::collection::vec(scalar(), 0..3).prop_map(|members| match members.as_slice() {
        [] => " !!set {}\n".into(),
        members => members.iter().fold(" !!set\n".to_string(), |text, each| text + &format!("      {each}: null\n")),
    });
    let argument = (scalar(), prop_oneof![3 => scalar().prop_map(|value| format!(" {value}\n")), 1 => set]);
    let operation = (prop::collection::vec(argument, 1..4), scalar()).prop_map(|(arguments, name)| {
        let arguments: String = arguments.iter().map(|(key, value)| format!("    {key}:{value}")).collect();
        format!("- arguments:\n{arguments}  operation: {name}\n")
    });
    (scalar(), prop::collection::vec(operation, 1..3), prop::collection::vec(scalar(), 0..3)).prop_map(
        |(name, operations, dependencies)| {
            let dependencies: String = match dependencies.as_slice() {
                [] => " []\n".into(),
                some => some.iter().fold("\n".to_string(), |text, each| text + &format!("- {each}\n")),
            };
            format!("dependencies:{dependencies}name: {name}\noperations:\n{}replaces: []\n", operations.concat())
        },
    )
}

/// Lists in brackets and mappings in braces, and their possible content.
fn flow() -> impl Strategy<Value = String> {
    let blanks = || prop::sample::select(vec!["", "", " ", "  "]);
    let leaf = prop_oneof![6 => "[A-Za-z0-9_]{1,6}", 1 => "\"[ !#-\\[\\]-~]{0,5}\"", 1 => scalar()];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let item =
            (blanks(), inner.clone(), blanks()).prop_map(|(before, item, after)| format!("{before}{item}{after}"));
        let pair = (inner.clone(), prop::sample::select(vec![": ", ":  ", ":"]), inner)
            .prop_map(|(key, colon, value)| format!("{key}{colon}{value}"));
        let spaced = (blanks(), pair, blanks()).prop_map(|(before, pair, after)| format!("{before}{pair}{after}"));
        prop_oneof![
            prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(spaced, 0..4).prop_map(|pairs| format!("{{{}}}", pairs.join(","))),
        ]
    })
}

/// Documents in people's style: comments, empty lines, flow style, deeper lists.
fn by_hand() -> impl Strategy<Value = String> {
    let end = || prop::sample::select(vec!["\n", "\n", "\n", "  \n", " # c: 'd'\n", "\n\n", "\n# é\n", "\n   # [c\n"]);
    let line = (scalar(), flow(), end(), 0..4usize).prop_map(|(key, value, end, form)| match form {
        0 => format!("{key}:{end}  - {value}{end}"),
        1 => format!("{key}:{end}  - {key}: {value}{end}    b: c{end}"),
        2 => format!("{key}:{end}    {key}: {value}{end}"),
        _ => format!("{key}: {value}{end}"),
    });
    let start = prop::sample::select(vec!["", "", "---\n", "# c\n---\n", "\n", "--- # c\n"]);
    (start, prop::collection::vec(line, 1..4), any::<bool>()).prop_map(|(start, lines, ends)| {
        let text = format!("{start}{}", lines.concat());
        if ends { text } else { text.trim_end().to_owned() }
    })
}

/// Migrations with existing operations and arguments, and values of all kinds: lowering reports any problem with them,
/// with a place.
fn migration() -> impl Strategy<Value = String> {
    let value = || prop_oneof![2 => "[a-z_]{1,4}".prop_map(String::from), 1 => scalar(), 2 => flow()];
    let value = move || {
        prop_oneof![
            4 => value().prop_map(|value| format!(" {value}\n")),
            1 => value().prop_map(|value| format!("\n    - {value}\n    - a\n")),
            1 => value().prop_map(|value| format!("\n      {value}: b\n")),
            1 => value().prop_map(|value| format!(" !!set\n      {value}: null\n")),
            1 => Just(" !!set {}\n".to_owned()),
        ]
    };
    let operations = vec![
        ("CreateNodeType", ["name", "keys", "properties"]),
        ("AddNodeProperty", ["node_type", "property_name", "default"]),
        ("SetNodePropertyType", ["node_type", "property_name", "type"]),
        ("RunQuery", ["query", "parameters", "elidable"]),
    ];
    let operation = (prop::sample::select(operations), prop::collection::vec(value(), 3));
    let operation = operation.prop_map(|((name, arguments), values)| {
        let given = arguments.iter().zip(&values).map(|(argument, value)| format!("    {argument}:{value}"));
        format!("- operation: {name}\n  arguments:\n{}", given.collect::<String>())
    });
    (value(), value(), prop::collection::vec(operation, 1..3)).prop_map(|(name, dependencies, operations)| {
        // These include lists at four blanks, deeper than their keys.
        format!("name:{name}dependencies:{dependencies}operations:\n{}", operations.concat())
    })
}

/// An edit: at a place (scaled to the text), remove some characters and insert some.
fn edit() -> impl Strategy<Value = (f64, usize, String)> {
    let inserted = prop_oneof![
        "[ -~\n]{0,3}",
        prop::sample::select(vec![
            "\n", "  ", "- ", ": ", ":", " #", "'", "''", "\"", "\t", "\r\n", "é", "!!set", "---\n", "...\n", "\n\n",
            "<<: ", "[", "]", "{", "}", ",", ", ", "# ", "~", "?", "\\"
        ])
        .prop_map(String::from),
    ];
    (0.0..1.0, 0..4usize, inserted)
}

fn edited(text: &str, edits: &[(f64, usize, String)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for (place, removed, inserted) in edits {
        let at = (place * chars.len() as f64) as usize;
        let end = (at + removed).min(chars.len());
        chars.splice(at..end, inserted.chars());
    }
    chars.into_iter().collect()
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    let full = read_value(text.as_bytes(), Way::Full);
    if let Ok(value) = read_value(text.as_bytes(), Way::Canonical) {
        prop_assert_eq!(Ok(value), full, "{:?}", text);
    }
    let by = |way| {
        let mut names = Interner::default();
        (read_migration_by(way, &mut names, "f", text.as_bytes()), format!("{names:?}"))
    };
    let (fastest, full) = (by(Way::Fastest), by(Way::Full));
    prop_assert_eq!(&fastest.0, &full.0, "{:?}", text);
    prop_assert!(full.0.is_err() || fastest.1 == full.1, "{:?}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_agree(text in document()) {
        agree(&text)?;
    }

    #[test]
    fn edited_documents_agree(text in document(), edits in prop::collection::vec(edit(), 1..4)) {
        agree(&edited(&text, &edits))?;
    }

    #[test]
    fn migrations_agree(text in migration(), edits in prop::collection::vec(edit(), 0..2)) {
        agree(&text)?;
        agree(&edited(&text, &edits))?;
    }

    #[test]
    fn documents_by_hand_agree(text in by_hand()) {
        agree(&text)?;
    }

    #[test]
    fn edited_documents_by_hand_agree(text in by_hand(), edits in prop::collection::vec(edit(), 1..4)) {
        agree(&edited(&text, &edits))?;
    }
}

#[test]
fn what_tools_write_is_taken() {
    let written = "dependencies:
- '20261123080605'
- 20261123080609_add_property
name: '20261123080613'
operations:
- arguments:
    keys: !!set
      code: null
      'on': null
    name: it''s
    properties: !!set {}
  operation: CreateNodeType
- arguments:
    default: -1.5
    node_type: 'a: b ''quoted'''
    property_name: a:b#c
  operation: AddNodeProperty
replaces: []
";
    assert_eq!(read_value(written.as_bytes(), Way::Canonical), read_value(written.as_bytes(), Way::Full));
    assert!(read_value(written.as_bytes(), Way::Canonical).is_ok());
}

#[test]
fn what_people_write_is_taken() {
    let written = "# What this is for
---
name: \"20261123080613\"   # the next one

dependencies: ['20261123080605',  \"20261123080609\"]
operations:
  - operation: CreateNodeType
    arguments: {name: Person, keys: [id], properties: [ name, born ]}

  # and then
  - operation: AddNodeProperty
    arguments:
      node_type: Person  # see above
      property_name: age
      default: ~
replaces: []";
    assert_eq!(read_value(written.as_bytes(), Way::Canonical), read_value(written.as_bytes(), Way::Full));
    assert!(read_value(written.as_bytes(), Way::Canonical).is_ok());
}

#[test]
fn what_is_not_certain_is_left_to_the_full_parser() {
    let uncertain = [
        "",
        "a: 1\r\n",
        "a: b\n  c\n",
        "a: 'b\n  c'\n",
        "a: |\n  b\n",
        "a: &b c\n",
        "a: *b\n",
        "<<: {}\n",
        "a: b: c\n",
        "a: b:\n",
        "a :\n- b\n",
        "a: 1\n...\n",
        "a:\n",
        "a:\nb: 1\n",
        "- - a\n",
        "-  a\n",
        "a: !!set\n- b\n",
        "a: \tb\n",
        "a: é\n",
        "a: !!str b\n",
        "a: ? b\n",
        "? a\n: b\n",
        "a: - b\n",
        "a:\n    b: 1\n  c: 2\n",
        "a: -\n",
        "a: %b\n",
        "a: \"b\\n\"\n",
        "a: 'b'#c\n",
        "a: [b]#c\n",
        "a: [b\n  c]\n",
        "a: [b, ]\n",
        "a: [, b]\n",
        "a: [b c]\n",
        "a: [b-c]\n",
        "a: [b: c]\n",
        "a: [?]\n",
        "a: {b}\n",
        "a: {b:c}\n",
        "a: {[b]: c}\n",
        "a: {~: c}\n",
        "a: {b: }\n",
        "[a]: b\n",
        "- # c\n  a\n",
        "--- a: 1\n",
        "a: 1\n--- # c\n",
        "# c\n",
    ];
    for text in uncertain {
        assert!(read_value(text.as_bytes(), Way::Canonical).is_err(), "{text:?}");
    }
    let long = format!("{}: 1\n", "x".repeat(1010));
    assert!(read_value(long.as_bytes(), Way::Canonical).is_err());
}
