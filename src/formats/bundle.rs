//! A Sigstore bundle as far as it is looked at before anything of it is verified: what kind of
//! statement is inside.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

/// Bytes of a bundle that is unpacked.
const MAX_BUNDLE: usize = 16 << 20;

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "dsseEnvelope")]
    envelope: Envelope,
}

#[derive(Deserialize)]
struct Envelope {
    payload: String,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(rename = "predicateType")]
    predicate: String,
}

/// Returns the `predicateType` of the in-toto statement in a bundle; absent where there is none. It is
/// what the bundle claims: nothing is verified.
pub fn claimed_predicate(bundle: &[u8]) -> Option<String> {
    let bundle: Bundle = serde_json::from_slice(bundle).ok()?;
    let payload = STANDARD.decode(bundle.envelope.payload).ok()?;
    let statement: Statement = serde_json::from_slice(&payload).ok()?;
    Some(statement.predicate)
}

/// Unpacks a bundle as the forge stores it: Snappy's block format, or plain JSON.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    if bytes.first() == Some(&b'{') {
        return Ok(bytes.to_vec());
    }
    let length = snap::raw::decompress_len(bytes).map_err(|e| e.to_string())?;
    if length > MAX_BUNDLE {
        return Err(format!("unpacks to {length} bytes; over the limit"));
    }
    snap::raw::Decoder::new()
        .decompress_vec(bytes)
        .map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_claims_is_read_packed_or_not_and_nothing_else_is_taken_for_it() {
        let statement = STANDARD.encode(r#"{"predicateType":"https://slsa.dev/provenance/v1"}"#);
        let bundle = format!(r#"{{"dsseEnvelope":{{"payload":"{statement}"}}}}"#);
        let packed = snap::raw::Encoder::new()
            .compress_vec(bundle.as_bytes())
            .unwrap();
        for bytes in [packed.as_slice(), bundle.as_bytes()] {
            let unpacked = unpack(bytes).unwrap();
            assert_eq!(
                claimed_predicate(&unpacked).as_deref(),
                Some("https://slsa.dev/provenance/v1")
            );
        }
        for bytes in ["", "{}", r#"{"dsseEnvelope":{"payload":"!"}}"#] {
            assert_eq!(claimed_predicate(bytes.as_bytes()), None);
        }
        assert!(unpack(b"").is_err());
        // Says that it unpacks to 4 GiB.
        assert!(unpack(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0]).is_err());
        assert!(unpack(packed.get(..packed.len() / 2).unwrap()).is_err());
    }
}
