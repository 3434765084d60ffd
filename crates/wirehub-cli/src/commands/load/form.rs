//! The scenario that the command line asks for.

use std::{fs, path::Path, time::Duration};

use wirehub_load::{Adapter, Backoff, Format, Quick, QuickForm, Scenario, Speech, Thresholds};

use super::scenario_file;
use crate::{
    catalogue,
    cli::{BackoffFlag, Load},
    failure::Failure,
};

const FORMS: [QuickForm; 6] = [
    QuickForm::Storm,
    QuickForm::Fanout,
    QuickForm::Echo,
    QuickForm::Idle,
    QuickForm::Soak,
    QuickForm::Reconnect,
];
/// A scenario file has a page, and not a book.
const FILE_MOST: u64 = 1 << 20;

/// Out of a form's name and flags, or out of a file.
pub(super) fn scenario(flags: &Load) -> Result<(Scenario, Thresholds), Failure> {
    let what = flags.what.as_deref().unwrap_or_default();
    let form = FORMS.into_iter().find(|form| form.word() == what);
    let (mut scenario, thresholds) = match form {
        Some(form) => (quick(form, flags), Thresholds::default()),
        None => read(what)?,
    };
    if let Some(settle) = flags.settle {
        scenario.settle = settle.0;
    }
    if let Some(seed) = flags.seed {
        scenario.seed = seed;
    }
    if flags.compression {
        scenario.compression = true;
    }
    if flags.protobuf {
        scenario.speech = Speech::Native(Format::Protobuf);
    }
    if flags.plain {
        scenario.speech = Speech::Plain(Adapter {
            subscribe: flags.subscribe_text.clone(),
            publish: flags.publish_text.clone(),
            subprotocol: flags.subprotocol.clone(),
        });
    }
    scenario.check().map_err(Failure::usage)?;
    Ok((scenario, thresholds))
}

fn quick(form: QuickForm, flags: &Load) -> Scenario {
    let quick = Quick {
        form,
        lasts: flags.lasts.0,
        connections: flags.connections,
        threads: flags.threads,
        rate: flags.rate,
        payload: u32::try_from(flags.payload.0).unwrap_or(u32::MAX),
        backoff: match flags.backoff {
            BackoffFlag::Jittered => Backoff::default(),
            BackoffFlag::None => Backoff::Fixed {
                delay: Duration::from_secs(1),
            },
        },
    };
    let mut scenario = quick.scenario();
    if let Some(patience) = flags.patience {
        scenario.patience = patience.0;
    }
    scenario
}

fn read(what: &str) -> Result<(Scenario, Thresholds), Failure> {
    let path = Path::new(what);
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    if !is_file {
        let near = catalogue::nearest(what, FORMS.iter().map(|form| form.word()));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(Failure::usage(format!(
            "`{what}` is neither a file nor one of storm, fanout, echo, idle, soak, \
             reconnect{hint}"
        )));
    }
    let failed = |error| Failure::usage(format!("{what}: {error}"));
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > FILE_MOST {
        return Err(Failure::usage(format!("{what}: longer than 1 MiB")));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    Ok(scenario_file::read(what, &text)?)
}
