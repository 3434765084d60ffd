//! A server of a Pusher app, which signs its requests.

use std::{fmt::Write as _, net::SocketAddr, time::UNIX_EPOCH};

use md5::{Digest as _, Md5};
use wirehub::pusher::{AppSettings, Apps, Scope};
use wirehub_model::Secret;

use crate::http::{self, Answer};

/// An app of the whole hub, and one with a scope.
pub(crate) fn apps() -> Apps {
    let app = |id: &str, scope| {
        let secret = Secret::new("0123456789abcdef".to_owned());
        AppSettings::new(id.to_owned(), format!("key{id}"), secret, scope)
    };
    let shop = Scope::named("shop").unwrap();
    Apps::new(vec![app("1", Scope::default()), app("2", shop)]).unwrap()
}

/// A request of an app's server.
pub(crate) struct Request<'a> {
    pub(crate) app: &'a str,
    pub(crate) method: &'a str,
    /// What stands behind the app.
    pub(crate) path: &'a str,
    /// Names and values, sorted.
    pub(crate) query: &'a str,
    pub(crate) body: &'a str,
    /// How long ago it was signed, in seconds.
    pub(crate) age: u64,
}

impl Request<'_> {
    /// The path and query with the signature.
    pub(crate) fn signed(&self) -> String {
        let Self {
            app, method, body, ..
        } = self;
        let path = format!("/apps/{app}{}", self.path);
        let time = UNIX_EPOCH.elapsed().unwrap().as_secs() - self.age;
        let mut query = format!("auth_key=key{app}&auth_timestamp={time}&auth_version=1.0");
        if !body.is_empty() {
            query.push_str("&body_md5=");
            for byte in Md5::digest(body.as_bytes()) {
                write!(query, "{byte:02x}").unwrap();
            }
        }
        if !self.query.is_empty() {
            write!(query, "&{}", self.query).unwrap();
        }
        let text = format!("{method}\n{path}\n{query}");
        let signature = apps().by_id(app).unwrap().sign(text.as_bytes());
        format!("{path}?{query}&auth_signature={signature}")
    }

    pub(crate) async fn send(&self, admin: SocketAddr) -> Answer {
        http::request(admin, self.method, &self.signed(), "", self.body).await
    }
}

/// Has an app's server say something.
pub(crate) async fn post(admin: SocketAddr, app: &str, path: &str, body: &str) -> Answer {
    let request = Request {
        app,
        method: "POST",
        path,
        query: "",
        body,
        age: 0,
    };
    request.send(admin).await
}

/// Has an app's server ask something.
pub(crate) async fn get(admin: SocketAddr, app: &str, path: &str, query: &str) -> Answer {
    let request = Request {
        app,
        method: "GET",
        path,
        query,
        body: "",
        age: 0,
    };
    request.send(admin).await
}
