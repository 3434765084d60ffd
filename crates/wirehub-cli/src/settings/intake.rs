//! What comes in through logs, checked.

use wirehub::{
    Hub,
    intake::{BadRecords, Intake, IntakeSettings, Reader, RecordForm},
};

use super::Checks;
use crate::{
    kafka,
    raw_settings::{RawIntake, RawKafkaIntake, RawRecordForm},
};

/// The way of records into the hub, and the log they come from.
#[derive(Clone, Debug)]
pub(crate) struct IntakeWish {
    intake: IntakeSettings,
    log: kafka::LogSettings,
}

/// Checks every entry.
pub(super) fn intakes(raw: &RawIntake, checks: &mut Checks<'_>) -> Vec<IntakeWish> {
    let entries = raw.kafka.iter();
    let entries = entries.filter_map(|entry| {
        let topics = checks.filters("intake.kafka", &entry.topics);
        let wish = form(entry).and_then(|form| {
            let reader = Reader::new(&entry.name, form, topics);
            wish(entry, reader)
        });
        wish.map_err(|error| checks.fault(format!("`intake.kafka` {:?}: {error}", entry.name)))
            .ok()
    });
    entries.collect()
}

fn form(raw: &RawKafkaIntake) -> Result<RecordForm, String> {
    match raw.form {
        RawRecordForm::Commands => Ok(RecordForm::Commands),
        RawRecordForm::Events => {
            let target = raw.to.parse();
            let target = target.map_err(|error| format!("`to` = {:?}: {error}", raw.to))?;
            Ok(RecordForm::Events(target))
        }
    }
}

fn wish(raw: &RawKafkaIntake, reader: Reader) -> Result<IntakeWish, String> {
    let longest = raw.from.0.iter().map(String::len).max();
    let longest = longest.ok_or("`from` must name a topic of Kafka")?;
    let most = Reader::NAMES_MAX;
    if raw.name.len() + longest > most {
        return Err(format!(
            "`name` and a topic in `from` have more than {most} bytes together"
        ));
    }
    if raw.room == 0 {
        return Err("`room` must be above zero".to_owned());
    }
    let bad = match raw.park.is_empty() {
        true => BadRecords::Skip,
        false => BadRecords::Park,
    };
    Ok(IntakeWish {
        intake: IntakeSettings {
            bad,
            room: raw.room,
            give_up_after: raw.give_up_after.0,
            ..IntakeSettings::new(&raw.name, reader)
        },
        log: kafka::log(raw)?,
    })
}

impl IntakeWish {
    /// Begins to take records in.
    ///
    /// # Errors
    /// What the log does not take.
    pub(crate) fn begin(&self, hub: &Hub) -> Result<(), String> {
        let named = |error| format!("`intake.kafka` {:?}: {error}", self.intake.name);
        let log = kafka::open(&self.log).map_err(named)?;
        hub.take_in(Intake::new(self.intake.clone()), log);
        Ok(())
    }
}
