//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 section 9.1).

/// A header value that does not follow the grammar. The handshake has to be refused (RFC 6455
/// section 9.1); a server answers 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("extension list is malformed at byte {at}; expected `name; parameter=value, ...`")]
pub struct MalformedExtensions {
    /// Bytes from the front of the header value.
    pub at: usize,
}

/// One extension of a list, with its parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extension<'a> {
    pub(crate) name: &'a str,
    parameters: &'a str,
}

/// A parameter; its value is `None` where there is no `=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Option<&'a str>,
}

impl<'a> Extension<'a> {
    /// Splits a list, checking all of it: `Err` ends the iteration.
    pub(crate) fn list(
        value: &'a str,
    ) -> impl Iterator<Item = Result<Self, MalformedExtensions>> + 'a {
        let mut cursor = Cursor {
            whole: value,
            rest: value,
        };
        std::iter::from_fn(move || {
            let next = cursor.extension();
            if next.is_err() {
                cursor.rest = "";
            }
            next.transpose()
        })
    }

    /// The parameters, in their order. They were checked when the list was split.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter<'a>> + 'a {
        let mut cursor = Cursor {
            whole: self.parameters,
            rest: self.parameters,
        };
        std::iter::from_fn(move || cursor.eat(';').then(|| cursor.parameter().ok()).flatten())
    }
}

struct Cursor<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Takes an extension and the comma behind it. Empty list elements are allowed (RFC 2616
    /// section 2.1, to which the grammar refers).
    fn extension(&mut self) -> Result<Option<Extension<'a>>, MalformedExtensions> {
        while self.eat(',') {}
        self.skip_space();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let name = self.token()?;
        let parameters = self.rest;
        while self.eat(';') {
            self.parameter()?;
        }
        let (parameters, _) = parameters.split_at(parameters.len() - self.rest.len());
        self.skip_space();
        if !self.rest.is_empty() && !self.eat(',') {
            return Err(self.malformed());
        }
        Ok(Some(Extension { name, parameters }))
    }

    fn parameter(&mut self) -> Result<Parameter<'a>, MalformedExtensions> {
        let name = self.token()?;
        if !self.eat('=') {
            return Ok(Parameter { name, value: None });
        }
        if !self.eat('"') {
            return Ok(Parameter {
                name,
                value: Some(self.token()?),
            });
        }
        // A quoted value has to be a token too once its escapes are resolved. No parameter we
        // know needs an escape, so a value with one is malformed here.
        let value = self.bare_token()?;
        match self.rest.strip_prefix('"') {
            Some(rest) => self.rest = rest,
            None => return Err(self.malformed()),
        }
        Ok(Parameter {
            name,
            value: Some(value),
        })
    }

    fn token(&mut self) -> Result<&'a str, MalformedExtensions> {
        self.skip_space();
        self.bare_token()
    }

    fn bare_token(&mut self) -> Result<&'a str, MalformedExtensions> {
        let end = self
            .rest
            .find(|c| !is_token_char(c))
            .unwrap_or(self.rest.len());
        if end == 0 {
            return Err(self.malformed());
        }
        let (token, rest) = self.rest.split_at(end);
        self.rest = rest;
        Ok(token)
    }

    /// Takes `wanted` and the space in front of it; takes nothing where something else comes.
    fn eat(&mut self, wanted: char) -> bool {
        match skip_space(self.rest).strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.rest = skip_space(self.rest);
    }

    fn malformed(&self) -> MalformedExtensions {
        MalformedExtensions {
            at: self.whole.len() - self.rest.len(),
        }
    }
}

fn skip_space(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// RFC 2616 section 2.2: any visible ASCII character but the separators.
fn is_token_char(c: char) -> bool {
    c.is_ascii_graphic() && !r#"()<>@,;:\"/[]?={}"#.contains(c)
}
