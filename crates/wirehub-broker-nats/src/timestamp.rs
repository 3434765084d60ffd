//! Times as a server writes them (RFC 3339, in UTC).

use std::time::Duration;

/// Days before each month of a year that is no leap year.
const DAYS: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

/// Reads a time since the Unix epoch, such as `2026-11-30T15:11:28.36Z`.
pub(crate) fn read(text: &str) -> Option<Duration> {
    let text = text.strip_suffix('Z')?;
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-')?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = numbers(time, ':')?;
    if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: u32 = format!("{fraction:0<9}").parse().ok()?;
    let before = *DAYS.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let leap_days = |year: u64| year / 4 - year / 100 + year / 400;
    let this_year = u64::from(month > 2 && is_leap(year));
    if !(1..=31).contains(&day) {
        return None;
    }
    let days = (year - 1970) * 365 + leap_days(year - 1) - leap_days(1969);
    let days = days + before + this_year + day - 1;
    Some(Duration::new(
        ((days * 24 + hour) * 60 + minute) * 60 + second,
        nanos,
    ))
}

fn numbers(text: &str, between: char) -> Option<[u64; 3]> {
    let mut parts = text.split(between).map(|part| part.parse().ok());
    let all = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        for (text, seconds, nanos) in [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2000-02-29T12:00:00.5Z", 951_825_600, 500_000_000),
            ("2000-03-01T00:00:00Z", 951_868_800, 0),
            ("2026-11-30T15:11:28.356958803Z", 1_796_051_488, 356_958_803),
        ] {
            assert_eq!(read(text), Some(Duration::new(seconds, nanos)), "{text}");
        }
        for text in [
            "",
            "2026-11-30",
            "2026-13-01T00:00:00Z",
            "2026-11-30T15:11:28.x",
            "x-y-zT1:2:3Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
