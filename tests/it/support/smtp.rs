//! A mail server to talk to over a real socket, which fails as told.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What goes wrong with one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The recipient is refused with this code.
    Refuse(u16),
    /// The content is refused with this code, after the final dot.
    RefuseContent(u16),
    /// The connection ends in the middle of the content.
    CutBeforeDot,
    /// The letter is taken, and the connection ends before the answer.
    CutAfterDot,
    /// The letter is taken, after a while.
    Slow(Duration),
}

/// A letter the server took responsibility for.
#[derive(Debug, Clone)]
pub struct Received {
    pub from: String,
    pub to: Vec<String>,
    /// As it came, with line ends of CR LF.
    pub data: String,
}

impl Received {
    /// A header's value, unfolded, as it stands on the wire.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let mut values = head.split("\r\n").filter_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        });
        let value = values.next();
        assert_eq!(values.next(), None, "{name} stands twice");
        value
    }
}

#[derive(Default)]
struct State {
    faults: VecDeque<Fault>,
    received: Vec<Received>,
}

pub struct SmtpServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl SmtpServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                // A client that hangs up ends its conversation, whatever it was saying.
                thread::spawn(move || talk(&stream, &state).unwrap_or_default());
            }
        });
        Self { port, state }
    }

    /// The next letters fail like this, one fault each.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }
}

fn talk(stream: &TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream);
    let say = |text: &str| (&*stream).write_all(format!("{text}\r\n").as_bytes());
    let (mut from, mut to, mut fault) = (String::new(), Vec::new(), None);
    say("220 mail.example.com ready")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => say("250-mail.example.com\r\n250-8BITMIME\r\n250 SMTPUTF8")?,
            "MAIL" => {
                (from, to) = (address(line), Vec::new());
                fault = state.lock().unwrap().faults.pop_front();
                say("250 go on")?;
            }
            "RCPT" => match fault {
                Some(Fault::Refuse(code)) => say(&format!("{code} not this one"))?,
                _ => {
                    to.push(address(line));
                    say("250 go on")?;
                }
            },
            "DATA" => {
                say("354 up to a line with a dot")?;
                let Some(data) = content(&mut lines, fault)? else { return Ok(()) };
                let received = Received { from: from.clone(), to: to.clone(), data };
                match fault {
                    Some(Fault::RefuseContent(code)) => {
                        say(&format!("{code} not like this"))?;
                        continue;
                    }
                    Some(Fault::Slow(time)) => thread::sleep(time),
                    _ => {}
                }
                state.lock().unwrap().received.push(received);
                if fault == Some(Fault::CutAfterDot) {
                    return stream.shutdown(std::net::Shutdown::Both);
                }
                say("250 taken")?;
            }
            "QUIT" => return say("221 bye"),
            "RSET" | "NOOP" => say("250 go on")?,
            _ => say("502 unknown")?,
        }
    }
}

/// The letter up to its dot; None when the conversation ends before.
fn content(
    lines: &mut BufReader<&TcpStream>,
    fault: Option<Fault>,
) -> std::io::Result<Option<String>> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if fault == Some(Fault::CutBeforeDot) {
            lines.get_ref().shutdown(std::net::Shutdown::Both)?;
            return Ok(None);
        }
        match line.strip_prefix('.') {
            Some("\r\n") => return Ok(Some(data)),
            Some(stuffed) => data.push_str(stuffed),
            None => data.push_str(&line),
        }
    }
}

fn address(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
