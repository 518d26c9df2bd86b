//! `WWW-Authenticate` (RFC 9110, 11.6.1) and what a `Bearer` challenge in it says (RFC 6750, 3). Pure.

/// The token is good, but not for this (RFC 6750, 3.1).
pub(crate) const INSUFFICIENT_SCOPE: &str = "insufficient_scope";

/// A `Bearer` challenge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bearer {
    /// The issuer of the authorization server, by UCP.
    pub(crate) realm: Option<String>,
    /// "`invalid_token`", "`insufficient_scope`", …; none where no token was sent.
    pub(crate) error: Option<String>,
    /// All scopes that the operation needs.
    pub(crate) scopes: Vec<String>,
}

/// The first `Bearer` challenge of a field. `error_description` is for people and decides nothing (UCP
/// identity-linking, "Authentication challenges").
pub(crate) fn bearer(field: &str) -> Option<Bearer> {
    let mut found: Option<Bearer> = None;
    for part in parts(field) {
        let (scheme, parameter) = split_scheme(&part);
        if let Some(scheme) = scheme {
            if found.is_some() {
                break;
            }
            found = scheme.eq_ignore_ascii_case("bearer").then(Bearer::default);
        }
        if let (Some(bearer), Some((name, value))) = (&mut found, parameter.and_then(read)) {
            match name.as_str() {
                "realm" => bearer.realm = bearer.realm.take().or(Some(value)),
                "error" => bearer.error = bearer.error.take().or(Some(value)),
                "scope" if bearer.scopes.is_empty() => {
                    bearer.scopes = value.split_ascii_whitespace().map(str::to_owned).collect();
                }
                _ => {}
            }
        }
    }
    found
}

/// The field cut at the commas outside quoted strings.
fn parts(field: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut escaped) = (false, false);
    for c in field.chars() {
        if c == ',' && !quoted {
            parts.push(String::new());
            continue;
        }
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect()
}

/// A scheme, where a part begins with one, and the parameter after it.
fn split_scheme(part: &str) -> (Option<&str>, Option<&str>) {
    let word = part.find(|c: char| !is_token(c)).unwrap_or(part.len());
    let rest = part[word..].trim_start();
    if word > 0 && rest.is_empty() {
        (Some(part), None)
    } else if word > 0 && !rest.starts_with('=') && part[word..].starts_with(char::is_whitespace) {
        (Some(&part[..word]), Some(rest))
    } else {
        (None, Some(part))
    }
}

/// `name=value` or `name="value"`; token68 is none.
fn read(parameter: &str) -> Option<(String, String)> {
    let (name, value) = parameter.split_once('=')?;
    let (name, value) = (name.trim_end(), value.trim_start());
    if name.is_empty() || !name.chars().all(is_token) {
        return None;
    }
    let value = match value.strip_prefix('"') {
        Some(rest) => unquote(rest)?,
        None if !value.is_empty() && value.chars().all(is_token) => value.to_owned(),
        None => return None,
    };
    Some((name.to_ascii_lowercase(), value))
}

/// A quoted string after its first quote (RFC 9110, 5.6.4).
fn unquote(rest: &str) -> Option<String> {
    let mut value = String::new();
    let mut chars = rest.chars();
    loop {
        match chars.next()? {
            '"' => return Some(value),
            '\\' => value.push(chars.next()?),
            c => value.push(c),
        }
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> Option<(Option<String>, Option<String>, String)> {
        bearer(field).map(|bearer| (bearer.realm, bearer.error, bearer.scopes.join("|")))
    }

    #[test]
    fn the_challenges_of_the_specifications_are_read() {
        let s = |text: &str| Some(text.to_owned());
        for (field, wanted) in [
            // UCP identity-linking, "insufficient_scope".
            (
                "Bearer realm=\"https://merchant.example.com\",\n error=\"insufficient_scope\",\n \
                 scope=\"dev.ucp.shopping.order:read dev.ucp.shopping.order:manage\",\n resource_metadata=\"https://m\"",
                Some((
                    s("https://merchant.example.com"),
                    s("insufficient_scope"),
                    "dev.ucp.shopping.order:read|dev.ucp.shopping.order:manage".to_owned(),
                )),
            ),
            // RFC 6750, 3.
            (
                r#"Bearer realm="example", error="invalid_token", error_description="The access token expired""#,
                Some((s("example"), s("invalid_token"), String::new())),
            ),
            // RFC 9110, 11.6.1: several challenges in one field.
            (
                r#"Basic realm="simple", Newauth realm="apps", type=1, title="Login to \"apps\", error=\"x\"""#,
                None,
            ),
            (
                r#"Negotiate dG9rZW42OA==, bearer scope="a", error = insufficient_scope , Basic realm="b""#,
                Some((None, s("insufficient_scope"), "a".to_owned())),
            ),
            ("Bearer", Some((None, None, String::new()))),
            ("Bearer, Basic realm=x", Some((None, None, String::new()))),
            (r#"Bearer realm="a, b \"c\"""#, Some((s("a, b \"c\""), None, String::new()))),
            (r#"Bearer scope="a b", scope="c""#, Some((None, None, "a|b".to_owned()))),
            (r#"Bearer realm="unclosed"#, Some((None, None, String::new()))),
            ("error=\"insufficient_scope\"", None),
            ("", None),
        ] {
            assert_eq!(read(field), wanted, "{field}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_not_but_breaks_nothing(field in ".{0,80}") {
            let _ = bearer(&field);
        }
    }
}
