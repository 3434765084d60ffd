use crate::scene::OnCluster;

wirehub_broker::conformance_suite!(OnCluster::fresh);

/// The promises of brokers that outlive their process.
mod durable {
    use crate::scene::OnCluster;

    wirehub_broker::durability_suite!(OnCluster::fresh);
}

/// The same on a server in a process of its own, which makes the topics.
mod apart {
    use crate::scene::OnCluster;

    wirehub_broker::durability_suite!(OnCluster::on_tansu);
}
