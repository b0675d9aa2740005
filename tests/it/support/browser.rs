//! Headless Chromium, driven over the WebDriver protocol as it stands: a few JSON requests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

/// How WebDriver names an element in its answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub struct Browser {
    driver: Child,
    session: String,
    agent: ureq::Agent,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Opens a window of this size in CSS pixels, reading the language.
    pub fn open(width: u32, height: u32, language: &str) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver isn't installed: run .ci/test once");
        let port = port_of(&mut driver);
        let mut arguments: Vec<String> = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ]
        .map(str::to_owned)
        .to_vec();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        arguments.push(format!("--window-size={width},{height}"));
        arguments.push(format!("--accept-lang={language}"));
        let options = json!({ "args": arguments, "prefs": { "intl.accept_languages": language } });
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut browser =
            Self { driver, session: format!("http://127.0.0.1:{port}"), agent, _profile: profile };
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let opened = browser.command("POST", "/session", &wanted).expect("a browser opens");
        let id = opened["sessionId"].as_str().expect("a session").to_owned();
        browser.session = format!("http://127.0.0.1:{port}/session/{id}");
        // A headless window is never narrower than 500: this makes the page as narrow as asked.
        browser.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({
                "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600,
            }),
        );
        browser
    }

    /// Whether pages are told that the reader prefers dark colours.
    pub fn prefer_dark(&self, dark: bool) {
        let scheme = if dark { "dark" } else { "light" };
        self.devtools(
            "Emulation.setEmulatedMedia",
            &json!({
                "features": [{ "name": "prefers-color-scheme", "value": scheme }],
            }),
        );
    }

    pub fn goto(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    pub fn url(&self) -> String {
        text(&self.command("GET", "/url", &Value::Null).expect("an address"))
    }

    pub fn title(&self) -> String {
        text(&self.command("GET", "/title", &Value::Null).expect("a title"))
    }

    /// The visible text of what the selector finds first.
    pub fn text(&self, css: &str) -> String {
        let element = self.find("css selector", css);
        text(&self.command("GET", &format!("/element/{element}/text"), &Value::Null).expect("text"))
    }

    /// Types into the field of this name, after emptying it.
    pub fn fill(&self, name: &str, value: &str) {
        let element = self.find("css selector", &format!("[name='{name}']:not([type=hidden])"));
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": value }));
    }

    /// Types into the field of this id, after emptying it.
    pub fn type_into(&self, id: &str, value: &str) {
        let element = self.find("css selector", &format!("[id='{id}']"));
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": value }));
    }

    /// From the next page on, no page runs a script.
    pub fn without_scripts(&self) {
        self.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
    }

    /// Unfolds the menu of a narrow page, by the box that does it without a script.
    pub fn open_menu(&self) {
        self.run("document.getElementById('menu-switch').click()");
    }

    /// Clicks the link or button with this text, and waits until the next page is there.
    pub fn click(&self, label: &str) {
        let path = format!("//*[self::a or self::button][normalize-space()='{label}']");
        let element = self.find("xpath", &path);
        // Every page is a new document: the mark is gone when the next one is there.
        self.run("window.left = true");
        self.post(&format!("/element/{element}/click"), &json!({}));
        let end = Instant::now() + Duration::from_secs(10);
        let ready = "return !window.left && document.readyState === 'complete'";
        while self.command("POST", "/execute/sync", &json!({ "script": ready, "args": [] }))
            != Ok(Value::Bool(true))
        {
            assert!(Instant::now() < end, "{label:?} leads nowhere from {}", self.url());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key, wherever the focus is.
    pub fn press(&self, key: &str) {
        let down = json!({ "type": "keyDown", "value": key });
        let up = json!({ "type": "keyUp", "value": key });
        let keys = json!({ "type": "key", "id": "keys", "actions": [down, up] });
        self.post("/actions", &json!({ "actions": [keys] }));
    }

    /// Presses a key that leads to another page, and waits until that is there.
    pub fn press_to_leave(&self, key: &str) {
        self.run("window.left = true");
        self.press(key);
        self.wait_for("return !window.left && document.readyState === 'complete'");
    }

    /// Waits until the script returns true.
    pub fn wait_for(&self, script: &str) {
        let end = Instant::now() + Duration::from_secs(10);
        while self.command("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
            != Ok(Value::Bool(true))
        {
            assert!(Instant::now() < end, "{} never gets to {script}", self.url());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What the script returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// The whole page as PNG, not only what fits the window.
    pub fn screenshot(&self) -> Vec<u8> {
        let wanted = json!({ "captureBeyondViewport": true, "format": "png" });
        let taken = self.devtools("Page.captureScreenshot", &wanted);
        let data = taken["data"].as_str().expect("a picture");
        base64::engine::general_purpose::STANDARD.decode(data).expect("base64")
    }

    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn find(&self, using: &str, what: &str) -> String {
        let end = Instant::now() + Duration::from_secs(10);
        loop {
            match self.command("POST", "/element", &json!({ "using": using, "value": what })) {
                Ok(found) => return found[ELEMENT].as_str().expect("an element").to_owned(),
                Err(_) if Instant::now() < end => std::thread::sleep(Duration::from_millis(50)),
                Err(why) => panic!("{} has no {what}: {why}", self.url()),
            }
        }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.command("POST", path, body).unwrap_or_else(|why| panic!("{path}: {why}"))
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.session))
            .header("content-type", "application/json")
            .body(body)
            .map_err(|e| e.to_string())?;
        let mut answer = self.agent.run(request).map_err(|e| e.to_string())?;
        let limit = answer.body_mut().with_config().limit(50 << 20);
        let text = limit.read_to_string().map_err(|e| e.to_string())?;
        let value: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        match value["value"]["error"].as_str() {
            Some(error) => Err(format!("{error}: {}", value["value"]["message"])),
            None => Ok(value["value"].clone()),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Closing the session ends Chromium; its driver is ours to end.
        let _ = self.command("DELETE", "", &Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The port that chromedriver says it took.
fn port_of(driver: &mut Child) -> u16 {
    let lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
    lines
        .map_while(Result::ok)
        .find_map(|line| {
            let rest = line.split("successfully on port ").nth(1)?;
            rest.trim_end_matches('.').parse().ok()
        })
        .expect("chromedriver says its port")
}
