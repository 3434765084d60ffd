//! The business layer: methods that clients call and the application answers in process.

use std::{collections::BTreeMap, fmt, pin::Pin, sync::Arc};

use wirehub_model::{ConnectionId, ErrorCode, Message, Payload, Principal, Refusal};

/// A client's call of a method.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who calls.
    pub principal: Principal,
    /// On which connection.
    pub connection: ConnectionId,
    /// The argument.
    pub message: Message,
}

type Answer = Pin<Box<dyn Future<Output = Result<Payload, Refusal>> + Send>>;
type Handler = dyn Fn(Call) -> Answer + Send + Sync;

/// The methods of a hub by name.
#[derive(Clone, Default)]
pub(crate) struct Handlers(BTreeMap<String, Arc<Handler>>);

impl Handlers {
    /// Registers a method; a later one of the same name takes its place.
    pub(crate) fn insert<H, A>(&mut self, method: String, handler: H)
    where
        H: Fn(Call) -> A + Send + Sync + 'static,
        A: Future<Output = Result<Payload, Refusal>> + Send + 'static,
    {
        let handler = Arc::new(move |call| Box::pin(handler(call)) as Answer);
        self.0.insert(method, handler);
    }

    /// Begins to answer a call.
    ///
    /// # Errors
    /// When there is no such method.
    pub(crate) fn answer(&self, method: &str, call: Call) -> Result<Answer, Refusal> {
        match self.0.get(method) {
            Some(handler) => Ok(handler(call)),
            None => Err(Refusal::new(
                ErrorCode::UnknownMethod,
                "no handler is registered for this method",
            )),
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
