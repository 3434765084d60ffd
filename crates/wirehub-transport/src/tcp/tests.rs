use super::*;

const HEARTBEAT: Heartbeat = Heartbeat {
    interval: Duration::from_secs(25),
    timeout: Duration::from_secs(10),
};

fn keepalive(time: u64, interval: u64, probes: u32) -> Option<Keepalive> {
    Some(Keepalive {
        time: Duration::from_secs(time),
        interval: Duration::from_secs(interval),
        probes,
    })
}

fn check(keepalive: Option<Keepalive>, user_timeout: Option<u64>) -> Result<(), TcpSettingsError> {
    let settings = TcpSettings {
        keepalive,
        user_timeout: user_timeout.map(Duration::from_secs),
        ..TcpSettings::default()
    };
    settings.check(HEARTBEAT)
}

#[test]
fn defaults_keep_their_own_rules() {
    assert_eq!(TcpSettings::default().check(HEARTBEAT), Ok(()));
}

#[test]
fn linux_defaults_of_keepalive_pass_without_a_user_timeout() {
    assert_eq!(check(keepalive(7_200, 75, 9), None), Ok(()));
    assert_eq!(check(None, None), Ok(()));
}

#[test]
fn a_user_timeout_has_to_end_with_the_last_probe() {
    let after = check(keepalive(60, 10, 3), Some(91)).unwrap_err();
    let words = after.to_string();
    assert!(words.contains("91s") && words.contains("90s"), "{words}");
    assert!(matches!(
        after,
        TcpSettingsError::UserTimeoutAfterKeepalive { .. }
    ));
    assert_eq!(check(keepalive(60, 10, 3), Some(90)), Ok(()));
    assert_eq!(check(keepalive(60, 10, 3), Some(81)), Ok(()));
    let before = check(keepalive(60, 10, 3), Some(80)).unwrap_err();
    assert!(matches!(
        before,
        TcpSettingsError::UserTimeoutBeforeLastProbe { .. }
    ));
}

#[test]
fn a_user_timeout_leaves_time_for_the_heartbeats_answer() {
    assert_eq!(
        check(None, Some(10)),
        Err(TcpSettingsError::UserTimeoutBeforeHeartbeat {
            user_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
        })
    );
    assert_eq!(check(None, Some(11)), Ok(()));
}

#[test]
fn keepalive_stands_behind_the_heartbeat() {
    assert!(matches!(
        check(keepalive(25, 10, 3), None),
        Err(TcpSettingsError::KeepaliveBetweenHeartbeats { .. })
    ));
    assert_eq!(
        check(keepalive(26, 9, 1), None),
        Err(TcpSettingsError::KeepaliveBeforeHeartbeat {
            detection: Duration::from_secs(35),
            heartbeat: Duration::from_secs(35),
        })
    );
    assert_eq!(check(keepalive(26, 10, 1), None), Ok(()));
}

#[test]
fn values_the_kernel_refuses_are_refused_with_their_name() {
    for bad in [
        keepalive(0, 10, 3),
        keepalive(60, 0, 3),
        keepalive(40_000, 10, 3),
    ] {
        assert!(matches!(
            check(bad, None),
            Err(TcpSettingsError::KeepaliveSpan { .. })
        ));
    }
    assert_eq!(
        check(keepalive(60, 10, 128), None),
        Err(TcpSettingsError::KeepaliveProbes(128))
    );
    let backlog = TcpSettings {
        backlog: 0,
        ..TcpSettings::default()
    };
    assert_eq!(backlog.check(HEARTBEAT), Err(TcpSettingsError::Backlog(0)));
    let buffer = TcpSettings {
        send_buffer: Some(100),
        ..TcpSettings::default()
    };
    let words = buffer.check(HEARTBEAT).unwrap_err().to_string();
    assert!(words.starts_with("send_buffer is 100 bytes"), "{words}");
}
