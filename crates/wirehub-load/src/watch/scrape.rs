//! The text format of Prometheus, as much of it as the watch needs.

use crate::outcome::Reading;

/// Takes the figures of any process that exports the usual names, and of a Wirehub those of its
/// own.
pub(super) fn read(text: &str, reading: &mut Reading) {
    let sum = |name: &str| {
        let values = text.lines().filter_map(|line| value(line, name));
        let (count, sum) = values.fold((0, 0.0), |(count, sum), value| (count + 1, sum + value));
        (count > 0).then_some(sum)
    };
    let whole = |name: &str| sum(name).map(|value| value.max(0.0) as u64);
    reading.descriptors = whole("process_open_fds").or(reading.descriptors);
    reading.memory = whole("process_resident_memory_bytes").or(reading.memory);
    reading.cpu = sum("process_cpu_seconds_total").or(reading.cpu);
    reading.tasks = whole("wirehub_tasks")
        .or_else(|| whole("process_threads"))
        .or(reading.tasks);
    reading.connections = whole("wirehub_connections").or(reading.connections);
}

/// The value of a line that is a sample of that name.
fn value(line: &str, name: &str) -> Option<f64> {
    let rest = line.strip_prefix(name)?;
    let rest = match rest.strip_prefix('{') {
        Some(labels) => labels.rsplit_once('}')?.1,
        None => rest,
    };
    let mut words = rest.strip_prefix(' ')?.split_whitespace();
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_add_up_and_names_are_whole() {
        let text = "# HELP process_open_fds Open.\nprocess_open_fds 17\nprocess_open_fds_more 5\n\
            wirehub_tasks{name=\"a\"} 2\nwirehub_tasks{name=\"b } c\"} 3 1700000000\n\
            process_cpu_seconds_total 1.5\nnonsense\n";
        let mut reading = Reading::default();
        read(text, &mut reading);
        assert_eq!(reading.descriptors, Some(17));
        assert_eq!(reading.tasks, Some(5));
        assert_eq!(reading.cpu, Some(1.5));
        assert_eq!(reading.memory, None);
    }
}
