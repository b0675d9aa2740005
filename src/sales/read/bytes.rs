//! From a file to UTF-8: unpacks gzip, recognises the encoding by content.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{DecoderResult, GB18030};
use flate2::read::MultiGzDecoder;

use super::wrong;
use crate::error::Result;
use crate::values::Text;

/// More than this unpacked is no sales file.
const MOST_UNPACKED: u64 = 8 << 30;
const BLOCK: usize = 64 << 10;

pub(super) type Stream = Box<dyn Read + Send>;

/// The file's text as UTF-8, without a byte order mark. Reads it once to recognise the encoding.
pub(super) fn text(path: &Path, name: &str, taken: &Arc<AtomicU64>) -> Result<Stream> {
    let broken =
        |e: io::Error| wrong(name, Text::new("import-file-unreadable").with("why", e.to_string()));
    let scan = scan(unpacked(path, &Arc::default()).map_err(broken)?, name)?;
    let mut stream = unpacked(path, taken).map_err(broken)?;
    if scan.mark {
        let mut mark = [0; 3];
        stream.read_exact(&mut mark).map_err(broken)?;
    }
    Ok(if scan.utf8 { stream } else { Box::new(FromGb18030::new(stream)) })
}

fn unpacked(path: &Path, taken: &Arc<AtomicU64>) -> io::Result<Stream> {
    let mut file = File::open(path)?;
    let mut magic = [0; 2];
    let count = file.read(&mut magic)?;
    io::Seek::rewind(&mut file)?;
    let counted = BufReader::with_capacity(BLOCK, Counted { file, taken: Arc::clone(taken) });
    Ok(match (count, magic) {
        (2, [0x1f, 0x8b]) => {
            Box::new(BufReader::with_capacity(BLOCK, MultiGzDecoder::new(counted)))
        }
        _ => Box::new(counted),
    })
}

struct Counted {
    file: File,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(into)?;
        self.taken.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
        Ok(count)
    }
}

struct Scan {
    utf8: bool,
    /// It begins with the byte order mark of UTF-8.
    mark: bool,
}

fn scan(mut stream: Stream, name: &str) -> Result<Scan> {
    let mut found = Scan { utf8: true, mark: false };
    let mut block = vec![0; BLOCK];
    // The bytes of a character that the last block broke off.
    let mut rest: Vec<u8> = Vec::new();
    let (mut total, mut line) = (0_u64, 1_u64);
    loop {
        let count = stream.read(&mut block).map_err(|e| {
            wrong(name, Text::new("import-file-unreadable").with("why", e.to_string()))
        })?;
        let bytes = block.get(..count).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        if total == 0 {
            if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
                return Err(wrong(name, Text::new("import-file-utf16")));
            }
            found.mark = bytes.starts_with(&[0xef, 0xbb, 0xbf]);
        }
        total += u64::try_from(count).unwrap_or(0);
        if total > MOST_UNPACKED {
            return Err(wrong(name, Text::new("import-file-too-large")));
        }
        if let Some(at) = memchr::memchr(0, bytes) {
            line += newlines(bytes.get(..at).unwrap_or_default());
            return Err(wrong(name, Text::new("import-file-nul").with("line", line)));
        }
        line += newlines(bytes);
        if found.utf8 {
            found.utf8 = continues_utf8(&mut rest, bytes);
        }
    }
    found.utf8 &= rest.is_empty();
    Ok(found)
}

fn newlines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(0)
}

/// Whether the bytes go on as UTF-8 after `rest`, which then holds what they break off.
fn continues_utf8(rest: &mut Vec<u8>, mut bytes: &[u8]) -> bool {
    while !rest.is_empty() {
        let Some((first, more)) = bytes.split_first() else { return true };
        rest.push(*first);
        bytes = more;
        match std::str::from_utf8(rest) {
            Ok(_) => rest.clear(),
            Err(e) if e.error_len().is_some() => return false,
            Err(_) => {}
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(e) if e.error_len().is_some() => false,
        Err(e) => {
            rest.extend_from_slice(bytes.get(e.valid_up_to()..).unwrap_or_default());
            true
        }
    }
}

/// Decodes as it is read; a sequence that is no GB18030 is an error of kind `InvalidData`.
struct FromGb18030 {
    source: Stream,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    ended: bool,
    /// What comes after the text in `out` is no GB18030; told once that is read.
    broken: bool,
    out: Vec<u8>,
    out_at: usize,
    out_end: usize,
}

impl FromGb18030 {
    fn new(source: Stream) -> Self {
        Self {
            source,
            decoder: GB18030.new_decoder_without_bom_handling(),
            raw: vec![0; BLOCK],
            raw_at: 0,
            raw_end: 0,
            ended: false,
            broken: false,
            out: vec![0; BLOCK * 3],
            out_at: 0,
            out_end: 0,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.raw_at == self.raw_end {
            self.raw_end = self.source.read(&mut self.raw)?;
            self.raw_at = 0;
        }
        let last = self.raw_end == 0;
        let raw = self.raw.get(self.raw_at..self.raw_end).unwrap_or_default();
        let (result, read, written) =
            self.decoder.decode_to_utf8_without_replacement(raw, &mut self.out, last);
        self.raw_at += read;
        (self.out_at, self.out_end) = (0, written);
        match result {
            DecoderResult::Malformed(..) => self.broken = true,
            DecoderResult::InputEmpty => self.ended = last,
            DecoderResult::OutputFull => {}
        }
        Ok(())
    }
}

impl Read for FromGb18030 {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.out_at == self.out_end {
            if self.broken {
                return Err(io::Error::from(io::ErrorKind::InvalidData));
            }
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let ready = self.out.get(self.out_at..self.out_end).unwrap_or_default();
        let count = ready.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.out_at += count;
        Ok(count)
    }
}
