//! The report: one row for each thing measured.

use serde::Serialize;
use std::fmt::Write as _;
use std::path::Path;

/// Which way is good.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    /// Times, sizes.
    Lower,
    /// Rates.
    Higher,
}

/// A row. Absent figures are null in the report.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: &'static str,
    pub unit: &'static str,
    pub better: Better,
    pub ours: f64,
    /// The same work by the bare means.
    pub limit: Option<f64>,
    /// The same work by somebody else's.
    pub peer: Option<f64>,
    pub ratio_limit: Option<f64>,
    pub ratio_peer: Option<f64>,
    /// What `ratio_limit` may be at most, or at least where higher is better; `ratio_peer`, where there is no limit; `ours`,
    /// where there is neither.
    pub goal: Option<f64>,
    /// Whether it is; null where no goal is set.
    pub holds: Option<bool>,
}

impl Row {
    /// A row whose goal is a ratio to the limit.
    pub fn against_limit(
        name: &'static str,
        unit: &'static str,
        ours: f64,
        limit: f64,
        goal: Option<f64>,
    ) -> Self {
        let ratio = ours / limit;
        Self {
            name,
            unit,
            better: Better::Lower,
            ours,
            limit: Some(limit),
            peer: None,
            ratio_limit: Some(ratio),
            ratio_peer: None,
            goal,
            holds: goal.map(|goal| ratio <= goal),
        }
    }

    /// A rate whose goal is a ratio to the limit.
    pub fn at_least_of_limit(
        name: &'static str,
        unit: &'static str,
        ours: f64,
        limit: f64,
        goal: f64,
    ) -> Self {
        let row = Self::against_limit(name, unit, ours, limit, None);
        let holds = row.ratio_limit.map(|ratio| ratio >= goal);
        Self { better: Better::Higher, goal: Some(goal), holds, ..row }
    }

    /// A rate whose goal is a ratio to the peer.
    pub fn at_least_of_peer(name: &'static str, unit: &'static str, ours: f64, peer: f64, goal: f64) -> Self {
        let row = Self { better: Better::Higher, ..Self::under(name, unit, ours, goal) };
        let row = row.beside(peer);
        Self { holds: row.ratio_peer.map(|ratio| ratio >= goal), ..row }
    }

    /// With a peer's figure.
    pub fn beside(self, peer: f64) -> Self {
        Self { peer: Some(peer), ratio_peer: Some(self.ours / peer), ..self }
    }

    /// A row whose goal is a figure.
    pub fn under(name: &'static str, unit: &'static str, ours: f64, goal: f64) -> Self {
        Self {
            name,
            unit,
            better: Better::Lower,
            ours,
            limit: None,
            peer: None,
            ratio_limit: None,
            ratio_peer: None,
            goal: Some(goal),
            holds: Some(ours <= goal),
        }
    }
}

#[derive(Serialize)]
struct Report<'a> {
    rows: &'a [Row],
}

/// Writes report.json and report.md.
pub fn write(folder: &Path, rows: &[Row]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("report.json"), serde_json::to_string_pretty(&Report { rows })? + "\n")?;
    std::fs::write(folder.join("report.md"), markdown(rows))
}

/// The rows as a table for people.
pub fn markdown(rows: &[Row]) -> String {
    let figure = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"));
    let mut text = String::from(
        "| what | unit | ours | limit | peer | ours/limit | ours/peer | goal | holds |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for row in rows {
        let holds = row.holds.map_or("–", |holds| if holds { "yes" } else { "NO" });
        let _ = writeln!(
            text,
            "| {} | {} | {:.2} | {} | {} | {} | {} | {} | {holds} |",
            row.name,
            row.unit,
            row.ours,
            figure(row.limit),
            figure(row.peer),
            figure(row.ratio_limit),
            figure(row.ratio_peer),
            figure(row.goal),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_to_reach_its_goal() {
        let limit = |ours| Row::at_least_of_limit("a", "1/s", ours, 10.0, 0.5).beside(20.0);
        let peer = |ours| Row::at_least_of_peer("a", "1/s", ours, 10.0, 1.2);
        assert_eq!((limit(5.0).holds, limit(4.9).holds), (Some(true), Some(false)));
        assert_eq!((limit(5.0).ratio_limit, limit(5.0).ratio_peer), (Some(0.5), Some(0.25)));
        assert_eq!(
            (peer(12.0).holds, peer(11.9).holds, peer(12.0).ratio_limit),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn a_row_says_whether_its_goal_holds() {
        let row = |goal| Row::against_limit("a", "ms", 3.0, 2.0, goal);
        assert_eq!(
            (row(Some(1.5)).holds, row(Some(1.4)).holds, row(None).holds),
            (Some(true), Some(false), None)
        );
        let json = serde_json::to_value(Report { rows: &[row(None)] }).unwrap();
        let names: Vec<_> = json["rows"][0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["better", "goal", "holds", "limit", "name", "ours", "peer", "ratio_limit", "ratio_peer", "unit"]
        );
        assert_eq!(
            (&json["rows"][0]["better"], &json["rows"][0]["peer"]),
            (&"lower".into(), &serde_json::Value::Null)
        );
        assert!(
            markdown(&[row(Some(1.4))]).ends_with("| a | ms | 3.00 | 2.00 | – | 1.50 | – | 1.40 | NO |\n")
        );
    }
}
