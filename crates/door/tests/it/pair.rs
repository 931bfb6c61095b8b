//! Both ends of a connection over the loopback.

use std::net::SocketAddr;
use std::time::Duration;

use door::{Conn, DoorError, DoorSettings, RequestHead};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A connected pair: the client's end, and the server's with its address.
pub(crate) async fn sockets() -> (TcpStream, (TcpStream, SocketAddr)) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap());
    let (client, server) = tokio::join!(client, listener.accept());
    (client.unwrap(), server.unwrap())
}

/// A connected pair, the server's end received with `settings` after the client sent `opening`.
pub(crate) async fn received(
    settings: &DoorSettings,
    opening: &[u8],
) -> (TcpStream, Result<Conn, DoorError>) {
    let (mut client, (socket, from)) = sockets().await;
    client.write_all(opening).await.unwrap();
    let conn = door::admit(socket, from, settings).await;
    (client, conn)
}

/// A connected pair with the default settings.
pub(crate) async fn plain(opening: &[u8]) -> (TcpStream, Conn) {
    let (client, conn) = received(&DoorSettings::default(), opening).await;
    (client, conn.unwrap())
}

/// The head of a request that is there.
pub(crate) async fn head(conn: &mut Conn) -> RequestHead {
    match conn.read_head(&DoorSettings::default()).await.unwrap() {
        Some(door::Opening::Request(head)) => head,
        other => panic!("{other:?}"),
    }
}

/// All that the other end sends until it closes; then this end closes too.
pub(crate) async fn rest(mut client: TcpStream) -> String {
    let mut bytes = Vec::new();
    client.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Settings with a short patience.
pub(crate) fn impatient() -> DoorSettings {
    DoorSettings { patience: Duration::from_millis(150), ..DoorSettings::default() }
}
