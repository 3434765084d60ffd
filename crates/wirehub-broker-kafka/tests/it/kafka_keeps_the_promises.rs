use crate::scene::OnCluster;

wirehub_broker::conformance_suite!(OnCluster::fresh);

/// The promises of brokers that outlive their process.
mod durable {
    use crate::scene::OnCluster;

    wirehub_broker::durability_suite!(OnCluster::fresh);
}
