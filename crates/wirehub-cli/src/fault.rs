//! What is wrong with settings, all of it at once.

use std::fmt;

/// Faults of settings, each with the place it came from.
#[derive(Debug, Default, thiserror::Error)]
pub(crate) struct Faults(Vec<Fault>);

#[derive(Debug)]
struct Fault {
    place: Option<String>,
    message: String,
}

impl Faults {
    /// One fault, at a place if it has one.
    pub(crate) fn one(place: Option<String>, message: impl Into<String>) -> Self {
        let mut faults = Self::default();
        faults.add(place, message);
        faults
    }

    pub(crate) fn add(&mut self, place: Option<String>, message: impl Into<String>) {
        self.0.push(Fault {
            place,
            message: message.into(),
        });
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// What is wrong, without the places.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|fault| fault.message.as_str())
    }

    /// The value, if nothing is wrong.
    pub(crate) fn unless_any<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, fault) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            if let Some(place) = &fault.place {
                write!(f, "{place}: ")?;
            }
            f.write_str(&fault.message)?;
        }
        Ok(())
    }
}
