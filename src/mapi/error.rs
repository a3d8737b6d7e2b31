//! Error codes, MS-OXCDATA 2.4, and the warnings and RPC-era codes that clients know: a table.
//!
//! `tests/it/tables.rs` compares it with `tests/data/tables/errorcodes.tsv`, where each row names
//! its sources.

crate::codes! {
    /// ReturnValue, ErrorCode and StatusCode fields, and the value of a PtypErrorCode property.
    #[derive(Default, serde::Serialize, serde::Deserialize)]
    pub struct ErrorCode(u32);
    0x0000_0000 Success;
    0x0000_0001 UnbindSuccess;
    0x0000_0002 UnbindFailure;
    0x0000_0141 IsamWarningRemainingVersions;
    0x0000_0159 IsamWarningUniqueKey;
    0x0000_0196 IsamWarningSeparateLongValue;
    0x0000_022E IsamWarningExistingLogFileHasBadSignature;
    0x0000_022F IsamWarningExistingLogFileIsNotContiguous;
    0x0000_0234 IsamWarningSkipThisRecord;
    0x0000_0242 IsamWarningTargetInstanceRunning;
    0x0000_0253 IsamWarningDatabaseRepaired;
    0x0000_03EA IsamError; // ecJetError
    0x0000_03EB UnknownUser; // ecUnknownUser
    0x0000_03EC IsamWarningColumnNull;
    0x0000_03ED Exiting; // ecExiting
    0x0000_03EE BadConfiguration; // ecBadConfig
    0x0000_03EF UnknownCodePage; // ecUnknownCodePage
    0x0000_03F0 ServerMemory; // ecServerOOM
    0x0000_03F1 IsamWarningSortOverflow;
    0x0000_03F2 LoginPermission; // ecLoginPerm
    0x0000_03F3 DatabaseRolledBack; // ecDatabaseRolledBack
    0x0000_03F4 DatabaseCopiedError; // ecDatabaseCopiedError
    0x0000_03F5 AuditNotAllowed; // ecAuditNotAllowed
    0x0000_03F6 ZombieUser; // ecZombieUser
    0x0000_03F7 UnconvertableACL; // ecUnconvertableACL
    0x0000_040F IsamWarningSeekNotEqual;
    0x0000_041F IsamWarningNoErrorInfo;
    0x0000_0422 IsamWarningNoIdleActivity;
    0x0000_042B IsamWarningNoWriteLock;
    0x0000_042C IsamWarningColumnSetNull;
    0x0000_044C NoFreeJetSessions; // ecNoFreeJses
    0x0000_044D DifferentJetSession; // ecDifferentJses
    0x0000_044F FileRemove; // ecFileRemove
    0x0000_0450 ParameterOverflow; // ecParameterOverflow
    0x0000_0451 BadVersion; // ecBadVersion
    0x0000_0452 TooManyColumns; // ecTooManyCols
    0x0000_0453 HaveMore; // ecHaveMore
    0x0000_0454 DatabaseError; // ecDatabaseError
    0x0000_0455 IndexNameTooBig; // ecIndexNameTooBig
    0x0000_0456 UnsupportedProperty; // ecUnsupportedProp
    0x0000_0457 MessageNotSaved; // ecMsgNotSaved
    0x0000_0459 UnpublishedNotification; // ecUnpubNotif
    0x0000_045B DifferentRoot; // ecDifferentRoot
    0x0000_045C BadFolderName; // ecBadFolderName
    0x0000_045D AttachmentOpen; // ecAttachOpen
    0x0000_045E InvalidCollapseState; // ecInvClpsState
    0x0000_045F SkipMyChildren; // ecSkipMyChildren
    0x0000_0460 SearchFolder; // ecSearchFolder
    0x0000_0461 NotSearchFolder; // ecNotSearchFolder
    0x0000_0462 FolderSetReceive; // ecFolderSetReceive
    0x0000_0463 NoReceiveFolder; // ecNoReceiveFolder
    0x0000_0465 DeleteSubmittedMessage; // ecNoDelSubmitMsg
    0x0000_0467 InvalidRecipients; // ecInvalidRecips
    0x0000_0468 NoReplicaHere; // ecNoReplicaHere
    0x0000_0469 NoReplicaAvailable; // ecNoReplicaAvailable
    0x0000_046A PublicDatabase; // ecPublicMDB
    0x0000_046B NotPublicDatabase; // ecNotPublicMDB
    0x0000_046C RecordNotFound; // ecRecordNotFound
    0x0000_046D ReplicationConflict; // ecReplConflict
    0x0000_0470 FXBufferOverrun; // ecFxBufferOverrun
    0x0000_0471 FXBufferEmpty; // ecFxBufferEmpty
    0x0000_0472 FXPartialValue; // ecFxPartialValue
    0x0000_0473 FxNoRoom; // ecFxNoRoom
    0x0000_0474 TimeExpired; // ecMaxTimeExpired
    0x0000_0475 DestinationError; // ecDstError
    0x0000_0476 DatabaseNotInitialized; // ecMDBNotInit
    0x0000_0478 WrongServer; // ecWrongServer
    0x0000_047D BufferTooSmall; // ecBufferTooSmall
    0x0000_047E AttachmentResolutionRequired; // ecRequiresRefResolve
    0x0000_047F ServerPaused; // ecServerPaused
    0x0000_0480 ServerBusy; // ecServerBusy;MissingMessageMailboxGuid
    0x0000_0481 NoSuchLogon; // ecNoSuchLogon
    0x0000_0482 LoadLibraryFailed; // ecLoadLibFailed
    0x0000_0483 AlreadyConfigured; // ecObjAlreadyConfig
    0x0000_0484 NotConfigured; // ecObjNotConfig
    0x0000_0485 DataLoss; // ecDataLoss
    0x0000_0488 MaximumSendThreadExceeded; // ecMaxSendThreadExceeded
    0x0000_0489 FxErrorMarker; // ecFxErrorMarker
    0x0000_048A NoFreeJtabs; // ecNoFreeJtabs
    0x0000_048B NotPrivateDatabase; // ecNotPrivateMDB
    0x0000_048C IsintegMDB; // ecIsintegMDB
    0x0000_048D RecoveryMismatch; // ecRecoveryMDBMismatch
    0x0000_048E TableMayNotBeDeleted; // ecTableMayNotBeDeleted
    0x0000_0490 SearchFolderScopeViolation; // ecSearchFolderScopeViolation
    0x0000_04B1 RpcRegisterIf; // ecRpcRegisterIf
    0x0000_04B2 RpcListen; // ecRpcListen
    0x0000_04B6 RpcFormat; // ecRpcFormat
    0x0000_04B7 NoCopyTo; // ecNoCopyTo
    0x0000_04B9 NullObject; // ecNullObject
    0x0000_04BC RpcAuthentication; // ecRpcAuthentication
    0x0000_04BD RpcBadAuthenticationLevel; // ecRpcBadAuthenticationLevel
    0x0000_04BE NullCommentRestriction; // ecNullCommentRestriction
    0x0000_04CC RulesLoadError; // ecRulesLoadError
    0x0000_04CD RulesDeliverErr; // ecRulesDelivErr
    0x0000_04CE RulesParsingErr; // ecRulesParsingErr
    0x0000_04CF RulesCreateDAE; // ecRulesCreateDaeErr
    0x0000_04D0 RulesCreateDAM; // ecRulesCreateDamErr
    0x0000_04D1 RulesNoMoveCopyFolder; // ecRulesNoMoveCopyFolder
    0x0000_04D2 RulesNoFolderRights; // ecRulesNoFolderRights
    0x0000_04D4 MessageTooBig; // ecMessageTooBig
    0x0000_04D5 FormNotValid; // ecFormNotValid
    0x0000_04D6 NotAuthorized; // ecNotAuthorized
    0x0000_04D7 DeleteMessage; // ecDeleteMessage
    0x0000_04D8 BounceMessage; // ecBounceMessage
    0x0000_04D9 QuotaExceeded; // ecQuotaExceeded
    0x0000_04DA MaxSubmissionExceeded; // ecMaxSubmissionExceeded
    0x0000_04DB MaxAttachmentExceeded; // ecMaxAttachmentExceeded
    0x0000_04DC SendAsDenied; // ecSendAsDenied
    0x0000_04DD ShutoffQuotaExceeded; // ecShutoffQuotaExceeded
    0x0000_04DE TooManyOpenObjects; // ecMaxObjsExceeded
    0x0000_04DF ClientVersionBlocked; // ecClientVerDisallowed
    0x0000_04E0 RpcHttpDisallowed; // ecRpcHttpDisallowed
    0x0000_04E1 CachedModeRequired; // ecCachedModeRequired
    0x0000_04E3 FolderNotCleanedUp; // ecFolderNotCleanedUp
    0x0000_04ED FormatError; // ecFmtError
    0x0000_04F7 NotExpanded; // ecNotExpanded
    0x0000_04F8 NotCollapsed; // ecNotCollapsed
    0x0000_04F9 NoExpandLeafRow; // ecLeaf
    0x0000_04FA UnregisteredNameProp; // ecUnregisteredNamedProp
    0x0000_04FB FolderDisabled; // ecFolderDisabled
    0x0000_04FC DomainError; // ecDomainError
    0x0000_04FF NoCreateRight; // ecNoCreateRight
    0x0000_0500 PublicRoot; // ecPublicRoot
    0x0000_0501 NoReadRight; // ecNoReadRight
    0x0000_0502 NoCreateSubfolderRight; // ecNoCreateSubfolderRight
    0x0000_0503 NullDestinationObject; // ecDstNullObject
    0x0000_0504 MessageCycle; // ecMsgCycle
    0x0000_0505 TooManyRecips; // ecTooManyRecips
    0x0000_050A VirusScanInProgress; // ecVirusScanInProgress
    0x0000_050B VirusDetected; // ecVirusDetected
    0x0000_050C MailboxInTransit; // ecMailboxInTransit
    0x0000_050D BackupInProgress; // ecBackupInProgress
    0x0000_050E VirusMessageDeleted; // ecVirusMessageDeleted
    0x0000_050F InvalidBackupSequence; // ecInvalidBackupSequence
    0x0000_0510 InvalidBackupType; // ecInvalidBackupType
    0x0000_0511 TooManyBackups; // ecTooManyBackupsInProgress
    0x0000_0512 RestoreInProgress; // ecRestoreInProgress
    0x0000_0515 IsamWarningTableEmpty;
    0x0000_052F IsamWarningTableInUseBySystem;
    0x0000_0579 DuplicateObject; // ecDuplicateObject
    0x0000_057A ObjectNotFound; // ecObjectNotFound
    0x0000_057B FixupReplyRule; // ecFixupReplyRule
    0x0000_057C TemplateNotFound; // ecTemplateNotFound
    0x0000_057D RuleExecution; // ecRuleException
    0x0000_057E DSNoSuchObject; // ecDSNoSuchObject
    0x0000_057F AlreadyTombstoned; // ecMessageAlreadyTombstoned
    0x0000_0587 IsamWarningCorruptIndexDeleted;
    0x0000_0596 ReadOnlyTransaction; // ecRequiresRWTransaction
    0x0000_05E8 IsamWarningColumnMaxTruncated; // JetWarningColumnMaxTruncated
    0x0000_05F0 IsamWarningCopyLongValue;
    0x0000_05FB IsamWarningColumnSkipped;
    0x0000_05FC IsamWarningColumnNotLocal;
    0x0000_05FD IsamWarningColumnMoreTags;
    0x0000_05FE IsamWarningColumnTruncated;
    0x0000_05FF IsamWarningColumnPresent;
    0x0000_0600 IsamWarningColumnSingleValue;
    0x0000_0601 IsamWarningColumnDefault;
    0x0000_060E Paused; // ecPaused
    0x0000_060F NotPaused; // ecNotPaused
    0x0000_0648 WrongMailbox; // ecWrongMailbox
    0x0000_064A IsamWarningDataHasChanged;
    0x0000_064C ChangePassword; // ecChgPassword
    0x0000_064D PasswordExpired; // ecPwdExpired
    0x0000_064E InvalidWorkstation; // ecInvWkstn
    0x0000_064F InvalidLogonHours; // ecInvLogonHrs
    0x0000_0650 AccountDisabled; // ecAcctDisabled
    0x0000_0652 IsamWarningKeyChanged;
    0x0000_06A4 RuleVersion; // ecRuleVersion
    0x0000_06A5 RuleFormat; // ecRuleFormat
    0x0000_06A6 RuleSendAsDenied; // ecRuleSendAsDenied
    0x0000_06B9 NoServerSupport; // ecNoServerSupport
    0x0000_06BA LockTimedOut; // ecLockTimedOut
    0x0000_06BB ObjectLocked; // ecObjectLocked
    0x0000_06BD InvalidLockNamespace; // ecInvalidLockNamespace
    0x0000_0715 IsamWarningFileOpenReadOnly;
    0x0000_0774 IsamWarningIdleFull;
    0x0000_07D0 IsamWarningDefragAlreadyRunning;
    0x0000_07D1 IsamWarningDefragNotRunning;
    0x0000_07D6 MessageDeleted; // ecMessageDeleted
    0x0000_07D8 ProtocolDisabled; // ecProtocolDisabled
    0x0000_07D9 CleartextLogonDisabled; // ecClearTextLogonDisabled
    0x0000_07EE Rejected; // ecRejected
    0x0000_0834 IsamWarningCallbackNotRegistered;
    0x0000_089A AmbiguousAlias; // ecAmbiguousAlias
    0x0000_089B UnknownMailbox; // ecUnknownMailbox
    0x0000_08FC ExpressionReserved; // ecExpReserved
    0x0000_08FD ExpressionParseDepth; // ecExpParseDepth
    0x0000_08FE ExpressionArgumentType; // ecExpFuncArgType
    0x0000_08FF ExpressionSyntax; // ecExpSyntax
    0x0000_0900 ExpressionBadStringToken; // ecExpBadStrToken
    0x0000_0901 ExpressionBadColToken; // ecExpBadColToken
    0x0000_0902 ExpressionTypeMismatch; // ecExpTypeMismatch
    0x0000_0903 ExpressionOperatorNotSupported; // ecExpOpNotSupported
    0x0000_0904 ExpressionDivideByZero; // ecExpDivByZero
    0x0000_0905 ExpressionUnaryArgument; // ecExpUnaryArgType
    0x0000_0960 NotLocked; // ecNotLocked
    0x0000_0961 ClientEvent; // ecClientEvent
    0x0000_0965 CorruptEvent; // ecCorruptEvent
    0x0000_0966 CorruptWatermark; // ecCorruptWatermark
    0x0000_0967 EventError; // ecEventError
    0x0000_0968 WatermarkError; // ecWatermarkError
    0x0000_0969 NonCanonicalACL; // ecNonCanonicalACL
    0x0000_096C MailboxDisabled; // ecMailboxDisabled
    0x0000_096D RulesFolderOverQuota; // ecRulesFolderOverQuota
    0x0000_096E AddressBookUnavailable; // ecADUnavailable
    0x0000_096F AddressBookError; // ecADError
    0x0000_0970 NotEncrypted; // ecNotEncrypted
    0x0000_0971 AddressBookObjectNotFound; // ecADNotFound
    0x0000_0972 AddressBookPropertyError; // ecADPropertyError
    0x0000_0973 RpcServerTooBusy; // ecRpcServerTooBusy
    0x0000_0974 RpcOutOfMemory; // ecRpcOutOfMemory
    0x0000_0975 RpcServerOutOfMemory; // ecRpcServerOutOfMemory
    0x0000_0976 RpcOutOfResources; // ecRpcOutOfResources
    0x0000_0977 RpcServerUnavailable; // ecRpcServerUnavailable
    0x0000_097A SecureSubmitError; // ecSecureSubmitError
    0x0000_097C EventsDeleted; // ecEventsDeleted
    0x0000_097D SubsystemStopping; // ecSubsystemStopping
    0x0000_097E AttendantUnavailable; // ecSAUnavailable
    0x0000_0A28 CIStopping; // ecCIStopping
    0x0000_0A29 FxInvalidState; // ecFxInvalidState
    0x0000_0A2A FxUnexpectedMarker; // ecFxUnexpectedMarker
    0x0000_0A2B DuplicateDelivery; // ecDuplicateDelivery
    0x0000_0A2C ConditionViolation; // ecConditionViolation
    0x0000_0A2D MaximumConnectionPoolsExceeded; // ecMaxPoolExceeded
    0x0000_0A2E InvalidRpcHandle; // ecRpcInvalidHandle
    0x0000_0A2F EventNotFound; // ecEventNotFound
    0x0000_0A30 PropertyNotPromoted; // ecPropNotPromoted
    0x0000_0A31 LowFreeSpaceForDatabase; // ecLowMdbSpace
    0x0000_0A32 LowFreeSpaceForLogs; // LowDatabaseLogDiskSpace
    0x0000_0A33 MailboxIsQuarantined; // MailboxQuarantined
    0x0000_0A34 DatabaseMountInProgress; // MountInProgress
    0x0000_0A35 DatabaseDismountInProgress; // DismountInProgress
    0x0000_0A36 ConnectionsOverBudget;
    0x0000_0A37 NotFoundInContainer;
    0x0000_0A38 CannotRemove;
    0x0000_0A39 InvalidConnectionPool; // InvalidPool
    0x0000_0A3A VirusScanGeneralFailure; // VirusScannerError
    0x0004_0203 NoService; // MAPI_W_NO_SERVICE
    0x0004_0380 ErrorsReturned; // MAPI_W_ERRORS_RETURNED;ecWarnWithErrors
    0x0004_0481 PositionChanged; // MAPI_W_POSITION_CHANGED;ecWarnPositionChanged
    0x0004_0482 ApproximateCount; // MAPI_W_APPROX_COUNT;ecWarnApproxCount
    0x0004_0580 CancelMessage; // MAPI_W_CANCEL_MESSAGE
    0x0004_0680 PartiallyComplete; // MAPI_W_PARTIAL_COMPLETION;ecPartialCompletion
    0x0004_0820 SyncProgress; // SYNC_W_PROGRESS
    0x0004_0821 NewerClientChange; // SYNC_W_CLIENT_CHANGE_NEWER
    0x8000_4002 NoInterface; // MAPI_E_INTERFACE_NOT_SUPPORTED;ecInterfaceNotSupported
    0x8000_4005 GeneralFailure; // MAPI_E_CALL_FAILED;ecError
    0x8003_0001 StorageInvalidFunction; // STG_E_INVALIDFUNCTION
    0x8003_0005 StorageAccessDenied; // STG_E_ACCESSDENIED
    0x8003_0008 StorageInsufficientMemory; // STG_E_INSUFFICIENTMEMORY
    0x8003_0009 StorageInvalidPointer; // STG_E_INVALIDPOINTER
    0x8003_001E StorageReadFault; // STG_E_READFAULT
    0x8003_0021 StorageLockViolation; // STG_E_LOCKVIOLATION
    0x8003_0057 StorageInvalidParameter; // STG_E_INVALIDPARAMETER
    0x8003_0070 StreamSizeError; // ecStreamSizeError
    0x8003_00FF StorageInvalidFlag; // STG_E_INVALIDFLAG
    0x8003_0103 StorageCannotSave; // STG_E_CANTSAVE
    0x8004_0102 NotSupported; // MAPI_E_NO_SUPPORT;ecNotSupported
    0x8004_0103 InvalidCharacterWidth; // MAPI_E_BAD_CHARWIDTH;ecBadCharwidth
    0x8004_0105 StringTooLong; // MAPI_E_STRING_TOO_LONG;ecStringTooLarge
    0x8004_0106 InvalidFlag; // MAPI_E_UNKNOWN_FLAGS;ecUnknownFlags
    0x8004_0107 InvalidEntryID; // MAPI_E_INVALID_ENTRYID;ecInvalidEntryId
    0x8004_0108 InvalidObject; // MAPI_E_INVALID_OBJECT;ecInvalidObject
    0x8004_0109 ObjectChanged; // MAPI_E_OBJECT_CHANGED;ecObjectModified
    0x8004_010A ObjectDeleted; // MAPI_E_OBJECT_DELETED;ecObjectDeleted
    0x8004_010B Busy; // MAPI_E_BUSY;ecBusy
    0x8004_010D OutOfDisk; // MAPI_E_NOT_ENOUGH_DISK;ecDiskFull
    0x8004_010E OutOfResources; // MAPI_E_NOT_ENOUGH_RESOURCES;ecInsufficientResrc
    0x8004_010F NotFound; // MAPI_E_NOT_FOUND;ecNotFound
    0x8004_0110 VersionMismatch; // MAPI_E_VERSION;ecVersion
    0x8004_0111 LogonFailed; // MAPI_E_LOGON_FAILED;ecLoginFailure
    0x8004_0112 TooManySessions; // MAPI_E_SESSION_LIMIT;ecTooManySessions
    0x8004_0113 UserCanceled; // MAPI_E_USER_CANCEL;ecUserAbort
    0x8004_0114 AbortFailed; // MAPI_E_UNABLE_TO_ABORT;ecUnableToAbort
    0x8004_0115 NetworkError; // MAPI_E_NETWORK_ERROR;ecRpcFailed;ecNetwork
    0x8004_0116 DiskError; // MAPI_E_DISK_ERROR;ecReadFault
    0x8004_0117 TooComplex; // MAPI_E_TOO_COMPLEX;ecTooComplex
    0x8004_0118 InvalidColumn; // MAPI_E_BAD_COLUMN
    0x8004_0119 ExtendedError; // MAPI_E_EXTENDED_ERROR
    0x8004_011A ComputedValue; // MAPI_E_COMPUTED;ecComputed
    0x8004_011B CorruptData; // MAPI_E_CORRUPT_DATA;ecCorruptData
    0x8004_011C Unconfigured; // MAPI_E_UNCONFIGURED
    0x8004_011D Failoneprovider; // MAPI_E_FAILONEPROVIDER
    0x8004_011E InvalidCodepage; // MAPI_E_UNKNOWN_CPID
    0x8004_011F InvalidLocale; // MAPI_E_UNKNOWN_LCID
    0x8004_0120 PasswordChangeRequired; // MAPI_E_PASSWORD_CHANGE_REQUIRED
    0x8004_0121 PasswordExpired80040121; // MAPI_E_PASSWORD_EXPIRED
    0x8004_0122 InvalidWorkstationAccount; // MAPI_E_INVALID_WORKSTATION_ACCOUNT
    0x8004_0123 TimeSkew; // MAPI_E_INVALID_ACCESS_TIME;ecTimeSkew
    0x8004_0124 AccountDisabled80040124; // MAPI_E_ACCOUNT_DISABLED
    0x8004_0200 EndOfSession; // MAPI_E_END_OF_SESSION
    0x8004_0201 UnknownEntryId; // MAPI_E_UNKNOWN_ENTRYID
    0x8004_0202 MissingRequiredColumn; // MAPI_E_MISSING_REQUIRED_COLUMN
    0x8004_0301 BadValue; // MAPI_E_BAD_VALUE;ecPropBadValue
    0x8004_0302 InvalidType; // MAPI_E_INVALID_TYPE;ecInvalidType
    0x8004_0303 UnsupportedType; // MAPI_E_TYPE_NO_SUPPORT;ecTypeNotSupported
    0x8004_0304 UnexpectedType; // MAPI_E_UNEXPECTED_TYPE;ecPropType
    0x8004_0305 TooBig; // MAPI_E_TOO_BIG;ecTooBig
    0x8004_0306 DeclineCopy; // MAPI_E_DECLINE_COPY
    0x8004_0307 UnexpectedId; // MAPI_E_UNEXPECTED_ID
    0x8004_0400 NotCompleted; // MAPI_E_UNABLE_TO_COMPLETE;ecUnableToComplete
    0x8004_0401 Timeout; // MAPI_E_TIMEOUT;ecTimeout
    0x8004_0402 EmptyTable; // MAPI_E_TABLE_EMPTY;ecTableEmpty
    0x8004_0403 TableTooBig; // MAPI_E_TABLE_TOO_BIG;ecTableTooBig
    0x8004_0405 InvalidBookmark; // MAPI_E_INVALID_BOOKMARK;ecInvalidBookmark
    0x8004_0500 ErrorWait; // MAPI_E_WAIT;ecWait
    0x8004_0501 ErrorCancel; // MAPI_E_CANCEL;ecCancel
    0x8004_0502 NotMe; // MAPI_E_NOT_ME
    0x8004_0600 CorruptStore; // MAPI_E_CORRUPT_STORE
    0x8004_0601 NotInQueue; // MAPI_E_NOT_IN_QUEUE;ecNotInQueue
    0x8004_0602 NoSuppress; // MAPI_E_NO_SUPPRESS
    0x8004_0604 CollidingNames; // MAPI_E_COLLISION;ecDuplicateName
    0x8004_0605 NotInitialized; // MAPI_E_NOT_INITIALIZED;ecNotInitialized
    0x8004_0606 NonStandard; // MAPI_E_NON_STANDARD
    0x8004_0607 NoRecipients; // MAPI_E_NO_RECIPIENTS
    0x8004_0608 AlreadySent; // MAPI_E_SUBMITTED;ecSubmitted
    0x8004_0609 HasFolders; // MAPI_E_HAS_FOLDERS;ecFolderHasChildren
    0x8004_060A HasMessages; // MAPI_E_HAS_MESSAGES;ecFolderHasContents
    0x8004_060B FolderCycle; // MAPI_E_FOLDER_CYCLE;ecRootFolder
    0x8004_060D TooManyLocks; // ecLockIdLimit
    0x8004_0700 AmbiguousRecipient; // MAPI_E_AMBIGUOUS_RECIP;ecAmbiguousRecip
    0x8004_0800 SyncObjectDeleted; // SYNC_E_OBJECT_DELETED
    0x8004_0801 IgnoreFailure; // SYNC_E_IGNORE
    0x8004_0802 SyncConflict; // SYNC_E_CONFLICT
    0x8004_0803 NoParentFolder; // SYNC_E_NO_PARENT
    0x8004_0804 CycleDetected; // SYNC_E_CYCLE_DETECTED
    0x8004_0805 NotSynchronized; // SYNC_E_UNSYNCHRONIZED
    0x8004_0900 NamedPropertyQuota; // ecNPQuotaExceeded
    0x8004_0FFF NotImplemented; // NotImplemented
    0x8007_0005 AccessDenied; // MAPI_E_NO_ACCESS;ecAccessDenied
    0x8007_000E OutOfMemory; // MAPI_E_NOT_ENOUGH_MEMORY;ecMAPIOOM
    0x8007_0057 InvalidParameter; // MAPI_E_INVALID_PARAMETER;ecInvalidParam
    0xFFFF_F05B IsamErrorFileCompressed;
    0xFFFF_F05F IsamErrorFileIOBeyondEOF;
    0xFFFF_F060 IsamErrorFileIOSparse;
    0xFFFF_F446 IsamErrorLSNotSet;
    0xFFFF_F447 IsamErrorLSAlreadySet;
    0xFFFF_F448 IsamErrorLSCallbackNotSpecified;
    0xFFFF_F69C IsamErrorOSSnapshotInvalidSnapId;
    0xFFFF_F69D IsamErrorOSSnapshotNotAllowed;
    0xFFFF_F69E IsamErrorOSSnapshotTimeOut;
    0xFFFF_F69F IsamErrorOSSnapshotInvalidSequence;
    0xFFFF_F7CA IsamErrorCallbackNotResolved;
    0xFFFF_F7CB IsamErrorCallbackFailed;
    0xFFFF_F883 IsamErrorRollbackError;
    0xFFFF_F884 IsamErrorOneDatabasePerSession;
    0xFFFF_F885 IsamErrorRecordFormatConversionFailed;
    0xFFFF_F886 IsamErrorSessionInUse;
    0xFFFF_F887 IsamErrorSessionContextNotSetByThisThread;
    0xFFFF_F888 IsamErrorSessionContextAlreadySet;
    0xFFFF_F889 IsamErrorEntryPointNotFound;
    0xFFFF_F88A IsamErrorSessionSharingViolation;
    0xFFFF_F88B IsamErrorTooManySplits;
    0xFFFF_F88D IsamErrorAccessDenied;
    0xFFFF_F88E IsamErrorInvalidOperation;
    0xFFFF_F8C4 IsamErrorLogCorrupted;
    0xFFFF_F8C6 IsamErrorAfterInitialization;
    0xFFFF_F8EC IsamErrorFileInvalidType;
    0xFFFF_F8ED IsamErrorFileNotFound;
    0xFFFF_F8EF IsamErrorPermissionDenied;
    0xFFFF_F8F0 IsamErrorDiskFull;
    0xFFFF_F8F3 IsamErrorTooManyAttachedDatabases;
    0xFFFF_F8F5 IsamErrorTempFileOpenError;
    0xFFFF_F95A IsamErrorInvalidOnSort;
    0xFFFF_F95B IsamErrorTooManySorts;
    0xFFFF_F9AD IsamErrorLanguageNotSupported;
    0xFFFF_F9B5 IsamErrorDataHasChanged;
    0xFFFF_F9B7 IsamErrorUpdateNotPrepared;
    0xFFFF_F9B8 IsamErrorKeyNotMade;
    0xFFFF_F9B9 IsamErrorAlreadyPrepared;
    0xFFFF_F9BB IsamErrorKeyDuplicate;
    0xFFFF_F9BC IsamErrorRecordPrimaryChanged;
    0xFFFF_F9BD IsamErrorNoCurrentRecord;
    0xFFFF_F9BE IsamErrorRecordNoCopy;
    0xFFFF_F9BF IsamErrorRecordNotFound;
    0xFFFF_FA06 IsamErrorInvalidPlaceholderColumn;
    0xFFFF_FA07 IsamErrorDerivedColumnCorruption;
    0xFFFF_FA08 IsamErrorMultiValuedDuplicateAfterTruncation;
    0xFFFF_FA0A IsamErrorLVCorrupted;
    0xFFFF_FA0B IsamErrorMultiValuedDuplicate;
    0xFFFF_FA0C IsamErrorDefaultValueTooBig;
    0xFFFF_FA0F IsamErrorCannotBeTagged;
    0xFFFF_FA11 IsamErrorColumnInRelationship;
    0xFFFF_FA12 IsamErrorBadItagSequence;
    0xFFFF_FA13 IsamErrorBadColumnId;
    0xFFFF_FA14 IsamErrorKeyIsMade;
    0xFFFF_FA15 IsamErrorNoCurrentIndex;
    0xFFFF_FA16 IsamErrorTaggedNotNULL;
    0xFFFF_FA19 IsamErrorInvalidColumnType;
    0xFFFF_FA1A IsamErrorColumnRedundant;
    0xFFFF_FA1B IsamErrorMultiValuedColumnMustBeTagged;
    0xFFFF_FA1C IsamErrorColumnDuplicate;
    0xFFFF_FA1D IsamErrorColumnNotFound;
    0xFFFF_FA1E IsamErrorColumnTooBig;
    0xFFFF_FA1F IsamErrorColumnIndexed;
    0xFFFF_FA20 IsamErrorNullInvalid;
    0xFFFF_FA21 IsamErrorColumnDoesNotFit;
    0xFFFF_FA22 IsamErrorColumnNoChunk;
    0xFFFF_FA23 IsamErrorColumnLong;
    0xFFFF_FA63 IsamErrorIndexTuplesKeyTooSmall;
    0xFFFF_FA64 IsamErrorIndexTuplesCannotRetrieveFromIndex;
    0xFFFF_FA65 IsamErrorIndexTuplesInvalidLimits;
    0xFFFF_FA66 IsamErrorIndexTuplesVarSegMacNotAllowed;
    0xFFFF_FA67 IsamErrorIndexTuplesTextBinaryColumnsOnly;
    0xFFFF_FA68 IsamErrorIndexTuplesNonUniqueOnly;
    0xFFFF_FA69 IsamErrorIndexTuplesTooManyColumns;
    0xFFFF_FA6A IsamErrorIndexTuplesSecondaryIndexOnly;
    0xFFFF_FA78 IsamErrorInvalidIndexId;
    0xFFFF_FA7A IsamErrorSecondaryIndexCorrupted;
    0xFFFF_FA7B IsamErrorPrimaryIndexCorrupted;
    0xFFFF_FA7C IsamErrorIndexBuildCorrupted;
    0xFFFF_FA7D IsamErrorMultiValuedIndexViolation;
    0xFFFF_FA7E IsamErrorTooManyOpenIndexes;
    0xFFFF_FA7F IsamErrorInvalidCreateIndex;
    0xFFFF_FA82 IsamErrorIndexInvalidDef;
    0xFFFF_FA83 IsamErrorIndexMustStay;
    0xFFFF_FA84 IsamErrorIndexNotFound;
    0xFFFF_FA85 IsamErrorIndexDuplicate;
    0xFFFF_FA86 IsamErrorIndexHasPrimary;
    0xFFFF_FA87 IsamErrorIndexCantBuild;
    0xFFFF_FACE IsamErrorCannotAddFixedVarColumnToDerivedTable;
    0xFFFF_FACF IsamErrorClientRequestToStopJetService;
    0xFFFF_FAD0 IsamErrorInvalidSettings;
    0xFFFF_FAD2 IsamErrorDDLNotInheritable;
    0xFFFF_FAD3 IsamErrorCannotNestDDL;
    0xFFFF_FAD4 IsamErrorFixedInheritedDDL;
    0xFFFF_FAD5 IsamErrorFixedDDL;
    0xFFFF_FAD6 IsamErrorExclusiveTableLockRequired;
    0xFFFF_FAD9 IsamErrorCannotDeleteTemplateTable;
    0xFFFF_FADA IsamErrorCannotDeleteSystemTable;
    0xFFFF_FADB IsamErrorCannotDeleteTempTable;
    0xFFFF_FADC IsamErrorInvalidObject;
    0xFFFF_FADE IsamErrorObjectDuplicate;
    0xFFFF_FADF IsamErrorTooManyOpenTablesAndCleanupTimedOut;
    0xFFFF_FAE0 IsamErrorIllegalOperation;
    0xFFFF_FAE1 IsamErrorTooManyOpenTables;
    0xFFFF_FAE2 IsamErrorInvalidTableId;
    0xFFFF_FAE4 IsamErrorTableNotEmpty;
    0xFFFF_FAE5 IsamErrorDensityInvalid;
    0xFFFF_FAE7 IsamErrorObjectNotFound;
    0xFFFF_FAE8 IsamErrorTableInUse;
    0xFFFF_FAE9 IsamErrorTableDuplicate;
    0xFFFF_FAEA IsamErrorTableLocked;
    0xFFFF_FB37 IsamErrorInvalidCreateDbVersion;
    0xFFFF_FB38 IsamErrorDatabaseCorruptedNoRepair;
    0xFFFF_FB3A IsamErrorDatabaseSignInUse;
    0xFFFF_FB3B IsamErrorPartiallyAttachedDB;
    0xFFFF_FB3C IsamErrorCatalogCorrupted;
    0xFFFF_FB3D IsamErrorForceDetachNotAllowed;
    0xFFFF_FB3E IsamErrorDatabaseIdInUse;
    0xFFFF_FB3F IsamErrorDatabaseInvalidPath;
    0xFFFF_FB40 IsamErrorAttachedDatabaseMismatch;
    0xFFFF_FB41 IsamErrorDatabaseSharingViolation;
    0xFFFF_FB42 IsamErrorTooManyInstances;
    0xFFFF_FB43 IsamErrorPageSizeMismatch;
    0xFFFF_FB44 IsamErrorDatabase500Format;
    0xFFFF_FB45 IsamErrorDatabase400Format;
    0xFFFF_FB46 IsamErrorDatabase200Format;
    0xFFFF_FB47 IsamErrorInvalidDatabaseVersion;
    0xFFFF_FB48 IsamErrorCannotDisableVersioning;
    0xFFFF_FB49 IsamErrorDatabaseLocked;
    0xFFFF_FB4A IsamErrorDatabaseCorrupted;
    0xFFFF_FB4B IsamErrorDatabaseInvalidPages;
    0xFFFF_FB4C IsamErrorDatabaseInvalidName;
    0xFFFF_FB4D IsamErrorDatabaseNotFound;
    0xFFFF_FB4E IsamErrorDatabaseInUse;
    0xFFFF_FB4F IsamErrorDatabaseDuplicate;
    0xFFFF_FBA5 IsamErrorInvalidInstance;
    0xFFFF_FBA6 IsamErrorSesidTableIdMismatch;
    0xFFFF_FBA7 IsamErrorCannotMaterializeForwardOnlySort;
    0xFFFF_FBA8 IsamErrorRecordTooBigForBackwardCompatibility;
    0xFFFF_FBA9 IsamErrorSessionWriteConflict;
    0xFFFF_FBAA IsamErrorTransReadOnly;
    0xFFFF_FBAB IsamErrorRollbackRequired;
    0xFFFF_FBAC IsamErrorInTransaction;
    0xFFFF_FBAF IsamErrorWriteConflictPrimaryIndex;
    0xFFFF_FBB0 IsamErrorInvalidSesid;
    0xFFFF_FBB1 IsamErrorTransTooDeep;
    0xFFFF_FBB2 IsamErrorWriteConflict;
    0xFFFF_FBB3 IsamErrorOutOfSessions;
    0xFFFF_FBBC IsamErrorInstanceUnavailableDueToFatalLogDiskFull;
    0xFFFF_FBBD IsamErrorDatabaseUnavailable;
    0xFFFF_FBBE IsamErrorInstanceUnavailable;
    0xFFFF_FBC2 IsamErrorInstanceNameInUse;
    0xFFFF_FBC3 IsamErrorTempPathInUse;
    0xFFFF_FBC4 IsamErrorLogFilePathInUse;
    0xFFFF_FBC5 IsamErrorSystemPathInUse;
    0xFFFF_FBC6 IsamErrorSystemParamsAlreadySet;
    0xFFFF_FBC7 IsamErrorRunningInMultiInstanceMode;
    0xFFFF_FBC8 IsamErrorRunningInOneInstanceMode;
    0xFFFF_FBCA IsamErrorOutOfSequentialIndexValues;
    0xFFFF_FBCB IsamErrorOutOfDbtimeValues;
    0xFFFF_FBCC IsamErrorOutOfAutoincrementValues;
    0xFFFF_FBCD IsamErrorOutOfLongValueIDs;
    0xFFFF_FBCE IsamErrorOutOfObjectIDs;
    0xFFFF_FBCF IsamErrorTooManyMempoolEntries;
    0xFFFF_FBD0 IsamErrorRecordNotDeleted;
    0xFFFF_FBD1 IsamErrorCannotIndex;
    0xFFFF_FBD3 IsamErrorVersionStoreOutOfMemory;
    0xFFFF_FBD6 IsamErrorVersionStoreOutOfMemoryAndCleanupTimedOut;
    0xFFFF_FBD7 IsamErrorVersionStoreEntryTooBig;
    0xFFFF_FBD8 IsamErrorInvalidLCMapStringFlags;
    0xFFFF_FBD9 IsamErrorInvalidCodePage;
    0xFFFF_FBDA IsamErrorInvalidLanguageId;
    0xFFFF_FBDB IsamErrorInvalidCountry;
    0xFFFF_FBDD IsamErrorTooManyActiveUsers;
    0xFFFF_FBE2 IsamErrorNotInTransaction;
    0xFFFF_FBE3 IsamErrorNullKeyDisallowed;
    0xFFFF_FBE4 IsamErrorLinkNotSupported;
    0xFFFF_FBE5 IsamErrorIndexInUse;
    0xFFFF_FBE8 IsamErrorColumnNotUpdatable;
    0xFFFF_FBE9 IsamErrorInvalidBufferSize;
    0xFFFF_FBEA IsamErrorColumnInUse;
    0xFFFF_FBEB IsamErrorInvalidBookmark;
    0xFFFF_FBEC IsamErrorInvalidFilename;
    0xFFFF_FBED IsamErrorContainerNotEmpty;
    0xFFFF_FBF0 IsamErrorTooManyColumns;
    0xFFFF_FBF2 IsamErrorBufferTooSmall;
    0xFFFF_FBF8 IsamErrorFileAccessDenied;
    0xFFFF_FBF9 IsamErrorInitInProgress;
    0xFFFF_FBFA IsamErrorAlreadyInitialized;
    0xFFFF_FBFB IsamErrorNotInitialized;
    0xFFFF_FBFC IsamErrorInvalidDatabase;
    0xFFFF_FBFD IsamErrorTooManyOpenDatabases;
    0xFFFF_FBFE IsamErrorRecordTooBig;
    0xFFFF_FBFF IsamErrorInvalidLogDirectory;
    0xFFFF_FC00 IsamErrorInvalidSystemPath; // ecZNullObject
    0xFFFF_FC01 IsamErrorInvalidPath;
    0xFFFF_FC02 IsamErrorDiskIO;
    0xFFFF_FC04 IsamErrorOutOfFileHandles; // ecZOutOfHandles
    0xFFFF_FC05 IsamErrorPageNotInitialized;
    0xFFFF_FC06 IsamErrorReadVerifyFailure;
    0xFFFF_FC07 IsamErrorRecordDeleted;
    0xFFFF_FC08 IsamErrorTooManyKeys;
    0xFFFF_FC09 IsamErrorTooManyIndexes;
    0xFFFF_FC0A IsamErrorOutOfBuffers;
    0xFFFF_FC0B IsamErrorOutOfCursors;
    0xFFFF_FC0C IsamErrorOutOfDatabaseSpace;
    0xFFFF_FC0D IsamErrorOutOfMemory;
    0xFFFF_FC0E IsamErrorInvalidDatabaseId;
    0xFFFF_FC10 IsamErrorDatabaseFileReadOnly;
    0xFFFF_FC15 IsamErrorInvalidParameter;
    0xFFFF_FC16 IsamErrorInvalidName;
    0xFFFF_FC17 IsamErrorFeatureNotAvailable;
    0xFFFF_FC18 IsamErrorTermInProgress;
    0xFFFF_FC7C IsamErrorInvalidGrbit;
    0xFFFF_FD99 IsamErrorRestoreOfNonBackupDatabase;
    0xFFFF_FD9A IsamErrorCheckpointDepthTooDeep;
    0xFFFF_FD9B IsamErrorSLVReadVerifyFailure;
    0xFFFF_FD9C IsamErrorLogReadVerifyFailure;
    0xFFFF_FD9D IsamErrorExistingLogFileIsNotContiguous;
    0xFFFF_FD9E IsamErrorExistingLogFileHasBadSignature;
    0xFFFF_FDA5 IsamErrorUnicodeNormalizationNotSupported;
    0xFFFF_FDA6 IsamErrorUnicodeTranslationFail;
    0xFFFF_FDA7 IsamErrorUnicodeTranslationBufferTooSmall;
    0xFFFF_FDB6 IsamErrorCommittedLogFilesCorrupt;
    0xFFFF_FDBA IsamErrorCommittedLogFilesMissing;
    0xFFFF_FDBB IsamErrorSoftRecoveryOnSnapshot;
    0xFFFF_FDBC IsamErrorDatabasesNotFromSameSnapshot;
    0xFFFF_FDBD IsamErrorRecoveredWithoutUndo;
    0xFFFF_FDBF IsamErrorBadRestoreTargetInstance;
    0xFFFF_FDC1 IsamErrorMustDisableLoggingForDbUpgrade;
    0xFFFF_FDC2 IsamErrorLogCorruptDuringHardRecovery;
    0xFFFF_FDC3 IsamErrorLogCorruptDuringHardRestore;
    0xFFFF_FDC5 IsamErrorLogTornWriteDuringHardRecovery;
    0xFFFF_FDC6 IsamErrorLogTornWriteDuringHardRestore;
    0xFFFF_FDC7 IsamErrorMissingFileToBackup;
    0xFFFF_FDC9 IsamErrorDbTimeTooNew;
    0xFFFF_FDCA IsamErrorDbTimeTooOld;
    0xFFFF_FDCB IsamErrorMissingCurrentLogFiles;
    0xFFFF_FDCD IsamErrorDatabaseIncompleteUpgrade;
    0xFFFF_FDCE IsamErrorDatabaseAlreadyUpgraded;
    0xFFFF_FDCF IsamErrorBadBackupDatabaseSize;
    0xFFFF_FDD0 IsamErrorMissingFullBackup;
    0xFFFF_FDD3 IsamErrorMissingRestoreLogFiles;
    0xFFFF_FDD4 IsamErrorGivenLogFileIsNotContiguous;
    0xFFFF_FDD5 IsamErrorGivenLogFileHasBadSignature;
    0xFFFF_FDD6 IsamErrorStartingRestoreLogTooHigh;
    0xFFFF_FDD7 IsamErrorEndingRestoreLogTooLow;
    0xFFFF_FDD8 IsamErrorDatabasePatchFileMismatch;
    0xFFFF_FDD9 IsamErrorConsistentTimeMismatch;
    0xFFFF_FDDA IsamErrorDatabaseDirtyShutdown;
    0xFFFF_FDDB IsamErrorStreamingDataNotLogged;
    0xFFFF_FDDC IsamErrorLogSequenceEndDatabasesConsistent;
    0xFFFF_FDDD IsamErrorLogSectorSizeMismatchDatabasesConsistent;
    0xFFFF_FDDE IsamErrorLogSectorSizeMismatch;
    0xFFFF_FDDF IsamErrorLogFileSizeMismatchDatabasesConsistent;
    0xFFFF_FDE0 IsamErrorSoftRecoveryOnBackupDatabase;
    0xFFFF_FDE1 IsamErrorRequiredLogFilesMissing;
    0xFFFF_FDE2 IsamErrorCheckpointFileNotFound;
    0xFFFF_FDE3 IsamErrorLogFileSizeMismatch;
    0xFFFF_FDE4 IsamErrorDatabaseStreamingFileMismatch;
    0xFFFF_FDE5 IsamErrorDatabaseLogSetMismatch;
    0xFFFF_FDE6 IsamErrorPatchFileMissing;
    0xFFFF_FDE7 IsamErrorBadSLVSignature;
    0xFFFF_FDE8 IsamErrorRedoAbruptEnded;
    0xFFFF_FDE9 IsamErrorBadPatchPage;
    0xFFFF_FDEA IsamErrorMissingPatchPage;
    0xFFFF_FDEB IsamErrorCheckpointCorrupt;
    0xFFFF_FDEC IsamErrorBadCheckpointSignature;
    0xFFFF_FDED IsamErrorBadDbSignature;
    0xFFFF_FDEE IsamErrorBadLogSignature;
    0xFFFF_FDEF IsamErrorLogDiskFull;
    0xFFFF_FDF0 IsamErrorMissingLogFile;
    0xFFFF_FDF1 IsamErrorRecoveredWithErrors;
    0xFFFF_FDF2 IsamErrorInvalidBackup;
    0xFFFF_FDF3 IsamErrorMakeBackupDirectoryFail;
    0xFFFF_FDF4 IsamErrorDeleteBackupFileFail;
    0xFFFF_FDF5 IsamErrorBackupNotAllowedYet;
    0xFFFF_FDF7 IsamErrorInvalidBackupSequence;
    0xFFFF_FDF8 IsamErrorNoBackup;
    0xFFFF_FDF9 IsamErrorLogSequenceEnd;
    0xFFFF_FDFB IsamErrorLogBufferTooSmall;
    0xFFFF_FDFC IsamErrorLoggingDisabled;
    0xFFFF_FDFD IsamErrorInvalidLogSequence;
    0xFFFF_FDFE IsamErrorBadLogVersion;
    0xFFFF_FDFF IsamErrorLogGenerationMismatch;
    0xFFFF_FE00 IsamErrorCannotLogDuringRecoveryRedo;
    0xFFFF_FE01 IsamErrorLogDisabledDueToRecoveryFailure;
    0xFFFF_FE02 IsamErrorLogWriteFail;
    0xFFFF_FE03 IsamErrorMissingPreviousLogFile;
    0xFFFF_FE06 IsamErrorRestoreInProgress;
    0xFFFF_FE07 IsamErrorBackupInProgress;
    0xFFFF_FE08 IsamErrorBackupDirectoryNotEmpty;
    0xFFFF_FE09 IsamErrorNoBackupDirectory;
    0xFFFF_FE0B IsamErrorLogFileCorrupt;
    0xFFFF_FE0C IsamErrorInvalidLoggedOperation;
    0xFFFF_FE68 IsamErrorKeyTooBig;
    0xFFFF_FEA6 IsamErrorKeyTruncated;
    0xFFFF_FEA8 IsamErrorDbTimeCorrupted;
    0xFFFF_FEA9 IsamErrorSPOwnExtCorrupted;
    0xFFFF_FEAA IsamErrorSPAvailExtCacheOutOfMemory;
    0xFFFF_FEAB IsamErrorSPAvailExtCorrupted;
    0xFFFF_FEAC IsamErrorSPAvailExtCacheOutOfSync;
    0xFFFF_FEAE IsamErrorBadParentPageLink;
    0xFFFF_FEB2 IsamErrorNTSystemCallFailed;
    0xFFFF_FEB8 IsamErrorBadBookmark;
    0xFFFF_FEB9 IsamErrorBadPageLink;
    0xFFFF_FEBC IsamErrorKeyBoundary;
    0xFFFF_FEBD IsamErrorPageBoundary;
    0xFFFF_FEBE IsamErrorPreviousVersion;
    0xFFFF_FF01 IsamErrorDatabaseBufferDependenciesCorrupted;
    0xFFFF_FF95 IsamErrorInternalError;
    0xFFFF_FF96 IsamErrorTaskDropped;
    0xFFFF_FF97 IsamErrorTooManyIO;
    0xFFFF_FF99 IsamErrorOutOfThreads;
    0xFFFF_FF9A IsamErrorFileClose;
    0xFFFF_FF9B IsamErrorRfsNotArmed;
    0xFFFF_FF9C IsamErrorRfsFailure;
    0xFFFF_FFFF IsamWarningNotYetImplemented;
}

/// Codes that the sources of the table lack. exchange.md (Streams), outlook.md §7
#[allow(non_upper_case_globals, clippy::allow_attributes, reason = "spelled as the table is")]
impl ErrorCode {
    /// STG_E_SEEKERROR, ecStreamSeekError
    pub const StreamSeekError: Self = Self(0x8003_0019);
    /// MAPI_E_STORE_FULL: the one quota error that Outlook has a text for.
    pub const StoreFull: Self = Self(0x8004_060C);
}

impl ErrorCode {
    /// The operation did what it was asked to do, perhaps with a warning; the success form of the
    /// response follows. MS-OXCDATA 2.4.2
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::Success || self.0 >> 16 == 4
    }
}
