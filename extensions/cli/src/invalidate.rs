//! `gcache invalidate`.

use crate::failure::Failure;
use crate::group::describe;
use crate::options::{Place, What};
use crate::server::Server;
use crate::table::number;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal as _, Write};
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
    // Not on the output, which may be read by a program.
    let ask = || {
        let question = question(&describe(&named), &server.namespace, &server.url);
        asked(&question, io::stdin().lock(), io::stderr())
            .map_err(|error| Failure::Refused(format!("nobody can be asked ({error})")))
    };
    if !what.yes && !ask()? {
        return Err(Failure::Refused("nothing was invalidated".to_owned()));
    }
    let count = server.invalidate(&named)?;
    let said = if json {
        json!({ "namespace": server.namespace, "number": count, "groups": [named] }).to_string()
    } else {
        format!(
            "invalidated {} in {}, as number {}",
            describe(&named),
            server.namespace,
            number(count)
        )
    };
    writeln!(io::stdout(), "{said}")?;
    Ok(ExitCode::SUCCESS)
}

fn question(group: &str, namespace: &str, url: &str) -> String {
    format!(
        "This invalidates {group}\nin all processes of the namespace {namespace} at {url}.\nGo on? [y/N] "
    )
}

/// Asks, and says whether the answer is yes.
fn asked(question: &str, mut answers: impl BufRead, mut terminal: impl Write) -> io::Result<bool> {
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
#[allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
mod tests {
    use super::*;
    use crate::group::row;
    use expect_test::expect;

    #[test]
    fn the_question_says_what_is_invalidated_and_where() {
        let named = row("shop.book", "7").expect("a group");
        expect![[r#"
            This invalidates the row 7 of shop.book
            in all processes of the namespace shop at redis://cache.internal/.
            Go on? [y/N] "#]]
        .assert_eq(&question(&describe(&named), "shop", "redis://cache.internal/"));
    }

    #[test]
    fn only_a_yes_is_one() {
        for (answer, is_yes) in [
            ("y\n", true),
            (" YES \n", true),
            ("n\n", false),
            ("\n", false),
            ("", false),
            ("yesno", false),
        ] {
            let mut said = Vec::new();
            let asked = asked("Go on?", answer.as_bytes(), &mut said).expect("memory");
            assert_eq!((asked, said.as_slice()), (is_yes, &b"Go on?"[..]), "{answer:?}");
        }
    }
}
