//! Patterns of channel names.

/// A pattern: `*` and `**` stand for any text, `?` for a character, `[a-z]` and `[!a-z]` for one of
/// a set, `{a,b}` for either text; `\` takes the meaning from what follows.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    /// The pattern with each of its alternatives.
    ways: Vec<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Any,
    One,
    Literal(char),
    Set {
        ranges: Vec<(char, char)>,
        without: bool,
    },
}

/// The most texts that alternatives may come to, and the most pieces of all of them together.
const WAYS_MAX: usize = 64;
const PIECES_MAX: usize = 4_096;

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Says what is wrong with it, as the end of a sentence.
    pub(super) fn parse(pattern: &str) -> Result<Self, &'static str> {
        let mut ways = vec![Vec::new()];
        let mut rest = pattern.chars();
        while let Some(c) = rest.next() {
            match c {
                '{' => ways = with_alternatives(&ways, &alternatives(&mut rest)?)?,
                c => {
                    let piece = piece(c, &mut rest)?;
                    ways.iter_mut().for_each(|way| push(way, &piece));
                }
            }
            if ways.iter().map(Vec::len).sum::<usize>() > PIECES_MAX {
                return Err("is too long");
            }
        }
        Ok(Self { ways })
    }

    /// Whether a name matches.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        self.ways.iter().any(|way| matches(way, &name))
    }
}

/// Reads one piece that begins with `c`.
fn piece(c: char, rest: &mut std::str::Chars<'_>) -> Result<Piece, &'static str> {
    match c {
        '*' => Ok(Piece::Any),
        '?' => Ok(Piece::One),
        '[' => set(rest),
        '\\' => rest.next().map(Piece::Literal).ok_or("ends with `\\`"),
        literal => Ok(Piece::Literal(literal)),
    }
}

/// Reads a set of characters up to its end.
fn set(rest: &mut std::str::Chars<'_>) -> Result<Piece, &'static str> {
    let end = "has a `[` without its `]`";
    let mut next = rest.next().ok_or(end)?;
    let without = matches!(next, '!' | '^');
    if without {
        next = rest.next().ok_or(end)?;
    }
    let mut ranges = Vec::new();
    while next != ']' {
        let first = if next == '\\' {
            rest.next().ok_or(end)?
        } else {
            next
        };
        next = rest.next().ok_or(end)?;
        let mut last = first;
        if next == '-' {
            last = rest.next().filter(|last| *last != ']').ok_or(end)?;
            next = rest.next().ok_or(end)?;
        }
        ranges.push((first, last));
    }
    Ok(Piece::Set { ranges, without })
}

/// Reads alternatives up to their end. They hold no alternatives of their own.
fn alternatives(rest: &mut std::str::Chars<'_>) -> Result<Vec<Vec<Piece>>, &'static str> {
    let mut ways = vec![Vec::new()];
    loop {
        match rest.next().ok_or("has a `{` without its `}`")? {
            '}' => return Ok(ways),
            ',' => ways.push(Vec::new()),
            '{' => return Err("has a `{` within another"),
            c => {
                let piece = piece(c, rest)?;
                if let Some(way) = ways.last_mut() {
                    push(way, &piece);
                }
            }
        }
    }
}

/// Goes on with each alternative in each way.
fn with_alternatives(
    ways: &[Vec<Piece>],
    alternatives: &[Vec<Piece>],
) -> Result<Vec<Vec<Piece>>, &'static str> {
    if ways.len() * alternatives.len() > WAYS_MAX {
        return Err("has too many alternatives");
    }
    let all = ways.iter().flat_map(|way| {
        alternatives
            .iter()
            .map(|more| [way.as_slice(), more].concat())
    });
    Ok(all.collect())
}

/// Adds a piece; any text twice is any text.
fn push(way: &mut Vec<Piece>, piece: &Piece) {
    if *piece != Piece::Any || way.last() != Some(&Piece::Any) {
        way.push(piece.clone());
    }
}

/// Goes along both; where it does not go on, the last piece for any text takes one more character.
fn matches(way: &[Piece], name: &[char]) -> bool {
    let (mut at, mut place) = (0, 0);
    let mut back = None;
    loop {
        match (way.get(at), name.get(place)) {
            (Some(Piece::Any), _) => {
                at += 1;
                back = Some((at, place));
            }
            (Some(piece), Some(c)) if piece.takes(*c) => (at, place) = (at + 1, place + 1),
            (None, None) => return true,
            _ => match back {
                Some((after, from)) if from < name.len() => {
                    back = Some((after, from + 1));
                    (at, place) = (after, from + 1);
                }
                _ => return false,
            },
        }
    }
}

impl Piece {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Literal(literal) => *literal == c,
            Self::Set { ranges, without } => {
                let mut ranges = ranges.iter();
                ranges.any(|(first, last)| (*first..=*last).contains(&c)) != *without
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_what_they_say() {
        for (pattern, fits, misses) in [
            ("chat:*", vec!["chat:", "chat:a:b"], vec!["chat", "xchat:a"]),
            ("*", vec!["", "a:b"], vec![]),
            ("a**c", vec!["ac", "abbc"], vec!["ab", "acb"]),
            ("a*b*c", vec!["abc", "a.b.b.c"], vec!["acb"]),
            ("room?", vec!["room1", "roomé"], vec!["room", "room12"]),
            ("[a-c]x", vec!["ax", "cx"], vec!["dx", "x"]),
            ("[!a-cz]x", vec!["dx"], vec!["ax", "zx"]),
            ("{chat,news}:*", vec!["chat:1", "news:1"], vec!["other:1"]),
            ("a{,b,[xy]*}", vec!["a", "ab", "ax1"], vec!["az"]),
            (r"a\*\?", vec!["a*?"], vec!["abc"]),
            ("größe", vec!["größe"], vec!["grösse"]),
        ] {
            let glob = Glob::parse(pattern).unwrap();
            for name in fits {
                assert!(glob.matches(name), "{pattern} {name}");
            }
            for name in misses {
                assert!(!glob.matches(name), "{pattern} {name}");
            }
        }
    }

    #[test]
    fn wrong_and_greedy_patterns_are_refused() {
        for bad in ["[a", "[a-]", "{a", "{a,{b}}", "\\", "[!"] {
            assert!(Glob::parse(bad).is_err(), "{bad}");
        }
        assert!(Glob::parse(&"{a,b}".repeat(7)).is_err());
        assert!(Glob::parse(&"x".repeat(PIECES_MAX + 1)).is_err());
        // The worst that stays within the bounds takes no time to speak of.
        let greedy = Glob::parse(&"a*".repeat(127)).unwrap();
        assert!(!greedy.matches(&"a".repeat(120)));
    }
}
