use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

use super::Files;

fn files() -> Files {
    let mut files = Files::default();
    files.insert("/a.js", "text/javascript", Bytes::from_static(b"1"));
    files
}

#[test]
fn a_file_is_had_by_pages_of_every_origin() {
    let response = files().answer(&Method::GET, "/a.js", &HeaderMap::new());
    let response = response.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/javascript");
    assert_eq!(response.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN], "*");
}

#[test]
fn whoever_has_it_is_told_so() {
    let first = files().answer(&Method::GET, "/a.js", &HeaderMap::new());
    let tag = first.unwrap().headers()[header::ETAG].clone();
    let mut headers = HeaderMap::new();
    headers.insert(header::IF_NONE_MATCH, tag);
    let again = files().answer(&Method::GET, "/a.js", &headers);
    assert_eq!(again.unwrap().status(), StatusCode::NOT_MODIFIED);
}

#[test]
fn other_paths_and_methods_are_somebody_elses() {
    let none = HeaderMap::new();
    assert!(files().answer(&Method::GET, "/b.js", &none).is_none());
    assert!(files().answer(&Method::POST, "/a.js", &none).is_none());
}
