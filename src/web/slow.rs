//! A deadline for request bodies: the first thirty seconds are free, after that at least one
//! kilobyte for every second since the beginning. Without it a body dripping a byte a second would
//! hold its connection for hours.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Instant, timeout_at};

const FREE: Duration = Duration::from_secs(30);
const BYTES_A_SECOND: u64 = 1024;

/// The same body, with the deadline.
pub(super) fn bounded(payload: Payload) -> Payload {
    // Fused: readers of multipart forms ask again after the end.
    Payload::Stream { payload: Box::pin(paced(payload, Instant::now(), FREE).fuse()) }
}

fn paced(
    body: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
    begun: Instant,
    free: Duration,
) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    stream::unfold(Some((body, 0u64)), move |state| async move {
        let (mut body, received) = state?;
        let deadline = begun + free.max(Duration::from_secs(received / BYTES_A_SECOND));
        match timeout_at(deadline, body.next()).await {
            Ok(Some(Ok(chunk))) => {
                let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                Some((Ok(chunk), Some((body, received.saturating_add(length)))))
            }
            Ok(Some(Err(error))) => Some((Err(error), None)),
            Ok(None) => None,
            Err(_) => {
                let late = std::io::Error::from(std::io::ErrorKind::TimedOut);
                Some((Err(PayloadError::Io(late)), None))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn received(chunk: usize, chunks: usize, pause: Duration) -> (usize, bool) {
        let body = Box::pin(stream::unfold(0, move |sent| async move {
            if sent == chunks {
                return None;
            }
            tokio::time::sleep(pause).await;
            Some((Ok(Bytes::from(vec![b'x'; chunk])), sent + 1))
        }));
        let mut got = 0;
        let mut failed = false;
        let mut body = Box::pin(paced(body, Instant::now(), Duration::from_millis(200)));
        while let Some(chunk) = body.next().await {
            match chunk {
                Ok(bytes) => got += bytes.len(),
                Err(_) => failed = true,
            }
        }
        (got, failed)
    }

    #[test]
    fn a_dripping_body_ends_and_a_slow_honest_one_arrives() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (got, failed) = received(1, 1000, Duration::from_millis(10)).await;
            assert!(failed && got < 30, "{got} bytes dripped in");
            let honest = received(64 * 1024, 40, Duration::from_millis(10)).await;
            assert_eq!(honest, (40 * 64 * 1024, false));
            assert_eq!(received(10, 1, Duration::from_millis(5)).await, (10, false));
        });
    }
}
