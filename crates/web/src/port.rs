//! The listening socket.

use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;

/// Connections that the kernel holds for us until they are received: a news rush brings thousands
/// within a second. (The kernel lowers it to `net.core.somaxconn`, usually 4096.)
const BACKLOG: i32 = 4096;

/// A socket that listens on `addr`, with room for a rush. Called inside a tokio runtime.
///
/// # Errors
/// If the address can't be listened on: it is in use, or isn't this machine's.
pub fn listen_on(addr: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // A restart must not wait for the last minute's closed connections.
    socket.set_reuse_address(true)?;
    if addr.is_ipv6() {
        // `[::]` takes IPv4 as well, whatever the system's default is.
        socket.set_only_v6(false)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
