//! How long connections may stay.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::value::RawValue;
use wirehub::Renewal;
use wirehub_model::{CloseReason, Moment};

use super::{failure::Failure, params::Params, publish::nothing, reply::Outcome, target::Target};
use crate::{admin::Admin, api::info_text};

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(default)]
    expired: Option<bool>,
    #[serde(default)]
    expire_at: Option<i64>,
    #[serde(borrow, default)]
    info: Option<&'a RawValue>,
}

/// `{"user","client"?,"expired"?,"expire_at"?,"info"?}`; without `expire_at` for ever.
pub(super) async fn refresh(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let (target, wish): (Target<'_>, Wish<'_>) = (params.take()?, params.take()?);
    let Some(who) = target.recipient(admin).await? else {
        return nothing();
    };
    let unix = wish.expire_at.filter(|unix| *unix != 0);
    let end = unix.map(|unix| moment_at(unix, admin.hub().now()));
    let expired = wish.expired.unwrap_or_default();
    match end {
        Some(None) => disconnect(admin, who).await?,
        _ if expired => disconnect(admin, who).await?,
        end => {
            let info = wish.info.map(info_text).transpose()?.flatten();
            let expires_at = end.flatten();
            let renewal = Renewal { expires_at, info };
            admin.ask(admin.hub().renew(who, renewal)).await?;
        }
    }
    nothing()
}

async fn disconnect(admin: &Admin, who: wirehub::Recipient) -> Result<(), Failure> {
    let reason = CloseReason::TokenExpired;
    admin.ask(admin.hub().disconnect(who, reason)).await?;
    Ok(())
}

/// The moment of a Unix time in seconds; `None` when it has passed.
pub(super) fn moment_at(unix: i64, now: Moment) -> Option<Moment> {
    let time = UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(unix).ok()?))?;
    let left = time.duration_since(SystemTime::now()).ok()?;
    Some(now + left)
}
