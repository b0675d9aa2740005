//! Files and a virus scanner: what waits or is infected isn't handed out, what is infected is gone
//! and told, and a scanner that is down holds up nobody's dispute.

use std::time::Duration;

use chrono::TimeDelta;
use openrebate::audit;
use openrebate::db::Db;
use openrebate::disputes::{self, Clamd, ScanState, Scanned};
use openrebate::mailbox;
use openrebate::values::DisputeId;

use super::uploads::EICAR;
use super::{House, house, id_of};
use crate::support::{ClamServer, Page, Site, Temper, TestApp, Visitor};

/// The portal with a scanner, and who is signed in.
struct Ward {
    house: House,
    _site: Site,
    buyer: Visitor,
    manager: Visitor,
}

fn ward(app: &TestApp, address: &str) -> Ward {
    let house = house(app);
    let mut config = app.config.clone();
    address.clone_into(&mut config.scanner.address);
    let site = Site::with(app, config);
    let sign_in = |name: &str| {
        let visitor = site.visitor("zh-CN");
        visitor.sign_in(&format!("{name}@example.com"), crate::support::PASSWORD);
        visitor
    };
    Ward { buyer: sign_in("buyer"), manager: sign_in("manager"), house, _site: site }
}

impl Ward {
    /// Files a dispute with these files; its id.
    fn filed(&self, files: &[(&str, &[u8])]) -> DisputeId {
        let form = self.buyer.get("/disputes/new?subject=free").form("/disputes/new");
        let form = form.with("category", "other").with("text", "见附件");
        let form =
            files.iter().fold(form, |form, (name, bytes)| form.with_file("files", name, bytes));
        let check = self.buyer.submit(&form);
        let receipt = self.buyer.submit(&check.form("/disputes"));
        receipt.assert_status(200);
        DisputeId::from_text(&id_of(&receipt))
    }

    fn both_sides(&self, id: &DisputeId) -> [(Page, &Visitor); 2] {
        [
            (self.buyer.get(&format!("/disputes/{id}")), &self.buyer),
            (self.manager.get(&format!("/staff/disputes/{id}")), &self.manager),
        ]
    }
}

fn clamd(address: &str) -> Clamd {
    Clamd::at(address, Duration::from_millis(1_500)).unwrap()
}

/// Scans until there is nothing left, or the scanner doesn't answer.
fn scan(app: &TestApp, address: &str) -> Scanned {
    loop {
        match disputes::scan_next(&app.db, &app.config.files, &clamd(address)).unwrap() {
            Scanned::One => {}
            other => return other,
        }
    }
}

fn states(app: &TestApp, id: &DisputeId) -> Vec<ScanState> {
    app.read(|conn| disputes::files(conn, id)).into_iter().map(|file| file.scan).collect()
}

both! {
    fn a_clean_file_is_handed_out_after_its_scan_and_an_infected_one_is_gone(app: &TestApp) {
        let server = ClamServer::tcp();
        let ward = ward(app, &server.address);
        let large = vec![b'x'; 200_000];
        let id = ward.filed(&[("发票.txt", &large), ("eicar.txt", EICAR)]);
        let files = app.read(|conn| disputes::files(conn, &id));
        for (page, visitor) in ward.both_sides(&id) {
            page.assert_has("发票.txt (196 KB) 等待扫描").assert_has("eicar.txt (1 KB) 等待扫描");
            assert!(!page.body().contains("发票.txt (196 KB)</a>"), "no link to what waits");
            let path = format!("{}/files/{}", page.path, files[0].id);
            visitor.get(&path).assert_status(409).assert_has("正在等待病毒扫描");
        }
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(states(app, &id), [ScanState::Clean, ScanState::Infected]);
        let streams = server.streams();
        assert_eq!(streams.iter().map(|s| s.bytes).collect::<Vec<_>>(), [200_000, EICAR.len()]);
        let chunks = &streams[0].chunks;
        assert!(chunks.len() == 4 && chunks.iter().all(|chunk| (1..=65_536).contains(chunk)), "{chunks:?}");
        for (page, visitor) in ward.both_sides(&id) {
            page.assert_has("已扫描，未发现病毒").assert_has("eicar.txt (1 KB) 含病毒，已移除");
            page.assert_has("附件含病毒，已移除").assert_has("eicar.txt (Win.Test.EICAR_HDB-1)");
            assert_eq!(visitor.get(&page.link("发票.txt (196 KB)")).bytes, large);
            let path = format!("{}/files/{}", page.path, files[1].id);
            visitor.get(&path).assert_status(409).assert_has("该附件含病毒，已被移除");
        }
        let kept = app.config.files.join("disputes");
        assert!(kept.join(files[0].id.as_str()).is_file());
        assert!(!kept.join(files[1].id.as_str()).exists());
        let letters = app.read(|conn| {
            mailbox::of_cause(conn, "dispute_file_removed", files[1].id.as_str())
        });
        let told: Vec<_> = letters.iter().map(|letter| letter.to.as_str()).collect();
        assert_eq!(told, ["buyer@example.com", "manager@example.com"]);
        assert!(letters.iter().all(|letter| letter.text.contains("eicar.txt")));
        let events = app.read(|conn| audit::of_object(conn, "dispute", id.as_str()));
        assert_eq!(events.iter().filter(|e| e.action == "dispute.file_removed").count(), 1);
        // A process that died before it removed the bytes: the next one does.
        std::fs::write(kept.join(files[1].id.as_str()), EICAR).unwrap();
        disputes::forget_infected(&app.db, &app.config.files).unwrap();
        assert!(!kept.join(files[1].id.as_str()).exists());
        // Nothing is asked about twice.
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(server.streams().len(), 2);
    }

    fn a_scanner_that_is_down_hinders_nobody_and_is_asked_again(app: &TestApp) {
        let server = ClamServer::unix();
        let gone = "tcp://127.0.0.1:9";
        let ward = ward(app, &server.address);
        let id = ward.filed(&[("a.txt", b"a")]);
        for temper in [Temper::Drop, Temper::Garbage, Temper::Hang] {
            server.be(temper);
            assert_eq!(scan(app, &server.address), Scanned::Down, "{temper:?}");
            assert_eq!(states(app, &id), [ScanState::Unscanned]);
            // Not at once, but soon.
            assert_eq!(scan(app, &server.address), Scanned::Nothing);
            app.wait(TimeDelta::minutes(6));
        }
        assert_eq!(scan(app, gone), Scanned::Down);
        let (page, _) = &ward.both_sides(&id)[0];
        page.assert_has("a.txt (1 KB) 等待扫描");
        let other = ward.filed(&[("b.txt", b"b")]);
        server.be(Temper::Honest);
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(states(app, &other), [ScanState::Clean], "a new file isn't held up by an old one");
        app.wait(TimeDelta::minutes(60));
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(states(app, &id), [ScanState::Clean]);
    }

    fn a_file_the_scanner_refuses_is_not_handed_out(app: &TestApp) {
        let server = ClamServer::tcp();
        let ward = ward(app, &server.address);
        server.be(Temper::Limit(100_000));
        // Bytes that aren't there, or can't be read, can't be scanned either and hold up nobody.
        let gone = ward.filed(&[("gone.txt", b"x"), ("folder.txt", b"x")]);
        for (place, file) in app.read(|conn| disputes::files(conn, &gone)).iter().enumerate() {
            let path = app.config.files.join("disputes").join(file.id.as_str());
            std::fs::remove_file(&path).unwrap();
            if place == 1 {
                std::fs::create_dir(&path).unwrap();
            }
        }
        let large = vec![b'x'; 2_000_000];
        let id = ward.filed(&[("large.txt", &large), ("small.txt", b"x")]);
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(states(app, &id), [ScanState::Failed, ScanState::Clean]);
        assert_eq!(states(app, &gone), [ScanState::Failed, ScanState::Failed]);
        let files = app.read(|conn| disputes::files(conn, &id));
        for (page, visitor) in ward.both_sides(&id) {
            page.assert_has("large.txt (1.9 MB) 扫描未成功");
            let path = format!("{}/files/{}", page.path, files[0].id);
            visitor.get(&path).assert_status(409).assert_has("未能通过扫描程序检查");
        }
        server.be(Temper::Honest);
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(states(app, &id)[0], ScanState::Failed, "not before an hour");
        app.wait(TimeDelta::minutes(61));
        assert_eq!(scan(app, &server.address), Scanned::Nothing);
        assert_eq!(states(app, &id), [ScanState::Clean, ScanState::Clean]);
        assert_eq!(states(app, &gone), [ScanState::Failed, ScanState::Failed]);
    }

    fn several_processes_find_a_virus_once(app: &TestApp) {
        let server = ClamServer::tcp();
        let ward = ward(app, &server.address);
        let id = ward.filed(&[("1.txt", EICAR), ("2.txt", b"clean"), ("3.txt", EICAR)]);
        let barrier = std::sync::Barrier::new(4);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let (url, house) = (app.db.url(), app.db.house().clone());
                    let db = Db::open_few(url, house, app.db.clock().clone(), 1).unwrap();
                    barrier.wait();
                    let clamd = clamd(&server.address);
                    while disputes::scan_next(&db, &app.config.files, &clamd).unwrap() == Scanned::One {}
                });
            }
        });
        use ScanState::{Clean, Infected};
        assert_eq!(states(app, &id), [Infected, Clean, Infected]);
        let events = app.read(|conn| disputes::public_events(conn, &id));
        let removed = events.iter().filter(|e| e.kind == disputes::EventKind::FileRemoved);
        assert_eq!(removed.count(), 2);
    }

    fn without_a_scanner_files_are_handed_out_and_said_to_be_unscanned(app: &TestApp) {
        let ward = ward(app, "");
        let id = ward.filed(&[("a.txt", b"a")]);
        for (page, visitor) in ward.both_sides(&id) {
            page.assert_has("a.txt (1 KB) 未扫描");
            assert_eq!(visitor.get(&page.link("a.txt (1 KB)")).bytes, b"a");
        }
        assert_eq!(ward.house.disputes(app).len(), 1);
    }
}

#[test]
fn a_scanner_that_cannot_be_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, "[scanner]\naddress = \"127.0.0.1:3310\"\n").unwrap();
    let said = openrebate::config::Config::load(Some(&path)).unwrap_err().to_string();
    assert!(said.contains("scanner") && said.contains("tcp://HOST:PORT"), "{said}");
}
