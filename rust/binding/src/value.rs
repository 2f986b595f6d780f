//! Values of the core ↔ plain Python values.

use nsmig_core::value::{Date, DateTime, Value};
use nsmig_reader::{MAX_DEPTH, MAX_DIGITS};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyBytes, PyDate, PyDateTime, PyDelta, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PyMapping, PySequence,
    PySet, PyString, PyTuple, PyTzInfo, PyTzInfoAccess,
};

use crate::exceptions;

pub fn value_to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    let list = |values: &[Value]| values.iter().map(|each| value_to_python(py, each)).collect::<PyResult<Vec<_>>>();
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any(),
        Value::Int(value) => value.into_pyobject(py)?.into_any(),
        Value::BigInt(digits) => py.get_type::<PyInt>().call1((digits.as_ref(),))?,
        Value::Float(bits) => PyFloat::new(py, f64::from_bits(*bits)).into_any(),
        Value::Str(text) => PyString::new(py, text).into_any(),
        Value::Bytes(bytes) => PyBytes::new(py, bytes).into_any(),
        Value::Date(date) => PyDate::new(py, date.year.into(), date.month, date.day)?.into_any(),
        Value::DateTime(at) => {
            let zone = match at.offset {
                None => None,
                Some(0) => Some(PyTzInfo::utc(py)?.to_owned()),
                Some(seconds) => Some(PyTzInfo::fixed_offset(py, PyDelta::new(py, 0, seconds, 0, true)?)?),
            };
            let DateTime { date, hour, minute, second, microsecond, .. } = *at;
            PyDateTime::new(
                py,
                date.year.into(),
                date.month,
                date.day,
                hour,
                minute,
                second,
                microsecond,
                zone.as_ref(),
            )?
            .into_any()
        }
        Value::List(values) => PyList::new(py, list(values)?)?.into_any(),
        Value::Set(values) => PySet::new(py, list(values)?)?.into_any(),
        Value::Map(entries) => {
            let dict = PyDict::new(py);
            for (key, value) in entries {
                dict.set_item(value_to_python(py, key)?, value_to_python(py, value)?)?;
            }
            dict.into_any()
        }
    })
}

pub fn value_from_python(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    value_within(MAX_DEPTH, value)
}

/// Not deeper than files may nest, since a Python value can contain itself.
fn value_within(depth: usize, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let too_deep = || {
        exceptions::bad_operation(format!(
            "the value is nested deeper than {MAX_DEPTH} levels, or contains itself; flatten it"
        ))
    };
    let deeper = depth.checked_sub(1).ok_or_else(too_deep)?;
    let list = |values: Bound<'_, PyAny>| -> PyResult<Vec<Value>> {
        values.try_iter()?.map(|each| value_within(deeper, &each?)).collect()
    };
    if let Ok(text) = value.cast::<PyString>() {
        Ok(Value::Str(text.to_str()?.into())) // first, since most values are texts
    } else if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(value) = value.cast::<PyBool>() {
        Ok(Value::Bool(value.is_true()))
    } else if value.is_instance_of::<PyInt>() {
        value.extract().map(Value::Int).or_else(|_| big_int(value))
    } else if value.is_instance_of::<PyFloat>() {
        Ok(Value::float(value.extract()?))
    } else if let Ok(bytes) = value.cast::<PyBytes>() {
        Ok(Value::Bytes(bytes.as_bytes().into()))
    } else if let Ok(at) = value.cast::<PyDateTime>() {
        let offset = at.call_method0("utcoffset")?;
        if offset.is_none() && at.get_tzinfo().is_some() {
            let problem =
                format!("the time zone of {at} gives no offset from UTC; give the time with one, or without zone");
            return Err(exceptions::bad_operation(problem));
        }
        let seconds = |offset: Bound<'_, PyAny>| offset.call_method0("total_seconds")?.extract::<f64>();
        let offset = if offset.is_none() { None } else { Some(seconds(offset)? as i32) };
        let part = |name: &str| -> PyResult<u8> { at.getattr(name)?.extract() };
        Ok(Value::DateTime(DateTime {
            date: date_of(at)?,
            hour: part("hour")?,
            minute: part("minute")?,
            second: part("second")?,
            microsecond: at.getattr("microsecond")?.extract()?,
            offset,
        }))
    } else if let Ok(date) = value.cast::<PyDate>() {
        Ok(Value::Date(date_of(date)?))
    } else if value.is_instance_of::<PySet>() || value.is_instance_of::<PyFrozenSet>() {
        let mut members = list(value.clone())?;
        members.sort_by_key(|each| format!("{each:?}")); // a set has no order of its own
        Ok(Value::Set(members))
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        Ok(Value::List(list(value.cast::<PySequence>()?.try_iter()?.into_any())?))
    } else if let Ok(mapping) = value.cast::<PyMapping>() {
        let entries = pairs(value, mapping)?.into_iter();
        let entries = entries.map(|(key, value)| Ok((value_within(deeper, &key)?, value_within(deeper, &value)?)));
        Ok(Value::Map(entries.collect::<PyResult<_>>()?))
    } else {
        Err(exceptions::bad_operation(format!("a migration cannot hold {value} of type {}", value.get_type().name()?)))
    }
}

/// The entries of a mapping. All are taken from a dict before any is examined, because that may run code that changes
/// it.
fn pairs<'py>(
    value: &Bound<'py, PyAny>,
    mapping: &Bound<'py, PyMapping>,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    match value.cast_exact::<PyDict>() {
        Ok(dict) => Ok(dict.iter().collect()),
        Err(_) => mapping.items()?.iter().map(|item| item.extract()).collect(),
    }
}

/// A number that does not fit into 64 bits.
fn big_int(value: &Bound<'_, PyAny>) -> PyResult<Value> {
    let digits = value.py().get_type::<PyInt>().call_method1("__repr__", (value,)); // not that of an enumeration
    let digits: String = digits.and_then(|digits| digits.extract()).map_err(|_| {
        exceptions::bad_operation(format!(
            "a whole number has more than {MAX_DIGITS} decimal digits, which no file can hold"
        ))
    })?;
    Ok(Value::BigInt(digits.into()))
}

fn date_of(date: &Bound<'_, PyAny>) -> PyResult<Date> {
    Ok(Date {
        year: date.getattr("year")?.extract()?,
        month: date.getattr("month")?.extract()?,
        day: date.getattr("day")?.extract()?,
    })
}
