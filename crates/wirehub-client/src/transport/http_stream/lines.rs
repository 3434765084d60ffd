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

    /// Takes what came, once all whole lines have been taken out; `false` when the line that is
    /// not whole yet is too long already.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> bool {
        self.bytes.extend_from_slice(bytes);
        let end = bytes.iter().rposition(|byte| *byte == b'\n');
        let unfinished = end.map_or(self.bytes.len(), |at| bytes.len() - at - 1);
        unfinished <= self.limit
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
            let mut lines = Lines::new(8);
            let mut seen = Vec::new();
            for piece in text.chunks(size) {
                assert!(lines.push(piece), "{size}");
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
