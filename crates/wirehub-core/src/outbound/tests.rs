use super::*;

#[derive(Debug)]
struct Pongs;

impl Encode for Pongs {
    fn encode(&mut self, _: Flavour, _: &Event<'_>, out: &mut Vec<u8>) {
        out.extend(b"pong");
    }
}

/// Tells slots 0 and 1 something; returns how many heard it.
fn fan_out(outbound: &mut Outbound<Pongs>, skip: Option<u32>) -> u64 {
    let mut fan_out = outbound.fan_out(&Event::Pong, Patience::default(), skip);
    outbound.deliver(&mut fan_out, &[0, 1]);
    outbound.deliver_to_all(&mut fan_out);
    outbound.finish(&fan_out, None, &mut Stats::default())
}

#[test]
fn everybody_hears_it_once_even_when_the_numbers_begin_again() {
    let mut outbound = Outbound::new(Pongs, 1_000);
    for slot in [0, 1] {
        outbound.begin(slot, Flavour::default());
        outbound.set_open(slot);
    }
    // The first lane remembers the number that comes again.
    assert_eq!(fan_out(&mut outbound, Some(1)), 1);
    outbound.stamp = u32::MAX - 1;
    for _ in 0..3 {
        assert_eq!(fan_out(&mut outbound, None), 2);
    }
    assert_eq!(fan_out(&mut outbound, Some(0)), 1);
}
