// SPDX-License-Identifier: Apache-2.0
//! Programs that run beside the one that started them.

use super::shared::Shared;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use tokio::sync::oneshot;

/// A program that was started with [`Host::spawn`](super::Host::spawn). It goes
/// on when this is dropped.
#[derive(Debug)]
pub struct Task<T>(oneshot::Receiver<T>);

impl<T> Task<T> {
    /// Waits for its end, and for what it returns.
    pub async fn join(self) -> T {
        match self.0.await {
            Ok(value) => value,
            // It panicked, and the bench is about to tell.
            Err(_) => std::future::pending().await,
        }
    }
}

/// Puts a program on the list of those to be started.
pub fn spawn<T: 'static>(
    shared: &Rc<Shared>,
    name: String,
    program: impl Future<Output = T> + 'static,
) -> Task<T> {
    let (sender, receiver) = oneshot::channel();
    let mut spawned = shared.spawned.borrow_mut();
    let number = spawned.count.get();
    spawned.count.set(number + 1);
    spawned.running.insert(number, name);
    let weak = Rc::downgrade(shared);
    spawned.new.push_back(Box::pin(async move {
        let result = guard(program).await;
        if let Some(shared) = weak.upgrade() {
            let mut spawned = shared.spawned.borrow_mut();
            spawned.running.remove(&number);
            match result {
                Ok(value) => {
                    let _ = sender.send(value);
                }
                Err(panic) => {
                    spawned.panic.get_or_insert(panic);
                }
            }
        }
    }));
    Task(receiver)
}

/// The program's result, or what it panicked with.
async fn guard<T>(program: impl Future<Output = T>) -> std::thread::Result<T> {
    let mut program = pin!(program);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| program.as_mut().poll(context))) {
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(panic) => Poll::Ready(Err(panic)),
        },
    )
    .await
}
