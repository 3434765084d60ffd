use crate::scene::OnServer;

wirehub_broker::conformance_suite!(|| OnServer::fresh().there);

/// The promises of brokers that outlive their process, on a server that has everything on disk.
mod durable {
    use crate::scene::OnServer;

    wirehub_broker::durability_suite!(|| OnServer::durable().there);
}
