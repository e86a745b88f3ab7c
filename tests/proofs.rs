//! `docs/proofs.md`: every rule of the platform has its row, and every row says what becomes of it by a finding that exists, or why
//! there is none. And what is proved of flows: their near misses are found, each by a call that the graph has.

use flowc::language::diagnostic::Code;
use std::collections::BTreeSet;

/// How many rules there are under each letter.
const RULES: [(char, usize); 16] = [
    ('L', 15),
    ('T', 14),
    ('P', 17),
    ('R', 27),
    ('M', 8),
    ('A', 12),
    ('X', 8),
    ('D', 6),
    ('O', 5),
    ('C', 10),
    ('S', 7),
    ('U', 4),
    ('H', 7),
    ('G', 2),
    ('V', 7),
    ('F', 6),
];

/// The rows of the tables of rules: the rule, and what becomes of it.
fn rows(page: &str) -> Vec<(String, String)> {
    let rules = page.split("## The rules, one by one").nth(1).expect("the section");
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = rules.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule"));
    rows.map(|line| {
        let cells = cells(line);
        assert_eq!(cells.len(), 3, "{line}");
        (cells[0].clone(), cells[2].clone())
    })
    .collect()
}

fn codes(cell: &str) -> Vec<Code> {
    let words = cell.split(|c: char| !c.is_ascii_alphanumeric());
    let named =
        words.filter(|word| word.len() == 5 && word.starts_with('F') && word[1..].bytes().all(|b| b.is_ascii_digit()));
    named.map(|word| Code::parse(word).unwrap_or_else(|| panic!("no code {word}"))).collect()
}

#[test]
fn every_rule_has_its_row() {
    let rows = rows(include_str!("../docs/proofs.md"));
    let named: Vec<&str> = rows.iter().map(|(rule, _)| rule.as_str()).collect();
    let all: Vec<String> =
        RULES.iter().flat_map(|(letter, count)| (1..=*count).map(move |n| format!("{letter}{n:02}"))).collect();
    assert_eq!(all.len(), 155);
    assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), all.iter().map(String::as_str).collect());
    assert_eq!(named.len(), all.len(), "a rule stands twice");
    for (rule, cell) in &rows {
        let why = ["**cannot be written**", "**at run time**", "**later**"].iter().any(|why| cell.contains(why));
        assert!(why || !codes(cell).is_empty(), "{rule}: {cell}");
    }
}

#[test]
fn every_row_of_the_table_is_told_of() {
    use flowc::language::prove::legality::TABLE;
    let rows = rows(include_str!("../docs/proofs.md"));
    for row in TABLE {
        for rule in row.rules {
            let cell = rows.iter().find(|(named, _)| named == rule).map(|(_, cell)| cell.as_str());
            let codes = codes(cell.unwrap_or_else(|| panic!("no rule {rule}")));
            assert!(codes.contains(&row.code), "{rule} is decided by {} too", row.code);
        }
    }
}
