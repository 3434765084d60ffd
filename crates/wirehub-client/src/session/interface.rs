//! What goes into a session and what comes out of it. Transcripts are written in these words.

use serde_json::{Map, Value};

use crate::TokenReason;

/// The fields of a message, as the JSON codec gives them.
pub(crate) type Object = Map<String, Value>;

/// What a client is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(test, derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum State {
    /// It was not started.
    Idle,
    /// It asks for a token, or opens a connection.
    Connecting,
    /// The connection is there, and the server looks at the token.
    Authenticating,
    /// The server let it in and looks for its session.
    Resuming,
    /// Messages come and go.
    Live,
    /// It has no connection and makes one later.
    Waiting,
    /// Messages come and go, on another endpoint than the first.
    Standby,
    /// The server refuses it. It stays so until it has another token.
    AuthFailed,
    /// It does nothing more.
    Stopped,
}

/// Why a client is doing what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(test, derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Cause {
    /// The application wants it.
    Application,
    /// The connection was lost, or could not be made.
    Network,
    /// The server gave no sign of life.
    Heartbeat,
    /// Neither a connection nor `/ping` came through.
    ServerUnreachable,
    /// The server failed, or has too much to do.
    ServerError,
    /// The server sends its clients elsewhere.
    ServerMoves,
    /// The server does not accept the token.
    Unauthorized,
    /// The token is too old.
    TokenExpired,
    /// The token provider gave none.
    TokenProvider,
    /// The server will never accept this: something is configured wrongly.
    ClientError,
    /// One of both sides said what the other does not understand.
    ProtocolError,
    /// There were as many attempts as the application allows.
    Attempts,
    /// There is no network.
    Offline,
    /// Nobody looks at the application.
    Hidden,
    /// The server closed the connection for good.
    Kicked,
    /// Another connection has taken the session over.
    Replaced,
}

impl Cause {
    /// The word of the transcripts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::Network => "network",
            Self::Heartbeat => "heartbeat",
            Self::ServerUnreachable => "server_unreachable",
            Self::ServerError => "server_error",
            Self::ServerMoves => "server_moves",
            Self::Unauthorized => "unauthorized",
            Self::TokenExpired => "token_expired",
            Self::TokenProvider => "token_provider",
            Self::ClientError => "client_error",
            Self::ProtocolError => "protocol_error",
            Self::Attempts => "attempts",
            Self::Offline => "offline",
            Self::Hidden => "hidden",
            Self::Kicked => "kicked",
            Self::Replaced => "replaced",
        }
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Start,
    Stop,
    Online {
        value: bool,
    },
    #[cfg_attr(not(test), expect(dead_code, reason = "there is no page to be hidden"))]
    Visible {
        value: bool,
    },
    /// The provider gave a token, or `None` for a client without one.
    Token {
        token: Option<String>,
    },
    /// The provider gave no token.
    TokenError {
        error: String,
    },
    /// `/ping` answered with a status, or did not.
    Pinged {
        endpoint: usize,
        status: Option<u16>,
    },
    Opened {
        link: u64,
    },
    /// Something came that is no message.
    Activity {
        link: u64,
    },
    Message {
        link: u64,
        message: Value,
    },
    /// What came cannot be read.
    Garbage {
        link: u64,
        error: String,
    },
    Closed {
        link: u64,
        code: u16,
        reason: String,
        /// The HTTP status of a handshake that failed.
        status: Option<u16>,
        /// Seconds.
        retry_after: Option<f64>,
    },
    Request {
        ticket: u64,
        /// Without its number.
        request: Object,
        /// Milliseconds.
        timeout: Option<f64>,
    },
    Cancel {
        ticket: u64,
    },
    /// The fields of `subscribe` besides the topic.
    Subscribe {
        topic: String,
        options: Object,
    },
    Unsubscribe {
        topic: String,
    },
}

/// An error as the server or the session gives it.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(serde::Serialize))]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry: bool,
}

/// What an application sees of its connection.
#[derive(Clone, Debug)]
pub(crate) struct StateChange {
    pub(crate) state: State,
    pub(crate) cause: Cause,
    pub(crate) detail: Option<String>,
    /// Attempts since the connection was live.
    pub(crate) attempt: Option<u32>,
    /// Milliseconds until the next attempt.
    pub(crate) retry_in: Option<u64>,
}

/// Something to be done.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    Open {
        link: u64,
        endpoint: usize,
        /// Its number in the order of [`SessionOptions::transports`].
        transport: usize,
    },
    Send {
        link: u64,
        message: Object,
    },
    Close {
        link: u64,
        code: u16,
        reason: String,
    },
    /// The token provider is to be asked.
    Token {
        because: TokenReason,
    },
    /// `/ping` is to be asked.
    Ping {
        endpoint: usize,
    },
    State(StateChange),
    /// What the application is told, as in `AppEvent` of the TypeScript client.
    Event(Value),
    Answer {
        ticket: u64,
        result: Result<Object, Failure>,
    },
    /// A transport worked, which may be good to know the next time.
    Remember {
        #[cfg_attr(not(test), expect(dead_code, reason = "there is no storage"))]
        transport: usize,
    },
}

/// How a session behaves. Times are milliseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct SessionOptions {
    /// How many endpoints there are; the first is preferred. 1 when absent.
    pub(crate) endpoints: Option<usize>,
    /// How many transports there are, in the order in which they are tried. 1 when absent.
    pub(crate) transports: Option<usize>,
    /// The transport that worked the last time.
    pub(crate) remembered: Option<usize>,
    /// A token that does not change; a provider is asked in its place when there is one.
    pub(crate) token: Option<String>,
    /// Somebody answers [`Output::Token`].
    pub(crate) provider: bool,
    /// What the names of publications begin with that are sent again when a connection is lost.
    pub(crate) idempotency: Option<String>,
    /// The longest first delay, and the factor of all; 500.
    pub(crate) reconnect_interval: Option<f64>,
    /// The longest delay; 30,000.
    pub(crate) reconnect_cap: Option<f64>,
    /// Attempts in a row before it stops; unlimited when absent.
    pub(crate) max_reconnect_attempts: Option<u32>,
    /// 3,000 ms doubling without bound or jitter, ten attempts, a ping every 5,000 ms.
    pub(crate) article: bool,
    /// Silence after which the server is asked for a sign of life; what it advertises when absent.
    pub(crate) heartbeat_interval: Option<f64>,
    /// How long a step of connecting may take; 10,000.
    pub(crate) connect_timeout: Option<f64>,
    /// How long a token provider may take; 15,000.
    pub(crate) token_timeout: Option<f64>,
    /// How long a connection has to be live before delays begin anew; 10,000.
    pub(crate) stable_after: Option<f64>,
    /// No attempts while the page is hidden and the connection not live; true.
    pub(crate) pause_when_hidden: Option<bool>,
    /// Failures in a row that close an endpoint for a while; 3.
    pub(crate) endpoint_failures: Option<u32>,
    /// How often `/ping` is asked while live; not at all when absent.
    pub(crate) ping_interval: Option<f64>,
    /// Failed pings in a row after which the connection is given up; 3.
    pub(crate) ping_failures: Option<u32>,
}
