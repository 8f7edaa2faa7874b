//! The body of a response of the server with a fault.

use std::io::{self, Write as _};

use flate2::write::GzEncoder;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::Fault;

/// The body of a response.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) socket: TcpStream,
    pub(super) is_chunked: bool,
    pub(super) gzip: Option<GzEncoder<Vec<u8>>>,
    pub(super) fault: Option<Fault>,
}

impl Stream {
    pub(super) async fn send(&mut self, text: &[u8]) -> io::Result<()> {
        let bytes = match &mut self.gzip {
            Some(gzip) if self.fault != Some(Fault::NotGzip) => {
                gzip.write_all(text)?;
                if self.fault != Some(Fault::Buffered) {
                    gzip.flush()?;
                }
                std::mem::take(gzip.get_mut())
            }
            _ => text.to_vec(),
        };
        let middle = match self.fault {
            Some(Fault::SplitEvent) if text.ends_with(b"\n\n") => bytes.len() / 2,
            _ => 0,
        };
        for part in [&bytes[..middle], &bytes[middle..]] {
            if part.is_empty() {
                continue;
            }
            let mut chunk = Vec::new();
            if self.is_chunked {
                write!(chunk, "{:x}\r\n", part.len())?;
            }
            chunk.extend_from_slice(part);
            if self.is_chunked {
                chunk.extend_from_slice(b"\r\n");
            }
            self.socket.write_all(&chunk).await?;
        }
        Ok(())
    }

    pub(super) async fn end(&mut self) -> io::Result<()> {
        if self.is_chunked {
            self.socket.write_all(b"0\r\n\r\n").await?;
        }
        Ok(())
    }
}
