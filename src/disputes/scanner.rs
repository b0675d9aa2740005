//! Asking a virus scanner: clamd's INSTREAM, over TCP or a socket of this machine. The file goes
//! there in chunks, each with its length before it, and an empty one at the end; the answer is one
//! line. A scanner may answer and hang up before it has read everything.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// What a scanner said of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    Clean,
    /// With the name of what was found.
    Infected(String),
    /// It won't or can't scan this one, and why.
    Refused(String),
}

/// Something that says whether a file is infected.
pub trait Scanner: Send + Sync {
    /// Scans what the reader has.
    ///
    /// # Errors
    /// The scanner didn't answer: not there, too slow, or it hung up. Why, for the logs.
    fn scan(&self, file: &mut dyn Read) -> Result<Said, String>;
}

/// A clamd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clamd {
    address: Address,
    /// For all of one file.
    patience: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Tcp(String),
    Unix(PathBuf),
}

/// A connection to it.
trait Line: Read + Write {
    fn wait_at_most(&self, time: Duration) -> io::Result<()>;
}

impl Line for TcpStream {
    fn wait_at_most(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))?;
        self.set_write_timeout(Some(time))
    }
}

#[cfg(unix)]
impl Line for std::os::unix::net::UnixStream {
    fn wait_at_most(&self, time: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(time))?;
        self.set_write_timeout(Some(time))
    }
}

const CHUNK: usize = 64 * 1024;
/// A longer answer is none.
const LONGEST_ANSWER: u64 = 4 * 1024;

impl Clamd {
    /// The scanner at `tcp://HOST:PORT` or `unix:///PATH`.
    ///
    /// # Errors
    /// It is no such address.
    pub fn at(address: &str, patience: Duration) -> Result<Self> {
        let address = if let Some(host) = address.strip_prefix("tcp://")
            && host
                .rsplit_once(':')
                .is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
        {
            Address::Tcp(host.to_owned())
        } else if let Some(path) = address.strip_prefix("unix://").filter(|p| p.starts_with('/')) {
            Address::Unix(PathBuf::from(path))
        } else {
            return Err(Error::internal(format!(
                "{address:?} is no scanner's address: write tcp://HOST:PORT or unix:///PATH"
            )));
        };
        Ok(Self { address, patience })
    }

    fn connect(&self) -> io::Result<Box<dyn Line>> {
        match &self.address {
            Address::Tcp(host) => {
                let mut last = io::Error::other("the name leads nowhere");
                for address in host.to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, self.patience) {
                        Ok(stream) => return Ok(Box::new(stream)),
                        Err(error) => last = error,
                    }
                }
                Err(last)
            }
            #[cfg(unix)]
            Address::Unix(path) => Ok(Box::new(std::os::unix::net::UnixStream::connect(path)?)),
            #[cfg(not(unix))]
            Address::Unix(_) => Err(io::Error::other("this machine has no such sockets")),
        }
    }

    /// How long it may still take.
    fn left(&self, begun: Instant) -> io::Result<Duration> {
        let left = self.patience.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it took too long"));
        }
        Ok(left)
    }

    fn send(&self, line: &mut dyn Line, file: &mut dyn Read, begun: Instant) -> io::Result<()> {
        line.write_all(b"zINSTREAM\0")?;
        let mut chunk = vec![0; CHUNK];
        loop {
            let count = file.read(&mut chunk)?;
            line.wait_at_most(self.left(begun)?)?;
            line.write_all(&u32::try_from(count).map_err(io::Error::other)?.to_be_bytes())?;
            if count == 0 {
                return line.flush();
            }
            line.write_all(chunk.get(..count).unwrap_or_default())?;
        }
    }

    fn ask(&self, file: &mut dyn Read) -> io::Result<String> {
        let begun = Instant::now();
        let mut line = self.connect()?;
        line.wait_at_most(self.left(begun)?)?;
        // It may have answered before it hung up: only without an answer does this count.
        let sent = self.send(line.as_mut(), file, begun);
        line.wait_at_most(self.left(begun)?)?;
        let mut answer = Vec::new();
        let mut byte = [0];
        let mut heard = line.take(LONGEST_ANSWER);
        let read = loop {
            match heard.read(&mut byte) {
                Ok(0) => break Ok(()),
                Ok(_) if byte == [0] => break Ok(()),
                Ok(_) => answer.extend_from_slice(&byte),
                Err(error) => break Err(error),
            }
            self.left(begun)?;
        };
        if answer.is_empty() {
            sent?;
            read?;
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it hung up"));
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Scanner for Clamd {
    fn scan(&self, file: &mut dyn Read) -> Result<Said, String> {
        let answer = self.ask(file).map_err(|error| error.to_string())?;
        read(&answer).ok_or_else(|| format!("it answered {:?}", short(&answer)))
    }
}

/// One line, not too long.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// `stream: OK`, `stream: NAME FOUND`, `… ERROR`; None for anything else.
fn read(answer: &str) -> Option<Said> {
    let answer = answer.trim();
    let rest = answer.strip_prefix("stream:").unwrap_or(answer).trim();
    if rest == "OK" {
        return Some(Said::Clean);
    }
    if let Some(name) = rest.strip_suffix("FOUND") {
        return Some(Said::Infected(short(name.trim())));
    }
    rest.strip_suffix("ERROR").map(|why| Said::Refused(short(why.trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_strictly() {
        for (answer, said) in [
            ("stream: OK", Some(Said::Clean)),
            ("stream: OK\n", Some(Said::Clean)),
            (
                "stream: Win.Test.EICAR_HDB-1 FOUND",
                Some(Said::Infected("Win.Test.EICAR_HDB-1".to_owned())),
            ),
            (
                "INSTREAM size limit exceeded. ERROR",
                Some(Said::Refused("INSTREAM size limit exceeded.".to_owned())),
            ),
            (
                "stream: Can't allocate memory ERROR",
                Some(Said::Refused("Can't allocate memory".to_owned())),
            ),
            ("stream: NOT OK", None),
            ("OKAY", None),
            ("", None),
            ("UNKNOWN COMMAND", None),
        ] {
            assert_eq!(read(answer), said, "{answer:?}");
        }
    }

    #[test]
    fn an_address_is_a_port_or_a_socket() {
        let patience = Duration::from_secs(1);
        for good in ["tcp://127.0.0.1:3310", "tcp://clamd.internal:3310", "unix:///run/clamd.ctl"] {
            assert!(Clamd::at(good, patience).is_ok(), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1:3310",
            "tcp://host",
            "tcp://:3310",
            "tcp://h:x",
            "unix://relative",
            "http://x",
        ] {
            assert!(Clamd::at(bad, patience).is_err(), "{bad}");
        }
    }
}
