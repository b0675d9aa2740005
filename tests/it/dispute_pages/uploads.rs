//! What people attach, evil and not: taken for what it is, kept outside every address, handed out
//! so that no browser runs it.

use std::io::Write;
use std::time::{Duration, Instant};

use openrebate::disputes;
use openrebate::values::CustomerRole;

use super::{house, id_of};
use crate::support::{Page, Site, TestApp, Visitor, a_buyer};

pub const EICAR: &[u8] = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

/// What becomes of a file.
#[derive(Clone, Copy)]
enum Fate {
    /// Taken, under this name.
    Taken(&'static str),
    /// Refused with this sentence.
    Refused(&'static str),
}
use Fate::{Refused, Taken};

const TYPE: &str = "不支持文件";
const MACROS: &str = "含有宏";
const BROKEN: &str = "已损坏或加密";

/// A ZIP of these parts.
fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        out.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

const TYPES: &[u8] =
    b"<?xml version=\"1.0\"?><Types><Override ContentType=\"application/xml\"/></Types>";

fn office(main: &str, types: &[u8], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut parts: Vec<(&str, &[u8])> = vec![("[Content_Types].xml", types), (main, b"<x/>")];
    parts.extend_from_slice(more);
    zip(&parts)
}

fn jpeg(rest: &[u8]) -> Vec<u8> {
    [b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\0\0\x01\0\x01\0\0".as_slice(), rest].concat()
}

fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0");
    bytes
}

/// Names as browsers could send them, contents, and what is to become of each.
fn corpus() -> Vec<(&'static str, Vec<u8>, Fate)> {
    let (doc, sheet) = ("word/document.xml", "xl/workbook.xml");
    let enabled = b"<Types><Override ContentType=\"application/vnd.ms-word.document.macroEnabled.main+xml\"/></Types>";
    let bomb = vec![0_u8; 9 << 20];
    let mut lying = zip(&[("[Content_Types].xml", TYPES), (doc, b"<x/>")]);
    let end = lying.len() - 22;
    lying[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
    let html = b"<!DOCTYPE html><html><script>alert(1)</script></html>".to_vec();
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec();
    let pdf = b"%PDF-1.7\n1 0 obj\n".to_vec();
    vec![
        // What people do attach.
        ("发票.pdf", pdf.clone(), Taken("发票.pdf")),
        ("SCAN.PDF", pdf.clone(), Taken("SCAN.PDF")),
        ("照片.jpeg", jpeg(b"x"), Taken("照片.jpeg")),
        ("photo.jpg", jpeg(b"x"), Taken("photo.jpg")),
        ("图.png", png(10), Taken("图.png")),
        ("明细.xlsx", office(sheet, TYPES, &[]), Taken("明细.xlsx")),
        ("说明.docx", office(doc, TYPES, &[]), Taken("说明.docx")),
        ("lines.csv", "单据,金额\r\n=1+1,2\r\n".as_bytes().to_vec(), Taken("lines.csv")),
        ("gb.csv", b"\xb6\xa9\xb5\xa5,1\n".to_vec(), Taken("gb.csv")),
        ("notes.TXT", b"hello".to_vec(), Taken("notes.TXT")),
        // Programs, and what looks like none.
        ("eicar.com", EICAR.to_vec(), Refused(TYPE)),
        ("eicar.pdf", EICAR.to_vec(), Refused(TYPE)),
        ("eicar.txt", EICAR.to_vec(), Taken("eicar.txt")),
        ("setup.exe", b"MZ\x90\0\x03\0\0\0".to_vec(), Refused(TYPE)),
        ("setup.pdf", b"MZ\x90\0\x03\0\0\0".to_vec(), Refused(TYPE)),
        ("run.csv", b"\x7fELF\x02\x01\x01\0".to_vec(), Refused(TYPE)),
        ("run.sh", b"#!/bin/sh\nrm -rf /\n".to_vec(), Refused(TYPE)),
        ("run.bat", b"@echo off\r\n".to_vec(), Refused(TYPE)),
        ("x.lnk", b"L\0\0\0\x01\x14\x02\0".to_vec(), Refused(TYPE)),
        ("x.class", b"\xca\xfe\xba\xbe\0\0\0\x34".to_vec(), Refused(TYPE)),
        ("x.js", b"alert(1)".to_vec(), Refused(TYPE)),
        ("x.vbs", b"MsgBox 1".to_vec(), Refused(TYPE)),
        // Pages and pictures that run.
        ("page.html", html.clone(), Refused(TYPE)),
        ("page.txt", html.clone(), Refused(TYPE)),
        ("page.pdf", html, Refused(TYPE)),
        ("a.svg", svg.clone(), Refused(TYPE)),
        ("a.png", svg.clone(), Refused(TYPE)),
        ("a.xml", b"<?xml version=\"1.0\"?><x/>".to_vec(), Refused(TYPE)),
        ("a.mht", b"MIME-Version: 1.0\n".to_vec(), Refused(TYPE)),
        // Two things at once: what comes first counts, and the name follows.
        (
            "poly.html",
            [pdf.as_slice(), b"<script>alert(1)</script>"].concat(),
            Taken("poly.html.pdf"),
        ),
        ("poly.js", [pdf.as_slice(), b"*/alert(1)//"].concat(), Taken("poly.js.pdf")),
        ("poly.bat", [pdf.as_slice(), b"\r\ncalc.exe\r\n"].concat(), Taken("poly.bat.pdf")),
        ("shell.php", jpeg(b"<?php system($_GET['c']); ?>"), Taken("shell.php.jpg")),
        (
            "archive.jar",
            [jpeg(b"").as_slice(), &zip(&[("A.class", b"x")])].concat(),
            Taken("archive.jar.jpg"),
        ),
        ("late.pdf", [b"x".as_slice(), &pdf].concat(), Refused(TYPE)),
        // Archives and bombs.
        ("42.zip", zip(&[("0.dll", &bomb)]), Refused(TYPE)),
        ("42.pdf", zip(&[("0.dll", &bomb)]), Refused(TYPE)),
        (
            "bomb.docx",
            office(doc, TYPES, &[("word/media/a.bin", &bomb), ("word/media/b.bin", &bomb)]),
            Taken("bomb.docx"),
        ),
        ("types.docx", office(doc, &bomb, &[]), Taken("types.docx")),
        ("lying.docx", lying, Refused(BROKEN)),
        ("cut.xlsx", office(sheet, TYPES, &[])[..80].to_vec(), Refused(BROKEN)),
        ("x.7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), Refused(TYPE)),
        ("x.rar", b"Rar!\x1a\x07\x01\0".to_vec(), Refused(TYPE)),
        ("x.csv.gz", b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), Refused(TYPE)),
        ("huge.png", png(50_000), Taken("huge.png")),
        // Macros.
        ("m.docm", office(doc, TYPES, &[("word/vbaProject.bin", b"x")]), Refused(MACROS)),
        ("m.docx", office(doc, TYPES, &[("word/VBAPROJECT.BIN", b"x")]), Refused(MACROS)),
        ("n.docx", office(doc, enabled, &[]), Refused(MACROS)),
        ("m.xlsx", office(sheet, TYPES, &[("xl/macrosheets/sheet1.xml", b"x")]), Refused(MACROS)),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0".to_vec(), Refused(TYPE)),
        ("x.rtf", b"{\\rtf1\\object}".to_vec(), Refused(TYPE)),
        // Names.
        ("../../etc/passwd.txt", b"x".to_vec(), Taken("passwd.txt")),
        ("..\\\\..\\\\boot.txt", b"x".to_vec(), Taken("boot.txt")),
        ("/dev/null.csv", b"x".to_vec(), Taken("null.csv")),
        ("invoice\u{202e}fdp.exe", pdf.clone(), Taken("invoicefdp.exe.pdf")),
        ("zero\u{200b}width.pdf", pdf.clone(), Taken("zerowidth.pdf")),
        ("发票.pdf.exe", pdf.clone(), Taken("发票.pdf.exe.pdf")),
        ("照片.jpg.html", jpeg(b"x"), Taken("照片.jpg.html.jpg")),
        (
            "<img src=x onerror=alert(1)>.txt",
            b"x".to_vec(),
            Taken("_img src=x onerror=alert(1)_.txt"),
        ),
        ("...", pdf.clone(), Taken("file.pdf")),
        ("noending", b"hello".to_vec(), Refused(TYPE)),
        (" spaced .pdf ", pdf, Taken("spaced .pdf")),
        // Contents that are no text.
        ("nul.txt", b"he\0llo".to_vec(), Refused(TYPE)),
        ("esc.txt", b"\x1b]0;x\x07".to_vec(), Refused(TYPE)),
        ("utf16.txt", b"\xff\xfeh\0i\0".to_vec(), Taken("utf16.txt")),
        // Sizes.
        ("empty.pdf", Vec::new(), Refused("是空的")),
        ("ten.txt", vec![b'a'; 10 << 20], Taken("ten.txt")),
        ("ten1.txt", vec![b'a'; (10 << 20) + 1], Refused("超过 10 MB")),
        ("eleven.pdf", vec![b'a'; 11 << 20], Refused("超过 10 MB")),
    ]
}

fn started(buyer: &Visitor) -> crate::support::Form {
    let form = buyer.get("/disputes/new?subject=free").form("/disputes/new");
    form.with("category", "other").with("text", "见附件")
}

fn file_with(buyer: &Visitor, files: &[(&str, &[u8])]) -> Page {
    let form = started(buyer);
    let form = files.iter().fold(form, |form, (name, bytes)| form.with_file("files", name, bytes));
    let check = buyer.submit(&form);
    check.assert_status(200);
    buyer.submit(&check.form("/disputes"))
}

/// Every file below the folder of files, by name.
fn stored(app: &TestApp) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![app.config.files.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.file_name().into_string().unwrap());
            }
        }
    }
    found
}

#[test]
fn every_file_is_taken_for_what_it_is_and_nothing_is_opened() {
    let corpus = corpus();
    assert!(corpus.len() >= 60, "{}", corpus.len());
    for (name, bytes, fate) in &corpus {
        let begun = Instant::now();
        let found = disputes::check_file(name, bytes);
        assert!(begun.elapsed() < Duration::from_secs(5), "{name} took {:?}", begun.elapsed());
        let words = openrebate::words::words(openrebate::values::Language::ZhCn);
        match (found, fate) {
            (Ok(checked), Taken(expected)) => assert_eq!(checked.name, *expected, "{name:?}"),
            (Err(openrebate::error::Error::Invalid(problems)), Refused(sentence)) => {
                let said = words.say(&problems[0].text);
                assert!(said.contains(sentence), "{name:?}: {said}");
                assert_eq!(problems[0].field, "files");
            }
            (Ok(checked), _) => panic!("{name:?} was taken as {checked:?}"),
            (Err(error), _) => panic!("{name:?}: {error}"),
        }
    }
    let long = format!("{}.pdf", "长".repeat(400));
    let checked = disputes::check_file(&long, b"%PDF-1.7\n").unwrap();
    assert!(checked.name.chars().count() <= 120 && checked.name.ends_with(".pdf"));
}

both! {
    fn the_evil_corpus_through_the_front_door(app: &TestApp) {
        let house = house(app);
        let (buyer, manager) = (house.visitor("buyer"), house.visitor("manager"));
        let mut small: Vec<_> = corpus();
        small.retain(|(_, bytes, _)| bytes.len() < 1 << 20);
        for some in small.chunks(5) {
            let taken: Vec<(&str, &[u8], &str)> = some
                .iter()
                .filter_map(|(name, bytes, fate)| match fate {
                    Taken(expected) => Some((*name, bytes.as_slice(), *expected)),
                    Refused(_) => None,
                })
                .collect();
            for (name, bytes, fate) in some {
                let Refused(sentence) = fate else { continue };
                let page = buyer.submit(&started(&buyer).with_file("files", name, bytes));
                page.assert_status(422).assert_has(sentence).assert_has("见附件");
                let draft = page.form("/disputes/new").value("draft").unwrap().to_owned();
                let list = buyer.get("/disputes");
                buyer.submit(&list.form(&format!("/disputes/drafts/{draft}/removal")));
            }
            if taken.is_empty() {
                continue;
            }
            let files: Vec<(&str, &[u8])> = taken.iter().map(|(name, bytes, _)| (*name, *bytes)).collect();
            let receipt = file_with(&buyer, &files);
            receipt.assert_status(200);
            let id = id_of(&receipt);
            for (visitor, path) in [(&buyer, format!("/disputes/{id}")), (&manager, format!("/staff/disputes/{id}"))] {
                let page = visitor.get(&path);
                for (_, bytes, expected) in &taken {
                    let size = disputes_size(bytes.len());
                    let got = visitor.get(&page.link(&format!("{expected} ({size})")));
                    check_download(&got, expected, bytes);
                }
            }
        }
        for name in stored(app) {
            let opaque = name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(opaque || name.ends_with(".db") || name.contains("db-"), "{name}");
        }
        // No address leads to the folder.
        for path in ["/files", "/files/disputes", "/static/../files", "/disputes/files"] {
            assert_eq!(buyer.peek(path).status, 404, "{path}");
        }
    }

    fn a_name_with_a_zero_byte_is_no_name(app: &TestApp) {
        let house = house(app);
        let buyer = house.visitor("buyer");
        let form = started(&buyer).with_file("files", "a\0b.txt", b"x");
        let answer = buyer.submit(&form);
        assert!([400, 200].contains(&answer.status), "{}", answer.status);
        assert!(!answer.body().contains('\0'));
    }

    fn a_customers_files_have_a_quota(app: &TestApp) {
        let house = house(app);
        let mut config = app.config.clone();
        config.limits.dispute_megabytes = 1;
        let site = Site::with(app, config);
        let sign_in = |name: &str| {
            let visitor = site.visitor("zh-CN");
            visitor.sign_in(&format!("{name}@example.com"), crate::support::PASSWORD);
            visitor
        };
        a_buyer(app, "boss", house.customer, CustomerRole::Manager);
        let (buyer, boss) = (sign_in("buyer"), sign_in("boss"));
        let large = vec![b'a'; 700 << 10];
        let receipt = file_with(&buyer, &[("a.txt", &large)]);
        let id = id_of(&receipt);
        let full = "贵公司的附件已占用 0 MB，总量上限为 1 MB";
        // In a draft, by a colleague, and in a message.
        let page = boss.submit(&started(&boss).with_file("files", "b.txt", &large));
        page.assert_status(422).assert_has(full).assert_has("见附件");
        boss.submit(&page.form("/disputes/new")).assert_status(200);
        let messages = format!("/disputes/{id}/messages");
        let message = buyer.get(&format!("/disputes/{id}")).form(&messages).with("text", "又一份");
        let page = buyer.submit(&message.clone().with_file("files", "b.txt", &large));
        page.assert_status(422).assert_has(full);
        assert_eq!(page.form(&messages).value("text"), Some("又一份"));
        let small = vec![b'a'; 100 << 10];
        buyer.submit(&message.with_file("files", "c.txt", &small)).assert_status(200);
        // Others aren't affected, and what waits in a draft counts.
        let stranger = sign_in("stranger");
        file_with(&stranger, &[("a.txt", &large)]).assert_status(200);
        let page = boss.submit(&started(&boss).with_file("files", "d.txt", &vec![b'd'; 150 << 10]));
        page.assert_status(200);
        let draft = page.path.split('/').nth(3).unwrap().to_owned();
        let again = started(&buyer).with_file("files", "e.txt", &vec![b'e'; 150 << 10]);
        buyer.submit(&again).assert_status(422).assert_has("总量上限为 1 MB");
        let list = boss.get("/disputes");
        boss.submit(&list.form(&format!("/disputes/drafts/{draft}/removal"))).assert_status(200);
        buyer.submit(&again).assert_status(200);
    }
}

fn disputes_size(bytes: usize) -> String {
    format!("{} KB", bytes.div_ceil(1024))
}

/// A file to keep: nothing a browser shows or runs.
#[track_caller]
fn check_download(got: &Page, name: &str, bytes: &[u8]) {
    assert_eq!(got.status, 200, "{name}");
    assert!(got.bytes == bytes, "{name}");
    let header = |name: &str| got.header(name).unwrap_or_default();
    assert_eq!(header("content-type"), "application/octet-stream", "{name}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{name}");
    let policy = header("content-security-policy");
    assert_eq!(policy, "default-src 'none'; sandbox", "{name}");
    let disposition = header("content-disposition");
    assert!(disposition.starts_with("attachment; filename=\""), "{disposition}");
    assert!(!disposition.contains(['\r', '\n', '/', '<']), "{disposition}");
    let ending = name.rsplit('.').next().unwrap_or_default();
    assert!(disposition.ends_with(ending), "{disposition}");
}
