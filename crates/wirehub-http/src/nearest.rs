//! Guesses what was meant.

/// Longer texts are not compared; the work grows with the square of their length.
const BYTES_MAX: usize = 64;

/// The known name that is nearest to the one given, when it is near enough to be meant.
pub(crate) fn nearest<'a>(
    given: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if given.len() > BYTES_MAX {
        return None;
    }
    let given = given.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::osa_distance(&given, known), known))
        .min()
        .filter(|(distance, known)| distance * 3 <= known.len())
        .map(|(_, known)| known)
}

/// The name as it can be repeated in an answer, cut where it gets too long.
pub(crate) fn shown(given: &str) -> String {
    match given.char_indices().nth(BYTES_MAX) {
        Some((end, _)) => format!("{}…", &given[..end]),
        None => given.to_owned(),
    }
}
