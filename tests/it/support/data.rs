use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let folder = std::env::var_os("OPENREBATE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    if folder.join("expected").is_dir() {
        return Some(folder);
    }
    // Past the test harness, which keeps what passing tests print to itself.
    let _ = writeln!(
        std::io::stderr(),
        "\nNOT RUN: tests on real sales lines. There is no {}; set OPENREBATE_DATA to the folder \
         of the reference data.",
        folder.display()
    );
    None
});

/// The folder of the reference data (data/README.md), or None after a plain word about it.
pub fn data() -> Option<PathBuf> {
    FOLDER.clone()
}

/// Policy, customer and period.
pub type Named = (String, String, String);

/// The reference answers of a policy: base, threshold reached, rate, rebate.
pub fn expected(folder: &Path, policy: &str) -> BTreeMap<Named, [String; 4]> {
    let text = std::fs::read_to_string(folder.join(format!("{policy}.csv"))).expect("the answers");
    let rows = text.trim_start_matches('\u{feff}').lines().skip(1);
    rows.map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        let cell = |at: usize| cells[at].to_owned();
        ((cell(0), cell(1), cell(2)), [cell(3), cell(4), cell(5), cell(6)])
    })
    .collect()
}
