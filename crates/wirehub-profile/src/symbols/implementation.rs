//! Functions of implementations, named so that readers of profiles keep the type.

/// `<Type as Trait>::function` is `Type::function`. `go tool pprof` takes all that stands in angle
/// brackets for arguments of a template, and would leave `::function`.
pub(super) fn by_its_type(name: &str) -> String {
    let Some((implementation, rest)) = name.strip_prefix('<').and_then(split_at_close) else {
        return name.to_owned();
    };
    let end = trait_of(implementation).unwrap_or(implementation.len());
    let (its_type, _) = implementation.split_at(end);
    format!("{}{rest}", by_its_type(its_type))
}

/// What stands before the bracket that closes, and what behind it.
fn split_at_close(inside: &str) -> Option<(&str, &str)> {
    let close = outside_of_brackets(inside).find(|(_, rest)| rest.starts_with('>'))?;
    let (at, rest) = close;
    Some((inside.get(..at)?, rest.get(1..)?))
}

/// Where ` as Trait` begins.
fn trait_of(implementation: &str) -> Option<usize> {
    let mut places = outside_of_brackets(implementation);
    places
        .find(|(_, rest)| rest.starts_with(" as "))
        .map(|(at, _)| at)
}

/// The places that no bracket encloses, each with what follows. The arrow of a function's type
/// closes nothing.
fn outside_of_brackets(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut depth = 0_usize;
    let mut before = ' ';
    text.char_indices().filter_map(move |(at, character)| {
        let is_arrow = before == '-' && character == '>';
        before = character;
        let is_outside = depth == 0 && !is_arrow;
        match character {
            '<' | '(' | '[' => depth += 1,
            '>' if is_arrow => {}
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_outside.then(|| (at, text.get(at..).unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_stays_and_the_trait_goes() {
        for (name, expected) in [
            (
                "<wirehub::shard::Shard as core::ops::Drop>::drop",
                "wirehub::shard::Shard::drop",
            ),
            (
                "<alloc::vec::Vec<T> as core::clone::Clone>::clone",
                "alloc::vec::Vec<T>::clone",
            ),
            ("<F as core::ops::FnOnce<(A,)>>::call_once", "F::call_once"),
            (
                "<fn(u8) -> u8 as a::B<fn() -> C>>::run",
                "fn(u8) -> u8::run",
            ),
            ("<[T] as a::Concat<str>>::concat", "[T]::concat"),
            ("<str>::trim", "str::trim"),
            ("<<A as B>::C as D>::e", "A::C::e"),
            (
                "<A as B>::run::{closure#0}::<C>",
                "A::run::{closure#0}::<C>",
            ),
            ("a::plain<B as C>", "a::plain<B as C>"),
            ("<never closed", "<never closed"),
            ("", ""),
        ] {
            assert_eq!(by_its_type(name), expected);
        }
    }
}
