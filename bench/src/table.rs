//! Tables for people.

/// Prints `rows` under `head`, columns aligned, as Markdown.
pub(crate) fn print(title: &str, conditions: &str, head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain(head.get(column).map(|cell| cell.chars().count())).max().unwrap_or(0)
    };
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                let pad = " ".repeat(width(column).saturating_sub(cell.chars().count()));
                if column == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
            })
            .collect();
        println!("| {} |", padded.join(" | "));
    };
    println!("\n### {title}\n\n{conditions}\n");
    line(&head.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    let rule: Vec<String> = (0..head.len())
        .map(|column| {
            if column == 0 {
                "-".repeat(width(column))
            } else {
                format!("{}:", "-".repeat(width(column).saturating_sub(1)))
            }
        })
        .collect();
    line(&rule);
    for row in rows {
        line(row);
    }
    println!();
}
