//! What was published before, for those who ask.

use wirehub_model::{
    ConnectionId, ErrorCode, History, HistoryQuery, Moment, Operation, Position, Refusal, Reply,
    Topic,
};

use super::commands::Outcome;
use crate::{Answer, Ask, Encode, Origin, Output, Relay, Shard, home::Rules, permissions};

impl<E: Encode> Shard<E> {
    /// A client asks for a page of a topic's history.
    pub(super) fn history(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        query: HistoryQuery,
    ) -> Outcome {
        let Some(connection) = self.connections.get(id) else {
            return Ok(None);
        };
        let namespace = self.settings.namespaces.of_topic(&query.topic);
        if !namespace.history.is_on() {
            return Err(not_enabled());
        }
        permissions::read(
            namespace.read_history,
            &connection.principal,
            Operation::History,
            &query.topic,
        )?;
        self.recall(now, query, Origin::Client(id, request));
        Ok(None)
    }

    /// Has the topic's home answer a question for its history.
    pub(super) fn recall(&mut self, now: Moment, query: HistoryQuery, origin: Origin) {
        let home = self.settings.placement.home(&query.topic);
        self.tell_shard(now, home, Relay::Recall { query, origin });
    }

    /// As the home: a page of a topic's history.
    pub(super) fn answer_recall(&mut self, now: Moment, query: &HistoryQuery, origin: Origin) {
        let rules = Rules {
            namespace: self.settings.namespaces.of_topic(&query.topic),
            limits: &self.settings.limits,
        };
        let result = if rules.namespace.history.is_on() {
            self.home.history(now, query, rules, &mut self.random)
        } else {
            Err(not_enabled())
        };
        self.recalled(origin, result);
    }

    /// As the home: forgets what was published to a topic. With a broker, that does; then the
    /// answer comes later.
    pub(super) fn forget_topic(
        &mut self,
        topic: Topic,
        origin: Origin,
    ) -> Option<Result<(), Refusal>> {
        if self.settings.brokered {
            let ask = Ask::Forget(topic, origin);
            self.outputs.push_back(Output::Broker(ask));
            return None;
        }
        self.home.forget(&topic, None, &self.settings.namespaces);
        Some(Ok(()))
    }

    /// The broker has forgotten a topic, or has not.
    pub(super) fn forgotten(&mut self, origin: Origin, result: Result<(), Refusal>) {
        if let Origin::Handle(_, ticket) = origin {
            let answer = Answer::Forgotten(result);
            self.outputs.push_back(Output::Answer { ticket, answer });
        }
    }

    /// As the home: the broker has forgotten what was published to a topic up to there.
    pub(super) fn emptied(&mut self, topic: &Topic, position: Position) {
        let namespaces = &self.settings.namespaces;
        self.home.forget(topic, Some(position), namespaces);
    }

    /// The home has answered, here or elsewhere: tell who asked.
    pub(super) fn recalled(&mut self, origin: Origin, result: Result<History, Refusal>) {
        if origin.shard() != self.settings.index {
            self.relay(origin.shard(), Relay::Recalled { origin, result });
            return;
        }
        match origin {
            Origin::Client(id, request) => self.reply(id, request, result.map(Reply::History)),
            Origin::Handle(_, ticket) => self.outputs.push_back(Output::Answer {
                ticket,
                answer: Answer::History(result),
            }),
        }
    }
}

fn not_enabled() -> Refusal {
    Refusal::new(
        ErrorCode::NotEnabled,
        "the topic keeps no history; its namespace needs `history`",
    )
}
