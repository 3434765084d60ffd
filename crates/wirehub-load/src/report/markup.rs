//! HTML and SVG that is well-formed because nothing else can be written.

use std::fmt::Write as _;

use super::table::shown;

/// A document that grows. Text and values of attributes are escaped on their way in.
#[derive(Debug, Default)]
pub(super) struct Markup {
    out: String,
}

/// An attribute with its value.
pub(super) type Attribute<'a> = (&'a str, &'a str);

impl Markup {
    /// Ends the document.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// An element with what stands in it.
    pub(super) fn within(
        &mut self,
        tag: &str,
        attributes: &[Attribute<'_>],
        inside: impl FnOnce(&mut Self),
    ) {
        self.open(tag, attributes);
        self.out.push('>');
        inside(self);
        let _ = write!(self.out, "</{tag}>");
    }

    /// An element that holds text.
    pub(super) fn leaf(&mut self, tag: &str, attributes: &[Attribute<'_>], text: &str) {
        self.within(tag, attributes, |inside| inside.text(text));
    }

    /// An element of SVG, or one of HTML that has no end, with nothing in it.
    pub(super) fn void(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes);
        self.out.push_str("/>");
    }

    /// Text.
    pub(super) fn text(&mut self, text: &str) {
        self.escaped(text);
    }

    /// What is ours and never came from outside: the style and the head of the document.
    pub(super) fn constant(&mut self, text: &'static str) {
        self.out.push_str(text);
    }

    fn open(&mut self, tag: &str, attributes: &[Attribute<'_>]) {
        let _ = write!(self.out, "<{tag}");
        for (name, value) in attributes {
            let _ = write!(self.out, " {name}=\"");
            self.escaped(value);
            self.out.push('"');
        }
    }

    fn escaped(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                letter => self.out.push(shown(letter)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup() {
        let mut page = Markup::default();
        page.leaf("p", &[("title", "a\"><script>")], "<b>&'</b>");
        let expected = "<p title=\"a&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;&#39;&lt;/b&gt;</p>";
        assert_eq!(page.finish(), expected);
    }
}
