use super::major;

#[test]
fn the_major_version_is_read() {
    assert_eq!(major("v20.20.2\n"), Some(20));
    assert_eq!(major("v9.1"), Some(9));
    assert_eq!(major("20"), None);
    assert_eq!(major(""), None);
}
