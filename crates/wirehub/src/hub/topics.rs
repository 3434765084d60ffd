//! What is said on topics, was said, and who is there.

use wirehub_core::{Answer, Request, TopicsQuery};
use wirehub_model::{
    ConnectionId, History, HistoryQuery, PresencePage, PresenceQuery, Publish, Published, Topic,
};

use crate::{
    Hub, HubError, TopicList,
    cluster::{Given, Wanted},
    shards::TopicSum,
};

impl Hub {
    /// Publishes to a topic. Returns the place of the publication in the topic's stream, and
    /// whether it had been published before with the same idempotency key.
    ///
    /// # Errors
    /// When the hub holds as many topics as it may, could not store the publication, or has
    /// stopped.
    pub async fn publish(&self, publish: Publish) -> Result<Published, HubError> {
        let topic = publish.topic.clone();
        match self
            .0
            .shards
            .ask_home(&topic, Request::Publish(publish))
            .await?
        {
            Answer::Published(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Publishes in the name of a client, which the publication is told to be from and which gets
    /// it only with [`Publish::echo`].
    ///
    /// # Errors
    /// As for [`Hub::publish`].
    pub async fn publish_for(
        &self,
        connection: ConnectionId,
        wish: Publish,
    ) -> Result<Published, HubError> {
        let topic = wish.topic.clone();
        let request = Request::PublishFor { connection, wish };
        match self.0.shards.ask_home(&topic, request).await? {
            Answer::Published(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Reads past publications of a topic.
    ///
    /// # Errors
    /// When the topic's namespace keeps no history, or the hub has stopped.
    pub async fn history(&self, query: HistoryQuery) -> Result<History, HubError> {
        let topic = query.topic.clone();
        match self
            .0
            .shards
            .ask_home(&topic, Request::History(query))
            .await?
        {
            Answer::History(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Forgets what was published to a topic: its history, and its last values. Where it stands
    /// stays, so whoever comes back is told that it missed something.
    ///
    /// # Errors
    /// When a broker keeps the topic and cannot, or the hub has stopped.
    pub async fn forget(&self, topic: Topic) -> Result<(), HubError> {
        let request = Request::Forget(topic.clone());
        match self.0.shards.ask_home(&topic, request).await? {
            Answer::Forgotten(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Lists who is on a topic, and counts them: at most as many members as the query and
    /// [`Limits::members_listed`](wirehub_model::Limits::members_listed) say, and those after the
    /// last one when asked again.
    ///
    /// # Errors
    /// When the topic's namespace has no presence, or the hub has stopped.
    pub async fn presence(&self, query: PresenceQuery) -> Result<PresencePage, HubError> {
        let topic = query.topic.clone();
        match self
            .0
            .shards
            .ask_home(&topic, Request::Presence(query))
            .await?
        {
            Answer::Presence(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Lists topics that somebody subscribes to by name on any node, in the order of their names.
    /// Every shard looks through all its subscriptions: this is for people, and not for programs
    /// in a loop.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn topics(&self, query: &TopicsQuery) -> Result<TopicList, HubError> {
        let mut topics = TopicSum::new(query.limit);
        let wanted = Wanted::Topics(query.clone());
        let (given, silent) = self.0.reach.all(wanted).await?;
        for given in given {
            if let Given::Topics(list, more) = given {
                topics.add(list, more);
            }
        }
        let (list, more) = topics.first();
        Ok(TopicList { list, more, silent })
    }
}
