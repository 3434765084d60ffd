//! What a subscriber chooses by tags.

use wirehub_model::{Refusal, TagTest, TagsFilter};

use super::{encode::EVENT, proto::FilterNode};
use crate::native::field;

/// Reads a condition, within the bounds of [`TagsFilter`].
pub(super) fn filter(node: FilterNode) -> Result<TagsFilter, Refusal> {
    let room = &mut Room {
        parts: TagsFilter::PARTS_MAX,
        bytes: TagsFilter::BYTES_MAX,
    };
    condition(node, room)
}

/// How much more a filter may hold.
struct Room {
    parts: usize,
    bytes: usize,
}

impl Room {
    fn take(&mut self, text: &str) -> Result<(), Refusal> {
        let parts = self.parts.checked_sub(1);
        let bytes = self.bytes.checked_sub(text.len());
        let (Some(parts), Some(bytes)) = (parts, bytes) else {
            return Err(field::bad("`tf` has too many parts, or they are too long"));
        };
        *self = Self { parts, bytes };
        Ok(())
    }
}

fn condition(node: FilterNode, room: &mut Room) -> Result<TagsFilter, Refusal> {
    room.take(&node.key)?;
    if node.op.is_empty() {
        return tag(node, room);
    }
    let mut nodes = Vec::with_capacity(node.nodes.len().min(room.parts));
    for inner in node.nodes {
        nodes.push(condition(inner, room)?);
    }
    match (&*node.op, nodes.len()) {
        ("and", 1..) => Ok(TagsFilter::All(nodes)),
        ("or", 1..) => Ok(TagsFilter::Any(nodes)),
        ("not", 1) => Ok(TagsFilter::Not(Box::new(nodes.swap_remove(0)))),
        ("and" | "or" | "not", _) => Err(field::bad(
            "in `tf`, `and` and `or` need `nodes`, and `not` needs one",
        )),
        _ => Err(field::bad("in `tf`, `op` is `and`, `or`, `not` or empty")),
    }
}

/// A condition on one tag. What it does not need must not be there, as in Centrifugo.
fn tag(node: FilterNode, room: &mut Room) -> Result<TagsFilter, Refusal> {
    let FilterNode {
        key,
        cmp,
        val,
        vals,
        ..
    } = node;
    room.take(&val)?;
    vals.iter().try_for_each(|val| room.take(val))?;
    let wants_key = !matches!(&*cmp, "ex" | "nex");
    let fits = match &*cmp {
        "ex" | "nex" => val.is_empty() && vals.is_empty(),
        "in" | "nin" => val.is_empty() && !vals.is_empty(),
        _ => !val.is_empty() && vals.is_empty(),
    };
    if !fits || (wants_key && key.is_empty()) {
        return Err(field::bad(
            "in `tf`, `in` and `nin` need `key` and `vals`, `ex` and `nex` neither `val` nor \
             `vals`, and all others `key` and `val`",
        ));
    }
    let val = val.into_boxed_str();
    let vals = || vals.into_iter().map(String::into_boxed_str).collect();
    let test = match &*cmp {
        "eq" => TagTest::Is(val),
        "neq" => TagTest::IsNot(val),
        "in" => TagTest::OneOf(vals()),
        "nin" => TagTest::NoneOf(vals()),
        "ex" => TagTest::Exists,
        "nex" => TagTest::Missing,
        "sw" => TagTest::StartsWith(val),
        "ew" => TagTest::EndsWith(val),
        "ct" => TagTest::Contains(val),
        "lt" => TagTest::Below(val),
        "lte" => TagTest::AtMost(val),
        "gt" => TagTest::Above(val),
        "gte" => TagTest::AtLeast(val),
        _ => return Err(field::bad("in `tf`, `cmp` is no comparison that is known")),
    };
    Ok(match &*key {
        EVENT => TagsFilter::Event(test),
        _ => TagsFilter::Tag(key.into_boxed_str(), test),
    })
}

#[cfg(test)]
mod tests {
    use wirehub_model::{ErrorCode, EventName, Message, Payload, Tags};

    use super::*;

    fn leaf(cmp: &str, key: &str, val: &str, vals: &[&str]) -> FilterNode {
        FilterNode {
            cmp: cmp.to_owned(),
            key: key.to_owned(),
            val: val.to_owned(),
            vals: vals.iter().map(|&val| val.to_owned()).collect(),
            ..FilterNode::default()
        }
    }

    fn over(op: &str, nodes: Vec<FilterNode>) -> FilterNode {
        FilterNode {
            op: op.to_owned(),
            nodes,
            ..FilterNode::default()
        }
    }

    #[test]
    fn every_comparison_is_known() {
        let chosen = Message {
            event: EventName::parse("paid"),
            tags: Tags::new([("n", "10"), ("name", "abc")]).unwrap(),
            ..Message::of(Payload::Json("1".into()))
        };
        let good = [
            leaf("eq", "event", "paid", &[]),
            leaf("eq", "name", "abc", &[]),
            leaf("neq", "name", "x", &[]),
            leaf("in", "name", "", &["x", "abc"]),
            leaf("nin", "name", "", &["x"]),
            leaf("ex", "name", "", &[]),
            leaf("nex", "other", "", &[]),
            leaf("sw", "name", "ab", &[]),
            leaf("ew", "name", "bc", &[]),
            leaf("ct", "name", "b", &[]),
            leaf("lt", "n", "11", &[]),
            leaf("lte", "n", "10", &[]),
            leaf("gt", "n", "9", &[]),
            leaf("gte", "n", "10", &[]),
        ];
        for node in &good {
            let filter = filter(node.clone()).unwrap();
            assert!(filter.matches(&chosen), "{node:?}");
        }
        let all = over("and", good.to_vec());
        let none = over("not", vec![over("or", vec![all.clone()])]);
        assert!(filter(all).unwrap().matches(&chosen));
        assert!(!filter(none).unwrap().matches(&chosen));
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        let deep = (0..40).fold(leaf("ex", "a", "", &[]), |node, _| over("not", vec![node]));
        assert!(filter(deep.clone()).is_ok());
        let deeper = (0..40).fold(deep, |node, _| over("not", vec![node]));
        let long = "x".repeat(TagsFilter::BYTES_MAX);
        let bad = [
            FilterNode::default(),
            leaf("eq", "", "a", &[]),
            leaf("eq", "a", "", &[]),
            leaf("eq", "a", "b", &["c"]),
            leaf("in", "a", "", &[]),
            leaf("in", "a", "b", &["c"]),
            leaf("ex", "a", "b", &[]),
            leaf("like", "a", "b", &[]),
            leaf("eq", "a", &long, &[]),
            over("and", Vec::new()),
            over("not", vec![leaf("ex", "a", "", &[]); 2]),
            over("xor", vec![leaf("ex", "a", "", &[])]),
            over("or", vec![leaf("ex", "a", "", &[]); TagsFilter::PARTS_MAX]),
            deeper,
        ];
        for node in bad {
            let refusal = filter(node).unwrap_err();
            assert_eq!(refusal.code, ErrorCode::BadRequest, "{refusal:?}");
        }
    }
}
