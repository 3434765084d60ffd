//! From addresses of code to names of functions, out of the running program itself.

use std::{collections::HashMap, ffi::c_void, sync::Arc};

use self::{implementation::by_its_type, table::SymbolTable};
use crate::{Place, profile::Function};

mod implementation;
mod module;
mod table;

/// Names of addresses, each looked up once.
#[derive(Debug)]
pub(crate) struct Symbols {
    table: SymbolTable,
    known: HashMap<u64, Place>,
}

impl Symbols {
    /// Reads the symbol table of the program. Where it was stripped, fewer names are found.
    pub(crate) fn of_program() -> Self {
        Self {
            table: SymbolTable::of_program().unwrap_or_default(),
            known: HashMap::new(),
        }
    }

    /// The places of a stack, whose innermost address is that of an instruction and whose others
    /// are where functions return to.
    pub(crate) fn stack(&mut self, addresses: &[u64]) -> Vec<Place> {
        let (innermost, callers) = addresses.split_at(addresses.len().min(1));
        let innermost = innermost.iter().map(|address| self.place(*address));
        let mut places: Vec<_> = innermost.collect();
        places.extend(self.callers(callers));
        places
    }

    /// The places of a stack all of whose addresses are where functions return to.
    pub(crate) fn callers(&mut self, addresses: &[u64]) -> Vec<Place> {
        // The call is before the place it returns to, which may be in another function already.
        let calls = addresses.iter().map(|address| address.saturating_sub(1));
        calls.map(|address| self.place(address)).collect()
    }

    fn place(&mut self, address: u64) -> Place {
        let table = &self.table;
        let place = self.known.entry(address).or_insert_with(|| Place {
            address,
            functions: functions(address, table),
        });
        place.clone()
    }
}

impl Drop for Symbols {
    /// What was read of the program to find names is megabytes, and profiles are rare.
    fn drop(&mut self) {
        backtrace::clear_symbol_cache();
    }
}

/// The function at an address, and before it those that the compiler put into it. The debug
/// information knows them and their lines, but with `line-tables-only` neither their modules nor
/// their types; the symbol table, which stays when that is stripped, has the full name of the
/// outer one.
fn functions(address: u64, table: &SymbolTable) -> Arc<[Function]> {
    let mut functions = Vec::new();
    backtrace::resolve(address as usize as *mut c_void, |symbol| {
        let file = symbol.filename().map(|path| path.display().to_string());
        let file = file.unwrap_or_default();
        if let Some(name) = symbol.name() {
            functions.push(Function {
                // The other form ends with a hash that tells two versions of a crate apart.
                name: module::qualified(&format!("{name:#}"), &file),
                file,
                line: symbol.lineno().unwrap_or_default(),
            });
        }
    });
    let full = table.name(address).map(|name| by_its_type(&name));
    match (functions.last_mut(), full) {
        (Some(outer), Some(full)) => outer.name = full,
        (Some(_), None) => {}
        (None, full) => functions.push(Function {
            name: full.unwrap_or_else(|| format!("{address:#x}")),
            file: String::new(),
            line: 0,
        }),
    }
    functions.into()
}
