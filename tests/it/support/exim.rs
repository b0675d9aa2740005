//! A real mail server for the tests: Debian's Exim, which delivers into a mailbox that they read.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::Certificate;

/// Takes letters over STARTTLS only, for `customer.example` and `example.com`; refuses `gone@` for
/// good and `busy@` for now, and takes letters to `lost@` only to report that it couldn't deliver.
pub struct MailServer {
    pub port: u16,
    folder: PathBuf,
    /// It lives as long as this end is open.
    _keep: Option<ChildStdin>,
}

impl MailServer {
    /// Exim runs as the account of its package only: root becomes it, others do so in a user
    /// namespace.
    #[expect(clippy::zombie_processes, reason = "it ends after this value does")]
    pub fn start(certificate: &Certificate) -> Self {
        let id = |arguments: &[&str]| {
            let output = Command::new("id").args(arguments).output().expect("id");
            String::from_utf8(output.stdout).expect("a number").trim().to_owned()
        };
        let (user, group) = (id(&["-u", "Debian-exim"]), id(&["-g", "Debian-exim"]));
        assert!(!user.is_empty(), "exim4-daemon-light is missing: .ci/test installs it");
        let mut command = if id(&["-u"]) == "0" {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={user}"), &format!("--regid={group}")]);
            command.arg("--clear-groups");
            command
        } else {
            let mut command = Command::new("unshare");
            command.args([
                "--user",
                &format!("--map-user={user}"),
                &format!("--map-group={group}"),
            ]);
            command
        };
        let port =
            TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("it").port();
        let path = format!("/usr/sbin:{}", std::env::var("PATH").unwrap_or_default());
        let mut child = command
            .args(["sh", "-c", include_str!("exim.sh"), "exim.sh", &port.to_string()])
            .args([&certificate.pem, &certificate.key_pem])
            .env("PATH", path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let keep = child.stdin.take();
        let mut folder = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut folder)
            .expect("it answers");
        assert!(!folder.trim().is_empty(), "Exim didn't start, see above");
        Self { port, folder: PathBuf::from(folder.trim()), _keep: keep }
    }

    /// What is in the mailbox once there is as much as that: Exim delivers after it has answered.
    pub fn mailbox(&self, expected: usize) -> Vec<Vec<u8>> {
        self.mailbox_when(|mails| mails.len() >= expected)
    }

    /// What is in the mailbox once that is enough.
    pub fn mailbox_when(&self, enough: impl Fn(&[Vec<u8>]) -> bool) -> Vec<Vec<u8>> {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let files = std::fs::read_dir(self.folder.join("box/new")).into_iter().flatten();
            let mails: Vec<Vec<u8>> =
                files.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
            if enough(&mails) {
                return mails;
            }
            assert!(Instant::now() < end, "only {} came", mails.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
