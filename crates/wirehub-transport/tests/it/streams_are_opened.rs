//! A request becomes a stream: its response does not end, and the socket is the table's.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::server::{Setup, connect, read_head, run, start};

#[test]
fn the_head_leaves_before_anything_is_said() {
    run(async {
        let server = start(Setup::default());
        let mut stream = connect(&server).await;
        // The connection was of use before, and the request asks whether it may go on.
        stream
            .write_all(b"GET /other HTTP/1.1\r\nhost: hub\r\n\r\n")
            .await
            .unwrap();
        read_head(&mut stream).await;
        let mut answer = [0; 21];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"you asked for /other\n");
        stream
            .write_all(
                b"POST /stream/a HTTP/1.1\r\nhost: hub\r\nexpect: 100-continue\r\n\
                  transfer-encoding: chunked\r\n\r\n",
            )
            .await
            .unwrap();
        assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 100 "));
        stream.write_all(b"2\r\nhi\r\n0\r\n\r\n").await.unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        assert!(head.contains("\r\ndate: "), "{head}");
        server.log.line("upgraded /stream/a b\"hi\" ").await;
        server.log.until(|log| log.open.get() == 1).await;
        assert_eq!(server.admission.connections(), 1);
        stream.write_all(b"12345").await.unwrap();
        let mut said = [0; 13];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"00000003\r\n5 \n");
        drop(stream);
        server.log.line("closed ").await;
        server.log.until(|log| log.open.get() == 0).await;
        assert_eq!(server.admission.connections(), 0);
    });
}

#[test]
fn what_comes_behind_the_request_is_overheard() {
    run(async {
        let server = start(Setup::default());
        let mut stream = connect(&server).await;
        stream
            .write_all(b"POST /stream/b HTTP/1.0\r\ncontent-length: 2\r\n\r\nhi and more")
            .await
            .unwrap();
        let head = read_head(&mut stream).await;
        assert!(head.contains("connection: close\r\n"), "{head}");
        let mut said = [0; 3];
        stream.read_exact(&mut said).await.unwrap();
        assert_eq!(&said, b"9 \n");
    });
}
