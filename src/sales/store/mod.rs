pub(super) mod imports;
pub(super) mod known;
pub(super) mod lines;
pub(super) mod months;
pub(super) mod products;
pub(super) mod through;

/// Rows per INSERT or IN list: within the bind limits of both databases.
const CHUNK: usize = 500;
