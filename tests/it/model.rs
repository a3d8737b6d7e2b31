//! Several sessions at one mailbox, doing random things to the same messages and folders: nobody's
//! update is lost without the protocol's word for it, nothing panics, and in the end every session sees
//! what the model says.

use crate::client::{Desk, Dice, string};
use mailstead::mapi::{ErrorCode, ObjectId, PropertyTag};
use mailstead::rop::{
    DeleteFolderRequest, GetHierarchyTableRequest, HardDeleteMessagesRequest, MoveCopyMessagesRequest,
    MoveFolderRequest, NO_HANDLE, OpenMessageRequest, SaveChangesMessageRequest,
};
use smol::block_on;
use std::collections::BTreeMap;

const SESSIONS: usize = 3;
const FORCE_SAVE: u8 = 0x04;
const KEEP_OPEN: u8 = 0x0A;

/// A message as it should be.
#[derive(Debug, Clone)]
struct Mail {
    folder: ObjectId,
    subject: String,
    /// Grows with every save.
    version: u32,
}

/// A message that a session has open.
#[derive(Debug)]
struct Open {
    handle: u32,
    id: ObjectId,
    /// As it was when it was opened, or saved last through this handle.
    version: u32,
}

struct Model {
    mail: BTreeMap<ObjectId, Mail>,
    folders: Vec<ObjectId>,
    number: u32,
    /// How often each outcome was seen; a script without conflicts proves nothing.
    saved: u32,
    conflicts: u32,
    forced: u32,
    gone: u32,
}

impl Model {
    fn subject(&mut self) -> String {
        self.number += 1;
        format!("subject {}", self.number)
    }

    fn some_mail(&self, dice: &mut Dice) -> Option<ObjectId> {
        self.mail.keys().nth(dice.below(self.mail.len())).copied()
    }

    fn some_folder(&self, dice: &mut Dice) -> ObjectId {
        self.folders[dice.below(self.folders.len())]
    }

    /// Saves what a session edited: the protocol's answer must be the model's.
    fn save(&mut self, desk: &mut Desk, open: &mut Open, force: bool) {
        let subject = self.subject();
        desk.set(open.handle, vec![string(PropertyTag::PidTagSubject, &subject)]);
        let save_flags = if force { FORCE_SAVE } else { KEEP_OPEN };
        let outcome = desk.attempt_on([open.handle, open.handle], SaveChangesMessageRequest { save_flags });
        let Some(mail) = self.mail.get_mut(&open.id) else {
            let code = outcome.map(|_| "went well").unwrap_err();
            assert!(
                matches!(code, ErrorCode::ObjectDeleted | ErrorCode::NotFound),
                "{code:?} for a message that is gone"
            );
            self.gone += 1;
            return;
        };
        let is_stale = mail.version != open.version;
        match outcome {
            Ok(_) => {
                assert!(force || !is_stale, "{:?} was saved over another's change", open.id);
                self.saved += 1;
                self.forced += u32::from(is_stale);
                mail.version += 1;
                (mail.subject, open.version) = (subject, mail.version);
            }
            Err(code) => {
                assert!(is_stale && !force && code == ErrorCode::ObjectChanged, "{code:?} of a sound save");
                self.conflicts += 1;
            }
        }
    }
}

fn open(desk: &mut Desk, model: &Model, id: ObjectId) -> Open {
    let mail = &model.mail[&id];
    let request =
        OpenMessageRequest { code_page_id: 0x0FFF, folder_id: mail.folder, open_mode_flags: 1, message_id: id };
    let logon = desk.logon.handle;
    Open { handle: desk.make(logon, request), id, version: mail.version }
}

/// Subjects with their ids, as a session lists a folder.
fn list(desk: &mut Desk, folder: ObjectId) -> BTreeMap<String, ObjectId> {
    let handle = desk.folder(folder);
    let listed = block_on(desk.session.newest(handle, u16::MAX)).unwrap();
    block_on(desk.session.release(&[handle])).unwrap();
    listed.into_iter().map(|mail| (mail.subject, mail.id)).collect()
}

fn move_mail(desk: &mut Desk, model: &mut Model, id: ObjectId, to: ObjectId) {
    let mut mail = model.mail[&id].clone();
    let (from, target) = (desk.folder(mail.folder), desk.folder(to));
    let request = MoveCopyMessagesRequest { message_ids: vec![id], want_asynchronous: false, want_copy: false };
    let moved = desk.attempt_on([from, target], request).unwrap();
    assert!(!moved.response.partial_completion);
    block_on(desk.session.release(&[from, target])).unwrap();
    // It has another identifier there; handles to the old one are handles to nothing.
    let new = list(desk, to)[&mail.subject];
    mail.folder = to;
    model.mail.remove(&id);
    model.mail.insert(new, mail);
}

fn delete_mail(desk: &mut Desk, model: &mut Model, id: ObjectId) {
    let folder = desk.folder(model.mail[&id].folder);
    let request = HardDeleteMessagesRequest { want_asynchronous: false, notify_non_read: false, message_ids: vec![id] };
    desk.go(folder, request);
    block_on(desk.session.release(&[folder])).unwrap();
    model.mail.remove(&id);
}

/// Folders come, move below each other and go with what is in them, while others list and use them.
fn folders(desk: &mut Desk, model: &mut Model, dice: &mut Dice) {
    let chosen = model.some_folder(dice);
    let inbox = model.folders[0];
    match dice.below(3) {
        0 if model.folders.len() < 6 => {
            let (parent, name) = (desk.folder(inbox), model.subject());
            let (handle, id) = desk.create_folder(parent, &name);
            block_on(desk.session.release(&[parent, handle])).unwrap();
            model.folders.push(id);
        }
        1 if chosen != inbox => {
            let parent = desk.folder(inbox);
            let target = model.some_folder(dice);
            let to = desk.folder(target);
            let request = MoveFolderRequest {
                want_asynchronous: false,
                use_unicode: true,
                folder_id: chosen,
                new_folder_name: mailstead::mapi::Text::Unicode(model.subject()),
            };
            // Into itself or below itself it does not go, and from elsewhere it is not found: an answer.
            let _ = desk.attempt_on([parent, to], request);
            block_on(desk.session.release(&[parent, to])).unwrap();
        }
        _ if chosen != inbox && dice.below(4) == 0 => {
            let parent = desk.folder(inbox);
            // DEL_MESSAGES, DEL_FOLDERS, DELETE_HARD_DELETE.
            let request = DeleteFolderRequest { delete_folder_flags: 0x15, folder_id: chosen };
            if desk.attempt_on([parent, NO_HANDLE], request).is_ok() {
                let mut there = |folder: &ObjectId| {
                    let request = mailstead::rop::OpenFolderRequest { folder_id: *folder, open_mode_flags: 0 };
                    let logon = desk.logon.handle;
                    desk.attempt_on([logon, NO_HANDLE], request).is_ok()
                };
                model.folders.retain(|folder| there(folder));
                let left = model.folders.clone();
                model.mail.retain(|_, mail| left.contains(&mail.folder));
            }
            block_on(desk.session.release(&[parent])).unwrap();
        }
        _ => {
            let top = desk.inbox();
            let table = desk.make(top, GetHierarchyTableRequest { table_flags: 4 });
            block_on(desk.session.release(&[top, table])).unwrap();
        }
    }
}

fn verify(desk: &mut Desk, model: &Model) {
    for folder in &model.folders {
        let listed = list(desk, *folder);
        let expected: BTreeMap<String, ObjectId> = model
            .mail
            .iter()
            .filter(|(_, mail)| mail.folder == *folder)
            .map(|(id, mail)| (mail.subject.clone(), *id))
            .collect();
        assert_eq!(listed, expected, "in {folder:?}");
    }
}

#[test]
fn no_update_is_lost_among_several_sessions() {
    let mut dice = Dice::new();
    let steps = std::env::var("MAILSTEAD_STEPS").map_or(1200, |steps| steps.parse().unwrap());
    let first = Desk::new();
    let mut desks = [first.beside(), first.beside(), first];
    let inbox = mailstead::store::Special::Inbox.id();
    let mut model =
        Model { mail: BTreeMap::new(), folders: vec![inbox], number: 0, saved: 0, conflicts: 0, forced: 0, gone: 0 };
    let mut held: [Vec<Open>; SESSIONS] = [vec![], vec![], vec![]];
    for step in 0..steps {
        let who = dice.below(SESSIONS);
        let desk = &mut desks[who];
        match (dice.below(12), model.some_mail(&mut dice)) {
            (0 | 1, _) | (_, None) => {
                let (folder, subject) = (model.some_folder(&mut dice), model.subject());
                let id = desk.note(folder, &subject);
                model.mail.insert(id, Mail { folder, subject, version: 0 });
            }
            (2..5, Some(id)) if held[who].len() < 12 => held[who].push(open(desk, &model, id)),
            (5..8, _) if !held[who].is_empty() => {
                let at = dice.below(held[who].len());
                let force = dice.below(4) == 0;
                model.save(desk, &mut held[who][at], force);
                if force || dice.below(2) == 0 {
                    let open = held[who].remove(at);
                    block_on(desk.session.release(&[open.handle])).unwrap();
                }
            }
            (8, Some(id)) => delete_mail(desk, &mut model, id),
            (9, Some(id)) => {
                let to = model.some_folder(&mut dice);
                if to != model.mail[&id].folder {
                    move_mail(desk, &mut model, id, to);
                }
            }
            (10, _) => folders(desk, &mut model, &mut dice),
            _ => {}
        }
        if step % 100 == 99 {
            desks.iter_mut().for_each(|desk| verify(desk, &model));
        }
    }
    desks.iter_mut().for_each(|desk| verify(desk, &model));
    let Model { saved, conflicts, forced, gone, .. } = model;
    println!("{saved} saved, {forced} of them over another's change by force, {conflicts} refused, {gone} gone");
    assert!(saved > 20 && conflicts > 5 && forced > 0 && gone > 2, "the script provokes nothing");
}
