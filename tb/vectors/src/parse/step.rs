// SPDX-License-Identifier: Apache-2.0
//! Steps.

use std::collections::BTreeMap;

use sallyport_formats::{DeviceId, Iova, ProcessId};
use sallyport_model::{Access, Request, RequestKind};
use serde::Deserialize;

use super::{ParseError, narrow};
use crate::case::{CommandError, ExpectedFault, RegisterRead, RegisterWrite, Status, Step};
use crate::hex;
use crate::observation::{Observation, ObservedMrif};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    translate: Option<RawRequest>,
    expect: Option<RawAnswer>,
    fault: Option<RawFault>,
    no_fault: Option<bool>,
    command: Option<[String; 2]>,
    error: Option<String>,
    recommand: Option<[String; 2]>,
    write: Option<RawWrite>,
    read: Option<RawRead>,
    store: Option<BTreeMap<String, String>>,
    memory_is: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRequest {
    device_id: u64,
    process_id: Option<u64>,
    #[serde(rename = "priv")]
    privileged: bool,
    access: String,
    #[serde(rename = "type")]
    kind: String,
    no_write: bool,
    iova: String,
    len: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAnswer {
    status: String,
    pa: Option<String>,
    pbmt: Option<u64>,
    msi: Option<bool>,
    mrif: Option<RawMrif>,
    r: Option<u64>,
    w: Option<u64>,
    x: Option<u64>,
    #[serde(rename = "priv")]
    privileged: Option<u64>,
    u: Option<u64>,
    global: Option<u64>,
    size: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMrif {
    address: String,
    nid: u64,
    notice: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFault {
    cause: u64,
    ttyp: u64,
    device_id: u64,
    process_id: Option<u64>,
    #[serde(rename = "priv")]
    privileged: bool,
    iotval: String,
    iotval2: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWrite {
    offset: u64,
    size: u64,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRead {
    offset: u64,
    size: u64,
    expect: String,
    mask: String,
}

/// Parses step number `number`: exactly one action, and `expect` and `error`
/// only beside the action that they belong to.
pub(super) fn parse(number: usize, raw: RawStep) -> Result<Step, ParseError> {
    let mut actions = Vec::new();
    if let Some(request) = raw.translate {
        let expect = raw
            .expect
            .ok_or(ParseError::Step(number, "`translate` without `expect`"))?;
        actions.push(Step::Translate(request.parse()?, expect.parse()?));
    } else if raw.expect.is_some() {
        return Err(ParseError::Step(number, "`expect` without `translate`"));
    }
    if let Some(words) = raw.command {
        let error = raw.error.as_deref().map(command_error).transpose()?;
        actions.push(Step::Command(command(&words)?, error));
    } else if raw.error.is_some() {
        return Err(ParseError::Step(number, "`error` without `command`"));
    }
    match raw.no_fault {
        Some(true) => actions.push(Step::NoFault),
        Some(false) => return Err(ParseError::Step(number, "`no_fault` is always true")),
        None => {}
    }
    if let Some(words) = raw.recommand {
        actions.push(Step::Recommand(command(&words)?));
    }
    if let Some(fault) = raw.fault {
        actions.push(Step::Fault(fault.parse()?));
    }
    if let Some(write) = raw.write {
        actions.push(Step::Write(write.parse()?));
    }
    if let Some(read) = raw.read {
        actions.push(Step::Read(read.parse()?));
    }
    if let Some(map) = raw.store {
        actions.push(Step::Store(hex::memory(&map)?));
    }
    if let Some(map) = raw.memory_is {
        actions.push(Step::MemoryIs(hex::memory(&map)?));
    }
    let count = actions.len();
    match (actions.pop(), count) {
        (Some(action), 1) => Ok(action),
        _ => Err(ParseError::Actions(number, count)),
    }
}

fn command(words: &[String; 2]) -> Result<[u64; 2], ParseError> {
    Ok([hex::number(&words[0])?, hex::number(&words[1])?])
}

fn command_error(word: &str) -> Result<CommandError, ParseError> {
    match word {
        "cmd_ill" => Ok(CommandError::Illegal),
        "cqmf" => Ok(CommandError::MemoryFault),
        _ => Err(wrong_word("error", word, "cmd_ill, cqmf")),
    }
}

fn wrong_word(name: &'static str, value: &str, choices: &'static str) -> ParseError {
    ParseError::Word {
        name,
        value: value.to_owned(),
        choices,
    }
}

fn device_id(value: u64) -> Result<DeviceId, ParseError> {
    let name = "device_id";
    DeviceId::new(narrow(name, value)?).map_err(|_| ParseError::OutOfRange { name, value })
}

fn process_id(value: Option<u64>) -> Result<Option<ProcessId>, ParseError> {
    let name = "process_id";
    value
        .map(|value| {
            ProcessId::new(narrow(name, value)?).map_err(|_| ParseError::OutOfRange { name, value })
        })
        .transpose()
}

fn flag(name: &'static str, value: Option<u64>) -> Result<Option<bool>, ParseError> {
    match value {
        None => Ok(None),
        Some(0) => Ok(Some(false)),
        Some(1) => Ok(Some(true)),
        Some(value) => Err(ParseError::OutOfRange { name, value }),
    }
}

impl RawRequest {
    fn parse(&self) -> Result<Request, ParseError> {
        Ok(Request {
            device_id: device_id(self.device_id)?,
            process_id: process_id(self.process_id)?,
            privileged: self.privileged,
            access: match self.access.as_str() {
                "read" => Access::Read,
                "write" => Access::Write,
                "exec" => Access::Execute,
                word => return Err(wrong_word("access", word, "read, write, exec")),
            },
            kind: match self.kind.as_str() {
                "untranslated" => RequestKind::Untranslated,
                "translated" => RequestKind::Translated,
                "translation_request" => RequestKind::TranslationRequest,
                word => {
                    let choices = "untranslated, translated, translation_request";
                    return Err(wrong_word("type", word, choices));
                }
            },
            no_write: self.no_write,
            iova: Iova::new(hex::number(&self.iova)?),
            len: narrow("len", self.len)?,
        })
    }
}

impl RawAnswer {
    fn parse(&self) -> Result<Observation, ParseError> {
        let number = |text: &Option<String>| text.as_deref().map(hex::number).transpose();
        Ok(Observation {
            status: match self.status.as_str() {
                "success" => Status::Success,
                "ur" => Status::UnsupportedRequest,
                "ca" => Status::CompleterAbort,
                word => return Err(wrong_word("status", word, "success, ur, ca")),
            },
            pa: number(&self.pa)?,
            pbmt: self.pbmt.map(|pbmt| narrow("pbmt", pbmt)).transpose()?,
            msi: self.msi,
            mrif: self.mrif.as_ref().map(RawMrif::parse).transpose()?,
            r: flag("r", self.r)?,
            w: flag("w", self.w)?,
            x: flag("x", self.x)?,
            privileged: flag("priv", self.privileged)?,
            u: flag("u", self.u)?,
            global: flag("global", self.global)?,
            size: number(&self.size)?,
        })
    }
}

impl RawMrif {
    fn parse(&self) -> Result<ObservedMrif, ParseError> {
        Ok(ObservedMrif {
            address: hex::number(&self.address)?,
            nid: narrow("nid", self.nid)?,
            notice: hex::number(&self.notice)?,
        })
    }
}

impl RawFault {
    fn parse(&self) -> Result<ExpectedFault, ParseError> {
        Ok(ExpectedFault {
            cause: narrow("cause", self.cause)?,
            ttyp: narrow("ttyp", self.ttyp)?,
            device_id: device_id(self.device_id)?,
            process_id: process_id(self.process_id)?,
            privileged: self.privileged,
            iotval: hex::number(&self.iotval)?,
            iotval2: hex::number(&self.iotval2)?,
        })
    }
}

/// A register access is of 4 or 8 bytes, aligned, in the register page.
fn access(offset: u64, size: u64) -> Result<u8, ParseError> {
    if size != 4 && size != 8 {
        return Err(ParseError::OutOfRange {
            name: "size",
            value: size,
        });
    }
    if offset & (size - 1) != 0 || offset >= sallyport_formats::constants::REG_FILE_BYTES {
        return Err(ParseError::OutOfRange {
            name: "offset",
            value: offset,
        });
    }
    narrow("size", size)
}

impl RawWrite {
    fn parse(&self) -> Result<RegisterWrite, ParseError> {
        Ok(RegisterWrite {
            offset: self.offset,
            size: access(self.offset, self.size)?,
            value: hex::number(&self.value)?,
        })
    }
}

impl RawRead {
    fn parse(&self) -> Result<RegisterRead, ParseError> {
        Ok(RegisterRead {
            offset: self.offset,
            size: access(self.offset, self.size)?,
            expect: hex::number(&self.expect)?,
            mask: hex::number(&self.mask)?,
        })
    }
}
