//! Who may do what.

use wirehub_model::{
    Access, Address, ErrorCode, Namespace, Namespaces, Operation, Principal, Refusal, Topic,
    TopicFilter,
};

/// Whether the client may subscribe to everything the filter matches: every namespace that the
/// filter touches has to allow it.
pub(crate) fn subscribe(
    namespaces: &Namespaces,
    principal: &Principal,
    filter: &TopicFilter,
) -> Result<(), Refusal> {
    let allowed = namespaces
        .touched_by(filter)
        .all(|namespace| allows(namespace.subscribe, principal, Operation::Subscribe, filter));
    if allowed { Ok(()) } else { Err(denied()) }
}

/// Whether a proof may open what the filter matches: a namespace that lets nobody in stays closed.
pub(crate) fn granted(namespaces: &Namespaces, filter: &TopicFilter) -> Result<(), Refusal> {
    let closed = |namespace: &Namespace| namespace.subscribe == Access::Nobody;
    if namespaces.touched_by(filter).any(closed) {
        Err(denied())
    } else {
        Ok(())
    }
}

/// Whether the client may publish to the topic; returns the rules for doing so.
pub(crate) fn publish<'a>(
    namespaces: &'a Namespaces,
    principal: &Principal,
    topic: &Topic,
) -> Result<&'a Namespace, Refusal> {
    let namespace = namespaces.of_topic(topic);
    let filter = TopicFilter::from(topic);
    if allows(namespace.publish, principal, Operation::Publish, &filter) {
        Ok(namespace)
    } else {
        Err(denied())
    }
}

/// Whether the client may see what an `access` guards on a topic.
pub(crate) fn read(
    access: Access,
    principal: &Principal,
    operation: Operation,
    topic: &Topic,
) -> Result<(), Refusal> {
    if allows(access, principal, operation, &TopicFilter::from(topic)) {
        Ok(())
    } else {
        Err(denied())
    }
}

/// Whether the client may send to the address. A direct message is judged like a publication to
/// `$users/<user>` or `$connections/<connection>`, so tokens and namespaces can allow it.
pub(crate) fn send<'a>(
    namespaces: &'a Namespaces,
    principal: &Principal,
    to: &Address,
) -> Result<&'a Namespace, Refusal> {
    let name = match to {
        Address::User(user) => format!("$users/{}", as_level(user.as_str())),
        Address::Connection(connection) => format!("$connections/{connection}"),
    };
    let topic = Topic::parse(&name).map_err(|_| denied())?;
    publish(namespaces, principal, &topic)
}

fn allows(
    access: Access,
    principal: &Principal,
    operation: Operation,
    filter: &TopicFilter,
) -> bool {
    let anyone = match access {
        Access::Nobody => return false,
        Access::Capability => false,
        Access::User => principal.user.is_some(),
        Access::Anyone => true,
    };
    anyone || principal.capabilities.allow(operation, filter)
}

fn denied() -> Refusal {
    Refusal::new(
        ErrorCode::PermissionDenied,
        "neither the token nor the namespace of the topic allows this",
    )
}

/// Writes an identity as one level of a topic: what has a meaning there is percent-encoded.
fn as_level(user: &str) -> String {
    let mut level = String::with_capacity(user.len());
    for letter in user.chars() {
        match letter {
            '%' => level.push_str("%25"),
            '/' => level.push_str("%2F"),
            '+' => level.push_str("%2B"),
            '#' => level.push_str("%23"),
            other => level.push(other),
        }
    }
    level
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wirehub_model::{Capabilities, UserId};

    use super::*;

    fn filter(text: &str) -> TopicFilter {
        TopicFilter::parse(text).unwrap()
    }

    fn principal(subscribe: &[&str], publish: &[&str]) -> Principal {
        let filters = |texts: &[&str]| texts.iter().map(|text| filter(text)).collect();
        Principal {
            user: Some(UserId::parse("u1").unwrap()),
            capabilities: Arc::new(Capabilities {
                subscribe: filters(subscribe),
                publish: filters(publish),
                ..Capabilities::default()
            }),
            ..Principal::default()
        }
    }

    fn namespaces(list: &[(&str, Access)]) -> Namespaces {
        let list = list.iter().map(|(pattern, access)| Namespace {
            subscribe: *access,
            publish: *access,
            ..Namespace::new(filter(pattern))
        });
        Namespaces::new(list.collect(), Namespace::new(filter("#")))
    }

    #[test]
    fn nothing_is_allowed_without_a_reason() {
        let namespaces = Namespaces::default();
        let nobody = principal(&[], &[]);
        assert!(subscribe(&namespaces, &nobody, &filter("a")).is_err());
        let topic = Topic::parse("a").unwrap();
        assert!(publish(&namespaces, &nobody, &topic).is_err());
    }

    #[test]
    fn a_capability_opens_what_it_covers_unless_the_namespace_is_closed() {
        let namespaces = namespaces(&[("closed/#", Access::Nobody)]);
        let client = principal(&["#"], &[]);
        assert!(subscribe(&namespaces, &client, &filter("a/+")).is_ok());
        assert!(subscribe(&namespaces, &client, &filter("closed/1")).is_err());
        // A filter that reaches into the closed namespace is refused as a whole.
        assert!(subscribe(&namespaces, &client, &filter("#")).is_err());
    }

    #[test]
    fn a_namespace_can_be_open_to_users_or_to_all() {
        let namespaces = namespaces(&[("users/#", Access::User), ("all/#", Access::Anyone)]);
        let (user, anonymous) = (principal(&[], &[]), Principal::default());
        assert!(subscribe(&namespaces, &user, &filter("users/1")).is_ok());
        assert!(subscribe(&namespaces, &anonymous, &filter("users/1")).is_err());
        assert!(subscribe(&namespaces, &anonymous, &filter("all/1")).is_ok());
    }

    #[test]
    fn direct_messages_are_judged_like_publications() {
        let namespaces = Namespaces::default();
        let to = |user| Address::User(UserId::parse(user).unwrap());
        let client = principal(&[], &["$users/u2", "$users/a%2Fb"]);
        assert!(send(&namespaces, &client, &to("u2")).is_ok());
        assert!(send(&namespaces, &client, &to("a/b")).is_ok());
        assert!(send(&namespaces, &client, &to("u3")).is_err());
    }
}
