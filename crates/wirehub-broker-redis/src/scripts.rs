//! The scripts that run in the server.

use redis::Script;

/// Every script, with its hash.
pub(crate) struct Scripts([Script; ScriptName::ALL.len()]);

/// Which script, and with it what its keys are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScriptName {
    Append,
    Open,
    Read,
    Forget,
    Touch,
    Enter,
    Leave,
    Release,
    Members,
    Claim,
    Renew,
    Expire,
    Quit,
    List,
    Tell,
}

/// What a script is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A topic's publications.
    Topic,
    /// A topic's members.
    Crowd,
    /// What a stay of a node holds.
    Stay,
    /// The nodes.
    Nodes,
}

impl ScriptName {
    const ALL: [Self; 15] = [
        Self::Append,
        Self::Open,
        Self::Read,
        Self::Forget,
        Self::Touch,
        Self::Enter,
        Self::Leave,
        Self::Release,
        Self::Members,
        Self::Claim,
        Self::Renew,
        Self::Expire,
        Self::Quit,
        Self::List,
        Self::Tell,
    ];

    pub(crate) const fn subject(self) -> Subject {
        match self {
            Self::Append | Self::Open | Self::Read | Self::Forget | Self::Touch => Subject::Topic,
            Self::Enter | Self::Leave | Self::Members => Subject::Crowd,
            Self::Release => Subject::Stay,
            _ => Subject::Nodes,
        }
    }

    const fn body(self) -> &'static str {
        match self {
            Self::Append => include_str!("scripts/append.lua"),
            Self::Open => include_str!("scripts/open.lua"),
            Self::Read => include_str!("scripts/read.lua"),
            Self::Forget => include_str!("scripts/forget.lua"),
            Self::Touch => include_str!("scripts/touch.lua"),
            Self::Enter => include_str!("scripts/enter.lua"),
            Self::Leave => include_str!("scripts/leave.lua"),
            Self::Release => include_str!("scripts/release.lua"),
            Self::Members => include_str!("scripts/members.lua"),
            Self::Claim => include_str!("scripts/claim.lua"),
            Self::Renew => include_str!("scripts/renew.lua"),
            Self::Expire => include_str!("scripts/expire.lua"),
            Self::Quit => include_str!("scripts/quit.lua"),
            Self::List => include_str!("scripts/list.lua"),
            Self::Tell => include_str!("scripts/tell.lua"),
        }
    }
}

/// What each of them begins with.
const EVERY: &str = include_str!("scripts/every.lua");

impl Subject {
    /// What follows in those about one subject.
    const fn beginning(self) -> &'static str {
        match self {
            Self::Topic => include_str!("scripts/topic.lua"),
            Self::Crowd => include_str!("scripts/crowd.lua"),
            Self::Stay => "",
            Self::Nodes => include_str!("scripts/nodes.lua"),
        }
    }
}

impl Scripts {
    pub(crate) fn new() -> Self {
        Self(ScriptName::ALL.map(|name| {
            let (beginning, body) = (name.subject().beginning(), name.body());
            Script::new(&format!("{EVERY}\n{beginning}\n{body}"))
        }))
    }

    /// The hash by which the server knows a script.
    pub(crate) fn hash(&self, name: ScriptName) -> &str {
        self.0.get(name as usize).map_or("", Script::get_hash)
    }

    /// The commands that load all of them.
    pub(crate) fn load(&self) -> redis::Pipeline {
        let mut pipeline = redis::pipe();
        for script in &self.0 {
            pipeline.load_script(script);
        }
        pipeline
    }
}
