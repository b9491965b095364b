// SPDX-License-Identifier: Apache-2.0
//! The packet that makes a request.

use sallyport_model::{Access, Request, RequestKind};
use sallyport_tlp::{AddressType, Endpoint, Manner, Pasid, Tag, Tlp};

/// Bytes that a packet cannot cross.
const BOUNDARY: u64 = 4096;
/// Bytes that a write can have.
const LONGEST_WRITE: u32 = 512;

/// Whether there is a packet for the request: none expresses execution or privilege
/// without a process, the lowest two bits of an address to be translated, nor what
/// crosses 4 KiB or is longer than a packet may be.
pub(super) fn is_packet(request: &Request) -> bool {
    let bare = request.process_id.is_none();
    let needs_process = request.privileged || request.access == Access::Execute;
    if bare && needs_process {
        return false;
    }
    if request.kind == RequestKind::TranslationRequest {
        return request.iova.raw().is_multiple_of(4);
    }
    let offset = request.iova.raw() % BOUNDARY;
    request.len > 0
        && offset + u64::from(request.len) <= BOUNDARY
        && (request.access != Access::Write || request.len <= LONGEST_WRITE)
}

/// The packet that makes the request, with its tag if it is answered.
pub(super) fn packet(
    endpoint: &mut Endpoint,
    request: &Request,
) -> Result<(Option<Tag>, Tlp), String> {
    let pasid = request.process_id.map(|process_id| Pasid {
        process_id,
        privileged: request.privileged,
        execute: request.access == Access::Execute,
    });
    let manner = Manner {
        address_type: match request.kind {
            RequestKind::Translated => AddressType::Translated,
            RequestKind::Untranslated | RequestKind::TranslationRequest => {
                AddressType::Untranslated
            }
        },
        pasid,
    };
    let at = request.iova.raw();
    if request.kind == RequestKind::TranslationRequest {
        let (tag, tlp) = endpoint.translate(at, 1, request.no_write, pasid);
        return Ok((Some(tag), tlp));
    }
    let length = request.len as usize;
    match request.access {
        Access::Write => {
            let tlp = endpoint
                .write(at, &vec![0xa5; length], manner)
                .map_err(|e| e.to_string())?;
            Ok((None, tlp))
        }
        Access::Read | Access::Execute => {
            let (tag, tlp) = endpoint
                .read(at, length, manner)
                .map_err(|e| e.to_string())?;
            Ok((Some(tag), tlp))
        }
    }
}
