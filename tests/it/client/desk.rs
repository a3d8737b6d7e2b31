//! A session straight on the engine: no HTTP, no threads, every answer at once. What the tests by
//! specification speak to.

use super::{Dice, Place};
use mailstead::client::{ClientError, Done, Logon, Operation, Rops, Session, Trouble};
use mailstead::directory::User;
use mailstead::exec::{Caller, Engine, ExecuteError, Objects};
use mailstead::mapi::{Cell, ErrorCode, ObjectId, PropertyTag, TaggedValue, Value};
use mailstead::rop::{
    CreateFolderRequest, GetContentsTableRequest, GetHierarchyTableRequest, NO_HANDLE, PropertyProblem,
};
use mailstead::store::{SessionStore, Special, Store};
use mailstead::wire::pack_buffers;
use smol::block_on;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::Arc;

/// Carries payloads straight into the engine.
pub(crate) struct Direct {
    pub(crate) engine: Arc<Engine>,
    pub(crate) caller: Caller,
    pub(crate) objects: Objects,
    /// MaxRopOut of every Execute.
    pub(crate) max_rop_out: u32,
    /// Set by [`Desk::perishes`].
    perishing: Option<Perishing>,
}

/// A server that is killed now and then between two requests, and started again: what is in memory is lost,
/// and the session goes on with what is kept of it.
struct Perishing {
    /// Where the data file is.
    data: PathBuf,
    runtime: tempfile::TempDir,
    sessions: Option<Arc<SessionStore>>,
    dice: Dice,
    /// It is killed before one of so many requests.
    one_in: usize,
    kills: usize,
}

impl Perishing {
    /// The only session that is kept.
    const SESSION: u64 = 2;

    fn open(&self, store: &Arc<Store>) -> Arc<SessionStore> {
        Arc::new(SessionStore::open(self.runtime.path(), Arc::clone(store), &self.data, "one boot").unwrap())
    }
}

impl Direct {
    pub(crate) fn new(engine: Arc<Engine>, caller: Caller) -> Self {
        Self { engine, caller, objects: Objects::default(), max_rop_out: 0x1_0008, perishing: None }
    }

    /// Kills the server, or not, and starts it again.
    fn perish(&mut self) {
        let Some(perishing) = &mut self.perishing else { return };
        if perishing.dice.below(perishing.one_in) > 0 {
            return;
        }
        perishing.kills += 1;
        let (store, clock) = (Arc::clone(&self.engine.store), self.engine.clock.clone());
        self.objects = Objects::default();
        perishing.sessions = None;
        self.engine = Arc::new(Engine::new(Arc::clone(&store), clock));
        let sessions = perishing.open(&store);
        let kept = sessions.load().unwrap();
        assert_eq!(kept.len(), 1, "the session is kept");
        self.objects = self.engine.resume(&sessions, &kept[0]).unwrap();
        sessions.settle().unwrap();
        self.objects.keep_in(Arc::clone(&sessions), Perishing::SESSION);
        perishing.sessions = Some(sessions);
    }
    /// Any bytes as a RopBuffer.
    pub(crate) fn raw(&mut self, buffer: &[u8]) -> Result<Vec<u8>, ExecuteError> {
        self.engine.execute(&self.caller, &mut self.objects, buffer, 3, self.max_rop_out)
    }
}

impl Rops for Direct {
    async fn execute(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, ClientError> {
        self.perish();
        let buffer = pack_buffers(&[payload], false, false);
        let done = self.engine.execute(&self.caller, &mut self.objects, &buffer, 3, self.max_rop_out);
        self.objects.save();
        done.map_err(|error| {
            Trouble::into(match error {
                ExecuteError::Code(code) => Trouble::Refused("Execute", code),
                ExecuteError::ContextLost => Trouble::ResponseCode(10, String::new()),
            })
        })
    }
}

/// What came of one operation: its response, or the code it failed with.
pub(crate) type Outcome<T> = Result<T, ErrorCode>;

/// Ann's session on her mailbox, in a place of its own.
pub(crate) struct Desk {
    pub(crate) place: Arc<Place>,
    pub(crate) session: Session<Direct>,
    pub(crate) logon: Logon,
}

impl Deref for Desk {
    type Target = Session<Direct>;
    fn deref(&self) -> &Self::Target {
        &self.session
    }
}

impl DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.session
    }
}

impl Drop for Desk {
    /// Every test ends with every invariant of the store in order.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.place.check();
        }
    }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::at(Arc::new(Place::new()))
    }

    /// Another session of Ann's at the same place.
    pub(crate) fn beside(&self) -> Self {
        Self::at(Arc::clone(&self.place))
    }

    fn at(place: Arc<Place>) -> Self {
        let user = place.ann.clone();
        let (session, logon) = Self::session(&place, &user, false);
        Self { place, session, logon }
    }

    /// A session that is not logged on to anything.
    pub(crate) fn bare(place: &Place, user: &User, admin: bool) -> Session<Direct> {
        let engine = Arc::new(Engine::new(Arc::clone(&place.store), place.clock.clone()));
        let caller = Caller { user: user.clone(), admin, client_version: [16, 0, 15928], code_page: 1252, locale: 0 };
        Session::new(Direct::new(engine, caller))
    }

    /// From here on the server is killed before one of so many requests, as the dice fall.
    pub(crate) fn perishes(&mut self, one_in: usize, dice: Dice) {
        let runtime = tempfile::tempdir().unwrap();
        let data = self.place.path().to_owned();
        let mut perishing = Perishing { data, runtime, sessions: None, dice, one_in, kills: 0 };
        let sessions = perishing.open(&self.place.store);
        sessions.begin(Perishing::SESSION, b"kept");
        self.session.link.objects.keep_in(Arc::clone(&sessions), Perishing::SESSION);
        perishing.sessions = Some(sessions);
        self.session.link.perishing = Some(perishing);
    }

    /// How often it was killed.
    pub(crate) fn kills(&self) -> usize {
        self.session.link.perishing.as_ref().map_or(0, |perishing| perishing.kills)
    }

    fn session(place: &Place, user: &User, admin: bool) -> (Session<Direct>, Logon) {
        let mut session = Self::bare(place, user, admin);
        let logon = block_on(session.logon(&user.legacy_dn)).unwrap();
        (session, logon)
    }

    /// Runs an operation that must go well.
    #[track_caller]
    pub(crate) fn go<O: Operation>(&mut self, on: u32, operation: O) -> O::Response {
        self.attempt_on([on, NO_HANDLE], operation).unwrap_or_else(|code| panic!("{}: {code:?}", O::NAME)).response
    }

    /// Runs an operation that must fail, and gives the code.
    #[track_caller]
    pub(crate) fn fails<O: Operation>(&mut self, on: u32, operation: O) -> ErrorCode {
        match self.attempt_on([on, NO_HANDLE], operation) {
            Err(code) => code,
            Ok(_) => panic!("{} went well", O::NAME),
        }
    }

    /// Runs an operation that must go well, and gives the new object.
    #[track_caller]
    pub(crate) fn make<O: Operation>(&mut self, on: u32, operation: O) -> u32 {
        let done = self.attempt_on([on, NO_HANDLE], operation).unwrap_or_else(|code| panic!("{}: {code:?}", O::NAME));
        assert_ne!(done.handle, NO_HANDLE, "{} made nothing", O::NAME);
        done.handle
    }

    /// Runs an operation with two handles.
    #[track_caller]
    pub(crate) fn attempt_on<O: Operation>(&mut self, handles: [u32; 2], operation: O) -> Outcome<Done<O::Response>> {
        block_on(self.session.attempt(handles, operation)).unwrap().map_err(|failure| failure.code)
    }

    #[track_caller]
    pub(crate) fn folder(&mut self, id: ObjectId) -> u32 {
        block_on(self.session.open_folder(self.logon.handle, id)).unwrap()
    }

    #[track_caller]
    pub(crate) fn inbox(&mut self) -> u32 {
        self.folder(Special::Inbox.id())
    }

    /// A new folder below another.
    #[track_caller]
    pub(crate) fn create_folder(&mut self, parent: u32, name: &str) -> (u32, ObjectId) {
        let done = self.attempt_on([parent, NO_HANDLE], new_folder(name)).unwrap();
        (done.handle, done.response.folder_id)
    }

    /// A saved message with a subject; its handle is released.
    #[track_caller]
    pub(crate) fn note(&mut self, folder: ObjectId, subject: &str) -> ObjectId {
        let values = vec![super::string(PropertyTag::PidTagSubject, subject)];
        self.message(folder, values)
    }

    /// A saved message with properties; its handle is released.
    #[track_caller]
    pub(crate) fn message(&mut self, folder: ObjectId, values: Vec<TaggedValue>) -> ObjectId {
        let message = self.draft(folder);
        self.set(message, values);
        let id = self.save(message);
        block_on(self.session.release(&[message])).unwrap();
        id
    }

    /// A message that is not saved.
    #[track_caller]
    pub(crate) fn draft(&mut self, folder: ObjectId) -> u32 {
        block_on(self.session.create_message(self.logon.handle, folder)).unwrap()
    }

    #[track_caller]
    pub(crate) fn save(&mut self, message: u32) -> ObjectId {
        block_on(self.session.save_message(message)).unwrap()
    }

    #[track_caller]
    pub(crate) fn set(&mut self, on: u32, values: Vec<TaggedValue>) {
        let problems = self.try_set(on, values);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[track_caller]
    pub(crate) fn try_set(&mut self, on: u32, values: Vec<TaggedValue>) -> Vec<PropertyProblem> {
        block_on(self.session.set_properties(on, values)).unwrap()
    }

    #[track_caller]
    pub(crate) fn get(&mut self, on: u32, tag: PropertyTag) -> Cell {
        block_on(self.session.property(on, tag)).unwrap()
    }

    #[track_caller]
    pub(crate) fn get_all(&mut self, on: u32, tags: &[PropertyTag]) -> Vec<Cell> {
        block_on(self.session.properties(on, tags)).unwrap()
    }

    #[track_caller]
    pub(crate) fn text(&mut self, on: u32, tag: PropertyTag) -> String {
        match self.get(on, tag) {
            Ok(Value::String(text)) => text,
            other => panic!("{tag:?} is {other:?}"),
        }
    }

    #[track_caller]
    pub(crate) fn integer(&mut self, on: u32, tag: PropertyTag) -> i32 {
        match self.get(on, tag) {
            Ok(Value::Integer32(number)) => number,
            other => panic!("{tag:?} is {other:?}"),
        }
    }

    /// The contents table of a folder, its columns set.
    #[track_caller]
    pub(crate) fn contents(&mut self, folder: u32, columns: &[PropertyTag]) -> u32 {
        let table = self.make(folder, GetContentsTableRequest { table_flags: 0 });
        block_on(self.session.set_columns(table, columns)).unwrap();
        table
    }

    /// The hierarchy table of a folder, its columns set.
    #[track_caller]
    pub(crate) fn hierarchy(&mut self, folder: u32, table_flags: u8, columns: &[PropertyTag]) -> u32 {
        let table = self.make(folder, GetHierarchyTableRequest { table_flags });
        block_on(self.session.set_columns(table, columns)).unwrap();
        table
    }

    #[track_caller]
    pub(crate) fn rows(&mut self, table: u32) -> Vec<Vec<Cell>> {
        block_on(self.session.all_rows(table)).unwrap()
    }

    /// The first column of every row from here on, as text.
    #[track_caller]
    pub(crate) fn texts(&mut self, table: u32) -> Vec<String> {
        self.rows(table).iter().map(|row| mailstead::client::text(row, 0)).collect()
    }

    #[track_caller]
    pub(crate) fn open_message(&mut self, folder: ObjectId, id: ObjectId) -> u32 {
        block_on(self.session.open_message(self.logon.handle, folder, id)).unwrap()
    }
}

/// A folder of this name that must not be there yet.
pub(crate) fn new_folder(name: &str) -> CreateFolderRequest {
    use mailstead::mapi::Text;
    CreateFolderRequest {
        folder_type: 1,
        use_unicode_strings: true,
        open_existing: false,
        reserved: 0,
        display_name: Text::Unicode(name.to_owned()),
        comment: Text::Unicode(String::new()),
    }
}
