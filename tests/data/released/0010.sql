BEGIN TRANSACTION;
CREATE TABLE accounts (
	name TEXT NOT NULL, 
	baseline_at BIGINT, 
	last_poll_at BIGINT, 
	last_good_poll_at BIGINT, 
	blind_after BIGINT, 
	failing_since BIGINT, 
	failures INTEGER NOT NULL, 
	last_error TEXT NOT NULL, 
	trouble TEXT NOT NULL, 
	told JSON NOT NULL, 
	skew_seconds FLOAT, 
	fraction_scale BOOLEAN NOT NULL, 
	skipped_rows INTEGER NOT NULL, 
	bad_fields INTEGER NOT NULL, 
	CONSTRAINT pk_accounts PRIMARY KEY (name)
);
INSERT INTO "accounts" VALUES('x',1,1,1,1,1,1,'x','x','["x"]',1.0,1,1,1);
CREATE TABLE acks (
	account TEXT NOT NULL, 
	job TEXT NOT NULL, 
	event_id INTEGER NOT NULL, 
	acked_at BIGINT NOT NULL, 
	CONSTRAINT pk_acks PRIMARY KEY (account, job), 
	CONSTRAINT fk_acks_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
INSERT INTO "acks" VALUES('x','x',1,1);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0010');
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	notification_id INTEGER NOT NULL, 
	started_at BIGINT NOT NULL, 
	duration_seconds FLOAT NOT NULL, 
	delivered BOOLEAN NOT NULL, 
	reason TEXT NOT NULL, output TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY (id), 
	CONSTRAINT fk_attempts_notification_id FOREIGN KEY(notification_id) REFERENCES notifications (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES(1,1,1,1.0,1,'x','x');
CREATE TABLE batch_jobs (
	account TEXT NOT NULL, 
	id TEXT NOT NULL, 
	status TEXT, 
	progress FLOAT, 
	user_id TEXT, 
	input_file_id TEXT, 
	file_size_bytes BIGINT, 
	created_at BIGINT, 
	completed_at BIGINT, 
	job_deadline BIGINT, 
	endpoint TEXT, 
	model_id TEXT, 
	output_file_id TEXT, 
	error_file_id TEXT, 
	error TEXT, 
	first_seen_at BIGINT NOT NULL, 
	last_seen_at BIGINT NOT NULL, 
	status_since BIGINT NOT NULL, 
	progress_since BIGINT NOT NULL, 
	missed_polls INTEGER NOT NULL, 
	missing_since BIGINT, 
	announced JSON NOT NULL, 
	finished BOOLEAN NOT NULL, 
	flat_for BIGINT NOT NULL, 
	stalled_since BIGINT, 
	told_deadline BIGINT, 
	told_step BIGINT, 
	told_risk BOOLEAN NOT NULL, 
	at_risk BOOLEAN NOT NULL, meaning TEXT, 
	CONSTRAINT pk_batch_jobs PRIMARY KEY (account, id), 
	CONSTRAINT fk_batch_jobs_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "batch_jobs" VALUES('x','x','x',1.0,'x','x',1,1,1,1,'x','x','x','x','x',1,1,1,1,1,1,'["x"]',1,1,1,1,1,1,1,'x');
CREATE TABLE channels (
	name TEXT NOT NULL, 
	failing_since BIGINT, 
	last_error TEXT NOT NULL, 
	told BOOLEAN NOT NULL, 
	last_success_at BIGINT, 
	configured BOOLEAN NOT NULL, round_at BIGINT, held_until BIGINT, held_because TEXT DEFAULT '' NOT NULL, disabled_at BIGINT, recovered_at BIGINT, refused INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_channels PRIMARY KEY (name)
);
INSERT INTO "channels" VALUES('x',1,'x',1,1,1,1,1,'x',1,1,1);
CREATE TABLE events (
	id INTEGER NOT NULL, 
	account TEXT NOT NULL, 
	job TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	qualifier TEXT NOT NULL, 
	happened_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	data JSON NOT NULL, 
	not_told JSON NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id), 
	CONSTRAINT uq_events_account_job_kind_qualifier UNIQUE (account, job, kind, qualifier)
);
INSERT INTO "events" VALUES(1,'x','x','x','x',1,1,'{"x": 1}','{"x": 1}');
CREATE TABLE files (
	account TEXT NOT NULL, 
	id TEXT NOT NULL, 
	filename TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	looked_up_at BIGINT NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (account, id), 
	CONSTRAINT fk_files_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "files" VALUES('x','x','x',1,1);
CREATE TABLE gaps (
	account TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_gaps PRIMARY KEY (account, since), 
	CONSTRAINT fk_gaps_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "gaps" VALUES('x',1,1,'x');
CREATE TABLE leases (
	subject TEXT NOT NULL, 
	replica TEXT NOT NULL, 
	fence BIGINT NOT NULL, 
	CONSTRAINT pk_leases PRIMARY KEY (subject)
);
INSERT INTO "leases" VALUES('x','x',1);
CREATE TABLE mutes (
	account TEXT NOT NULL, 
	model TEXT NOT NULL, 
	job TEXT NOT NULL, 
	muted_at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_mutes PRIMARY KEY (account, model, job)
);
INSERT INTO "mutes" VALUES('x','x','x',1,1);
CREATE TABLE notification_events (
	event_id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	notification_id INTEGER NOT NULL, 
	CONSTRAINT pk_notification_events PRIMARY KEY (event_id, channel), 
	CONSTRAINT fk_notification_events_event_id FOREIGN KEY(event_id) REFERENCES events (id), 
	CONSTRAINT fk_notification_events_notification_id FOREIGN KEY(notification_id) REFERENCES notifications (id) ON DELETE CASCADE
);
INSERT INTO "notification_events" VALUES(1,'x',1);
CREATE TABLE notifications (
	id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	created_at BIGINT NOT NULL, 
	next_attempt_at BIGINT NOT NULL, 
	locked_until BIGINT, 
	content JSON, 
	ended_at BIGINT, 
	reason TEXT NOT NULL, 
	reminder BOOLEAN NOT NULL, severity INTEGER DEFAULT '3' NOT NULL, unclear INTEGER DEFAULT '0' NOT NULL, set_aside BOOLEAN DEFAULT 0 NOT NULL, claim BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_notifications PRIMARY KEY (id), 
	CONSTRAINT uq_notifications_key UNIQUE ("key"), 
	CONSTRAINT ck_notifications_state CHECK (state IN ('pending', 'sent', 'dead'))
);
INSERT INTO "notifications" VALUES(1,'x','x','pending',1,1,1,1,'{"x": 1}',1,'x',1,1,1,1,1);
CREATE TABLE progress_samples (
	account TEXT NOT NULL, 
	job TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	progress FLOAT NOT NULL, 
	CONSTRAINT pk_progress_samples PRIMARY KEY (account, job, at), 
	CONSTRAINT fk_progress_samples_account_job FOREIGN KEY(account, job) REFERENCES batch_jobs (account, id) ON DELETE CASCADE
);
INSERT INTO "progress_samples" VALUES('x','x',1,1.0);
CREATE TABLE reminder_events (
	notification_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	CONSTRAINT pk_reminder_events PRIMARY KEY (notification_id, event_id), 
	CONSTRAINT fk_reminder_events_notification_id FOREIGN KEY(notification_id) REFERENCES notifications (id) ON DELETE CASCADE, 
	CONSTRAINT fk_reminder_events_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
INSERT INTO "reminder_events" VALUES(1,1);
CREATE TABLE reminders (
	event_id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	CONSTRAINT pk_reminders PRIMARY KEY (event_id, channel), 
	CONSTRAINT fk_reminders_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
INSERT INTO "reminders" VALUES(1,'x');
CREATE TABLE replicas (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version TEXT NOT NULL, 
	started_at BIGINT NOT NULL, 
	seen_at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	config TEXT NOT NULL, 
	subjects JSON NOT NULL, 
	CONSTRAINT pk_replicas PRIMARY KEY (id)
);
INSERT INTO "replicas" VALUES('x','x','x',1,1,1,'x','{"x": 1}');
CREATE TABLE results (
	account TEXT NOT NULL, 
	job TEXT NOT NULL, 
	"end" TEXT NOT NULL, 
	state TEXT NOT NULL, 
	verdict TEXT, 
	requests INTEGER, 
	succeeded INTEGER, 
	failed INTEGER, 
	missing INTEGER, 
	duplicated INTEGER, 
	"foreign" INTEGER, 
	unreadable INTEGER, 
	empty INTEGER, 
	truncated INTEGER, 
	prompt_tokens BIGINT, 
	completion_tokens BIGINT, 
	total_tokens BIGINT, 
	cost TEXT, 
	causes JSON NOT NULL, 
	files JSON NOT NULL, 
	kept_bytes BIGINT, 
	reason TEXT NOT NULL, 
	counted_at BIGINT, 
	created_at BIGINT NOT NULL, 
	free_at BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_attempt_at BIGINT NOT NULL, 
	locked_until BIGINT, 
	give_up_at BIGINT NOT NULL, claim BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_results PRIMARY KEY (account, job), 
	CONSTRAINT fk_results_account_job FOREIGN KEY(account, job) REFERENCES batch_jobs (account, id) ON DELETE CASCADE, 
	CONSTRAINT ck_results_state CHECK (state IN ('waiting', 'counted', 'lost', 'skipped'))
);
INSERT INTO "results" VALUES('x','x','end:COMPLETED','counted','partial',10,8,1,1,0,0,0,1,0,100,200,300,'0.25','[{"code":"429","message":"rate limit","count":1,"share":0.5,"example":"r-1","retry_helps":true}]','[]',1024,'',1795600000000000,1795500000000000,1795500060000000,1,1795500005000000,NULL,1795586400000000,1);
CREATE INDEX ix_events_job ON events (job);
CREATE INDEX ix_events_seen_at ON events (seen_at);
CREATE INDEX ix_notification_events_notification_id ON notification_events (notification_id);
CREATE INDEX ix_attempts_notification_id ON attempts (notification_id);
CREATE INDEX ix_acks_event_id ON acks (event_id);
CREATE INDEX ix_reminder_events_event_id ON reminder_events (event_id);
CREATE INDEX ix_attempts_started_at ON attempts (started_at);
CREATE INDEX ix_results_state_next_attempt_at ON results (state, next_attempt_at);
CREATE INDEX ix_results_counted_at ON results (counted_at);
CREATE INDEX ix_batch_jobs_finished_ended_at ON batch_jobs (finished, (CASE WHEN completed_at >= coalesce(created_at, completed_at)
 THEN CASE WHEN completed_at > last_seen_at THEN last_seen_at ELSE completed_at END
 ELSE coalesce(CASE WHEN status_since <= first_seen_at THEN created_at END, status_since) END), status, meaning);
CREATE INDEX ix_batch_jobs_account_finished_status_model_id ON batch_jobs (account, finished, status, model_id);
CREATE INDEX ix_events_kind_seen_at_account_job ON events (kind, seen_at, account, job);
CREATE INDEX ix_batch_jobs_ended_badly ON batch_jobs (id, account, meaning, status) WHERE coalesce(meaning, status) IN ('EXPIRED', 'FAILED');
CREATE INDEX ix_notifications_state_channel_id_reminder ON notifications (state, channel, id, reminder);
COMMIT;
