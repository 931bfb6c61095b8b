//! Request bodies that are read without the HTTP stack: a source's audio.

use std::io;

use bytes::{Buf as _, Bytes, BytesMut};
use thiserror::Error;

use crate::{BodyLength, ChunkedDecoder, Conn, Method, RequestHead};

/// What is still to come of a request's body.
#[derive(Clone, Debug)]
pub struct Body(Left);

#[derive(Clone, Debug)]
enum Left {
    Exact(u64),
    Chunked(ChunkedDecoder),
    UntilClose,
}

impl Body {
    /// The body that `head` declares. A source's (`PUT`, `SOURCE`) that declares none goes on
    /// until the connection closes.
    pub fn of(head: &RequestHead) -> Self {
        let source = matches!(head.method, Method::Put | Method::Source);
        Self(match head.body() {
            BodyLength::Empty if source && head.headers.get("content-length").is_none() => {
                Left::UntilClose
            }
            BodyLength::Empty => Left::Exact(0),
            BodyLength::Exact(length) => Left::Exact(length),
            BodyLength::Chunked => Left::Chunked(ChunkedDecoder::new()),
        })
    }

    /// A body that goes on until the connection closes, as after a SHOUTcast v1 log-in.
    pub fn until_close() -> Self {
        Self(Left::UntilClose)
    }

    fn is_done(&self) -> bool {
        match &self.0 {
            Left::Exact(left) => *left == 0,
            Left::Chunked(decoder) => decoder.is_done(),
            Left::UntilClose => false,
        }
    }

    /// Takes what belongs to the body from the front of `ahead`; what it carries.
    fn take(&mut self, ahead: &mut BytesMut) -> Result<Bytes, BodyError> {
        match &mut self.0 {
            Left::Exact(left) => {
                let n = usize::try_from(*left).unwrap_or(usize::MAX).min(ahead.len());
                *left -= n as u64;
                Ok(ahead.split_to(n).freeze())
            }
            Left::Chunked(decoder) => {
                let mut data = BytesMut::new();
                let n = decoder.take(ahead, |piece| data.extend_from_slice(piece))?;
                ahead.advance(n);
                Ok(data.freeze())
            }
            Left::UntilClose => Ok(ahead.split().freeze()),
        }
    }
}

impl Conn {
    /// Waits for the next piece of `body`: some bytes as soon as there are any, `None` behind its
    /// end. Nothing is lost when the wait is cancelled. It has no patience of its own: how long a
    /// source may be silent is for its mount to say.
    ///
    /// # Errors
    /// [`BodyError`]; [`BodyError::Io`] with `UnexpectedEof` if the connection closes in the
    /// middle of a body that told its length.
    pub async fn read_piece(&mut self, body: &mut Body) -> Result<Option<Bytes>, BodyError> {
        loop {
            if body.is_done() {
                return Ok(None);
            }
            if self.ahead().is_empty() && !self.read_ahead().await? {
                return match body.0 {
                    Left::UntilClose => Ok(None),
                    _ => Err(BodyError::Io(io::ErrorKind::UnexpectedEof.into())),
                };
            }
            let piece = body.take(self.ahead())?;
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
    }
}

/// A body can't be read.
#[derive(Debug, Error)]
pub enum BodyError {
    /// Its coding is broken.
    #[error("the request's body can't be read: {0}")]
    Malformed(&'static str),
    /// The connection failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
