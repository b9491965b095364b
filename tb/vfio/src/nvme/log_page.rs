// SPDX-License-Identifier: Apache-2.0
//! Log pages (NVM Express 1.4, "Get Log Page command").

use super::command::Command;
use super::status::Status;
use super::{MOST_BYTES, TEMPERATURE_KELVIN};

/// The bytes that are asked for. What lies beyond a page is zero.
pub(super) fn log_page(command: &Command) -> Result<Vec<u8>, Status> {
    let [select, high, offset_low, offset_high, ..] = command.words;
    let page = page(select as u8).ok_or(Status::INVALID_LOG_PAGE)?;
    let words = u64::from(select >> 16) | u64::from(high & 0xffff) << 16;
    let bytes = (words + 1) * 4;
    let offset = u64::from(offset_low) | u64::from(offset_high) << 32;
    if bytes > MOST_BYTES || !offset.is_multiple_of(4) || offset > page.len() as u64 {
        return Err(Status::INVALID_FIELD);
    }
    let mut data = page[offset as usize..].to_vec();
    data.resize(bytes as usize, 0);
    Ok(data)
}

fn page(number: u8) -> Option<Vec<u8>> {
    match number {
        // Errors: an entry that tells of none.
        0x01 => Some(vec![0; 64]),
        0x02 => {
            let mut page = vec![0; 512];
            let [low, high] = TEMPERATURE_KELVIN.to_le_bytes();
            (page[1], page[2]) = (low, high);
            // Available spare and its threshold, in per cent.
            (page[3], page[4]) = (100, 10);
            Some(page)
        }
        // Firmware: slot 1 is active.
        0x03 => {
            let mut page = vec![0; 512];
            page[0] = 1;
            page[8..16].fill(b' ');
            let version = env!("CARGO_PKG_VERSION").as_bytes();
            page[8..8 + version.len()].copy_from_slice(version);
            Some(page)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: [u32; 4]) -> Result<Vec<u8>, Status> {
        let [a, b, c, d] = words;
        log_page(&Command {
            words: [a, b, c, d, 0, 0],
            ..Command::default()
        })
    }

    #[test]
    fn a_page_has_as_many_bytes_as_are_asked_for() {
        let health = ask([127 << 16 | 2, 0, 0, 0]).unwrap();
        assert_eq!(health.len(), 512);
        assert_eq!(health[3], 100);
        assert_eq!(ask([2, 0, 0, 0]).unwrap(), health[..4]);
        assert_eq!(ask([2, 0, 4, 0]).unwrap(), health[4..8]);
        assert_eq!(ask([31 << 16 | 1, 0, 0, 0]).unwrap(), [0; 128]);
    }

    #[test]
    fn what_there_is_not_says_why() {
        assert_eq!(ask([5, 0, 0, 0]), Err(Status::INVALID_LOG_PAGE));
        assert_eq!(ask([2, 0, 2, 0]), Err(Status::INVALID_FIELD));
        assert_eq!(ask([2, 0, 1024, 0]), Err(Status::INVALID_FIELD));
        assert_eq!(ask([2, 0xffff, 0, 0]), Err(Status::INVALID_FIELD));
    }
}
