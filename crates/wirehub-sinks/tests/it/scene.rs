//! What happens in the tests, and the way to a sink.

use std::{sync::Arc, time::SystemTime};

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wirehub_events::{
    EventSink, Form, Occurred, Occurrence, OutletSettings, Outlets, Selection, SinkError, Source,
};
use wirehub_model::{CloseCause, ConnectionId, Topic, UserId};

pub(crate) const CONNECTION: ConnectionId = ConnectionId::new(3, 9, 11);

/// A client that is lost.
pub(crate) fn gone() -> Occurrence {
    Occurrence::Disconnected {
        connection: CONNECTION,
        user: UserId::parse("ann").ok(),
        cause: CloseCause::Lost,
        may_resume: true,
    }
}

/// A topic that got subscribers.
pub(crate) fn occupied(topic: &str) -> Occurrence {
    Occurrence::Occupied(Topic::parse(topic).unwrap())
}

pub(crate) fn occurred(occurrences: impl IntoIterator<Item = Occurrence>) -> Vec<Arc<Occurred>> {
    let source = Source::new("n", 1);
    let named = |it| Arc::new(Occurred::new(&source, SystemTime::now(), it));
    occurrences.into_iter().map(named).collect()
}

/// What something is written as.
pub(crate) fn words(occurred: &[Arc<Occurred>]) -> Vec<String> {
    occurred.iter().map(|it| Form::Words.write(it)).collect()
}

/// Why a sink does not take something now.
pub(crate) async fn refusal(sink: &dyn EventSink) -> String {
    match sink.bring(&occurred([gone()])).await {
        Err(SinkError::Later { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

/// A hub's way to one sink.
pub(crate) struct Way {
    outlets: Outlets,
    stop: CancellationToken,
    work: JoinSet<()>,
}

impl Way {
    pub(crate) fn to(sink: impl EventSink + 'static) -> Self {
        let mut outlets = Outlets::new(Source::new("n", 1));
        let settings = OutletSettings::new("sink", Selection::everything());
        outlets.add(settings, Arc::new(sink));
        let stop = CancellationToken::new();
        let work = outlets.carriers(&stop).into_iter().collect();
        Self {
            outlets,
            stop,
            work,
        }
    }

    pub(crate) fn tell(&self, occurrence: Occurrence) {
        self.outlets.tell(SystemTime::now(), occurrence);
    }

    /// Waits until the numbers are as they should be.
    pub(crate) async fn until(&self, there: impl Fn(&wirehub_events::OutletStats) -> bool) {
        while !there(&self.outlets.stats()[0]) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.work.join_all().await;
    }
}
