use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::any;
use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use wirehub_transport::{
    Established, Socket, Sockets, TakeOverError, UpgradeRequest, Wire, take_over,
};
use wirehub_websocket::{Inflater, Item, Limits};

use crate::server::{handshake, read_head, run, text};

type Taken = Result<(Socket, Bytes), TakeOverError>;

/// A route of somebody else's application that hands its sockets over.
fn app(taken: mpsc::UnboundedSender<Taken>) -> Router {
    let route = move |mut request: Request| async move {
        let upgrade = hyper::upgrade::on(&mut request);
        let (parts, _) = request.into_parts();
        let offer = match UpgradeRequest::check(&parts) {
            Ok(offer) => offer,
            Err(error) => return error.response().into_response(),
        };
        tokio::spawn(async move { taken.send(take_over(upgrade).await) });
        let (response, _) = offer.accept(None, false).unwrap();
        response.into_response()
    };
    Router::new().route("/live", any(route))
}

#[test]
fn a_route_of_axum_hands_its_socket_over() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (sender, mut taken) = mpsc::unbounded_channel();
        tokio::spawn(async move { axum::serve(listener, app(sender)).await });
        let mut stream = TcpStream::connect(addr).await.unwrap();
        let mut bytes = handshake("/live", "").into_bytes();
        bytes.extend(text("early"));
        stream.write_all(&bytes).await.unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
        let (socket, leftover) = taken.recv().await.unwrap().unwrap();
        let mut sockets = Sockets::new(8).unwrap();
        let established = Established {
            socket,
            answer: Bytes::new(),
            leftover,
            wire: Wire::WebSocket { deflate: None },
            ticket: None,
        };
        sockets.insert(0, established).unwrap();
        stream.write_all(&text("late")).await.unwrap();
        let (mut ready, mut got) = (Vec::new(), Vec::new());
        let (limits, mut scratch) = (Limits::default(), [0; 1_024]);
        let mut inflater = Inflater::new();
        while got.len() < 2 {
            sockets.ready().await.unwrap();
            sockets.poll(&mut ready).unwrap();
            for socket in &ready {
                let mut received = sockets
                    .receive(socket.key, &mut scratch, &limits, &mut inflater)
                    .unwrap();
                while let Some(Item::Text(text)) = received.reader.next().unwrap() {
                    got.push(text.to_owned());
                }
            }
        }
        assert_eq!(got, ["early", "late"]);
    });
}

#[test]
fn what_is_not_a_tcp_socket_is_refused_with_advice() {
    run(async {
        let (near, far) = tokio::io::duplex(4_096);
        let (sender, mut taken) = mpsc::unbounded_channel();
        let app = app(sender);
        tokio::spawn(async move {
            let service = hyper_util::service::TowerToHyperService::new(app);
            hyper::server::conn::http1::Builder::new()
                .serve_connection(hyper_util::rt::TokioIo::new(far), service)
                .with_upgrades()
                .await
        });
        let mut stream = near;
        stream
            .write_all(handshake("/live", "").as_bytes())
            .await
            .unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 101 "));
        let error = taken.recv().await.unwrap().unwrap_err();
        assert!(matches!(error, TakeOverError::NotTcp));
        assert!(error.to_string().contains("terminate TLS"), "{error}");
    });
}
