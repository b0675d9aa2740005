//! The portal over HTTP, visited as a browser without JavaScript would: cookies kept, redirects
//! followed, forms filled from the page that shows them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use openrebate::config::Config;
use openrebate::web;
use scraper::{ElementRef, Html, Selector};

use super::TestApp;

/// The portal listening on a port of its own until it goes out of scope.
pub struct Site {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    pub fn of(app: &TestApp) -> Self {
        Self::with(app, app.config.clone())
    }

    /// With other settings.
    pub fn with(app: &TestApp, mut config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        config.base_url.clone_from(&url);
        let app = web::App::new(app.db.clone(), config);
        let (tell, told) = mpsc::channel();
        let thread = thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = web::run(app, listener).expect("the portal starts");
                tell.send(server.handle()).expect("somebody waits for it");
                server.await.expect("the portal runs");
            });
        });
        Self { url, handle: told.recv().expect("the portal starts"), thread: Some(thread) }
    }

    /// A new visitor with no cookies, reading the language.
    pub fn visitor(&self, language: &str) -> Visitor {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .build()
            .into();
        Visitor {
            site: self.url.clone(),
            language: language.to_owned(),
            agent,
            cookies: RefCell::default(),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        actix_web::rt::System::new().block_on(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || thread::panicking(), "the portal panicked");
        }
    }
}

pub struct Visitor {
    site: String,
    language: String,
    agent: ureq::Agent,
    cookies: RefCell<BTreeMap<String, String>>,
}

/// What a visitor posts: the address, the fields, and files where the form has any.
#[derive(Debug, Clone, Default)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// Field, file name, content.
    pub files: Vec<(String, String, Vec<u8>)>,
    multipart: bool,
}

impl Visitor {
    /// Fetches the page, following redirects as a browser does.
    pub fn get(&self, path: &str) -> Page {
        self.follow(self.ask("GET", path, None))
    }

    /// Fetches just this address.
    pub fn peek(&self, path: &str) -> Page {
        self.ask("GET", path, None)
    }

    /// Posts the form and follows where it leads.
    pub fn submit(&self, form: &Form) -> Page {
        self.follow(self.post(form))
    }

    /// Posts the form and stays with the answer.
    pub fn post(&self, form: &Form) -> Page {
        let (kind, body) = form.encoded();
        self.ask("POST", &form.action, Some((kind, body)))
    }

    /// Signs in on the sign-in page; the page one gets to.
    pub fn sign_in(&self, email: &str, password: &str) -> Page {
        let form = self.get("/sign-in").form("/sign-in");
        self.submit(&form.with("email", email).with("password", password))
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    fn follow(&self, mut page: Page) -> Page {
        for _ in 0..5 {
            let Some(location) = page.header("location").filter(|_| page.is_redirect()) else {
                return page;
            };
            page = self.ask("GET", &location, None);
        }
        panic!("{} leads in circles", page.path)
    }

    /// Posts the form with further headers, and stays with the answer.
    pub fn post_with(&self, form: &Form, headers: &[(&str, &str)]) -> Page {
        self.ask_with("POST", &form.action, Some(form.encoded()), headers)
    }

    /// Posts the form as a page of another site would have the browser do.
    pub fn post_from_elsewhere(&self, form: &Form) -> Page {
        let elsewhere = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        self.ask_with("POST", &form.action, Some(form.encoded()), &elsewhere)
    }

    fn ask(&self, method: &str, path: &str, body: Option<(String, Vec<u8>)>) -> Page {
        self.ask_with(method, path, body, &[])
    }

    fn ask_with(
        &self,
        method: &str,
        path: &str,
        body: Option<(String, Vec<u8>)>,
        headers: &[(&str, &str)],
    ) -> Page {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.site))
            .header("accept-language", &self.language);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let cookies = self.cookies.borrow().clone();
        if !cookies.is_empty() {
            let pairs: Vec<_> = cookies.iter().map(|(k, v)| format!("{k}={v}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        let (kind, body) = body.unwrap_or_default();
        if !kind.is_empty() {
            request = request.header("content-type", kind);
        }
        let request = request.body(body).expect("a request");
        let mut answer = self.agent.run(request).unwrap_or_else(|e| panic!("{method} {path}: {e}"));
        let headers: Vec<(String, String)> = answer
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        for (_, value) in headers.iter().filter(|(name, _)| name == "set-cookie") {
            self.keep(value);
        }
        let bytes = answer.body_mut().read_to_vec().expect("the answer's body");
        Page { path: path.to_owned(), status: answer.status().as_u16(), headers, bytes }
    }

    fn keep(&self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').expect("a cookie has a value");
        let gone = attributes.to_ascii_lowercase().contains("max-age=0");
        let mut cookies = self.cookies.borrow_mut();
        match gone {
            true => cookies.remove(name),
            false => cookies.insert(name.to_owned(), value.to_owned()),
        };
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Page {
    pub path: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
}

impl Page {
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
    }

    pub fn is_redirect(&self) -> bool {
        (300..400).contains(&self.status)
    }

    pub fn html(&self) -> Html {
        Html::parse_document(&without_kept(&self.body()))
    }

    pub fn body(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("UTF-8")
    }

    /// The text of what the selector finds, blanks folded, one line each.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        self.html().select(&selector).map(text_of).collect()
    }

    /// The text of the main part.
    pub fn text(&self) -> String {
        self.texts("main").join("\n")
    }

    /// Says what the page says when it doesn't have the text.
    pub fn assert_has(&self, text: &str) -> &Self {
        assert!(
            self.text().contains(text),
            "{} ({}) lacks {text:?}:\n{}",
            self.path,
            self.status,
            self.text()
        );
        self
    }

    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}:\n{}", self.path, self.text());
        self
    }

    /// Where the link with this text leads.
    pub fn link(&self, text: &str) -> String {
        let html = self.html();
        let links = Selector::parse("a[href]").expect("a selector");
        let found = html.select(&links).find(|a| text_of(*a) == text);
        let found = found.unwrap_or_else(|| panic!("{} has no link {text:?}", self.path));
        found.attr("href").unwrap_or_default().to_owned()
    }

    /// The text and the address of each link that the selector finds.
    pub fn links(&self, selector: &str) -> Vec<(String, String)> {
        let selector = Selector::parse(selector).expect("a selector");
        let link = |a: ElementRef<'_>| (text_of(a), a.attr("href").unwrap_or_default().to_owned());
        self.html().select(&selector).map(link).collect()
    }

    /// An attribute of what the selector finds first.
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let html = self.html();
        let wanted = Selector::parse(selector).expect("a selector");
        let found = html.select(&wanted).next().and_then(|element| element.attr(name));
        found.unwrap_or_else(|| panic!("{} has no {selector} with {name}", self.path)).to_owned()
    }

    /// The form with this action, filled as the page shows it, hidden fields and all.
    pub fn form(&self, action: &str) -> Form {
        let html = self.html();
        let forms = Selector::parse("form").expect("a selector");
        let own = self.path.split('?').next().unwrap_or_default();
        let mut actions = Vec::new();
        for form in html.select(&forms) {
            let leads = form.attr("action").unwrap_or(own).to_owned();
            if leads == action {
                return filled(form, leads);
            }
            actions.push(leads);
        }
        panic!("{} ({}) has no form to {action}, only {actions:?}", self.path, self.status)
    }
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn filled(form: ElementRef<'_>, action: String) -> Form {
    let multipart = form.attr("enctype") == Some("multipart/form-data");
    let mut filled = Form { action, multipart, ..Form::default() };
    let controls =
        Selector::parse("input[name], textarea[name], select[name]").expect("a selector");
    for control in form.select(&controls) {
        let name = control.attr("name").unwrap_or_default().to_owned();
        let value = || control.attr("value").unwrap_or_default().to_owned();
        match (control.value().name(), control.attr("type").unwrap_or("text")) {
            ("input", "checkbox" | "radio") if control.attr("checked").is_none() => {}
            ("input", "checkbox") if control.attr("value").is_none() => {
                filled.fields.push((name, "on".to_owned()));
            }
            ("input", "file" | "submit" | "button" | "image" | "reset") => {}
            ("input", _) => filled.fields.push((name, value())),
            ("textarea", _) => filled.fields.push((name, control.text().collect())),
            _ => {
                let options = Selector::parse("option").expect("a selector");
                let mut options = control.select(&options);
                let first = options.clone().next();
                if let Some(option) = options.find(|o| o.attr("selected").is_some()).or(first) {
                    let value = option.attr("value").map_or_else(|| text_of(option), str::to_owned);
                    filled.fields.push((name, value));
                }
            }
        }
    }
    filled
}

impl Form {
    /// A form of no page, to be filled by hand.
    pub fn to(action: String) -> Self {
        Self { action, ..Self::default() }
    }

    /// The same form with this field filled in.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same form with one more value of a field that takes several.
    #[must_use]
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }

    /// The same form in the encoding of those with files.
    #[must_use]
    pub fn with_files(mut self) -> Self {
        self.multipart = true;
        self
    }

    /// The same form with a file.
    #[must_use]
    pub fn with_file(mut self, field: &str, name: &str, content: &[u8]) -> Self {
        assert!(self.multipart, "the form to {} takes no files", self.action);
        self.files.push((field.to_owned(), name.to_owned(), content.to_owned()));
        self
    }

    /// Where a form that only asks leads.
    pub fn as_query(&self) -> String {
        let (_, body) = self.encoded();
        format!("{}?{}", self.action, String::from_utf8(body).expect("UTF-8"))
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field that takes several.
    pub fn fields_of(&self, name: &str) -> Vec<String> {
        let own = self.fields.iter().filter(|(n, _)| n == name);
        own.map(|(_, value)| value.clone()).collect()
    }

    fn encoded(&self) -> (String, Vec<u8>) {
        if !self.multipart {
            let pairs: Vec<_> =
                self.fields.iter().map(|(k, v)| format!("{}={}", escape(k), escape(v))).collect();
            let kind = "application/x-www-form-urlencoded";
            return (kind.to_owned(), pairs.join("&").into_bytes());
        }
        const BOUNDARY: &str = "----openrebate-test-boundary";
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend(format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ).bytes());
        }
        for (field, name, content) in &self.files {
            body.extend(
                format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; \
                 filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
                )
                .bytes(),
            );
            body.extend(content);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{BOUNDARY}--\r\n").bytes());
        (format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }
}

fn escape(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte.into()),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Pages keep dates, codes and amounts on one line with a span; a reader sees none of it.
fn without_kept(html: &str) -> String {
    let mut parts = html.split("<span class=\"kept\">");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + &part.replacen("</span>", "", 1))
}
