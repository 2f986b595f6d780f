//! Which arguments may be omitted, their values then, and the message for an unknown word.

use nsmig_core::name::Interner;
use nsmig_core::operation::Part;
use nsmig_core::spelling::{SPELLINGS, Shape, Spelling};
use nsmig_core::value::Value;

pub(crate) fn is_optional(shape: Shape) -> bool {
    matches!(
        shape,
        Shape::OptionalValue
            | Shape::OptionalTexts
            | Shape::OptionalFlag
            | Shape::Parameters
            | Shape::OptionalDatabase
            | Shape::Remark
            | Shape::Touches
            | Shape::Options
    )
}

/// The value of an omitted argument.
pub(crate) fn absent(shape: Shape, names: &mut Interner) -> Part {
    match shape {
        Shape::Remark | Shape::OptionalFlag => Part::Flag(false),
        Shape::Parameters => Part::Value(names.value(Value::Map(Vec::new()))),
        Shape::OptionalDatabase => Part::Database(None),
        _ => Part::Value(names.value(Value::Null)),
    }
}

pub(crate) fn signature(spelling: &Spelling) -> String {
    let argument =
        |(name, shape): &(&str, Shape)| if is_optional(*shape) { format!("{name} (optional)") } else { (*name).into() };
    spelling.arguments.iter().map(argument).collect::<Vec<_>>().join(", ")
}

pub(crate) fn unknown_operation(called: &str) -> String {
    match nearest(called, SPELLINGS.iter().flat_map(|pair| pair.iter()).map(|spelling| spelling.name)) {
        None => format!("the operation '{called}' is unknown; operations of nodestream's plugins cannot be read"),
        Some(meant) => format!(
            "the operation '{called}' is unknown; did you mean {meant}? Operations of nodestream's plugins cannot be read"
        ),
    }
}

/// The known names most similar to the given one, for people.
pub(crate) fn nearest<'a>(called: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let likeness = |name: &str| strsim::normalized_damerau_levenshtein(&called.to_lowercase(), &name.to_lowercase());
    let mut close: Vec<(f64, &str)> =
        known.map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness >= 0.6).collect();
    close.sort_by(|(a, one), (b, other)| b.total_cmp(a).then_with(|| one.cmp(other)));
    let names: Vec<String> = close.iter().take(3).map(|(_, name)| format!("'{name}'")).collect();
    (!names.is_empty()).then(|| names.join(" or "))
}
