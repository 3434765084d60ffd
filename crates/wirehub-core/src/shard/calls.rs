//! Questions to the application.

use wirehub_model::{ConnectionId, ErrorCode, Message, Payload, Refusal, Reply};

use super::commands::Outcome;
use crate::{Call, Encode, Output, Shard};

impl<E: Encode> Shard<E> {
    pub(super) fn call(
        &mut self,
        id: ConnectionId,
        request: Option<u64>,
        method: String,
        message: Message,
    ) -> Outcome {
        let most = self.settings.limits.calls;
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(None);
        };
        if connection.calls as usize >= most {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "too many calls wait for an answer",
            ));
        }
        connection.calls += 1;
        self.outputs.push_back(Output::Call(Box::new(Call {
            connection: id,
            id: request,
            principal: connection.principal.clone(),
            method,
            message,
        })));
        Ok(None)
    }

    /// The application answered.
    pub(super) fn called(
        &mut self,
        id: ConnectionId,
        request: Option<u64>,
        result: Result<Payload, Refusal>,
    ) {
        if let Some(connection) = self.connections.get_mut(id) {
            connection.calls = connection.calls.saturating_sub(1);
            self.reply(id, request, result.map(Reply::Called));
        }
    }
}
