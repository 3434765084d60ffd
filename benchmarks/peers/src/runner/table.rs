//! Tables in Markdown that read well as plain text too.

use std::fmt::{self, Write};

/// Rows of cells under a head. The first column is text, the others are numbers.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    columns: usize,
}

impl Table {
    /// A table with this head.
    pub(crate) fn new(head: &[&str]) -> Self {
        let columns = head.len();
        Self {
            rows: vec![head.iter().map(ToString::to_string).collect()],
            columns,
        }
    }

    /// Adds a row; missing cells are empty, further ones are left out.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut row: Vec<String> = cells.into_iter().take(self.columns).collect();
        row.resize(self.columns, String::new());
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
                .max(3)
        };
        let widths: Vec<usize> = (0..self.columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            out.write_char('|')?;
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(out, " {cell:<width$} |")?,
                    _ => write!(out, " {cell:>width$} |")?,
                }
            }
            out.write_char('\n')?;
            if number == 0 {
                self.rule(out, &widths)?;
            }
        }
        Ok(())
    }
}

impl Table {
    fn rule(&self, out: &mut fmt::Formatter<'_>, widths: &[usize]) -> fmt::Result {
        out.write_char('|')?;
        for (column, width) in widths.iter().enumerate() {
            let dashes = "-".repeat(width + 1);
            match column {
                0 => write!(out, "{dashes}-|")?,
                _ => write!(out, "{dashes}:|")?,
            }
        }
        out.write_char('\n')
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_line_up_and_numbers_stand_right() {
        let mut table = Table::new(&["peer", "per second"]);
        table.row(["bun".to_owned(), "7".to_owned()]);
        table.row(["bare-epoll".to_owned()]);
        table.row(["x".to_owned(), "±1".to_owned(), "dropped".to_owned()]);
        assert_eq!(
            table.to_string(),
            "| peer       | per second |\n\
             |------------|-----------:|\n\
             | bun        |          7 |\n\
             | bare-epoll |            |\n\
             | x          |         ±1 |\n"
        );
    }
}
