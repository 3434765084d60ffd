//! Saying how a topic stands, when nothing is published.

use wirehub_broker::{BrokerError, Retention};
use wirehub_model::Topic;

use crate::{
    jetstream::Purge,
    log_page::{LogPage, Mark, PageKind, TopicRow},
    topic_log::{ATTEMPTS, Standing, StoreError, TopicLog},
};

impl TopicLog {
    /// Tells how a topic stands, with these rules from now on.
    pub(crate) async fn open(
        &self,
        topic: &Topic,
        rules: Retention,
    ) -> Result<Standing, BrokerError> {
        for attempt in 0..ATTEMPTS {
            let before = match self.look(topic).await? {
                Some(before) if before.is_stored && before.row.rules == rules => {
                    self.know(topic, before.clone());
                    return Ok(before);
                }
                Some(before) => before,
                None => self.begin(rules),
            };
            let mut row = before.row;
            row.keep(rules);
            match self.stand(topic, &before, PageKind::Stands, row).await {
                Err(StoreError::Conflict) => self.yield_to_others(attempt).await,
                Err(StoreError::Broker(error)) => return Err(error),
                Ok(standing) => return Ok(standing),
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// Forgets what is kept of a topic. Where it stands stays, and so do names.
    pub(crate) async fn forget(&self, topic: &Topic) -> Result<(), BrokerError> {
        for attempt in 0..ATTEMPTS {
            let Some(before) = self.look(topic).await? else {
                return Ok(());
            };
            let mut row = before.row;
            (row.forgotten, row.begins) = (row.position.offset, row.position.offset);
            row.mark = Mark {
                number: before.number,
                offset: row.position.offset,
                bytes: row.bytes,
            };
            row.removed = before.number;
            match self.stand(topic, &before, PageKind::Forgot, row).await {
                Err(StoreError::Conflict) => self.yield_to_others(attempt).await,
                Err(StoreError::Broker(error)) => return Err(error),
                Ok(standing) => {
                    // Nobody gives it out any more; whether it is gone too does not matter.
                    let subject = self.subjects.log(topic);
                    self.remove(&subject, Purge::Before(standing.number)).await;
                    self.remove(&self.subjects.values(topic), Purge::AllBut(0))
                        .await;
                    return Ok(());
                }
            }
        }
        Err(BrokerError::Overloaded)
    }

    /// Lets a topic live that a node has open, when half of the time is over that an unused one is
    /// kept. When that fails, whoever uses it finds out.
    pub(crate) async fn touch(&self, topic: &Topic) -> Result<(), BrokerError> {
        let Some((before, since)) = self.last(topic).await? else {
            return Ok(());
        };
        let age = self.clock.now().saturating_sub(since);
        if self.life(&before.row.rules).is_none() || age < self.forget_after / 2 {
            self.know(topic, before);
            return Ok(());
        }
        match self
            .stand(topic, &before, PageKind::Stands, before.row)
            .await
        {
            Ok(_) | Err(StoreError::Conflict) => Ok(()),
            Err(StoreError::Broker(error)) => Err(error),
        }
    }

    /// Says how a topic stands from now on.
    async fn stand(
        &self,
        topic: &Topic,
        before: &Standing,
        kind: PageKind,
        mut row: TopicRow,
    ) -> Result<Standing, StoreError> {
        self.settle(topic, before).await?;
        row.held = match kind {
            PageKind::Forgot => 0,
            _ => before.held(),
        };
        let page = LogPage {
            id: self.js.draw(),
            kind,
            node: self.writer.clone(),
            row,
            publications: Vec::new(),
        };
        let number = self.store(topic, before, &page).await?;
        if before.number > 0 && before.kind == PageKind::Stands {
            // It says nothing any more. Otherwise it would only go with what is around it.
            _ = self.js.delete(&self.stream, before.number).await;
        }
        let standing = Standing {
            number,
            kind,
            row,
            is_stored: true,
            unsettled: None,
        };
        self.know(topic, standing.clone());
        Ok(standing)
    }
}
