//! A mail server to talk to over a real socket, which fails as told.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What goes wrong with one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The sender is refused with this code.
    RefuseSender(u16),
    /// The recipient is refused with this code.
    Refuse(u16),
    /// So it is, and the content is asked for all the same.
    RefuseAndAsk(u16),
    /// The content is refused with this code, after the final dot.
    RefuseContent(u16),
    /// The connection ends in the middle of the content.
    CutBeforeDot,
    /// The letter is taken, and the connection ends before the answer.
    CutAfterDot,
    /// The letter is taken, after a while.
    Slow(Duration),
    /// The recipient is answered one byte at a time, with this long between.
    Drip(Duration),
}

/// How the server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrecy {
    /// In the clear; takes several commands before it answers the first.
    Never,
    /// Like the next, one command at a time.
    OnRequest,
    FromTheStart,
}

/// A certificate for these names, and its key.
pub struct Certificate {
    pub pem: String,
    pub key_pem: String,
    config: Arc<ServerConfig>,
}

impl Certificate {
    pub fn of(names: &[&str]) -> Self {
        let names = names.iter().map(ToString::to_string).collect::<Vec<_>>();
        let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("its key");
        let key_pem = made.signing_key.serialize_pem();
        Self { pem: made.cert.pem(), key_pem, config: Arc::new(config) }
    }
}

/// A letter the server took responsibility for.
#[derive(Debug, Clone)]
pub struct Received {
    pub from: String,
    /// What was said with it.
    pub options: String,
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
    /// Letters to the domain are taken, and the answer comes one byte at a time.
    tarpit: Option<(String, Duration)>,
    received: Vec<Received>,
    connections: usize,
    /// Who comes beyond so many is sent away.
    most: Option<usize>,
    over: Vec<Over>,
}

/// A conversation that ended.
#[derive(Debug, Clone, Copy)]
pub struct Over {
    /// The last letter that was taken in it: which of all.
    pub last: Option<usize>,
    /// The server ended it after the letter's final dot.
    pub cut: bool,
}

pub struct SmtpServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

impl SmtpServer {
    pub fn start() -> Self {
        Self::speaking(Secrecy::Never, None)
    }

    pub fn speaking(secrecy: Secrecy, certificate: Option<&Certificate>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        let config = certificate.map(|certificate| Arc::clone(&certificate.config));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, config) = (Arc::clone(&shared), config.clone());
                let crowded = {
                    let mut state = state.lock().unwrap();
                    state.connections += 1;
                    let open = state.connections - state.over.len();
                    state.most.is_some_and(|most| open > most)
                };
                // A client that hangs up ends its conversation, whatever it was saying.
                thread::spawn(move || {
                    stream.set_nodelay(true).unwrap_or_default();
                    if crowded {
                        let mut stream = stream;
                        let sent_away = "421 too many connections from you\r\n";
                        stream.write_all(sent_away.as_bytes()).unwrap_or_default();
                        state.lock().unwrap().over.push(Over { last: None, cut: false });
                        return;
                    }
                    let mut wire = Wire::Plain(stream);
                    if secrecy == Secrecy::FromTheStart {
                        wire = wire.secret(config.as_ref().expect("a certificate"));
                    }
                    let offers = (secrecy == Secrecy::OnRequest).then_some(config).flatten();
                    let mut over = Over { last: None, cut: false };
                    talk(wire, offers.as_ref(), &state, &mut over).unwrap_or_default();
                    state.lock().unwrap().over.push(over);
                });
            }
        });
        Self { port, state }
    }

    /// Takes so many connections side by side, and sends away who comes beyond.
    pub fn limit(&self, most: usize) {
        self.state.lock().unwrap().most = Some(most);
    }

    /// How often somebody came.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    /// The next letters fail like this, one fault each.
    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state.lock().unwrap().faults.extend(faults);
    }

    /// Letters to this domain are taken, and answered one byte at a time, with this long between.
    pub fn stall(&self, domain: &str, time: Duration) {
        self.state.lock().unwrap().tarpit = Some((format!("@{domain}"), time));
    }

    /// How often a letter was taken and the connection ended before the answer.
    pub fn cuts(&self) -> usize {
        self.state.lock().unwrap().over.iter().filter(|over| over.cut).count()
    }

    /// The conversations that ended, once all have that began; whoever has some open is gone.
    pub fn all_over(&self) -> Vec<Over> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let state = self.state.lock().unwrap();
            if state.over.len() == state.connections {
                return state.over.clone();
            }
            drop(state);
            assert!(Instant::now() < end, "a conversation doesn't end");
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// How many letters were taken.
    pub fn taken(&self) -> usize {
        self.state.lock().unwrap().received.len()
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }
}

/// What is said on it, in the clear or not.
enum Wire {
    Plain(TcpStream),
    Secret(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    fn secret(self, config: &Arc<ServerConfig>) -> Self {
        let Self::Plain(stream) = self else { panic!("TLS in TLS") };
        let connection = ServerConnection::new(Arc::clone(config)).expect("TLS");
        Self::Secret(Box::new(StreamOwned::new(connection, stream)))
    }

    fn hang_up(&self) -> std::io::Result<()> {
        let stream = match self {
            Self::Plain(stream) => stream,
            Self::Secret(stream) => stream.get_ref(),
        };
        stream.shutdown(std::net::Shutdown::Both)
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Secret(stream) => stream.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.write(bytes),
            Self::Secret(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Self::Plain(stream) => stream.flush(),
            Self::Secret(stream) => stream.flush(),
        }
    }
}

fn say(lines: &mut BufReader<Wire>, text: &str) -> std::io::Result<()> {
    lines.get_mut().write_all(format!("{text}\r\n").as_bytes())?;
    lines.get_mut().flush()
}

fn drip(lines: &mut BufReader<Wire>, text: &str, time: Duration) -> std::io::Result<()> {
    for byte in format!("{text}\r\n").bytes() {
        lines.get_mut().write_all(&[byte])?;
        lines.get_mut().flush()?;
        thread::sleep(time);
    }
    Ok(())
}

fn talk(
    wire: Wire,
    mut offers: Option<&Arc<ServerConfig>>,
    state: &Mutex<State>,
    over: &mut Over,
) -> std::io::Result<()> {
    // In the clear for good: there several commands may come at once.
    let pipelines = offers.is_none() && matches!(wire, Wire::Plain(_));
    let mut lines = BufReader::new(wire);
    let (mut from, mut to, mut fault) = (String::new(), Vec::new(), None);
    let mut options = String::new();
    say(&mut lines, "220 mail.example.com ready")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => {
                let more = if offers.is_some() { "250-STARTTLS\r\n" } else { "" };
                let several = if pipelines { "250-PIPELINING\r\n250-SIZE 9000000\r\n" } else { "" };
                let known = "250-mail.example.com\r\n250-8BITMIME\r\n";
                say(&mut lines, &format!("{known}{more}{several}250 SMTPUTF8"))?;
            }
            "STARTTLS" if offers.is_some() => {
                say(&mut lines, "220 go on")?;
                let config = offers.take().expect("it is offered");
                lines = BufReader::new(lines.into_inner().secret(config));
            }
            "MAIL" => {
                (from, to) = (address(line), Vec::new());
                options = line.split_once("> ").map_or("", |(_, options)| options).to_owned();
                fault = state.lock().unwrap().faults.pop_front();
                match fault {
                    Some(Fault::RefuseSender(code)) => say(&mut lines, &format!("{code} not now"))?,
                    _ => say(&mut lines, "250 go on")?,
                }
            }
            "RCPT" => match fault {
                Some(Fault::RefuseSender(_)) => say(&mut lines, "503 from whom?")?,
                Some(Fault::Refuse(code) | Fault::RefuseAndAsk(code)) => {
                    say(&mut lines, &format!("{code} not this one"))?
                }
                Some(Fault::Drip(time)) => {
                    drip(&mut lines, "250 go on and on and on and on and on", time)?;
                }
                _ => {
                    to.push(address(line));
                    say(&mut lines, "250 go on")?;
                }
            },
            "DATA" if to.is_empty() && !matches!(fault, Some(Fault::RefuseAndAsk(_))) => {
                say(&mut lines, "503 to whom?")?;
            }
            "DATA" => {
                say(&mut lines, "354 up to a line with a dot")?;
                let Some(data) = content(&mut lines, fault)? else { return Ok(()) };
                let (from, options) = (from.clone(), options.clone());
                let received = Received { from, options, to: to.clone(), data };
                match fault {
                    Some(Fault::RefuseContent(code)) => {
                        say(&mut lines, &format!("{code} not like this"))?;
                        continue;
                    }
                    Some(Fault::Slow(time)) => thread::sleep(time),
                    _ => {}
                }
                let tarpit = state.lock().unwrap().tarpit.clone();
                {
                    let mut state = state.lock().unwrap();
                    over.last = Some(state.received.len());
                    state.received.push(received);
                }
                if fault == Some(Fault::CutAfterDot) {
                    over.cut = true;
                    return lines.get_ref().hang_up();
                }
                let stalls = tarpit.filter(|(domain, _)| to.iter().any(|to| to.ends_with(domain)));
                match stalls {
                    Some((_, time)) => drip(&mut lines, "250 taken", time)?,
                    None => say(&mut lines, "250 taken")?,
                }
            }
            "QUIT" => return say(&mut lines, "221 bye"),
            "RSET" | "NOOP" => say(&mut lines, "250 go on")?,
            _ => say(&mut lines, "502 unknown")?,
        }
    }
}

/// The letter up to its dot; None when the conversation ends before.
fn content(lines: &mut BufReader<Wire>, fault: Option<Fault>) -> std::io::Result<Option<String>> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if fault == Some(Fault::CutBeforeDot) {
            lines.get_ref().hang_up()?;
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
