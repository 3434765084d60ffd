//! Places in traces (W3C Trace Context, <https://www.w3.org/TR/trace-context/>).

/// A span of a trace, which what it leads to is told to be from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    /// The trace.
    pub trace: u128,
    /// The span.
    pub span: u64,
}

impl TraceContext {
    /// Reads the value of a `traceparent` (section 3.2): a span, and whether its trace is recorded.
    /// `None` for what is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, bool)> {
        let mut fields = text.trim().split('-');
        let [version, trace, span, flags] = [(); 4].map(|()| fields.next());
        let version = number(version?, 2)?;
        // What a later version adds stands behind these; this one has nothing there.
        if version == 0xff || (version == 0 && fields.next().is_some()) {
            return None;
        }
        let (trace, span) = (number(trace?, 32)?, number(span?, 16)? as u64);
        let recorded = number(flags?, 2)? & 1 == 1;
        (trace != 0 && span != 0).then_some((Self { trace, span }, recorded))
    }
}

/// A number in this many small hexadecimal digits.
fn number(text: &str, digits: usize) -> Option<u128> {
    let small = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = text.len() == digits && text.bytes().all(small);
    fits.then(|| u128::from_str_radix(text, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_examples_of_the_recommendation() {
        let context = TraceContext {
            trace: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
            span: 0x00f0_67aa_0ba9_02b7,
        };
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0";
        let parse = |end: &str| TraceContext::parse(&format!("{text}{end}"));
        assert_eq!(parse("1"), Some((context, true)));
        assert_eq!(parse("0"), Some((context, false)));
        let later = format!("cc{}1-what-comes", &text[2..]);
        assert_eq!(TraceContext::parse(&later), Some((context, true)));
    }

    #[test]
    fn nothing_else_is_a_place_in_a_trace() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }
}
