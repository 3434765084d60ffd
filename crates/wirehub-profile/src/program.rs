//! The running program: its file, and where the kernel put it.

use std::{
    fs::{self, File},
    io,
    path::PathBuf,
};

use object::{Object as _, ObjectKind, ReadCache};

/// What readers of a profile need to find names by themselves, where the program has none.
#[derive(Debug, Default)]
pub(crate) struct Program {
    /// Where its file is, or was when the program began.
    pub(crate) path: PathBuf,
    /// Where its code lies in memory.
    pub(crate) text: Text,
    /// Where its code begins in the file.
    pub(crate) offset: u64,
    /// What its linker called this build, in hexadecimal digits; empty where it has no name.
    pub(crate) build_id: String,
    /// Whether it has its symbol table, which `strip --strip-all` takes away.
    pub(crate) has_symbols: bool,
    /// By how much addresses in memory are beyond those in the file.
    pub(crate) moved_by: u64,
}

/// Where the code of the program lies, which keeps frame pointers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

impl Text {
    pub(crate) const fn contains(self, address: u64) -> bool {
        self.start <= address && address < self.end
    }
}

impl Program {
    /// Looks for the program.
    ///
    /// # Errors
    /// When its file or its place in memory cannot be read.
    pub(crate) fn running() -> io::Result<Self> {
        let path = fs::read_link("/proc/self/exe")?;
        let maps = fs::read_to_string("/proc/self/maps")?;
        let cache = ReadCache::new(Self::open()?);
        let file = object::File::parse(&cache).map_err(io::Error::other)?;
        let build_id = file.build_id().ok().flatten().unwrap_or_default();
        let places = Places::of(&maps, &path.to_string_lossy());
        Ok(Self {
            text: places.text,
            offset: places.offset,
            build_id: build_id.iter().map(|byte| format!("{byte:02x}")).collect(),
            has_symbols: file.symbols().next().is_some(),
            moved_by: match file.kind() {
                ObjectKind::Dynamic => places.start,
                _ => 0,
            },
            path,
        })
    }

    /// Its file, which stays readable there after it was replaced or removed.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(crate) fn open() -> io::Result<File> {
        File::open("/proc/self/exe")
    }
}

/// Where a file lies in memory (proc_pid_maps(5)).
#[derive(Debug, Default, PartialEq, Eq)]
struct Places {
    /// Of its beginning.
    start: u64,
    text: Text,
    /// Where the code begins in the file.
    offset: u64,
}

impl Places {
    fn of(maps: &str, path: &str) -> Self {
        let number = |digits| u64::from_str_radix(digits, 16).ok();
        let lines = maps.lines().filter(|line| line.ends_with(path));
        let parts = lines.filter_map(|line| {
            let mut words = line.split_ascii_whitespace();
            let (start, end) = words.next()?.split_once('-')?;
            let flags = words.next()?;
            let (start, end) = (number(start)?, number(end)?);
            Some((flags, Text { start, end }, number(words.next()?)?))
        });
        let mut parts = parts.peekable();
        let start = parts.peek().map_or(0, |(_, part, _)| part.start);
        let code = parts.find(|(flags, ..)| flags.contains('x'));
        let (text, offset) = code.map_or_else(Default::default, |(_, text, at)| (text, at));
        Self {
            start,
            text,
            offset,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_among_what_is_mapped() {
        let maps = "55d0-55e0 r--p 00000000 fe:00 9 /opt/wirehub\n\
                    55e0-5600 r-xp 00000010 fe:00 9 /opt/wirehub\n\
                    7f00-7f10 r-xp 00000000 fe:00 8 /usr/lib/libc.so.6\n";
        let text = Text {
            start: 0x55e0,
            end: 0x5600,
        };
        let expected = Places {
            start: 0x55d0,
            text,
            offset: 0x10,
        };
        assert_eq!(Places::of(maps, "/opt/wirehub"), expected);
        assert_eq!(Places::of(maps, "/opt/other"), Places::default());
        assert!(text.contains(0x55e0) && !text.contains(0x5600));
    }

    #[test]
    fn this_program_is_found() {
        let program = Program::running().expect("the program can be read");
        let here = this_program_is_found as *const () as u64;
        assert!(program.text.contains(here), "{program:?} {here:#x}");
        assert!(program.has_symbols);
    }
}
