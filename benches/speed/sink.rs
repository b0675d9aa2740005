//! A mail server that takes everything and keeps little of it, and a client that has its letters
//! ready: what the wire and the two ends of it cost.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// How many letters are kept as they came, dots doubled.
const KEPT: usize = 100;

pub struct Sink {
    pub port: u16,
    taken: Arc<AtomicUsize>,
    kept: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Sink {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (taken, kept) = (Arc::<AtomicUsize>::default(), Arc::<Mutex<Vec<_>>>::default());
        let (counter, store) = (Arc::clone(&taken), Arc::clone(&kept));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (taken, kept) = (Arc::clone(&counter), Arc::clone(&store));
                thread::spawn(move || take(stream, &taken, &kept).unwrap_or_default());
            }
        });
        Self { port, taken, kept }
    }

    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    pub fn kept(&self) -> Vec<Vec<u8>> {
        self.kept.lock().unwrap().clone()
    }
}

fn take(stream: TcpStream, taken: &AtomicUsize, kept: &Mutex<Vec<Vec<u8>>>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::with_capacity(1 << 16, stream);
    lines.get_mut().write_all(b"220 sink\r\n")?;
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let answer: &[u8] = match line.get(..4) {
            Some(b"EHLO") => b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
            Some(b"DATA") => {
                lines.get_mut().write_all(b"354 go on\r\n")?;
                line.clear();
                while !line.ends_with(b"\r\n.\r\n") {
                    lines.read_until(b'\n', &mut line)?;
                }
                if taken.fetch_add(1, Ordering::Relaxed) < KEPT {
                    kept.lock().unwrap().push(line.clone());
                }
                b"250 taken\r\n"
            }
            Some(b"QUIT") => return lines.get_mut().write_all(b"221 bye\r\n"),
            _ => b"250 go on\r\n",
        };
        lines.get_mut().write_all(answer)?;
    }
}

/// A mail server that takes letters and answers them a byte a second.
pub struct Tarpit {
    pub port: u16,
    held: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Tarpit {
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (held, over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let (count, end) = (Arc::clone(&held), Arc::clone(&over));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (held, over) = (Arc::clone(&count), Arc::clone(&end));
                thread::spawn(move || hold(stream, &held, &over).unwrap_or_default());
            }
        });
        Self { port, held, over }
    }

    /// Waits until so many letters are held.
    pub fn wait_for(&self, letters: usize) {
        while self.held.load(Ordering::Relaxed) < letters {
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn let_go(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn hold(stream: TcpStream, held: &AtomicUsize, over: &AtomicBool) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream);
    lines.get_mut().write_all(b"220 tarpit\r\n")?;
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        if line.starts_with(b"DATA") {
            lines.get_mut().write_all(b"354 go on\r\n")?;
            while !line.ends_with(b"\r\n.\r\n") {
                lines.read_until(b'\n', &mut line)?;
            }
            held.fetch_add(1, Ordering::Relaxed);
            for byte in b"250 ".iter().chain(std::iter::repeat(&b'x')) {
                if over.load(Ordering::Relaxed) {
                    return Ok(());
                }
                lines.get_mut().write_all(&[*byte])?;
                thread::sleep(Duration::from_secs(1));
            }
        }
        lines.get_mut().write_all(b"250 go on\r\n")?;
        line.clear();
    }
    Ok(())
}

/// Letters a second, turn by turn, with nothing to do but to send them.
pub fn send(letters: &[Vec<u8>], count: usize, connections: usize) -> f64 {
    let sink = Sink::open();
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..connections {
            scope.spawn(|| {
                let stream = TcpStream::connect(("127.0.0.1", sink.port)).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut lines = BufReader::new(stream);
                let mut turn = |said: &[u8]| {
                    lines.get_mut().write_all(said).unwrap();
                    let mut answer = String::new();
                    while answer.lines().last().is_none_or(|l| l.as_bytes().get(3) != Some(&b' ')) {
                        lines.read_line(&mut answer).unwrap();
                    }
                };
                turn(b"");
                turn(b"EHLO bench\r\n");
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return turn(b"QUIT\r\n");
                    }
                    turn(b"MAIL FROM:<rebates@example.com>\r\n");
                    turn(format!("RCPT TO:<finance@c{number}.example>\r\n").as_bytes());
                    turn(b"DATA\r\n");
                    turn(&letters[number % letters.len()]);
                }
            });
        }
    });
    let time = begun.elapsed();
    assert_eq!(sink.taken(), count);
    f64::from(u32::try_from(count).unwrap()) / time.as_secs_f64()
}
