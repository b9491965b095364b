// SPDX-License-Identifier: Apache-2.0
//! What the guest's console says.
//!
//! The guest's init writes its lines into the kernel's log, so that no line runs into
//! another. Only what is understood is kept; the console's text is written out whole
//! elsewhere.

use std::collections::BTreeMap;

/// A fault record as the kernel's driver reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// CAUSE.
    pub cause: u16,
    /// DID.
    pub device: u32,
    /// `iotval`: the address.
    pub iova: u64,
    /// `iotval2`.
    pub iotval2: u64,
}

/// A line that means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The guest's init says something: a word, and what follows it.
    Said(String, String),
    /// The module says something.
    Module(String),
    /// A fault record.
    Fault(Fault),
    /// The kernel complains of the IOMMU, the disk or itself.
    Complaint(String),
}

/// Words of the kernel that mean trouble.
const TROUBLE: [&str; 14] = [
    "Hardware error",
    "timeout when setting ddtp",
    "DDTP",
    "Queue #",
    "Kernel panic",
    "Oops",
    "BUG:",
    "WARNING:",
    "Call Trace",
    "I/O error",
    "timeout, ",
    "Abort status",
    "probe with driver",
    "Device not ready",
];

/// What the module says of a transfer to where nothing is mapped.
const TRANSFER: &str = "the transfer without a page ended with ";

/// Reads one line of the console.
#[must_use]
pub fn event(line: &str) -> Option<Event> {
    let text = message(line.trim_end());
    if let Some(said) = text.strip_prefix("SALLYPORT ") {
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        return Some(Event::Said(word.to_owned(), rest.to_owned()));
    }
    if let Some((_, said)) = text.split_once(": sallyport: ") {
        return Some(Event::Module(said.to_owned()));
    }
    if let Some(fault) = fault(text) {
        return Some(Event::Fault(fault));
    }
    TROUBLE
        .iter()
        .any(|trouble| text.contains(trouble))
        .then(|| Event::Complaint(text.to_owned()))
}

/// The line without the kernel's time stamp.
fn message(line: &str) -> &str {
    line.strip_prefix('[')
        .and_then(|rest| rest.split_once("] "))
        .map_or(line, |(_, message)| message)
}

/// `... Fault 13 devid: 0x8 iotval: 84000000 iotval2: 0`
fn fault(text: &str) -> Option<Fault> {
    let (_, words) = text.split_once(": Fault ")?;
    let mut words = words.split_whitespace();
    let cause = words.next()?.parse().ok()?;
    let mut fields = BTreeMap::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        let digits = value.strip_prefix("0x").unwrap_or(value);
        fields.insert(name, u64::from_str_radix(digits, 16).ok()?);
    }
    Some(Fault {
        cause,
        device: u32::try_from(*fields.get("devid:")?).ok()?,
        iova: *fields.get("iotval:")?,
        iotval2: *fields.get("iotval2:")?,
    })
}

/// What a console has said so far.
#[derive(Clone, Debug, Default)]
pub struct Console {
    /// The last that was said behind each word, of words that are said once.
    said: BTreeMap<String, String>,
    /// Sums by name.
    sums: BTreeMap<String, String>,
    /// What the module has said.
    pub module: Vec<String>,
    /// Fault records.
    pub faults: Vec<Fault>,
    /// What the kernel complains of.
    pub complaints: Vec<String>,
    /// Rogue accesses that have been answered.
    pub asked: Vec<String>,
    /// What init says has failed.
    pub failures: Vec<String>,
}

impl Console {
    /// Reads a whole console.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut console = Self::default();
        for event in text.lines().filter_map(event) {
            console.take(event);
        }
        console
    }

    /// Takes what a line says.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Said(word, rest) => match word.as_str() {
                "sum" => {
                    if let Some((name, sum)) = rest.split_once(' ') {
                        self.sums.insert(name.to_owned(), sum.to_owned());
                    }
                }
                "asked" => self.asked.push(rest),
                "failed" => self.failures.push(rest),
                _ => {
                    self.said.insert(word, rest);
                }
            },
            Event::Module(text) => self.module.push(text),
            Event::Fault(fault) => self.faults.push(fault),
            Event::Complaint(text) => self.complaints.push(text),
        }
    }

    /// What init has said behind a word.
    #[must_use]
    pub fn said(&self, word: &str) -> Option<&str> {
        self.said.get(word).map(String::as_str)
    }

    /// A checksum that init has taken, in hexadecimal.
    #[must_use]
    pub fn sum(&self, name: &str) -> Option<&str> {
        self.sums.get(name).map(String::as_str)
    }

    /// How the last transfer to such a hole has ended: 0, or an error of the kernel's.
    #[must_use]
    pub fn transfer_without_page(&self) -> Option<&str> {
        let mut texts = self.module.iter().rev();
        texts.find_map(|text| text.strip_prefix(TRANSFER))
    }

    /// The addresses, of the device, where the module left a hole.
    pub fn holes(&self) -> impl Iterator<Item = u64> {
        self.module.iter().filter_map(|text| {
            let digits = text.strip_prefix("nothing mapped at 0x")?;
            u64::from_str_radix(digits, 16).ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let said = event("[    2.1] SALLYPORT sum read 00ff\r");
        assert_eq!(said, Some(Event::Said("sum".into(), "read 00ff".into())));
        let fault =
            event("[1.9] iommu_pci 0000:00:02.0: Fault 15 devid: 0x8 iotval: 484200000 iotval2: 7");
        let expected = Fault {
            cause: 15,
            device: 8,
            iova: 0x4_8420_0000,
            iotval2: 7,
        };
        assert_eq!(fault, Some(Event::Fault(expected)));
        let module = event("[2.4] nvme 0000:00:01.0: sallyport: nothing mapped at 0x484200000");
        assert_eq!(
            module,
            Some(Event::Module("nothing mapped at 0x484200000".into()))
        );
        assert!(matches!(
            event("[3.0] iommu_pci 0000:00:02.0: Hardware error: command execution timeout"),
            Some(Event::Complaint(_))
        ));
    }

    #[test]
    fn other_lines_are_not() {
        for line in [
            "",
            "[",
            "[    0.419821] iommu: Default domain type: Translated",
            "[1.9] x: Fault many devid: 0x8 iotval: 0 iotval2: 0",
            "[1.9] x: Fault 15 devid: 0x8 iotval: nine iotval2: 0",
            "[1.9] x: Fault 15 devid:",
        ] {
            assert_eq!(event(line), None, "{line}");
        }
    }
}
