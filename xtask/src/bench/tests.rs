use serde_json::json;

use super::with_bench;

#[test]
fn packages_are_found_by_their_bench_target() {
    let target = |name: &str, kind: &str| json!([{"name": name, "kind": [kind]}]);
    let metadata = json!({"packages": [
        {"name": "counts", "targets": target("instructions", "bench")},
        {"name": "times", "targets": target("throughput", "bench")},
        {"name": "shows", "targets": target("instructions", "example")},
    ]});
    assert_eq!(with_bench(&metadata, "instructions"), ["counts"]);
}
