//! Profiles as `go tool pprof` reads them: `profile.proto` in gzip
//! (<https://github.com/google/pprof/blob/main/proto/profile.proto>).

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use prost::Message as _;
use zlib_rs::DeflateConfig;

use crate::{
    Place, Profile, ValueKind,
    profile::{Function, Sample},
    program::Program,
};

mod proto;

/// The only mapping that profiles have: the program. What lies elsewhere, as libc does, has none.
const PROGRAM: u64 = 1;
/// Asks zlib for a window of 32 kB and for gzip around the data (RFC 1952).
const GZIP: i32 = 15 + 16;
/// Profiles are mostly names that repeat; more effort makes them hardly smaller.
const LEVEL: i32 = 4;

impl Profile {
    /// The profile as a file that `go tool pprof` opens.
    #[must_use]
    pub fn to_pprof(&self) -> Vec<u8> {
        let program = Program::running().unwrap_or_default();
        let message = Writer::new(program).profile(self);
        gzip(&message.encode_to_vec())
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut config = DeflateConfig::new(LEVEL);
    config.window_bits = GZIP;
    // The bound is that of zlib's own header and trailer; those of gzip are 12 bytes longer.
    let mut packed = vec![0; zlib_rs::compress_bound(bytes.len()) + 12];
    let (packed, _) = zlib_rs::compress_slice(&mut packed, bytes, config);
    packed.to_vec()
}

/// Gives everything that is named its number, and says it once.
#[derive(Debug)]
struct Writer {
    program: Program,
    strings: HashMap<String, i64>,
    table: Vec<String>,
    functions: HashMap<(i64, i64), u64>,
    places: HashMap<Place, u64>,
    message: proto::Profile,
}

impl Writer {
    fn new(program: Program) -> Self {
        Self {
            program,
            // The first string has to be empty.
            strings: HashMap::from([(String::new(), 0)]),
            table: vec![String::new()],
            functions: HashMap::new(),
            places: HashMap::new(),
            message: proto::Profile::default(),
        }
    }

    fn profile(mut self, profile: &Profile) -> proto::Profile {
        let kinds = profile.kinds.iter();
        self.message.sample_type = kinds.map(|kind| self.kind(*kind)).collect();
        for sample in &profile.samples {
            let sample = self.sample(sample);
            self.message.sample.push(sample);
        }
        self.message.mapping = vec![self.mapping()];
        self.message.time_nanos = nanoseconds(
            profile
                .taken_at
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default(),
        );
        self.message.duration_nanos = nanoseconds(profile.duration);
        if let Some((kind, period)) = profile.period {
            self.message.period_type = Some(self.kind(kind));
            self.message.period = period;
        }
        let comments = profile.comments.iter();
        self.message.comment = comments.map(|comment| self.string(comment)).collect();
        self.message.string_table = self.table;
        self.message
    }

    /// Where names are missing, readers look them up in a file of the same build.
    fn mapping(&mut self) -> proto::Mapping {
        let path = self.program.path.to_string_lossy().into_owned();
        let build_id = self.program.build_id.clone();
        let Program {
            text,
            offset,
            has_symbols,
            ..
        } = self.program;
        proto::Mapping {
            id: PROGRAM,
            memory_start: text.start,
            memory_limit: text.end,
            file_offset: offset,
            filename: self.string(&path),
            build_id: self.string(&build_id),
            has_functions: has_symbols,
            has_filenames: has_symbols,
            has_line_numbers: has_symbols,
            has_inline_frames: has_symbols,
        }
    }

    fn sample(&mut self, sample: &Sample) -> proto::Sample {
        let stack = sample.stack.iter();
        let labels = sample.labels.iter();
        proto::Sample {
            location_id: stack.map(|place| self.place(place)).collect(),
            value: sample.values.clone(),
            label: labels
                .map(|(key, value)| proto::Label {
                    key: self.string(key),
                    str: self.string(value),
                })
                .collect(),
        }
    }

    fn place(&mut self, place: &Place) -> u64 {
        if let Some(id) = self.places.get(place) {
            return *id;
        }
        let functions = place.functions.iter();
        let line = functions.map(|function| proto::Line {
            function_id: self.function(function),
            line: i64::from(function.line),
        });
        let line = line.collect();
        let id = self.places.len() as u64 + 1;
        let is_program = self.program.text.contains(place.address);
        self.message.location.push(proto::Location {
            id,
            mapping_id: if is_program { PROGRAM } else { 0 },
            address: place.address,
            line,
        });
        self.places.insert(place.clone(), id);
        id
    }

    fn function(&mut self, function: &Function) -> u64 {
        let (name, filename) = (self.string(&function.name), self.string(&function.file));
        let next = self.functions.len() as u64 + 1;
        let id = *self.functions.entry((name, filename)).or_insert(next);
        if id == next {
            self.message.function.push(proto::Function {
                id,
                name,
                system_name: name,
                filename,
            });
        }
        id
    }

    fn kind(&mut self, kind: ValueKind) -> proto::ValueType {
        proto::ValueType {
            r#type: self.string(kind.name),
            unit: self.string(kind.unit),
        }
    }

    fn string(&mut self, text: &str) -> i64 {
        if let Some(number) = self.strings.get(text) {
            return *number;
        }
        let number = self.table.len() as i64;
        self.table.push(text.to_owned());
        self.strings.insert(text.to_owned(), number);
        number
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
