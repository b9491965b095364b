// SPDX-License-Identifier: Apache-2.0
//! Cases as lines of a vector file: the reverse of `sallyport_vectors`' parser,
//! for what plans are made of.

use sallyport_formats::Spa;
use sallyport_model::{Access, Request, RequestKind};
use sallyport_vectors::{Bytes, Case, CommandError, ExpectedFault, Observation, Status, Step};
use serde_json::{Map, Value, json};
use std::ops::Range;

/// One line, without its end.
#[must_use]
pub fn line(case: &Case) -> String {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("case", json!(case.name));
    put("needs", json!(case.needs));
    put("lacks", json!(case.lacks));
    put("pas", json!(case.pas));
    match case.setup {
        Some(setup) => {
            put("fctl", hex(setup.fctl));
            put("ddtp", hex(setup.ddtp));
        }
        None => {
            put("raw", json!(true));
        }
    }
    put("scratch", range(&case.scratch));
    put("memory", memory(&case.memory));
    put("access_fault", ranges(&case.access_fault));
    put("poison", ranges(&case.poison));
    put("steps", case.steps.iter().map(step).collect());
    Value::Object(object).to_string()
}

fn hex(value: u64) -> Value {
    json!(format!("{value:#x}"))
}

fn range(range: &Range<Spa>) -> Value {
    json!([hex(range.start.raw()), hex(range.end.raw())])
}

fn ranges(all: &[Range<Spa>]) -> Value {
    all.iter().map(range).collect()
}

fn memory(all: &[Bytes]) -> Value {
    let entry = |bytes: &Bytes| {
        let data: String = bytes
            .data
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        (format!("{:#x}", bytes.address.raw()), json!(data))
    };
    Value::Object(all.iter().map(entry).collect())
}

fn step(step: &Step) -> Value {
    match step {
        Step::Translate(asked, expected) => {
            json!({"translate": request(asked), "expect": answer(expected)})
        }
        Step::Fault(expected) => json!({"fault": fault(expected)}),
        Step::NoFault => json!({"no_fault": true}),
        Step::Command([a, b], None) => json!({"command": [hex(*a), hex(*b)]}),
        Step::Command([a, b], Some(error)) => {
            let error = match error {
                CommandError::Illegal => "cmd_ill",
                CommandError::MemoryFault => "cqmf",
            };
            json!({"command": [hex(*a), hex(*b)], "error": error})
        }
        Step::Recommand([a, b]) => json!({"recommand": [hex(*a), hex(*b)]}),
        Step::Write(write) => json!({"write": {
            "offset": write.offset, "size": write.size, "value": hex(write.value)
        }}),
        Step::Read(read) => json!({"read": {
            "offset": read.offset, "size": read.size,
            "expect": hex(read.expect), "mask": hex(read.mask)
        }}),
        Step::Store(stores) => json!({"store": memory(stores)}),
        Step::MemoryIs(all) => json!({"memory_is": memory(all)}),
    }
}

fn request(request: &Request) -> Value {
    json!({
        "device_id": request.device_id.raw(),
        "process_id": request.process_id.map(|id| id.raw()),
        "priv": request.privileged,
        "access": match request.access {
            Access::Read => "read",
            Access::Write => "write",
            Access::Execute => "exec",
        },
        "type": match request.kind {
            RequestKind::Untranslated => "untranslated",
            RequestKind::Translated => "translated",
            RequestKind::TranslationRequest => "translation_request",
        },
        "no_write": request.no_write,
        "iova": hex(request.iova.raw()),
        "len": request.len,
    })
}

fn answer(expected: &Observation) -> Value {
    let status = match expected.status {
        Status::Success => "success",
        Status::UnsupportedRequest => "ur",
        Status::CompleterAbort => "ca",
    };
    let mut object = Map::new();
    object.insert("status".to_owned(), json!(status));
    if let Some(pa) = expected.pa {
        object.insert("pa".to_owned(), hex(pa));
    }
    if let Some(pbmt) = expected.pbmt {
        object.insert("pbmt".to_owned(), json!(pbmt));
    }
    Value::Object(object)
}

fn fault(fault: &ExpectedFault) -> Value {
    json!({
        "cause": fault.cause,
        "ttyp": fault.ttyp,
        "device_id": fault.device_id.raw(),
        "process_id": fault.process_id.map(|id| id.raw()),
        "priv": fault.privileged,
        "iotval": hex(fault.iotval),
        "iotval2": hex(fault.iotval2),
    })
}
