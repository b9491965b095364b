// SPDX-License-Identifier: Apache-2.0
//! Admin commands (NVM Express 1.4, "Admin Command Set").

use super::command::{Command, Ending};
use super::controller::{Controller, Taken};
use super::identify::{EVENT_REQUESTS, identify};
use super::log_page::log_page;
use super::queues::{Completion, Submission};
use super::registers::MOST_ENTRIES;
use super::status::Status;
use super::{IDENTITY, QUEUES, prp};

const DELETE_SUBMISSION: u8 = 0x00;
const CREATE_SUBMISSION: u8 = 0x01;
const GET_LOG_PAGE: u8 = 0x02;
const DELETE_COMPLETION: u8 = 0x04;
const CREATE_COMPLETION: u8 = 0x05;
const IDENTIFY: u8 = 0x06;
const ABORT: u8 = 0x08;
const SET_FEATURES: u8 = 0x09;
const GET_FEATURES: u8 = 0x0a;
const EVENT_REQUEST: u8 = 0x0c;

/// The command's name, for the counters.
pub(super) const fn name(opcode: u8) -> &'static str {
    match opcode {
        DELETE_SUBMISSION => "Delete I/O Submission Queue",
        CREATE_SUBMISSION => "Create I/O Submission Queue",
        GET_LOG_PAGE => "Get Log Page",
        DELETE_COMPLETION => "Delete I/O Completion Queue",
        CREATE_COMPLETION => "Create I/O Completion Queue",
        IDENTIFY => "Identify",
        ABORT => "Abort",
        SET_FEATURES => "Set Features",
        GET_FEATURES => "Get Features",
        EVENT_REQUEST => "Asynchronous Event Request",
        _ => "other",
    }
}

/// Carries out an admin command; `None`: it stays until there is something to tell.
pub(super) async fn execute(
    controller: &Controller,
    command: &Command,
    taken: &Taken,
) -> Option<Ending> {
    Some(match command.opcode {
        DELETE_SUBMISSION => delete_submission(controller, command, taken).await.into(),
        CREATE_SUBMISSION => status(create_submission(controller, command)),
        GET_LOG_PAGE => give(controller, command, log_page(command)).await,
        DELETE_COMPLETION => status(delete_completion(controller, command)),
        CREATE_COMPLETION => status(create_completion(controller, command)),
        IDENTIFY => give(controller, command, identify(command, &controller.disk)).await,
        ABORT => abort(controller, command, taken).await,
        SET_FEATURES => controller.features.borrow_mut().set(command),
        GET_FEATURES => controller.features.borrow().get(command),
        EVENT_REQUEST => {
            let mut events = controller.events.borrow_mut();
            if events.len() < EVENT_REQUESTS {
                events.push(command.id);
                return None;
            }
            Status::TOO_MANY_EVENTS.into()
        }
        _ => Status::INVALID_OPCODE.into(),
    })
}

fn status(result: Result<(), Status>) -> Ending {
    result.err().unwrap_or(Status::SUCCESS).into()
}

async fn give(controller: &Controller, command: &Command, data: Result<Vec<u8>, Status>) -> Ending {
    match data {
        Ok(data) => status(prp::scatter(&controller.port, command, &data).await),
        Err(status) => status.into(),
    }
}

/// Number, base and entries of a queue that is to be made.
fn shape(controller: &Controller, command: &Command) -> Result<(u16, u64, u32), Status> {
    let number = command.words[0] as u16;
    let entries = (command.words[0] >> 16) + 1;
    if !(1..=QUEUES).contains(&number) {
        return Err(Status::INVALID_QUEUE_ID);
    }
    let sized = controller.registers.borrow().has_entry_sizes();
    if !sized || !(2..=MOST_ENTRIES).contains(&entries) {
        return Err(Status::INVALID_QUEUE_SIZE);
    }
    // PC: queues are contiguous.
    if command.words[1] & 1 == 0 {
        return Err(Status::INVALID_FIELD);
    }
    if !command.prp1.is_multiple_of(4096) {
        return Err(Status::INVALID_PRP_OFFSET);
    }
    Ok((number, command.prp1, entries))
}

fn create_submission(controller: &Controller, command: &Command) -> Result<(), Status> {
    let (number, base, entries) = shape(controller, command)?;
    let completion = (command.words[1] >> 16) as u16;
    let queues = &mut *controller.queues.borrow_mut();
    if queues.submissions.contains_key(&number) || !(1..=QUEUES).contains(&completion) {
        return Err(Status::INVALID_QUEUE_ID);
    }
    if !queues.completions.contains_key(&completion) {
        return Err(Status::INVALID_COMPLETION_QUEUE);
    }
    let queue = Submission::new(base, entries, completion);
    queues.submissions.insert(number, queue);
    Ok(())
}

fn create_completion(controller: &Controller, command: &Command) -> Result<(), Status> {
    let (number, base, entries) = shape(controller, command)?;
    let vector = (command.words[1] >> 16) as u16;
    if vector >= IDENTITY.vectors {
        return Err(Status::INVALID_VECTOR);
    }
    let queues = &mut *controller.queues.borrow_mut();
    if queues.completions.contains_key(&number) {
        return Err(Status::INVALID_QUEUE_ID);
    }
    // IEN.
    let vector = (command.words[1] >> 1 & 1 == 1).then_some(vector);
    let queue = Completion::new(base, entries, vector);
    queues.completions.insert(number, queue);
    Ok(())
}

/// The queue goes when its commands have ended; those that were not fetched are lost.
async fn delete_submission(controller: &Controller, command: &Command, taken: &Taken) -> Status {
    let number = command.words[0] as u16;
    loop {
        if !controller.is_current(taken) {
            return Status::ABORTED;
        }
        {
            let mut queues = controller.queues.borrow_mut();
            let queue = queues.submissions.get_mut(&number).filter(|_| number > 0);
            match queue {
                None => return Status::INVALID_QUEUE_ID,
                Some(queue) if queue.under_way > 0 => queue.close(),
                Some(_) => {
                    queues.submissions.remove(&number);
                    return Status::SUCCESS;
                }
            }
        }
        controller.ended.notified().await;
    }
}

fn delete_completion(controller: &Controller, command: &Command) -> Result<(), Status> {
    let number = command.words[0] as u16;
    let mut queues = controller.queues.borrow_mut();
    if number == 0 || !queues.completions.contains_key(&number) {
        return Err(Status::INVALID_QUEUE_ID);
    }
    let used = |queue: &Submission| queue.completion == number;
    if queues.submissions.values().any(used) {
        return Err(Status::INVALID_QUEUE_DELETION);
    }
    queues.completions.remove(&number);
    Ok(())
}

/// Ends a request for events; any other command ends by itself soon: bit 0 of the
/// result says that it was not aborted.
async fn abort(controller: &Controller, command: &Command, taken: &Taken) -> Ending {
    let [word, ..] = command.words;
    let (queue, id) = (word as u16, (word >> 16) as u16);
    let place = {
        let mut events = controller.events.borrow_mut();
        let place = events.iter().position(|event| queue == 0 && *event == id);
        place.map(|place| events.remove(place))
    };
    match place {
        Some(id) => {
            controller.complete(taken, id, Status::ABORTED.into()).await;
            Ending::of(0)
        }
        None => Ending::of(1),
    }
}
