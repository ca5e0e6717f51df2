-- CreateTable
CREATE TABLE "customers" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "time_zone" TEXT,
    "emails" TEXT NOT NULL,
    "language" TEXT NOT NULL,
    "callback_template" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "endpoints" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "customer_id" TEXT NOT NULL,
    "order_number" TEXT,
    "origin" TEXT NOT NULL,
    "lane_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "state_reason" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "settings" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "stopped_at" BIGINT,
    "deleted_at" BIGINT
);

-- CreateTable
CREATE TABLE "lanes" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "customer_id" TEXT NOT NULL,
    "label" TEXT NOT NULL,
    "shard_of" TEXT,
    "held_reason" TEXT,
    "held_at" BIGINT,
    "held_until" BIGINT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "open_until" BIGINT,
    "response_failures" INTEGER NOT NULL DEFAULT 0,
    "successes" INTEGER NOT NULL DEFAULT 0,
    "succeeding_since" BIGINT,
    "failing_since" BIGINT,
    "failure_fault" TEXT,
    "failure_code" TEXT,
    "failure_text" TEXT,
    "last_failure_at" BIGINT,
    "connect_failed_at" BIGINT,
    "last_success_at" BIGINT,
    "given_up_at" BIGINT,
    "disabled_at" BIGINT,
    "alert_at" BIGINT
);

-- CreateTable
CREATE TABLE "orders" (
    "customer_id" TEXT NOT NULL,
    "number" TEXT NOT NULL,
    "details" TEXT NOT NULL,
    "callback_urls" TEXT NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    PRIMARY KEY ("customer_id", "number")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "customer_id" TEXT NOT NULL,
    "external_id" TEXT,
    "content_hash" TEXT NOT NULL,
    "order_number" TEXT NOT NULL,
    "barcode" TEXT NOT NULL,
    "container" TEXT NOT NULL,
    "status_code" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "status_time" BIGINT NOT NULL,
    "received_at" BIGINT NOT NULL,
    "body" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "content_chunks" (
    "sha256" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "data" TEXT NOT NULL,

    PRIMARY KEY ("sha256", "seq")
);

-- CreateTable
CREATE TABLE "event_contents" (
    "event_id" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,

    PRIMARY KEY ("event_id", "sha256")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "event_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "lane_id" TEXT NOT NULL,
    "customer_id" TEXT NOT NULL,
    "order_number" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NOT NULL DEFAULT '',
    "fault" TEXT,
    "last_error" TEXT NOT NULL DEFAULT '',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "internal_faults" INTEGER NOT NULL DEFAULT 0,
    "ambiguous" INTEGER NOT NULL DEFAULT 0,
    "created_at" BIGINT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "finished_at" BIGINT,
    "batch_id" TEXT,
    "file_name" TEXT,
    "file_target" TEXT,
    "claim_token" TEXT,
    "claim_until" BIGINT
);

-- CreateTable
CREATE TABLE "attempts" (
    "delivery_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "body" TEXT,
    "sha256" TEXT,
    "report" TEXT NOT NULL,
    "late" INTEGER NOT NULL DEFAULT 0,

    PRIMARY KEY ("delivery_id", "number")
);

-- CreateTable
CREATE TABLE "file_names" (
    "place" TEXT NOT NULL,
    "folded" TEXT NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "base" TEXT NOT NULL,
    "number" INTEGER NOT NULL,

    PRIMARY KEY ("place", "folded")
);

-- CreateTable
CREATE TABLE "statuses" (
    "code" TEXT NOT NULL PRIMARY KEY,
    "status" TEXT NOT NULL,
    "descriptions" TEXT NOT NULL,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "updated_at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "lane_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "opened_at" BIGINT NOT NULL,
    "last_mail_at" BIGINT,
    "listed_from" TEXT,
    "listed_up_to" TEXT,
    "closed_at" BIGINT
);

-- CreateTable
CREATE TABLE "alert_deliveries" (
    "alert_id" TEXT NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "finished_at" BIGINT NOT NULL,

    PRIMARY KEY ("alert_id", "delivery_id")
);

-- CreateTable
CREATE TABLE "mails" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "alert_id" TEXT,
    "lane_id" TEXT,
    "kind" TEXT NOT NULL,
    "recipients" TEXT NOT NULL,
    "outcomes" TEXT NOT NULL DEFAULT '{}',
    "subject" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT NOT NULL,
    "csv" TEXT,
    "created_at" BIGINT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "sent_at" BIGINT,
    "failed_at" BIGINT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT NOT NULL DEFAULT ''
);

-- CreateTable
CREATE TABLE "leases" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "holder" TEXT NOT NULL,
    "fence" INTEGER NOT NULL,
    "until" BIGINT NOT NULL,
    "spent_until" BIGINT NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "changes" (
    "id" BIGINT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "customer_id" TEXT,
    "lane_id" TEXT,
    "at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "waybell_inbox" (
    "id" BIGINT NOT NULL PRIMARY KEY,
    "event" TEXT NOT NULL,
    "error" TEXT,
    "refused_at" BIGINT
);

-- CreateTable
CREATE TABLE "meta" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "endpoints_customer_id_order_number_idx" ON "endpoints"("customer_id", "order_number");

-- CreateIndex
CREATE INDEX "endpoints_customer_id_id_idx" ON "endpoints"("customer_id", "id");

-- CreateIndex
CREATE INDEX "endpoints_lane_id_idx" ON "endpoints"("lane_id");

-- CreateIndex
CREATE INDEX "lanes_shard_of_idx" ON "lanes"("shard_of");

-- CreateIndex
CREATE INDEX "events_customer_id_order_number_id_idx" ON "events"("customer_id", "order_number", "id");

-- CreateIndex
CREATE INDEX "events_received_at_id_idx" ON "events"("received_at", "id");

-- CreateIndex
CREATE INDEX "event_contents_sha256_idx" ON "event_contents"("sha256");

-- CreateIndex
CREATE INDEX "deliveries_event_id_idx" ON "deliveries"("event_id");

-- CreateIndex
CREATE INDEX "deliveries_endpoint_id_id_idx" ON "deliveries"("endpoint_id", "id");

-- CreateIndex
CREATE INDEX "deliveries_customer_id_id_idx" ON "deliveries"("customer_id", "id");

-- CreateIndex
CREATE INDEX "file_names_delivery_id_idx" ON "file_names"("delivery_id");

-- CreateIndex
CREATE INDEX "file_names_place_base_number_idx" ON "file_names"("place", "base", "number");

-- CreateIndex
CREATE INDEX "alerts_lane_id_kind_idx" ON "alerts"("lane_id", "kind");

-- CreateIndex
CREATE INDEX "mails_lane_id_idx" ON "mails"("lane_id");

-- CreateIndex
CREATE INDEX "leases_holder_idx" ON "leases"("holder");

-- Partial indexes: rows leave them as soon as they are done, so that claiming stays as fast with a history of years.
CREATE UNIQUE INDEX "events_external_id" ON "events"("customer_id", "external_id") WHERE "external_id" IS NOT NULL;
CREATE INDEX "deliveries_due" ON "deliveries"("lane_id", "due_at", "id") WHERE "state" = 'pending';
CREATE INDEX "deliveries_claimed" ON "deliveries"("claim_token") WHERE "state" = 'sending';
CREATE INDEX "deliveries_batch" ON "deliveries"("batch_id") WHERE "batch_id" IS NOT NULL;
CREATE INDEX "deliveries_failed" ON "deliveries"("lane_id", "finished_at", "id") WHERE "state" = 'failed';
CREATE INDEX "lanes_alert" ON "lanes"("alert_at") WHERE "alert_at" IS NOT NULL;
CREATE INDEX "mails_due" ON "mails"("due_at") WHERE "sent_at" IS NULL AND "failed_at" IS NULL;
CREATE INDEX "inbox_waiting" ON "waybell_inbox"("id") WHERE "error" IS NULL;
CREATE INDEX "deliveries_review" ON "deliveries"("id") WHERE "state" = 'failed';
-- A name is one endpoint's alone among the customer's, or among the order's own: that is how a file of endpoints is applied again.
CREATE UNIQUE INDEX "endpoints_name" ON "endpoints"("customer_id", coalesce("order_number", ''), "name") WHERE "deleted_at" IS NULL AND "origin" = 'api';
