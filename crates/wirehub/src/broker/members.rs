//! Who is on topics, asked of the broker.

use std::sync::Arc;

use wirehub_broker::{Answer, BrokerError, Link, Members, MembersQuery, NodeName};
use wirehub_core::{Crowd, Told};
use wirehub_model::{PresencePage, PresenceQuery, Topic};

use super::desk::Asked;

/// Members that are listed at a time.
const PAGE: usize = 5_000;

/// Waits for whether the broker took in what was said of a member; only a failure is told.
pub(super) fn heard(topic: Topic, answer: Answer<()>) -> Asked {
    Box::pin(async move {
        match answer.await {
            Ok(()) => Vec::new(),
            // Saying it again would not help; those of other nodes do not see the member.
            Err(error @ BrokerError::TooManyMembers(_)) => {
                tracing::warn!(%error, topic = topic.as_str(), "a member is not told elsewhere");
                Vec::new()
            }
            Err(error) => {
                tracing::debug!(%error, topic = topic.as_str(), "a member is not told elsewhere");
                vec![Told::Unheard(topic)]
            }
        }
    })
}

/// Everybody who is on a topic. The version is that of the first page: news after it say what has
/// changed while the others were read.
pub(super) async fn crowd(link: Arc<dyn Link>, topic: Topic) -> Result<Crowd, BrokerError> {
    let (mut members, mut version, mut after) = (Vec::new(), None, None);
    loop {
        let query = MembersQuery {
            topic: topic.clone(),
            limit: PAGE,
            after,
        };
        let page = link.members(query).await?;
        version = version.or(Some(page.version));
        let last = page.members.last();
        after = last.map(|(node, member)| (member.connection, node.clone()));
        members.extend(page.members.into_iter().map(|(_, member)| member));
        if !page.more || after.is_none() {
            return Ok(Crowd {
                members,
                version: version.unwrap_or_default(),
            });
        }
    }
}

/// Some who are on a topic.
pub(super) fn page(link: &dyn Link, query: &PresenceQuery) -> Answer<PresencePage> {
    let after = query.after.map(|connection| (connection, last_name()));
    let members = link.members(MembersQuery {
        topic: query.topic.clone(),
        limit: query.limit as usize,
        after,
    });
    Box::pin(async move {
        let Members {
            occupancy,
            members,
            more,
            ..
        } = members.await?;
        Ok(PresencePage {
            occupancy,
            members: members.into_iter().map(|(_, member)| member).collect(),
            more,
        })
    })
}

/// The last name that a node can have: a connection has one node, so what follows it on any is
/// what follows it on the last.
fn last_name() -> NodeName {
    NodeName::parse(&"z".repeat(NodeName::BYTES_MAX)).expect("it is a name")
}
