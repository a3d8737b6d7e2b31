//! What no client sends, against the whole server and a real store: whoever sends it gets an error
//! that says so, everybody else is served on, and nothing is lost.

mod batch;
mod bytes;
mod size;

use crate::client::{Place, World, string};
use mailstead::client::{Emsmdb, Logon, Session};
use mailstead::directory::User;
use mailstead::mapi::{PropertyTag, Value};
use smol::block_on;

const NOTE: &[u8] = b"From: a@example.org\r\nSubject: Kept\r\n\r\nA message that is there before and after.\r\n";

/// Bob, who minds his own business while others misbehave.
struct Bystander {
    session: Session<Emsmdb>,
    logon: Logon,
    user: User,
    before: String,
}

impl Bystander {
    fn at(world: &World) -> Self {
        let user = world.place.bob.clone();
        world.place.deliver(&user, NOTE);
        let (session, logon) = world.session(&user);
        let before = world.place.snapshot(&user);
        Self { session, logon, user, before }
    }

    /// His session works, and his mail is as it was.
    #[track_caller]
    fn is_served(&mut self, place: &Place) {
        let inbox = block_on(self.session.open_folder(self.logon.handle, self.logon.inbox())).unwrap();
        let newest = block_on(self.session.newest(inbox, 10)).unwrap();
        assert_eq!(newest.iter().map(|message| message.subject.as_str()).collect::<Vec<_>>(), ["Kept"]);
        block_on(self.session.release(&[inbox])).unwrap();
        assert_eq!(place.snapshot(&self.user), self.before);
    }

    /// And he can write.
    #[track_caller]
    fn can_write(&mut self) {
        let message = block_on(self.session.create_message(self.logon.handle, self.logon.inbox())).unwrap();
        let subject = vec![string(PropertyTag::PidTagSubject, "Written")];
        block_on(self.session.set_properties(message, subject)).unwrap();
        block_on(self.session.save_message(message)).unwrap();
        let subject = block_on(self.session.property(message, PropertyTag::PidTagSubject)).unwrap();
        assert_eq!(subject, Ok(Value::String("Written".to_owned())));
    }
}
