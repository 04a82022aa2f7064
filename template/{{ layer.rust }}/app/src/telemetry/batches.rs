//! Writes lines in batches, by a thread of its own: a line costs its caller a copy and no system call.

use std::{
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::fmt::MakeWriter;

/// How long the first line of a batch waits for others.
const GATHERING: Duration = Duration::from_millis(50);
/// A batch of this size is written at once.
const LARGE: usize = 64 * 1024;
/// When the output is stuck and this much is waiting, lines are dropped rather than memory used up.
const MOST: usize = 8 * 1024 * 1024;

/// Takes lines from any thread.
pub struct Batches(Arc<Shared>);

/// Writes what is still waiting when it is dropped.
#[must_use = "lines are lost when nobody keeps this until the end"]
pub struct Flush {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// Makes a writer whose lines end up in `output`.
///
/// # Errors
///
/// The system starts no thread.
pub fn to(output: impl Write + Send + 'static) -> io::Result<(Batches, Flush)> {
    let shared = Arc::<Shared>::default();
    let writing = Arc::clone(&shared);
    let thread = thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || writing.write_to(output))?;

    let flush = Flush {
        shared: Arc::clone(&shared),
        thread: Some(thread),
    };
    Ok((Batches(shared), flush))
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    lost: usize,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, line: &[u8]) {
        let mut waiting = self.lock();
        let before = waiting.lines.len();
        let after = before + line.len();
        if after > MOST {
            waiting.lost += 1;
            return;
        }
        waiting.lines.extend_from_slice(line);
        drop(waiting);

        if before == 0 || (before < LARGE && after >= LARGE) {
            self.changed.notify_one();
        }
    }

    fn write_to(&self, mut output: impl Write) {
        let mut batch = Vec::new();
        loop {
            let waiting = self
                .changed
                .wait_while(self.lock(), |waiting| waiting.lines.is_empty() && !waiting.closed)
                .unwrap_or_else(PoisonError::into_inner);
            let (mut waiting, _) = self
                .changed
                .wait_timeout_while(waiting, GATHERING, |waiting| {
                    waiting.lines.len() < LARGE && !waiting.closed
                })
                .unwrap_or_else(PoisonError::into_inner);
            mem::swap(&mut waiting.lines, &mut batch);
            let lost = mem::take(&mut waiting.lost);
            let closed = waiting.closed;
            drop(waiting);

            // There is nowhere left to complain about an output that fails.
            let _ = output.write_all(&batch).and_then(|()| output.flush());
            batch.clear();
            if lost > 0 {
                tracing::warn!(lost, "the log's output was stuck and lines were lost");
            }
            if closed && self.lock().lines.is_empty() {
                return;
            }
        }
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl<'writer> MakeWriter<'writer> for Batches {
    type Writer = Line<'writer>;

    fn make_writer(&'writer self) -> Line<'writer> {
        Line(&self.0)
    }
}

/// Takes one line.
pub struct Line<'writer>(&'writer Shared);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.add(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    struct Output(mpsc::Sender<Vec<u8>>);

    impl Write for Output {
        fn write(&mut self, batch: &[u8]) -> io::Result<usize> {
            self.0.send(batch.to_owned()).map_err(io::Error::other)?;
            Ok(batch.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn gathers_lines() {
        let (sender, batches) = mpsc::channel();
        let (writer, _flush) = to(Output(sender)).unwrap();

        writer.make_writer().write_all(b"one\n").unwrap();
        writer.make_writer().write_all(b"two\n").unwrap();

        assert_eq!(batches.recv().unwrap(), b"one\ntwo\n");
    }

    #[test]
    fn writes_the_rest_at_the_end() {
        let (sender, batches) = mpsc::channel();
        let (writer, flush) = to(Output(sender)).unwrap();

        writer.make_writer().write_all(b"last\n").unwrap();
        drop(flush);

        assert_eq!(batches.recv().unwrap(), b"last\n");
    }

    #[test]
    fn drops_lines_when_the_output_is_stuck() {
        let shared = Shared::default();

        shared.add(&vec![b'x'; MOST]);
        shared.add(b"one too many\n");

        let waiting = shared.lock();
        assert_eq!((waiting.lines.len(), waiting.lost), (MOST, 1));
    }
}
