//! Every kind of letter as the staff's sample pages show it, text and HTML, word by word. What
//! each says stands in `tests/it/letters/samples/`; the HTML stands there without its styles, and
//! once whole.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use openrebate::mailbox::KINDS;
use openrebate::mailbox::letters::preview;
use openrebate::values::Language;

use crate::support::{Engine, TestApp};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/letters/samples")
}

/// What stands between the body's tags, without styles.
fn bare(html: &str) -> String {
    let body = html.split_once("<body").and_then(|(_, rest)| rest.split_once('>'));
    let mut rest = body.and_then(|(_, rest)| rest.split_once("</body>")).expect("a body").0;
    let mut bare = String::new();
    while let Some((before, style)) = rest.split_once(" style=\"") {
        bare.push_str(before);
        rest = style.split_once('"').expect("an end").1;
    }
    bare + rest
}

#[test]
fn each_kind_of_letter_says_this_in_text_and_html() {
    let app = TestApp::on(Engine::Sqlite);
    let write = std::env::var_os("WRITE_LETTERS").is_some();
    let (mut wrong, mut names) = (Vec::new(), BTreeSet::new());
    let mut hold = |name: String, said: &str| {
        let file = folder().join(&name);
        if write {
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(&file, said).unwrap();
        }
        if std::fs::read_to_string(&file).unwrap_or_default() != said {
            wrong.push(format!("{}:\n{said}", file.display()));
        }
        names.insert(name);
    };
    for kind in KINDS {
        for language in Language::ALL {
            let sample = preview(kind.code, *language, app.db.house()).unwrap();
            let sample = sample.unwrap_or_else(|| panic!("{} has no sample", kind.code));
            let name = format!("{}.{language}", kind.code.replace('_', "-"));
            hold(format!("{name}.txt"), &format!("{}\n\n{}", sample.subject, sample.text));
            hold(format!("{name}.html"), &bare(&sample.html));
            if kind.code == "statement_ready" {
                hold(format!("whole.{language}.html"), &sample.html);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
    let kept = std::fs::read_dir(folder()).unwrap();
    let kept: BTreeSet<_> =
        kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, names, "files of letters that aren't written any more");
}
