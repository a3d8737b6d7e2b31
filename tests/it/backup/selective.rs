//! Some mail of a backup into the mailbox as it is today.

use super::{fresh, ok, subjects, with_mail};
use crate::cli::{Home, Server, fails};
use mailstead::mapi::{PropertyName, PropertyTag, Value};
use mailstead::store::{Kind, OpenOptions, Store, Stored};
use mailstead::wire::Guid;

/// The name of the folder that a restore said it made.
fn place(said: &str) -> String {
    let (_, rest) = said.split_once(" into ").unwrap();
    rest.split_once(" of ann@example.test").unwrap().0.to_owned()
}

fn restore(home: &Home, flags: &str, count: usize) -> String {
    let said = ok(home, &format!("restore b --mailbox ann@example.test {flags}"));
    let messages = if count == 1 { "message" } else { "messages" };
    assert!(said.starts_with(&format!("restored {count} {messages} into Restored ")), "{said}");
    // Names of the folders hold seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    place(&said)
}

#[test]
fn mail_of_a_backup_comes_into_a_folder_of_its_own() {
    let home = with_mail();
    ok(&home, "backup b");
    let all = restore(&home, "", 4);
    assert_eq!(subjects(&home, &[&all, "Inbox"]), ["mail 1", "mail 2", "mail 3"]);
    assert_eq!(subjects(&home, &[&all, "Archive", "2023"]), ["mail 1"]);
    assert_eq!(subjects(&home, &["Inbox"]).len(), 3, "nothing is changed in what is there");
    let some = restore(&home, "--folder inbox --since 2024-01-02", 2);
    assert_eq!(subjects(&home, &[&some, "Inbox"]), ["mail 2", "mail 3"]);
    let server = Server::start(&home);
    let served = restore(&home, "--folder Archive", 1);
    assert_eq!(server.stop(), Some(0));
    assert_eq!(subjects(&home, &[&served, "Archive", "2023"]), ["mail 1"]);
    let run = |flags: &str| home.run(&format!("--config t.toml restore b {flags}"));
    assert_eq!(
        run("--mailbox ann@example.test --since 2030-01-01").out,
        "nothing in the backup is what was asked for\n"
    );
    fails(&run("--mailbox bob@example.test"), 1, "there is no mailbox bob@example.test in the backup", "--check");
    fails(&run("--mailbox ann@example.test --folder None"), 1, "there is no folder None", "Inbox");
    for day in ["2024", "2024-02-31", "2024-13-01", "x-y-z", "2024-1-1-1"] {
        fails(&run(&format!("--mailbox ann@example.test --since {day}")), 2, "--since wants a day", "");
    }
    // To a server where the mailbox is another one.
    let other = fresh(&home);
    let setup = "--config t.toml setup ann@example.test --hostname localhost --yes --password-stdin";
    assert_eq!(other.type_in(setup, "other").status, 0);
    std::fs::copy(home.path("b"), other.path("b")).unwrap();
    let there = restore(&other, "", 4);
    assert_eq!(subjects(&other, &[&there, "Inbox"]).len(), 3);
}

#[test]
fn a_restored_message_is_whole_and_its_named_properties_keep_their_names() {
    let home = with_mail();
    let name = |lid| PropertyName::Lid { guid: Guid([9; 16]), lid };
    let open = || Store::open(&home.path("t"), &OpenOptions::default()).unwrap();
    let store = open();
    let mut txn = store.write().unwrap();
    let id = txn.create_named_id(1, &name(1)).unwrap().unwrap();
    let message = txn.message_ids(1, 5, Kind::Normal).unwrap()[1];
    let at = mailstead::store::Location { folder: 5, kind: Kind::Normal };
    let mut head = txn.message_head(1, 5, Kind::Normal, message).unwrap().unwrap();
    head.properties.set(id, Value::String("kept".into()));
    txn.update_head(1, at, message, &head, mailstead::wire::FileTime(1)).unwrap();
    txn.commit().unwrap();
    drop(store);
    ok(&home, "backup b");
    let other = fresh(&home);
    let setup = "--config t.toml setup ann@example.test --hostname localhost --yes --password-stdin";
    assert_eq!(other.type_in(setup, "other").status, 0);
    // There the number means something else.
    let there = Store::open(&other.path("t"), &OpenOptions::default()).unwrap();
    let mut txn = there.write().unwrap();
    for lid in 50..60 {
        txn.create_named_id(1, &name(lid)).unwrap();
    }
    txn.commit().unwrap();
    drop(there);
    std::fs::copy(home.path("b"), other.path("b")).unwrap();
    let folder = restore(&other, "--folder Inbox", 3);
    assert_eq!(subjects(&other, &[&folder, "Inbox"]).len(), 3);
    let (before, after) = (open(), Store::open(&other.path("t"), &OpenOptions::default()).unwrap());
    let (before, after) = (before.read().unwrap(), after.read().unwrap());
    let new_id = after.named_id(1, &name(1)).unwrap().unwrap();
    assert_ne!(new_id, id);
    let top = after.subfolder_named(1, 4, &folder).unwrap().unwrap();
    let inbox = after.subfolder_named(1, top, "Inbox").unwrap().unwrap();
    let at_new = mailstead::store::Location { folder: inbox, kind: Kind::Normal };
    let new = after.message_ids(1, inbox, Kind::Normal).unwrap()[1];
    let mut was = before.message(1, at, message).unwrap().unwrap();
    let mut is = after.message(1, at_new, new).unwrap().unwrap();
    assert_eq!(is.head.properties.value(new_id), Some(&Value::String("kept".into())));
    assert!(matches!(is.head.properties.get(PropertyTag::PidTagBody.id()), Some(Stored::Blob(_))), "a large value");
    before.load_message(1, &mut was).unwrap();
    after.load_message(1, &mut is).unwrap();
    assert_eq!(
        was.head.properties.get(PropertyTag::PidTagBody.id()),
        is.head.properties.get(PropertyTag::PidTagBody.id())
    );
    assert_eq!(is.head.size, is.total_size());
    assert_eq!((was.head.read, was.head.flags), (is.head.read, is.head.flags));
    assert_eq!((was.recipients, was.attachments), (is.recipients, is.attachments));
}
