//! Moments as people read them.

use time::OffsetDateTime;

/// Milliseconds since 1970, in UTC.
pub(super) fn utc(milliseconds: u64) -> String {
    let seconds = i64::try_from(milliseconds / 1_000).unwrap_or(i64::MAX);
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(seconds) else {
        return "at no known time".to_owned();
    };
    format!(
        "{}-{:02}-{:02} {:02}:{:02}:{:02} UTC",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
    )
}

/// Seconds into a run.
pub(super) fn into_run(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, rest) = (whole / 3_600, whole / 60 % 60, whole % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_readable() {
        assert_eq!(utc(1_700_000_000_123), "2023-11-14 22:13:20 UTC");
        assert_eq!(utc(u64::MAX), "at no known time");
        let shown: Vec<String> = [0.4, 59.6, 61.0, 3_725.0].map(into_run).into();
        assert_eq!(shown, ["0 s", "1:00", "1:01", "1:02:05"]);
    }
}
