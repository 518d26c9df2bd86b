//! Values, paths, matchers and variables, as the README has them. Pure.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Paths and matchers; all have to hold.
pub type Conditions = Map<String, Value>;
/// What steps have named.
pub type Variables = BTreeMap<String, Value>;

const MATCHERS: [&str; 8] = ["is", "not", "present", "at_least", "at_most", "more_than", "has", "one_of"];

/// What is at a path; null if nothing is.
pub fn at(value: &Value, path: &str) -> Value {
    let mut here = value.clone();
    for name in path.split('.').filter(|name| !name.is_empty()) {
        here = match &here {
            Value::Array(items) if name == "length" => Some(items.len().into()),
            Value::Array(items) => name.parse().ok().and_then(|index: usize| items.get(index).cloned()),
            Value::Object(fields) => fields.get(name).cloned(),
            _ => None,
        }
        .unwrap_or(Value::Null);
    }
    here
}

/// Whether two values are the same; a text is the same as a variant of that name.
pub fn same(wanted: &Value, found: &Value) -> bool {
    match (wanted, found) {
        (Value::String(name), Value::Object(variant)) => variant.len() == 1 && variant.contains_key(name),
        (Value::Array(wanted), Value::Array(found)) => {
            wanted.len() == found.len() && wanted.iter().zip(found).all(|(wanted, found)| same(wanted, found))
        }
        (Value::Object(wanted), Value::Object(found)) => {
            let all = wanted.keys().chain(found.keys());
            let get = |of: &Map<String, Value>, name: &String| of.get(name).cloned().unwrap_or(Value::Null);
            all.into_iter().all(|name| same(&get(wanted, name), &get(found, name)))
        }
        _ => wanted == found,
    }
}

/// The first condition that a value does not meet, as a sentence.
pub fn unmet(conditions: &Conditions, value: &Value) -> Option<String> {
    conditions.iter().find_map(|(path, matcher)| {
        let found = at(value, path);
        (!holds(matcher, &found)).then(|| {
            let path = if path.is_empty() { "it" } else { path };
            format!("{path} is {}, not {matcher}", brief(&found))
        })
    })
}

fn holds(matcher: &Value, found: &Value) -> bool {
    let Value::Object(matchers) = matcher else { return same(matcher, found) };
    matchers.iter().all(|(name, wanted)| {
        let numbers = || Some((found.as_i64()?, wanted.as_i64()?));
        match name.as_str() {
            "is" => same(wanted, found),
            "not" => !same(wanted, found),
            "present" => wanted.as_bool() == Some(!found.is_null()),
            "at_least" => numbers().is_some_and(|(found, wanted)| found >= wanted),
            "at_most" => numbers().is_some_and(|(found, wanted)| found <= wanted),
            "more_than" => numbers().is_some_and(|(found, wanted)| found > wanted),
            "has" => match (found, wanted) {
                (Value::Array(items), _) => items.iter().any(|item| same(wanted, item)),
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                _ => false,
            },
            "one_of" => wanted.as_array().is_some_and(|all| all.iter().any(|one| same(one, found))),
            _ => false,
        }
    })
}

/// Whether every matcher is one there is; else the one that is not.
pub fn unknown_matcher(conditions: &Conditions) -> Option<&str> {
    let all = conditions.values().filter_map(Value::as_object);
    all.flat_map(Map::keys).map(String::as_str).find(|name| !MATCHERS.contains(name))
}

/// Puts variables in.
///
/// # Errors
/// What is not there.
pub fn fill(value: &Value, variables: &Variables) -> Result<Value, String> {
    match value {
        Value::String(text) => fill_text(text, variables),
        Value::Array(items) => items.iter().map(|item| fill(item, variables)).collect(),
        Value::Object(fields) => fill_fields(fields, variables).map(Value::Object),
        _ => Ok(value.clone()),
    }
}

/// Puts variables into the values of an object.
///
/// # Errors
/// What is not there.
pub fn fill_fields(fields: &Map<String, Value>, variables: &Variables) -> Result<Map<String, Value>, String> {
    fields.iter().map(|(name, value)| Ok((name.clone(), fill(value, variables)?))).collect()
}

fn fill_text(text: &str, variables: &Variables) -> Result<Value, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (path, after) =
            after.split_once('}').ok_or_else(|| format!("{text} has a ${{ without its }}"))?;
        let value = variable(path, variables)?;
        if before.is_empty() && after.is_empty() && filled.is_empty() {
            return Ok(value);
        }
        filled.push_str(before);
        match value {
            Value::String(part) => filled.push_str(&part),
            other => filled.push_str(&other.to_string()),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled.into())
}

fn variable(path: &str, variables: &Variables) -> Result<Value, String> {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let value = variables.get(name).ok_or_else(|| format!("nothing is called {name}"))?;
    match at(value, rest) {
        Value::Null => Err(format!("there is nothing at {path}")),
        found => Ok(found),
    }
}

/// A value as a person wants it in a sentence: not a whole feed.
pub fn brief(value: &Value) -> String {
    const LONGEST: usize = 1_500;
    let text = value.to_string();
    let mut start: String = text.chars().take(LONGEST).collect();
    if start.len() < text.len() {
        start.push('…');
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn meets(conditions: &Value, value: &Value) -> bool {
        unmet(conditions.as_object().unwrap(), value).is_none()
    }

    #[test]
    fn a_path_leads_into_records_lists_and_variants_and_to_null_where_there_is_nothing() {
        let value = json!({"posts": [{"live": {"room": "pearls"}}], "state": {"placed": {"id": "o1"}}});
        assert_eq!(at(&value, "posts.0.live.room"), "pearls");
        assert_eq!(at(&value, "posts.length"), 1);
        assert_eq!(at(&value, "state.placed.id"), "o1");
        assert_eq!(at(&value, ""), value);
        for nowhere in ["posts.1.live", "posts.first", "state.declined.code", "posts.0.live.room.length"] {
            assert_eq!(at(&value, nowhere), Value::Null, "{nowhere}");
        }
    }

    #[test]
    fn every_matcher_can_hold_and_can_fail() {
        let value = json!({"n": 5, "s": {"placed": {"id": "o"}}, "l": ["a", {"b": 1}], "t": "pearl P7"});
        for holding in [
            json!({"n": 5, "s": "placed", "s.placed.id": "o", "t": {"has": "P7"}, "missing": null}),
            json!({"n": {"at_least": 5, "at_most": 5, "more_than": 4, "one_of": [4, 5], "not": 6, "is": 5}}),
            json!({"l": {"has": "b"}, "n": {"present": true}, "missing": {"present": false}}),
            json!({"l": ["a", "b"], "": {"is": value}}),
        ] {
            assert!(meets(&holding, &value), "{holding}");
        }
        for failing in [
            json!({"n": 6}),
            json!({"n": {"at_least": 6}}),
            json!({"n": {"at_most": 4}}),
            json!({"n": {"more_than": 5}}),
            json!({"n": {"at_least": 5, "at_most": 4}}),
            json!({"n": {"one_of": [1, 2]}}),
            json!({"n": {"not": 5}}),
            json!({"n": "5"}),
            json!({"s": "declined"}),
            json!({"s": {"not": "placed"}}),
            json!({"l": {"has": "c"}}),
            json!({"t": {"has": "P8"}}),
            json!({"missing": {"present": true}}),
            json!({"missing": {"at_least": 0}}),
            json!({"n": {"present": false}}),
            json!({"n": {"around": 5}}),
            json!({"l": ["a"]}),
        ] {
            assert!(!meets(&failing, &value), "{failing}");
        }
    }

    #[test]
    fn variables_keep_their_type_alone_and_become_text_among_words() {
        let variables = Variables::from([("line".to_owned(), json!({"id": "l1", "at": 7}))]);
        let filled =
            fill(&json!({"at": "${line.at}", "path": ["/lines/${line.id}?at=${line.at}"]}), &variables);
        assert_eq!(filled, Ok(json!({"at": 7, "path": ["/lines/l1?at=7"]})));
        for bad in ["${nobody}", "${line.nothing}", "${line.id"] {
            assert!(fill(&json!(bad), &variables).is_err(), "{bad}");
        }
    }
}
