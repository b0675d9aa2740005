/// A report before it is written in any format.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The sheet's name.
    pub name: String,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
    /// What the second sheet of a workbook says: filter, time, checkpoint.
    pub notes: Vec<(String, String)>,
}

/// One cell. Numbers carry their exact decimal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    Text(String),
    Number(String),
    Empty,
}

impl Cell {
    pub fn text(value: impl ToString) -> Self {
        Self::Text(value.to_string())
    }

    pub fn number(value: impl ToString) -> Self {
        Self::Number(value.to_string())
    }
}
