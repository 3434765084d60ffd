use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::*;

struct Pair {
    certificate: String,
    key: String,
}

fn pair(change: impl FnOnce(&mut CertificateParams)) -> Pair {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    change(&mut params);
    Pair {
        certificate: params.self_signed(&key).unwrap().pem(),
        key: key.serialize_pem(),
    }
}

fn new(certificate: &str, key: &str) -> Result<Tls, TlsError> {
    Tls::new(certificate.as_bytes(), key.as_bytes())
}

#[test]
fn the_error_says_what_is_missing() {
    let Pair { certificate, key } = pair(|_| {});
    assert!(matches!(new("", &key), Err(TlsError::NoCertificate)));
    assert!(matches!(new(&key, &key), Err(TlsError::NoCertificate)));
    assert!(matches!(new(&certificate, ""), Err(TlsError::NoKey)));
    assert!(matches!(
        new(&certificate, &certificate),
        Err(TlsError::NoKey)
    ));
    let cut = certificate.get(..certificate.len() / 2).unwrap();
    assert!(matches!(
        new(cut, &key),
        Err(TlsError::Pem {
            what: "certificate",
            ..
        })
    ));
}

#[test]
fn the_key_has_to_belong_to_the_certificate() {
    let (one, two) = (pair(|_| {}), pair(|_| {}));
    assert!(matches!(
        new(&one.certificate, &two.key),
        Err(TlsError::Mismatch)
    ));
}

#[test]
fn the_certificate_has_to_be_valid_today() {
    let old = pair(|params| params.not_after = date_time_ymd(2001, 2, 3));
    assert!(matches!(
        new(&old.certificate, &old.key),
        Err(TlsError::Expired(_))
    ));
    let early = pair(|params| params.not_before = date_time_ymd(3001, 2, 3));
    assert!(matches!(
        new(&early.certificate, &early.key),
        Err(TlsError::NotYetValid(_))
    ));
}

#[test]
fn a_bad_replacement_changes_nothing() {
    let one = pair(|params| params.not_after = date_time_ymd(2100, 1, 1));
    let tls = new(&one.certificate, &one.key).unwrap();
    let expires = tls.expires_at();
    assert_eq!(expires, UNIX_EPOCH + Duration::from_secs(4_102_444_800));
    let two = pair(|params| params.not_after = date_time_ymd(2101, 1, 1));
    let other = tls.clone();
    tls.replace(two.certificate.as_bytes(), one.key.as_bytes())
        .unwrap_err();
    assert_eq!(other.expires_at(), expires);
    tls.replace(two.certificate.as_bytes(), two.key.as_bytes())
        .unwrap();
    assert!(other.expires_at() > expires);
}
