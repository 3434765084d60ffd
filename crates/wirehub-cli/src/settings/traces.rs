//! What is traced, and who is told.

use wirehub::traces::{TraceError, TraceSettings, Tracer};

use super::Checks;
use crate::raw_settings::RawTraces;

/// What the tracer takes; none without a collector.
pub(super) fn traces(raw: &RawTraces, checks: &mut Checks<'_>) -> Option<TraceSettings> {
    let settings = (!raw.endpoint.is_empty()).then(|| TraceSettings {
        endpoint: raw.endpoint.clone(),
        sample: raw.sample,
        service: raw.service.clone(),
    })?;
    match Tracer::new(&settings) {
        Ok(_) => {}
        Err(error @ TraceError::Endpoint(_)) => {
            checks.fault(format!("`traces.endpoint`: {error}"));
        }
        Err(error @ TraceError::Sample(_)) => checks.fault(format!("`traces.sample`: {error}")),
        Err(error) => checks.fault(error.to_string()),
    }
    Some(settings)
}
