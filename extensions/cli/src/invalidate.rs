//! `gcache invalidate`.

use crate::failure::Failure;
use crate::options::{Place, What};
use crate::server::Server;
use crate::table::number;
use serde_json::json;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;

pub(crate) fn run(what: &What, place: &Place, json: bool) -> Result<ExitCode, Failure> {
    let named = what.named()?;
    if !what.yes && !io::stdin().is_terminal() {
        return Err(Failure::Usage(
            "there is no terminal to ask at: say `--yes` to invalidate without a question"
                .to_owned(),
        ));
    }
    let mut server = Server::open(place)?;
    if !what.yes && !asked(&question(&named.describe(), &server))? {
        return Err(Failure::Refused("nothing was invalidated".to_owned()));
    }
    let count = server.invalidate(&named)?;
    let said = if json {
        json!({ "namespace": server.namespace, "number": count, "groups": [named] }).to_string()
    } else {
        format!(
            "invalidated {} in {}, as number {}",
            named.describe(),
            server.namespace,
            number(count)
        )
    };
    writeln!(io::stdout(), "{said}")?;
    Ok(ExitCode::SUCCESS)
}

fn question(group: &str, server: &Server) -> String {
    format!(
        "This invalidates {group}\nin all processes of the namespace {} at {}.\nGo on? [y/N] ",
        server.namespace, server.url
    )
}

/// Asks at the terminal. Not on the output, which may be read by a program.
fn asked(question: &str) -> Result<bool, Failure> {
    let mut terminal = io::stderr();
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
