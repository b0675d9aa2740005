//! Which columns of which table are about a person: the list in `inventory.txt`, read once. A test
//! holds it against the schema.

use std::sync::LazyLock;

/// How a column names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    Id,
    Email,
    Name,
    /// By the id of a row of this table, which names the person as its `person_id`.
    Through(&'static str),
}

/// What a line of the list says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Rows whose column names the person.
    Tie { kind: &'static str, column: &'static str, how: How },
    /// About a person, and not handed out.
    Held { kind: &'static str },
    /// About nobody.
    Plain,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub table: &'static str,
    pub holds: Holds,
    pub columns: Vec<Column>,
}

/// A column that is handed out, or stands for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub is_bool: bool,
}

/// The whole list.
pub static INVENTORY: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let lines = include_str!("inventory.txt").lines();
    lines.filter(|line| !line.starts_with('#')).filter_map(entry).collect()
});

fn entry(line: &'static str) -> Option<Entry> {
    let (head, columns) = line.split_once(" : ")?;
    let mut head = head.split(' ');
    let (table, what) = (head.next()?, head.next()?);
    let holds = match what {
        "tie" => {
            let kind = head.next()?;
            let (column, how) = head.next()?.split_once('=')?;
            let how = match how {
                "id" => How::Id,
                "email" => How::Email,
                "name" => How::Name,
                table => How::Through(table),
            };
            Holds::Tie { kind, column, how }
        }
        "held" => Holds::Held { kind: head.next()? },
        "plain" => Holds::Plain,
        _ => return None,
    };
    let columns = columns.split(' ').map(|name| match name.strip_suffix('?') {
        Some(name) => Column { name, is_bool: true },
        None => Column { name, is_bool: false },
    });
    Some(Entry { table, holds, columns: columns.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::rules::RETENTION;

    #[test]
    fn every_line_is_understood_and_each_kind_has_its_retention() {
        let text = include_str!("inventory.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(INVENTORY.len(), lines);
        for entry in INVENTORY.iter() {
            if let Holds::Tie { kind, .. } | Holds::Held { kind } = entry.holds {
                assert!(RETENTION.iter().any(|kept| kept.code == kind), "{entry:?}");
            }
        }
    }
}
