//! Subscriptions that the application makes and ends.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use wirehub_model::{Grant, Position, Subscribe, Topic, TopicFilter};

use super::{
    failure::Failure,
    history,
    params::{Params, StreamPosition, Text, given, topic},
    publish::nothing,
    refresh::moment_at,
    reply::Outcome,
    target::Target,
};
use crate::{admin::Admin, api::info_text};

#[derive(Deserialize)]
struct Wish<'a> {
    #[serde(borrow, default)]
    channel: Option<Text<'a>>,
    #[serde(borrow, default)]
    info: Option<&'a RawValue>,
    #[serde(borrow, default)]
    b64info: Option<Text<'a>>,
    #[serde(default)]
    expire_at: Option<i64>,
    #[serde(borrow, default)]
    recover_since: Option<StreamPosition<'a>>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    b64data: Option<Text<'a>>,
    #[serde(default, rename = "override")]
    changed: Option<Value>,
}

/// `{"user","client"?,"channel","info"?,"expire_at"?,"recover_since"?}`
pub(super) async fn subscribe(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let (target, wish): (Target<'_>, Wish<'_>) = (params.take()?, params.take()?);
    let topic = topic(wish.channel.as_ref())?;
    wish.check()?;
    let grant = Grant {
        expires_at: match wish.expire_at {
            None | Some(0) => None,
            Some(unix) => {
                let end = moment_at(unix, admin.hub().now());
                Some(end.ok_or_else(|| Failure::bad("expire_at is in the past"))?)
            }
        },
        info: wish.info()?,
        ..Grant::default()
    };
    let subscribe = Subscribe {
        since: wish.since(admin, &topic).await?,
        grant: Some(Box::new(grant)),
        ..Subscribe::to(TopicFilter::from(&topic))
    };
    if let Some(who) = target.recipient(admin).await? {
        admin.ask(admin.hub().subscribe(who, subscribe)).await?;
    }
    nothing()
}

/// `{"user","client"?,"channel"}`
pub(super) async fn unsubscribe(admin: &Admin, params: Params<'_>) -> Result<Outcome, Failure> {
    let (target, wish): (Target<'_>, Wish<'_>) = (params.take()?, params.take()?);
    let filter = TopicFilter::from(&topic(wish.channel.as_ref())?);
    if let Some(who) = target.recipient(admin).await? {
        admin.ask(admin.hub().unsubscribe(who, filter)).await?;
    }
    nothing()
}

impl Wish<'_> {
    /// Refuses what a subscription here cannot have.
    fn check(&self) -> Result<(), Failure> {
        if self.data.is_some() || given(self.b64data.as_ref()).is_some() {
            let what = "a subscription carries no `data`; send the client a message";
            return Err(Failure::not_available(what));
        }
        let changed = self.changed.as_ref().and_then(Value::as_object);
        let mut changed = changed.into_iter().flatten();
        match changed.find(|(_, value)| !value.is_null()) {
            Some((name, _)) => {
                let what = format!("`{name}` is the namespace's and cannot be overridden");
                Err(Failure::not_available(&what))
            }
            None => Ok(()),
        }
    }

    /// What others see of the subscriber.
    fn info(&self) -> Result<Option<Arc<str>>, Failure> {
        if let Some(text) = given(self.b64info.as_ref()) {
            let decoded = STANDARD.decode(text).ok();
            let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            let json = decoded.and_then(|text| RawValue::from_string(text).ok());
            let json = json.ok_or_else(|| Failure::bad("b64info is not JSON in base64"))?;
            return Ok(info_text(&json)?);
        }
        let info = self.info.map(info_text).transpose()?;
        Ok(info.flatten())
    }

    /// The place to begin at; without an epoch it is of the channel's life as it is now.
    async fn since(&self, admin: &Admin, topic: &Topic) -> Result<Option<Position>, Failure> {
        let Some(since) = &self.recover_since else {
            return Ok(None);
        };
        let top = history::top(admin, topic).await?;
        Ok(Some(history::place(since, top)))
    }
}
