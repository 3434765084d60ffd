//! Whether deltas change what their subscribers have.

use wirehub_model::Position;

use super::Judge;
use crate::{
    letter::Heard,
    promise::{Promise, Verdict, broken},
};

impl Judge {
    /// A publication as what changed since another one, or as a whole.
    pub(super) fn judge_delta(
        &mut self,
        client: usize,
        heard: &Heard,
        since: Option<Position>,
    ) -> Verdict {
        if let Some(witness) = self.witnesses.get_mut(client)
            && let Some(topic) = self.ground.number(&heard.topic)
        {
            let told = witness.told.insert(topic, heard.position);
            if since.is_some() && told != since {
                let found = format!(
                    "a delta of {}, told {told:?} and not {since:?}",
                    heard.topic
                );
                return broken(Promise::Deltas, found);
            }
        }
        self.judge_publication(client, heard)
    }
}
