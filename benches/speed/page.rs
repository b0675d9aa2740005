//! Pages a second, over HTTP on two connections, and the same bytes out of memory.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, HttpServer, web};
use openrebate::config::Config;
use openrebate::customers;
use openrebate::db::Db;
use openrebate::people::{self, NewPerson};
use openrebate::values::{Actor, CustomerRole, EmailAddress};

use crate::made::House;

const CONNECTIONS: usize = 2;
const SPAN: Duration = Duration::from_secs(3);
const PASSWORD: &str = "correct horse battery staple";

/// Pages a second, the floor's, and the size of the page.
pub fn rates(house: &House) -> (f64, f64, usize) {
    let (address, cookie) = portal(&house.db, house.folder());
    let page = fetch(&mut connect(address), address, &cookie);
    let ours = rate(address, &cookie);

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let floor_address = listener.local_addr().unwrap();
    let body = web::Bytes::from(page.clone());
    serve(move || {
        HttpServer::new(move || {
            let body = body.clone();
            let answer = move || {
                let body = body.clone();
                async { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body) }
            };
            actix_web::App::new().default_service(web::to(answer))
        })
        .listen(listener)
        .unwrap()
        .run()
    });
    (ours, rate(floor_address, ""), page.len())
}

/// A portal, and somebody signed in to it.
pub struct Site {
    address: SocketAddr,
    cookie: String,
}

impl Site {
    pub fn open(db: &Db, folder: &Path) -> Self {
        let (address, cookie) = portal(db, folder);
        Self { address, cookie }
    }

    /// How long each of the pages took that were asked for in a while, one after the other.
    pub fn times(&self) -> Vec<Duration> {
        let mut connection = connect(self.address);
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < SPAN {
            let asked = Instant::now();
            fetch(&mut connection, self.address, &self.cookie);
            times.push(asked.elapsed());
        }
        times
    }
}

/// The median, and what one in a hundred took longer than.
pub fn quantiles(mut times: Vec<Duration>) -> [Duration; 2] {
    times.sort_unstable();
    [times[times.len() / 2], times[times.len() * 99 / 100]]
}

/// Serves the house; where, and the cookie of somebody.
fn portal(db: &Db, folder: &Path) -> (SocketAddr, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Config {
        base_url: format!("http://{address}"),
        files: folder.join("files"),
        ..Config::default()
    };
    let app = openrebate::web::App::new(db.clone(), config);
    serve(move || openrebate::web::run(app, listener).unwrap());
    (address, sign_in(db, &format!("http://{address}")))
}

/// Runs a server until the program ends.
fn serve(server: impl FnOnce() -> actix_web::dev::Server + Send + 'static) {
    std::thread::spawn(move || actix_web::rt::System::new().block_on(async { server().await }));
}

/// Somebody of the first customer; the cookie.
fn sign_in(db: &Db, site: &str) -> String {
    let hash = people::hash_password(PASSWORD).unwrap();
    db.write(&Actor::operator(), |tx| {
        let customer = customers::by_code(tx, "C00001")?;
        let person = NewPerson {
            email: EmailAddress::parse("buyer@example.com").unwrap(),
            name: "buyer".to_owned(),
            password: Some(hash.clone()),
            language: None,
            phone: None,
        };
        people::add_customer_person(tx, person, customer.id, CustomerRole::Manager)
    })
    .unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .build()
        .into();
    let cookie = |headers: &ureq::http::HeaderMap| {
        let set = headers.get("set-cookie").unwrap().to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    };
    let mut form = agent.get(format!("{site}/sign-in")).call().unwrap();
    let stranger = cookie(form.headers());
    let html = form.body_mut().read_to_string().unwrap();
    let token = html.split("name=\"token\" value=\"").nth(1).unwrap();
    let token = token.split('"').next().unwrap();
    let answer = agent
        .post(format!("{site}/sign-in"))
        .header("cookie", stranger)
        .send_form([("token", token), ("email", "buyer@example.com"), ("password", PASSWORD)])
        .unwrap();
    cookie(answer.headers())
}

fn rate(address: SocketAddr, cookie: &str) -> f64 {
    let count = || {
        let mut connection = connect(address);
        let begun = Instant::now();
        let mut pages = 0_u32;
        while begun.elapsed() < SPAN {
            fetch(&mut connection, address, cookie);
            pages += 1;
        }
        f64::from(pages) / begun.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(count)).collect();
        all.into_iter().map(|one| one.join().unwrap()).sum()
    })
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => {
                stream.set_nodelay(true).unwrap();
                return BufReader::new(stream);
            }
            Err(_) if begun.elapsed() < SPAN => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => panic!("{error}"),
        }
    }
}

fn fetch(connection: &mut BufReader<TcpStream>, address: SocketAddr, cookie: &str) -> Vec<u8> {
    let request = format!("GET /home HTTP/1.1\r\nhost: {address}\r\ncookie: {cookie}\r\n\r\n");
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let (mut line, mut length) = (String::new(), 0);
    connection.read_line(&mut line).unwrap();
    assert!(line.contains(" 200 "), "{line}");
    loop {
        line.clear();
        connection.read_line(&mut line).unwrap();
        let header = line.trim().to_ascii_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    body
}
