use crate::scene::OnDisk;

wirehub_broker::conformance_suite!(OnDisk::fresh);
wirehub_broker::durability_suite!(OnDisk::fresh);

/// The promises that have nothing to do with durability hold for answers that come early, too.
mod relaxed {
    use crate::scene::OnDisk;

    fn fresh() -> OnDisk {
        OnDisk::with(1, OnDisk::relaxed)
    }

    wirehub_broker::conformance_suite!(fresh);
}
