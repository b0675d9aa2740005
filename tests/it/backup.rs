//! Backups: whole and of one moment while others write; restored they are what was kept; and what is
//! torn, altered or in the way is refused by name, with nothing changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};

use openrebate::accruals;
use openrebate::audit;
use openrebate::db::{Clock, DatabaseUrl, Db, House};
use openrebate::people;
use openrebate::reports::{self, ExportFilter, Format, Report};
use openrebate::upkeep::{self, Made, Source, Target, back_up, restore};
use openrebate::values::{Actor, StaffRole};

use crate::support::{Engine, TestApp, a_member, books};

/// Books with accruals, two files, one that is hidden, and a letter written as a file.
fn scene(app: &TestApp) -> Actor {
    books(app);
    accruals::run(&app.db, &Actor::operator(), app.db.today(), None).unwrap();
    let files = &app.config.files;
    for (name, content) in [
        ("disputes/0190ab", "evidence of the first dispute"),
        ("imports/0190cd.csv", "line_id,document_no\n"),
        (".half", "not yet"),
        ("mail/letter.eml", "Subject: x"),
    ] {
        fs::create_dir_all(files.join(name).parent().unwrap()).unwrap();
        fs::write(files.join(name), content).unwrap();
    }
    a_member(app, "admin", &[StaffRole::Admin])
}

fn make(app: &TestApp, into: &Path) -> openrebate::error::Result<Made> {
    let mail = app.config.files.join("mail");
    back_up(&Source { db: &app.db, files: &app.config.files, but: &mail }, into)
}

/// An empty place of the same kind.
struct Place {
    url: DatabaseUrl,
    folder: tempfile::TempDir,
    /// Its database is taken down with it.
    _app: Option<TestApp>,
}

impl Place {
    fn of(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = (engine == Engine::Postgres).then(|| TestApp::unmigrated(engine));
        let url = match &app {
            Some(app) => app.db.url().clone(),
            None => DatabaseUrl::Sqlite(folder.path().join("restored.db").display().to_string()),
        };
        Self { url, folder, _app: app }
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn bring(&self, backup: &Path) -> openrebate::error::Result<upkeep::Manifest> {
        let files = self.files();
        restore(backup, &Target { url: &self.url, house: House::default(), files: &files })
    }

    fn open(&self) -> Db {
        Db::open(&self.url, House::default(), Clock::Machine).unwrap()
    }

    /// Nothing of a refused backup is here.
    #[track_caller]
    fn is_empty(&self) {
        let left: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
        if self.url.is_postgres() {
            let why = self.open().read(audit::checkpoint).unwrap_err().to_string();
            assert!(why.contains("does not exist"), "{why}");
        }
    }
}

fn exports(db: &Db) -> Vec<Vec<u8>> {
    Report::ALL
        .iter()
        .map(|report| {
            let table =
                db.read(|conn| reports::export(conn, *report, &ExportFilter::default())).unwrap();
            let mut bytes = Vec::new();
            reports::write(&table, Format::Csv, &mut bytes).unwrap();
            bytes
        })
        .collect()
}

/// The same length, so that the tar's own marks stay right.
fn altered(backup: &Path, from: &str, to: &str) -> PathBuf {
    assert_eq!(from.len(), to.len());
    let mut bytes = fs::read(backup).unwrap();
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    let path = backup.with_extension("altered");
    fs::write(&path, bytes).unwrap();
    path
}

both! {
    fn a_backup_under_writes_is_one_moment_and_comes_back_byte_for_byte(app: &TestApp) {
        let admin = scene(app);
        let person = app.read(|conn| people::by_id(conn, admin.person().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("nightly.backup");
        let (stop, before) = (AtomicBool::new(false), app.read(audit::checkpoint).count);
        let made = std::thread::scope(|scope| {
            scope.spawn(|| {
                for turn in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    app.db
                        .write(&admin, |tx| people::set_preference(tx, &person, "queue", &turn.to_string()))
                        .unwrap();
                }
            });
            while app.read(audit::checkpoint).count < before + 20 {}
            // The second one takes the place of the first.
            let made = make(app, &into).and_then(|_| make(app, &into));
            stop.store(true, Ordering::Relaxed);
            made
        }).unwrap();
        let now = app.read(audit::checkpoint).count;
        let kept = made.manifest.audit.count;
        assert!(before + 20 <= kept && kept <= now, "{before} {kept} {now}");
        assert_eq!(made.bytes, fs::metadata(&into).unwrap().len());
        let names: Vec<_> = made.manifest.files.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["files/disputes/0190ab", "files/imports/0190cd.csv"]);
        let beside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(beside, ["nightly.backup"], "nothing is left beside it");

        let place = Place::of(app.engine);
        let manifest = place.bring(&into).unwrap();
        assert_eq!(manifest, made.manifest);
        let db = place.open();
        assert_eq!(db.read(audit::checkpoint).unwrap().hash, manifest.audit.hash);
        let found = db.read(reports::verify).unwrap();
        assert_eq!(found.differences, Vec::<String>::new());
        assert_eq!((found.entries, found.accruals), (2, 2));
        assert_eq!(exports(&db), exports(&app.db));
        let evidence = fs::read_to_string(place.files().join("disputes/0190ab")).unwrap();
        assert_eq!(evidence, "evidence of the first dispute");
        assert!(!place.files().join("mail").exists());
        // What refuses to be rewritten refuses it here, too.
        let refused = db.write(&Actor::operator(), |tx| {
            use diesel::connection::SimpleConnection;
            let sql = "UPDATE audit_events SET reason = 'x'";
            Ok(openrebate::on_backend!(&mut **tx, conn => conn.batch_execute(sql))?)
        });
        assert!(refused.unwrap_err().to_string().contains("append-only"));
    }

    fn what_is_torn_or_altered_is_refused_by_name(app: &TestApp) {
        scene(app);
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.backup");
        make(app, &whole).unwrap();
        let place = Place::of(app.engine);
        let refused = |backup: &Path| {
            let why = place.bring(backup).unwrap_err().to_string();
            place.is_empty();
            why
        };
        let bytes = fs::read(&whole).unwrap();
        let torn = folder.path().join("torn.backup");
        for keep in [0, 100, 600, bytes.len() / 2, bytes.len() - 3_000] {
            fs::write(&torn, &bytes[..keep]).unwrap();
            let why = refused(&torn);
            assert!(why.contains("cut off"), "{keep} of {}: {why}", bytes.len());
        }
        let why = refused(&altered(&whole, "evidence of the first", "evidence of the worst"));
        assert!(why.contains("files/disputes/0190ab was altered: it had 29 bytes"), "{why}");
        let why = refused(&altered(&whole, "files/disputes/0190ab", "files/disputes/0190aX"));
        assert!(why.contains("0190aX") || why.contains("cut off"), "{why}");
        let why = refused(&altered(&whole, "\"name\": \"files/disputes/0190ab\"", "\"name\": \"files/disputes/0190aX\""));
        assert!(why.contains("files/disputes/0190aX is missing"), "{why}");
        let why = refused(&altered(&whole, "\"format\": 1,", "\"format\": 2,"));
        assert!(why.contains("its format is 2"), "{why}");
        let why = refused(&altered(&whole, "\"20261122000001\"", "\"20991122000001\""));
        assert!(why.contains("which is newer (it has 20991122000001)"), "{why}");
        let other = match app.engine {
            Engine::Sqlite => altered(&whole, "\"engine\": \"sqlite\"", "\"engine\": \"mysql8\""),
            Engine::Postgres => altered(&whole, "\"engine\": \"postgres\"", "\"engine\": \"sqlite3?\""),
        };
        assert!(refused(&other).contains("can't be read"));
        assert!(refused(&folder.path().join("nowhere")).contains("nowhere"));
        // What the figures say is held against what is there.
        let why = place.bring(&altered(&whole, "\"customers\": 2", "\"customers\": 3")).unwrap_err().to_string();
        assert!(why.contains("the table customers had 3 rows and has 2"), "{why}");
    }

    fn nothing_that_is_there_is_written_over(app: &TestApp) {
        scene(app);
        let folder = tempfile::tempdir().unwrap();
        let whole = folder.path().join("whole.backup");
        make(app, &whole).unwrap();
        let place = Place::of(app.engine);
        fs::create_dir_all(place.files()).unwrap();
        fs::write(place.files().join("mine"), "x").unwrap();
        let why = place.bring(&whole).unwrap_err().to_string();
        assert!(why.contains("isn't empty (it has mine)"), "{why}");
        fs::remove_file(place.files().join("mine")).unwrap();
        place.bring(&whole).unwrap();
        let files = Place::of(Engine::Sqlite).files();
        let again = Target { url: &place.url, house: House::default(), files: &files };
        let why = restore(&whole, &again).unwrap_err().to_string();
        assert!(why.contains("isn't empty (it has the table"), "{why}");
        // Another engine's database is no place for it.
        let other = Place::of(if app.engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite });
        let why = other.bring(&whole).unwrap_err().to_string();
        assert!(why.contains("it is of "), "{why}");
        other.is_empty();
        // A backup takes the place of backups only.
        let letter = folder.path().join("letter.txt");
        fs::write(&letter, "dear").unwrap();
        let why = make(app, &letter).unwrap_err().to_string();
        assert!(why.contains("is there and no backup"), "{why}");
        assert_eq!(fs::read_to_string(&letter).unwrap(), "dear");
        // One at a time, and a killed one's leftovers are nobody's.
        let part = folder.path().join("whole.backup.part");
        let held = fs::File::create(&part).unwrap();
        held.lock().unwrap();
        assert!(make(app, &whole).unwrap_err().to_string().contains("another backup is writing"));
        held.unlock().unwrap();
        fs::write(&part, "half of a backup").unwrap();
        fs::write(folder.path().join("whole.backup.part.database"), "half").unwrap();
        make(app, &whole).unwrap();
        assert!(!part.exists());
    }

    fn the_command_keeps_and_brings_back_and_the_database_knows(app: &TestApp) {
        scene(app);
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("b.backup");
        let url = full(app.db.url());
        let said = run(&url, &app.config.files, &["backup", into.to_str().unwrap()], None);
        assert!(said.status.success(), "{said:?}");
        let out = String::from_utf8(said.stdout).unwrap();
        assert!(out.contains("with 3 files") && out.contains("ledger        2 entries"), "{out}");
        let (tried, made) = app.read(upkeep::last);
        assert_eq!(tried, made);
        let made = made.unwrap();
        assert_eq!((made.file.as_str(), made.failure), (into.to_str().unwrap(), None));
        let events = app.read(|conn| audit::latest(conn, None, 1));
        assert_eq!((events[0].action.as_str(), events[0].actor.as_str()), ("backup.made", "operator"));
        let place = Place::of(app.engine);
        let args = ["restore", into.to_str().unwrap(), "--verify"];
        let said = run(&full(&place.url), &place.files(), &args, None);
        assert!(said.status.success(), "{said:?}");
        assert!(String::from_utf8(said.stdout).unwrap().contains("everything adds up"));
        let events = place.open().read(|conn| audit::latest(conn, None, 1)).unwrap();
        assert_eq!(events[0].action, "backup.restored");
        let said = run(&full(&place.url), &place.files(), &args, None);
        assert_eq!(said.status.code(), Some(1));
        assert!(String::from_utf8(said.stderr).unwrap().contains("isn't empty"));
        // A try that fails is known, too.
        let nowhere = folder.path().join("no/such/folder.backup");
        let said = run(&url, &app.config.files, &["backup", nowhere.to_str().unwrap()], None);
        assert_eq!(said.status.code(), Some(1));
        let (tried, made) = app.read(upkeep::last);
        assert!(tried.unwrap().failure.unwrap().contains("folder.backup"));
        assert_eq!(made.unwrap().file, into.to_str().unwrap());
        if app.engine == Engine::Postgres {
            let said = run(&url, &app.config.files, &["backup", into.to_str().unwrap()], Some("/nowhere"));
            let why = String::from_utf8(said.stderr).unwrap();
            assert!(why.contains("pg_dump isn't on the path: install"), "{why}");
        }
    }
}

/// With its user, as a command needs it.
fn full(url: &DatabaseUrl) -> String {
    match url {
        DatabaseUrl::Sqlite(path) => format!("sqlite://{path}"),
        DatabaseUrl::Postgres { url, .. } => url.clone(),
    }
}

fn run(url: &str, files: &Path, args: &[&str], path: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openrebate"));
    command.args(args).env("DATABASE_URL", url).env("OPENREBATE_FILES", files);
    command.current_dir(files.parent().unwrap());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().unwrap()
}
