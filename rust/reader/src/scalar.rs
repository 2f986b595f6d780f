//! The type and value of a scalar, by YAML 1.1 as PyYAML reads it: `017` is 15, `1:30` is 90, `yes` is true, `1e5` a
//! string.

use nsmig_core::value::{Date, DateTime, Value};

use crate::tree::Tag;

/// Python neither reads nor writes longer decimal numbers, as a protection against attacks that make it slow.
pub const MAX_DIGITS: usize = 4300;

/// The tag of an untagged plain scalar.
pub(crate) fn resolve(text: &str) -> Tag {
    let Some(first) = text.bytes().next() else { return Tag::Null };
    match first {
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => match text {
            "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE"
            | "on" | "On" | "ON" | "off" | "Off" | "OFF" => Tag::Bool,
            "~" | "null" | "Null" | "NULL" => Tag::Null,
            _ => Tag::Str,
        },
        b'-' | b'+' | b'.' | b'0'..=b'9' => {
            // Python's `$` also matches before a final line feed, which a quoted scalar tagged `!` can have.
            let text = text.strip_suffix('\n').unwrap_or(text);
            if is_float(text.as_bytes()) {
                Tag::Float
            } else if is_int(text.as_bytes()) {
                Tag::Int
            } else if is_timestamp(text) {
                Tag::Timestamp
            } else {
                Tag::Str
            }
        }
        b'<' if text == "<<" => Tag::Merge,
        b'=' if text == "=" => Tag::Value,
        _ => Tag::Str,
    }
}

/// The value of a scalar with this tag; None if PyYAML refuses it, and for unknown tags and those of collections.
pub(crate) fn construct(tag: &Tag, text: &str) -> Option<Value> {
    match tag {
        Tag::Null => Some(Value::Null),
        Tag::Bool => bool(text).map(Value::Bool),
        Tag::Int => int(text),
        Tag::Float => float(text).map(Value::float),
        Tag::Timestamp => timestamp(text),
        Tag::Str => Some(Value::Str(text.into())),
        Tag::Binary => binary(text).map(|bytes| Value::Bytes(bytes.into())),
        _ => None,
    }
}

fn bool(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Some(true),
        "no" | "false" | "off" => Some(false),
        _ => None,
    }
}

fn int(text: &str) -> Option<Value> {
    let text = text.replace('_', "");
    let (negative, text) = split_sign(&text);
    let magnitude = if let Some(digits) = text.strip_prefix("0b") {
        digits_in(2, digits)?
    } else if let Some(digits) = text.strip_prefix("0x") {
        digits_in(16, digits)?
    } else if text.starts_with('0') {
        digits_in(8, text.strip_prefix("0o").unwrap_or(text))?
    } else if let Some((first, rest)) = text.split_once(':') {
        let mut sum = digits_in(10, first)?;
        for part in rest.split(':') {
            sum.shift_in(60, digits_in(10, part)?.small()?);
        }
        sum
    } else {
        digits_in(10, text)?
    };
    let digits = magnitude.text();
    if digits.len() > MAX_DIGITS {
        return None;
    }
    let signed = if negative && digits != "0" { format!("-{digits}") } else { digits };
    Some(signed.parse().map_or_else(|_| Value::BigInt(signed.into()), Value::Int))
}

/// The number with these digits, surrounded by white space as Python allows it.
fn digits_in(radix: u32, text: &str) -> Option<Natural> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_DIGITS {
        return None;
    }
    let mut number = Natural::default();
    for digit in text.chars() {
        number.shift_in(radix, digit.to_digit(radix)?);
    }
    Some(number)
}

/// A natural number of any size.
#[derive(Default)]
struct Natural {
    /// In base 10^9, least significant first; no zeros at the end.
    limbs: Vec<u32>,
}

impl Natural {
    const BASE: u64 = 1_000_000_000;

    /// `self * radix + digit`
    fn shift_in(&mut self, radix: u32, digit: u32) {
        let mut carry = u64::from(digit);
        for limb in &mut self.limbs {
            carry += u64::from(*limb) * u64::from(radix);
            *limb = (carry % Self::BASE) as u32;
            carry /= Self::BASE;
        }
        if carry > 0 {
            self.limbs.push(carry as u32);
        }
    }

    /// The number, if it has at most one limb.
    fn small(&self) -> Option<u32> {
        match self.limbs[..] {
            [] => Some(0),
            [limb] => Some(limb),
            _ => None,
        }
    }

    fn text(&self) -> String {
        let Some((first, rest)) = self.limbs.split_last() else { return "0".into() };
        let mut text = first.to_string();
        for limb in rest.iter().rev() {
            text.push_str(&format!("{limb:09}"));
        }
        text
    }
}

fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let (negative, text) = split_sign(&text);
    let magnitude = if text == ".inf" {
        f64::INFINITY
    } else if text == ".nan" {
        return Some(f64::NAN);
    } else if text.contains(':') {
        sexagesimal_float(text)?
    } else {
        python_float(text)?
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Added up as PyYAML does, to get the same bits: least significant part first.
fn sexagesimal_float(text: &str) -> Option<f64> {
    let mut unit = Natural { limbs: vec![1] };
    let mut sum = 0.0;
    for part in text.rsplit(':') {
        let unit_as_float: f64 = unit.text().parse().ok()?;
        if unit_as_float.is_infinite() {
            return None;
        }
        sum += python_float(part)? * unit_as_float;
        unit.shift_in(60, 0);
    }
    Some(sum)
}

fn python_float(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

fn timestamp(text: &str) -> Option<Value> {
    let (date, time) = split_timestamp(text.strip_suffix('\n').unwrap_or(text))?;
    let date = Date { year: date[0].parse().ok()?, month: date[1].parse().ok()?, day: date[2].parse().ok()? };
    let days = match date.month {
        2 if date.year.is_multiple_of(4) && (!date.year.is_multiple_of(100) || date.year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if date.year == 0 || !(1..=days).contains(&date.day) {
        return None;
    }
    let Some(Time { clock, fraction, zone }) = time else { return Some(Value::Date(date)) };
    let (hour, minute, second) = (clock[0].parse().ok()?, clock[1].parse().ok()?, clock[2].parse().ok()?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let microsecond = format!("{:0<6}", &fraction[..fraction.len().min(6)]).parse().ok()?;
    let offset = match zone {
        None => None,
        Some((negative, hours, minutes)) => {
            let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
            if seconds >= 24 * 3600 {
                return None;
            }
            Some(if negative { -seconds } else { seconds })
        }
    };
    Some(Value::DateTime(DateTime { date, hour, minute, second, microsecond, offset }))
}

/// The digits after the day.
struct Time<'a> {
    clock: [&'a str; 3],
    fraction: &'a str,
    /// Sign, hours, minutes.
    zone: Option<(bool, &'a str, &'a str)>,
}

/// The runs of digits in a timestamp, not yet checked against the calendar.
fn split_timestamp(text: &str) -> Option<([&str; 3], Option<Time<'_>>)> {
    let (year, rest) = digits(text, 4, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 1, 2)?;
    let date = [year, month, day];
    if rest.is_empty() {
        return Some((date, None));
    }
    let blank = [' ', '\t'];
    let time = match rest.strip_prefix(['T', 't']) {
        Some(time) => time,
        None if rest.starts_with(blank) => rest.trim_start_matches(blank),
        None => return None,
    };
    let (hour, rest) = digits(time, 1, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2, 2)?;
    let (fraction, rest) = rest.strip_prefix('.').map_or(Some(("", rest)), |rest| digits(rest, 0, usize::MAX))?;
    let zone = match rest.trim_start_matches(blank) {
        "" if rest.is_empty() => None,
        "Z" => Some((false, "0", "0")),
        zone => {
            let sign = zone.starts_with('-');
            let (hours, rest) = digits(zone.strip_prefix(['-', '+'])?, 1, 2)?;
            let (minutes, rest) = rest.strip_prefix(':').map_or(Some(("0", rest)), |rest| digits(rest, 2, 2))?;
            if !rest.is_empty() {
                return None;
            }
            Some((sign, hours, minutes))
        }
    };
    Some((date, Some(Time { clock: [hour, minute, second], fraction, zone })))
}

/// A run of `least` to `most` ASCII digits and the text after it.
fn digits(text: &str, least: usize, most: usize) -> Option<(&str, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    (length >= least).then(|| text.split_at(length))
}

/// Python's lenient base64: characters outside the alphabet are skipped, the first complete padding ends it.
fn binary(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() {
        return None;
    }
    let (mut bytes, mut bits, mut count, mut pads) = (Vec::new(), 0u32, 0, 0);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if count % 4 >= 2 => {
                pads += 1;
                if count % 4 + pads >= 4 {
                    return Some(bytes);
                }
                continue;
            }
            _ => continue,
        };
        pads = 0;
        bits = bits << 6 | u32::from(six);
        if count % 4 > 0 {
            bytes.push((bits >> (6 - 2 * (count % 4))) as u8);
        }
        count += 1;
    }
    (count % 4 == 0).then_some(bytes)
}

/// `[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?`, `\.[0-9][0-9_]*([eE][-+][0-9]+)?`,
/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\.[0-9_]*`, `[-+]?\.(inf|Inf|INF)`, `\.(nan|NaN|NAN)`
fn is_float(text: &[u8]) -> bool {
    let unsigned = skip_sign(text);
    if let Some(fraction) = unsigned.strip_prefix(b".") {
        return match fraction {
            b"inf" | b"Inf" | b"INF" => true,
            b"nan" | b"NaN" | b"NAN" => unsigned.len() == text.len(),
            [b'0'..=b'9', rest @ ..] => unsigned.len() == text.len() && is_exponent(skip_digits(rest)),
            _ => false,
        };
    }
    let [b'0'..=b'9', rest @ ..] = unsigned else { return false };
    match skip_digits(rest) {
        [b'.', rest @ ..] => is_exponent(skip_digits(rest)),
        rest @ [b':', ..] => match skip_sixties(rest) {
            [b'.', rest @ ..] => skip_digits(rest).is_empty(),
            _ => false,
        },
        _ => false,
    }
}

/// `[-+]?0b[0-1_]+`, `[-+]?0[0-7_]+`, `[-+]?(0|[1-9][0-9_]*)`, `[-+]?0x[0-9a-fA-F_]+`, `[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+`
fn is_int(text: &[u8]) -> bool {
    let all = |digits: &[u8], allowed: fn(&u8) -> bool| {
        !digits.is_empty() && digits.iter().all(|digit| *digit == b'_' || allowed(digit))
    };
    match skip_sign(text) {
        b"0" => true,
        [b'0', b'b', rest @ ..] => all(rest, |digit| matches!(digit, b'0' | b'1')),
        [b'0', b'x', rest @ ..] => all(rest, u8::is_ascii_hexdigit),
        [b'0', rest @ ..] => all(rest, |digit| matches!(digit, b'0'..=b'7')),
        [b'1'..=b'9', rest @ ..] => skip_sixties(skip_digits(rest)).is_empty(),
        _ => false,
    }
}

/// `[0-9]{4}-[0-9]{2}-[0-9]{2}`, or with a time; without one, month and day need both digits.
fn is_timestamp(text: &str) -> bool {
    match split_timestamp(text) {
        Some((date, None)) => date.map(str::len) == [4, 2, 2],
        Some((_, Some(_))) => true,
        None => false,
    }
}

fn skip_sign(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'+', rest @ ..] => rest,
        _ => text,
    }
}

/// `[0-9_]*`
fn skip_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'_')).unwrap_or(text.len());
    &text[end..]
}

/// `(:[0-5]?[0-9])*`
fn skip_sixties(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [b':', b'0'..=b'5', b'0'..=b'9', rest @ ..] | [b':', b'0'..=b'9', rest @ ..] => rest,
            _ => return text,
        }
    }
}

/// `([eE][-+][0-9]+)?`, to the end
fn is_exponent(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b'e' | b'E', b'-' | b'+', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
