//! How others are told of what this process uses.

use super::*;
use gcache::link::{GroupReport, Reason, Told, report};
use gcache::member;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Unwritten(u64);

/// Two keys that differ in what is skipped are two keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Skipped(u64, #[serde(skip)] u8);

#[derive(Clone, Debug, PartialEq, Invalidates)]
#[group(name = "report.film", index(director, key))]
struct Film {
    id: u64,
    #[group(index)]
    director: Unwritten,
    #[group(index)]
    key: String,
}

group!(Rates, name = "report.rates");
group!(Basket: u64, name = "report.basket", local);
group!(LocalRates, name = "report.local_rates", local);
group!(Wallet: u64, name = "report.wallet", secret);
group!(Word: &'static str, name = "report.word");
group!(Part: Skipped, name = "report.part");
group!(Choice: Option<u64>, name = "report.choice");

#[cache_against(
    Film,
    Rates,
    Basket(7u64),
    LocalRates,
    Wallet(7u64),
    Word("a"),
    Part(Skipped(7, 0)),
    Choice(Some(7))
)]
fn of_all() -> u64 {
    run()
}

fn groups_of(model: &str) -> Vec<GroupReport> {
    let groups = report().groups;
    groups.into_iter().filter(|group| group.model == model).collect()
}

fn told(model: &str) -> Told {
    let [group] = &groups_of(model)[..] else { panic!("{model} has one part") };
    group.told
}

fn lines(model: &str) -> Vec<String> {
    groups_of(model).iter().map(GroupReport::to_string).collect()
}

#[test]
fn each_part_of_a_model_is_reported() {
    let _alone = alone();
    of_all();
    let here = module_path!();
    let expected = [
        "report.film: by key".to_owned(),
        format!(
            "report.film by director: all keys, since `{here}::Unwritten` is not `Serialize` and `DeserializeOwned`"
        ),
        "report.film by =key: by key".to_owned(),
        format!(
            "report.film by director_and_key: all keys, since `({here}::Unwritten, alloc::string::String)` is not \
             `Serialize` and `DeserializeOwned`"
        ),
    ];
    assert_eq!(lines("report.film"), expected);
    assert_eq!(lines("report.rates"), ["report.rates: by name"]);
    assert_eq!(told("report.basket"), Told::Nobody);
    assert_eq!(lines("report.local_rates"), ["report.local_rates: nobody"]);
    assert_eq!(told("report.wallet"), Told::AllKeys(Reason::Secret));
    assert_eq!(lines("report.word"), ["report.word: all keys, since `&str` borrows"]);
}

#[test]
fn a_report_is_a_table_and_json() {
    let _alone = alone();
    of_all();
    let mut report = report();
    report.groups.retain(|group| ["report.rates", "report.word"].contains(&group.model));
    let table = "group        part  told\n\
                 report.rates       by name\n\
                 report.word  key   all keys, since `&str` borrows";
    assert_eq!(report.to_string(), table);
    let json = concat!(
        r#"[{"model":"report.rates","part":null,"key":"gcache_runtime::groups::group::NoKey","told":"by name","reason":null},"#,
        r#"{"model":"report.word","part":"key","key":"&str","told":"all keys","reason":"`&str` borrows"}]"#
    );
    assert_eq!(serde_json::to_string(&report).unwrap(), json);
}

/// A key that was told as all keys shows what no type does.
#[test]
fn a_key_that_its_json_does_not_name_is_reported_once_it_was_met() {
    let linked = Linked::new(LONG);
    of_all();
    invalidate_part(Skipped(7, 0));
    gcache::invalidate(&member::<Choice>(Some(7)));
    assert_eq!((told("report.part"), told("report.choice")), (Told::ByName, Told::ByName));
    invalidate_part(Skipped(7, 1));
    gcache::invalidate(&member::<Choice>(None));
    let not_itself = Told::AllKeys(Reason::NotItself);
    assert_eq!((told("report.part"), told("report.choice")), (not_itself, not_itself));
    drop(linked);
}

#[test]
fn what_is_not_in_use_is_not_reported() {
    group!(Unused: u64, name = "report.unused");

    let _alone = alone();
    assert!(groups_of("report.unused").is_empty());
    invalidate_unused(7);
    assert_eq!(lines("report.unused"), ["report.unused: by key"]);
}
