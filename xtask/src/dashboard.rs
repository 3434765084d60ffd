//! The Grafana dashboard that is shipped, made from this table: every metric has a place in it.

mod rows;

use serde_json::{Value, json};

use rows::{Panel, ROWS};

/// A graph's width and height, in Grafana's grid of 24 columns.
const WIDTH: usize = 8;
const HEIGHT: usize = 7;
const COLUMNS: usize = 24;

/// The dashboard as Grafana imports it.
pub(crate) fn text() -> String {
    let mut panels = Vec::new();
    let mut y = 0;
    for row in ROWS {
        panels.push(json!({
            "id": panels.len() + 1,
            "type": "row",
            "title": row.title,
            "collapsed": false,
            "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y},
            "panels": [],
        }));
        y += 1;
        for (place, panel) in row.panels.iter().enumerate() {
            let x = place * WIDTH % COLUMNS;
            let top = y + place * WIDTH / COLUMNS * HEIGHT;
            panels.push(panel.json(panels.len() + 1, x, top));
        }
        y += row.panels.len().div_ceil(COLUMNS / WIDTH) * HEIGHT;
    }
    let dashboard = json!({
        "uid": "wirehub",
        "title": "Wirehub",
        "tags": ["wirehub"],
        "schemaVersion": 39,
        "editable": true,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [
            {"name": "datasource", "label": "Data", "type": "datasource", "query": "prometheus"},
            {
                "name": "instance",
                "label": "Hub",
                "type": "query",
                "datasource": data_source(),
                "query": "label_values(wirehub_build_info, instance)",
                "refresh": 2,
                "multi": true,
                "includeAll": true,
                "allValue": ".*",
            },
        ]},
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

fn data_source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

impl Panel {
    fn json(&self, id: usize, x: usize, y: usize) -> Value {
        let lines = ('A'..='Z').zip(self.lines);
        let targets = lines.map(|(name, (query, legend))| {
            let query = query.replace("$h", r#"instance=~"$instance""#);
            let query = query.replace("$r", "[$__rate_interval]");
            json!({"refId": name.to_string(), "expr": query, "legendFormat": legend})
        });
        json!({
            "id": id,
            "type": "timeseries",
            "title": self.title,
            "datasource": data_source(),
            "gridPos": {"h": HEIGHT, "w": WIDTH, "x": x, "y": y},
            "fieldConfig": {
                "defaults": {"unit": self.unit, "custom": {"fillOpacity": 10}},
                "overrides": [],
            },
            "options": {"tooltip": {"mode": "multi"}, "legend": {"placement": "bottom"}},
            "targets": targets.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    #[test]
    fn panels_have_names_of_their_own_and_lie_beside_each_other() {
        let dashboard: Value = serde_json::from_str(&super::text()).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let mut places = Vec::new();
        for (number, panel) in (1_u64..).zip(panels) {
            assert_eq!(panel["id"], number);
            let at = &panel["gridPos"];
            let place = (at["x"].as_u64().unwrap(), at["y"].as_u64().unwrap());
            assert!(!places.contains(&place), "{}", panel["title"]);
            places.push(place);
        }
    }
}
