//! Values that a migration file can hold as a default or a query parameter, by YAML 1.1's types as PyYAML builds them.

/// A value. Equal means same type and same content, so `1`, `1.0` and `true` differ; floats compare by their bits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other integer, as decimal digits with an optional leading `-`.
    BigInt(Box<str>),
    /// A float, by its bits.
    Float(u64),
    /// Text.
    Str(Box<str>),
    /// `!!binary`
    Bytes(Box<[u8]>),
    /// A calendar day.
    Date(Date),
    /// A day and a time.
    DateTime(DateTime),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping in file order; later duplicates have replaced earlier ones.
    Map(Vec<(Value, Value)>),
    /// `!!set`, in file order, without repetition.
    Set(Vec<Value>),
}

/// A day of the proleptic Gregorian calendar, checked by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct Date {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

/// A day and a time of day, with the offset from UTC if the file gives one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub struct DateTime {
    pub date: Date,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
    pub microsecond: u32,
    /// Seconds east of UTC.
    pub offset: Option<i32>,
}

impl Value {
    /// A float.
    pub fn float(number: f64) -> Value {
        Value::Float(number.to_bits())
    }
}
