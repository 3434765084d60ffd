use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use wirehub_broker::{
    Broker, Clock, LocalSettings, ManualClock, MemoryBroker,
    conformance::{Ending, Subject},
};

struct Memory {
    broker: Arc<MemoryBroker>,
    clock: ManualClock,
}

impl Memory {
    fn fresh() -> Self {
        let clock = ManualClock::at(Duration::from_secs(1_800_000_000));
        let broker = MemoryBroker::start(LocalSettings::default(), Arc::new(clock.clone()));
        Self {
            broker: Arc::new(broker.unwrap()),
            clock,
        }
    }
}

impl Subject for Memory {
    fn broker(&self) -> Arc<dyn Broker> {
        Arc::clone(&self.broker) as Arc<dyn Broker>
    }

    fn wall(&self) -> Duration {
        self.clock.wall()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.clock.advance(by);
        Box::pin(async { self.broker.check().await.unwrap() })
    }

    fn restart(&self, _: Ending) -> BoxFuture<'_, ()> {
        unreachable!("a broker in memory does not come back")
    }
}

wirehub_broker::conformance_suite!(Memory::fresh);
