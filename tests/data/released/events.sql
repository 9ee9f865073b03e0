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
INSERT INTO "accounts" VALUES('default',1795494660000000,1795494660000000,1795494660000000,NULL,NULL,0,'','','[]',NULL,0,0,0);
CREATE TABLE acks (
	account TEXT NOT NULL, 
	job TEXT NOT NULL, 
	event_id INTEGER NOT NULL, 
	acked_at BIGINT NOT NULL, 
	CONSTRAINT pk_acks PRIMARY KEY (account, job), 
	CONSTRAINT fk_acks_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
	at_risk BOOLEAN NOT NULL, 
	CONSTRAINT pk_batch_jobs PRIMARY KEY (account, id), 
	CONSTRAINT fk_batch_jobs_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000001','IN_PROGRESS',6.64999999999992819077e-01,'user-1','file-in-01',1001,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795435260000000,1795462260000000,1795435260000000,1795462260000000,11,1795462320000000,'["IN_PROGRESS", "vanished"]',0,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000002','COMPLETED',1.0,'user-1','file-in-02',1002,1795431600000000,1795435380000000,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo','file-out-2',NULL,NULL,1795435260000000,1795494060000000,1795435440000000,1795435440000000,0,NULL,'["IN_PROGRESS", "end:COMPLETED"]',1,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000003','COMPLETED',1.0,'user-1','file-in-03',1003,1795431600000000,1795435380000000,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo','file-out-3','file-err-3',NULL,1795435260000000,1795435440000000,1795435440000000,1795435440000000,1,1795435500000000,'["IN_PROGRESS", "end:COMPLETED"]',1,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000004','COMPLETED',1.0,'user-1','file-in-04',1004,1795431600000000,1795435380000000,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,'file-err-4',NULL,1795435260000000,1795494060000000,1795435440000000,1795435440000000,0,NULL,'["IN_PROGRESS", "end:COMPLETED"]',1,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000005','COMPLETED',1.0,'user-1','file-in-05',1005,1795431600000000,1795435380000000,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo','file-out-5',NULL,'line 3: invalid JSON',1795435260000000,1795446300000000,1795446300000000,1795446300000000,1,1795446360000000,'["IN_PROGRESS", "end:COMPLETED", "end:FAILED"]',1,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000006','EXPIRED',0.4,'user-1','file-in-06',1006,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo','file-out-6',NULL,NULL,1795435260000000,1795435440000000,1795435440000000,1795435440000000,1,1795435500000000,'["IN_PROGRESS", "end:EXPIRED"]',1,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000007','IN_PROGRESS',0.1,'user-1','file-in-07',1007,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795435260000000,1795435440000000,1795435260000000,1795435260000000,3,1795435500000000,'["IN_PROGRESS", "vanished"]',0,180000000,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000010','IN_PROGRESS',0.1,'user-1','file-in-10',1010,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795435320000000,1795435440000000,1795435380000000,1795435440000000,3,1795435500000000,'["IN_PROGRESS", "VALIDATING", "vanished"]',0,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000011','CANCELLED',0.0,'user-1','file-in-11',1011,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795435320000000,1795435440000000,1795435440000000,1795435320000000,1,1795435500000000,'["CANCELING", "VALIDATING", "end:CANCELLED"]',1,0,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000012','PAUSED',0.0,'user-1','file-in-12',1012,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795435320000000,1795446300000000,1795435320000000,1795435320000000,11,1795446360000000,'["PAUSED", "vanished"]',0,390000000,NULL,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000020','IN_PROGRESS',0.1645,'user-1','file-in-20',1020,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','Qwen/Qwen2.5-7B-Instruct-Turbo',NULL,NULL,NULL,1795435500000000,1795462260000000,1795435500000000,1795462260000000,11,1795462320000000,'["IN_PROGRESS", "vanished"]',0,0,NULL,1795518000000000,NULL,1,1);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000021','IN_PROGRESS',0.2,'user-1','file-in-21',1021,1795431600000000,NULL,1795518000000000,'/v1/chat/completions','Qwen/Qwen2.5-7B-Instruct-Turbo',NULL,NULL,NULL,1795454460000000,1795462260000000,1795454460000000,1795454460000000,11,1795462320000000,'["IN_PROGRESS", "vanished"]',0,7800000000,1795454460000000,NULL,NULL,0,0);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000031','IN_PROGRESS',0.341,'user-1','file-in-31',1031,1795462260000000,NULL,1795505460000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795462320000000,1795494060000000,1795462320000000,1795494060000000,0,NULL,'["IN_PROGRESS"]',0,0,NULL,1795505460000000,21600000000,1,1);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000032','IN_PROGRESS',0.9275,'user-1','file-in-32',1032,1795462260000000,NULL,1795480260000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795462320000000,1795494060000000,1795462320000000,1795494060000000,0,NULL,'["IN_PROGRESS"]',0,0,NULL,1795480260000000,0,0,1);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000033','IN_PROGRESS',0.0004,'user-1','file-in-33',1033,1795462260000000,NULL,1795483860000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795462320000000,1795494060000000,1795462320000000,1795481520000000,0,NULL,'["IN_PROGRESS"]',0,750000000,NULL,1795483860000000,0,0,1);
INSERT INTO "batch_jobs" VALUES('default','3f2a9c1e-0000-4000-8000-000000000034','IN_PROGRESS',0.0,'user-1',NULL,1034,1795462260000000,NULL,1795480260000000,'/v1/chat/completions','meta-llama/Llama-3.3-70B-Instruct-Turbo',NULL,NULL,NULL,1795462320000000,1795494060000000,1795462320000000,1795462320000000,0,NULL,'["IN_PROGRESS"]',0,19950000000,1795462320000000,1795480260000000,0,0,0);
CREATE TABLE channels (
	name TEXT NOT NULL, 
	failing_since BIGINT, 
	last_error TEXT NOT NULL, 
	told BOOLEAN NOT NULL, 
	last_success_at BIGINT, 
	configured BOOLEAN NOT NULL, round_at BIGINT, held_until BIGINT, held_because TEXT DEFAULT '' NOT NULL, disabled_at BIGINT, 
	CONSTRAINT pk_channels PRIMARY KEY (name)
);
INSERT INTO "channels" VALUES('oncall',NULL,'',0,NULL,1,NULL,NULL,'',NULL);
INSERT INTO "channels" VALUES('team',NULL,'',0,NULL,1,NULL,NULL,'',NULL);
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
INSERT INTO "events" VALUES(1,'default','','account.watching','',1795435260000000,1795435260000000,'{"job": null, "facts": {"jobs": 8, "running": 7, "ended_untold": 1}}','{"oncall": "account.watching is not told by default"}');
INSERT INTO "events" VALUES(2,'default','3f2a9c1e-0000-4000-8000-000000000012','batch.status_unknown','PAUSED',1795435320000000,1795435320000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000012", "status": "PAUSED", "progress": 0.0, "user_id": "user-1", "input_file_id": "file-in-12", "file_size_bytes": 1012, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"input_file": "nightly-12.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(3,'default','3f2a9c1e-0000-4000-8000-000000000010','batch.created','',1795431600000000,1795435320000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000010", "status": "VALIDATING", "progress": 0.0, "user_id": "user-1", "input_file_id": "file-in-10", "file_size_bytes": 1010, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"input_file": "nightly-10.jsonl"}}','{"oncall": "batch.created is not told by default"}');
INSERT INTO "events" VALUES(4,'default','3f2a9c1e-0000-4000-8000-000000000010','batch.validating','VALIDATING',1795435320000000,1795435320000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000010", "status": "VALIDATING", "progress": 0.0, "user_id": "user-1", "input_file_id": "file-in-10", "file_size_bytes": 1010, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"input_file": "nightly-10.jsonl"}}','{"oncall": "batch.validating is not told by default"}');
INSERT INTO "events" VALUES(5,'default','3f2a9c1e-0000-4000-8000-000000000010','batch.in_progress','IN_PROGRESS',1795435380000000,1795435380000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000010", "status": "IN_PROGRESS", "progress": 0.0, "user_id": "user-1", "input_file_id": "file-in-10", "file_size_bytes": 1010, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"previous_status": "VALIDATING", "api": "http://127.0.0.1:8080/v1", "input_file": "nightly-10.jsonl"}}','{"oncall": "batch.in_progress is not told by default"}');
INSERT INTO "events" VALUES(6,'default','3f2a9c1e-0000-4000-8000-000000000011','batch.canceling','CANCELING',1795435380000000,1795435380000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000011", "status": "CANCELING", "progress": 0.0, "user_id": "user-1", "input_file_id": "file-in-11", "file_size_bytes": 1011, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"previous_status": "VALIDATING", "api": "http://127.0.0.1:8080/v1", "input_file": "nightly-11.jsonl"}}','{"oncall": "batch.canceling is not told by default"}');
INSERT INTO "events" VALUES(7,'default','3f2a9c1e-0000-4000-8000-000000000005','batch.failed','end:FAILED',1795435380000000,1795435440000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000005", "status": "FAILED", "progress": 0.1, "user_id": "user-1", "input_file_id": "file-in-05", "file_size_bytes": 1005, "created_at": "2026-11-23T11:00:00.000000Z", "completed_at": "2026-11-23T12:03:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo", "error": "line 3: invalid JSON"}, "facts": {"previous_status": "IN_PROGRESS", "input_file": "nightly-05.jsonl"}}','{}');
INSERT INTO "events" VALUES(8,'default','3f2a9c1e-0000-4000-8000-000000000006','batch.expired','end:EXPIRED',1795435440000000,1795435440000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000006", "status": "EXPIRED", "progress": 0.4, "user_id": "user-1", "input_file_id": "file-in-06", "file_size_bytes": 1006, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo", "output_file_id": "file-out-6"}, "facts": {"previous_status": "IN_PROGRESS", "input_file": "nightly-06.jsonl"}}','{}');
INSERT INTO "events" VALUES(9,'default','3f2a9c1e-0000-4000-8000-000000000003','batch.completed_with_errors','end:COMPLETED',1795435380000000,1795435440000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000003", "status": "COMPLETED", "progress": 1.0, "user_id": "user-1", "input_file_id": "file-in-03", "file_size_bytes": 1003, "created_at": "2026-11-23T11:00:00.000000Z", "completed_at": "2026-11-23T12:03:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo", "output_file_id": "file-out-3", "error_file_id": "file-err-3"}, "facts": {"previous_status": "IN_PROGRESS", "input_file": "nightly-03.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(10,'default','3f2a9c1e-0000-4000-8000-000000000011','batch.cancelled','end:CANCELLED',1795435440000000,1795435440000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000011", "status": "CANCELLED", "progress": 0.0, "user_id": "user-1", "input_file_id": "file-in-11", "file_size_bytes": 1011, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"previous_status": "CANCELING", "input_file": "nightly-11.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(11,'default','3f2a9c1e-0000-4000-8000-000000000002','batch.completed','end:COMPLETED',1795435380000000,1795435440000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000002", "status": "COMPLETED", "progress": 1.0, "user_id": "user-1", "input_file_id": "file-in-02", "file_size_bytes": 1002, "created_at": "2026-11-23T11:00:00.000000Z", "completed_at": "2026-11-23T12:03:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo", "output_file_id": "file-out-2"}, "facts": {"previous_status": "IN_PROGRESS", "input_file": "nightly-02.jsonl"}}','{"oncall": "min_severity: success is below failure"}');
INSERT INTO "events" VALUES(12,'default','3f2a9c1e-0000-4000-8000-000000000001','batch.progress','50',1795435440000000,1795435440000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000001", "status": "IN_PROGRESS", "progress": 0.55, "user_id": "user-1", "input_file_id": "file-in-01", "file_size_bytes": 1001, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"threshold": 50, "input_file": "nightly-01.jsonl"}}','{"oncall": "batch.progress is not told by default"}');
INSERT INTO "events" VALUES(13,'default','3f2a9c1e-0000-4000-8000-000000000004','batch.completed_empty','end:COMPLETED',1795435380000000,1795435500000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000004", "status": "COMPLETED", "progress": 1.0, "user_id": "user-1", "input_file_id": "file-in-04", "file_size_bytes": 1004, "created_at": "2026-11-23T11:00:00.000000Z", "completed_at": "2026-11-23T12:03:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo", "error_file_id": "file-err-4"}, "facts": {"api": "http://127.0.0.1:8080/v1", "input_file": "nightly-04.jsonl"}}','{}');
INSERT INTO "events" VALUES(14,'default','3f2a9c1e-0000-4000-8000-000000000020','batch.created','',1795431600000000,1795435500000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000020", "status": "IN_PROGRESS", "progress": 0.1, "user_id": "user-1", "input_file_id": "file-in-20", "file_size_bytes": 1020, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}, "facts": {"api": "http://127.0.0.1:8080/v1", "input_file": "nightly-20.jsonl"}}','{"oncall": "batch.created is not told by default"}');
INSERT INTO "events" VALUES(15,'default','3f2a9c1e-0000-4000-8000-000000000020','batch.in_progress','IN_PROGRESS',1795435500000000,1795435500000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000020", "status": "IN_PROGRESS", "progress": 0.1, "user_id": "user-1", "input_file_id": "file-in-20", "file_size_bytes": 1020, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}, "facts": {"api": "http://127.0.0.1:8080/v1", "input_file": "nightly-20.jsonl"}}','{"oncall": "batch.in_progress is not told by default"}');
INSERT INTO "events" VALUES(16,'default','3f2a9c1e-0000-4000-8000-000000000005','batch.completed','end:COMPLETED',1795435380000000,1795446300000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000005", "status": "COMPLETED", "progress": 1.0, "user_id": "user-1", "input_file_id": "file-in-05", "file_size_bytes": 1005, "created_at": "2026-11-23T11:00:00.000000Z", "completed_at": "2026-11-23T12:03:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo", "output_file_id": "file-out-5", "error": "line 3: invalid JSON"}, "facts": {"previous_status": "FAILED", "corrects": "FAILED", "blind_from": "2026-11-23T12:05:00.000000Z", "blind_until": "2026-11-23T15:05:00.000000Z", "blind_reason": "daemon down", "input_file": "nightly-05.jsonl"}}','{"oncall": "min_severity: success is below failure"}');
INSERT INTO "events" VALUES(17,'default','3f2a9c1e-0000-4000-8000-000000000007','batch.vanished','',1795435500000000,1795446360000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000007", "status": "IN_PROGRESS", "progress": 0.1, "user_id": "user-1", "input_file_id": "file-in-07", "file_size_bytes": 1007, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"missed_polls": 3, "input_file": "nightly-07.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(18,'default','3f2a9c1e-0000-4000-8000-000000000001','batch.stalled','2026-11-23T12:05:00.000000Z',1795453320000000,1795453320000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000001", "status": "IN_PROGRESS", "progress": 0.56, "user_id": "user-1", "input_file_id": "file-in-01", "file_size_bytes": 1001, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"since": "2026-11-23T12:05:00.000000Z", "cohort": "both jobs of account default flat since 12:05 UTC: likely on Together''s side", "cohort_jobs": 2, "cohort_of": "of account default", "cohort_since": "2026-11-23T12:05:00.000000Z", "input_file": "nightly-01.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(19,'default','3f2a9c1e-0000-4000-8000-000000000020','batch.stalled','2026-11-23T12:05:00.000000Z',1795453320000000,1795453320000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000020", "status": "IN_PROGRESS", "progress": 0.1, "user_id": "user-1", "input_file_id": "file-in-20", "file_size_bytes": 1020, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}, "facts": {"since": "2026-11-23T12:05:00.000000Z", "cohort": "both jobs of account default flat since 12:05 UTC: likely on Together''s side", "cohort_jobs": 2, "cohort_of": "of account default", "cohort_since": "2026-11-23T12:05:00.000000Z", "input_file": "nightly-20.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(20,'default','3f2a9c1e-0000-4000-8000-000000000001','batch.resumed','2026-11-23T12:05:00.000000Z',1795454400000000,1795454400000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000001", "status": "IN_PROGRESS", "progress": 0.6, "user_id": "user-1", "input_file_id": "file-in-01", "file_size_bytes": 1001, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"since": "2026-11-23T12:05:00.000000Z", "stalled_seconds": 18900.0, "input_file": "nightly-01.jsonl"}}','{"oncall": "batch.resumed is not told by default"}');
INSERT INTO "events" VALUES(21,'default','3f2a9c1e-0000-4000-8000-000000000021','batch.in_progress','IN_PROGRESS',1795454460000000,1795454460000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000021", "status": "IN_PROGRESS", "progress": 0.2, "user_id": "user-1", "input_file_id": "file-in-21", "file_size_bytes": 1021, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}, "facts": {"input_file": "nightly-21.jsonl"}}','{"oncall": "batch.in_progress is not told by default"}');
INSERT INTO "events" VALUES(22,'default','3f2a9c1e-0000-4000-8000-000000000020','batch.at_risk','2026-11-24T11:00:00.000000Z',1795460400000000,1795460400000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000020", "status": "IN_PROGRESS", "progress": 0.14900000000000002, "user_id": "user-1", "input_file_id": "file-in-20", "file_size_bytes": 1020, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}, "facts": {"time_left": 57600.0, "outlook": "about 2026-11-25 08:09 UTC (2026-11-23 21:08 to 2026-12-20 15:50), 3.0 %/h", "forecast": "2026-11-25T08:09:03.561314Z", "earliest": "2026-11-23T21:08:25.316243Z", "latest": "2026-12-20T15:50:28.430521Z", "pace": "3.0 %/h", "poll_age": 0.0, "input_file": "nightly-20.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(23,'default','3f2a9c1e-0000-4000-8000-000000000021','batch.stalled','2026-11-23T17:21:00.000000Z',1795461660000000,1795461660000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000021", "status": "IN_PROGRESS", "progress": 0.2, "user_id": "user-1", "input_file_id": "file-in-21", "file_size_bytes": 1021, "created_at": "2026-11-23T11:00:00.000000Z", "job_deadline": "2026-11-24T11:00:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "Qwen/Qwen2.5-7B-Instruct-Turbo"}, "facts": {"since": "2026-11-23T17:21:00.000000Z", "input_file": "nightly-21.jsonl"}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(24,'default','3f2a9c1e-0000-4000-8000-000000000032','batch.deadline_approaching','2026-11-24T00:31:00.000000Z 21600s',1795462320000000,1795462320000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000032", "status": "IN_PROGRESS", "progress": 0.1, "user_id": "user-1", "input_file_id": "file-in-32", "file_size_bytes": 1032, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T00:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"step": "6h", "time_left": 17940.0, "outlook": "can''t tell yet: too few samples", "poll_age": 0.0}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(25,'default','3f2a9c1e-0000-4000-8000-000000000032','batch.deadline_approaching','2026-11-24T00:31:00.000000Z 3600s',1795476660000000,1795476660000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000032", "status": "IN_PROGRESS", "progress": 0.6975, "user_id": "user-1", "input_file_id": "file-in-32", "file_size_bytes": 1032, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T00:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"step": "1h", "time_left": 3600.0, "outlook": "about 2026-11-24 01:22 UTC (2026-11-24 00:22 to 2026-11-24 03:45), 16 %/h", "forecast": "2026-11-24T01:22:48.575905Z", "earliest": "2026-11-24T00:22:08.540653Z", "latest": "2026-11-24T03:45:15.204823Z", "pace": "16 %/h", "poll_age": 0.0}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(26,'default','3f2a9c1e-0000-4000-8000-000000000032','batch.deadline_approaching','2026-11-24T00:31:00.000000Z 900s',1795479360000000,1795479360000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000032", "status": "IN_PROGRESS", "progress": 0.8099999999999999, "user_id": "user-1", "input_file_id": "file-in-32", "file_size_bytes": 1032, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T00:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"step": "15m", "time_left": 900.0, "outlook": "about 01:27 UTC (00:54-02:34), 16 %/h", "forecast": "2026-11-24T01:27:18.608389Z", "earliest": "2026-11-24T00:54:52.656616Z", "latest": "2026-11-24T02:34:37.873431Z", "pace": "16 %/h", "poll_age": 0.0}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(27,'default','3f2a9c1e-0000-4000-8000-000000000032','batch.deadline_missed','2026-11-24T00:31:00.000000Z',1795480260000000,1795480260000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000032", "status": "IN_PROGRESS", "progress": 0.8475, "user_id": "user-1", "input_file_id": "file-in-32", "file_size_bytes": 1032, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T00:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"outlook": "about 01:28 UTC (01:03-02:19), 16 %/h", "forecast": "2026-11-24T01:28:27.746650Z", "earliest": "2026-11-24T01:03:20.048974Z", "latest": "2026-11-24T02:19:47.902449Z", "pace": "16 %/h", "poll_age": 0.0}}','{}');
INSERT INTO "events" VALUES(28,'default','3f2a9c1e-0000-4000-8000-000000000034','batch.deadline_missed','2026-11-24T00:31:00.000000Z',1795480260000000,1795480260000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000034", "status": "IN_PROGRESS", "progress": 0.0, "user_id": "user-1", "file_size_bytes": 1034, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T00:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"outlook": "can''t tell yet: no progress yet", "poll_age": 0.0}}','{}');
INSERT INTO "events" VALUES(29,'default','3f2a9c1e-0000-4000-8000-000000000033','batch.deadline_approaching','2026-11-24T01:31:00.000000Z 3600s',1795480260000000,1795480260000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000033", "status": "IN_PROGRESS", "progress": 0.00030000000000000003, "user_id": "user-1", "input_file_id": "file-in-33", "file_size_bytes": 1033, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T01:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"step": "1h", "time_left": 3600.0, "outlook": "not within 30 days at under 0.01 %/h", "forecast": "2026-12-24T00:31:00.000000Z", "poll_age": 0.0}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(30,'default','3f2a9c1e-0000-4000-8000-000000000033','batch.deadline_missed','2026-11-24T01:31:00.000000Z',1795483860000000,1795483860000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000033", "status": "IN_PROGRESS", "progress": 0.0004, "user_id": "user-1", "input_file_id": "file-in-33", "file_size_bytes": 1033, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T01:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"outlook": "not within 30 days at under 0.01 %/h", "forecast": "2026-12-24T01:31:00.000000Z", "poll_age": 1800.0}}','{}');
INSERT INTO "events" VALUES(31,'default','3f2a9c1e-0000-4000-8000-000000000031','batch.deadline_approaching','2026-11-24T07:31:00.000000Z 21600s',1795483860000000,1795483860000000,'{"job": {"id": "3f2a9c1e-0000-4000-8000-000000000031", "status": "IN_PROGRESS", "progress": 0.339, "user_id": "user-1", "input_file_id": "file-in-31", "file_size_bytes": 1031, "created_at": "2026-11-23T19:31:00.000000Z", "job_deadline": "2026-11-24T07:31:00.000000Z", "endpoint": "/v1/chat/completions", "model_id": "meta-llama/Llama-3.3-70B-Instruct-Turbo"}, "facts": {"step": "6h", "time_left": 21600.0, "outlook": "about 11:49 UTC (08:22-16:53), 6.1 %/h", "forecast": "2026-11-24T11:49:33.994125Z", "earliest": "2026-11-24T08:22:38.052501Z", "latest": "2026-11-24T16:53:27.555985Z", "pace": "6.1 %/h", "poll_age": 1800.0}}','{"oncall": "min_severity: warning is below failure"}');
INSERT INTO "events" VALUES(32,'default','','account.unreachable','2026-11-24T04:21:00.000000Z',1795494060000000,1795494420000000,'{"job": null, "facts": {"error": "api.together.ai is unavailable (503)", "failures": 2, "outage_since": "2026-11-24T04:21:00.000000Z"}}','{}');
INSERT INTO "events" VALUES(33,'default','','account.unauthorized','2026-11-24T04:21:00.000000Z',1795494060000000,1795494480000000,'{"job": null, "facts": {"error": "api.together.ai refused the API key (401)", "failures": 3, "outage_since": "2026-11-24T04:21:00.000000Z"}}','{}');
INSERT INTO "events" VALUES(34,'default','','account.recovered','2026-11-24T04:21:00.000000Z',1795494600000000,1795494600000000,'{"job": null, "facts": {"error": "api.together.ai refused the API key (401)", "failures": 3, "outage_since": "2026-11-24T04:21:00.000000Z", "blind_seconds": 600.0}}','{"oncall": "min_severity: success is below failure"}');
INSERT INTO "events" VALUES(35,'','','channel.failing','oncall 2026-11-24T04:30:00.000000Z',1795494600000000,1795494600000000,'{"job": null, "facts": {"channel": "oncall", "error": "HTTP 404 Not Found", "outage_since": "2026-11-24T04:30:00.000000Z"}}','{"oncall": "it is the channel in question"}');
INSERT INTO "events" VALUES(36,'','','channel.recovered','oncall 2026-11-24T04:30:00.000000Z',1795494660000000,1795494660000000,'{"job": null, "facts": {"channel": "oncall", "error": "HTTP 404 Not Found", "outage_since": "2026-11-24T04:30:00.000000Z"}}','{"oncall": "it is the channel in question"}');
CREATE TABLE files (
	account TEXT NOT NULL, 
	id TEXT NOT NULL, 
	filename TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	looked_up_at BIGINT NOT NULL, 
	CONSTRAINT pk_files PRIMARY KEY (account, id), 
	CONSTRAINT fk_files_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "files" VALUES('default','file-in-01','nightly-01.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-02','nightly-02.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-03','nightly-03.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-04','nightly-04.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-05','nightly-05.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-06','nightly-06.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-07','nightly-07.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-08','nightly-08.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-09','nightly-09.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-10','nightly-10.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-11','nightly-11.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-12','nightly-12.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-13','nightly-13.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-14','nightly-14.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-15','nightly-15.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-16','nightly-16.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-17','nightly-17.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-18','nightly-18.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-19','nightly-19.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-20','nightly-20.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-21','nightly-21.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-22','nightly-22.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-23','nightly-23.jsonl',1,1795435200000000);
INSERT INTO "files" VALUES('default','file-in-24','nightly-24.jsonl',1,1795435200000000);
CREATE TABLE gaps (
	account TEXT NOT NULL, 
	since BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT pk_gaps PRIMARY KEY (account, since), 
	CONSTRAINT fk_gaps_account FOREIGN KEY(account) REFERENCES accounts (name)
);
INSERT INTO "gaps" VALUES('default',1795435500000000,1795446300000000,'daemon down');
CREATE TABLE mutes (
	account TEXT NOT NULL, 
	model TEXT NOT NULL, 
	job TEXT NOT NULL, 
	muted_at BIGINT NOT NULL, 
	until BIGINT NOT NULL, 
	CONSTRAINT pk_mutes PRIMARY KEY (account, model, job)
);
CREATE TABLE notification_events (
	event_id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	notification_id INTEGER NOT NULL, 
	CONSTRAINT pk_notification_events PRIMARY KEY (event_id, channel), 
	CONSTRAINT fk_notification_events_event_id FOREIGN KEY(event_id) REFERENCES events (id), 
	CONSTRAINT fk_notification_events_notification_id FOREIGN KEY(notification_id) REFERENCES notifications (id) ON DELETE CASCADE
);
INSERT INTO "notification_events" VALUES(1,'team',1);
INSERT INTO "notification_events" VALUES(2,'team',2);
INSERT INTO "notification_events" VALUES(3,'team',2);
INSERT INTO "notification_events" VALUES(4,'team',2);
INSERT INTO "notification_events" VALUES(5,'team',3);
INSERT INTO "notification_events" VALUES(6,'team',3);
INSERT INTO "notification_events" VALUES(7,'team',4);
INSERT INTO "notification_events" VALUES(8,'team',4);
INSERT INTO "notification_events" VALUES(9,'team',4);
INSERT INTO "notification_events" VALUES(10,'team',4);
INSERT INTO "notification_events" VALUES(11,'team',4);
INSERT INTO "notification_events" VALUES(12,'team',4);
INSERT INTO "notification_events" VALUES(7,'oncall',5);
INSERT INTO "notification_events" VALUES(8,'oncall',5);
INSERT INTO "notification_events" VALUES(13,'team',6);
INSERT INTO "notification_events" VALUES(14,'team',6);
INSERT INTO "notification_events" VALUES(15,'team',6);
INSERT INTO "notification_events" VALUES(13,'oncall',7);
INSERT INTO "notification_events" VALUES(16,'team',8);
INSERT INTO "notification_events" VALUES(17,'team',9);
INSERT INTO "notification_events" VALUES(18,'team',10);
INSERT INTO "notification_events" VALUES(19,'team',10);
INSERT INTO "notification_events" VALUES(20,'team',11);
INSERT INTO "notification_events" VALUES(21,'team',12);
INSERT INTO "notification_events" VALUES(22,'team',13);
INSERT INTO "notification_events" VALUES(23,'team',14);
INSERT INTO "notification_events" VALUES(24,'team',15);
INSERT INTO "notification_events" VALUES(25,'team',16);
INSERT INTO "notification_events" VALUES(26,'team',17);
INSERT INTO "notification_events" VALUES(27,'team',18);
INSERT INTO "notification_events" VALUES(28,'team',18);
INSERT INTO "notification_events" VALUES(29,'team',18);
INSERT INTO "notification_events" VALUES(27,'oncall',19);
INSERT INTO "notification_events" VALUES(28,'oncall',19);
INSERT INTO "notification_events" VALUES(30,'team',20);
INSERT INTO "notification_events" VALUES(31,'team',20);
INSERT INTO "notification_events" VALUES(30,'oncall',21);
INSERT INTO "notification_events" VALUES(32,'team',22);
INSERT INTO "notification_events" VALUES(32,'oncall',23);
INSERT INTO "notification_events" VALUES(33,'team',24);
INSERT INTO "notification_events" VALUES(33,'oncall',25);
INSERT INTO "notification_events" VALUES(34,'team',26);
INSERT INTO "notification_events" VALUES(35,'team',27);
INSERT INTO "notification_events" VALUES(36,'team',28);
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
	reminder BOOLEAN NOT NULL, severity INTEGER DEFAULT '3' NOT NULL, 
	CONSTRAINT pk_notifications PRIMARY KEY (id), 
	CONSTRAINT uq_notifications_key UNIQUE ("key"), 
	CONSTRAINT ck_notifications_state CHECK (state IN ('pending', 'sent', 'dead'))
);
INSERT INTO "notifications" VALUES(1,'team','76092a3e-cacb-4d47-a1d3-d27a240e5b75','pending',0,1795435260000000,1795435260000000,NULL,NULL,NULL,'',0,0);
INSERT INTO "notifications" VALUES(2,'team','05f5dd72-e03f-4f34-bda4-baaff6bf025a','pending',0,1795435320000000,1795435320000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(3,'team','6c00d50e-7114-4352-90dc-5cc15b0f5b70','pending',0,1795435380000000,1795435380000000,NULL,NULL,NULL,'',0,0);
INSERT INTO "notifications" VALUES(4,'team','a5a8fc16-89d0-426b-bd50-d646a2b444dd','pending',0,1795435440000000,1795435440000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(5,'oncall','021cf26a-0b76-4ff4-8605-b3810df1c00e','pending',0,1795435440000000,1795435440000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(6,'team','874b0390-445f-4353-a6fe-45bfcd8361b5','pending',0,1795435500000000,1795435500000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(7,'oncall','4a12bfda-61b2-4475-8283-9040c1f3e8f7','pending',0,1795435500000000,1795435500000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(8,'team','30935135-9f7e-45ce-b842-539e26153169','pending',0,1795446300000000,1795446300000000,NULL,NULL,NULL,'',0,1);
INSERT INTO "notifications" VALUES(9,'team','247c73ad-32eb-49e8-be12-73a4a8bae63b','pending',0,1795446360000000,1795446360000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(10,'team','b819f195-190e-4074-9095-b80d9abb31f2','pending',0,1795454340000000,1795454340000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(11,'team','ca3d9b19-38d9-49c3-8caa-d711dc15867d','pending',0,1795454400000000,1795454400000000,NULL,NULL,NULL,'',0,0);
INSERT INTO "notifications" VALUES(12,'team','8b15bef7-d5ba-46e3-a2f8-13b282db9bb1','pending',0,1795454460000000,1795454460000000,NULL,NULL,NULL,'',0,0);
INSERT INTO "notifications" VALUES(13,'team','fc9bc814-b720-4d95-89f5-1e41ecccf165','pending',0,1795460400000000,1795460400000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(14,'team','266055be-91a6-4e66-b214-6296d17ce051','pending',0,1795461660000000,1795461660000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(15,'team','39dd6ce3-34b4-4c87-a49a-14b3b52c0e2e','pending',0,1795462320000000,1795462320000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(16,'team','e18d8c0a-0d73-42d9-80d7-0322fa795414','pending',0,1795476660000000,1795476660000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(17,'team','2a73ee45-eec1-47a9-8d1a-c50fa9891275','pending',0,1795479360000000,1795479360000000,NULL,NULL,NULL,'',0,2);
INSERT INTO "notifications" VALUES(18,'team','3a3117ed-8f82-4004-8cdb-76ba6e26cf64','pending',0,1795480260000000,1795480260000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(19,'oncall','5c8f5dbc-b54e-44f5-b292-e7aa4a27411b','pending',0,1795480260000000,1795480260000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(20,'team','c03e8ce2-6b94-40c9-ad63-cd2379800120','pending',0,1795483860000000,1795483860000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(21,'oncall','82102881-443c-43cd-85da-c69a61f87530','pending',0,1795483860000000,1795483860000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(22,'team','1ae7d85a-8e6b-4f02-89ed-e47caa77a2a6','pending',0,1795494420000000,1795494420000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(23,'oncall','a9cde7ca-d253-4d54-be5e-6bd778e8dd43','pending',0,1795494420000000,1795494420000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(24,'team','e4b6a414-1d52-4d84-b8ce-0a4663906b9b','pending',0,1795494480000000,1795494480000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(25,'oncall','1ca393af-39c1-4e5e-9a92-1ffad114fb54','pending',0,1795494480000000,1795494480000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(26,'team','d871552a-16f4-470f-9600-07a4c33c112c','pending',0,1795494600000000,1795494600000000,NULL,NULL,NULL,'',0,1);
INSERT INTO "notifications" VALUES(27,'team','da847d6a-02de-4928-a0bf-403d83fb2777','pending',0,1795494600000000,1795494600000000,NULL,NULL,NULL,'',0,3);
INSERT INTO "notifications" VALUES(28,'team','68fdcdb7-091f-441f-a4bb-cbc79a2b87dd','pending',0,1795494660000000,1795494660000000,NULL,NULL,NULL,'',0,1);
INSERT INTO "notifications" VALUES(29,'oncall','d294dd48-7220-4803-a660-977a8c2cc66f','pending',0,1795494660000000,1795494660000000,NULL,NULL,NULL,'',1,3);
CREATE TABLE progress_samples (
	account TEXT NOT NULL, 
	job TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	progress FLOAT NOT NULL, 
	CONSTRAINT pk_progress_samples PRIMARY KEY (account, job, at), 
	CONSTRAINT fk_progress_samples_account_job FOREIGN KEY(account, job) REFERENCES batch_jobs (account, id) ON DELETE CASCADE
);
CREATE TABLE reminder_events (
	notification_id INTEGER NOT NULL, 
	event_id INTEGER NOT NULL, 
	CONSTRAINT pk_reminder_events PRIMARY KEY (notification_id, event_id), 
	CONSTRAINT fk_reminder_events_notification_id FOREIGN KEY(notification_id) REFERENCES notifications (id) ON DELETE CASCADE, 
	CONSTRAINT fk_reminder_events_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
INSERT INTO "reminder_events" VALUES(29,7);
CREATE TABLE reminders (
	event_id INTEGER NOT NULL, 
	channel TEXT NOT NULL, 
	CONSTRAINT pk_reminders PRIMARY KEY (event_id, channel), 
	CONSTRAINT fk_reminders_event_id FOREIGN KEY(event_id) REFERENCES events (id) ON DELETE CASCADE
);
INSERT INTO "reminders" VALUES(7,'oncall');
INSERT INTO "reminders" VALUES(8,'oncall');
INSERT INTO "reminders" VALUES(13,'oncall');
INSERT INTO "reminders" VALUES(27,'oncall');
INSERT INTO "reminders" VALUES(28,'oncall');
INSERT INTO "reminders" VALUES(30,'oncall');
CREATE INDEX ix_batch_jobs_account_finished ON batch_jobs (account, finished);
CREATE INDEX ix_events_job ON events (job);
CREATE INDEX ix_events_seen_at ON events (seen_at);
CREATE INDEX ix_notifications_state_channel_id ON notifications (state, channel, id);
CREATE INDEX ix_notification_events_notification_id ON notification_events (notification_id);
CREATE INDEX ix_attempts_notification_id ON attempts (notification_id);
CREATE INDEX ix_acks_event_id ON acks (event_id);
CREATE INDEX ix_reminder_events_event_id ON reminder_events (event_id);
COMMIT;
