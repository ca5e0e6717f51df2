-- CreateTable
CREATE TABLE "customers" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "time_zone" TEXT COLLATE "C",
    "emails" TEXT COLLATE "C" NOT NULL,
    "language" TEXT COLLATE "C" NOT NULL,
    "callback_template" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "customers_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "endpoints" (
    "id" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "order_number" TEXT COLLATE "C",
    "origin" TEXT COLLATE "C" NOT NULL,
    "lane_id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "state_reason" TEXT COLLATE "C" NOT NULL,
    "target" TEXT COLLATE "C" NOT NULL,
    "settings" TEXT COLLATE "C" NOT NULL,
    "version" INTEGER NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,
    "stopped_at" BIGINT,
    "deleted_at" BIGINT,

    CONSTRAINT "endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lanes" (
    "id" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "label" TEXT COLLATE "C" NOT NULL,
    "shard_of" TEXT COLLATE "C",
    "held_reason" TEXT COLLATE "C",
    "held_at" BIGINT,
    "held_until" BIGINT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "open_until" BIGINT,
    "response_failures" INTEGER NOT NULL DEFAULT 0,
    "successes" INTEGER NOT NULL DEFAULT 0,
    "succeeding_since" BIGINT,
    "failing_since" BIGINT,
    "failure_fault" TEXT COLLATE "C",
    "failure_code" TEXT COLLATE "C",
    "failure_text" TEXT COLLATE "C",
    "last_failure_at" BIGINT,
    "connect_failed_at" BIGINT,
    "last_success_at" BIGINT,
    "given_up_at" BIGINT,
    "disabled_at" BIGINT,
    "alert_at" BIGINT,

    CONSTRAINT "lanes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "orders" (
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "number" TEXT COLLATE "C" NOT NULL,
    "details" TEXT COLLATE "C" NOT NULL,
    "callback_urls" TEXT COLLATE "C" NOT NULL,
    "created_at" BIGINT NOT NULL,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "orders_pkey" PRIMARY KEY ("customer_id","number")
);

-- CreateTable
CREATE TABLE "events" (
    "id" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "external_id" TEXT COLLATE "C",
    "content_hash" TEXT COLLATE "C" NOT NULL,
    "order_number" TEXT COLLATE "C" NOT NULL,
    "barcode" TEXT COLLATE "C" NOT NULL,
    "container" TEXT COLLATE "C" NOT NULL,
    "status_code" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "status_time" BIGINT NOT NULL,
    "received_at" BIGINT NOT NULL,
    "body" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "content_chunks" (
    "sha256" TEXT COLLATE "C" NOT NULL,
    "seq" INTEGER NOT NULL,
    "data" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "content_chunks_pkey" PRIMARY KEY ("sha256","seq")
);

-- CreateTable
CREATE TABLE "event_contents" (
    "event_id" TEXT COLLATE "C" NOT NULL,
    "sha256" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "event_contents_pkey" PRIMARY KEY ("event_id","sha256")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT COLLATE "C" NOT NULL,
    "event_id" TEXT COLLATE "C" NOT NULL,
    "endpoint_id" TEXT COLLATE "C" NOT NULL,
    "lane_id" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C" NOT NULL,
    "order_number" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "fault" TEXT COLLATE "C",
    "last_error" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "internal_faults" INTEGER NOT NULL DEFAULT 0,
    "ambiguous" INTEGER NOT NULL DEFAULT 0,
    "created_at" BIGINT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL,
    "finished_at" BIGINT,
    "batch_id" TEXT COLLATE "C",
    "file_name" TEXT COLLATE "C",
    "file_target" TEXT COLLATE "C",
    "claim_token" TEXT COLLATE "C",
    "claim_until" BIGINT,

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "delivery_id" TEXT COLLATE "C" NOT NULL,
    "number" INTEGER NOT NULL,
    "body" TEXT COLLATE "C",
    "sha256" TEXT COLLATE "C",
    "report" TEXT COLLATE "C" NOT NULL,
    "late" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("delivery_id","number")
);

-- CreateTable
CREATE TABLE "file_names" (
    "place" TEXT COLLATE "C" NOT NULL,
    "folded" TEXT COLLATE "C" NOT NULL,
    "delivery_id" TEXT COLLATE "C" NOT NULL,
    "base" TEXT COLLATE "C" NOT NULL,
    "number" INTEGER NOT NULL,

    CONSTRAINT "file_names_pkey" PRIMARY KEY ("place","folded")
);

-- CreateTable
CREATE TABLE "statuses" (
    "code" TEXT COLLATE "C" NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL,
    "descriptions" TEXT COLLATE "C" NOT NULL,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "updated_at" BIGINT NOT NULL,

    CONSTRAINT "statuses_pkey" PRIMARY KEY ("code")
);

-- CreateTable
CREATE TABLE "alerts" (
    "id" TEXT COLLATE "C" NOT NULL,
    "lane_id" TEXT COLLATE "C" NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "opened_at" BIGINT NOT NULL,
    "last_mail_at" BIGINT,
    "listed_from" TEXT COLLATE "C",
    "listed_up_to" TEXT COLLATE "C",
    "closed_at" BIGINT,

    CONSTRAINT "alerts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "alert_deliveries" (
    "alert_id" TEXT COLLATE "C" NOT NULL,
    "delivery_id" TEXT COLLATE "C" NOT NULL,
    "finished_at" BIGINT NOT NULL,

    CONSTRAINT "alert_deliveries_pkey" PRIMARY KEY ("alert_id","delivery_id")
);

-- CreateTable
CREATE TABLE "mails" (
    "id" TEXT COLLATE "C" NOT NULL,
    "alert_id" TEXT COLLATE "C",
    "lane_id" TEXT COLLATE "C",
    "kind" TEXT COLLATE "C" NOT NULL,
    "recipients" TEXT COLLATE "C" NOT NULL,
    "outcomes" TEXT COLLATE "C" NOT NULL DEFAULT '{}',
    "subject" TEXT COLLATE "C" NOT NULL,
    "text" TEXT COLLATE "C" NOT NULL,
    "html" TEXT COLLATE "C" NOT NULL,
    "csv" TEXT COLLATE "C",
    "created_at" BIGINT NOT NULL,
    "due_at" BIGINT NOT NULL,
    "sent_at" BIGINT,
    "failed_at" BIGINT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "leases" (
    "name" TEXT COLLATE "C" NOT NULL,
    "holder" TEXT COLLATE "C" NOT NULL,
    "fence" INTEGER NOT NULL,
    "until" BIGINT NOT NULL,
    "spent_until" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "changes" (
    "id" BIGSERIAL NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "subject" TEXT COLLATE "C" NOT NULL,
    "customer_id" TEXT COLLATE "C",
    "lane_id" TEXT COLLATE "C",
    "at" BIGINT NOT NULL,

    CONSTRAINT "changes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "waybell_inbox" (
    "id" BIGSERIAL NOT NULL,
    "event" TEXT COLLATE "C" NOT NULL,
    "error" TEXT COLLATE "C",
    "refused_at" BIGINT,

    CONSTRAINT "waybell_inbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "meta" (
    "key" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "meta_pkey" PRIMARY KEY ("key")
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

-- Rows of these come and go all the time: what they leave is cleared away early.
ALTER TABLE "deliveries" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE "leases" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE "lanes" SET (fillfactor = 70);

-- What other processes keep in memory and must hear of. Triggers, so that no write of it can forget to say so.
CREATE FUNCTION "note_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  kind text := TG_ARGV[0];
  changed record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO "changes" ("kind", "subject", "customer_id", "lane_id", "at") VALUES (
    kind,
    CASE kind WHEN 'status' THEN to_jsonb(changed) ->> 'code' ELSE to_jsonb(changed) ->> 'id' END,
    to_jsonb(changed) ->> 'customer_id',
    to_jsonb(changed) ->> 'lane_id',
    (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  RETURN NULL;
END $$;
CREATE TRIGGER "endpoints_changed" AFTER INSERT OR UPDATE OR DELETE ON "endpoints" FOR EACH ROW EXECUTE FUNCTION "note_change"('endpoint');
CREATE TRIGGER "customers_changed" AFTER INSERT OR UPDATE OR DELETE ON "customers" FOR EACH ROW EXECUTE FUNCTION "note_change"('customer');
CREATE TRIGGER "statuses_changed" AFTER INSERT OR UPDATE OR DELETE ON "statuses" FOR EACH ROW EXECUTE FUNCTION "note_change"('status');
