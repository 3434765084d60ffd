//! What Centrifugo calls a channel, as a topic and back.
//!
//! `:` splits channels and `/` splits topics, so the two change places: `chat:room1` is the topic
//! `chat/room1`. What a topic cannot hold as it is (`#`, `+`, control characters), and a `$` at its
//! beginning, which stands for what is the server's own, is written `%XX` byte by byte; so is a `%`
//! that would read as such an escape. Nothing else is, and only what had to be is read back, so
//! every topic has one channel and no two topics have the same.

use wirehub_model::Topic;

/// The topic of a channel; `None` when it is empty or too long to be one.
pub(crate) fn to_topic(channel: &str) -> Option<Topic> {
    if channel.len() > Topic::BYTES_MAX {
        return None;
    }
    let mut name = String::with_capacity(channel.len());
    for (place, letter) in channel.char_indices() {
        let rest = channel.get(place..)?;
        if is_escaped(letter, place == 0) || Escape::read(rest, place == 0).is_some() {
            escape(letter, &mut name);
        } else {
            name.push(swapped(letter));
        }
    }
    Topic::parse(&name).ok()
}

/// The channel of a topic; `None` of the server's own, which begin with `$`.
pub(crate) fn of_topic(topic: &Topic) -> Option<String> {
    let mut rest = topic.as_str();
    if rest.starts_with('$') {
        return None;
    }
    let mut channel = String::with_capacity(rest.len());
    while let Some(letter) = rest.chars().next() {
        let escape = Escape::read(rest, channel.is_empty());
        let (letter, bytes) = match escape {
            Some(Escape { letter, bytes }) => (letter, bytes),
            None => (swapped(letter), letter.len_utf8()),
        };
        channel.push(letter);
        rest = rest.get(bytes..).unwrap_or_default();
    }
    Some(channel)
}

const fn swapped(letter: char) -> char {
    match letter {
        ':' => '/',
        '/' => ':',
        other => other,
    }
}

/// Whether a letter of a channel has to be escaped whatever stands around it.
fn is_escaped(letter: char, first: bool) -> bool {
    matches!(letter, '#' | '+') || letter.is_control() || (first && letter == '$')
}

/// An escape at the beginning of a text.
#[derive(Clone, Copy)]
struct Escape {
    /// What it stands for.
    letter: char,
    /// How long it is.
    bytes: usize,
}

impl Escape {
    /// Reads an escape that has to be there. An escaped `%` has to be where it would read as an
    /// escape with what follows; what follows may be an escape of that kind again, so all `25` in
    /// a row decide together, by what stands behind them.
    fn read(text: &str, first: bool) -> Option<Self> {
        let behind = text.strip_prefix('%')?;
        let decides = behind.trim_start_matches("25");
        let deciding = Self::read_plain(decides, first)?;
        Some(if decides.len() == behind.len() {
            deciding
        } else {
            Self {
                letter: '%',
                bytes: 3,
            }
        })
    }

    /// Reads an escape of anything but `%`, of which the `%` was taken away.
    fn read_plain(digits: &str, first: bool) -> Option<Self> {
        let head = byte(digits)?;
        let (letter, bytes) = if head.is_ascii() {
            (char::from(head), 3)
        } else {
            // Control characters beyond ASCII are U+0080 to U+009F, of two bytes.
            let tail = byte(digits.get(2..)?.strip_prefix('%')?)?;
            let pair = [head, tail];
            (std::str::from_utf8(&pair).ok()?.chars().next()?, 6)
        };
        is_escaped(letter, first).then_some(Self { letter, bytes })
    }
}

/// The byte that a text begins with, in two digits of upper case.
fn byte(digits: &str) -> Option<u8> {
    let digits = digits.get(..2)?;
    let upper = |digit: u8| digit.is_ascii_digit() || (b'A'..=b'F').contains(&digit);
    if digits.bytes().all(upper) {
        u8::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

fn escape(letter: char, out: &mut String) {
    let mut buffer = [0; 4];
    for byte in letter.encode_utf8(&mut buffer).bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topic(channel: &str) -> String {
        to_topic(channel).unwrap().to_string()
    }

    #[test]
    fn names_that_people_use_stay_readable() {
        for (channel, name) in [
            ("chat:room1", "chat/room1"),
            ("news", "news"),
            ("/users/:id", ":users:/id"),
            ("$private:x", "%24private/x"),
            ("a$b", "a$b"),
            ("personal:#42", "personal/%2342"),
            ("a+b", "a%2Bb"),
            ("100%", "100%"),
            ("%41", "%41"),
            ("%23", "%2523"),
            ("%2523", "%252523"),
            ("%25", "%25"),
            ("a\u{85}", "a%C2%85"),
        ] {
            assert_eq!(topic(channel), name);
            let topic = Topic::parse(name).unwrap();
            assert_eq!(of_topic(&topic).as_deref(), Some(channel));
        }
        assert_eq!(of_topic(&Topic::parse("$sys/x").unwrap()), None);
        assert_eq!(to_topic(""), None);
        assert_eq!(to_topic(&"x".repeat(256)), None);
        assert_eq!(to_topic(&"#".repeat(86)), None);
    }

    fn text() -> impl Strategy<Value = String> {
        let pieces = prop_oneof![
            3 => prop::sample::select(vec![
                "%", "25", "23", "2B", "24", "C2", "85", "0A", "41", "#", "+", "$", ":", "/", "a",
                "\u{85}", "\n", "ä", "%25", "%2", "5",
            ])
            .prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_channel_comes_back_as_it_was(channel in text()) {
            if let Some(topic) = to_topic(&channel) {
                prop_assert_eq!(of_topic(&topic), Some(channel));
            }
        }

        #[test]
        fn a_topic_comes_back_as_it_was(name in text()) {
            if let Ok(topic) = Topic::parse(&name)
                && let Some(channel) = of_topic(&topic)
            {
                prop_assert_eq!(to_topic(&channel), Some(topic));
            }
        }
    }
}
