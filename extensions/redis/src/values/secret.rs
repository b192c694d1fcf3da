//! How arguments are named, and values are signed.

use twox_hash::XxHash3_128;

/// The shortest secret, in bytes.
const SHORTEST: usize = 16;

/// What all processes of a namespace know and nobody else.
#[derive(Clone)]
pub struct Secret {
    arguments: [u8; 32],
    values: [u8; 32],
}

impl Secret {
    /// A secret of at least 16 bytes.
    pub fn new(secret: &[u8]) -> Option<Self> {
        let derive = |purpose| blake3::derive_key(purpose, secret);
        (secret.len() >= SHORTEST).then(|| Self {
            arguments: derive("gcache 2026 arguments of shared values"),
            values: derive("gcache 2026 envelopes of shared values"),
        })
    }

    /// What stands for arguments that are hidden.
    pub(super) fn hide(&self, fingerprint: &[u8; 16], arguments: &[u8]) -> [u8; 16] {
        keyed(&self.arguments, fingerprint, 0, arguments)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Under which name the value of a call stands.
pub(super) fn place(secret: Option<&Secret>, fingerprint: &[u8; 16], arguments: &[u8]) -> [u8; 16] {
    match secret {
        Some(secret) => keyed(&secret.arguments, fingerprint, 1, arguments),
        None => plain(fingerprint, 1, arguments),
    }
}

/// The signature of what is `written` of a value of this function, or a checksum where there is no secret.
pub(super) fn sign(
    secret: Option<&Secret>,
    fingerprint: &[u8; 16],
    head: usize,
    written: &[u8],
) -> [u8; 16] {
    let head = u64::try_from(head).unwrap_or(u64::MAX);
    match secret {
        Some(secret) => keyed(&secret.values, fingerprint, head, written),
        None => plain(fingerprint, head, written),
    }
}

fn keyed(key: &[u8; 32], fingerprint: &[u8; 16], number: u64, bytes: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(bytes).update(fingerprint).update(&number.to_le_bytes());
    *hasher.finalize().as_bytes().first_chunk().expect("a hash has 32 bytes")
}

fn plain(fingerprint: &[u8; 16], number: u64, bytes: &[u8]) -> [u8; 16] {
    let seed = u64::from_le_bytes(*fingerprint.first_chunk().expect("it has 16 bytes"));
    XxHash3_128::oneshot_with_seed(seed ^ number, bytes).to_le_bytes()
}
