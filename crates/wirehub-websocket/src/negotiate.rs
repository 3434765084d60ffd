//! Agreement on permessage-deflate (RFC 7692 sections 5 and 7.1), for both roles.
//!
//! Whatever is offered, we agree on no context takeover in both directions only: no state per
//! connection, and a broadcast that is compressed once.

use crate::deflate::Window;
pub use crate::extension::MalformedExtensions;
use crate::extension::{Extension, Parameter};

const NAME: &str = "permessage-deflate";

/// The `Sec-WebSocket-Extensions` of a client that wants compression.
pub const OFFER: &str = "permessage-deflate; server_no_context_takeover; \
    client_no_context_takeover; client_max_window_bits";

/// What a server answers to an offer it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    window: Window,
    /// An offer that named a window has to be answered with one (RFC 7692 section 7.1.2.1).
    named: bool,
}

impl Answer {
    /// The window to compress messages to this client with.
    #[must_use]
    pub const fn window(self) -> Window {
        self.window
    }

    /// The `Sec-WebSocket-Extensions` of the response.
    #[must_use]
    pub const fn header_value(self) -> &'static str {
        match (self.window, self.named) {
            (Window::Full, false) => {
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
            }
            (Window::Full, true) => {
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                 server_max_window_bits=15"
            }
            (Window::Small, _) => {
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                 server_max_window_bits=9"
            }
        }
    }
}

/// Why a client refuses a server's answer; it has to fail the connection (RFC 7692 section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedAnswer {
    /// The header does not follow its grammar.
    #[error(transparent)]
    Malformed(#[from] MalformedExtensions),
    /// An extension was not offered, or is answered twice.
    #[error("server answered an extension that was not offered, or one twice")]
    NotOffered,
    /// A parameter is unknown, repeated, or has a value it must not have.
    #[error("server answered permessage-deflate with an invalid parameter")]
    InvalidParameter,
    /// The server did not promise `server_no_context_takeover`, which the offer demands.
    #[error("server keeps its compression context, against the offer")]
    ContextTakeover,
    /// The server asks for a window of 8 bits, which zlib cannot keep to.
    #[error("server asks for a compression window of 8 bits, which is not supported")]
    UnsupportedWindow,
}

/// Server: picks the first offer that can be taken; `None` means to go on without compression.
///
/// `offers` is the value of the request's `Sec-WebSocket-Extensions`; join several such headers
/// with a comma (RFC 6455 section 9.1). Other extensions are passed over, and so are offers of
/// permessage-deflate with unknown, repeated or invalid parameters (RFC 7692 section 7.1).
///
/// # Errors
///
/// The header does not follow its grammar; the handshake has to be refused.
pub fn answer_offers(offers: &str) -> Result<Option<Answer>, MalformedExtensions> {
    let mut answer = None;
    for extension in Extension::list(offers) {
        let extension = extension?;
        if answer.is_none() && extension.name.eq_ignore_ascii_case(NAME) {
            answer = Parameters::read(&extension).and_then(|offer| answer_one(&offer));
        }
    }
    Ok(answer)
}

/// Client: checks the answer to [`OFFER`] and gives the window to compress messages with; `None`
/// when the server declined.
///
/// `answer` is the value of the response's `Sec-WebSocket-Extensions`, empty if there is none.
///
/// # Errors
///
/// The answer goes beyond the offer; the connection has to be failed.
pub fn check_answer(answer: &str) -> Result<Option<Window>, RefusedAnswer> {
    let mut agreed = None;
    for extension in Extension::list(answer) {
        let extension = extension?;
        if agreed.is_some() || !extension.name.eq_ignore_ascii_case(NAME) {
            return Err(RefusedAnswer::NotOffered);
        }
        agreed = Some(check_one(&extension)?);
    }
    Ok(agreed)
}

fn answer_one(offer: &Parameters) -> Option<Answer> {
    match offer.server_window {
        None => Some(Answer {
            window: Window::Full,
            named: false,
        }),
        Some(Bits::Given(15)) => Some(Answer {
            window: Window::Full,
            named: true,
        }),
        Some(Bits::Given(9..=14)) => Some(Answer {
            window: Window::Small,
            named: true,
        }),
        // Without a value it is invalid (RFC 7692 section 7.1.2.1), and zlib has no raw deflate
        // with a window of 8 bits.
        Some(_) => None,
    }
}

fn check_one(extension: &Extension<'_>) -> Result<Window, RefusedAnswer> {
    let answer = Parameters::read(extension).ok_or(RefusedAnswer::InvalidParameter)?;
    if !answer.server_no_context_takeover {
        return Err(RefusedAnswer::ContextTakeover);
    }
    if answer.server_window == Some(Bits::Unnamed) {
        return Err(RefusedAnswer::InvalidParameter);
    }
    match answer.client_window {
        None | Some(Bits::Given(15)) => Ok(Window::Full),
        Some(Bits::Given(9..=14)) => Ok(Window::Small),
        Some(Bits::Given(_)) => Err(RefusedAnswer::UnsupportedWindow),
        Some(Bits::Unnamed) => Err(RefusedAnswer::InvalidParameter),
    }
}

/// The parameters of permessage-deflate (RFC 7692 section 7.1), as offered or answered.
#[derive(Debug, Default)]
struct Parameters {
    server_no_context_takeover: bool,
    client_no_context_takeover: bool,
    server_window: Option<Bits>,
    client_window: Option<Bits>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bits {
    /// The parameter came without a value.
    Unnamed,
    Given(u8),
}

impl Parameters {
    /// `None` if a parameter is unknown, repeated or has an invalid value.
    fn read(extension: &Extension<'_>) -> Option<Self> {
        let mut read = Self::default();
        for parameter in extension.parameters() {
            match parameter {
                Parameter {
                    name: "server_no_context_takeover",
                    value: None,
                } => {
                    set(&mut read.server_no_context_takeover)?;
                }
                Parameter {
                    name: "client_no_context_takeover",
                    value: None,
                } => {
                    set(&mut read.client_no_context_takeover)?;
                }
                Parameter {
                    name: "server_max_window_bits",
                    value,
                } => {
                    set_bits(&mut read.server_window, value)?;
                }
                Parameter {
                    name: "client_max_window_bits",
                    value,
                } => {
                    set_bits(&mut read.client_window, value)?;
                }
                _ => return None,
            }
        }
        Some(read)
    }
}

fn set(flag: &mut bool) -> Option<()> {
    (!std::mem::replace(flag, true)).then_some(())
}

fn set_bits(bits: &mut Option<Bits>, value: Option<&str>) -> Option<()> {
    let read = match value {
        None => Bits::Unnamed,
        Some("8") => Bits::Given(8),
        Some("9") => Bits::Given(9),
        // Two digits without a leading zero.
        Some(value @ ("10" | "11" | "12" | "13" | "14" | "15")) => Bits::Given(value.parse().ok()?),
        Some(_) => return None,
    };
    bits.replace(read).is_none().then_some(())
}
