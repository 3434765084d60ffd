//! A collector that hands on what it is told.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message as _;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

type Told = mpsc::UnboundedSender<ExportTraceServiceRequest>;

pub(crate) struct Collector {
    address: SocketAddr,
    told: mpsc::UnboundedReceiver<ExportTraceServiceRequest>,
}

impl Collector {
    /// Answers every request with a status.
    pub(crate) async fn start(status: StatusCode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, told) = mpsc::unbounded_channel();
        let router = Router::new()
            .route("/v1/traces", post(take))
            .with_state((tell, status));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, told }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    /// The next request.
    pub(crate) async fn next(&mut self) -> ExportTraceServiceRequest {
        let next = timeout(PATIENCE, self.told.recv()).await;
        next.expect("a request comes in time").unwrap()
    }
}

async fn take(
    State((tell, status)): State<(Told, StatusCode)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    tell.send(ExportTraceServiceRequest::decode(body).unwrap())
        .unwrap();
    status
}
