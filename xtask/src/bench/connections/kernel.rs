//! What the kernel holds for everybody on this machine.

use anyhow::{Context, Result};

/// Slabs that connections take, as `/proc/slabinfo` calls them; only root sees them.
const SLABS: [&str; 6] = [
    "TCP",
    "sock_inode_cache",
    "filp",
    "dentry",
    "eventpoll_epi",
    "kmalloc",
];

/// Memory of the kernel, in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kernel {
    /// All memory of the machine.
    pub(super) total: u64,
    /// What programs could still have.
    pub(super) available: u64,
    /// All slabs.
    pub(super) slab: u64,
    /// Tables of pages.
    pub(super) tables: u64,
    /// Buffers of TCP.
    pub(super) buffers: u64,
    /// Sockets of TCP that are in use.
    pub(super) sockets: u64,
    /// Slabs by their names; empty where they cannot be seen.
    pub(super) slabs: Vec<(String, u64)>,
}

impl Kernel {
    pub(super) fn now() -> Result<Self> {
        let read = |file: &str| {
            std::fs::read_to_string(file).with_context(|| format!("cannot read {file}"))
        };
        Self::of(
            &read("/proc/meminfo")?,
            &read("/proc/net/sockstat")?,
            &read("/proc/slabinfo").unwrap_or_default(),
            &read("/proc/self/smaps")?,
        )
    }

    fn of(meminfo: &str, sockstat: &str, slabinfo: &str, smaps: &str) -> Result<Self> {
        let kibibytes = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
            number
                .with_context(|| format!("/proc does not say {name}"))
                .map(|it| it * 1024)
        };
        let tcp = sockstat.lines().find_map(|line| line.strip_prefix("TCP:"));
        let words: Vec<&str> = tcp.unwrap_or_default().split_whitespace().collect();
        let word = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1)?.parse::<u64>().ok()
        };
        let page = kibibytes(smaps, "KernelPageSize:")?;
        Ok(Self {
            total: kibibytes(meminfo, "MemTotal:")?,
            available: kibibytes(meminfo, "MemAvailable:")?,
            slab: kibibytes(meminfo, "Slab:")?,
            tables: kibibytes(meminfo, "PageTables:")?,
            buffers: word("mem").context("/proc/net/sockstat has no TCP")? * page,
            sockets: word("inuse").context("/proc/net/sockstat has no TCP")?,
            slabs: slabs(slabinfo),
        })
    }

    /// What is held beyond another moment, by name, per connection.
    pub(super) fn beyond(&self, before: &Self, connections: f64) -> Vec<(String, f64)> {
        let each = |now: u64, before: u64| (now as f64 - before as f64) / connections;
        let mut all = vec![
            ("slabs".to_owned(), each(self.slab, before.slab)),
            (
                "buffers of TCP".to_owned(),
                each(self.buffers, before.buffers),
            ),
            (
                "tables of pages".to_owned(),
                each(self.tables, before.tables),
            ),
        ];
        for (name, now) in &self.slabs {
            let earlier = before.slabs.iter().find(|(known, _)| known == name);
            let earlier = earlier.map_or(0, |(_, bytes)| *bytes);
            all.push((format!("of the slabs, `{name}`"), each(*now, earlier)));
        }
        all
    }
}

/// Bytes of the slabs that are of interest: objects, those that are free included, by their size.
fn slabs(slabinfo: &str) -> Vec<(String, u64)> {
    let mut sums: Vec<(String, u64)> = Vec::new();
    for line in slabinfo.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(_), Some(objects), Some(size)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let is_of = |slab: &&&str| match **slab {
            "kmalloc" => name.starts_with("kmalloc-"),
            exact => name == exact,
        };
        let (Some(slab), Ok(objects), Ok(size)) = (
            SLABS.iter().find(is_of),
            objects.parse::<u64>(),
            size.parse::<u64>(),
        ) else {
            continue;
        };
        match sums.iter_mut().find(|(known, _)| known == slab) {
            Some((_, sum)) => *sum += objects * size,
            None => sums.push(((*slab).to_owned(), objects * size)),
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLABINFO: &str = "slabinfo - version: 2.1\n\
        # name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : x\n\
        TCP                  100    200   2048   16    8 : tunables\n\
        tw_sock_TCP           10     20    256   16    1 : tunables\n\
        kmalloc-rcl-64         1      2     64   64    1 : tunables\n\
        kmalloc-1k             5     10   1024   16    4 : tunables\n";

    fn kernel(slab: u64, tcp: u64) -> Kernel {
        let meminfo =
            format!("MemTotal: 9000 kB\nMemAvailable: 900 kB\nSlab: {slab} kB\nPageTables: 4 kB\n");
        let sockstat = format!("sockets: used 9\nTCP: inuse 7 orphan 0 tw 3 alloc 8 mem {tcp}\n");
        Kernel::of(
            &meminfo,
            &sockstat,
            SLABINFO,
            "KernelPageSize:        4 kB\n",
        )
        .unwrap()
    }

    #[test]
    fn what_connections_take_is_told_apart() {
        let (before, now) = (kernel(100, 0), kernel(300, 1));
        assert_eq!(now.sockets, 7);
        let slabs = [("TCP".to_owned(), 409_600), ("kmalloc".to_owned(), 10_368)];
        assert_eq!(now.slabs, slabs);
        let beyond = now.beyond(&before, 100.0);
        assert_eq!(beyond[0], ("slabs".to_owned(), 2_048.0));
        assert!(beyond[1].1 > 0.0, "{beyond:?}");
        assert_eq!(beyond[3], ("of the slabs, `TCP`".to_owned(), 0.0));
    }
}
