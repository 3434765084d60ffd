//! The `info` claim: one JSON value that others see beside the user.

/// The deepest nesting; parsers of clients bound theirs.
pub(crate) const DEPTH_MAX: usize = 32;

/// Takes the white space out of a valid JSON value, so that it fits on one line of any transport.
/// `None` when it is nested deeper than [`DEPTH_MAX`].
pub(crate) fn compact(json: &str) -> Option<String> {
    let mut text = String::with_capacity(json.len());
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for c in json.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            text.push(c);
            continue;
        }
        match c {
            ' ' | '\t' | '\n' | '\r' => continue,
            '"' => quoted = true,
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return None;
        }
        text.push(c);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn keeps_what_is_quoted() {
        let spaced = "{ \"a b\" :\n [1, \"\\\" x\\\\\" , {} ] }";
        assert_eq!(compact(spaced).unwrap(), "{\"a b\":[1,\"\\\" x\\\\\",{}]}");
    }

    #[test]
    fn bounds_the_nesting() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(compact(&nested(DEPTH_MAX)), Some(nested(DEPTH_MAX)));
        assert_eq!(compact(&nested(DEPTH_MAX + 1)), None);
    }

    proptest! {
        #[test]
        fn means_the_same(key in ".*", text in ".*", number: i64) {
            let value = serde_json::json!({ key: [text, { "n": number }] });
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            let compacted = compact(&pretty).unwrap();
            prop_assert_eq!(&compacted, &value.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(&compacted).unwrap(), value);
        }
    }
}
