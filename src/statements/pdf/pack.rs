//! The file made smaller without changing what it says. The library writes every part of the
//! structure tree as an object of its own, in plain text; PDF 1.5 and later keep such objects
//! together, compressed, and the table of where they are likewise (ISO 32000-1, 7.5.7 and 7.5.8).
//! PDF/A-2 and PDF/UA-1 allow it.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use memchr::memmem;

/// One object of the file.
#[derive(Clone, Copy)]
enum Object<'a> {
    /// Nothing has this number.
    Free,
    /// A stream, which stands by itself.
    Stream(&'a [u8]),
    /// Anything else, without its number and end.
    Plain(&'a [u8]),
}

/// The same file, packed; None when it isn't written as the library writes files.
pub(super) fn packed(file: &[u8]) -> Option<Vec<u8>> {
    let (objects, begins, root) = read(file)?;
    let mut out = file.get(..begins)?.to_vec();
    let count = objects.len();
    // The number of the object that holds the others, and of the one that says where all are.
    let (holder, table) = (count, count + 1);
    let (mut index, mut held, mut places) = (String::new(), Vec::new(), Vec::new());
    let mut inside = 0_usize;
    for (number, object) in objects.iter().enumerate() {
        places.extend(match object {
            Object::Free => place(0, 0, u16::MAX.into())?,
            Object::Stream(bytes) => {
                let at = out.len();
                out.extend(*bytes);
                out.push(b'\n');
                place(1, at, 0)?
            }
            Object::Plain(bytes) => {
                index.push_str(&format!("{number} {} ", held.len()));
                held.extend(*bytes);
                held.push(b'\n');
                inside += 1;
                place(2, holder, inside - 1)?
            }
        });
    }
    places.extend(place(1, out.len(), 0)?);
    let first = index.len();
    let body = compressed(&[index.as_bytes(), &held].concat())?;
    let head = format!("/Type/ObjStm/N {inside}/First {first}");
    stream(&mut out, holder, &head, &body);
    let at = out.len();
    places.extend(place(1, at, 0)?);
    let body = compressed(&places)?;
    let head = format!("/Type/XRef/W[1 3 2]/Size {}{root}", table + 1);
    stream(&mut out, table, &head, &body);
    out.extend(format!("startxref\n{at}\n%%EOF").bytes());
    Some(out)
}

/// The objects by number, where the first begins, and what the trailer says besides their count.
fn read(file: &[u8]) -> Option<(Vec<Object<'_>>, usize, &str)> {
    let at = memmem::rfind(file, b"startxref\n")?;
    let table: usize = line(file.get(at..)?, 1)?.parse().ok()?;
    let trailer = file.get(table..at)?;
    let trailer = trailer.get(memmem::rfind(trailer, b"trailer\n")?..)?;
    let root = line(trailer, 1)?.strip_prefix("<</Size ")?.strip_suffix(">>")?;
    let (count, _) = root.split_once('/')?;
    let root = root.get(count.len()..)?;
    let count: usize = count.parse().ok()?;
    // Every entry is twenty bytes: ten digits, five digits, a letter.
    let entries = file.get(table..)?.strip_prefix(format!("xref\n0 {count}\n").as_bytes())?;
    let places: Vec<Option<usize>> = entries
        .chunks_exact(20)
        .take(count)
        .map(|entry| {
            let digits = std::str::from_utf8(entry.get(..10)?).ok()?;
            (entry.get(17) == Some(&b'n')).then(|| digits.parse().ok()).flatten()
        })
        .collect();
    let mut ends: Vec<usize> = places.iter().flatten().copied().chain([table]).collect();
    ends.sort_unstable();
    let begins = *ends.first()?;
    let object = |(number, place): (usize, &Option<usize>)| {
        let Some(from) = *place else { return Some(Object::Free) };
        let end = *ends.get(ends.partition_point(|end| *end <= from))?;
        let whole = file.get(from..end)?.trim_ascii_end();
        let body = whole.strip_prefix(format!("{number} 0 obj").as_bytes())?;
        let body = body.strip_suffix(b"endobj")?.trim_ascii();
        Some(if body.ends_with(b"endstream") { Object::Stream(whole) } else { Object::Plain(body) })
    };
    let objects = places.iter().enumerate().map(object).collect::<Option<Vec<_>>>()?;
    (objects.len() == count).then_some((objects, begins, root))
}

fn line(text: &[u8], number: usize) -> Option<&str> {
    std::str::from_utf8(text.split(|byte| *byte == b'\n').nth(number)?).ok()
}

/// An entry of the table: its kind in a byte, then three bytes, then two.
fn place(kind: u8, at: usize, index: usize) -> Option<[u8; 6]> {
    let [0, a, b, c] = u32::try_from(at).ok()?.to_be_bytes() else { return None };
    let [d, e] = u16::try_from(index).ok()?.to_be_bytes();
    Some([kind, a, b, c, d, e])
}

fn stream(out: &mut Vec<u8>, number: usize, head: &str, body: &[u8]) {
    let length = body.len();
    let head = format!("{number} 0 obj\n<<{head}/Length {length}/Filter/FlateDecode>>\nstream\n");
    out.extend(head.bytes());
    out.extend(body);
    out.extend(b"\nendstream\nendobj\n");
}

fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// As the library writes files.
    fn plain() -> Vec<u8> {
        let mut file = b"%PDF-1.7\n%\xc2\xc3\n".to_vec();
        let bodies: [&[u8]; 3] = [
            b"<</Type/Catalog/Pages 3 0 R>>",
            b"<</Length 3>>\nstream\nabc\nendstream",
            b"<</Type/Pages/Count 0/Kids[]>>",
        ];
        let mut table = "xref\n0 4\n0000000000 65535 f\r\n".to_owned();
        for (number, body) in (1..).zip(bodies) {
            table.push_str(&format!("{:010} 00000 n\r\n", file.len()));
            file.extend(format!("{number} 0 obj\n").bytes());
            file.extend(body);
            file.extend(b"\nendobj\n");
        }
        let at = file.len();
        file.extend(table.bytes());
        file.extend(b"trailer\n<</Size 4/Root 1 0 R/ID[(a)(b)]>>\nstartxref\n");
        file.extend(format!("{at}\n%%EOF").bytes());
        file
    }

    fn inflated(file: &[u8], kind: &str) -> Vec<u8> {
        let from = memmem::find(file, kind.as_bytes()).expect(kind);
        let begins = from + memmem::find(&file[from..], b"stream\n").unwrap() + 7;
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(&file[begins..]).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn streams_stay_and_the_rest_goes_together() {
        let file = packed(&plain()).unwrap();
        assert!(file.starts_with(b"%PDF-1.7\n%\xc2\xc3\n2 0 obj\n<</Length 3>>\nstream\nabc\n"));
        assert_eq!(
            inflated(&file, "/ObjStm"),
            b"1 0 3 30 <</Type/Catalog/Pages 3 0 R>>\n<</Type/Pages/Count 0/Kids[]>>\n"
        );
        let holder = memmem::find(&file, b"4 0 obj").unwrap();
        let table = memmem::find(&file, b"5 0 obj").unwrap();
        let entry = |kind, at, index| place(kind, at, index).unwrap();
        let places = [
            entry(0, 0, 65_535),
            entry(2, 4, 0),
            entry(1, 14, 0),
            entry(2, 4, 1),
            entry(1, holder, 0),
            entry(1, table, 0),
        ];
        assert_eq!(inflated(&file, "/XRef"), places.concat());
        assert!(memmem::find(&file, b"/Size 6/Root 1 0 R/ID[(a)(b)]").is_some());
        assert!(file.ends_with(format!("startxref\n{table}\n%%EOF").as_bytes()));
    }

    #[test]
    fn what_is_no_such_file_is_left_alone() {
        assert!(packed(b"").is_none());
        assert!(packed(b"%PDF-1.7\nstartxref\n9\n%%EOF").is_none());
        let mut file = plain();
        let at = memmem::find(&file, b"2 0 obj").unwrap();
        file[at] = b'7';
        assert!(packed(&file).is_none());
    }
}
