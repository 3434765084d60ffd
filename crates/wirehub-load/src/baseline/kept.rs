//! The report of an earlier run, read again.

use serde::Deserialize;

use crate::outcome::Outcome;

/// A report of more bytes is none of ours.
const LONGEST: usize = 256 << 20;

/// An earlier run that others are compared with.
#[derive(Debug)]
pub struct Baseline;

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is longer than any report.
    #[error("it is longer than any report; give the JSON report of an earlier run")]
    TooLong,
    /// It is no report.
    #[error("it is not the JSON report of a run: {0}")]
    NoReport(#[from] serde_json::Error),
    /// Another version wrote it.
    #[error("it has the form {0} and this program knows {known}; run the baseline anew", known = Outcome::FORM)]
    Form(u32),
}

impl Baseline {
    /// Reads what [`Report::to_json`](crate::Report::to_json) wrote.
    ///
    /// # Errors
    /// When it is no report of this version.
    pub fn read(text: &str) -> Result<Outcome, BaselineError> {
        #[derive(Deserialize)]
        struct Form {
            form: u32,
        }
        #[derive(Deserialize)]
        struct Kept<T> {
            outcome: T,
        }
        if text.len() > LONGEST {
            return Err(BaselineError::TooLong);
        }
        let Kept { outcome } = serde_json::from_str::<Kept<Form>>(text)?;
        if outcome.form != Outcome::FORM {
            return Err(BaselineError::Form(outcome.form));
        }
        let Kept { outcome } = serde_json::from_str(text)?;
        Ok(outcome)
    }
}
