//! A real PostgreSQL for the tests: started at the first story that wants one, one migrated
//! template copied per story, taken down when the test binary ends.
//!
//! `OPENREBATE_TEST_POSTGRES` names a server to use instead: a URL whose user may create
//! databases, without the database's name, e.g. `postgres://me@127.0.0.1:5432`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use openrebate::db::{Clock, DatabaseUrl, Db, House};

struct Server {
    /// `{}` stands for the database's name.
    url: String,
    /// So that two runs may share a named server.
    prefix: String,
    /// The private cluster lives as long as this end is open.
    _keep: Option<ChildStdin>,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    let server = match std::env::var("OPENREBATE_TEST_POSTGRES") {
        Ok(url) => Server {
            url: format!("{}/{{}}", url.trim_end_matches('/')),
            prefix: format!("openrebate_test_{}", std::process::id()),
            _keep: None,
        },
        Err(_) => start(),
    };
    server.create(&server.template(), None);
    let db = Db::open(&server.database(&server.template()), House::default(), Clock::Machine)
        .expect("the template opens");
    db.migrate().expect("the template migrates");
    drop(db);
    server.admin(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", server.template()));
    server.admin(&format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
        server.template()
    ));
    server
});

/// A database of one's own with the schema up to date; dropped with this value.
pub struct Database {
    name: String,
}

impl Database {
    pub fn migrated() -> Self {
        Self::new(Some(&SERVER.template()))
    }

    pub fn empty() -> Self {
        Self::new(None)
    }

    fn new(template: Option<&str>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("{}_{}", SERVER.prefix, COUNT.fetch_add(1, Ordering::Relaxed));
        SERVER.create(&name, template);
        Self { name }
    }

    pub fn url(&self) -> DatabaseUrl {
        SERVER.database(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        SERVER.admin(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

impl Server {
    fn template(&self) -> String {
        format!("{}_template", self.prefix)
    }

    fn database(&self, name: &str) -> DatabaseUrl {
        self.url.replace("{}", name).parse().expect("a database URL")
    }

    fn create(&self, name: &str, template: Option<&str>) {
        let template = template.unwrap_or("template0");
        self.admin(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
    }

    fn admin(&self, sql: &str) {
        let mut conn = PgConnection::establish(&self.url.replace("{}", "postgres"))
            .unwrap_or_else(|e| panic!("PostgreSQL doesn't answer: {e}"));
        conn.batch_execute(sql).unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
}

/// Starts a cluster in a folder of its own. PostgreSQL refuses to run as root: then it runs as
/// the account its package made.
#[expect(clippy::zombie_processes, reason = "it ends after this process does")]
fn start() -> Server {
    let bin = installed();
    let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let mut command = if root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    let mut child = command
        .args(["-c", include_str!("postgres.sh"), "postgres.sh"])
        .arg(&bin)
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
    let folder = folder.trim();
    assert!(!folder.is_empty(), "PostgreSQL in {} didn't start, see above", bin.display());
    Server {
        url: format!("postgres://openrebate@{}/{{}}", folder.replace('/', "%2F")),
        prefix: "openrebate_test".to_owned(),
        _keep: keep,
    }
}

/// The newest of the versions Debian keeps side by side, or whatever the PATH has.
fn installed() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|entry| {
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("initdb").is_file().then_some((version, bin))
        })
        .max();
    if let Some((_, bin)) = newest {
        return bin;
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder: &PathBuf| Path::new(folder).join("initdb").is_file())
        .expect("PostgreSQL isn't installed: run .ci/test once, or set OPENREBATE_TEST_POSTGRES")
}
