audit-kind-backup = Backup
audit-did-backup-made = Backup made
audit-did-backup-failed = Backup failed
audit-did-backup-restored = Restored from a backup
trouble-backup-failed = The backup failed
trouble-backup-old = The backup is too old
trouble-disk-database = The disk with the database is nearly full
trouble-disk-files = The disk with the files is nearly full
trouble-since = { $what }, since { $at }
upkeep-last-backup = Last backup
upkeep-no-backup = None recorded
mail-alert-backup-failed-subject = Alert: the backup failed
mail-alert-backup-failed-purpose = The last attempt to make a backup failed.
mail-alert-backup-failed-next = Please run openrebate backup again once the cause is resolved. The previous backup is where it was; nothing was overwritten.
mail-alert-backup-old-subject = Alert: the backup is too old
mail-alert-backup-old-purpose = There is no backup as recent as there should be.
mail-alert-backup-old-next = Please look at the job that runs openrebate backup. The limit is backup.max_age in the configuration.
mail-alert-disk-subject = Alert: { $what }
mail-alert-disk-purpose = { $what }: less than 10 % is free.
mail-alert-disk-next = Once it is full nothing can be written; pages can still be read. Please free up space.
mail-alert-over-subject = Resolved: { $what }
mail-alert-over-purpose = The problem reported before no longer exists: { $what }.
mail-alert-over-next = There is nothing left to do.
mail-fact-tried = When
mail-fact-backup = File
mail-fact-last-backup = Last backup
mail-fact-max-age = Maximum age
mail-fact-free = Free
mail-fact-free-room = Free space
mail-no-backup = None recorded
mail-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
 }
