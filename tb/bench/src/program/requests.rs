// SPDX-License-Identifier: Apache-2.0
//! Accesses of a function, cut into packets.

use super::function::Function;
use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_tlp::{AddressType, Answer, Body, Endpoint, Manner, Pasid, Status, Tag, Tlp};

/// How a device's accesses become packets.
#[derive(Clone, Debug)]
pub struct Requests {
    function: Function,
    pub process: Option<ProcessId>,
    pub privileged: bool,
    pub translated: bool,
}

/// A request that was refused, and where it began.
pub type Refused = (Iova, Status);

impl Requests {
    pub const fn new(function: Function) -> Self {
        Self {
            function,
            process: None,
            privileged: false,
            translated: false,
        }
    }

    pub const fn function(&self) -> &Function {
        &self.function
    }

    /// From the same place, in the name of another function.
    pub fn rename(&mut self, device: DeviceId) {
        if let Some(function) = self.function.host().function(device) {
            self.function = function;
        }
    }

    /// An endpoint that knows how long requests are and has nothing under way.
    fn shape(&self) -> Endpoint {
        Endpoint::new(self.function.id(), self.function.limits())
    }

    fn manner(&self) -> Manner {
        Manner {
            address_type: if self.translated {
                AddressType::Translated
            } else {
                AddressType::Untranslated
            },
            pasid: self.process.map(|process_id| Pasid {
                process_id,
                privileged: self.privileged,
                execute: false,
            }),
        }
    }

    /// Reads by as many requests as it takes, all under way at once.
    pub async fn read(&self, at: Iova, len: usize) -> Result<Vec<u8>, Refused> {
        let manner = self.manner();
        let mut pending = Vec::new();
        for (at, count) in pieces(&self.shape(), at.raw(), len, false) {
            let make = |endpoint: &mut Endpoint| read(endpoint, at, count, manner);
            pending.push((at, self.function.submit(make).await));
        }
        let mut bytes = Vec::with_capacity(len);
        let mut refused = None;
        for (at, answer) in pending {
            match answer.await {
                Answer::Data(data) => bytes.extend(data),
                Answer::Translation(_) => {}
                Answer::Refused(status) => {
                    refused = refused.or(Some((Iova::new(at), status)));
                }
            }
        }
        refused.map_or(Ok(bytes), Err)
    }

    /// Writes by as many requests as it takes; they are on their way then.
    pub fn write(&self, at: Iova, bytes: &[u8]) {
        let manner = self.manner();
        let endpoint = self.shape();
        let mut rest = bytes;
        for (at, count) in pieces(&endpoint, at.raw(), bytes.len(), true) {
            let (now, later) = rest.split_at(count);
            rest = later;
            let tlp = endpoint.write(at, now, manner).expect("it fits a packet");
            self.function.send(&tlp);
        }
    }

    /// Reads nothing, which is answered when all writes before it are done.
    pub async fn flush(&self, at: Iova) -> Result<(), Refused> {
        let manner = self.manner();
        let make = |endpoint: &mut Endpoint| {
            let (tag, mut tlp) = read(endpoint, at.raw() & !3, 1, manner);
            if let Body::MemoryRead(read) = &mut tlp.body {
                read.first_be = 0;
            }
            (tag, tlp)
        };
        match self.function.submit(make).await.await {
            Answer::Refused(status) => Err((at, status)),
            Answer::Data(_) | Answer::Translation(_) => Ok(()),
        }
    }
}

fn read(endpoint: &mut Endpoint, at: u64, count: usize, manner: Manner) -> (Tag, Tlp) {
    endpoint.read(at, count, manner).expect("it fits a packet")
}

/// Parts of an access that are a request each: address and bytes.
fn pieces(endpoint: &Endpoint, at: u64, len: usize, write: bool) -> Vec<(u64, usize)> {
    let mut pieces = Vec::new();
    let mut done = 0;
    while done < len {
        let at = at.wrapping_add(done as u64);
        let count = endpoint.longest(at, write).min(len - done);
        pieces.push((at, count));
        done += count;
    }
    pieces
}
