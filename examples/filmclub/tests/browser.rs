//! A visitor with a browser: headless Chromium, driven over WebDriver.
//!
//! `bash examples/filmclub/browser-test.sh` installs the browser if it is missing, starts a Redis or Valkey, and runs this.
//! With `-- --pictures DIR` it leaves pictures of the pages there.

mod common;

use common::{BOUND, Machines, Outcome};
use fantoccini::{Client, ClientBuilder, Locator, error::CmdError};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

/// After this a step has failed. Not a delay: nothing waits so long that works.
const STEP: Duration = Duration::from_secs(30);

/// The same for a visit.
const VISIT: Duration = Duration::from_mins(3);

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => {
            println!("the browser test has passed");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("the browser test has failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Outcome {
    let club = open_club().await?;
    let (mut driver, port) = start_driver().await?;
    let visits = match visits(port, &club).await {
        Ok(()) => visits_to_machines(port).await,
        failed => failed,
    };
    driver.kill().await?;
    visits
}

/// One visitor who rates a film on one machine, and one who looks at it on the other.
async fn visits_to_machines(port: u16) -> Outcome {
    let machines = Machines::open("browser").await?;
    let (one, other) = (&machines.one.address, &machines.other.address);
    let rater = Visitor::come(port, one, "machines-", desk()).await?;
    let reader = Visitor::come(port, other, "machines-", desk()).await?;
    let visit = tokio::time::timeout(VISIT, rater.rate_for(&reader)).await;
    for visitor in [rater, reader] {
        visitor.client.close().await?;
    }
    visit.map_err(|_| "it took too long")?
}

/// One visitor with a large screen, then one with a phone.
async fn visits(port: u16, club: &str) -> Outcome {
    let desk = Visitor::come(port, club, "", desk()).await?;
    let visit = tokio::time::timeout(VISIT, desk.visit()).await;
    // The browser ends with its session, whatever came of the visit.
    desk.client.clone().close().await?;
    visit.map_err(|_| "it took too long")??;

    let screen = json!({ "width": 390, "height": 844, "pixelRatio": 2, "touch": true });
    let screen = json!({ "mobileEmulation": { "deviceMetrics": screen } });
    let phone = Visitor::come(port, club, "phone-", screen).await?;
    let look = tokio::time::timeout(VISIT, phone.look_around()).await;
    phone.client.clone().close().await?;
    look.map_err(|_| "it took too long")?
}

/// The options of a browser with a large screen.
fn desk() -> Value {
    json!({ "args": ["--window-size=1200,1000"] })
}

/// Opens the club on a free port, and returns its address.
async fn open_club() -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    let db = filmclub::connect("sqlite::memory:").await?;
    filmclub::fill(&db).await?;
    tokio::spawn(async move { axum::serve(listener, filmclub::app(db)).await });
    Ok(address)
}

/// Starts ChromeDriver on a port of its choice.
async fn start_driver() -> Outcome<(Child, u16)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`chromedriver` does not start ({error}): run browser-test.sh"))?;
    let output = driver.stdout.take().ok_or("ChromeDriver has no output")?;
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            return Ok((driver, port.trim_end_matches('.').parse()?));
        }
    }
    Err("ChromeDriver ended before it was ready".into())
}

/// Opens a browser with `options` of its own.
async fn open_browser(port: u16, mut options: Value) -> Outcome<Client> {
    // Chromium has no sandbox for root, whom containers often run as. It sees pages of ours alone.
    let arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-sandbox"];
    let own = options["args"].as_array().cloned().unwrap_or_default();
    options["args"] = arguments.into_iter().map(Value::from).chain(own).collect();
    let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
    let mut builder = ClientBuilder::new(HttpConnector::new());
    Ok(builder.capabilities(capabilities).connect(&format!("http://127.0.0.1:{port}")).await?)
}

/// The directory behind `--pictures`.
fn pictures() -> Option<PathBuf> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--pictures");
    arguments.nth(1).map(PathBuf::from)
}

struct Visitor {
    client: Client,
    club: String,
    pictures: Option<PathBuf>,
    /// What the names of this visitor's pictures begin with.
    prefix: &'static str,
}

/// What a page's footer says.
#[derive(Debug, PartialEq, Eq)]
struct Served {
    cached: bool,
    statements: u64,
}

const FROM_THE_CACHE: Served = Served { cached: true, statements: 0 };

/// Pulp Fiction: a drama, and among the favourites.
const FILM: &str = "/film/742";

/// Pages that do not show it.
const OTHERS: [&str; 4] = ["/genre/Action", "/genre/Western", "/film/842", "/film/1267"];

impl Visitor {
    /// A visitor who comes to `club` with a browser of their own.
    async fn come(port: u16, club: &str, prefix: &'static str, options: Value) -> Outcome<Self> {
        let client = open_browser(port, options).await?;
        Ok(Self { client, club: club.to_owned(), pictures: pictures(), prefix })
    }

    /// Looks at a page of each kind, on a small screen.
    async fn look_around(&self) -> Outcome {
        println!(
            "on a phone no page is wider than the screen, and a thumb meets one thing at a time"
        );
        let director = self.director().await?;
        let pages = [
            ("home", "/"),
            ("genre", "/genre/Thriller%2FSuspense?page=2"),
            ("film", FILM),
            ("director", director.as_str()),
            ("statistics", "/statistics"),
            ("error", "/film/99999"),
        ];
        for (name, path) in pages {
            self.go(path).await?;
            self.picture(name).await?;
            let beyond = "return document.documentElement.scrollWidth - window.innerWidth";
            expect(path, self.client.execute(beyond, Vec::new()).await?, json!(0))?;
            let small = "return [...document.querySelectorAll('button, .card, nav a, .genres a')]
                .filter(place => Math.min(place.offsetWidth, place.offsetHeight) < 24)
                .map(place => place.textContent.trim())";
            expect(path, self.client.execute(small, Vec::new()).await?, json!([]))?;
        }
        Ok(())
    }

    /// The page of the film's director.
    async fn director(&self) -> Outcome<String> {
        self.go(FILM).await?;
        let director = self.client.find(Locator::Css(".lead a")).await?;
        Ok(director.attr("href").await?.ok_or("the director has a page")?)
    }

    /// Rates a film on one machine, which `reader` sees on another.
    async fn rate_for(&self, reader: &Self) -> Outcome {
        println!("what is rated on one machine is seen on the other");
        let pages = ["/", "/genre/Drama", FILM];
        for path in pages {
            reader.go(path).await?;
            expect(path, reader.go(path).await?, FROM_THE_CACHE)?;
        }
        self.go(FILM).await?;
        self.client.find(Locator::Css("#rate button[value='9']")).await?.click().await?;
        self.comes("//*[@id='votes' and text()='1']").await?;
        // The page with the new figure came after all could hear of it.
        let told = Instant::now();
        for path in pages {
            let figure = if path == FILM { "#average" } else { "[data-film='742'] .club" };
            loop {
                let called = told.elapsed();
                reader.go(path).await?;
                let shown = reader.text(figure).await;
                if shown.as_ref().is_ok_and(|shown| shown == "★ 9.0") {
                    break;
                }
                if called >= BOUND {
                    return Err(format!("{path} shows {shown:?} after {called:?}").into());
                }
            }
        }
        reader.picture("film").await?;

        println!("a visitor sees their own stars on the other at once");
        for (stars, votes) in [(7, 2), (8, 3), (9, 4)] {
            self.go(FILM).await?;
            let button = format!("#rate button[value='{stars}']");
            self.client.find(Locator::Css(&button)).await?.click().await?;
            self.comes(&format!("//*[@id='votes' and text()='{votes}']")).await?;
            // A browser sends its cookies to all ports of a machine.
            self.client.goto(&format!("{}{FILM}", reader.club)).await?;
            expect("the votes", self.text("#votes").await?, votes.to_string())?;
        }
        Ok(())
    }

    async fn visit(&self) -> Outcome {
        let director = self.director().await?;
        let shows = ["/", "/genre/Drama", FILM, director.as_str()];

        println!("all pages are rendered once");
        for path in shows.iter().chain(&OTHERS) {
            self.go(path).await?;
        }
        for path in shows.iter().chain(&OTHERS) {
            expect(path, self.go(path).await?, FROM_THE_CACHE)?;
        }
        let before = self.misses().await?;

        println!("nine stars are given to a film, on its page");
        self.go(FILM).await?;
        self.client.find(Locator::Css("#rate button[value='9']")).await?.click().await?;
        self.comes("//*[@id='votes' and text()='1']").await?;
        expect("the figure", self.text("#average").await?, "★ 9.0".to_owned())?;
        self.picture("film").await?;

        println!("every page shows them at once");
        for path in ["/", "/genre/Drama", &director] {
            let served = self.go(path).await?;
            if served.cached {
                return Err(format!("{path} came from the cache").into());
            }
            let figure = self.text("[data-film='742'] .club").await?;
            expect(path, figure, "★ 9.0".to_owned())?;
        }
        self.go("/").await?;
        self.picture("home").await?;

        println!("nothing else is computed again");
        for path in OTHERS {
            expect(path, self.go(path).await?, FROM_THE_CACHE)?;
        }
        let after = self.misses().await?;
        self.picture("statistics").await?;
        let computed: Vec<(&str, u64)> = after
            .iter()
            .map(|(name, misses)| (name.as_str(), misses - before.get(name).unwrap_or(&0)))
            .filter(|(_, misses)| *misses > 0)
            .collect();
        let expected = [
            ("film cards", 1),
            ("filmclub::entities::film::objects", 1),
            ("filmclub::entities::film::results", 1), // the number of dramas
            ("filmclub::pages::director", 1),
            ("filmclub::pages::film", 1),
            ("genre page", 1),
            ("home page", 1),
        ];
        expect("what was computed", computed, expected.to_vec())?;

        println!("a film is renamed, and every page shows that");
        self.go(FILM).await?;
        self.client.find(Locator::Css("details summary")).await?.click().await?;
        let title = self.client.find(Locator::Css("#rename input")).await?;
        title.clear().await?;
        title.send_keys("Pulp <Fact>").await?;
        self.client.find(Locator::Css("#rename button")).await?.click().await?;
        self.comes("//h1[text()='Pulp <Fact>']").await?;
        for (path, name) in
            [("/", "home-renamed"), ("/genre/Drama", "genre"), (&director, "director")]
        {
            self.go(path).await?;
            let title = self.text("[data-film='742'] .title").await?;
            expect(path, title, "Pulp <Fact>".to_owned())?;
            self.picture(name).await?;
        }
        Ok(())
    }

    /// Goes to a page, and reads its footer.
    async fn go(&self, path: &str) -> Outcome<Served> {
        self.client.goto(&format!("{}{path}", self.club)).await?;
        let footer = self.client.find(Locator::Id("served")).await?;
        let cached = footer.attr("data-cached").await?;
        let statements = footer.attr("data-statements").await?.ok_or("a footer says how many")?;
        Ok(Served { cached: cached.as_deref() == Some("true"), statements: statements.parse()? })
    }

    async fn text(&self, css: &str) -> Result<String, CmdError> {
        self.client.find(Locator::Css(css)).await?.text().await
    }

    /// Waits until there is such an element.
    async fn comes(&self, xpath: &str) -> Outcome {
        let element = self.client.wait().at_most(STEP).for_element(Locator::XPath(xpath)).await;
        element.map(drop).map_err(|error| format!("{xpath} does not come: {error}").into())
    }

    /// How often each cached function has computed, as the page of statistics says.
    async fn misses(&self) -> Outcome<BTreeMap<String, u64>> {
        self.go("/statistics").await?;
        let mut misses = BTreeMap::new();
        for row in self.client.find_all(Locator::Css("[data-function]")).await? {
            let name = row.attr("data-function").await?.ok_or("a row has a name")?;
            let cell = row.find(Locator::Css("[data-misses]")).await?;
            misses.insert(name, cell.text().await?.parse()?);
        }
        Ok(misses)
    }

    async fn picture(&self, name: &str) -> Outcome {
        if let Some(directory) = &self.pictures {
            std::fs::create_dir_all(directory)?;
            let picture = self.client.screenshot().await?;
            std::fs::write(directory.join(format!("{}{name}.png", self.prefix)), picture)?;
        }
        Ok(())
    }
}

fn expect<T: PartialEq + std::fmt::Debug>(of: &str, found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{of}: {found:?} instead of {expected:?}").into())
}
