//! Other processes of a test: each is a test of the same program once more, with its part in the environment.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const PART: &str = "GCACHE_OUTBOX_PART";

/// What a line of a process begins with, among those of the test that it is.
const SAYS: &str = "outbox says ";

/// The part of this process; none in the test itself.
pub(crate) fn part() -> Option<String> {
    std::env::var(PART).ok()
}

/// Says something to the test.
pub(crate) fn say(what: &str) {
    // The harness writes the name of a test without an end of the line.
    let mut output = std::io::stdout().lock();
    writeln!(output, "\n{SAYS}{what}").and_then(|()| output.flush()).expect("the test reads it");
}

/// Another process with a part. It is killed in the end.
pub(crate) struct Process {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Process {
    /// Starts the test of this name with a part.
    pub(crate) fn start(test: &str, part: &str, environment: &[(&str, &str)]) -> Outcome<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--exact", test, "--nocapture"])
            .env(PART, part)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("it has an output")?);
        Ok(Self { child, output })
    }

    /// Lets it go on, where it reads a line.
    #[allow(dead_code, reason = "some parts wait for nothing")]
    pub(crate) fn go_on(&mut self) -> Outcome {
        let mut input = self.child.stdin.as_ref().ok_or("it has an input")?;
        Ok(writeln!(input)?)
    }

    /// What it says next; `None` at its end.
    pub(crate) fn hear(&mut self) -> Outcome<Option<String>> {
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            if let Some(said) = line.trim_end().strip_prefix(SAYS) {
                return Ok(Some(said.to_owned()));
            }
            line.clear();
        }
        Ok(None)
    }

    /// Kills it on the spot.
    pub(crate) fn kill(&mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be over.
        let _ = self.kill();
    }
}
