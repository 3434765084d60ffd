//! Closing connections.

use serde::Deserialize;
use wirehub::Recipient;
use wirehub_model::{CloseReason, ConnectionId};

use super::{
    failure::Failure,
    params::{Params, Text},
    publish::nothing,
    reply::Outcome,
    target::Target,
};
use crate::admin::Admin;

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(borrow, default)]
    whitelist: Option<Vec<Text<'a>>>,
    #[serde(default)]
    disconnect: Option<Disconnect>,
}

#[derive(Deserialize)]
struct Disconnect {
    #[serde(default)]
    code: Option<u32>,
}

/// `{"user","client"?,"whitelist"?,"disconnect"?:{"code"}}`
pub(super) async fn disconnect(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let (target, wish): (Target<'_>, Wish<'_>) = (params.take()?, params.take()?);
    let code = wish.disconnect.and_then(|disconnect| disconnect.code);
    let reason = reason(code.unwrap_or_default());
    let Some(who) = target.recipient(admin).await? else {
        return nothing();
    };
    let spared = wish.whitelist.unwrap_or_default();
    let spared: Vec<ConnectionId> = spared.iter().filter_map(|id| id.0.parse().ok()).collect();
    match target.user()? {
        Some(user) if !spared.is_empty() && !target.is_one() => {
            let theirs = admin.ask(admin.hub().connections_of(user)).await?;
            for connection in theirs.list {
                if !spared.contains(&connection.id) {
                    let one = Recipient::Connection(connection.id);
                    admin.ask(admin.hub().disconnect(one, reason)).await?;
                }
            }
        }
        _ => {
            admin.ask(admin.hub().disconnect(who, reason)).await?;
        }
    }
    nothing()
}

/// The reason that makes a client do what a code of Centrifugo's makes it do. Codes of 3500 to
/// 3999 and of 4500 to 4999 are final; after the others clients come back.
const fn reason(code: u32) -> CloseReason {
    match code {
        3000 | 3001 => CloseReason::GoingAway,
        // These want a new token, or a new state.
        3005 | 3006 | 3010 | 3014 => CloseReason::TokenExpired,
        3008 => CloseReason::SlowConsumer,
        3012 => CloseReason::HeartbeatTimeout,
        3013 => CloseReason::RateLimited,
        3500 | 3507 => CloseReason::Unauthorized,
        3504 => CloseReason::UserLimit,
        0 | 3501..=3999 | 4500..=4999 => CloseReason::Disconnected,
        _ => CloseReason::ServiceRestart,
    }
}

#[cfg(test)]
mod tests {
    use wirehub_model::Reconnect;

    use super::*;

    #[test]
    fn clients_come_back_exactly_where_centrifugo_lets_them() {
        for code in 3_000..5_000 {
            let is_final = matches!(code, 3_500..=3_999 | 4_500..=4_999);
            let stays_away = reason(code).reconnect() == Reconnect::Never;
            assert_eq!(is_final, stays_away, "{code}");
        }
        assert_eq!(reason(0), CloseReason::Disconnected);
    }
}
