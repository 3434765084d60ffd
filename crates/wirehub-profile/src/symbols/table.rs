//! The symbol table of the program (ELF's `.symtab`).

use object::{Object as _, ObjectSymbol as _, ReadCache, SymbolKind};

use crate::program::Program;

/// Functions of the program by where they lie in memory.
#[derive(Debug, Default)]
pub(crate) struct SymbolTable {
    /// Sorted by address.
    functions: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    start: u64,
    size: u64,
    /// As the linker knows it.
    name: String,
}

impl SymbolTable {
    /// `None` when the program cannot be read.
    pub(super) fn of_program() -> Option<Self> {
        let moved_by = Program::running().ok()?.moved_by;
        let cache = ReadCache::new(Program::open().ok()?);
        let file = object::File::parse(&cache).ok()?;
        let functions = file.symbols();
        let functions = functions.filter(|symbol| symbol.kind() == SymbolKind::Text);
        let functions = functions.filter_map(|symbol| {
            Some(Entry {
                start: symbol.address() + moved_by,
                size: symbol.size(),
                name: symbol.name().ok()?.to_owned(),
            })
        });
        Some(Self::new(functions.collect()))
    }

    fn new(mut functions: Vec<Entry>) -> Self {
        functions.sort_by_key(|function| function.start);
        Self { functions }
    }

    /// The full name of the function at an address.
    pub(super) fn name(&self, address: u64) -> Option<String> {
        let behind = self
            .functions
            .partition_point(|function| function.start <= address);
        let function = self.functions.get(behind.checked_sub(1)?)?;
        let is_inside = address - function.start < function.size;
        is_inside.then(|| format!("{:#}", rustc_demangle::demangle(&function.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_what_it_covers() {
        let entry = |start, size, name: &str| Entry {
            start,
            size,
            name: name.to_owned(),
        };
        let table = SymbolTable::new(vec![
            entry(0x200, 0x10, "plain"),
            entry(
                0x100,
                0x20,
                "_ZN7wirehub5tasks5Tasks5spawn17h0123456789abcdefE",
            ),
        ]);
        let name = |address| table.name(address);
        assert_eq!(name(0x11f).as_deref(), Some("wirehub::tasks::Tasks::spawn"));
        assert_eq!(name(0x200).as_deref(), Some("plain"));
        assert_eq!(name(0x120), None, "between two functions");
        assert_eq!(name(0xff), None);
    }

    #[test]
    fn this_program_has_one() {
        let here = this_program_has_one as *const () as u64;
        let name = SymbolTable::of_program().and_then(|table| table.name(here));
        let name = name.expect("the function is in the table");
        assert!(name.ends_with("this_program_has_one"), "{name}");
    }
}
