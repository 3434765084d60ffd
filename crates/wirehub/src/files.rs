//! Files that the public listener hands out, such as the client library for pages.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::Full;

/// Files by their path.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<&'static str, File>);

#[derive(Debug)]
struct File {
    content_type: HeaderValue,
    body: Bytes,
    /// Names this very content (RFC 9110 section 8.8.3).
    tag: HeaderValue,
}

impl Files {
    pub(crate) fn insert(&mut self, path: &'static str, content_type: &'static str, body: Bytes) {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let tag = format!("\"{:016x}\"", hasher.finish());
        let file = File {
            content_type: HeaderValue::from_static(content_type),
            body,
            // Hexadecimal digits in quotes are a header's value.
            tag: HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
        };
        self.0.insert(path, file);
    }

    /// The answer to a request, when it asks for one of the files. Pages of every origin may have
    /// it: it is the same for all, and public.
    pub(crate) fn answer(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> Option<Response<Full<Bytes>>> {
        let file = self.0.get(path)?;
        if !matches!(*method, Method::GET | Method::HEAD) {
            return None;
        }
        let known = headers.get(header::IF_NONE_MATCH) == Some(&file.tag);
        let mut response = Response::new(if known {
            Full::default()
        } else {
            Full::new(file.body.clone())
        });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let answer = response.headers_mut();
        answer.insert(header::CONTENT_TYPE, file.content_type.clone());
        answer.insert(header::ETAG, file.tag.clone());
        // A new server may bring a new file: browsers ask each time, and mostly get 304.
        let each_time = HeaderValue::from_static("no-cache");
        answer.insert(header::CACHE_CONTROL, each_time);
        let everyone = HeaderValue::from_static("*");
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, everyone);
        let literally = HeaderValue::from_static("nosniff");
        answer.insert(header::X_CONTENT_TYPE_OPTIONS, literally);
        Some(response)
    }
}

#[cfg(test)]
mod tests;
