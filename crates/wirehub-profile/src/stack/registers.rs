//! Where a thread is: the few registers that lead to its stack.

#![expect(unsafe_code, reason = "registers are read")]

use libc::c_void;

/// Where a thread is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Registers {
    pub(crate) instruction: u64,
    pub(crate) stack: u64,
    pub(crate) frame: u64,
    /// Where the innermost function returns to, on processors that keep it in a register until
    /// the function calls another.
    pub(crate) link: Option<u64>,
}

impl Registers {
    /// Where the thread was when a signal interrupted it.
    ///
    /// # Safety
    /// `context` must be the third argument of a signal handler with `SA_SIGINFO`, which still
    /// runs.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) unsafe fn interrupted(context: *const c_void) -> Self {
        // SAFETY: the caller promises that the kernel put a context there.
        let context = unsafe { &*context.cast::<libc::ucontext_t>() };
        let register = |number: i32| context.uc_mcontext.gregs[number as usize] as u64;
        Self {
            instruction: register(libc::REG_RIP),
            stack: register(libc::REG_RSP),
            frame: register(libc::REG_RBP),
            link: None,
        }
    }

    /// Where the thread was when a signal interrupted it.
    ///
    /// # Safety
    /// `context` must be the third argument of a signal handler with `SA_SIGINFO`, which still
    /// runs.
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    pub(crate) unsafe fn interrupted(context: *const c_void) -> Self {
        // SAFETY: the caller promises that the kernel put a context there.
        let context = unsafe { &*context.cast::<libc::ucontext_t>() };
        let machine = &context.uc_mcontext;
        Self {
            instruction: machine.pc,
            stack: machine.sp,
            frame: machine.regs[29],
            link: Some(machine.regs[30]),
        }
    }

    /// The frame of the function that this becomes a part of.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[inline(always)]
    pub(crate) fn frame_here() -> u64 {
        let frame: u64;
        // SAFETY: it only reads a register.
        unsafe {
            std::arch::asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack, preserves_flags));
        }
        frame
    }

    /// The frame of the function that this becomes a part of.
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    #[inline(always)]
    pub(crate) fn frame_here() -> u64 {
        let frame: u64;
        // SAFETY: it only reads a register.
        unsafe {
            std::arch::asm!("mov {}, x29", out(reg) frame, options(nomem, nostack, preserves_flags));
        }
        frame
    }
}
