//! What clients are told, made to do, and looked at for, on whatever node they are.

use wirehub_broker::NodeName;
use wirehub_core::{ConnectionDetails, Recipient, Renewal, Request};
use wirehub_model::{CloseReason, ConnectionId, Message, Subscribe, TopicFilter, UserId};

use crate::{
    ConnectionList, Hub, HubError, Page,
    cluster::{Given, Wanted},
    direct_id::direct_id,
};

impl Hub {
    /// Tells every connection of a user, on every node; returns how many there were.
    ///
    /// # Errors
    /// [`HubError::Silent`] when some nodes did not answer, or when the hub has stopped.
    pub async fn send_to_user(&self, user: UserId, message: Message) -> Result<u64, HubError> {
        self.tell(Recipient::User(user), message).await
    }

    /// Tells one connection, on whatever node; returns whether it was there.
    ///
    /// # Errors
    /// When its node does not answer, or the hub has stopped.
    pub async fn send_to_connection(
        &self,
        connection: ConnectionId,
        message: Message,
    ) -> Result<bool, HubError> {
        let told = self
            .tell(Recipient::Connection(connection), message)
            .await?;
        Ok(told > 0)
    }

    /// Tells every connection, on every node; returns how many there were.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn broadcast(&self, message: Message) -> Result<u64, HubError> {
        self.tell(Recipient::Everyone, message).await
    }

    /// Closes connections, on every node; returns how many.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn disconnect(&self, who: Recipient, reason: CloseReason) -> Result<u64, HubError> {
        let wanted = Wanted::Disconnect(who.clone(), reason);
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Subscribes connections to something, on every node and whatever their tokens allow; returns
    /// how many have the subscription then.
    ///
    /// # Errors
    /// When a bound does not allow any of them to, and as for [`Hub::send_to_user`].
    pub async fn subscribe(&self, who: Recipient, wish: Subscribe) -> Result<u64, HubError> {
        let wanted = Wanted::Subscribe(who.clone(), Box::new(wish));
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Ends a subscription of connections on every node, whose filter is written as it was
    /// subscribed; returns how many had it.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn unsubscribe(&self, who: Recipient, filter: TopicFilter) -> Result<u64, HubError> {
        let wanted = Wanted::Unsubscribe(who.clone(), filter);
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Lets connections stay for longer on every node, or not so long, as if their clients had
    /// brought new tokens; returns how many.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn renew(&self, who: Recipient, renewal: Renewal) -> Result<u64, HubError> {
        let wanted = Wanted::Renew(who.clone(), renewal);
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Lists the connections of a user, at most
    /// [`Limits::connections_per_user`](wirehub_model::Limits::connections_per_user) of each shard
    /// of each node.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connections_of(&self, user: UserId) -> Result<ConnectionList, HubError> {
        let (given, silent) = self.0.reach.all(Wanted::ConnectionsOf(user)).await?;
        let mut list = Vec::new();
        for given in given {
            if let Given::Connections(more, _) = given {
                list.extend(more);
            }
        }
        Ok(ConnectionList {
            list,
            next: None,
            silent,
        })
    }

    /// Lists connections of all nodes, at most `limit` at a time: begin with [`Page::default`] and
    /// go on with the page that comes back, until there is none. A node that does not answer is
    /// passed over, and named.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connections(&self, page: Page, limit: usize) -> Result<ConnectionList, HubError> {
        self.0.reach.connections(page, limit).await
    }

    /// Whether a page can be one that [`Hub::connections`] gave.
    #[must_use]
    pub fn may_have(&self, page: Page) -> bool {
        self.0.reach.may_have(page)
    }

    /// Looks closer at a connection, on whatever node; `None` when it is not there.
    ///
    /// # Errors
    /// When its node does not answer, or the hub has stopped.
    pub async fn connection(
        &self,
        id: ConnectionId,
    ) -> Result<Option<ConnectionDetails>, HubError> {
        match self.0.reach.at(id, Wanted::Connection(id)).await? {
            Given::Connection(found) => Ok(found.map(|details| *details)),
            _ => Ok(None),
        }
    }

    /// The node that serves a connection, as far as it is known here.
    #[must_use]
    pub fn node_of(&self, connection: ConnectionId) -> Option<NodeName> {
        let cluster = self.0.reach.cluster()?;
        cluster.name_of(connection.node())
    }

    async fn tell(&self, to: Recipient, message: Message) -> Result<u64, HubError> {
        let Request::Tell { to, direct } = Request::tell(to, message, direct_id()) else {
            return Ok(0);
        };
        let wanted = Wanted::Tell(to.clone(), direct);
        self.0.reach.everywhere(&to, wanted).await
    }
}
