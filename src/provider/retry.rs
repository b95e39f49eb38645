//! Asking again.
//!
//! Between attempts stands a wait: exponential backoff with full jitter
//! (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>), or what the other
//! side asks for with `Retry-After`. The jitter is seeded from the case and the repeat, so equal
//! runs wait equally and different cases do not wait in step.

use std::time::Duration;

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use super::Provider;
use super::answer::Answer;
use super::fault::{Fault, FaultClass};
use super::request::Request;
use crate::time::Clock;

/// How often a wait looks whether it is still wanted.
const SLICE: Duration = Duration::from_millis(50);

/// How often, and how patiently, a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts; 1 never asks again, and 0 counts as 1.
    pub attempts: u32,
    /// The longest wait before the second attempt; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait before any attempt.
    pub longest_wait: Duration,
    /// The longest wait that the other side may ask for; a longer one counts as this.
    pub longest_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(60),
        }
    }
}

/// What came of a call with its retries.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempted<T = Answer> {
    /// The answer, or the last fault.
    pub result: Result<T, Fault>,
    /// How many attempts were made.
    pub attempts: u32,
    /// How many of them the other side had no room for.
    pub rate_limited: u32,
}

/// Asks until there is an answer, a fault that asking again cannot mend, or no attempt left.
///
/// A wait ends early when `stop` says so; the last fault is then the result.
pub fn complete_with_retries(
    provider: &dyn Provider,
    request: &Request,
    policy: &RetryPolicy,
    clock: &dyn Clock,
    stop: &dyn Fn() -> bool,
) -> Attempted {
    let seed = seed(&[&request.case_id], request.repeat);
    retried(&|| provider.complete(request), seed, policy, &Waiting { clock, stop })
}

/// Asks for vectors in the same way as [`complete_with_retries`].
pub fn embed_with_retries(
    provider: &dyn Provider,
    texts: &[String],
    policy: &RetryPolicy,
    clock: &dyn Clock,
    stop: &dyn Fn() -> bool,
) -> Attempted<Vec<Vec<f32>>> {
    let seed = seed(texts, 0);
    retried(&|| provider.embed(texts), seed, policy, &Waiting { clock, stop })
}

struct Waiting<'a> {
    clock: &'a dyn Clock,
    stop: &'a dyn Fn() -> bool,
}

impl Waiting<'_> {
    /// Waits in slices; says whether all of it passed.
    fn wait(&self, wait: Duration) -> bool {
        let mut left = wait;
        while !(self.stop)() {
            if left.is_zero() {
                return true;
            }
            let slice = left.min(SLICE);
            self.clock.sleep(slice);
            left -= slice;
        }
        false
    }
}

fn retried<T>(
    call: &dyn Fn() -> Result<T, Fault>,
    seed: u64,
    policy: &RetryPolicy,
    waiting: &Waiting<'_>,
) -> Attempted<T> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (mut attempts, mut rate_limited) = (0, 0);
    loop {
        attempts += 1;
        let result = call();
        if let Err(fault) = &result {
            rate_limited += u32::from(fault.is_overload());
            let again = fault.class() == FaultClass::Transient && attempts < policy.attempts;
            if again && waiting.wait(pause(policy, attempts, fault, &mut random)) {
                continue;
            }
        }
        return Attempted { result, attempts, rate_limited };
    }
}

/// Returns the wait after some attempts.
///
/// What the other side asks for is a lower bound; the jitter of a first wait is added to it, so
/// that those who were turned away together do not come back together.
fn pause(
    policy: &RetryPolicy,
    attempts: u32,
    fault: &Fault,
    random: &mut Xoshiro256PlusPlus,
) -> Duration {
    let doubled = policy.first_wait.saturating_mul(2_u32.saturating_pow(attempts - 1));
    match fault.retry_after() {
        Some(asked) => asked.min(policy.longest_retry_after) + jitter(policy.first_wait, random),
        None => jitter(doubled.min(policy.longest_wait), random),
    }
}

/// Returns a time from nothing to `longest`, each millisecond as likely.
fn jitter(longest: Duration, random: &mut Xoshiro256PlusPlus) -> Duration {
    let steps = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
    let scaled = (u128::from(random.next_u64()) * u128::from(steps)) >> 64;
    Duration::from_millis(u64::try_from(scaled).unwrap_or(u64::MAX))
}

/// Makes a seed of texts and a number (FNV-1a, 64 bits).
fn seed(texts: &[impl AsRef<str>], number: u32) -> u64 {
    let texts = texts.iter().flat_map(|text| text.as_ref().bytes().chain([0xff]));
    texts.chain(number.to_le_bytes()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
