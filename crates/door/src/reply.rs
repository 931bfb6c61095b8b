//! Short replies, written without the HTTP stack.

use std::fmt::Write as _;

/// A whole reply with its body. It always carries `Content-Length`.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    reason: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// A reply with a plain-text body.
    pub fn text(status: u16, reason: &'static str, body: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", "text/plain; charset=utf-8".to_owned())];
        Self { status, reason, headers, body: body.into() }
    }

    /// Adds a header. Control characters in `value` are left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let mut value = value.into();
        value.retain(|c| !c.is_control());
        self.headers.push((name, value));
        self
    }

    /// The bytes to send; `close`: say that the connection ends after it.
    pub fn to_bytes(&self, close: bool) -> Vec<u8> {
        let mut out = String::new();
        // Writing to a string can't fail.
        let _ = write!(out, "HTTP/1.1 {} {}\r\n", self.status, self.reason);
        for (name, value) in &self.headers {
            let _ = write!(out, "{name}: {value}\r\n");
        }
        let connection = if close { "Close" } else { "Keep-Alive" };
        let _ = write!(
            out,
            "Content-Length: {}\r\nConnection: {connection}\r\n\r\n{}",
            self.body.len(),
            self.body
        );
        out.into_bytes()
    }
}
