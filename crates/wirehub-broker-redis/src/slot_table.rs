//! What a server of a cluster says of who has which slot.

use redis::{RedisError, Value, aio::ConnectionLike, aio::MultiplexedConnection};

use crate::{address::Address, slot::Slot, slot_map::SlotMap};

/// Asks a server; says too whether it belongs to the part of the cluster that works.
pub(crate) async fn ask(
    redis: &mut MultiplexedConnection,
    server: &Address,
) -> Result<(SlotMap, bool), RedisError> {
    let mut pipeline = redis::Pipeline::with_capacity(2);
    pipeline
        .cmd("CLUSTER")
        .arg("INFO")
        .cmd("CLUSTER")
        .arg("SLOTS");
    let answers = redis.req_packed_commands(&pipeline, 0, 2).await?;
    let mut answers = answers.into_iter();
    let state: String = redis::from_redis_value(answers.next().unwrap_or_default())?;
    let map = read(&answers.next().unwrap_or_default(), server);
    Ok((map, state.contains("cluster_state:ok")))
}

/// Reads the answer to `CLUSTER SLOTS` of a server. What is not understood is left out.
fn read(table: &Value, server: &Address) -> SlotMap {
    let mut map = SlotMap::of_cluster();
    let Value::Array(rows) = table else {
        return map;
    };
    for row in rows {
        let Value::Array(row) = row else { continue };
        if let [Value::Int(first), Value::Int(last), master, ..] = row.as_slice()
            && let Some(master) = address(master, server)
        {
            let slots = (*first..=*last).map_while(|slot| Slot::new(u16::try_from(slot).ok()?));
            map.give(slots, &master);
        }
    }
    map
}

/// The address of a server. One that does not know its own is where it was asked.
fn address(master: &Value, server: &Address) -> Option<Address> {
    let Value::Array(parts) = master else {
        return None;
    };
    let [host, Value::Int(port), ..] = parts.as_slice() else {
        return None;
    };
    let host = match host {
        Value::BulkString(host) => std::str::from_utf8(host).ok()?,
        Value::SimpleString(host) => host.as_str(),
        Value::Nil => "",
        _ => return None,
    };
    let host = match host {
        "" | "?" => server.host_and_port()?.0,
        host => host,
    };
    let port = u16::try_from(*port).ok().filter(|port| *port > 0)?;
    Some(Address::new(host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: Value, port: i64) -> Value {
        Value::Array(vec![
            host,
            Value::Int(port),
            Value::BulkString(b"id".to_vec()),
        ])
    }

    #[test]
    fn tables_are_read() {
        let named = Value::BulkString(b"10.0.0.1".to_vec());
        let row =
            |first, last, server| Value::Array(vec![Value::Int(first), Value::Int(last), server]);
        let table = Value::Array(vec![
            row(0, 9, server(named.clone(), 7000)),
            row(10, 16_383, server(Value::Nil, 7001)),
            row(-1, 3, server(named.clone(), 7002)),
            row(5, 99_999, server(named, 0)),
            Value::Okay,
        ]);
        let map = read(&table, &Address::new("here", 7));
        let owner = |slot| map.owner(Slot::new(slot).unwrap()).unwrap().to_string();
        assert_eq!(owner(9), "10.0.0.1:7000");
        assert_eq!(owner(10), "here:7001");
        assert_eq!(owner(16_383), "here:7001");
        assert_eq!(map.servers().count(), 2);
    }
}
