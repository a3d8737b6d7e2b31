//! Property sets and the canonical named properties, MS-OXPROPS 1.3.2: a table.
//!
//! `tests/it/tables.rs` compares it with `tests/data/tables/namedprops.tsv`, where each row names
//! its sources. Rows without a canonical name in the sources are left out.

use super::{PropertyName, PropertyType};
use crate::wire::Guid;

/// Property sets. MS-OXPROPS 1.3.2
#[allow(missing_docs, clippy::allow_attributes, reason = "the specification's own names")]
pub mod set {
    use crate::wire::Guid;

    pub const PSETID_ADDRESS: Guid =
        Guid::new(0x00062004, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_AIRSYNC: Guid =
        Guid::new(0x71035549, 0x0739, 0x4DCB, [0x91, 0x63, 0x00, 0xF0, 0x58, 0x0D, 0xBB, 0xDF]);
    pub const PSETID_APPOINTMENT: Guid =
        Guid::new(0x00062002, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_ATTACHMENT: Guid =
        Guid::new(0x96357F7F, 0x59E1, 0x47D0, [0x99, 0xA7, 0x46, 0x51, 0x5C, 0x18, 0x3B, 0x54]);
    pub const PSETID_CALENDARASSISTANT: Guid =
        Guid::new(0x11000E07, 0xB51B, 0x40D6, [0xAF, 0x21, 0xCA, 0xA8, 0x5E, 0xDA, 0xB1, 0xD0]);
    pub const PSETID_COMMON: Guid =
        Guid::new(0x00062008, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_LOG: Guid =
        Guid::new(0x0006200A, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_MEETING: Guid =
        Guid::new(0x6ED8DA90, 0x450B, 0x101B, [0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05]);
    pub const PSETID_NOTE: Guid =
        Guid::new(0x0006200E, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_POSTRSS: Guid =
        Guid::new(0x00062041, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_REMOTE: Guid =
        Guid::new(0x00062014, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_REPORT: Guid =
        Guid::new(0x00062013, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_SHARING: Guid =
        Guid::new(0x00062040, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_TASK: Guid =
        Guid::new(0x00062003, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PSETID_UNIFIEDMESSAGING: Guid =
        Guid::new(0x4442858E, 0xA9E3, 0x4E80, [0xB9, 0x00, 0x31, 0x7A, 0x21, 0x0C, 0xC1, 0x5B]);
    pub const PSETID_XMLEXTRACTEDENTITIES: Guid =
        Guid::new(0x23239608, 0x685D, 0x4732, [0x9C, 0x55, 0x4C, 0x95, 0xCB, 0x4E, 0x8E, 0x33]);
    pub const PSUNKNOWN: Guid = Guid::new(0x000623E7, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PS_INTERNET_HEADERS: Guid =
        Guid::new(0x00020386, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PS_MAPI: Guid = Guid::new(0x00020328, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
    pub const PS_PUBLIC_STRINGS: Guid =
        Guid::new(0x00020329, 0x0000, 0x0000, [0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x46]);
}

/// One canonical named property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canonical {
    /// The name in MS-OXPROPS.
    pub canonical: &'static str,
    /// Property set.
    pub set: Guid,
    /// Number or string within the set.
    pub name: Name,
    /// The documented type.
    pub property_type: PropertyType,
}

/// The part of a property name that follows its set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// PidLid properties: a number.
    Lid(u32),
    /// PidName properties: a string.
    Str(&'static str),
}

impl Canonical {
    /// As it is sent and stored.
    #[must_use]
    pub fn property_name(&self) -> PropertyName {
        match self.name {
            Name::Lid(lid) => PropertyName::Lid { guid: self.set, lid },
            Name::Str(name) => PropertyName::Named { guid: self.set, name: name.to_owned() },
        }
    }
}

macro_rules! names {
    ($($set:ident { $($name:tt $canonical:ident $ty:ident;)* })*) => {
        /// Every canonical named property, by set.
        pub const CANONICAL: &[Canonical] = &[$($($canonical),*),*];

        $($(
            #[allow(non_upper_case_globals, missing_docs, clippy::allow_attributes, reason = "the specification's own name")]
            pub const $canonical: Canonical = Canonical {
                canonical: stringify!($canonical),
                set: set::$set,
                name: names!(@ $name),
                property_type: PropertyType::$ty,
            };
        )*)*
    };
    (@ [$lid:literal]) => { Name::Lid($lid) };
    (@ $name:literal) => { Name::Str($name) };
}

names! {
    PSETID_ADDRESS {
        [0x8005] PidLidFileUnder String;
        [0x8006] PidLidFileUnderId Integer32;
        [0x8007] PidLidContactItemData MultipleInteger32;
        [0x8010] PidLidDepartment String;
        [0x8015] PidLidHasPicture Boolean;
        [0x801A] PidLidHomeAddress String;
        [0x801B] PidLidWorkAddress String;
        [0x801C] PidLidOtherAddress String;
        [0x8022] PidLidPostalAddressId Integer32;
        [0x8023] PidLidContactCharacterSet Integer32;
        [0x8025] PidLidAutoLog Boolean;
        [0x8026] PidLidFileUnderList MultipleInteger32;
        [0x8028] PidLidAddressBookProviderEmailList MultipleInteger32;
        [0x8029] PidLidAddressBookProviderArrayType Integer32;
        [0x802B] PidLidHtml String;
        [0x802C] PidLidYomiFirstName String;
        [0x802D] PidLidYomiLastName String;
        [0x802E] PidLidYomiCompanyName String;
        [0x8040] PidLidBusinessCardDisplayDefinition Binary;
        [0x8041] PidLidBusinessCardCardPicture Binary;
        [0x8045] PidLidWorkAddressStreet String;
        [0x8046] PidLidWorkAddressCity String;
        [0x8047] PidLidWorkAddressState String;
        [0x8048] PidLidWorkAddressPostalCode String;
        [0x8049] PidLidWorkAddressCountry String;
        [0x804A] PidLidWorkAddressPostOfficeBox String;
        [0x804C] PidLidDistributionListChecksum Integer32;
        [0x804D] PidLidBirthdayEventEntryId Binary;
        [0x804E] PidLidAnniversaryEventEntryId Binary;
        [0x804F] PidLidContactUserField1 String;
        [0x8050] PidLidContactUserField2 String;
        [0x8051] PidLidContactUserField3 String;
        [0x8052] PidLidContactUserField4 String;
        [0x8053] PidLidDistributionListName String;
        [0x8054] PidLidDistributionListOneOffMembers MultipleBinary;
        [0x8055] PidLidDistributionListMembers MultipleBinary;
        [0x8062] PidLidInstantMessagingAddress String;
        [0x8064] PidLidDistributionListStream Binary;
        [0x8080] PidLidEmail1DisplayName String;
        [0x8082] PidLidEmail1AddressType String;
        [0x8083] PidLidEmail1EmailAddress String;
        [0x8084] PidLidEmail1OriginalDisplayName String;
        [0x8085] PidLidEmail1OriginalEntryId Binary;
        [0x8087] PidLidEmail1EmailType String;
        [0x8090] PidLidEmail2DisplayName String;
        [0x8091] PidLidEmail2EntryId Binary;
        [0x8092] PidLidEmail2AddressType String;
        [0x8093] PidLidEmail2EmailAddress String;
        [0x8094] PidLidEmail2OriginalDisplayName String;
        [0x8095] PidLidEmail2OriginalEntryId Binary;
        [0x8097] PidLidEmail2EmailType String;
        [0x80A0] PidLidEmail3DisplayName String;
        [0x80A1] PidLidEmail3EntryId Binary;
        [0x80A2] PidLidEmail3AddressType String;
        [0x80A3] PidLidEmail3EmailAddress String;
        [0x80A4] PidLidEmail3OriginalDisplayName String;
        [0x80A5] PidLidEmail3OriginalEntryId Binary;
        [0x80A7] PidLidEmail3EmailType String;
        [0x80B0] PidLidFax1DisplayName String;
        [0x80B1] PidLidFax1EntryId Binary;
        [0x80B2] PidLidFax1AddressType String;
        [0x80B3] PidLidFax1EmailAddress String;
        [0x80B4] PidLidFax1OriginalDisplayName String;
        [0x80B5] PidLidFax1OriginalEntryId Binary;
        [0x80B6] PidLidFax1RichTextFormat Boolean;
        [0x80B7] PidLidFax1EmailType String;
        [0x80C0] PidLidFax2DisplayName String;
        [0x80C1] PidLidFax2EntryId Binary;
        [0x80C2] PidLidFax2AddressType String;
        [0x80C3] PidLidFax2EmailAddress String;
        [0x80C4] PidLidFax2OriginalDisplayName String;
        [0x80C5] PidLidFax2OriginalEntryId Binary;
        [0x80C6] PidLidFax2RichTextFormat Boolean;
        [0x80C7] PidLidFax2EmailType String;
        [0x80D0] PidLidFax3DisplayName String;
        [0x80D1] PidLidFax3EntryId Binary;
        [0x80D2] PidLidFax3AddressType String;
        [0x80D3] PidLidFax3EmailAddress String;
        [0x80D4] PidLidFax3OriginalDisplayName String;
        [0x80D5] PidLidFax3OriginalEntryId Binary;
        [0x80D6] PidLidFax3RichTextFormat Boolean;
        [0x80D7] PidLidFax3EmailType String;
        [0x80D8] PidLidFreeBusyLocation String;
        [0x80D9] PidLidUserX509Certificate MultipleBinary;
        [0x80DA] PidLidHomeAddressCountryCode String;
        [0x80DB] PidLidWorkAddressCountryCode String;
        [0x80DC] PidLidOtherAddressCountryCode String;
        [0x80DD] PidLidAddressCountryCode String;
        [0x80DE] PidLidBirthdayLocal Time;
        [0x80DF] PidLidWeddingAnniversaryLocal Time;
        [0x80E0] PidLidIsContactLinked Boolean;
        [0x80E2] PidLidContactLinkedGlobalAddressListEntryId Binary;
        [0x80E3] PidLidContactLinkSMTPAddressCache MultipleString;
        [0x80E5] PidLidContactLinkLinkRejectHistory MultipleBinary;
        [0x80E6] PidLidContactLinkGlobalAddressListLinkState Integer32;
        [0x80E8] PidLidContactLinkGlobalAddressListLinkId Guid;
    }
    PSETID_APPOINTMENT {
        [0x8200] PidLidSendMeetingAsIcal Boolean;
        [0x8201] PidLidAppointmentSequence Integer32;
        [0x8202] PidLidAppointmentSequenceTime Time;
        [0x8203] PidLidAppointmentLastSequence Integer32;
        [0x8204] PidLidChangeHighlight Integer32;
        [0x8205] PidLidBusyStatus Integer32;
        [0x8206] PidLidFExceptionalBody Boolean;
        [0x8207] PidLidAppointmentAuxiliaryFlags Integer32;
        [0x8208] PidLidLocation String;
        [0x8209] PidLidMeetingWorkspaceUrl String;
        [0x820A] PidLidForwardInstance Boolean;
        [0x820C] PidLidLinkedTaskItems MultipleBinary;
        [0x820D] PidLidAppointmentStartWhole Time;
        [0x820E] PidLidAppointmentEndWhole Time;
        [0x820F] PidLidAppointmentStartTime Time;
        [0x8210] PidLidAppointmentEndTime Time;
        [0x8211] PidLidAppointmentEndDate Time;
        [0x8212] PidLidAppointmentStartDate Time;
        [0x8213] PidLidAppointmentDuration Integer32;
        [0x8214] PidLidAppointmentColor Integer32;
        [0x8215] PidLidAppointmentSubType Boolean;
        [0x8216] PidLidAppointmentRecur Binary;
        [0x8217] PidLidAppointmentStateFlags Integer32;
        [0x8218] PidLidResponseStatus Integer32;
        [0x8220] PidLidAppointmentReplyTime Time;
        [0x8223] PidLidRecurring Boolean;
        [0x8224] PidLidIntendedBusyStatus Integer32;
        [0x8226] PidLidAppointmentUpdateTime Time;
        [0x8228] PidLidExceptionReplaceTime Time;
        [0x8229] PidLidFInvited Boolean;
        [0x822B] PidLidFExceptionalAttendees Boolean;
        [0x822E] PidLidOwnerName String;
        [0x822F] PidLidFOthersAppointment Boolean;
        [0x8230] PidLidAppointmentReplyName String;
        [0x8231] PidLidRecurrenceType Integer32;
        [0x8232] PidLidRecurrencePattern String;
        [0x8233] PidLidTimeZoneStruct Binary;
        [0x8234] PidLidTimeZoneDescription String;
        [0x8235] PidLidClipStart Time;
        [0x8236] PidLidClipEnd Time;
        [0x8237] PidLidOriginalStoreEntryId Binary;
        [0x8238] PidLidAllAttendeesString String;
        [0x823A] PidLidAutoFillLocation Boolean;
        [0x823B] PidLidToAttendeesString String;
        [0x823C] PidLidCcAttendeesString String;
        [0x8240] PidLidConferencingCheck Boolean;
        [0x8241] PidLidConferencingType Integer32;
        [0x8242] PidLidDirectory String;
        [0x8243] PidLidOrganizerAlias String;
        [0x8244] PidLidAutoStartCheck Boolean;
        [0x8245] PidLidAutoStartWhen Integer32;
        [0x8246] PidLidAllowExternalCheck Boolean;
        [0x8247] PidLidCollaborateDoc String;
        [0x8248] PidLidNetShowUrl String;
        [0x8249] PidLidOnlinePassword String;
        [0x8250] PidLidAppointmentProposedStartWhole Time;
        [0x8251] PidLidAppointmentProposedEndWhole Time;
        [0x8256] PidLidAppointmentProposedDuration Integer32;
        [0x8257] PidLidAppointmentCounterProposal Boolean;
        [0x8259] PidLidAppointmentProposalNumber Integer32;
        [0x825A] PidLidAppointmentNotAllowPropose Boolean;
        [0x825D] PidLidAppointmentUnsendableRecipients Binary;
        [0x825E] PidLidAppointmentTimeZoneDefinitionStartDisplay Binary;
        [0x825F] PidLidAppointmentTimeZoneDefinitionEndDisplay Binary;
        [0x8260] PidLidAppointmentTimeZoneDefinitionRecur Binary;
        [0x8261] PidLidForwardNotificationRecipients Binary;
        [0x827A] PidLidInboundICalStream Binary;
        [0x827B] PidLidSingleBodyICal Boolean;
    }
    PSETID_CALENDARASSISTANT {
        [0x0015] PidLidClientIntent Integer32;
        [0x85CC] PidLidServerProcessed Boolean;
        [0x85CD] PidLidServerProcessingActions Integer32;
    }
    PSETID_COMMON {
        [0x1000] PidLidDayOfMonth Integer32;
        [0x1001] PidLidICalendarDayOfWeekMask Integer32;
        [0x1005] PidLidOccurrences Integer32;
        [0x1006] PidLidMonthOfYear Integer32;
        [0x100B] PidLidNoEndDateFlag Boolean;
        [0x100D] PidLidRecurrenceDuration Integer32;
        [0x8045] PidLidPromptSendUpdate Boolean;
        [0x8501] PidLidReminderDelta Integer32;
        [0x8502] PidLidReminderTime Time;
        [0x8503] PidLidReminderSet Boolean;
        [0x8504] PidLidReminderTimeTime Time;
        [0x8505] PidLidReminderTimeDate Time;
        [0x8506] PidLidPrivate Boolean;
        [0x850E] PidLidAgingDontAgeMe Boolean;
        [0x8510] PidLidSideEffects Integer32;
        [0x8511] PidLidRemoteStatus Integer32;
        [0x8514] PidLidSmartNoAttach Boolean;
        [0x8516] PidLidCommonStart Time;
        [0x8517] PidLidCommonEnd Time;
        [0x8518] PidLidTaskMode Integer32;
        [0x8519] PidLidTaskGlobalId Binary;
        [0x851A] PidLidAutoProcessState Integer32;
        [0x851C] PidLidReminderOverride Boolean;
        [0x851D] PidLidReminderType Integer32;
        [0x851E] PidLidReminderPlaySound Boolean;
        [0x851F] PidLidReminderFileParameter String;
        [0x8520] PidLidVerbStream Binary;
        [0x8524] PidLidVerbResponse String;
        [0x8530] PidLidFlagRequest String;
        [0x8534] PidLidMileage String;
        [0x8535] PidLidBilling String;
        [0x8536] PidLidNonSendableTo String;
        [0x8537] PidLidNonSendableCc String;
        [0x8538] PidLidNonSendableBcc String;
        [0x8539] PidLidCompanies MultipleString;
        [0x853A] PidLidContacts MultipleString;
        [0x8540] PidLidPropertyDefinitionStream Binary;
        [0x8543] PidLidNonSendToTrackStatus MultipleInteger32;
        [0x8544] PidLidNonSendCcTrackStatus MultipleInteger32;
        [0x8545] PidLidNonSendBccTrackStatus MultipleInteger32;
        [0x8549] PidLidRecallTime Time;
        [0x8552] PidLidCurrentVersion Integer32;
        [0x8554] PidLidCurrentVersionName String;
        [0x8560] PidLidReminderSignalTime Time;
        [0x8570] PidLidImapDeleted Integer32;
        [0x8578] PidLidHeaderItem Integer32;
        [0x8580] PidLidInternetAccountName String;
        [0x8581] PidLidInternetAccountStamp String;
        [0x8582] PidLidUseTnef Boolean;
        [0x8584] PidLidContactLinkSearchKey Binary;
        [0x8585] PidLidContactLinkEntry Binary;
        [0x8586] PidLidContactLinkName String;
        [0x8593] PidLidImageAttachmentsCompressionLevel Integer32;
        [0x859B] PidLidIsInterpersonalFax Boolean;
        [0x859C] PidLidSpamOriginalFolder Binary;
        [0x85A0] PidLidToDoOrdinalDate Time;
        [0x85A1] PidLidToDoSubOrdinal String;
        [0x85A4] PidLidToDoTitle String;
        [0x85A5] PidLidFShouldTNEF Boolean;
        [0x85B1] PidLidInfoPathFormName String;
        [0x85B5] PidLidClassified Boolean;
        [0x85B6] PidLidClassification String;
        [0x85B7] PidLidClassificationDescription String;
        [0x85B8] PidLidClassificationGuid String;
        [0x85B9] PidLidOfflineStatus Integer32;
        [0x85BA] PidLidClassificationKeep Boolean;
        [0x85BD] PidLidReferenceEntryId Binary;
        [0x85BF] PidLidValidFlagStringProof Time;
        [0x85C0] PidLidFlagString Integer32;
        [0x85C6] PidLidConversationActionMoveFolderEid Binary;
        [0x85C7] PidLidConversationActionMoveStoreEid Binary;
        [0x85C8] PidLidConversationActionMaxDeliveryTime Time;
        [0x85C9] PidLidConversationProcessed Integer32;
        [0x85CA] PidLidConversationActionLastAppliedTime Time;
        [0x85CB] PidLidConversationActionVersion Integer32;
        [0x85E0] PidLidPendingStateForSiteMailboxDocument Integer32;
    }
    PSETID_LOG {
        [0x8700] PidLidLogType String;
        [0x8706] PidLidLogStart Time;
        [0x8707] PidLidLogDuration Integer32;
        [0x8708] PidLidLogEnd Time;
        [0x870C] PidLidLogFlags Integer32;
        [0x870E] PidLidLogDocumentPrinted Boolean;
        [0x870F] PidLidLogDocumentSaved Boolean;
        [0x8710] PidLidLogDocumentRouted Boolean;
        [0x8711] PidLidLogDocumentPosted Boolean;
        [0x8712] PidLidLogTypeDesc String;
    }
    PSETID_MEETING {
        [0x0001] PidLidAttendeeCriticalChange Time;
        [0x0002] PidLidWhere String;
        [0x0003] PidLidGlobalObjectId Binary;
        [0x0004] PidLidIsSilent Boolean;
        [0x0005] PidLidIsRecurring Boolean;
        [0x0006] PidLidRequiredAttendees String;
        [0x0007] PidLidOptionalAttendees String;
        [0x0008] PidLidResourceAttendees String;
        [0x0009] PidLidDelegateMail Boolean;
        [0x000A] PidLidIsException Boolean;
        [0x000B] PidLidSingleInvite Boolean;
        [0x000C] PidLidTimeZone Integer32;
        [0x000D] PidLidStartRecurrenceDate Integer32;
        [0x000E] PidLidStartRecurrenceTime Integer32;
        [0x000F] PidLidEndRecurrenceDate Integer32;
        [0x0010] PidLidEndRecurrenceTime Integer32;
        [0x0011] PidLidDayInterval Integer16;
        [0x0012] PidLidWeekInterval Integer16;
        [0x0013] PidLidMonthInterval Integer16;
        [0x0014] PidLidYearInterval Integer16;
        [0x0017] PidLidMonthOfYearMask Integer32;
        [0x0018] PidLidOldRecurrenceType Integer16;
        [0x001A] PidLidOwnerCriticalChange Time;
        [0x001C] PidLidCalendarType Integer32;
        [0x001D] PidLidAllAttendeesList String;
        [0x0023] PidLidCleanGlobalObjectId Binary;
        [0x0024] PidLidAppointmentMessageClass String;
        [0x0026] PidLidMeetingType Integer32;
        [0x0028] PidLidOldLocation String;
        [0x0029] PidLidOldWhenStartWhole Time;
        [0x002A] PidLidOldWhenEndWhole Time;
    }
    PSETID_NOTE {
        [0x8B00] PidLidNoteColor Integer32;
        [0x8B02] PidLidNoteWidth Integer32;
        [0x8B03] PidLidNoteHeight Integer32;
        [0x8B04] PidLidNoteX Integer32;
        [0x8B05] PidLidNoteY Integer32;
    }
    PSETID_POSTRSS {
        [0x8900] PidLidPostRssChannelLink String;
        [0x8901] PidLidPostRssItemLink String;
        [0x8902] PidLidPostRssItemHash Integer32;
        [0x8903] PidLidPostRssItemGuid String;
        [0x8904] PidLidPostRssChannel String;
        [0x8905] PidLidPostRssItemXml String;
        [0x8906] PidLidPostRssSubscription String;
    }
    PSETID_REMOTE {
        [0x8F01] PidLidRemoteEntryId Binary;
        [0x8F02] PidLidRemoteMessageClass String;
        [0x8F03] PidLidRemoteTransport String;
        [0x8F04] PidLidRemoteTransferTime Integer32;
        [0x8F05] PidLidRemoteTransferSize Integer32;
        [0x8F06] PidLidRemoteSearchKey Binary;
        [0x8F07] PidLidRemoteAttachment Boolean;
    }
    PSETID_REPORT {
        [0x8D00] PidLidResendTime Time;
    }
    PSETID_SHARING {
        [0x8A00] PidLidSharingStatus Integer32;
        [0x8A01] PidLidSharingProviderGuid Guid;
        [0x8A02] PidLidSharingProviderName String;
        [0x8A03] PidLidSharingProviderUrl String;
        [0x8A04] PidLidSharingRemotePath String;
        [0x8A05] PidLidSharingRemoteName String;
        [0x8A06] PidLidSharingRemoteUid String;
        [0x8A07] PidLidSharingInitiatorName String;
        [0x8A08] PidLidSharingInitiatorSmtp String;
        [0x8A09] PidLidSharingInitiatorEntryId Binary;
        [0x8A0A] PidLidSharingFlags Integer32;
        [0x8A0B] PidLidSharingProviderExtension String;
        [0x8A0C] PidLidSharingRemoteUser String;
        [0x8A0D] PidLidSharingRemotePass String;
        [0x8A0E] PidLidSharingLocalPath String;
        [0x8A0F] PidLidSharingLocalName String;
        [0x8A10] PidLidSharingLocalUid String;
        [0x8A13] PidLidSharingFilter Binary;
        [0x8A14] PidLidSharingLocalType String;
        [0x8A15] PidLidSharingFolderEntryId Binary;
        [0x8A17] PidLidSharingCapabilities Integer32;
        [0x8A18] PidLidSharingFlavor Integer32;
        [0x8A19] PidLidSharingAnonymity Integer32;
        [0x8A1A] PidLidSharingReciprocation Integer32;
        [0x8A1B] PidLidSharingPermissions Integer32;
        [0x8A1C] PidLidSharingInstanceGuid Guid;
        [0x8A1D] PidLidSharingRemoteType String;
        [0x8A1E] PidLidSharingParticipants String;
        [0x8A1F] PidLidSharingLastSyncTime Time;
        [0x8A21] PidLidSharingExtensionXml String;
        [0x8A22] PidLidSharingRemoteLastModificationTime Time;
        [0x8A23] PidLidSharingLocalLastModificationTime Time;
        [0x8A24] PidLidSharingConfigurationUrl String;
        [0x8A25] PidLidSharingStart Time;
        [0x8A26] PidLidSharingStop Time;
        [0x8A27] PidLidSharingResponseType Integer32;
        [0x8A28] PidLidSharingResponseTime Time;
        [0x8A29] PidLidSharingOriginalMessageEntryId Binary;
        [0x8A2A] PidLidSharingSyncInterval Integer32;
        [0x8A2B] PidLidSharingDetail Integer32;
        [0x8A2C] PidLidSharingTimeToLive Integer32;
        [0x8A2D] PidLidSharingBindingEntryId Binary;
        [0x8A2E] PidLidSharingIndexEntryId Binary;
        [0x8A2F] PidLidSharingRemoteComment String;
        [0x8A40] PidLidSharingWorkingHoursStart Time;
        [0x8A41] PidLidSharingWorkingHoursEnd Time;
        [0x8A42] PidLidSharingWorkingHoursDays Integer32;
        [0x8A43] PidLidSharingWorkingHoursTimeZone Binary;
        [0x8A44] PidLidSharingDataRangeStart Time;
        [0x8A45] PidLidSharingDataRangeEnd Time;
        [0x8A46] PidLidSharingRangeStart Integer32;
        [0x8A47] PidLidSharingRangeEnd Integer32;
        [0x8A48] PidLidSharingRemoteStoreUid String;
        [0x8A49] PidLidSharingLocalStoreUid String;
        [0x8A4B] PidLidSharingRemoteByteSize Integer32;
        [0x8A4C] PidLidSharingRemoteCrc Integer32;
        [0x8A4D] PidLidSharingLocalComment String;
        [0x8A4E] PidLidSharingRoamLog Integer32;
        [0x8A4F] PidLidSharingRemoteMessageCount Integer32;
        [0x8A51] PidLidSharingBrowseUrl String;
        [0x8A55] PidLidSharingLastAutoSyncTime Time;
        [0x8A56] PidLidSharingTimeToLiveAuto Integer32;
        [0x8A5B] PidLidSharingRemoteVersion String;
        [0x8A5C] PidLidSharingParentBindingEntryId Binary;
        [0x8A60] PidLidSharingSyncFlags Integer32;
    }
    PSETID_TASK {
        [0x8101] PidLidTaskStatus Integer32;
        [0x8102] PidLidPercentComplete Floating64;
        [0x8103] PidLidTeamTask Boolean;
        [0x8104] PidLidTaskStartDate Time;
        [0x8105] PidLidTaskDueDate Time;
        [0x8107] PidLidTaskResetReminder Boolean;
        [0x8108] PidLidTaskAccepted Boolean;
        [0x8109] PidLidTaskDeadOccurrence Boolean;
        [0x810F] PidLidTaskDateCompleted Time;
        [0x8110] PidLidTaskActualEffort Integer32;
        [0x8111] PidLidTaskEstimatedEffort Integer32;
        [0x8112] PidLidTaskVersion Integer32;
        [0x8113] PidLidTaskState Integer32;
        [0x8115] PidLidTaskLastUpdate Time;
        [0x8116] PidLidTaskRecurrence Binary;
        [0x8117] PidLidTaskAssigners Binary;
        [0x8119] PidLidTaskStatusOnComplete Boolean;
        [0x811A] PidLidTaskHistory Integer32;
        [0x811B] PidLidTaskUpdates Boolean;
        [0x811C] PidLidTaskComplete Boolean;
        [0x811E] PidLidTaskFCreator Boolean;
        [0x811F] PidLidTaskOwner String;
        [0x8120] PidLidTaskMultipleRecipients Integer32;
        [0x8121] PidLidTaskAssigner String;
        [0x8122] PidLidTaskLastUser String;
        [0x8123] PidLidTaskOrdinal Integer32;
        [0x8124] PidLidTaskNoCompute Boolean;
        [0x8125] PidLidTaskLastDelegate String;
        [0x8126] PidLidTaskFRecurring Boolean;
        [0x8127] PidLidTaskRole String;
        [0x8129] PidLidTaskOwnership Integer32;
        [0x812A] PidLidTaskAcceptanceState Integer32;
        [0x812C] PidLidTaskFFixOffline Boolean;
        [0x8139] PidLidTaskCustomFlags Integer32;
        [0x823E] PidLidTrustRecipientHighlights Boolean;
    }
    PS_PUBLIC_STRINGS {
        [0x9000] PidLidCategories MultipleString;
        "AppName" PidNameApplicationName String;
        "Author" PidNameAuthor String;
        "ByteCount" PidNameByteCount Integer32;
        "urn:schemas:calendar:attendeerole" PidNameCalendarAttendeeRole Integer32;
        "urn:schemas:calendar:busystatus" PidNameCalendarBusystatus Unspecified;
        "urn:schemas:calendar:contact" PidNameCalendarContact String;
        "urn:schemas:calendar:contacturl" PidNameCalendarContactUrl String;
        "urn:schemas:calendar:created" PidNameCalendarCreated Time;
        "urn:schemas:calendar:descriptionurl" PidNameCalendarDescriptionUrl String;
        "urn:schemas:calendar:duration" PidNameCalendarDuration Integer32;
        "urn:schemas:calendar:exdate" PidNameCalendarExceptionDate MultipleTime;
        "urn:schemas:calendar:exrule" PidNameCalendarExceptionRule MultipleString;
        "urn:schemas:calendar:geolatitude" PidNameCalendarGeoLatitude Unspecified;
        "urn:schemas:calendar:geolongitude" PidNameCalendarGeoLongitude Unspecified;
        "urn:schemas:calendar:instancetype" PidNameCalendarInstanceType Unspecified;
        "urn:schemas:calendar:isorganizer" PidNameCalendarIsOrganizer Unspecified;
        "urn:schemas:calendar:lastmodified" PidNameCalendarLastModified Unspecified;
        "urn:schemas:calendar:locationurl" PidNameCalendarLocationUrl Unspecified;
        "urn:schemas:calendar:meetingstatus" PidNameCalendarMeetingStatus Unspecified;
        "urn:schemas:calendar:method" PidNameCalendarMethod Unspecified;
        "urn:schemas:calendar:prodid" PidNameCalendarProductId Unspecified;
        "urn:schemas:calendar:recurrenceidrange" PidNameCalendarRecurrenceIdRange Unspecified;
        "urn:schemas:calendar:reminderoffset" PidNameCalendarReminderOffset Unspecified;
        "urn:schemas:calendar:resources" PidNameCalendarResources Unspecified;
        "urn:schemas:calendar:rsvp" PidNameCalendarRsvp Unspecified;
        "urn:schemas:calendar:sequence" PidNameCalendarSequence Unspecified;
        "urn:schemas:calendar:timezone" PidNameCalendarTimeZone Unspecified;
        "urn:schemas:calendar:timezoneid" PidNameCalendarTimeZoneId Unspecified;
        "urn:schemas:calendar:transparent" PidNameCalendarTransparent Unspecified;
        "urn:schemas:calendar:uid" PidNameCalendarUid Unspecified;
        "urn:schemas:calendar:version" PidNameCalendarVersion Unspecified;
        "Category" PidNameCategory String;
        "CharCount" PidNameCharacterCount Integer32;
        "Comments" PidNameComments String;
        "Company" PidNameCompany String;
        "CreateDtmRo" PidNameCreateDateTimeReadOnly Time;
        "DAV:id" PidNameDavId Unspecified;
        "DAV:iscollection" PidNameDavIsCollection Unspecified;
        "DAV:isstructureddocument" PidNameDavIsStructuredDocument Unspecified;
        "DAV:parentname" PidNameDavParentName Unspecified;
        "DAV:uid" PidNameDavUid Unspecified;
        "DocParts" PidNameDocumentParts Unspecified;
        "EditTime" PidNameEditTime String;
        "http://schemas.microsoft.com/exchange/intendedbusystatus" PidNameExchangeIntendedBusyStatus Unspecified;
        "http://schemas.microsoft.com/exchange/junkemailmovestamp" PidNameExchangeJunkEmailMoveStamp Unspecified;
        "http://schemas.microsoft.com/exchange/modifyexceptionstruct" PidNameExchangeModifyExceptionStructure Unspecified;
        "http://schemas.microsoft.com/exchange/nomodifyexceptions" PidNameExchangeNoModifyExceptions Unspecified;
        "http://schemas.microsoft.com/exchange/patternend" PidNameExchangePatternEnd Unspecified;
        "http://schemas.microsoft.com/exchange/patternstart" PidNameExchangePatternStart Unspecified;
        "http://schemas.microsoft.com/exchange/reminderinterval" PidNameExchangeReminderInterval Unspecified;
        "urn:schemas-microsoft-com:exch-data:baseschema" PidNameExchDatabaseSchema Unspecified;
        "urn:schemas-microsoft-com:exch-data:expected-content-class" PidNameExchDataExpectedContentClass Unspecified;
        "urn:schemas-microsoft-com:exch-data:schema-collection-ref" PidNameExchDataSchemaCollectionReference Unspecified;
        "HeadingPairs" PidNameHeadingPairs Unspecified;
        "HiddenCount" PidNameHiddenCount Integer32;
        "urn:schemas:httpmail:calendar" PidNameHttpmailCalendar Unspecified;
        "urn:schemas:httpmail:htmldescription" PidNameHttpmailHtmlDescription Unspecified;
        "urn:schemas:httpmail:sendmsg" PidNameHttpmailSendMessage Unspecified;
        "urn:schemas:calendar:rdate" PidNameICalendarRecurrenceDate Unspecified;
        "urn:schemas:calendar:rrule" PidNameICalendarRecurrenceRule Unspecified;
        "Keywords" PidNameKeywords MultipleString;
        "LastAuthor" PidNameLastAuthor String;
        "LastPrinted" PidNameLastPrinted Time;
        "LastSaveDtm" PidNameLastSaveDateTime Time;
        "LineCount" PidNameLineCount Integer32;
        "LinksDirty" PidNameLinksDirty Unspecified;
        "Manager" PidNameManager String;
        "DoNotForward" PidNameMeetingDoNotForward Unspecified;
        "MMClipCount" PidNameMultimediaClipCount Integer32;
        "NoteCount" PidNameNoteCount Integer32;
        "OMSAccountGuid" PidNameOMSAccountGuid String;
        "OMSMobileModel" PidNameOMSMobileModel String;
        "OMSScheduleTime" PidNameOMSScheduleTime Unspecified;
        "OMSServiceType" PidNameOMSServiceType Integer32;
        "OMSSourceType" PidNameOMSSourceType Integer32;
        "PageCount" PidNamePageCount Integer32;
        "ParCount" PidNameParagraphCount Integer32;
        "http://schemas.microsoft.com/outlook/phishingstamp" PidNamePhishingStamp Integer32;
        "PresFormat" PidNamePresentationFormat String;
        "quarantine-original-sender" PidNameQuarantineOriginalSender Unspecified;
        "RevNumber" PidNameRevisionNumber Unspecified;
        "DRMLicense" PidNameRightsManagementLicense MultipleBinary;
        "Scale" PidNameScale Unspecified;
        "Security" PidNameSecurity Integer32;
        "SlideCount" PidNameSlideCount Integer32;
        "Subject" PidNameSubject String;
        "Template" PidNameTemplate String;
        "Thumbnail" PidNameThumbnail Unspecified;
        "Title" PidNameTitle String;
        "WordCount" PidNameWordCount Integer32;
    }
    PS_INTERNET_HEADERS {
        "Accept-Language" PidNameAcceptLanguage String;
        "Content-Base" PidNameContentBase String;
        "Content-Class" PidNameContentClass String;
        "Content-Type" PidNameContentType String;
        "Xref" PidNameCrossReference String;
        "From" PidNameFrom Unspecified;
        "Subject" PidNameInternetSubject Unspecified;
        "msip_labels" PidNameMSIPLabels Unspecified;
        "X-CallID" PidNameXCallId Unspecified;
        "X-FaxNumberOfPages" PidNameXFaxNumberOfPages Unspecified;
        "X-RequireProtectedPlayOnPhone" PidNameXRequireProtectedPlayOnPhone Unspecified;
        "X-CallingTelephoneNumber" PidNameXSenderTelephoneNumber Unspecified;
        "X-Sharing-Browse-Url" PidNameXSharingBrowseUrl String;
        "X-Sharing-Capabilities" PidNameXSharingCapabilities String;
        "X-Sharing-Config-Url" PidNameXSharingConfigUrl String;
        "X-Sharing-Exended-Caps" PidNameXSharingExendedCaps Unspecified;
        "X-Sharing-Flavor" PidNameXSharingFlavor String;
        "X-Sharing-Instance-Guid" PidNameXSharingInstanceGuid String;
        "X-Sharing-Local-Type" PidNameXSharingLocalType String;
        "X-Sharing-Provider-Guid" PidNameXSharingProviderGuid String;
        "X-Sharing-Provider-Name" PidNameXSharingProviderName String;
        "X-Sharing-Provider-Url" PidNameXSharingProviderUrl String;
        "X-Sharing-Remote-Name" PidNameXSharingRemoteName String;
        "X-Sharing-Remote-Path" PidNameXSharingRemotePath String;
        "X-Sharing-Remote-Store-Uid" PidNameXSharingRemoteStoreUid String;
        "X-Sharing-Remote-Type" PidNameXSharingRemoteType String;
        "X-Sharing-Remote-Uid" PidNameXSharingRemoteUid String;
        "X-AttachmentOrder" PidNameXVoiceMessageAttachmentOrder Unspecified;
        "X-VoiceMessageDuration" PidNameXVoiceMessageDuration Unspecified;
        "X-VoiceMessageSenderName" PidNameXVoiceMessageSenderName Unspecified;
    }
    PSETID_ATTACHMENT {
        "AttachmentMacContentType" PidNameAttachmentMacContentType String;
        "AttachmentMacInfo" PidNameAttachmentMacInfo Binary;
    }
    PSETID_UNIFIEDMESSAGING {
        "UMAudioNotes" PidNameAudioNotes String;
        "AsrData" PidNameAutomaticSpeechRecognitionData Binary;
    }
    PSETID_XMLEXTRACTEDENTITIES {
        "XmlExtractedAddresses" PidNameExtractedAddresses Unspecified;
        "XmlExtractedContacts" PidNameExtractedContacts Unspecified;
        "XmlExtractedEmails" PidNameExtractedEmails Unspecified;
        "XmlExtractedMeetings" PidNameExtractedMeetings Unspecified;
        "XmlExtractedPhones" PidNameExtractedPhones Unspecified;
        "XmlExtractedTasks" PidNameExtractedTasks Unspecified;
        "XmlExtractedUrls" PidNameExtractedUrls Unspecified;
    }
}
