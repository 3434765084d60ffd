//! The name of a topic among clients and servers of Centrifugo, who call it a channel.
//!
//! `:` and `/` change places, because Centrifugo splits names by `:` and topics have levels split
//! by `/`: the channel `chat:room1` is the topic `chat/room1`. What a topic cannot hold is escaped
//! as `%XX`, one for each byte of UTF-8: control characters, `#`, `+`, and `$` at the beginning,
//! where it would hide the topic from wildcards. So the channel `inbox:#42` is the topic
//! `inbox/%2342`.
//!
//! A `%` is itself, except where it would read as such an escape: there one `25` is put behind it,
//! and taken away on the way back. So `100%` and even `100%25` are the same on both sides, only
//! `%23` is `%2523`. No two channels are one topic, and every topic has its channel, except those
//! that begin with `$`, which are the hub's own.

use wirehub_model::{Topic, TopicError};

/// The topic that a channel names.
///
/// # Errors
/// The channel is empty, or with what had to be escaped it is longer than a topic may be.
pub fn topic_of(channel: &str) -> Result<Topic, TopicError> {
    let mut name = String::with_capacity(channel.len());
    let mut rest = channel;
    while let Some(first) = rest.chars().next() {
        let start = rest.len() == channel.len();
        let taken = match escape_at(rest, start) {
            Some(escape) => {
                name.push_str("%25");
                name.push_str(escape.text.get(1..).unwrap_or_default());
                escape.text.len()
            }
            None => {
                push_in_topic(&mut name, first, start);
                first.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
        // Nothing gets shorter on the way, so a long name is refused without being built.
        if name.len() > Topic::BYTES_MAX {
            return Err(TopicError::TooLong(name.len() + rest.len()));
        }
    }
    Topic::parse(&name)
}

/// The channel that names a topic; none for a topic that begins with `$`.
#[must_use]
pub fn channel_of(topic: &Topic) -> Option<String> {
    let name = topic.as_str();
    if name.starts_with('$') {
        return None;
    }
    let mut channel = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let start = rest.len() == name.len();
        let taken = match escape_at(rest, start) {
            Some(Escape { text, layers: 0 }) => {
                channel.extend(escaped_char(text));
                text.len()
            }
            Some(Escape { text, .. }) => {
                channel.push('%');
                channel.push_str(text.get("%25".len()..).unwrap_or_default());
                text.len()
            }
            None => {
                channel.push(swapped(first));
                first.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    Some(channel)
}

/// A text that reads as the escape of a character that a topic cannot hold.
struct Escape<'a> {
    /// All of it, with the `%` in front.
    text: &'a str,
    /// How many `25` stand between the `%` and the character.
    layers: usize,
}

/// The escape that a text begins with; `start` says that the text is the beginning of the name.
fn escape_at(text: &str, start: bool) -> Option<Escape<'_>> {
    let mut code = text.strip_prefix('%')?;
    let mut layers = 0;
    while let Some(behind) = code.strip_prefix("25") {
        (code, layers) = (behind, layers + 1);
    }
    let length = match *code.as_bytes() {
        [b'2', b'3' | b'B', ..] | [b'7', b'F', ..] => 2,
        [b'2', b'4', ..] if start => 2,
        [b'0' | b'1', digit, ..] if is_hex(digit) => 2,
        // U+0080 to U+009F, which are control characters of two bytes.
        [b'C', b'2', b'%', b'8' | b'9', digit, ..] if is_hex(digit) => 5,
        _ => return None,
    };
    let text = text.get(..text.len() - code.len() + length)?;
    Some(Escape { text, layers })
}

/// Whether a byte is a digit as escapes are written, in upper case.
const fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// Puts a character of a channel into the name of a topic.
fn push_in_topic(name: &mut String, c: char, start: bool) {
    let is_held = match c {
        '#' | '+' => false,
        '$' => !start,
        _ => !c.is_control(),
    };
    if is_held {
        name.push(swapped(c));
        return;
    }
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        name.push('%');
        name.extend([byte >> 4, byte & 15].map(|nibble| digit(nibble).to_ascii_uppercase()));
    }
}

/// The character that an escape without layers stands for. The last two digits are its number in
/// one byte of UTF-8 and in two that begin with `C2` (RFC 3629 section 3).
fn escaped_char(text: &str) -> Option<char> {
    let digits = text.get(text.len().checked_sub(2)?..)?;
    u8::from_str_radix(digits, 16).ok().map(char::from)
}

/// What stands for a character on the other side.
const fn swapped(c: char) -> char {
    match c {
        ':' => '/',
        '/' => ':',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topic(channel: &str) -> String {
        topic_of(channel).unwrap().to_string()
    }

    fn channel(topic: &str) -> Option<String> {
        channel_of(&Topic::parse(topic).unwrap())
    }

    #[test]
    fn each_channel_is_the_topic_that_one_expects() {
        for (ours, theirs) in [
            ("chat/room1", "chat:room1"),
            ("news", "news"),
            ("a:b/c", "a/b:c"),
            ("inbox/%2342", "inbox:#42"),
            ("%24private/x", "$private:x"),
            ("price/$", "price:$"),
            ("a%2Bb", "a+b"),
            ("line%0Afeed", "line\nfeed"),
            ("c1%C2%85", "c1\u{85}"),
            ("größe/é", "größe:é"),
        ] {
            assert_eq!(topic(theirs), ours, "{theirs}");
            assert_eq!(channel(ours).as_deref(), Some(theirs), "{ours}");
        }
    }

    #[test]
    fn a_percent_sign_is_itself_where_nothing_else_is_read() {
        for same in [
            "100%", "100%25", "%", "%%", "%2b", "a%24b", "%C2", "%80", "%2",
        ] {
            assert_eq!(topic(same), same);
            assert_eq!(channel(same).as_deref(), Some(same));
        }
        for (ours, theirs) in [
            ("%2523", "%23"),
            ("%252523", "%2523"),
            ("%2524", "%24"),
            ("a%25C2%80", "a%C2%80"),
            ("%25%23", "%25#"),
            ("%%2523", "%%23"),
            ("%C2%2523", "%C2%23"),
        ] {
            assert_eq!(topic(theirs), ours, "{theirs}");
            assert_eq!(channel(ours).as_deref(), Some(theirs), "{ours}");
        }
    }

    #[test]
    fn what_has_no_name_on_the_other_side_is_said() {
        assert_eq!(channel("$sys/load"), None);
        assert_eq!(topic_of(""), Err(TopicError::Empty));
        assert_eq!(topic_of(&"#".repeat(86)), Err(TopicError::TooLong(258)));
        assert_eq!(topic(&"#".repeat(85)).len(), Topic::BYTES_MAX);
        let endless = "#".repeat(100_000);
        assert!(matches!(topic_of(&endless), Err(TopicError::TooLong(length)) if length > 99_000));
    }

    /// Names made of what is special, so that escapes meet each other often.
    fn special() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            prop::sample::select(vec![
                "%", "25", "23", "2B", "24", "C2", "C2%8", "0A", "7F", "8", "9F", "#", "+", "$",
                ":", "/", "a", "F", "f", "\u{85}", "\u{9f}", "\u{a0}", "\n", "\0", "é",
            ])
            .prop_map(str::to_owned),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 1..24).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]

        #[test]
        fn a_channel_comes_back_from_its_topic(name in special()) {
            if let Ok(topic) = topic_of(&name) {
                prop_assert_eq!(channel_of(&topic), Some(name));
            }
        }

        #[test]
        fn a_topic_comes_back_from_its_channel(name in special()) {
            let name: String = name.chars().filter(|c| !c.is_control()).collect();
            let name = name.replace(['#', '+'], "%23");
            if let Ok(topic) = Topic::parse(&name)
                && let Some(channel) = channel_of(&topic)
            {
                prop_assert_eq!(topic_of(&channel), Ok(topic));
            }
        }
    }
}
