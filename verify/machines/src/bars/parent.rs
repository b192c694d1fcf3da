//! Measures processes in turns, and says how their figures compare.

use super::child::Role;
use crate::server::Server;
use clap::ValueEnum as _;
use comfy_table::{Table, presets};
use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// Measures everything and returns the table. `program` has the command `play`.
///
/// # Errors
/// A process cannot be started, or has ended.
pub fn measure(mut server: Server, program: &Path, rounds: usize) -> Result<Table, Box<dyn Error>> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["what", "alone", "linked", "linked / alone"]);
    let url = format!("redis://{}/", server.address());
    turns(program, &url, rounds, &mut table)?;
    elsewhere(program, &url, &mut table)?;
    away(program, &url, &mut server, &mut table)?;
    Ok(table)
}

/// Rounds of the two processes in turns, so that what else the machine does is the same for both.
fn turns(
    program: &Path,
    url: &str,
    rounds: usize,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let mut players = [Role::Alone, Role::Linked].map(|role| Player::start(program, role, url));
    let mut figures = [const { Vec::new() }; 2];
    for _ in 0..=rounds {
        for (player, figures) in players.iter_mut().zip(&mut figures) {
            let player = player.as_mut().map_err(|error| error.to_string())?;
            player.say("go")?;
            let line = player.hear()?;
            figures.push(line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?);
        }
    }
    for (at, name) in
        ["a hit, ns", "an invalidation that is not waited for, ns", "a miss, ns"].iter().enumerate()
    {
        // The first round warms up.
        let [alone, linked] = figures
            .each_ref()
            .map(|rounds| median(rounds[1..].iter().map(|figures| figures[at]).collect()));
        let ratio = linked / alone;
        table.add_row([
            *name,
            &format!("{alone:.1}"),
            &format!("{linked:.1}"),
            &format!("{ratio:.2}"),
        ]);
    }
    Ok(())
}

/// How long after a call and its acknowledgement another process computes anew.
fn elsewhere(program: &Path, url: &str, table: &mut Table) -> Result<(), Box<dyn Error>> {
    let mut watcher = Player::start(program, Role::Watch, url)?;
    let mut writer = Player::start(program, Role::Write, url)?;
    watcher.say("8")?;
    writer.say("6")?;
    let written = writer.hear_all()?;
    let computed: Vec<f64> = watcher.hear_all()?.iter().flat_map(|line| line.parse()).collect();
    let mut times = [Vec::new(), Vec::new()];
    for line in &written {
        let moments: Vec<f64> = line.split(' ').flat_map(str::parse).collect();
        let [called, acknowledged] = moments[..] else { continue };
        // The first body that began after the call.
        let first = computed.partition_point(|computed| *computed < called);
        if let Some(computed) = computed.get(first) {
            times[0].push((computed - called) / 1e3);
            times[1].push((computed - acknowledged) / 1e3);
        }
    }
    for (name, times) in ["called", "acknowledged"].iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        let text = [0.5, 0.9, 0.99]
            .map(|share| format!("p{} {:.0}", share * 100.0, quantile(times, share)))
            .join(", ");
        let name = format!("{name} → computed elsewhere, µs ({} times)", times.len());
        table.add_row([&name, "–", &text, "–"]);
    }
    Ok(())
}

/// A million invalidations while the server is away.
fn away(
    program: &Path,
    url: &str,
    server: &mut Server,
    table: &mut Table,
) -> Result<(), Box<dyn Error>> {
    let mut player = Player::start(program, Role::Away, url)?;
    server.kill()?;
    player.say("go")?;
    let line = player.hear()?;
    let figures: Vec<f64> = line.split(' ').map(str::parse).collect::<Result<_, _>>()?;
    let [before, after, each] = figures[..] else { return Err(line.into()) };
    server.restart()?;
    player.say("back")?;
    let told = player.hear()?;
    let growth = (after - before) / 1024.0;
    table.add_row(["an invalidation with the server away, ns", "–", &format!("{each:.0}"), "–"]);
    table.add_row(["memory after a million of them, more KiB", "–", &format!("{growth:.0}"), "–"]);
    table.add_row(["messages that tell them in the end", "–", &told, "–"]);
    Ok(())
}

/// A process that is measured. It ends when it is dropped.
struct Player {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Player {
    fn start(program: &Path, role: Role, url: &str) -> Result<Self, Box<dyn Error>> {
        let role = role.to_possible_value().ok_or("a role has a name")?;
        let mut command = Command::new(program);
        command.args(["play", role.get_name(), url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn()?;
        let output = process.stdout.take().ok_or("it is piped")?;
        let mut player = Self { process, output: BufReader::new(output) };
        // It is linked, if it is to be.
        player.hear()?;
        Ok(player)
    }

    fn say(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let input = self.process.stdin.as_mut().ok_or("it is piped")?;
        Ok(writeln!(input, "{line}")?)
    }

    fn hear(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        if self.output.read_line(&mut line)? == 0 {
            return Err("a process has ended".into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// All lines to the one that says that no more come.
    fn hear_all(&mut self) -> Result<Vec<String>, Box<dyn Error>> {
        let mut lines = Vec::new();
        loop {
            let line = self.hear()?;
            if line == "end" {
                return Ok(lines);
            }
            lines.push(line);
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    quantile(&figures, 0.5)
}

/// Of figures in order.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among some thousands"
)]
fn quantile(figures: &[f64], share: f64) -> f64 {
    let at = (figures.len().saturating_sub(1) as f64 * share) as usize;
    figures.get(at).copied().unwrap_or(f64::NAN)
}
