use super::*;

/// A stack as a thread may have it, in memory of our own.
fn frames(returns: &[u64]) -> Box<[u64]> {
    let mut words = vec![0; returns.len() * 2].into_boxed_slice();
    let start = words.as_ptr() as u64;
    for (number, back) in returns.iter().enumerate() {
        let outer = number + 1 < returns.len();
        let next = start + (number as u64 + 1) * 2 * WORD;
        words[number * 2] = if outer { next } else { 0 };
        words[number * 2 + 1] = *back;
    }
    words
}

fn walked(from: Registers, text: Text) -> Vec<u64> {
    let mut seen = Vec::new();
    walk(from, text, |address| {
        seen.push(address);
        true
    });
    seen
}

fn at(frame: u64, instruction: u64) -> Registers {
    Registers {
        instruction,
        stack: frame,
        frame,
        link: None,
    }
}

const TEXT: Text = Text {
    start: 0x1000,
    end: 0x2000,
};

#[test]
fn frames_lead_outwards_to_the_first_one() {
    let stack = frames(&[0x1100, 0x1200, 0x1300]);
    let seen = walked(at(stack.as_ptr() as u64, 0x1010), TEXT);
    assert_eq!(seen, [0x1010, 0x1100, 0x1200, 0x1300]);
}

#[test]
fn what_called_into_the_c_library_is_not_left_out() {
    let mut memory = vec![7_u64, 0x1150, 9, 9].into_boxed_slice();
    let stack = memory.as_mut_ptr() as u64;
    memory[2] = 0;
    memory[3] = 0x1200;
    let from = Registers {
        stack,
        frame: stack + 2 * WORD,
        ..at(0, 0x7000)
    };
    assert_eq!(walked(from, TEXT), [0x7000, 0x1150, 0x1200]);
}

#[test]
fn frame_pointers_that_are_none_end_the_stack() {
    for frame in [0, 8, 0x1001, u64::MAX - 7, 1 << 62] {
        let from = Registers {
            stack: 0,
            ..at(frame, 0x1010)
        };
        assert_eq!(walked(from, TEXT)[0], 0x1010);
    }
    let mut ring = frames(&[0x1100, 0x1200]);
    ring[2] = ring.as_ptr() as u64;
    let seen = walked(at(ring.as_ptr() as u64, 0x1010), TEXT);
    assert_eq!(seen, [0x1010, 0x1100, 0x1200], "a ring is left");
}

#[test]
fn our_own_stack_can_be_read() {
    assert!(can_be_read());
    let mut depth = 0;
    walk_callers(Registers::frame_here(), |address| {
        depth += 1;
        address != 0
    });
    assert!(depth > 3, "{depth} frames");
}
