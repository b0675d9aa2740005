//! A virus scanner that speaks clamd's INSTREAM and fails as told. It knows one virus: EICAR.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::sync::{Arc, Mutex};
use std::thread;

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    Honest,
    /// Answers that a stream longer than this is too long, and hangs up.
    Limit(usize),
    /// Reads everything and never answers.
    Hang,
    /// Hangs up in the middle.
    Drop,
    /// Answers something else.
    Garbage,
}

pub struct ClamServer {
    /// `tcp://…` or `unix://…`.
    pub address: String,
    temper: Arc<Mutex<Temper>>,
    streams: Arc<Mutex<Vec<Stream>>>,
    _folder: Option<tempfile::TempDir>,
}

/// What was sent in one go.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    pub chunks: Vec<usize>,
    pub bytes: usize,
}

impl ClamServer {
    pub fn tcp() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("tcp://{}", listener.local_addr().expect("its address"));
        Self::over(address, None, move || listener.accept().map(|(line, _)| line).ok())
    }

    pub fn unix() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("clamd.ctl");
        let listener = UnixListener::bind(&path).expect("a socket");
        let address = format!("unix://{}", path.display());
        Self::over(address, Some(folder), move || listener.accept().map(|(line, _)| line).ok())
    }

    fn over<L: Read + Write + Send + 'static>(
        address: String,
        folder: Option<tempfile::TempDir>,
        accept: impl Fn() -> Option<L> + Send + 'static,
    ) -> Self {
        let temper = Arc::new(Mutex::new(Temper::Honest));
        let streams = Arc::new(Mutex::new(Vec::new()));
        let (own, seen) = (Arc::clone(&temper), Arc::clone(&streams));
        // It ends with the test binary.
        thread::spawn(move || {
            while let Some(mut line) = accept() {
                let (temper, seen) = (*own.lock().unwrap(), Arc::clone(&seen));
                thread::spawn(move || {
                    let _ = serve(&mut line, temper, &seen);
                });
            }
        });
        Self { address, temper, streams, _folder: folder }
    }

    pub fn be(&self, temper: Temper) {
        *self.temper.lock().unwrap() = temper;
    }

    /// What came so far, whole streams only.
    pub fn streams(&self) -> Vec<Stream> {
        self.streams.lock().unwrap().clone()
    }
}

fn serve(
    line: &mut (impl Read + Write),
    temper: Temper,
    seen: &Mutex<Vec<Stream>>,
) -> std::io::Result<()> {
    let mut command = [0; 10];
    line.read_exact(&mut command)?;
    if command != *b"zINSTREAM\0" {
        return line.write_all(b"UNKNOWN COMMAND\0");
    }
    let (mut stream, mut content) = (Stream::default(), Vec::new());
    loop {
        let mut length = [0; 4];
        line.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            break;
        }
        if matches!(temper, Temper::Limit(most) if stream.bytes + length > most) {
            return line.write_all(b"INSTREAM size limit exceeded. ERROR\0");
        }
        let mut chunk = vec![0; length];
        line.read_exact(&mut chunk)?;
        content.extend_from_slice(&chunk);
        stream.chunks.push(length);
        stream.bytes += length;
        if temper == Temper::Drop {
            return Ok(());
        }
    }
    seen.lock().unwrap().push(stream);
    let eicar = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE";
    let infected = content.windows(eicar.len()).any(|window| window == eicar);
    match temper {
        Temper::Hang => {
            thread::sleep(std::time::Duration::from_secs(30));
            Ok(())
        }
        Temper::Garbage => line.write_all(b"stream: PERHAPS\0"),
        _ if infected => line.write_all(b"stream: Win.Test.EICAR_HDB-1 FOUND\0"),
        _ => line.write_all(b"stream: OK\0"),
    }
}
